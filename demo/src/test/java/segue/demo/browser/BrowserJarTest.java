package segue.demo.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.wire.Wire;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// Redirects and forms, against a server that writes down what it is asked.
class BrowserJarTest {
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final BrowserJar browser = new BrowserJar(Wire.from("127.0.0.1"));
    private Optional<HttpServer> running = Optional.empty();

    @BeforeEach
    void start() throws IOException {
        var server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        running = Optional.of(server);
    }

    @AfterEach
    void stop() {
        running.orElseThrow().stop(0);
    }

    private URI at(String path) {
        return URI.create(
                "http://localhost:" + running.orElseThrow().getAddress().getPort() + path);
    }

    private static String header(HttpExchange exchange, String name) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name)).orElse("-");
    }

    /// `/redirect/STATUS?to=PLACE` redirects, without a place to itself; every other page is a
    /// form.
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var path = exchange.getRequestURI().getPath();
            asked.add(
                    "%s %s %s cookie=%s site=%s origin=%s from=%s"
                            .formatted(
                                    exchange.getRequestMethod(),
                                    path,
                                    body,
                                    header(exchange, "Cookie"),
                                    header(exchange, "Sec-Fetch-Site"),
                                    header(exchange, "Origin").replaceFirst(":\\d+$", ""),
                                    exchange.getRemoteAddress().getAddress().getHostAddress()));
            exchange.getResponseHeaders().add("Set-Cookie", "seen=" + asked.size() + "; Path=/");
            if (path.startsWith("/redirect/")) {
                var query =
                        Wire.parameters(
                                Optional.ofNullable(exchange.getRequestURI().getRawQuery())
                                        .orElse(""));
                exchange.getResponseHeaders().add("Location", query.getOrDefault("to", path));
                exchange.sendResponseHeaders(Integer.parseInt(path.substring(10)), -1);
            } else {
                var page =
                        """
                        <h1>Arrived</h1>
                        <form method="post" action="/redirect/303?to=/done">
                        <input type="hidden" name="csrf" value="c&amp;d"><input name="username">
                        <input name="password" type="password"></form>
                        """
                                .getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, page.length);
                exchange.getResponseBody().write(page);
            }
        }
    }

    private URI redirect(int status, String to) {
        return Wire.with(at("/redirect/" + status), Map.of("to", to));
    }

    @Test
    void aBrowserFollowsRedirectsAndKeepsCookiesOnTheWay() {
        var page = browser.open(redirect(302, "/next"));
        assertThat(page.url()).isEqualTo(at("/next"));
        assertThat(page.heading()).isEqualTo("Arrived");
        assertThat(page.visited()).containsExactly(redirect(302, "/next"), at("/next"));
        assertThat(page.location()).isEmpty();
        assertThat(asked)
                .containsExactly(
                        "GET /redirect/302  cookie=- site=none origin=- from=127.0.0.1",
                        "GET /next  cookie=seen=1 site=none origin=- from=127.0.0.1");
    }

    @Test
    void aRedirectToAnAppEndsTheVisitWithWhatTheAppIsTold() {
        var page = browser.open(redirect(302, "org.example.demo://callback?code=a%20b&state=s"));
        assertThat(page.status()).isEqualTo(302);
        assertThat(page.location().map(URI::getScheme)).hasValue("org.example.demo");
        assertThat(page.parameter("code")).hasValue("a b");
        assertThat(page.parameter("error")).isEmpty();
    }

    @Test
    void aVisitCanStopBeforeAnotherOrigin() {
        var page = browser.openUntilAway(redirect(302, "https://web.example/cb#code=x"));
        assertThat(page.location()).hasValue(URI.create("https://web.example/cb#code=x"));
        assertThat(page.parameter("code")).hasValue("x");
        assertThat(asked).hasSize(1);
    }

    @Test
    void aVisitCanBeMadeStepByStep() {
        var first = browser.openUntil(redirect(302, redirect(302, "/end").toString()), _ -> true);
        assertThat(first.visited()).hasSize(1);
        var second = browser.step(first);
        assertThat(second.location()).hasValue(at("/end"));
        var third = browser.step(second);
        assertThat(third.url()).isEqualTo(at("/end"));
        assertThat(browser.step(third)).isEqualTo(third);
    }

    @Test
    void aCircleEnds() {
        assertThatIllegalStateException()
                .isThrownBy(() -> browser.open(at("/redirect/302")))
                .withMessageContaining("redirects");
    }

    @Test
    void aFormIsSentWithItsHiddenFieldsFromItsOrigin() {
        var page = browser.open(at("/form"));
        assertThat(page.asksToSignIn()).isTrue();
        var done = browser.submit(page, Map.of("username", "ada", "password", "p w"));
        assertThat(done.url()).isEqualTo(at("/done"));
        assertThat(asked)
                .endsWith(
                        "POST /redirect/303 csrf=c%26d&username=ada&password=p+w cookie=seen=1"
                                + " site=same-origin origin=http://localhost from=127.0.0.1",
                        "GET /done  cookie=seen=2 site=same-origin origin=- from=127.0.0.1");
    }

    @ParameterizedTest
    @CsvSource({"301, GET", "302, GET", "303, GET", "307, POST", "308, POST"})
    void aRedirectedPostStaysAPostWhereItsStatusSaysSo(int status, String method) {
        var form = new Form(at("/page"), redirect(status, "/end"), true, Map.of("a", "1"));
        browser.submit(form);
        assertThat(asked.getLast())
                .startsWith(method + " /end " + (method.equals("POST") ? "a=1" : ""));
    }

    @Test
    void aLinkOfAnotherSiteSaysSo() {
        browser.followLink(URI.create("https://evil.example/"), at("/form"));
        assertThat(asked.getLast()).contains("site=cross-site");
    }

    @Test
    void anotherDeviceHasAnotherAddress() {
        assumeThat(Wire.isHere("127.0.0.2")).isTrue();
        browser.open(at("/form"));
        browser.through(Wire.from("127.0.0.2")).open(at("/form"));
        assertThat(asked.getLast()).contains("cookie=seen=1").endsWith("from=127.0.0.2");
    }

    @Test
    void aWireCanSpeakForItself() {
        browser.through(Wire.from("127.0.0.1").with("Sec-Fetch-Site", "cross-site"))
                .open(at("/form"));
        assertThat(asked.getLast()).contains("site=cross-site");
    }

    @Test
    void anAppPlantsACookie() {
        browser.plant(at("/"), "auth0_session_transfer_token", "t");
        assertThat(browser.cookies(at("/")))
                .singleElement()
                .satisfies(
                        it -> {
                            assertThat(it.httpOnly()).isTrue();
                            assertThat(it.secure()).isTrue();
                            assertThat(it.sameSite()).isEqualTo(Cookie.SameSite.NONE);
                        });
        browser.open(at("/form"));
        assertThat(asked.getLast()).contains("cookie=auth0_session_transfer_token=t ");
    }
}
