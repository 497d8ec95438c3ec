package segue.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// What became of a program that was waited for.
///
/// @param output of both kinds, in the order that it came
record ProcessOutcome(int exit, String output) {
    /// Runs a program to its end.
    ///
    /// @throws AssertionError if it hasn't ended by then; it has after that
    static ProcessOutcome of(
            Path folder, List<String> command, Map<String, String> environment, Duration deadline)
            throws IOException {
        var builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().putAll(environment);
        var process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        var output = CompletableFuture.supplyAsync(() -> all(process));
        try {
            var exit = process.onExit().get(deadline.toMillis(), TimeUnit.MILLISECONDS).exitValue();
            return new ProcessOutcome(exit, output.join());
        } catch (TimeoutException e) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError(command + " took more than " + deadline, e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static String all(Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
