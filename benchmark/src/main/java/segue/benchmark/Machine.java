package segue.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Where a number was measured, which is passed on with it.
final class Machine {
    private Machine() {}

    /// @param program its simple name
    static void describe(PrintStream out, String program, String[] arguments) {
        out.printf(
                "%s; %s %s%n%s %s %s, %d processors%s%nJDK %s%nload average before: %s%n",
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                program,
                // It is passed on with the numbers.
                String.join(" ", arguments).replaceAll("(password|key|secret)=\\S+", "$1=***"),
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                processor(),
                Runtime.version(),
                loadAverage());
    }

    /// What Linux calls it.
    private static String processor() {
        var file = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(file)) return "";
        try (var lines = Files.lines(file)) {
            return lines.filter(it -> it.startsWith("model name"))
                    .findFirst()
                    .map(it -> ", " + it.replaceFirst(".*: *", ""))
                    .orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static double loadAverage() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }
}
