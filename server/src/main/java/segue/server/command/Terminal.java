package segue.server.command;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Where a command prints.
final class Terminal {
    private Terminal() {}

    static PrintWriter output(@Nullable CommandSpec spec) {
        return spec == null
                ? new PrintWriter(System.out, true, StandardCharsets.UTF_8)
                : spec.commandLine().getOut();
    }

    static PrintWriter errors(@Nullable CommandSpec spec) {
        return spec == null
                ? new PrintWriter(System.err, true, StandardCharsets.UTF_8)
                : spec.commandLine().getErr();
    }

    /// Of the jar that runs; `development` if there is none.
    static String version() {
        return Optional.ofNullable(Terminal.class.getPackage().getImplementationVersion())
                .orElse("development");
    }
}
