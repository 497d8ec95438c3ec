package segue.acceptance;

import segue.demo.wire.Wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// A TCP balancer of a few lines: connections go in turn to the nodes whose `/health/ready` is 200,
/// and if there is none, to all, since a 503 of ours says more than no answer (docs/nodes.md).
final class Balancer implements AutoCloseable {
    /// How often a node is asked.
    static final Duration INTERVAL = Duration.ofMillis(100);

    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final ServerSocket listening = new ServerSocket(0, 200, HERE);
    private final List<Backend> nodes;
    private final AtomicInteger next = new AtomicInteger();

    /// A node as it is seen from here.
    private static final class Backend {
        private final int port;
        private final AtomicInteger connections = new AtomicInteger();
        private volatile boolean isReady;

        Backend(int port) {
            this.port = port;
        }

        void look(Wire wire) {
            var url = URI.create("http://127.0.0.1:" + port + "/health/ready");
            try {
                isReady = wire.send(HttpRequest.newBuilder(url)).statusCode() == 200;
            } catch (UncheckedIOException gone) {
                isReady = false;
            }
        }
    }

    /// @param ports of the nodes, which needn't be there yet
    Balancer(List<Integer> ports) throws IOException {
        nodes = ports.stream().map(Backend::new).toList();
        Thread.ofVirtual().start(this::accept);
        for (var node : nodes) Thread.ofVirtual().start(() -> watch(node));
    }

    int port() {
        return listening.getLocalPort();
    }

    boolean isReady(int node) {
        return nodes.get(node).isReady;
    }

    /// How many connections a node has been given.
    int connections(int node) {
        return nodes.get(node).connections.get();
    }

    private void watch(Backend node) {
        try (var wire = new Wire(HERE, Optional.empty())) {
            while (!listening.isClosed()) {
                node.look(wire);
                Thread.sleep(INTERVAL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept() {
        try {
            while (true) {
                var client = listening.accept();
                Thread.ofVirtual().start(() -> pass(client));
            }
        } catch (SocketException closed) {
            // The end of the story.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Backend choose() {
        var ready = nodes.stream().filter(node -> node.isReady).toList();
        var candidates = ready.isEmpty() ? nodes : ready;
        return candidates.get(Math.floorMod(next.getAndIncrement(), candidates.size()));
    }

    private void pass(Socket client) {
        var node = choose();
        node.connections.incrementAndGet();
        try (client;
                var upstream = new Socket()) {
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            upstream.connect(new InetSocketAddress(HERE, node.port));
            Thread.ofVirtual().start(() -> copy(client, upstream));
            copy(upstream, client);
        } catch (IOException gone) {
            // Whoever waits for an answer sees the connection end.
        }
    }

    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException gone) {
            // The other direction ends by it too.
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
