package segue.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.helidon.http.RequestException;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.server.settings.Settings;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// What may come from a socket reaches the parser, however it is cut into pieces, and nothing else
/// does (THREATS R50.2).
class GateTest {
    private static final Settings.Requests LIMITS = Settings.of(Map.of()).limits().requests();
    private static final String TO_A = "POST /a HTTP/1.1\r\nHost: x\r\n";
    private static final String GET = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String POST =
            "POST /a HTTP/1.1\r\nHost: x\r\ncontent-length: 5\r\n\r\nabcde";
    private static final String CHUNKED =
            String.join(
                    "\r\n",
                    List.of(
                            "POST /a HTTP/1.1",
                            "Host: x",
                            "Transfer-Encoding: Chunked",
                            "",
                            "3",
                            "abc",
                            "00a",
                            "0123456789",
                            "0",
                            "",
                            ""));

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Gate gate(String... pieces) {
        Queue<byte[]> left = new ArrayDeque<>();
        for (var piece : pieces) left.add(bytes(piece));
        Supplier<byte @Nullable []> socket = left::poll;
        return new Gate(socket, LIMITS, door(_ -> Optional.empty(), _ -> {}));
    }

    private static Gate.Doorkeeper door(
            Function<String, Optional<byte[]>> refusal, Consumer<byte[]> answers) {
        return new Gate.Doorkeeper() {
            @Override
            public Optional<byte[]> refusal(String path) {
                return refusal.apply(path);
            }

            @Override
            public void send(byte[] answer) {
                answers.accept(answer);
            }
        };
    }

    /// Refuses what is for `/a`.
    private static Gate refusing(List<String> answers, String... pieces) {
        Queue<byte[]> left = new ArrayDeque<>();
        for (var piece : pieces) left.add(bytes(piece));
        Supplier<byte @Nullable []> socket = left::poll;
        return new Gate(
                socket,
                LIMITS,
                door(
                        path -> path.equals("/a") ? Optional.of(bytes("no")) : Optional.empty(),
                        answer -> answers.add(new String(answer, StandardCharsets.ISO_8859_1))));
    }

    @Test
    void aRequestThatIsRefusedAtTheDoorIsReadWholeAndPassedOnInNoPart() {
        var other = GET.replace("/a", "/b");
        var all = GET + other + POST + CHUNKED + other + GET;
        for (var cut = 1; cut < all.length(); cut++) {
            var answers = new ArrayList<String>();
            var gate = refusing(answers, all.substring(0, cut), all.substring(cut));
            assertThat(passed(gate)).as("cut at %s", cut).containsExactly(other, other);
            assertThat(answers).containsExactly("no", "no", "no", "no");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\r\nconnection: close\r\n\r\n",
                "GET /a HTTP/1.0\r\nHost: x\r\n\r\n",
                TO_A + "Content-Length: 1\r\nExpect: 100-continue\r\n\r\na",
            })
    void whatEndsAConnectionOrWaitsForLeaveIsNotRefusedAtTheDoor(String request) {
        var answers = new ArrayList<String>();
        assertThat(passed(refusing(answers, request))).isNotEmpty();
        assertThat(answers).isEmpty();
    }

    private static List<String> passed(Gate gate) {
        var passed = new ArrayList<String>();
        for (var piece = gate.get(); piece != null; piece = gate.get())
            passed.add(new String(piece, StandardCharsets.ISO_8859_1));
        return passed;
    }

    @Test
    void whatIsWellFormedPassesHoweverItIsCut() {
        var all = GET + CHUNKED + POST + GET;
        for (var cut = 1; cut < all.length(); cut++)
            assertThat(passed(gate(all.substring(0, cut), all.substring(cut))))
                    .as("cut at %s", cut)
                    .satisfies(pieces -> assertThat(String.join("", pieces)).isEqualTo(all));
        assertThat(String.join("", passed(gate(all.split(""))))).isEqualTo(all);
    }

