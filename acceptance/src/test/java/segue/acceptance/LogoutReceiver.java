package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A web app on loopback that hears of ended sessions (OpenID Connect Back-Channel Logout 1.0).
final class LogoutReceiver implements AutoCloseable {
    /// Longer than the housekeeping takes to notice an expired session.
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final AtomicInteger answer = new AtomicInteger(200);
    private final HttpServer server;

    LogoutReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/logout", this::hear);
        server.start();
    }

    private void hear(HttpExchange exchange) throws IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(exchange.getRequestMethod()).isEqualTo("POST");
        heard.add(URLDecoder.decode(body.replace("logout_token=", ""), StandardCharsets.UTF_8));
        exchange.sendResponseHeaders(answer.getAndSet(200), -1);
        exchange.close();
    }

    /// Where it listens.
    String uri() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/logout";
    }

    /// The next logout token, once it is there.
    String token() throws InterruptedException {
        var token = heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(token).as("a logout token").isNotNull();
        return token == null ? "" : token;
    }

    boolean hasHeardMore() {
        return !heard.isEmpty();
    }

    /// Answers the next one with this status.
    void answerNext(int status) {
        answer.set(status);
    }

    void forget() {
        heard.clear();
        answer.set(200);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
