package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What one can do besides with the general libraries for OpenID Connect: revoke, and call as a
/// machine.
abstract class OpenidClientContract extends RelyingPartyContract {
    OpenidClientContract(String script) {
        super(script);
    }

    @Override
    String authMethod() {
        return "client_secret_post";
    }

    @Test
    void itRevokes() {
        var browser = signedInAtTheApp();
        json(browser, "/revoke");
        var refused = browser.open(app().at("/refresh"));
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.body())
                .contains("\"error\":\"invalid_grant\"", "Unknown or invalid refresh token.");
    }

    /// They take the type `N_A` for a token exchange only (contract sdk-calls §0.1 point 3). We
    /// keep to the documented answer all the same.
    @Test
    void itCannotMint() {
        var browser = signedInAtTheApp();
        var refused = browser.open(app().at("/mint?audience=urn:localhost:session_transfer"));
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.body()).contains("unsupported `token_type` value");
    }

    @Test
    void itCallsTheManagementApiAsAMachine() {
        grantManagement("read:clients");
        var answer =
                json(browser(), "/manage?path=clients/" + clientId() + "&audience=" + audience());
        assertThat(answer.path("client_id").asString()).isEqualTo(clientId());
    }
}
