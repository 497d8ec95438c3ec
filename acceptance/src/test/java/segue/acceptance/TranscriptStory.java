package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// The example transcripts of contract authentication-api §13, message by message.
class TranscriptStory extends CodeFlowScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String APP_CALLBACK = "org.example.demo://callback";
    private static final String SCOPE = "openid profile offline_access read:orders";
    private static final String UNKNOWN = "Unknown or invalid refresh token.";

    TranscriptStory() {
        super(Map.of());
    }

    /// §13.1, the first part: the app's sign-in in a browser, up to the tokens.
    private Answer nativeLogin() {
        var pkce = Pkce.fresh();
        var request =
                Map.of(
                        "response_type",
                        "code",
                        "client_id",
                        World.APP,
                        "redirect_uri",
                        APP_CALLBACK,
                        "scope",
                        SCOPE,
                        "audience",
                        World.API,
                        "state",
                        "a1",
                        "nonce",
                        "b2",
                        "code_challenge",
                        pkce.challenge(),
                        "code_challenge_method",
                        "S256");
        var browser = browser();
        var page = browser.openUntilAway(Wire.with(authorizationEndpoint(), request));
        var back = signIn(browser, page, World.ADA, world().password());
        assertThat(back.location().orElseThrow().toString())
                .matches(
                        "org\\.example\\.demo://callback\\?code=[A-Za-z0-9_-]+&state=a1&iss=[^&]+");
        return world().wire(HERE)
                .post(
                        tokenEndpoint(),
                        Map.of(
                                "grant_type",
                                "authorization_code",
                                "client_id",
                                World.APP,
                                "code",
                                code(back),
                                "redirect_uri",
                                APP_CALLBACK,
                                "code_verifier",
                                pkce.verifier()),
                        Map.of());
    }

    private static void areTokens(Answer answer) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        assertThat(answer.json().propertyNames())
                .containsExactlyInAnyOrder(
                        "access_token",
                        "refresh_token",
                        "id_token",
                        "scope",
                        "expires_in",
                        "token_type");
        assertThat(answer.text("scope")).isEqualTo(SCOPE);
        assertThat(answer.json().path("expires_in").toString()).isEqualTo("86400");
        assertThat(answer.text("token_type")).isEqualTo("Bearer");
        assertThat(answer.text("refresh_token")).startsWith("v1.").hasSizeLessThan(2_048);
    }

    private Answer refreshed(String token) {
        return token(
                Map.of(
                        "grant_type",
                        "refresh_token",
                        "client_id",
                        World.APP,
                        "refresh_token",
                        token));
    }

    /// §13.1.
    @Test
    void aNativeLoginARefreshWithRotationAndAReuse() {
        var first = nativeLogin();
        areTokens(first);
        var second = refreshed(first.text("refresh_token"));
        areTokens(second);
        assertThat(second.text("refresh_token")).isNotEqualTo(first.text("refresh_token"));
        for (var token : List.of(first, second)) {
            var answer = refreshed(token.text("refresh_token"));
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("application/json");
            assertThat(answer.json())
                    .isEqualTo(
                            Wire.json(
                                    Map.of(
                                            "error",
                                            "invalid_grant",
                                            "error_description",
                                            UNKNOWN)));
        }
        assertThat(operator().log("type:ferrt").path(0).path("client_id").asString())
                .isEqualTo(World.APP);
    }

    private static JsonNode header(String jwt) {
        var text = Base64.getUrlDecoder().decode(jwt.split("\\.", -1)[0]);
        return JSON.readTree(new String(text, StandardCharsets.UTF_8));
    }

    /// §13.2. Beside a refresh token the ID token tells `auth_time`, too (docs/adr/0014).
    @Test
    void theDecodedTokens() {
        var tokens = nativeLogin();
        var idToken = claims(tokens.text("id_token"));
        assertThat(idToken.propertyNames())
                .containsExactlyInAnyOrder(
                        "iss",
                        "sub",
                        "aud",
                        "iat",
                        "exp",
                        "sid",
                        "nonce",
                        "auth_time",
                        "name",
                        "nickname",
                        "picture",
                        "updated_at");
        assertThat(idToken.path("iss").asString()).isEqualTo(world().issuer().toString());
        assertThat(idToken.path("sub").asString()).startsWith("auth0|");
        assertThat(idToken.path("aud").asString("")).isEqualTo(World.APP);
        assertThat(idToken.path("exp").asLong() - idToken.path("iat").asLong()).isEqualTo(36_000);
        assertThat(idToken.path("nonce").asString()).isEqualTo("b2");
        assertThat(idToken.path("updated_at").asString())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        var accessToken = claims(tokens.text("access_token"));
        assertThat(accessToken.propertyNames())
                .containsExactlyInAnyOrder("iss", "sub", "aud", "iat", "exp", "scope", "azp");
        assertThat(accessToken.path("iss")).isEqualTo(idToken.path("iss"));
        assertThat(accessToken.path("sub")).isEqualTo(idToken.path("sub"));
        assertThat(accessToken.path("aud").valueStream().map(JsonNode::asString))
                .containsExactly(World.API, world().issuer() + "userinfo");
        assertThat(accessToken.path("exp").asLong() - accessToken.path("iat").asLong())
                .isEqualTo(86_400);
        assertThat(accessToken.path("scope").asString()).isEqualTo(SCOPE);
        assertThat(accessToken.path("azp").asString()).isEqualTo(World.APP);
        for (var token : List.of("id_token", "access_token")) {
            assertThat(header(tokens.text(token)).path("alg").asString()).isEqualTo("RS256");
            assertThat(header(tokens.text(token)).path("typ").asString()).isEqualTo("JWT");
            assertThat(header(tokens.text(token)).path("kid").asString("")).isNotEmpty();
        }
    }

    /// §13.3.
    @Test
    void aMachineAtTheManagementApi() {
        var management = world().issuer() + "api/v2/";
        var created =
                operator()
                        .call(
                                "POST",
                                "clients",
                                "{\"name\":\"m\",\"app_type\":\"non_interactive\"}");
        var request =
                Map.of(
                        "grant_type",
                        "client_credentials",
                        "client_id",
                        created.text("client_id"),
                        "client_secret",
                        created.text("client_secret"),
                        "audience",
                        management);
        var refused = token(request);
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.json())
                .isEqualTo(
                        Wire.json(
                                Map.of(
                                        "error",
                                        "access_denied",
                                        "error_description",
                                        "Client is not authorized to access \""
                                                + management
                                                + "\". You need to create a \"client-grant\""
                                                + " associated to this API. See:"
                                                + " https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants")));
        var grant =
                operator()
                        .call(
                                "POST",
                                "client-grants",
                                """
                                {"client_id":"%s","audience":"%s",
                                 "scope":["read:clients","update:clients","read:sessions"]}
                                """
                                        .formatted(created.text("client_id"), management));
        assertThat(grant.status()).as("%s", grant.json()).isEqualTo(201);
        var granted = token(request);
        assertThat(granted.json().propertyNames())
                .containsExactlyInAnyOrder("access_token", "scope", "expires_in", "token_type");
        assertThat(granted.text("scope").split(" ", -1))
                .containsExactlyInAnyOrder("read:clients", "update:clients", "read:sessions");
        assertThat(granted.json().path("expires_in").toString()).isEqualTo("86400");
        assertThat(granted.text("token_type")).isEqualTo("Bearer");
        var clients =
                world().wire(HERE).get(world().issuer().resolve("api/v2/clients"), bearer(granted));
        assertThat(clients.status()).isEqualTo(200);
    }

    private static String bearer(Answer tokens) {
        return tokens.text("access_token");
    }

    /// §13.4: a revocation, who is signed in, and a logout.
    @Test
    void aRevocationUserinfoAndALogout() {
        var tokens = nativeLogin();
        var claims = world().wire(HERE).get(userinfoEndpoint(), bearer(tokens));
        assertThat(claims.json().propertyNames())
                .containsExactlyInAnyOrder("sub", "name", "nickname", "picture", "updated_at");
        var revoke =
                HttpRequest.newBuilder(world().issuer().resolve("oauth/revoke"))
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        Wire.json(
                                                        Map.of(
                                                                "client_id",
                                                                World.APP,
                                                                "token",
                                                                tokens.text("refresh_token")))
                                                .toString()));
        var revoked = world().wire(HERE).send(revoke);
        assertThat(revoked.statusCode()).isEqualTo(200);
        assertThat(revoked.body()).isEmpty();
        assertThat(refreshed(tokens.text("refresh_token")).status()).isEqualTo(403);
        var browser = signedInByHand(browser());
        var hint = redeem(ask(browser)).text("id_token");
        var place = world().shop().origin() + "/";
        var out =
                Wire.with(
                        world().issuer().resolve("oidc/logout"),
                        Map.of(
                                "client_id",
                                World.SHOP,
                                "post_logout_redirect_uri",
                                place,
                                "logout_hint",
                                claims(hint).path("sid").asString(),
                                "id_token_hint",
                                hint));
        var page = browser.openUntilAway(out);
        assertThat(page.status()).isEqualTo(302);
        assertThat(page.location()).hasValue(URI.create(place));
        assertThat(isSignedIn(browser)).isFalse();
    }

    /// §13.5.
    @Test
    void aSilentFailureByQueryAndByMessage() {
        var page = ask(browser(), "prompt", "none", "state", "s9");
        assertThat(page.status()).isEqualTo(302);
        assertThat(page.location().orElseThrow().toString())
                .startsWith(
                        callback()
                                + "?error=login_required&error_description=Login%20required&state=s9");
        var message =
                ask(browser(), "prompt", "none", "state", "s9", "response_mode", "web_message");
        assertThat(message.status()).isEqualTo(200);
        assertThat(message.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("text/html");
        assertThat(message.body())
                .contains("(w.opener || w.parent).postMessage")
                .contains("type: \"authorization_response\"")
                .contains("data-origin=\"" + world().shop().origin() + "\"")
                .doesNotContain("\"*\"");
        var data = message.body().replaceAll("(?s).*data-message=\"([^\"]*)\".*", "$1");
        assertThat(JSON.readTree(data.replace("&quot;", "\"").replace("&#34;", "\"")))
                .isEqualTo(
                        Wire.json(
                                Map.of(
                                        "error",
                                        "login_required",
                                        "error_description",
                                        "Login required",
                                        "state",
                                        "s9",
                                        "iss",
                                        world().issuer().toString())));
    }
}
