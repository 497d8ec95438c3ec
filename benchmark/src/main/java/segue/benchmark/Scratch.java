package segue.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/// A folder that is gone when it is closed.
final class Scratch implements AutoCloseable {
    private final Path folder;

    Scratch() throws IOException {
        folder = Files.createTempDirectory("segue-benchmark-");
    }

    /// A new folder in it.
    Path room(String name) throws IOException {
        return Files.createDirectory(folder.resolve(name));
    }

    @Override
    public void close() throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }
}
