package segue.server.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

final class CollectorTest {
    private static final Span SPAN =
            new Span(
                    SpanContext.fresh(),
                    Optional.empty(),
                    "GET /",
                    Instant.EPOCH,
                    Duration.ZERO,
                    Map.of(),
                    List.of(),
                    false);

    private static URI at(int port) {
        return URI.create("http://127.0.0.1:" + port + "/v1/traces");
    }

    private static HttpServer server() throws IOException {
        return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @Test
    void aCollectorThatIsAwayCostsSpansAndNothingElse() throws IOException {
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        var collector = new Collector(at(port));
        collector.send(List.of(SPAN, SPAN));
        collector.close();
        assertThat(collector.dropped()).isEqualTo(2);
        assertThat(collector.waiting()).isZero();
    }

    @Test
    void whatIsRefusedIsCountedAndNotSentTwice() throws IOException {
        var server = server();
        server.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(503, -1);
                    exchange.close();
                });
        server.start();
        var collector = new Collector(at(server.getAddress().getPort()));
        collector.send(List.of(SPAN));
        collector.close();
        server.stop(0);
        assertThat(collector.dropped()).isEqualTo(1);
    }

    /// A request must not wait for the collector.
    @Test
    void pastTheQueueSpansAreDroppedAndCounted() throws IOException, InterruptedException {
        var server = server();
        var reached = new CountDownLatch(1);
        var freed = new CountDownLatch(1);
        server.createContext(
                "/",
                exchange -> {
                    reached.countDown();
                    try {
                        freed.await();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        server.start();
        var collector = new Collector(at(server.getAddress().getPort()), 10);
        collector.send(List.of(SPAN));
        reached.await();
        for (var i = 0; i < 25; i++) collector.send(List.of(SPAN));
        assertThat(collector.waiting()).isEqualTo(10);
        assertThat(collector.dropped()).isEqualTo(15);
        freed.countDown();
        collector.close();
        server.stop(0);
    }
}
