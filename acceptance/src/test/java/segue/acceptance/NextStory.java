package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// `@auth0/nextjs-auth0` 4.30.0 with `next` 15, whose logout is OpenID Connect's (contract
/// sdk-calls §6).
class NextStory extends RelyingPartyContract {
    NextStory() {
        super("next.js");
    }

    @Override
    String authMethod() {
        return "client_secret_post";
    }

    /// It says no more of it to the app.
    @Override
    String misreading() {
        return "failed_to_refresh_token";
    }

    @BeforeAll
    void registerItsOtherCallback() {
        operator()
                .patchClient(
                        clientId(),
                        """
                        {"callbacks":["%1$s/auth/callback","%1$s/dpop/callback"]}
                        """
                                .formatted(app().origin()));
    }

    @Override
    String login() {
        return "/auth/login";
    }

    @Override
    String callbackPath() {
        return "/auth/callback";
    }

    @Override
    String logout() {
        return "/auth/logout";
    }

    @Override
    String userinfo() {
        return "/auth/profile";
    }

    /// RFC 9449, nonces and all. After sign-in it forgets that its access token is bound, and sends
    /// it as a bearer's; after a refresh it knows.
    @Test
    void itProvesPossessionOfAKey() {
        var browser = signedInAtTheApp("/dpop/login");
        var refused = browser.open(app().at("/dpop/userinfo"));
        assertThat(refused.body()).contains("\"status\":401");
        var refreshed = json(browser, "/dpop/refresh");
        assertThat(refreshed.path("isNew").asBoolean()).isTrue();
        assertThat(refreshed.path("type").asString()).isEqualTo("dpop");
        assertThat(json(browser, "/dpop/userinfo").path("name").asString())
                .isEqualTo("Ada Lovelace");
    }

    @Test
    void itRevokes() {
        var revocations = "type:srrt AND client_id:" + clientId();
        var browser = signedInAtTheApp();
        var before = operator().log(revocations).size();
        json(browser, "/revoke");
        assertThat(operator().log(revocations)).hasSize(before + 1);
        assertThat(browser.open(app().at("/refresh")).status()).isEqualTo(502);
    }
}
