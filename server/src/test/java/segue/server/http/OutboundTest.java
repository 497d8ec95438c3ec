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
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

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
}
