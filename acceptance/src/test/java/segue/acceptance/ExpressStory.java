package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import segue.demo.story.World;

import java.util.Map;

/// `express-openid-connect` 3.4.0: by authorization code, and by its defaults; its logout is
/// Auth0's (contract sdk-calls §5).
class ExpressStory extends RelyingPartyContract {
    ExpressStory() {
        super("express.js");
    }

    @Override
    String authMethod() {
        return "client_secret_basic";
    }

    /// What its defaults need: `response_type=id_token`.
    @BeforeAll
    void registerItsDefaults() {
        operator()
                .patchClient(
                        clientId(),
                        """
                        {"callbacks":["%1$s/callback","%1$s/default/callback"],
                         "grant_types":["authorization_code","refresh_token","implicit"]}
                        """
                                .formatted(app().origin()));
    }

    /// An ID token by `form_post`, without a code and PKCE.
    @Test
    void aPersonSignsInByItsDefaults() {
        var browser = browser();
        var page = browser.open(app().at("/default/login"));
        var posting =
                browser.submit(page, Map.of("username", World.ADA, "password", world().password()));
        var home = browser.submit(posting.form());
        assertThat(json(home).path("name").asString()).isEqualTo("Ada Lovelace");
    }

    @Test
    void itRedeemsATransferByItsDefaults() {
        var browser = browser();
        var login = app().at("/default/login?session_transfer_token=" + transfer());
        var home = browser.submit(browser.open(login).form());
        assertThat(json(home).path("name").asString()).isEqualTo("Ada Lovelace");
    }
}
