package segue.faults;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A server in a process of its own, started as an operator does.
final class ServerProcess implements AutoCloseable {
    private final Process process;
    private final List<String> lines = new ArrayList<>();

    /// It ended before it was ready.
    ///
    /// @param output everything that it printed
    record Refusal(int exitCode, String output) {}

    /// Starts it.
    ///
    /// @param options of the JVM
    /// @param errors where it writes what isn't its start line; read by nobody if it is given
    private ServerProcess(
            Map<String, String> settings, Path folder, List<String> options, Optional<File> errors)
            throws IOException {
        var command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx512m",
                                // It lives for seconds; so it starts in half the time.
                                "-XX:TieredStopAtLevel=1",
                                "-Dsegue.actions=" + System.getProperty("segue.actions", ""),
                                "-cp",
                                System.getProperty("java.class.path", "")));
        command.addAll(options);
        command.addAll(List.of("segue.demo.Main", "serve"));
        settings.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
        var builder = new ProcessBuilder(command).directory(folder.toFile());
        process =
                errors.map(it -> builder.redirectError(it).redirectOutput(it))
                        .orElseGet(() -> builder.redirectErrorStream(true))
                        .start();
    }

    /// Starts one, and returns when it is ready.
    static ServerProcess start(Map<String, String> settings, Path folder, List<String> options)
            throws IOException, InterruptedException {
        var server = new ServerProcess(settings, folder, options, Optional.empty());
        var refusal = server.awaitReady();
        if (refusal.isPresent())
            throw new IllegalStateException("the server ended: " + refusal.get());
        return server;
    }

    /// Starts one that shall not get ready.
    ///
    /// @return how it ended; empty if it runs after all, and then it is stopped
    static Optional<Refusal> refused(Map<String, String> settings, Path folder)
            throws IOException, InterruptedException {
        try (var server = new ServerProcess(settings, folder, List.of(), Optional.empty())) {
            return server.awaitReady();
        }
    }

    /// Starts one that writes into a file of which nobody knows when it is ready.
    static ServerProcess writingTo(File output, Map<String, String> settings, Path folder)
            throws IOException {
        return new ServerProcess(settings, folder, List.of(), Optional.of(output));
    }

    private Optional<Refusal> awaitReady() throws InterruptedException {
        var reader =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        var ready = new CompletableFuture<Boolean>();
        Thread.ofVirtual().start(() -> collect(reader, ready));
        try {
            if (ready.get(60, TimeUnit.SECONDS)) return Optional.empty();
            return Optional.of(new Refusal(process.waitFor(), output()));
        } catch (TimeoutException | ExecutionException e) {
            throw new IllegalStateException("neither ready nor ended: " + output(), e);
        }
    }

    private void collect(BufferedReader reader, CompletableFuture<Boolean> ready) {
        try {
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                }
                if (line.startsWith("segue ready ")) ready.complete(true);
            }
            ready.complete(false);
        } catch (IOException e) {
            ready.completeExceptionally(new UncheckedIOException(e));
        }
    }

    /// Everything that it has printed.
    String output() {
        synchronized (lines) {
            return String.join("\n", lines);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// `kill -9`.
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /// Waits until it has ended by itself.
    ///
    /// @return its exit code
    int awaitEnd() {
        return process.onExit().orTimeout(60, TimeUnit.SECONDS).join().exitValue();
    }

    @Override
    public void close() {
        process.destroy();
        if (!process.onExit().completeOnTimeout(process, 40, TimeUnit.SECONDS).join().isAlive())
            return;
        kill();
    }
}
