package segue.server.command;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import segue.server.logging.Logging;
import segue.server.settings.Settings;
import segue.server.settings.Sources;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The options that every command with a configuration has.
final class Configured {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Settings in YAML (default: ./segue.yaml if it is there).")
    private @Nullable Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One setting; may be repeated, and wins over file and environment.")
    private List<String> set = new ArrayList<>();

    /// The settings; if they don't hold together, each problem is a line and the result is empty.
    Optional<Settings> load(PrintWriter errors) {
        var sources =
                Sources.of(
                        Optional.ofNullable(config),
                        Path.of(""),
                        System.getenv(),
                        List.copyOf(set));
        return switch (Settings.load(sources)) {
            case Settings.Loaded.Accepted(var settings) -> {
                Logging.configure(settings.log());
                yield Optional.of(settings);
            }
            case Settings.Loaded.Refused(var problems) -> {
                problems.forEach(problem -> errors.println(problem.line()));
                yield Optional.empty();
            }
        };
    }
}
