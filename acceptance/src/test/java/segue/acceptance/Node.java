package segue.acceptance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A server process of its own, started as an operator does.
final class Node implements AutoCloseable {
    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private final URI issuer;

    /// Starts it, and returns when its start line has come.
    ///
    /// @param settings by key
    Node(Map<String, String> settings, Path folder) throws IOException {
        this(settings, folder, List.of());
    }

    /// @param options of the JVM
    Node(Map<String, String> settings, Path folder, List<String> options) throws IOException {
        var command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx512m",
                                "-Dsegue.actions=" + System.getProperty("segue.actions", ""),
                                "-cp",
                                System.getProperty("java.class.path", "")));
        command.addAll(options);
        command.addAll(List.of("segue.demo.Main", "serve"));
        settings.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
        process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        var reader =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        var ready = new CompletableFuture<String>();
        Thread.ofVirtual().start(() -> collect(reader, ready));
        var line = ready.orTimeout(60, TimeUnit.SECONDS).join();
        issuer = URI.create(line.replaceFirst(".*issuer=", "").replaceFirst(" .*", ""));
    }

    private void collect(BufferedReader reader, CompletableFuture<String> ready) {
        try {
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                }
                if (line.startsWith("segue ready ")) ready.complete(line);
            }
            ready.completeExceptionally(new IllegalStateException("the server ended: " + output()));
        } catch (IOException e) {
            ready.completeExceptionally(new UncheckedIOException(e));
        }
    }

    URI issuer() {
        return issuer;
    }

    ProcessHandle process() {
        return process.toHandle();
    }

    /// Everything that it has printed.
    String output() {
        synchronized (lines) {
            return String.join("\n", lines);
        }
    }

    /// `kill -9`.
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /// `SIGTERM`, without waiting for what comes of it.
    void askToStop() {
        process.destroy();
    }

    /// `SIGTERM`, and its exit code.
    int stop() {
        process.destroy();
        return process.onExit().orTimeout(30, TimeUnit.SECONDS).join().exitValue();
    }

    @Override
    public void close() {
        if (process.isAlive()) stop();
    }
}