    /// So that what follows can be withheld when the answer was a refusal.
    @Test
    void noPieceReachesIntoTheNextRequest() {
        assertThat(passed(gate(GET + GET))).containsExactly(GET, GET);
        var head = POST.substring(0, POST.length() - 5);
        assertThat(passed(gate(POST + GET))).containsExactly(head, "abcde", GET);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /a HTTP/1.1\nHost: x\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\r\n\n",
                "GET /a HTTP/1.1\rHost: x\r\n\r\n",
                "\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET  /a HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /a HTTP/1.1 \r\nHost: x\r\n\r\n",
                "get /a HTTP/1.1\r\nHost: x\r\n\r\n",
                "G(T /a HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /a HTTP/0.9\r\nHost: x\r\n\r\n",
                "GET /a HTTP/1.2\r\nHost: x\r\n\r\n",
                "GET /a\r\n\r\n",
                "GET /a HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n",
                "GET http://x/a HTTP/1.0\r\nHost: x\r\n\r\n",
                "POST /a HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /a HTTP/1.0\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n",
                "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /a\0 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /a\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /a HTTP/1.1\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n c: d\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc: d\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\r\nA\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\r\nA: \u001b[2J\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\r\nA: \u007f\r\n\r\n",
                TO_A + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
                TO_A + "Content-Length: 1, 1\r\n\r\na",
                TO_A + "Content-Length: +1\r\n\r\na",
                TO_A + "Content-Length: -1\r\n\r\na",
                TO_A + "Content-Length: 0x1\r\n\r\na",
                TO_A + "Content-Length:\r\n\r\na",
                TO_A + "Content-Length: 99999999999999999999\r\n\r\na",
                TO_A + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                TO_A + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                TO_A + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                TO_A + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                TO_A + "Transfer-Encoding:\u000bchunked\r\n\r\n0\r\n\r\n",
            })
    void aMalformedHeadIsRefusedWhole(String head) {
        var gate = gate(head);
        assertThatThrownBy(gate::get)
                .isInstanceOfSatisfying(
                        RequestException.class,
                        refusal -> assertThat(refusal.status().code()).isEqualTo(400));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "3;a=b\r\nabc\r\n",
                "3;a=\"\n\"\r\nabc\r\n",
                "3\nabc\r\n",
                "3\r\nabcXX0\r\n\r\n",
                "3\r\nabc\n0\r\n\r\n",
                "+3\r\nabc\r\n",
                "-3\r\nabc\r\n",
                "0x3\r\nabc\r\n",
                "3 \r\nabc\r\n",
                " 3\r\nabc\r\n",
                "\r\nabc\r\n",
                "g\r\nabc\r\n",
                "ffffffff\r\nabc\r\n",
                "00000003\r\nabc\r\n",
                "0\r\nA: b\r\n\r\n",
            })
    void aMalformedChunkIsRefused(String chunk) {
        var head = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (var gate : List.of(gate(head + chunk + GET), gate((head + chunk + GET).split("")))) {
            var passed = new ByteArrayOutputStream();
            assertThatThrownBy(
                            () -> {
                                while (true) passed.writeBytes(nonNull(gate.get()));
                            })
                    .isInstanceOfSatisfying(
                            RequestException.class,
                            refusal -> assertThat(refusal.status().code()).isEqualTo(400));
            assertThat(passed.toString(StandardCharsets.ISO_8859_1)).doesNotContain(GET);
        }
    }

    /// nginx asks like this by default, haproxy and others for our health.
    @Test
    void anHttp10RequestIsPresentedAsTheLastOfItsConnection() {
        var old =
                "POST /a HTTP/1.0\r\nHost: x\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=9\r\n"
                        + "Expect: 100-continue\r\ncontent-length: 5\r\n\r\nabcde";
        var modern =
                "POST /a HTTP/1.1\r\nHost: x\r\ncontent-length: 5\r\nConnection: close\r\n\r\n";
        assertThat(passed(gate(old + GET))).containsExactly(modern, "abcde");
        var pieces = passed(gate((old + GET).split("")));
        assertThat(String.join("", pieces)).isEqualTo(modern + "abcde");
        assertThat(passed(gate(GET + "GET /b HTTP/1.0\r\nHost: x\r\n\r\n" + GET)))
                .containsExactly(GET, "GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }

    /// So that it is answered at the paths of operations only.
    @Test
    void anHttp10RequestWithoutAHostIsForNoneOfOurs() {
        assertThat(passed(gate("OPTIONS /a HTTP/1.0\r\n\r\n")))
                .containsExactly(
                        "OPTIONS /a HTTP/1.1\r\nHost: none.invalid\r\nConnection: close\r\n\r\n");
    }

    private static byte[] nonNull(byte @Nullable [] piece) {
        if (piece == null) throw new AssertionError("the gate let it end quietly");
        return piece;
    }

    @Test
    void whatIsTooLargeIsRefusedByItsName() {
        var url = "GET /" + "a".repeat(LIMITS.urlBytes()) + " HTTP/1.1\r\nHost: x\r\n\r\n";
        var field =
                "GET / HTTP/1.1\r\nHost: x\r\nA: " + "a".repeat(LIMITS.headerBytes()) + "\r\n\r\n";
        var fields = "GET / HTTP/1.1\r\nHost: x\r\n" + "A: a\r\n".repeat(LIMITS.headers()) + "\r\n";
        var endless = "GET /" + "a".repeat(LIMITS.urlBytes() + LIMITS.headerBytes());
        assertThat(status(url)).isEqualTo(414);
        assertThat(status(field)).isEqualTo(431);
        assertThat(status(fields)).isEqualTo(431);
        assertThat(status(endless)).isEqualTo(431);
        assertThat(status("POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n")).isEqualTo(417);
    }

    private static int status(String request) {
        try {
            gate(request).get();
            return 0;
        } catch (RequestException refusal) {
            return refusal.status().code();
        }
    }

    @Test
    void afterAStopNoRequestBeginsButTheOneUnderWayIsRead() {
        var gate = gate(POST.substring(0, 10), POST.substring(10), GET);
        assertThat(gate.stop()).isFalse();
        var stopped = gate("");
        stopped.stop();
        assertThat(passed(stopped)).isEmpty();
        var busy = gate(POST.substring(0, POST.length() - 2), POST.substring(POST.length() - 2));
        var head = new String(nonNull(busy.get()), StandardCharsets.ISO_8859_1);
        assertThat(busy.stop()).isFalse();
        assertThat(head + String.join("", passed(busy))).isEqualTo(POST);
    }
}
