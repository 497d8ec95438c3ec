package segue.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A file system of its own in memory, which can be filled without harm to anybody. Only root may
/// mount one.
record SmallDisk(Path at) implements AutoCloseable {
    static boolean isPossible(Path folder) throws IOException {
        var at = Files.createTempDirectory(folder, "disk");
        if (run(List.of("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", at.toString())) != 0)
            return false;
        new SmallDisk(at).close();
        return true;
    }

    /// Mounts it.
    static SmallDisk mount(Path at) throws IOException {
        Files.createDirectories(at);
        if (run(List.of("mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", at.toString())) != 0)
            throw new IOException("a tmpfs can't be mounted");
        return new SmallDisk(at);
    }

    private static int run(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .onExit()
                .join()
                .exitValue();
    }

    @Override
    public void close() throws IOException {
        var _ = run(List.of("umount", "-l", at.toString()));
    }
}
