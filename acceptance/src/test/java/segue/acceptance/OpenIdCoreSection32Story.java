package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.util.LinkedHashMap;
import java.util.Map;

/// OpenID Connect Core §3.2, as far as an ID token alone is asked for (`response_type=id_token`),
/// which is the default of `express-openid-connect` (contract authentication-api §3.1).
class OpenIdCoreSection32Story extends BrowserScene {
    OpenIdCoreSection32Story() {
        super(Map.of());
    }

    @BeforeAll
    void allow() {
        grantTypes("[\"authorization_code\",\"refresh_token\",\"implicit\"]");
    }

    private void grantTypes(String list) {
        operator().patchClient(World.SHOP, "{\"grant_types\":" + list + "}");
    }

    private Page ask(BrowserJar browser, String... pairs) {
        var more = new LinkedHashMap<String, String>();
        more.put("response_type", "id_token");
        more.put("nonce", "n-1");
        for (var i = 0; i < pairs.length; i += 2)
            if (pairs[i + 1].isEmpty()) more.remove(pairs[i]);
            else more.put(pairs[i], pairs[i + 1]);
        return browser.openUntilAway(authorize(more));
    }

    private static JsonNode token(Page page) {
        return claims(page.parameter("id_token").orElseThrow());
    }

    // §3.2.2.1 Authentication request

    @Test
    void section3_2_2_1_aNonceIsRequired() {
        assertError(ask(browser(), "nonce", ""), "Missing required parameter: nonce");
    }

    @Test
    void section3_2_2_1_theScopeMustHaveOpenid() {
        assertError(
                ask(browser(), "scope", "profile"),
                "response_type=id_token needs the scope openid");
    }

    @Test
    void noQueryCarriesAnIdToken() {
        assertError(
                ask(signedIn(browser()), "response_mode", "query"),
                "response_mode=query can't carry an ID token");
    }

    private void assertError(Page page, String description) {
        assertThat(page.location().orElseThrow().toString()).startsWith(callback() + "#");
        assertThat(page.parameter("error")).hasValue("invalid_request");
        assertThat(page.parameter("error_description")).hasValue(description);
        assertThat(page.parameter("state")).hasValue("s1");
    }

    @Test
    void aClientWithoutTheImplicitGrantMayNotAsk() {
        grantTypes("[\"authorization_code\",\"refresh_token\"]");
        try {
            var page = ask(signedIn(browser()));
            assertThat(page.parameter("error")).hasValue("unauthorized_client");
            assertThat(page.parameter("id_token")).isEmpty();
        } finally {
            allow();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "token",
                "id_token token",
                "token id_token",
                "code id_token",
                "code token",
                "code id_token token"
            })
    void noAccessTokenAndNoHybridIsAnswered(String type) {
        var page = ask(signedIn(browser()), "response_type", type);
        assertThat(page.parameter("error")).hasValue("unsupported_response_type");
        assertThat(page.parameter("id_token").or(() -> page.parameter("code"))).isEmpty();
    }

    // §3.2.2.5 Successful response

    @Test
    void section3_2_2_5_theAnswerIsInTheFragmentAndHasNoCodeAndNoAccessToken() {
        var page = ask(signedIn(browser()));
        assertThat(page.status()).isEqualTo(302);
        assertThat(page.location().orElseThrow().getRawQuery()).isNull();
        assertThat(page.parameter("id_token")).isPresent();
        assertThat(page.parameter("state")).hasValue("s1");
        assertThat(page.parameter("iss")).hasValue(world().issuer().toString());
        for (var other : new String[] {"code", "access_token", "token_type", "expires_in"})
            assertThat(page.parameter(other)).as(other).isEmpty();
    }

