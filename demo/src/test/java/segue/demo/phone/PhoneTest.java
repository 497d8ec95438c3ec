package segue.demo.phone;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import segue.demo.story.World;
import segue.demo.wire.Answer;

import java.util.Map;
import java.util.Optional;

/// Against a running server.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PhoneTest {
    private static final String SCOPE = "openid profile offline_access";
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

    private Phone signedIn() {
        var phone = world().phone("127.0.0.1");
        assertThat(phone.signIn(World.ADA, world().password(), SCOPE))
                .isInstanceOf(Answer.Granted.class);
        return phone;
    }

    @Test
    void anAppSignsInThroughABrowser() {
        var phone = world().phone("127.0.0.1");
        var browser = world().browser("127.0.0.1");
        var answer = phone.signIn(browser, World.ADA, world().password(), SCOPE);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        assertThat(phone.refreshToken()).isEqualTo(answer.text("refresh_token")).isNotEmpty();
        assertThat(phone.userinfo().text("name")).isEqualTo("Ada Lovelace");
        var again = world().phone("127.0.0.1");
        assertThat(again.signIn(browser, World.ADA, "not asked for", SCOPE).isOk())
                .as("the browser has a session now")
                .isTrue();
    }

    @Test
    void aWrongPasswordIsAnAnswerAndNoException() {
        var phone = world().phone("127.0.0.1");
        var inBrowser = phone.signIn(world().browser("127.0.0.1"), World.ADA, "wrong", SCOPE);
        assertThat(inBrowser).isInstanceOf(Answer.Refused.class);
        assertThat(inBrowser.text("error")).isEqualTo("no_redirect");
        var byPassword = phone.signIn(World.ADA, "wrong", SCOPE);
        assertThat(byPassword.text("error_description")).isEqualTo("Wrong email or password.");
        assertThat(phone.refreshToken()).isEmpty();
    }

    @Test
    void anAppKeepsTheSuccessorOfItsRefreshToken() {
        var phone = signedIn();
        var first = phone.refreshToken();
        assertThat(phone.refresh().isOk()).isTrue();
        var second = phone.refreshToken();
        assertThat(second).isNotEqualTo(first);
        assertThat(phone.exchange().text("refresh_token"))
                .isEqualTo(phone.refreshToken())
                .isNotEqualTo(second);
    }

    @Test
    void aSessionTransferTokenIsNotKeptAsAnAccessToken() {
        var phone = signedIn();
        var accessToken = phone.accessToken();
        var exchange = phone.exchange();
        assertThat(exchange.text("access_token")).startsWith("stt_");
        assertThat(phone.accessToken()).isEqualTo(accessToken);
    }

    @Test
    void anAppCanAskForThePageOfTheShop() {
        var phone = signedIn();
        var first = phone.refreshToken();
        var more = Map.of("target_client_id", World.SHOP, "hand_off", "true");
        var exchange = phone.exchange(more);
        assertThat(exchange.text("hand_off_uri"))
                .isEqualTo(
                        world().issuer()
                                + "hand-off?client_id="
                                + World.SHOP
                                + "#session_transfer_token="
                                + exchange.text("access_token"));
        assertThat(phone.refreshToken()).isNotEqualTo(first);
    }

    @Test
    void anAppThatRevokesIsLeftWithADeadToken() {
        var phone = signedIn();
        assertThat(phone.revoke().status()).isEqualTo(200);
        assertThat(phone.refreshToken()).isNotEmpty();
        assertThat(phone.refresh())
                .isInstanceOfSatisfying(
                        Answer.Refused.class,
                        it -> {
                            assertThat(it.error()).isEqualTo("invalid_grant");
                            assertThat(it.description())
                                    .isEqualTo("Unknown or invalid refresh token.");
                        });
    }
}
