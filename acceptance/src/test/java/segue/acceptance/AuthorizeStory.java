package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/// Contract authentication-api §3 and native-to-web §5.4 over real HTTP: what a request may ask
/// for, and in which form it is answered.
class AuthorizeStory extends BrowserScene {
    AuthorizeStory() {
        super(Map.of("limits.mismatch-revocations", "2/h"));
    }

    private Page ask(BrowserJar browser, String... pairs) {
        var more = new LinkedHashMap<String, String>();
        for (var i = 0; i < pairs.length; i += 2) more.put(pairs[i], pairs[i + 1]);
        return browser.openUntilAway(authorize(more));
    }

    private HttpResponse<String> post(Map<String, String> fields) {
        return world().wire(HERE)
                .send(
                        HttpRequest.newBuilder(world().issuer().resolve("authorize"))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofString(Wire.form(fields))));
    }

    @ParameterizedTest
    @CsvSource({
        "prompt, login",
        "prompt, select_account",
        "prompt, login select_account",
        "max_age, 0"
    })
    void whoMustAuthenticateAnewIsNotHelpedByATransferOrASession(String name, String value) {
        var token = transfer();
        var fresh = browser();
        assertThat(present(fresh, false, token, Map.of(name, value)).asksToSignIn()).isTrue();
        assertThat(isSignedIn(fresh)).isFalse();
        assertThat(present(browser(), false, token, Map.of()).asksToSignIn()).isTrue();
        var browser = signedInByHand(browser());
        var page = ask(browser, name, value);
        assertThat(page.asksToSignIn()).isTrue();
        assertThat(signIn(browser, page, World.ADA, world().password()).parameter("code"))
                .isPresent();
    }

    @Test
    void promptLoginStillEndsTheSessionOfAnother() {
        var browser = signedIn(browser());
        var token = transferOf(operator().createUser());
        assertThat(present(browser, false, token, Map.of("prompt", "login")).asksToSignIn())
                .isTrue();
        assertThat(isSignedIn(browser)).isFalse();
    }

    @Test
    void maxAgeLooksThroughATransferToTheSignInBehindIt() {
        var phone = phone();
        sql("UPDATE token_family SET authenticated_at = authenticated_at - 600000");
        var young = phone.exchange().text("access_token");
        assertThat(present(browser(), false, young, Map.of("max_age", "601")).parameter("code"))
                .isPresent();
        var old = phone.exchange().text("access_token");
        assertThat(present(browser(), false, old, Map.of("max_age", "599")).asksToSignIn())
                .isTrue();
        var silent = phone.exchange().text("access_token");
        var refused = present(browser(), false, silent, Map.of("max_age", "599", "prompt", "none"));
        assertThat(refused.parameter("error")).hasValue("login_required");
    }

    @Test
    void theIdTokenTellsWhatWasAskedFor() {
        var browser = signedInByHand(browser());
        var plain = idToken(ask(browser, "nonce", "n-1"));
        assertThat(plain.path("nonce").asString()).isEqualTo("n-1");
        assertThat(plain.path("sid").asString()).isNotEmpty();
        assertThat(plain.has("auth_time")).isFalse();
        // Contract §8.3: when MFA, and there is none.
        assertThat(plain.has("amr") || plain.has("acr")).isFalse();
        assertThat(idToken(ask(browser, "max_age", "100")).has("auth_time")).isTrue();
        var claims = "{\"id_token\":{\"auth_time\":{\"essential\":true},\"email\":null}}";
        var asked = idToken(ask(browser, "claims", claims));
        assertThat(asked.has("auth_time")).isTrue();
        assertThat(asked.path("email").asString()).isEqualTo(World.ADA);
    }

    @Test
    void aPostIsAnsweredBySeeOther() {
        var fields = Wire.parameters(authorize(Map.of("scope", "openid")).getRawQuery());
        var login = post(fields);
        assertThat(login.statusCode()).isEqualTo(303);
        assertThat(login.headers().firstValue("Location").orElseThrow()).contains("/u/login?");
        var token = new LinkedHashMap<>(fields);
        token.put("session_transfer_token", transfer());
        var granted = post(token);
        assertThat(granted.statusCode()).isEqualTo(303);
        assertThat(granted.headers().firstValue("Location").orElseThrow())
                .startsWith(callback() + "?code=");
        var wrong = new LinkedHashMap<>(fields);
        wrong.put("max_age", "x");
        assertThat(post(wrong).statusCode()).isEqualTo(303);
    }

    @ParameterizedTest
    @ValueSource(strings = {"form_post", "web_message"})
    void aPageIsTheAnswerWithStateAndIssuer(String mode) {
        var browser = signedIn(browser());
        var page = ask(browser, "response_mode", mode);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body()).contains("ac_", "s1", world().issuer().toString());
        var refused = ask(browser(), "response_mode", mode, "prompt", "none");
        assertThat(refused.status()).isEqualTo(200);
        assertThat(refused.body())
                .contains("login_required", "Login required", "s1", world().issuer().toString());
        var policy = page.headers().firstValue("Content-Security-Policy").orElseThrow();
        if (mode.equals("form_post")) {
            assertThat(page.form().action().toString()).isEqualTo(callback());
            assertThat(policy).contains("frame-ancestors 'none'");
        } else {
            assertThat(policy).endsWith("frame-ancestors " + world().shop().origin());
            assertThat(page.headers().firstValue("X-Frame-Options")).isEmpty();
            assertThat(page.body()).contains("data-origin=\"" + world().shop().origin() + "\"");
        }
    }

    @Test
    void whatAClientSaysCannotBreakOutOfAPage() {
        var evil = "\"><script>alert(1)</script>\u2028";
        for (var mode : List.of("form_post", "web_message")) {
            var page = ask(signedIn(browser()), "response_mode", mode, "state", evil);
            assertThat(page.body()).doesNotContain("<script>alert");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"form_post", "web_message"})
    void noPageIsRenderedAtAUrlThatHoldsAToken(String mode) {
        var token = transfer();
        var granted = present(browser(), false, token, Map.of("response_mode", mode));
        assertThat(granted.url().getPath()).isEqualTo("/authorize/resume");
        assertThat(granted.body()).contains("ac_").doesNotContain(token);
        // An error is a page too.
        var refused =
                present(browser(), false, token, Map.of("response_mode", mode, "prompt", "none"));
        assertThat(refused.url().getPath()).isEqualTo("/authorize/resume");
        assertThat(refused.url().toString() + refused.body()).doesNotContain(token);
        assertThat(refused.body()).contains("login_required");
        assertThat(browser().openUntilAway(refused.url()).status()).isEqualTo(403);
    }

    @Test
    void onlySoManySessionsOfOthersEndByOneUsersTokens() {
        var other = operator().createUser();
        var phone = phone(other, Operator.PASSWORD, HERE);
        for (var i = 0; i < 2; i++) {
            var victim = signedIn(browser());
            var token = phone.exchange().text("access_token");
            assertThat(present(victim, false, token, Map.of()).asksToSignIn()).isTrue();
            assertThat(isSignedIn(victim)).isFalse();
        }
        var spared = signedIn(browser());
        var token = phone.exchange().text("access_token");
        var page = present(spared, false, token, Map.of());
        assertThat(page.status()).isEqualTo(429);
        assertThat(page.headers().firstValue("Retry-After")).hasValue("3600");
        assertThat(page.url().toString() + page.body()).doesNotContain(token);
        assertThat(isSignedIn(spared)).isTrue();
        var byCookie = present(spared, true, phone.exchange().text("access_token"), Map.of());
        assertThat(byCookie.status()).isEqualTo(429);
        var silent =
                present(
                        spared,
                        false,
                        phone.exchange().text("access_token"),
                        Map.of("prompt", "none"));
        assertThat(silent.parameter("error")).hasValue("login_required");
        assertThat(isSignedIn(spared)).isTrue();
    }

    /// A message goes to a web page only; an app hears of it by redirect.
    @Test
    void anAppCannotAskForAWebMessage() {
        var app = world().app();
        var page =
                ask(
                        browser(),
                        "client_id",
                        World.APP,
                        "redirect_uri",
                        app.redirectUri().toString(),
                        "response_mode",
                        "web_message",
                        "prompt",
                        "none");
        assertThat(page.parameter("error")).hasValue("invalid_request");
        assertThat(page.parameter("state")).hasValue("s1");
    }

    @Test
    void organizationsAreAskedForAsTheClientSays() {
        var id = organization("acme", false);
        assertThat(ask(browser(), "organization", id).parameter("error_description"))
                .hasValue("parameter organization is not allowed for this client");
        operator().patchClient(World.SHOP, "{\"organization_usage\":\"require\"}");
        change("tenants/settings", "{\"allow_organization_name_in_authentication_api\":true}");
        try {
            assertThat(ask(browser()).parameter("error_description"))
                    .hasValue("parameter organization is required for this client");
            var browser = browser();
            var page =
                    signIn(
                            browser,
                            ask(browser, "organization", "acme"),
                            World.ADA,
                            world().password());
            assertThat(page.parameter("error")).hasValue("access_denied");
            // By its id, though it was asked for by its name.
            assertThat(page.parameter("error_description"))
                    .hasValue(
                            "user "
                                    + userId(World.ADA)
                                    + " is not part of the "
                                    + id
                                    + " organization");
        } finally {
            operator().patchClient(World.SHOP, "{\"organization_usage\":\"deny\"}");
        }
    }

    @Test
    void signingInMakesAMemberWhereTheConnectionAssignsMembership() {
        var id = organization("joiners", true);
        operator().patchClient(World.SHOP, "{\"organization_usage\":\"allow\"}");
        try {
            var user = operator().createUser();
            var browser = browser();
            var page = ask(browser, "organization", id);
            assertThat(operator().get("organizations/" + id + "/members").json()).isEmpty();
            var token = idToken(signIn(browser, page, user, Operator.PASSWORD));
            assertThat(token.path("org_id").asString()).isEqualTo(id);
            assertThat(operator().get("organizations/" + id + "/members").json().toString())
                    .contains(user);
        } finally {
            operator().patchClient(World.SHOP, "{\"organization_usage\":\"deny\"}");
        }
    }

    /// THREATS R25.4.
    @Test
    void manyAtOnceGetEachTheirOwnAnswer() throws Exception {
        var browser = signedIn(browser());
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers =
                    IntStream.range(0, 50)
                            .mapToObj(i -> threads.submit(() -> ask(browser, "state", "own-" + i)))
                            .toList();
            for (var i = 0; i < 50; i++)
                assertThat(answers.get(i).get().parameter("state")).hasValue("own-" + i);
        }
    }
}
