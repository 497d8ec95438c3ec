package segue.acceptance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What a test needs beside a JDK. Where it is missing the test is skipped by name; with
/// `-Dsegue.require=…` it fails.
final class Required {
    private Required() {}

    /// A program on the usual paths.
    static Path program(String name) {
        for (var folder : List.of("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")) {
            var file = Path.of(folder, name);
            if (Files.isExecutable(file)) return file;
        }
        var isRequired =
                List.of(System.getProperty("segue.require", "").split(",", -1)).contains(name);
        if (isRequired) throw new AssertionError(name + " is required and not installed");
        assumeTrue(false, name + " is not installed");
        throw new IllegalStateException();
    }
}
