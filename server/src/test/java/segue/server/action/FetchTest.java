package segue.server.action;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.domain.action.Effect;
import segue.domain.action.Verdict;
import segue.domain.action.Verdict.Failure;
import segue.server.http.Outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// `fetch` of a script in a real worker, to a real peer on loopback, which is allowed here.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FetchTest {
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private Lab lab = none();
    private HttpServer peer = none();

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // Replaced before each test.
    private static <T> T none() {
        return null;
    }

    @BeforeAll
    void start() throws IOException {
        lab = new Lab(Lab.workers(1), Duration.ofSeconds(8));
        var loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        peer = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
        peer.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        peer.createContext("/", this::hear);
        peer.start();
    }

    @AfterAll
    void stop() {
        lab.close();
        peer.stop(0);
    }

    private void hear(HttpExchange exchange) throws IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        heard.add(
                exchange.getRequestMethod()
                        + " "
                        + exchange.getRequestURI()
                        + " "
                        + exchange.getRequestHeaders().getFirst("X-Word")
                        + " "
                        + body);
        var size =
                switch (exchange.getRequestURI().getPath()) {
                    case "/large" -> (1 << 20) + 1;
                    case "/full" -> 1 << 20;
                    default -> 0;
                };
        switch (exchange.getRequestURI().getPath()) {
            case "/slow" -> {
                return; // never answered
            }
            case "/elsewhere" -> {
                exchange.getResponseHeaders().set("Location", "/there");
                exchange.sendResponseHeaders(302, -1);
            }
            default -> {
                var answer =
                        size > 0
                                ? "x".repeat(size).getBytes(StandardCharsets.UTF_8)
                                : "{\"word\":\"grüße\"}".getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(201, answer.length);
                exchange.getResponseBody().write(answer);
            }
        }
        exchange.close();
    }

    private Verdict run(String body) {
        heard.clear();
        lab.bind(body.replace("PEER", "http://127.0.0.1:" + peer.getAddress().getPort()));
        return lab.run();
    }

    private String claimed(String body) {
        var verdict = run(body);
        assertThat(verdict.failure()).isEmpty();
        return verdict.effects().getFirst() instanceof Effect.SetIdTokenClaim(_, var value)
                ? value.orElse("nothing")
                : "something else";
    }

    @Test
    void anAllowedHostIsAskedAndItsAnswerTold() {
        var seen =
                claimed(
                        """
                        const answer = await fetch('PEER/hook?a=1', {method: 'POST', headers: {'X-Word': 'hi'}, body: 'fül'});
                        const json = await answer.json();
                        api.idToken.setCustomClaim('seen', [answer.status, answer.ok, answer.headers.get('content-type'), json.word]);
                        """);
        assertThat(seen).isEqualTo("[201,true,\"application/json\",\"grüße\"]");
        assertThat(heard).containsExactly("POST /hook?a=1 hi fül");
    }

    @Test
    void aRedirectIsToldAndNotFollowed() {
        var seen =
                claimed(
                        "api.idToken.setCustomClaim('seen', (await"
                                + " fetch('PEER/elsewhere')).status);");
        assertThat(seen).isEqualTo("302");
        assertThat(heard).hasSize(1);
    }

    private static final String TRY =
            """
            try { await fetch(URL, OPTIONS); api.idToken.setCustomClaim('seen', 'reached'); }
            catch (e) { api.idToken.setCustomClaim('seen', e.cause?.message ?? e.message); }
            """;

    private String refused(String url, String options) {
        return claimed(TRY.replace("URL", url).replace("OPTIONS", options));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://localhost/ | isn't allowed",
                "https://example.com/ | isn't allowed",
                "https://127.0.0.1.example.com/ | isn't allowed",
                "https://10.0.0.1/ | isn't allowed",
                "http://169.254.169.254/latest/ | isn't allowed",
                "http://127.0.0.1:1/ | the connection failed",
                "PEER/large | too large",
            })
    void whatMayNotBeReachedIsToldWithoutDetails(String url, String reason) {
        assertThat(refused("'" + url + "'", "{}"))
                .contains(reason)
                .doesNotContain("Exception", "helidon");
    }

    @Test
    void whatJustFitsIsTold() {
        assertThat(
                        claimed(
                                "api.idToken.setCustomClaim('n', (await (await"
                                        + " fetch('PEER/full')).text()).length);"))
                .isEqualTo("1048576");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{method: 'POST', body: 'x'.repeat(100001)}",
                "{headers: {Host: 'other.example'}}",
                "{headers: {'Transfer-Encoding': 'chunked'}}",
                "{headers: {'Proxy-Authorization': 'x'}}",
                "{method: 'CONNECT'}",
                "{method: 'TRACE'}",
            })
    void aRequestThatIsntOneIsNotSent(String options) {
        assertThat(refused("'PEER/'", options)).contains("the request can't be sent");
        assertThat(heard).isEmpty();
    }

    @Test
    void aPrivateAddressNeedsTheOperatorsWord() {
        try (var closed = new Outbound(List.of())) {
            var fetch = new Fetch(closed, List.of("127.0.0.1"));
            var url = "http://127.0.0.1:" + peer.getAddress().getPort() + "/";
            var request =
                    "{\"url\":\"%s\",\"method\":\"GET\",\"headers\":{},\"body\":null}"
                            .formatted(url);
            assertThat(fetch.answer(request, Duration.ofSeconds(5)))
                    .isEqualTo("{\"error\":\"the host has an address that may not be reached\"}");
        }
    }

    @Test
    void aSlowPeerTakesNoMoreThanTheBudget() {
        var verdict = run("await fetch('PEER/slow');");
        assertThat(verdict.failure().map(Failure::errorClass))
                .isPresent()
                .get()
                .isIn("action_timeout", "action_error");
    }

    @Test
    void aScriptFetchesTwentyTimesAndNoMore() {
        var seen =
                claimed(
                        """
                        let ok = 0, failed = [];
                        for (let i = 0; i < 22; i++)
                          try { await fetch('PEER/'); ok++; } catch (e) { failed.push(e.cause.message); }
                        api.idToken.setCustomClaim('seen', [ok, failed]);
                        """);
        assertThat(seen).isEqualTo("[20,[\"more than 20 requests\",\"more than 20 requests\"]]");
        assertThat(heard).hasSize(20);
    }
}
