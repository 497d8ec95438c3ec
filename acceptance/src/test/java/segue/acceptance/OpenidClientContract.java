package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.demo.browser.BrowserJar;
import segue.demo.story.World;

import java.net.URI;
import java.util.Map;

/// What one can do besides with the general libraries for OpenID Connect.
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

    /// RFC 7662.
    @Test
    void itAsksWhatBecameOfARefreshToken() {
        var browser = signedInAtTheApp();
        var live = json(browser, "/introspect");
        assertThat(live.path("active").asBoolean()).as("%s", live).isTrue();
        assertThat(live.path("client_id").asString()).isEqualTo(clientId());
        assertThat(live.path("sub").asString()).isEqualTo(userId(World.ADA));
        json(browser, "/revoke");
        assertThat(json(browser, "/introspect").toString()).isEqualTo("{\"active\":false}");
    }

    /// RFC 9449, nonces and all.
    @Test
    void itProvesPossessionOfAKey() {
        provesItself(signedInAtTheApp("/dpop/login"));
    }

    /// RFC 9449 §10.1: the proof comes with the pushed request.
    @Test
    void itBindsAPushedRequestToItsKey() {
        provesItself(signedInAtTheApp("/dpop/pushed/login"));
    }

    private void provesItself(BrowserJar browser) {
        assertThat(json(browser, "/userinfo").path("name").asString()).isEqualTo("Ada Lovelace");
        assertThat(json(browser, "/refresh").path("type").asString()).isEqualTo("dpop");
        assertThat(json(browser, "/userinfo").path("name").asString()).isEqualTo("Ada Lovelace");
    }

    /// RFC 8628.
    @Test
    void itSignsInADevice() {
        var asked = json(browser(), "/device?scope=openid+profile");
        var browser = signedInByHand(browser());
        var link = URI.create(asked.path("verification_uri_complete").asString());
        var question = browser.submit(browser.open(link), Map.of());
        var done = browser.submit(question.form().tampered("choice", "continue"));
        assertThat(done.heading()).isEqualTo("Your device is signed in");
        assertThat(json(browser(), "/device/tokens").path("name").asString())
                .isEqualTo("Ada Lovelace");
    }

    @Test
    void itCallsTheManagementApiAsAMachine() {
        grantManagement("read:clients");
        var answer =
                json(browser(), "/manage?path=clients/" + clientId() + "&audience=" + audience());
        assertThat(answer.path("client_id").asString()).isEqualTo(clientId());
    }
}
