package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Form;
import segue.demo.browser.Page;
import segue.demo.story.World;

import java.net.http.HttpRequest;
import java.util.Map;

/// THREATS R1.5 and decision 6: with `confirm_unbound_transfer` a token that no device is bound to,
/// and that a stranger's link may have brought, does nothing before its user says so.
class ConfirmStory extends BrowserScene {
    ConfirmStory() {
        super(Map.of());
    }

    @BeforeEach
    void unbind() {
        change("tenants/settings", "{\"confirm_unbound_transfer\":true}");
        operator()
                .patchClient(
                        World.SHOP, "{\"session_transfer\":{\"enforce_device_binding\":\"none\"}}");
    }

    @AfterEach
    void bind() {
        change("tenants/settings", "{\"confirm_unbound_transfer\":false}");
        operator()
                .patchClient(
                        World.SHOP,
                        """
                        {"session_transfer":{"allowed_authentication_methods":["cookie","query"],
                         "enforce_device_binding":"ip"}}
                        """);
    }

    /// As a browser whose user followed a link of another site.
    private BrowserJar sent(BrowserJar browser) {
        return browser.through(world().wire(HERE).with("Sec-Fetch-Site", "cross-site"));
    }

    private Page arrive(BrowserJar browser, String token, Map<String, String> more) {
        return present(sent(browser), false, token, more);
    }

    /// Our own page hands a token over, and the web app sends the browser on.
    private Page arriveByPage(BrowserJar browser, String token, Map<String, String> more) {
        var page = world().issuer().resolve("hand-off");
        var fields = Map.of("client_id", World.SHOP, "session_transfer_token", token);
        var posted = browser.submitUntil(new Form(page, page, true, fields), _ -> true);
        assertThat(posted.status()).isEqualTo(303);
        assertThat(browser.cookie(world().issuer(), "session_transfer_token")).hasValue(token);
        return browser.openUntilAway(authorize(more));
    }

    private static boolean asks(Page page) {
        return page.url().getPath().equals("/u/confirm") && page.heading().equals("Is this you?");
    }

    private Page choose(BrowserJar browser, Page page, String choice) {
        return browser.submitUntilAway(page, Map.of("choice", choice));
    }

