package segue.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.server.http.Outbound.Outcome;
import segue.server.settings.Cidr;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// A real peer on loopback, which is private until the operator allows it.
class OutboundTest {
    private static final List<Cidr> LOOPBACK = List.of(Cidr.parse("127.0.0.0/8").orElseThrow());

    private final List<String> heard = new CopyOnWriteArrayList<>();
    private HttpServer peer = unstarted();

    @SuppressWarnings("NullAway") // Replaced before each test.
    private static HttpServer unstarted() {
        return null;
    }

    @BeforeEach
    void start() throws IOException {
        peer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        peer.createContext("/", this::hear);
        peer.start();
    }

    @AfterEach
    void stop() {
        peer.stop(0);
    }

    private void hear(HttpExchange exchange) throws IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        heard.add(exchange.getRequestURI() + " " + body);
        if (exchange.getRequestURI().getPath().equals("/elsewhere")) {
            exchange.getResponseHeaders().set("Location", "/there");
            exchange.sendResponseHeaders(302, -1);
        } else {
            exchange.sendResponseHeaders(200, -1);
        }
        exchange.close();
    }

    private URI to(String path) {
        return URI.create("http://localhost:" + peer.getAddress().getPort() + path);
    }

    private static Outcome post(List<Cidr> allowed, URI to) {
        try (var outbound = new Outbound(allowed)) {
            return outbound.post(to, "logout_token=x");
        }
    }

    @Test
    void aPrivateAddressThatTheOperatorAllowsIsReached() {
        var reachable = List.of(LOOPBACK.getFirst(), Cidr.parse("::1").orElseThrow());
        assertThat(post(reachable, to("/hook"))).isEqualTo(new Outcome.Answered(200));
        assertThat(heard).containsExactly("/hook logout_token=x");
    }

    @Test
    void aPrivateAddressIsNotReachedOtherwise() {
        assertThat(post(List.of(), to("/hook")))
                .isEqualTo(new Outcome.Failed("the host has an address that may not be reached"));
        assertThat(heard).isEmpty();
    }

    @Test
    void aRedirectIsNotFollowed() {
        var reachable = List.of(LOOPBACK.getFirst(), Cidr.parse("::1").orElseThrow());
        assertThat(post(reachable, to("/elsewhere"))).isEqualTo(new Outcome.Answered(302));
        assertThat(heard).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:1/",
                "https://10.1.2.3/",
                "https://169.254.169.254/latest/meta-data",
                "https://[::1]/",
                "https://[::ffff:127.0.0.1]/",
                "https://[64:ff9b::7f00:1]/",
                "https://[2002:7f00:1::]/",
                "https://0.0.0.0/",
                "https://2130706433/",
                "https://localhost/"
            })
    void aNeighbourIsNeverReached(String url) {
        assertThat(post(List.of(), URI.create(url))).isInstanceOf(Outcome.Failed.class);
    }

    @Test
    void plainHttpGoesNowhereButToAllowedAddresses() {
        assertThat(post(LOOPBACK, URI.create("http://1.1.1.1/")))
                .isEqualTo(new Outcome.Failed("the URL isn't https"));
    }

    @Test
    void aPeerThatSaysNothingIsLeft() throws IOException {
        try (var silent =
                new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            var outcome =
                    post(LOOPBACK, URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/"));
            assertThat(outcome).isInstanceOf(Outcome.Failed.class);
        }
    }

    /// Takes connections and says nothing, until it is closed.
    private static final class Silent implements AutoCloseable {
        private final ServerSocket socket;
        private final Queue<Socket> taken = new ConcurrentLinkedQueue<>();
        private final Semaphore arrivals = new Semaphore(0);

        Silent() throws IOException {
            socket =
                    new ServerSocket(
                            0, Outbound.MOST, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
            Thread.ofVirtual().start(this::take);
        }

        private void take() {
            try {
                while (true) {
                    taken.add(socket.accept());
                    arrivals.release();
                }
            } catch (IOException e) {
                assertThat(socket.isClosed()).isTrue();
            }
        }

        URI uri() {
            return URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/");
        }

        @Override
        public void close() throws IOException {
            socket.close();
            for (var connection : taken) connection.close();
        }
    }

    /// THREATS R43.3.
    @Test
    void aPeerThatNeverAnswersIsLeftAloneAndNoOther() throws IOException {
        try (var outbound = new Outbound(LOOPBACK);
                var silent = new Silent()) {
            var outcomes = new ArrayList<Outcome>();
            for (var i = 0; i <= Breaker.ENOUGH; i++) outcomes.add(outbound.post(silent.uri(), ""));
            assertThat(outcomes.subList(0, Breaker.ENOUGH))
                    .containsOnly(new Outcome.Failed("the connection failed"));
            assertThat(outcomes.getLast())
                    .isEqualTo(
                            new Outcome.Failed(
                                    "it didn't answer lately, and is left alone for a while"));
            assertThat(silent.taken).hasSize(Breaker.ENOUGH);
            var alive = URI.create("http://127.0.0.1:" + peer.getAddress().getPort() + "/hook");
            assertThat(outbound.post(alive, "")).isEqualTo(new Outcome.Answered(200));
        }
    }

    /// THREATS R43.3.
    @Test
    void onlySoManyRequestsAreUnderWayAtOnce() throws Exception {
        var alive = URI.create("http://127.0.0.1:" + peer.getAddress().getPort() + "/hook");
        try (var outbound = new Outbound(LOOPBACK);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            try (var silent = new Silent()) {
                for (var i = 0; i < Outbound.MOST; i++)
                    threads.execute(() -> outbound.post(silent.uri(), ""));
                silent.arrivals.acquire(Outbound.MOST);
                assertThat(outbound.post(alive, ""))
                        .isEqualTo(new Outcome.Failed("too many requests are under way"));
            }
            threads.shutdown();
            assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
            assertThat(outbound.post(alive, "")).isEqualTo(new Outcome.Answered(200));
        }
    }
}
