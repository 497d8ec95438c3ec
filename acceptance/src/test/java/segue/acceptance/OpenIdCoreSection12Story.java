package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Answer;

import tools.jackson.databind.JsonNode;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// OpenID Connect Core §12, refresh tokens, for a web app whose user has a session. What an app
/// without one gets is [RefreshStory]'s.
class OpenIdCoreSection12Story extends CodeFlowScene {
    OpenIdCoreSection12Story() {
        super(Map.of());
    }

    private Page signedIn(Map<String, String> more) {
        var query = new LinkedHashMap<>(more);
        query.put("scope", "openid profile offline_access");
        var browser = signedInByHand(browser());
        // So that the sign-in and the first ID token can be told apart.
        sql("UPDATE session SET authenticated_at = authenticated_at - 600000");
        return browser.openUntilAway(authorize(query));
    }

    private static JsonNode idToken(Answer tokens) {
        assertThat(tokens.status()).as("%s", tokens.json()).isEqualTo(200);
        return claims(tokens.text("id_token"));
    }

    // §12.1 Refresh request

    /// "The Client MUST authenticate [...] using the authentication method registered for its
    /// client_id." Contract authentication-api §9: `access_denied`.
    @Test
    void section12_1_theClientAuthenticates() {
        var tokens = redeem(signedIn(Map.of()));
        for (var secret : List.of("", "wrong")) {
            says(refresh(tokens, "client_secret", secret), 401, "access_denied");
        }
        assertThat(refresh(tokens).status()).isEqualTo(200);
    }

    /// "The Authorization Server MUST validate the Refresh Token (and) verify that (it) was issued
    /// to the Client."
    @Test
    void section12_1_theTokenIsTheClients() {
        var tokens = redeem(signedIn(Map.of()));
        var refused = refresh(tokens, "client_id", World.APP, "client_secret", "");
        says(refused, 403, "invalid_grant");
    }

    // §12.2 Successful refresh response

    /// "Its iss Claim Value MUST be the same", so must `sub`, and "its aud Claim Value MUST include
    /// the original"; without several audiences there is no `azp`, before or after.
    @Test
    void section12_2_itIsTheSameUserForTheSameClient() {
        var tokens = redeem(signedIn(Map.of()));
        var first = idToken(tokens);
        var second = idToken(refresh(tokens));
        for (var claim : List.of("iss", "sub", "aud", "azp", "sid", "name"))
            assertThat(second.path(claim)).as(claim).isEqualTo(first.path(claim));
    }

    /// "If the ID Token contains an auth_time Claim, its value MUST represent the time of the
    /// original authentication - not the time that the new ID token is issued", and "its iat Claim
    /// MUST represent the time that the new ID Token is issued".
    @Test
    void section12_2_authTimeIsTheOriginalAndIatIsNew() {
        var tokens = redeem(signedIn(Map.of("max_age", "3600")));
        var first = idToken(tokens);
        var second = idToken(refresh(tokens));
        assertThat(second.path("auth_time")).isEqualTo(first.path("auth_time"));
        assertThat(second.path("iat").asLong()).isGreaterThanOrEqualTo(first.path("iat").asLong());
        assertThat(second.path("iat").asLong() - second.path("auth_time").asLong())
                .isGreaterThanOrEqualTo(600);
        assertThat(second.path("exp").asLong() - second.path("iat").asLong()).isEqualTo(36_000);
    }

    /// "It SHOULD NOT have a nonce Claim, even when the ID Token issued at the time of the original
    /// authentication contained (one)."
    @Test
    void section12_2_thereIsNoNonce() {
        var tokens = redeem(signedIn(Map.of("nonce", "n-1")));
        assertThat(idToken(tokens).path("nonce").asString()).isEqualTo("n-1");
        assertThat(idToken(refresh(tokens)).has("nonce")).isFalse();
    }

    /// "The response body is the Token Response of Section 3.1.3.3 except that it might not contain
    /// an id_token": it does where `openid` is asked for, or nothing is (contract
    /// authentication-api §4.5).
    @Test
    void section12_2_itIsATokenResponse() {
        var tokens = redeem(signedIn(Map.of()));
        var refreshed = refresh(tokens);
        assertThat(refreshed.text("token_type")).isEqualTo("Bearer");
        assertThat(refreshed.json().path("expires_in").isIntegralNumber()).isTrue();
        assertThat(refreshed.text("access_token")).isNotEqualTo(tokens.text("access_token"));
        assertThat(refreshed.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(refresh(tokens, "scope", "profile").json().has("id_token")).isFalse();
        assertThat(refresh(tokens, "scope", "openid").json().has("id_token")).isTrue();
    }

    // §12.3 Refresh error response

    /// As RFC 6749 §5.2, but 403 by contract authentication-api §9.
    @Test
    void section12_3_anErrorIsOneOfTheTokenEndpoint() {
        var refused = refresh(redeem(signedIn(Map.of())), "refresh_token", "nonsense");
        says(refused, 403, "invalid_grant");
        assertThat(refused.headers().firstValue("Cache-Control")).hasValue("no-store");
    }
}
