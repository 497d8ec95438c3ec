package segue.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.server.settings.Settings;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/// A server with room for one request in each lane, and one that stays in the protocol's until it
/// is told to go.
class AdmissionTest {
    private static final class Silent implements Site.Observer {
        @Override
        public void served(Site.Answered answer) {}

        @Override
        public void answering(Runnable work) {
            work.run();
        }

        @Override
        public void failed(String requestId, Throwable cause) {
            throw new AssertionError(cause);
        }
    }

    private final CountDownLatch isIn = new CountDownLatch(1);
    private final CountDownLatch mayGo = new CountDownLatch(1);
    private final CountDownLatch isHashing = new CountDownLatch(1);
    private final CountDownLatch isHashed = new CountDownLatch(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpServer server =
            HttpServer.bind(
                    new Listener(
                            "127.0.0.1",
                            0,
                            Optional.empty(),
                            Settings.of(Map.of("limits.concurrent-requests", "1"))
                                    .limits()
                                    .requests(),
                            List.of(),
                            Duration.ofSeconds(5)));
    private final CompletableFuture<HttpResponse<String>> staying;

    AdmissionTest() {
        Endpoint quick = _ -> Response.text(200, "done");
        var router =
                new Router()
                        .add(Method.GET, "/stay", _ -> stay())
                        .add(Method.GET, "/hash", _ -> hash())
                        .add(Method.GET, "/quick", quick)
                        .add(Method.POST, "/quick", quick)
                        .add(Method.GET, "/health/live", quick)
                        .add(Method.GET, "/metrics", quick)
                        .add(Method.GET, "/.well-known/jwks.json", quick)
                        .add(Method.GET, "/api/v2/clients", quick);
        server.serve(new Site(router, _ -> true, false, () -> "id", new Silent()));
        staying = sendAsync(request("/stay"));
    }

    private Response stay() {
        isIn.countDown();
        await(mayGo);
        return Response.text(200, "stayed");
    }

    /// As whoever waits for a password's hash.
    private Response hash() {
        Admission.leave();
        Admission.leave();
        isHashing.countDown();
        await(isHashed);
        return Response.text(200, "hashed");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.port()).resolve(path));
    }

    private CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        return sendAsync(request).join();
    }

    @BeforeEach
    void waitUntilOneIsIn() throws InterruptedException {
        isIn.await();
    }

    @AfterEach
    void stop() {
        mayGo.countDown();
        assertThat(staying.join().body()).isEqualTo("stayed");
        assertThat(send(request("/quick")).statusCode()).isEqualTo(200);
        assertThat(server.admission().in(Lane.PROTOCOL)).isZero();
        client.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST", "HEAD", "expecting", "in chunks"})
    void whoeverFindsNoRoomIsToldToComeBack(String how) {
        var body = HttpRequest.BodyPublishers.ofString("a=b");
        var asked =
                switch (how) {
                    case "HEAD" -> request("/quick").HEAD();
                    case "POST" -> request("/quick").POST(body);
                    case "expecting" -> request("/quick").expectContinue(true).POST(body);
                    case "in chunks" ->
                            request("/quick")
                                    .POST(
                                            HttpRequest.BodyPublishers.ofByteArrays(
                                                    List.of(new byte[] {1})));
                    default -> request("/quick");
                };
        var answer = send(asked);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        if (!how.equals("HEAD"))
            assertThat(answer.body())
                    .isEqualTo(
                            "{\"error\":\"temporarily_unavailable\","
                                    + "\"error_description\":\"Try again.\"}");
        assertThat(server.admission().refused(Lane.PROTOCOL)).isEqualTo(1);
    }

    /// A new connection costs more than a refusal. After the first each waits for another of the
    /// two hundred moments in a second at which those who don't wait are refused.
    @Test
    void theConnectionStaysOpenAndWhoAsksAgainAtOnceIsRefusedLate() throws IOException {
        var begin = System.nanoTime();
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            for (var i = 0; i < 12; i++) {
                socket.getOutputStream()
                        .write(
                                "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                var status =
                        new String(
                                socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
                assertThat(status).isEqualTo("HTTP/1.1 503");
                var rest = new StringBuilder();
                while (!rest.toString().endsWith("}"))
                    rest.append((char) socket.getInputStream().readNBytes(1)[0]);
            }
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isGreaterThanOrEqualTo(Duration.ofMillis(10 * 5));
        assertThat(server.admission().refused(Lane.PROTOCOL)).isEqualTo(12);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/health/live", "/metrics", "/.well-known/jwks.json", "/api/v2/clients"})
    void noLaneStarvesAnother(String path) {
        assertThat(send(request(path)).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/health/live | OPERATIONS",
                "/metrics | OPERATIONS",
                "/metrics/x | PROTOCOL",
                "/.well-known/openid-configuration | PUBLISHED",
                "/api/v2/users | MANAGEMENT",
                "/oauth/token | PROTOCOL",
                "/ | PROTOCOL",
            })
    void theLaneIsToldByThePath(String path, Lane lane) {
        assertThat(Lane.of(path)).isEqualTo(lane);
    }

    @Test
    void theManagementApiRefusesInItsOwnFormat() {
        assertThat(Lane.MANAGEMENT.refusal().text())
                .isEqualTo(
                        "{\"statusCode\":503,\"error\":\"Service Unavailable\","
                                + "\"message\":\"Try again.\"}");
        assertThat(Lane.MANAGEMENT.refusal().header("Retry-After")).hasValue("1");
    }

    @Test
    void whoWaitsInALaneOfItsOwnMakesRoom() throws InterruptedException {
        mayGo.countDown();
        var _ = staying.join();
        var hashing = sendAsync(request("/hash"));
        isHashing.await();
        assertThat(send(request("/quick")).statusCode()).isEqualTo(200);
        isHashed.countDown();
        assertThat(hashing.join().body()).isEqualTo("hashed");
        assertThat(server.admission().in(Lane.PROTOCOL)).isZero();
    }
}
