package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Bytes that no HTTP library sends (THREATS T-50, T-51): one 4xx, or none, and the connection is
/// closed; what was smuggled behind is never answered.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WireAttackStory {
    /// What an attacker wants to be taken for a request of somebody else.
    private static final String SMUGGLED = "GET /health/live HTTP/1.1\r\nHost: HOST\r\n\r\n";

    private static final String TO_TOKEN = "POST /oauth/token HTTP/1.1\r\nHost: HOST\r\n";
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\n";
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3})");

    private Optional<World> running = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        running = Optional.of(new World(0, Map.of("log.level", "warn")));
    }

    @AfterAll
    void stop() {
        world().close();
    }

    private World world() {
        return running.orElseThrow();
    }

    private Socket connected() throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), world().issuer().getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private void send(Socket socket, String text) throws IOException {
        var bytes = text.replace("HOST", world().issuer().getAuthority());
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// Everything until the server closes; fails if it doesn't.
    private static String untilClosed(Socket socket) throws IOException {
        var answer = new ByteArrayOutputStream();
        try {
            for (var b = socket.getInputStream().read(); b >= 0; b = socket.getInputStream().read())
                answer.write(b);
        } catch (SocketException reset) {
            // Closed, too.
        }
        return answer.toString(StandardCharsets.ISO_8859_1);
    }

    private static List<String> statuses(String answer) {
        return STATUS.matcher(answer).results().map(it -> it.group(1)).toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Content-Length: 3\r\nContent-Length: 3\r\n\r\na=b",
                "Content-Length: 3\r\nContent-Length: 9\r\n\r\na=b",
                "Content-Length: 3, 3\r\n\r\na=b",
                "Content-Length: +3\r\n\r\na=b",
                "Content-Length: 99999999999999999999\r\n\r\na=b",
                "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n3;a=\"\n\"\r\na=b\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n3\na=b\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n3\r\na=bXX0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na=b\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\na=b\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n-1\r\na=b\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n\r\na=b\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\nX-Trailer: y\r\n\r\n",
                "X-A: b\r\n c: d\r\n\r\n",
                "X-A: b\nX-B: c\r\n\r\n",
                "X-A : b\r\n\r\n",
                "X-A: \0\r\n\r\n",
                "X-A: \u001b[2J\r\n\r\n",
                "Host: HOST\r\n\r\n",
                "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\na=b",
                "Content-Length: 3\r\n\r\na=b",
            })
    void aBrokenRequestIsRefusedAndNothingBehindItIsRead(String rest) throws Exception {
        try (var socket = connected()) {
            send(socket, "POST /oauth/token HTTP/1.1\r\nHost: HOST\r\n" + FORM + rest + SMUGGLED);
            assertThat(statuses(untilClosed(socket))).containsExactly("400");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET http://evil.example/authorize HTTP/1.1\r\nHost: HOST\r\n\r\n",
                "CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n",
                "GET /authorize\0 HTTP/1.1\r\nHost: HOST\r\n\r\n",
                "GET /authorize?a=\u00ff HTTP/1.1\r\nHost: HOST\r\n\r\n",
                "GET /authorize?a=%ff HTTP/1.1\r\nHost: HOST\r\n\r\n",
                "GET /authorize?a=%00 HTTP/1.1\r\nHost: HOST\r\n\r\n",
                "GET /authorize?a=%zz HTTP/1.1\r\nHost: HOST\r\n\r\n",
                "GET /authorize#a HTTP/1.1\r\nHost: HOST\r\n\r\n",
                "GET /authorize HTTP/1.1\r\n\r\n",
                "GET /authorize HTTP/1.1\r\nHost: HOST, evil.example\r\n\r\n",
                "GET /authorize HTTP/1.1\r\nHost: evil@HOST\r\n\r\n",
                "GET /authorize HTTP/1.2\r\nHost: HOST\r\n\r\n",
                "GET /authorize\r\n\r\n",
                "GET /a HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "G(T /authorize HTTP/1.1\r\nHost: HOST\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "\u0016\u0003\u0001\0\r\n\r\n",
            })
    void aBrokenTargetIsRefusedAndNothingBehindItIsRead(String request) throws Exception {
        try (var socket = connected()) {
            send(socket, request + SMUGGLED);
            assertThat(statuses(untilClosed(socket))).containsExactly("400");
        }
    }

    @Test
    void whatIsTooLargeIsRefusedByItsNameAndNothingBehindItIsRead() throws Exception {
        var large =
                Map.of(
                        "GET /authorize?" + "a".repeat(8_200) + " HTTP/1.1\r\nHost: HOST\r\n\r\n",
                        "414",
                        "GET / HTTP/1.1\r\nHost: HOST\r\nA: " + "a".repeat(17_000) + "\r\n\r\n",
                        "431",
                        "GET / HTTP/1.1\r\nHost: HOST\r\n" + "A: a\r\n".repeat(150) + "\r\n",
                        "431",
                        TO_TOKEN + "Content-Length: 70000\r\n\r\n" + "a".repeat(70_000),
                        "413",
                        TO_TOKEN
                                + "Transfer-Encoding: chunked\r\n\r\n11170\r\n"
                                + "a".repeat(70_000)
                                + "\r\n0\r\n\r\n",
                        "413",
                        TO_TOKEN + "Content-Length: 70000\r\nExpect: 100-continue\r\n\r\n",
                        "413",
                        "TRACE / HTTP/1.1\r\nHost: HOST\r\n\r\n",
                        "405");
        for (var it : large.entrySet())
            try (var socket = connected()) {
                send(socket, it.getKey() + SMUGGLED);
                assertThat(statuses(untilClosed(socket)))
                        .as(it.getKey().substring(0, 20))
                        .containsExactly(it.getValue());
            }
    }

    @Test
    void anUpgradeIsNotMade() throws Exception {
        for (var protocol : List.of("h2c", "websocket"))
            try (var socket = connected()) {
                send(
                        socket,
                        "GET /health/live HTTP/1.1\r\n"
                                + "Host: HOST\r\n"
                                + "Connection: Upgrade, close\r\n"
                                + "Upgrade: "
                                + protocol
                                + "\r\n\r\n");
                assertThat(statuses(untilClosed(socket))).containsExactly("200");
            }
    }

    @Test
    void twoHonestRequestsOnOneConnectionAreBothAnswered() throws Exception {
        try (var socket = connected()) {
            send(socket, SMUGGLED + SMUGGLED.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
            assertThat(statuses(untilClosed(socket))).containsExactly("200", "200");
        }
    }

    /// nginx asks like this by default. Nothing may follow on the connection, and the answer's
    /// length must be known without chunks (RFC 9112 §6.3).
    @Test
    void anHttp10RequestIsAnsweredAndNothingBehindItIsRead() throws Exception {
        var form = "grant_type=none";
        var asked =
                Map.of(
                        "GET /health/live HTTP/1.0\r\nHost: HOST\r\n\r\n",
                        "200",
                        "GET /health/live HTTP/1.0\r\n\r\n",
                        "200",
                        "GET /u/login HTTP/1.0\r\n\r\n",
                        "421",
                        "GET /u/login HTTP/1.0\r\nHost: evil.example\r\n\r\n",
                        "421",
                        "GET /v2/logout HTTP/1.0\r\nHost: HOST\r\nConnection: keep-alive\r\n\r\n",
                        "200",
                        TO_TOKEN.replace("1.1", "1.0")
                                + FORM
                                + "Expect: 100-continue\r\nContent-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + form,
                        "403");
        for (var it : asked.entrySet())
            try (var socket = connected()) {
                send(socket, it.getKey() + SMUGGLED);
                var answer = untilClosed(socket);
                assertThat(statuses(answer)).as(it.getKey()).containsExactly(it.getValue());
                assertThat(answer)
                        .containsIgnoringCase("Connection: close")
                        .containsIgnoringCase("Content-Length: ")
                        .doesNotContainIgnoringCase("Transfer-Encoding");
            }
    }

    /// Half a form is a whole form to a parser.
    @Test
    void aBodyThatWasCutOffChangesNothing() throws Exception {
        var phone = world().phone("127.0.0.1");
        phone.signIn(World.ADA, world().password(), "openid offline_access");
        var form =
                Wire.form(Map.of("client_id", World.APP, "token", phone.refreshToken(), "z", "z"));
        try (var socket = connected()) {
            send(
                    socket,
                    "POST /oauth/revoke HTTP/1.1\r\nHost: HOST\r\n"
                            + FORM
                            + "Content-Length: "
                            + (form.length() + 1)
                            + "\r\n\r\n"
                            + form);
            socket.shutdownOutput();
            assertThat(statuses(untilClosed(socket))).isIn(List.of(), List.of("400"));
        }
        assertThat(phone.refresh().status()).isEqualTo(200);
    }

    /// THREATS R51.2: five seconds for the head, however it drips.
    @Test
    void aHeadThatDripsIsCutOff() throws Exception {
        try (var socket = connected()) {
            socket.setSoTimeout(200);
            send(socket, "GET /health/live HTTP/1.1\r\nHost: HOST\r\n");
            var start = System.nanoTime();
            assertThat(isClosedWhileDripping(socket)).isTrue();
            var took = Duration.ofNanos(System.nanoTime() - start);
            assertThat(took).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(12));
        }
    }

    private static boolean isClosedWhileDripping(Socket socket) throws IOException {
        for (var drop = 0; drop < 150; drop++) {
            try {
                socket.getOutputStream().write("X: y\r\n".getBytes(StandardCharsets.US_ASCII));
                return socket.getInputStream().read() < 0;
            } catch (SocketTimeoutException e) {
                // Not yet.
            } catch (SocketException e) {
                return true;
            }
        }
        return false;
    }
}