    @Test
    void aStrangersLinkAsksFirstAtAUrlWithoutTheToken() {
        var token = transfer();
        var browser = browser();
        var page = arrive(browser, token, Map.of());
        assertThat(asks(page)).isTrue();
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.url().toString() + page.body()).doesNotContain(token);
        assertThat(page.body()).contains("a•••@example.org").doesNotContain(World.ADA);
        assertThat(page.visited()).hasSize(2);
        assertThat(isSignedIn(browser)).isFalse();
    }

    @Test
    void oneClickSignsIn() {
        var browser = browser();
        var done = choose(browser, arrive(browser, transfer(), Map.of()), "continue");
        assertThat(done.parameter("code")).isPresent();
        assertThat(done.parameter("state")).hasValue("s1");
        assertThat(done.status()).isEqualTo(303);
        assertThat(isSignedIn(browser)).isTrue();
        var logged = operator().log("type:s").path(0).path("details");
        assertThat(logged.path("triggered_by_session_transfer_token").asBoolean(false)).isTrue();
    }

    @Test
    void whoIsNotMeantIsAskedToSignIn() {
        var browser = browser();
        var page = choose(browser, arrive(browser, transfer(), Map.of()), "decline");
        assertThat(page.asksToSignIn()).isTrue();
        assertThat(page.body()).doesNotContain("a•••");
        assertThat(isSignedIn(browser)).isFalse();
        assertThat(operator().newestWarning()).contains("declined");
    }

    @Test
    void theTokenIsBurntWhenItComes() {
        var token = transfer();
        arrive(browser(), token, Map.of());
        assertThat(arrive(browser(), token, Map.of()).asksToSignIn()).isTrue();
    }

    @Test
    void theClickWorksOnceAndOnlyInTheBrowserThatWasAsked() {
        var browser = browser();
        var page = arrive(browser, transfer(), Map.of());
        var thief = browser();
        thief.openUntilAway(authorize(Map.of()));
        assertThat(choose(thief, page, "continue").status()).isEqualTo(403);
        assertThat(isSignedIn(thief)).isFalse();
        assertThat(choose(browser, page, "continue").parameter("code")).isPresent();
        assertThat(choose(browser, page, "continue").status()).isEqualTo(403);
    }

    @Test
    void aClickThatIsNotOursIsRefused() {
        var browser = browser();
        var page = arrive(browser, transfer(), Map.of());
        var forged = browser.submitUntilAway(page, Map.of("csrf", "x", "choice", "continue"));
        assertThat(forged.status()).isEqualTo(403);
        assertThat(choose(sent(browser), page, "continue").status()).isEqualTo(403);
        assertThat(choose(browser, page, "perhaps").status()).isEqualTo(403);
        assertThat(isSignedIn(browser)).isFalse();
        assertThat(choose(browser, page, "continue").parameter("code")).isPresent();
    }

    @Test
    void theSessionOfAnotherEndsOnlyAfterTheClick() {
        var browser = browser();
        assertThat(present(browser, true, transfer(), Map.of()).parameter("code")).isPresent();
        var token = transferOf(operator().createUser());
        var page = arrive(browser, token, Map.of());
        assertThat(asks(page)).isTrue();
        assertThat(isSignedIn(browser)).isTrue();
        assertThat(choose(browser, page, "decline").asksToSignIn()).isTrue();
        assertThat(isSignedIn(browser)).isTrue();
        var again = arrive(browser, transferOf(operator().createUser()), Map.of());
        assertThat(choose(browser, again, "continue").asksToSignIn()).isTrue();
        assertThat(isSignedIn(browser)).isFalse();
        assertThat(operator().newestWarning()).contains("user mismatch");
    }

    @Test
    void everyFactIsCheckedAgainAtTheClick() {
        var phone = phone();
        var browser = browser();
        var page = arrive(browser, phone.exchange().text("access_token"), Map.of());
        phone.revoke();
        assertThat(choose(browser, page, "continue").asksToSignIn()).isTrue();
        assertThat(operator().newestWarning()).contains("Parent refresh token not found");
        var other = browser();
        var waiting = arrive(other, transfer(), Map.of());
        operator()
                .patchClient(
                        World.SHOP, "{\"session_transfer\":{\"enforce_device_binding\":\"ip\"}}");
        var moved = other.through(world().wire("127.0.0.2"));
        assertThat(choose(moved, waiting, "continue").asksToSignIn()).isTrue();
        assertThat(operator().newestWarning()).contains("device binding");
        assertThat(isSignedIn(other)).isFalse();
    }

    @Test
    void theQuestionDoesNotWaitForEver() {
        var browser = browser();
        var page = arrive(browser, transfer(), Map.of());
        sql("UPDATE interaction SET expires_at = created_at WHERE transfer_id IS NOT NULL");
        assertThat(choose(browser, page, "continue").status()).isEqualTo(403);
    }

    @Test
    void aSilentRequestHearsThatSomebodyMustBeAsked() {
        var token = transfer();
        var page = arrive(browser(), token, Map.of("prompt", "none"));
        assertThat(page.parameter("error")).hasValue("interaction_required");
        assertThat(operator().log("type:fsa").path(0).path("details").toString())
                .contains("triggered_by_session_transfer_token");
        assertThat(arrive(browser(), token, Map.of()).asksToSignIn()).isTrue();
    }

    @Test
    void anInvalidTokenAsksNobody() {
        assertThat(arrive(browser(), "junk", Map.of()).asksToSignIn()).isTrue();
    }

    @Test
    void nobodyIsAskedWhereNoStrangerCanHaveSentThem() {
        assertThat(present(browser(), false, transfer(), Map.of()).parameter("code")).isPresent();
        assertThat(present(sent(browser()), true, transfer(), Map.of()).parameter("code"))
                .isPresent();
        operator()
                .patchClient(
                        World.SHOP, "{\"session_transfer\":{\"enforce_device_binding\":\"ip\"}}");
        assertThat(arrive(browser(), transfer(), Map.of()).parameter("code")).isPresent();
    }

    /// A link leads to our own page as well as to the web app (contract native-to-web §14).
    @Test
    void whatOurOwnPageHandedOverAsksFirst() {
        var browser = browser();
        var page = arriveByPage(browser, transfer(), Map.of());
        assertThat(asks(page)).isTrue();
        assertThat(browser.cookie(world().issuer(), "session_transfer_token")).isEmpty();
        assertThat(isSignedIn(browser)).isFalse();
        assertThat(choose(browser, page, "continue").parameter("code")).isPresent();
        assertThat(isSignedIn(browser)).isTrue();
    }

    @Test
    void whoIsNotMeantByWhatOurOwnPageHandedOverIsAskedToSignIn() {
        var browser = browser();
        var page = arriveByPage(browser, transfer(), Map.of());
        assertThat(choose(browser, page, "decline").asksToSignIn()).isTrue();
        assertThat(isSignedIn(browser)).isFalse();
        assertThat(operator().newestWarning()).contains("declined");
    }

    @Test
    void aSilentRequestAfterOurOwnPageHearsThatSomebodyMustBeAsked() {
        var browser = browser();
        var page = arriveByPage(browser, transfer(), Map.of("prompt", "none"));
        assertThat(page.parameter("error")).hasValue("interaction_required");
        assertThat(isSignedIn(browser)).isFalse();
    }

    /// An app's own cookie takes the device, and no link can set it.
    @Test
    void ofTwoCookiesOnlyTheOneThatALinkCanSetAsksFirst() {
        var apps = present(browser(), true, transfer(), Map.of());
        assertThat(apps.parameter("code")).isPresent();
        var token = transfer();
        var both = browser();
        both.plant(world().issuer(), COOKIE, token);
        assertThat(asks(arriveByPage(both, token, Map.of()))).isTrue();
    }

    @Test
    void nobodyIsAskedAfterOurOwnPageWhereTheTokenIsBoundOrTheTenantDoesNotWantIt() {
        operator()
                .patchClient(
                        World.SHOP, "{\"session_transfer\":{\"enforce_device_binding\":\"ip\"}}");
        assertThat(arriveByPage(browser(), transfer(), Map.of()).parameter("code")).isPresent();
        unbind();
        change("tenants/settings", "{\"confirm_unbound_transfer\":false}");
        assertThat(arriveByPage(browser(), transfer(), Map.of()).parameter("code")).isPresent();
    }

    @Test
    void aClientThatTakesNoTransfersAnyMoreRefusesAtTheClick() {
        var browser = browser();
        var page = arrive(browser, transfer(), Map.of());
        operator()
                .patchClient(
                        World.SHOP,
                        "{\"session_transfer\":{\"allowed_authentication_methods\":[]}}");
        assertThat(choose(browser, page, "continue").asksToSignIn()).isTrue();
        assertThat(operator().newestWarning()).contains("authentication method not allowed");
        assertThat(isSignedIn(browser)).isFalse();
    }

    @Test
    void aBrowserThatDoesNotSayWhereItComesFromIsAskedToo() {
        var token = transfer();
        var answer =
                world().wire(HERE)
                        .send(
                                HttpRequest.newBuilder(
                                        authorize(Map.of("session_transfer_token", token))));
        assertThat(answer.headers().firstValue("Location").orElseThrow()).contains("/u/confirm?");
        assertThat(answer.statusCode()).isEqualTo(303);
    }

    @Test
    void aFormPostIsAnsweredAfterTheClick() {
        var browser = browser();
        var page = arrive(browser, transfer(), Map.of("response_mode", "form_post"));
        var done = choose(browser, page, "continue");
        assertThat(done.form().fields()).containsKey("code");
    }
}
