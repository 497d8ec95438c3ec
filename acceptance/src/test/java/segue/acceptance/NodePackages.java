package segue.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The published packages that the scripts of `src/test/node` use, as their lock file pins them.
/// `npm ci` installs them once, into a folder that a clean build removes.
final class NodePackages {
    private static final Path SCRIPTS = Path.of("src/test/node");
    private static final Path FOLDER = Path.of("target/node").toAbsolutePath();
    private static final Version OLDEST = Version.parse("20.19");

    private NodePackages() {}

    /// Whether the scripts can run.
    sealed interface State {
        /// @param node the program
        /// @param folder with the scripts and what they import
        record Installed(Path node, Path folder) implements State {}

        /// @param why for whoever reads that a test was skipped
        record Missing(String why) implements State {}
    }

    private static final class Once {
        static final State STATE = install();
    }

    /// Installs them, unless that was done, or tried in vain, before.
    static State state() {
        return Once.STATE;
    }

    private static State install() {
        var node = Required.find("node");
        var npm = Required.find("npm");
        if (node.isEmpty() || npm.isEmpty()) return new State.Missing("node and npm are not here");
        try {
            Files.createDirectories(FOLDER);
            var asked = run(List.of(node.get().toString(), "--version"), Duration.ofSeconds(30));
            var version = Version.parse(asked.output().strip().substring(1));
            if (version.compareTo(OLDEST) < 0)
                return new State.Missing("node " + version + " is older than " + OLDEST);
            return packages(npm.get())
                    .<State>map(State.Missing::new)
                    .orElseGet(() -> new State.Installed(node.get(), FOLDER));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @return why there are none
    private static Optional<String> packages(Path npm) throws IOException {
        try (var scripts = Files.list(SCRIPTS)) {
            for (var script : scripts.toList())
                Files.copy(
                        script,
                        FOLDER.resolve(script.getFileName()),
                        StandardCopyOption.REPLACE_EXISTING);
        }
        var lock = FOLDER.resolve("package-lock.json");
        var installed = FOLDER.resolve("installed.json");
        if (Files.exists(installed) && Files.mismatch(installed, lock) == -1)
            return Optional.empty();
        var outcome = run(List.of(npm.toString(), "ci"), Duration.ofMinutes(5));
        if (outcome.exit() != 0) return Optional.of("npm ci failed: " + outcome.output());
        Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
        return Optional.empty();
    }

    private static ProcessOutcome run(List<String> command, Duration deadline) throws IOException {
        return ProcessOutcome.of(FOLDER, command, Map.of(), deadline);
    }
}
