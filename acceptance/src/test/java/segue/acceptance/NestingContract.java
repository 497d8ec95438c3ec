package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.wire.Answer;

import java.util.Map;
import java.util.Optional;

/// What stems from a transfer mints no other, whatever it goes through (contract native-to-web
/// §3.4, THREATS T-9). The sharpest way is through a native client: in a browser that a transfer
/// signed in, the app signs in silently and gets a refresh token that looks like its own.
abstract class NestingContract extends KinScene {
    /// Signs in to the app in a browser that is signed in; whoever is asked for a password fails.
    private Phone silently(BrowserJar browser, Kin kin) {
        var phone = new Phone(wire(), issuer(), kin.clients().app());
        var answer = phone.signIn(browser, "nobody", "no password", "openid offline_access");
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        assertThat(BrowserScene.claims(phone.idToken()).path("sub").asString())
                .isEqualTo(kin.user());
        return phone;
    }

    private static void mintsNothing(Answer refused) {
        assertThat(refused.status()).as("%s", refused.json()).isEqualTo(403);
        assertThat(refused.text("error")).isEqualTo("invalid_grant");
        assertThat(refused.text("error_description"))
                .isEqualTo(
                        "Refresh tokens obtained through a session transfer cannot create session"
                                + " transfer tokens.");
    }

    /// Refused, with a token that stays as good as it was; its successor is no better.
    private static void mintsNothing(Phone phone) {
        for (var generation = 1; generation <= 3; generation++) {
            var token = phone.refreshToken();
            mintsNothing(phone.exchange());
            assertThat(phone.refreshToken()).isEqualTo(token);
            assertThat(phone.refresh().status()).isEqualTo(200);
            assertThat(phone.refreshToken()).isNotEqualTo(token);
        }
    }

    private static void mints(Phone phone) {
        assertThat(phone.exchange().text("access_token")).isNotEmpty();
    }

    @Test
    void aNativeAppInATransferredSessionMintsNothingHoweverOftenItsTokenRotates() {
        var kin = kin(true, true);
        mintsNothing(silently(browser(kin), kin));
        mints(kin.phone());
    }

    @Test
    void theWebAppsOwnTokenMintsNothing() {
        var kin = kin(true, true);
        operator()
                .patchClient(
                        kin.clients().web(),
                        "{\"session_transfer\":{\"can_create_session_transfer_token\":true}}");
        mintsNothing(exchange(kin.clients(), kin.webToken()));
        assertThat(webTokenWorks(kin)).isTrue();
    }

    /// The web app asks for a transfer.
    private Answer exchange(Clients clients, String refreshToken) {
        return token(
                clients,
                Map.of(
                        "grant_type",
                        "refresh_token",
                        "refresh_token",
                        refreshToken,
                        "audience",
                        "urn:" + issuer().getHost() + ":session_transfer"));
    }

    @Test
    void theMarkGoesOnlyWithAFullSignIn() {
        var kin = kin(true, true);
        var browser = browser(kin);
        var page = browser.openUntilAway(authorize(kin.clients(), Map.of("prompt", "login")));
        assertThat(page.asksToSignIn()).isTrue();
        // To be asked isn't enough, nor is another transfer.
        mintsNothing(silently(browser, kin));
        var again =
                browser.openUntilAway(
                        authorize(
                                kin.clients(),
                                Map.of(
                                        "prompt",
                                        "login",
                                        "session_transfer_token",
                                        kin.waiting())));
        assertThat(again.asksToSignIn()).isTrue();
        mintsNothing(silently(browser, kin));
        signInOn(again, browser, kin);
        mints(silently(browser, kin));
        assertThat(operator().get("sessions/" + kin.sessionId()).status()).isEqualTo(404);
    }

    /// What the app gets in a marked session outlives it.
    private Kin outliving() {
        var kin = kin(true, true);
        operator()
                .patchClient(
                        kin.clients().app(),
                        "{\"session_transfer\":{\"enforce_online_refresh_tokens\":false}}");
        return kin;
    }

    @Test
    void whatAMarkedSessionIssuedStaysMarkedAfterTheFullSignIn() {
        var kin = outliving();
        var browser = browser(kin);
        var before = silently(browser, kin);
        signInAnew(browser, kin);
        mintsNothing(before);
        mints(silently(browser, kin));
    }

    @Test
    void theMarkIsThereAgainWhenATransferSwitchesTheUser() {
        var kin = outliving();
        var other = kin(true, true);
        var browser = browser(kin);
        var before = silently(browser, kin);
        assertThat(present(browser, other, other.waiting())).isEmpty();
        var token = other.phone().exchange().text("access_token");
        assertThat(present(browser, other, token)).isPresent();
        mintsNothing(silently(browser, other));
        mintsNothing(before);
    }

    @Test
    void whoSwitchesTheUserByAFullSignInHasNoMark() {
        var kin = outliving();
        var other = kin(true, true);
        var browser = browser(kin);
        var before = silently(browser, kin);
        signInAnew(browser, other);
        mints(silently(browser, other));
        mintsNothing(before);
    }

    /// §5.5: the session stays the user's own; what the redeeming authorization yields doesn't.
    @Test
    void aSessionOpenedByHandHasNoMarkButWhatATransferYieldsInItDoes() {
        var kin = kin(true, true);
        var browser = browser(kin);
        signInAnew(browser, kin);
        var token = kin.phone().exchange().text("access_token");
        var code = present(browser, kin, token).orElseThrow();
        operator()
                .patchClient(
                        kin.clients().web(),
                        "{\"session_transfer\":{\"can_create_session_transfer_token\":true}}");
        var yielded = presentCode(kin.clients(), code).text("refresh_token");
        mintsNothing(exchange(kin.clients(), yielded));
        mints(silently(browser, kin));
    }

    /// The code that the web app gets, if it gets one.
    private Optional<String> present(BrowserJar browser, Kin kin, String token) {
        var url = authorize(kin.clients(), Map.of("session_transfer_token", token));
        return browser.openUntilAway(url).parameter("code");
    }
}
