package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// `openid-client` 6.8.9.
class OpenidClientStory extends OpenidClientContract {
    OpenidClientStory() {
        super("openid-client.js");
    }

    /// RFC 9449, nonces and all.
    @Test
    void itProvesPossessionOfAKey() {
        var browser = signedInAtTheApp("/dpop/login");
        assertThat(json(browser, "/userinfo").path("name").asString()).isEqualTo("Ada Lovelace");
        assertThat(json(browser, "/refresh").path("type").asString()).isEqualTo("dpop");
        assertThat(json(browser, "/userinfo").path("name").asString()).isEqualTo("Ada Lovelace");
    }
}
