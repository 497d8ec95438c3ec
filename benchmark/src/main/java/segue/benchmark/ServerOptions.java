package segue.benchmark;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which server is put under load, and where it runs.
final class ServerOptions {
    @Option(
            names = "--server-cpus",
            paramLabel = "LIST",
            description =
                    "The processors of the server, as taskset has them; it is on all without.")
    private Optional<String> processors = Optional.empty();

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A setting of the server.")
    private Map<String, String> settings = Map.of();

    @Option(
            names = "--segue",
            paramLabel = "FILE",
            defaultValue = "segue",
            description =
                    "The launcher of the server that is measured (default: ${DEFAULT-VALUE}).")
    private Path segue = Path.of("");

    /// Starts it, without the limits that so many sign-ins of so few users would meet.
    ///
    /// @param folder where it may keep what it likes
    /// @param algorithm of the clients' ID tokens
    /// @param rotating whether the app's refresh tokens rotate
    Subject start(Path folder, String algorithm, boolean rotating) throws IOException {
        var all = new LinkedHashMap<String, String>();
        all.put("limits.login-attempts", "1000");
        all.put("limits.network-login-attempts", "1000000");
        all.putAll(settings);
        var wrapper = processors.map(it -> List.of("taskset", "-c", it)).orElse(List.of());
        return new Subject(segue.toAbsolutePath(), folder, all, algorithm, rotating, wrapper);
    }
}
