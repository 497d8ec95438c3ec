package segue.acceptance;

import segue.demo.story.World;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A script of `src/test/node` in a Node process of its own, which trusts the development CA and
/// nothing else that is not public.
final class NodeApp implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofMinutes(4);

    private final Process process;
    private final URI origin;

    private NodeApp(Process process, URI origin) {
        this.process = process;
        this.origin = origin;
    }

    /// Starts a web app, and returns when it has said where it listens.
    ///
    /// @param clientId as which it is registered
    static NodeApp serve(World world, String script, String clientId, String clientSecret)
            throws Exception {
        return serve(world, script, clientId, Map.of("SEGUE_CLIENT_SECRET", clientSecret));
    }

    /// @param credentials of the client, as `site.js` reads them from the environment
    static NodeApp serve(
            World world, String script, String clientId, Map<String, String> credentials)
            throws Exception {
        var node = Required.node();
        var builder =
                new ProcessBuilder(node.node().toString(), script)
                        .directory(node.folder().toFile())
                        .redirectErrorStream(true);
        builder.environment().putAll(environment(world));
        builder.environment().put("SEGUE_CLIENT_ID", clientId);
        builder.environment().putAll(credentials);
        var process = builder.start();
        var ready = new CompletableFuture<URI>();
        Thread.ofVirtual().start(() -> read(process, ready));
        try {
            return new NodeApp(
                    process, ready.orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS).join());
        } catch (RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /// Reads on when it is ready, so that the process never waits for us.
    private static void read(Process process, CompletableFuture<URI> ready) {
        var said = new StringBuilder();
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("ready ")) ready.complete(URI.create(line.substring(6)));
                said.append(line).append('\n');
            }
            ready.completeExceptionally(new IllegalStateException("the app ended: " + said));
        } catch (IOException e) {
            ready.completeExceptionally(new UncheckedIOException(e));
        }
    }

    /// Runs a script to its end.
    ///
    /// @param more environment
    static ProcessOutcome run(World world, List<String> script, Map<String, String> more)
            throws Exception {
        var node = Required.node();
        var environment = environment(world);
        environment.putAll(more);
        return ProcessOutcome.of(
                node.folder(),
                Stream.concat(Stream.of(node.node().toString()), script.stream()).toList(),
                environment,
                DEADLINE);
    }

    private static Map<String, String> environment(World world) throws Exception {
        var ca = world.caFile().orElseThrow();
        var environment = new HashMap<String, String>();
        environment.put("NODE_EXTRA_CA_CERTS", ca.toString());
        environment.put("SEGUE_ISSUER", world.issuer().toString());
        environment.put("SEGUE_CERTIFICATE", certificate(ca.resolveSibling("")).toString());
        return environment;
    }

    /// The server's own key and certificate: both stand at `localhost`.
    private static Path certificate(Path tls) throws Exception {
        var file = tls.resolve("server.pem");
        Files.writeString(file, TlsStory.pem(TlsStory.serverKeys(tls)));
        return file;
    }

    /// A place of the app.
    URI at(String path) {
        return origin.resolve(path);
    }

    /// Without a slash at the end.
    String origin() {
        return origin.toString();
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
