package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import java.net.URI;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `/userinfo` (contract authentication-api §5.2) for opaque tokens and JWTs alike. What its
/// standards say of it are [OpenIdCoreSection5Story] and [Rfc6750Story].
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UserinfoStory {
    private Optional<World> running = Optional.empty();
    private Optional<Operator> managing = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        running =
                Optional.of(
                        new World(
                                0,
                                Map.of(
                                        "log.level", "warn",
                                        "limits.management", "10000/s",
                                        "limits.userinfo", "40/h")));
        managing = Optional.of(new Operator(world()));
    }

    @AfterAll
    void stop() {
        world().close();
    }

    private World world() {
        return running.orElseThrow();
    }

    private Operator operator() {
        return managing.orElseThrow();
    }

    private URI at(String path) {
        return world().issuer().resolve(path);
    }

    private Answer userinfo(HttpRequest.Builder request) {
        return Wire.answer(world().wire("127.0.0.1").send(request));
    }

    private Answer userinfo(String token) {
        return userinfo(
                HttpRequest.newBuilder(at("userinfo")).header("Authorization", "Bearer " + token));
    }

    /// A phone of a user of its own, so that nobody else spends its rate.
    private Phone phone(String scope, Optional<String> audience) {
        var app = world().app();
        var asking = new App(app.issuer(), World.APP);
        var phone =
                new Phone(
                        world().wire("127.0.0.1"),
                        audience.map(asking::withAudience).orElse(asking));
        var answer = phone.signIn(operator().createUser(), Operator.PASSWORD, scope);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return phone;
    }

    private static void isInvalid(Answer answer) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(401);
        assertThat(answer.text("error")).isEqualTo("invalid_token");
        assertThat(answer.headers().firstValue("WWW-Authenticate"))
                .hasValue("Bearer error=\"invalid_token\"");
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
    }

    @Test
    void anOpaqueTokenAndAJwtTellWhatTheirScopesAllow() {
        for (var audience : List.of(Optional.<String>empty(), Optional.of(World.API))) {
            var phone = phone("openid email", audience);
            assertThat(phone.accessToken().contains(".")).isEqualTo(audience.isPresent());
            var answer = userinfo(phone.accessToken());
            assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
            assertThat(answer.json().propertyNames())
                    .containsExactlyInAnyOrder("sub", "email", "email_verified");
            assertThat(answer.headers().firstValue("X-RateLimit-Limit")).hasValue("40");
            assertThat(answer.headers().firstValue("X-RateLimit-Remaining")).hasValue("39");
            assertThat(answer.headers().firstValueAsLong("X-RateLimit-Reset").orElseThrow())
                    .isGreaterThan(1_700_000_000L);
            var posted =
                    userinfo(
                            HttpRequest.newBuilder(at("userinfo"))
                                    .header("Authorization", "bearer " + phone.accessToken())
                                    .POST(HttpRequest.BodyPublishers.noBody()));
            assertThat(posted.json()).isEqualTo(answer.json());
            var only = phone("openid", audience);
            assertThat(userinfo(only.accessToken()).json().propertyNames()).containsExactly("sub");
        }
    }

    @Test
    void whatIsNoAccessTokenForUsIsRefused() {
        var phone = phone("openid offline_access", Optional.of(World.API));
        var jwt = phone.accessToken();
        for (var token :
                List.of(
                        "junk",
                        phone.idToken(),
                        phone.refreshToken(),
                        phone.exchange().text("access_token"),
                        operator().token(),
                        jwt.substring(0, jwt.length() - 4) + "AAAA")) isInvalid(userinfo(token));
        // A header is the one place for it.
        var body =
                HttpRequest.newBuilder(at("userinfo"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString("access_token=" + jwt));
        for (var request :
                List.of(body, HttpRequest.newBuilder(at("userinfo?access_token=" + jwt)))) {
            var answer = userinfo(request);
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
        }
    }

    @Test
    void aBlockedUserIsNotTold() {
        for (var audience : List.of(Optional.<String>empty(), Optional.of(World.API))) {
            var phone = phone("openid", audience);
            var sub = userinfo(phone.accessToken()).text("sub").replace("|", "%7C");
            operator().call("PATCH", "users/" + sub, "{\"blocked\":true}");
            isInvalid(userinfo(phone.accessToken()));
        }
    }

    @Test
    void anOpaqueTokenEndsWithItsRefreshToken() {
        var phone = phone("openid offline_access", Optional.empty());
        assertThat(userinfo(phone.accessToken()).status()).isEqualTo(200);
        phone.revoke();
        isInvalid(userinfo(phone.accessToken()));
    }

    @Test
    void oneUserMayAskSoOftenAndNobodyElseWaitsForIt() {
        var phone = phone("openid", Optional.empty());
        for (var i = 0; i < 40; i++)
            assertThat(userinfo(phone.accessToken()).status()).isEqualTo(200);
        var refused = userinfo(phone.accessToken());
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.text("error")).isEqualTo("too_many_requests");
        assertThat(refused.headers().firstValue("X-RateLimit-Remaining")).hasValue("0");
        assertThat(refused.headers().firstValueAsLong("Retry-After").orElseThrow())
                .isBetween(1L, 3600L);
        var other = phone("openid", Optional.empty());
        assertThat(userinfo(other.accessToken()).status()).isEqualTo(200);
    }
}
