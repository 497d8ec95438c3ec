package segue.demo.shop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.net.URI;
import java.util.Map;
import java.util.Optional;

/// Against a running server.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShopTest {
    private Optional<World> running = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        running = Optional.of(new World(0, Map.of("log.level", "warn")));
    }

    @AfterAll
    void stop() {
        world().close();
    }

    private World world() {
        return running.orElseThrow();
    }

    private BrowserJar browser() {
        return world().browser("127.0.0.1");
    }

    private Page signedIn(BrowserJar browser) {
        var page = browser.open(world().shop().loginUri());
        assertThat(page.asksToSignIn()).isTrue();
        return browser.submit(page, Map.of("username", World.ADA, "password", world().password()));
    }

    private URI callback(Map<String, String> parameters) {
        return Wire.with(world().shop().callbackUri(), parameters);
    }

    @Test
    void aUserSignsInAndIsGreetedByName() {
        var browser = browser();
        assertThat(browser.open(world().shop().homeUri()).heading())
                .isEqualTo("Nobody is signed in");
        var page = signedIn(browser);
        assertThat(page.url()).isEqualTo(world().shop().homeUri());
        assertThat(page.heading()).isEqualTo("Welcome, Ada Lovelace");
        assertThat(page.body()).contains(World.ADA);
    }

    @Test
    void theShopRefreshes() {
        var browser = browser();
        signedIn(browser);
        for (var i = 0; i < 2; i++)
            assertThat(browser.open(world().shop().refreshUri()).heading()).isEqualTo("Refreshed");
        assertThat(browser.open(world().shop().homeUri()).heading())
                .isEqualTo("Welcome, Ada Lovelace");
    }

    @Test
    void signingOutEndsBothSessions() {
        var browser = browser();
        signedIn(browser);
        var page = browser.open(world().shop().logoutUri());
        assertThat(page.url()).isEqualTo(world().shop().homeUri());
        assertThat(page.heading()).isEqualTo("Nobody is signed in");
        assertThat(browser.open(world().shop().loginUri()).asksToSignIn()).isTrue();
    }

    @Test
    void theAnswerToAnotherBrowserIsRefused() {
        var victim = browser();
        victim.openUntilAway(world().shop().loginUri());
        var attacker = browser();
        var page = attacker.open(world().shop().loginUri());
        var answer =
                attacker.submitUntil(
                        page.form()
                                .filled(
                                        Map.of(
                                                "username",
                                                World.ADA,
                                                "password",
                                                world().password())),
                        it -> it.getPath().equals("/callback"));
        var forged = victim.open(answer.location().orElseThrow());
        assertThat(forged.status()).isEqualTo(400);
        assertThat(victim.open(world().shop().homeUri()).heading())
                .isEqualTo("Nobody is signed in");
    }

    @Test
    void anErrorIsShownAsTextAndNotAsMarkup() {
        var browser = browser();
        var state =
                browser.openUntilAway(world().shop().loginUri()).parameter("state").orElseThrow();
        var page = browser.open(callback(Map.of("state", state, "error", "<script>x</script>")));
        assertThat(page.status()).isEqualTo(401);
        assertThat(page.body()).contains("&lt;script&gt;").doesNotContain("<script>");
    }

    @Test
    void aPageLoadsNothingFromElsewhere() {
        assertThat(browser().open(world().shop().homeUri()).body())
                .doesNotContain("src=", "<link", "url(", "http://", "https://");
    }
}
