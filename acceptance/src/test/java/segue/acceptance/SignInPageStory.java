package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The sign-in page and what protects it: THREATS T-22 to T-26 and T-28.
class SignInPageStory extends BrowserScene {
    SignInPageStory() {
        super(Map.of());
    }

    private HttpResponse<String> get(URI url) {
        return world().wire(HERE).send(HttpRequest.newBuilder(url));
    }

    @Test
    void aUserSignsInOnThePageAndComesBackWithACode() {
        var browser = browser();
        var form = browser.openUntilAway(authorize(Map.of("login_hint", "a\"da")));
        assertThat(form.asksToSignIn()).isTrue();
        assertThat(form.form().fields()).containsEntry("username", "a\"da");
        var wrong = signIn(browser, form, World.ADA, "wrong");
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.asksToSignIn()).isTrue();
        assertThat(wrong.body()).contains("Wrong email or password.", "role=\"alert\"");
        assertThat(wrong.form().fields())
                .containsEntry("username", World.ADA)
                .containsEntry("password", "");
        var right = signIn(browser, wrong, World.ADA, world().password());
        assertThat(right.parameter("code")).isPresent();
        assertThat(right.parameter("state")).hasValue("s1");
    }

    /// THREATS R24.1.
    @Test
    void theFormOfAnotherBrowserIsRefused() {
        var form = browser().openUntilAway(authorize(Map.of()));
        var other = browser();
        other.openUntilAway(authorize(Map.of()));
        assertThat(signIn(other, form, World.ADA, world().password()).status()).isEqualTo(403);
        assertThat(isSignedIn(other)).isFalse();
    }

    /// THREATS R24.2.
    @Test
    void aFormThatIsNotOursIsRefused() {
        var browser = browser();
        var form = browser.openUntilAway(authorize(Map.of()));
        var credentials = Map.of("username", World.ADA, "password", world().password());
        for (var header :
                List.of(
                        Map.entry("Sec-Fetch-Site", "cross-site"),
                        Map.entry("Sec-Fetch-Site", "same-site"),
                        Map.entry("Origin", "https://evil.example"))) {
            var wire = world().wire(HERE).with(header.getKey(), header.getValue());
            assertThat(browser.through(wire).submitUntilAway(form, credentials).status())
                    .as("%s", header)
                    .isEqualTo(403);
        }
        var forged =
                browser.submitUntilAway(
                        form,
                        Map.of("username", World.ADA, "password", world().password(), "csrf", "x"));
        assertThat(forged.status()).isEqualTo(403);
        assertThat(isSignedIn(browser)).isFalse();
        assertThat(browser.submitUntilAway(form, credentials).parameter("code")).isPresent();
    }

    /// THREATS R24.4, R25.1.
    @Test
    void signingInRenewsEverySecretOfTheBrowser() {
        var browser = browser();
        var form = browser.openUntilAway(authorize(Map.of()));
        var transaction = browser.cookie(world().issuer(), "segue_tx");
        signIn(browser, form, World.ADA, world().password());
        assertThat(browser.cookie(world().issuer(), "segue_tx"))
                .isPresent()
                .isNotEqualTo(transaction);
        var session = browser.cookie(world().issuer(), "segue_session");
        var again = browser.openUntilAway(authorize(Map.of("prompt", "login")));
        signIn(browser, again, World.ADA, world().password());
        assertThat(browser.cookie(world().issuer(), "segue_session"))
                .isPresent()
                .isNotEqualTo(session);
    }

    /// THREATS R25.2, R25.3.
    @Test
    void whatABrowserBringsIsNotAdopted() {
        var browser = browser();
        var tx = "ic_" + "A".repeat(43);
        var session = "s_" + "A".repeat(43);
        browser.plant(world().issuer(), "segue_tx", tx);
        browser.plant(world().issuer(), "segue_session", session);
        var form = browser.openUntilAway(authorize(Map.of()));
        assertThat(browser.cookie(world().issuer(), "segue_tx"))
                .isPresent()
                .isNotEqualTo(Optional.of(tx));
        var done = signIn(browser, form, World.ADA, world().password());
        var secret = browser.cookie(world().issuer(), "segue_session").orElseThrow();
        assertThat(secret).isNotEqualTo(session);
        var sid = idToken(done).path("sid").asString();
        var state = form.parameter("state").orElseThrow();
        assertThat(List.of(secret, sid, state.substring(2), tx)).doesNotHaveDuplicates();
        assertThat(secret).doesNotContain(sid).doesNotContain(state.substring(2));
    }

    /// THREATS R22.3, R26.1, R26.2.
    @Test
    void cookiesAreForTheServerAloneAndEndAsTheTenantSays() {
        assertThat(sessionCookie())
                .contains("; HttpOnly; SameSite=Lax", "Path=/", "Max-Age=")
                .doesNotContain("Domain");
        withTenant(
                "{\"session_cookie\":{\"mode\":\"non-persistent\"}}",
                "{\"session_cookie\":{\"mode\":\"persistent\"}}",
                () -> assertThat(sessionCookie()).contains("HttpOnly").doesNotContain("Max-Age"));
    }

    private String sessionCookie() {
        return present(browser(), false, transfer(), Map.of())
                .headers()
                .allValues("Set-Cookie")
                .stream()
                .filter(it -> it.startsWith("segue_session="))
                .findFirst()
                .orElseThrow();
    }

    /// THREATS R6.4: host-only, and where an SDK's sample puts it; over a name with parents.
    @Test
    void theCookieOfATransferIsDeletedWhereverItCameFrom() throws Exception {
        try (var world =
                new World(0, Map.of("log.level", "warn", "custom-domains", "id.shop.example"))) {
            var query =
                    Map.of(
                            "client_id",
                            World.SHOP,
                            "response_type",
                            "code",
                            "redirect_uri",
                            world.shop().origin() + "/callback");
            var answer = raw(world, "/authorize?" + Wire.form(query));
            assertThat(answer)
                    .contains(
                            COOKIE + "=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None",
                            COOKIE + "=; Path=/; Domain=id.shop.example; Max-Age=0",
                            COOKIE + "=; Path=/; Domain=shop.example; Max-Age=0")
                    .doesNotContain("Domain=example;");
        }
    }

    /// The JDK's client chooses the Host field itself.
    private static String raw(World world, String target) throws Exception {
        try (var socket = new Socket(InetAddress.ofLiteral(HERE), world.issuer().getPort())) {
            socket.getOutputStream()
                    .write(
                            ("GET "
                                            + target
                                            + " HTTP/1.1\r\nHost: id.shop.example:"
                                            + world.issuer().getPort()
                                            + "\r\nCookie: "
                                            + COOKIE
                                            + "=junk\r\nConnection: close\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            // The server may keep the connection open; the header fields are enough.
            var reader =
                    new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            return reader.lines()
                    .takeWhile(line -> !line.isEmpty())
                    .collect(Collectors.joining("\n"));
        }
    }

    private List<Page> pages() {
        var browser = browser();
        var login = browser.openUntilAway(authorize(Map.of()));
        var signedIn = signedIn(browser());
        return List.of(
                login,
                signIn(browser, login, World.ADA, "wrong"),
                browser.openUntilAway(authorize(Map.of("client_id", "unknown"))),
                browser.openUntilAway(world().issuer().resolve("authorize/resume?state=x")),
                signedIn.openUntilAway(world().issuer().resolve("oidc/logout")),
                browser.openUntilAway(world().issuer().resolve("v2/logout")),
                signedIn.openUntilAway(authorize(Map.of("response_mode", "form_post"))));
    }

    /// THREATS R22.1, T-23.
    @Test
    void everyPageRunsNothingThatIsNotOursAndStandsInNoFrame() {
        for (var page : pages()) {
            var what = page.url().getPath();
            var policy = page.headers().firstValue("Content-Security-Policy").orElse("");
            assertThat(policy)
                    .as(what)
                    .contains(
                            "default-src 'none'",
                            "'strict-dynamic'",
                            "object-src 'none'",
                            "base-uri 'none'",
                            "require-trusted-types-for 'script'",
                            "frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            assertThat(page.headers().firstValue("X-Frame-Options")).as(what).hasValue("DENY");
            var nonce = policy.replaceFirst(".*script-src 'nonce-([^']+)'.*", "$1");
            assertThat(page.body().replace("<script nonce=\"" + nonce + "\">", ""))
                    .as(what)
                    .doesNotContain(
                            "<script", "javascript:", " onclick", "http-equiv", " src=", "url(");
        }
    }

    /// THREATS R4.3, R28.1.
    @Test
    void nothingIsKeptByCachesAndNoPlaceIsToldWhereAUserCameFrom() {
        var issuer = world().issuer();
        var answers =
                List.of(
                        get(authorize(Map.of())),
                        get(authorize(Map.of("client_id", "unknown"))),
                        get(authorize(Map.of("max_age", "x"))),
                        get(authorize(Map.of("session_transfer_token", "junk"))),
                        get(issuer.resolve("u/login?state=x")),
                        get(issuer.resolve("u/confirm?state=x")),
                        get(issuer.resolve("v2/logout")),
                        get(issuer.resolve("oidc/logout")),
                        get(issuer.resolve("userinfo")),
                        get(issuer.resolve("oauth/token")),
                        get(issuer.resolve("api/v2/clients")),
                        get(issuer.resolve("nowhere")));
        for (var answer : answers) {
            assertThat(answer.headers().allValues("Cache-Control"))
                    .as("%s", answer.uri())
                    .containsExactly("no-store");
            assertThat(answer.headers().allValues("Referrer-Policy"))
                    .as("%s", answer.uri())
                    .containsExactly("no-referrer");
            assertThat(answer.headers().firstValue("ETag")).isEmpty();
        }
        var discovery = get(issuer.resolve(".well-known/openid-configuration"));
        assertThat(discovery.headers().firstValue("Cache-Control").orElse("")).contains("max-age");
        assertThat(discovery.headers().firstValue("Set-Cookie")).isEmpty();
    }

    /// THREATS R17.2.
    @ParameterizedTest
    @CsvSource({"authorize", "oidc/logout"})
    void noAnswerToAPostMakesABrowserPostAgain(String path) {
        var fields = Wire.parameters(authorize(Map.of()).getRawQuery());
        var answer = world().wire(HERE).postForm(world().issuer().resolve(path), fields, Map.of());
        assertThat(answer.status()).isIn(200, 303);
        var browser = browser();
        var page = browser.openUntilAway(authorize(Map.of()));
        var form =
                page.form().filled(Map.of("username", World.ADA, "password", world().password()));
        assertThat(browser.submitUntil(form, _ -> true).status()).isEqualTo(303);
    }
}