    @Test
    void formPostSendsItInAForm() {
        var page = ask(signedIn(browser()), "response_mode", "form_post");
        assertThat(page.status()).isEqualTo(200);
        var form = page.form();
        assertThat(form.action().toString()).isEqualTo(callback());
        assertThat(form.fields()).containsOnlyKeys("id_token", "state", "iss");
        assertThat(claims(form.fields().getOrDefault("id_token", "")).path("nonce").asString())
                .isEqualTo("n-1");
        assertThat(page.headers().firstValue("Cache-Control")).hasValue("no-store");
    }

    @Test
    void webMessageSendsItInAMessage() {
        var page = ask(signedIn(browser()), "response_mode", "web_message");
        assertThat(page.body()).contains("id_token").doesNotContain("\"code\"");
    }

    // §3.2.2.6 Error response

    @Test
    void section3_2_2_6_anErrorIsInTheFragmentToo() {
        var page = ask(browser(), "prompt", "none");
        assertThat(page.location().orElseThrow().toString()).startsWith(callback() + "#error=");
        assertThat(page.parameter("error")).hasValue("login_required");
    }

    // §3.2.2.10 ID token

    @Test
    void section3_2_2_10_itTellsWhoTheUserIsAndNothingThatWasNotAskedFor() {
        var browser = signedInByHand(browser());
        var claims = token(ask(browser));
        assertThat(claims.path("iss").asString()).isEqualTo(world().issuer().toString());
        assertThat(claims.path("sub").asString()).isEqualTo(userId(World.ADA));
        assertThat(claims.path("aud").asString()).isEqualTo(World.SHOP);
        assertThat(claims.path("nonce").asString()).isEqualTo("n-1");
        assertThat(claims.path("exp").asLong()).isGreaterThan(claims.path("iat").asLong());
        assertThat(session(claims.path("sid").asString()).path("user_id").asString())
                .isEqualTo(userId(World.ADA));
        for (var none : new String[] {"at_hash", "c_hash", "email", "auth_time"})
            assertThat(claims.has(none)).as(none).isFalse();
        var more = token(ask(browser, "scope", "openid email", "max_age", "1000"));
        assertThat(more.path("email").asString()).isEqualTo(World.ADA);
        assertThat(more.has("auth_time")).isTrue();
    }

    @Test
    void whoMustSignInGetsTheTokenAfterwards() {
        var browser = browser();
        var form = ask(browser, "response_mode", "form_post");
        assertThat(form.asksToSignIn()).isTrue();
        var page = signIn(browser, form, World.ADA, world().password());
        assertThat(page.form().fields()).containsKey("id_token");
    }

    /// Contract native-to-web §5.4.
    @Test
    void aSessionTransferTokenIsRedeemedForAnIdToken() {
        var browser = browser();
        var page = ask(browser, "session_transfer_token", transfer());
        assertThat(token(page).path("sub").asString()).isEqualTo(userId(World.ADA));
        assertThat(isSignedIn(browser)).isTrue();
        var again =
                ask(browser(), "session_transfer_token", transfer(), "response_mode", "form_post");
        assertThat(again.url().getPath()).isEqualTo("/authorize/resume");
        assertThat(again.form().fields()).containsKey("id_token");
    }

    @Test
    void nothingIsLeftThatCouldBeExchanged() {
        var browser = signedIn(browser());
        var before = codes();
        assertThat(ask(browser).parameter("id_token")).isPresent();
        assertThat(codes()).isEqualTo(before);
    }

    private long codes() {
        return number("SELECT count(*) FROM authorization_code");
    }

    /// Contract authentication-api §7.
    @Test
    void itIsNotPushed() {
        var fields = Wire.parameters(authorize(Map.of()).getRawQuery());
        var request = new LinkedHashMap<>(fields);
        request.put("client_secret", world().shopSecret());
        request.put("response_type", "id_token");
        request.put("nonce", "n-1");
        var answer =
                world().wire(HERE)
                        .postForm(world().issuer().resolve("oauth/par"), request, Map.of());
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("error")).isEqualTo("unsupported_response_type");
    }
}
