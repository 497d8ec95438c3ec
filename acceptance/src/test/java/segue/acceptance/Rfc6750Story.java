package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;

/// RFC 6750, bearer tokens, section by section, at the resource that is ours: `/userinfo`. How its
/// errors look is contract authentication-api §5.2's.
class Rfc6750Story extends CodeFlowScene {
    Rfc6750Story() {
        super(Map.of());
    }

    private String accessToken(String scope) {
        return redeem(ask(signedIn(browser()), "scope", scope)).text("access_token");
    }

    private Answer send(HttpRequest.Builder request) {
        return Wire.answer(world().wire(HERE).send(request));
    }

    private Answer withHeader(String authorization) {
        return send(
                HttpRequest.newBuilder(userinfoEndpoint()).header("Authorization", authorization));
    }

    private static String challenge(Answer answer) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(401);
        return answer.headers().firstValue("WWW-Authenticate").orElseThrow();
    }

    private static void isInvalid(Answer answer) {
        assertThat(challenge(answer)).isEqualTo("Bearer error=\"invalid_token\"");
        assertThat(answer.text("error")).isEqualTo("invalid_token");
    }

    // §2.1 Authorization request header field

    /// "Resource servers MUST support this method"; the scheme is in any case (RFC 9110 §11.1).
    @ParameterizedTest
    @ValueSource(strings = {"Bearer ", "bearer ", "BEARER ", "Bearer   "})
    void section2_1_theTokenIsInTheHeader(String scheme) {
        assertThat(withHeader(scheme + accessToken("openid")).status()).isEqualTo(200);
    }

    /// The syntax is `"Bearer" 1*SP b64token`: what isn't, holds no token.
    @ParameterizedTest
    @ValueSource(strings = {"Bearer", "Bearer:", "Token x", "Basic YTpi"})
    void section2_1_whatIsNoBearerHeaderHasNoToken(String header) {
        assertThat(challenge(withHeader(header))).isEqualTo("Bearer");
    }

    /// "Clients MUST NOT use more than one method": two headers are one too many to choose from.
    @Test
    void section2_noTokenIsChosenFromTwo() {
        var token = "Bearer " + accessToken("openid");
        var request =
                HttpRequest.newBuilder(userinfoEndpoint())
                        .header("Authorization", token)
                        .header("Authorization", token);
        assertThat(send(request).status()).isEqualTo(401);
    }

    // §2.2 Form-encoded body parameter, §2.3 URI query parameter

    /// Both are MAY, and "SHOULD NOT be used": a header is the one place (contract
    /// authentication-api §5.2).
    @Test
    void section2_2_neitherABodyNorAQueryHoldsAToken() {
        var token = accessToken("openid");
        var body =
                HttpRequest.newBuilder(userinfoEndpoint())
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString("access_token=" + token));
        var query =
                HttpRequest.newBuilder(URI.create(userinfoEndpoint() + "?access_token=" + token));
        for (var request : List.of(body, query))
            assertThat(challenge(send(request))).isEqualTo("Bearer");
    }

    // §3 The WWW-Authenticate response header field

    /// "If the request lacks any authentication information [...], the resource server SHOULD NOT
    /// include an error code."
    @Test
    void section3_withoutATokenTheChallengeHasNoError() {
        assertThat(challenge(send(HttpRequest.newBuilder(userinfoEndpoint())))).isEqualTo("Bearer");
    }

    /// "All challenges defined by this specification MUST use the auth-scheme value Bearer", also
    /// where a machine manages.
    @Test
    void section3_theManagementApiChallengesToo() {
        var uri = world().issuer().resolve("api/v2/clients");
        for (var request :
                List.of(
                        HttpRequest.newBuilder(uri),
                        HttpRequest.newBuilder(uri).header("Authorization", "Bearer junk"))) {
            var answer = world().wire(HERE).send(request);
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(scheme(answer)).isEqualTo("Bearer");
        }
    }

    private static String scheme(HttpResponse<String> answer) {
        var header = answer.headers().firstValue("WWW-Authenticate").orElse("");
        return header.split(" ", 2)[0];
    }

    // §3.1 Error codes

    /// `invalid_token`: "expired, revoked, malformed, or invalid for other reasons [...] SHOULD
    /// respond with 401".
    @Test
    void section3_1_aMalformedTokenIsInvalid() {
        var token = accessToken("openid");
        for (var text : List.of("junk", token + "x", token.substring(1), "a b", "a.b.c", "\"\""))
            isInvalid(withHeader("Bearer " + text));
    }

    @Test
    void section3_1_anExpiredTokenIsInvalid() {
        var token = accessToken("openid");
        assertThat(withHeader("Bearer " + token).status()).isEqualTo(200);
        sql("UPDATE access_token SET expires_at = expires_at - 86400000");
        isInvalid(withHeader("Bearer " + token));
    }

    @Test
    void section3_1_aRevokedTokenIsInvalid() {
        var tokens = redeem(ask(signedIn(browser()), "scope", "openid offline_access"));
        var revocation = world().issuer().resolve("oauth/revoke");
        var fields =
                Map.of(
                        "client_id",
                        World.SHOP,
                        "client_secret",
                        world().shopSecret(),
                        "token",
                        tokens.text("refresh_token"));
        assertThat(world().wire(HERE).postForm(revocation, fields, Map.of()).status())
                .isEqualTo(200);
        isInvalid(withHeader("Bearer " + tokens.text("access_token")));
    }

    /// What is something else isn't an access token.
    @Test
    void section3_1_aTokenOfAnotherKindIsInvalid() {
        var page = ask(signedIn(browser()), "scope", "openid offline_access");
        var tokens = redeem(page);
        for (var other :
                List.of(
                        code(page),
                        tokens.text("id_token"),
                        tokens.text("refresh_token"),
                        transfer(),
                        operator().token())) isInvalid(withHeader("Bearer " + other));
    }

    /// `insufficient_scope` would be 403; contract authentication-api §5.2 has 401 for a token
    /// without `openid`.
    @Test
    void section3_1_aTokenWithoutOpenidIsInvalid() {
        isInvalid(withHeader("Bearer " + accessToken("profile email")));
        var phone = world().phone(HERE);
        phone.signIn(World.ADA, world().password(), "email read:orders");
        assertThat(phone.accessToken()).contains(".");
        isInvalid(withHeader("Bearer " + phone.accessToken()));
    }

    // §5.3 Summary of recommendations

    /// "Bearer tokens MUST NOT be stored in cookies that can be sent in the clear", nor cached.
    @Test
    void section5_3_nothingOfItIsKept() {
        var token = accessToken("openid");
        for (var answer : List.of(withHeader("Bearer " + token), withHeader("Bearer junk"))) {
            assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
            assertThat(answer.headers().firstValue("Cache-Control").orElse(""))
                    .contains("no-store");
        }
    }
}
