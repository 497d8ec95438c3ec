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

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `/userinfo`, discovery and the keys (contract authentication-api §2, §5).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UserinfoStory {
    private static final String METADATA = ".well-known/openid-configuration";

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
    void aTokenWithoutOpenidIsRefused() {
        isInvalid(userinfo(phone("email", Optional.empty()).accessToken()));
        isInvalid(userinfo(phone("email read:orders", Optional.of(World.API)).accessToken()));
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

    // Discovery.

    private JsonNode metadata() {
        var answer = world().wire("127.0.0.1").get(at(METADATA));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Cache-Control").orElseThrow()).contains("max-age");
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
        return answer.json();
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }

    @Test
    void discoveryNamesOnlyWhatIsThere() {
        var metadata = metadata();
        assertThat(metadata.path("issuer").asString()).isEqualTo(world().issuer().toString());
        var wire = world().wire("127.0.0.1");
        for (var entry : metadata.properties())
            if (entry.getKey().endsWith("_endpoint") || entry.getKey().equals("jwks_uri")) {
                var url = entry.getValue().asString();
                assertThat(url).startsWith(world().issuer().toString());
                var get = wire.send(HttpRequest.newBuilder(URI.create(url)));
                assertThat(get.statusCode()).as(url).isNotEqualTo(404);
            }
        for (var grant : texts(metadata.path("grant_types_supported"))) {
            var fields = Map.of("grant_type", grant, "client_id", "unknown");
            assertThat(wire.postForm(at("oauth/token"), fields, Map.of()).text("error"))
                    .as(grant)
                    .isEqualTo("access_denied");
        }
        assertThat(texts(metadata.path("response_types_supported")))
                .containsExactly("code", "id_token");
        assertThat(texts(metadata.path("token_endpoint_auth_methods_supported")))
                .containsExactlyInAnyOrder(
                        "client_secret_basic",
                        "client_secret_post",
                        "client_secret_jwt",
                        "private_key_jwt",
                        "none");
        assertThat(texts(metadata.path("dpop_signing_alg_values_supported")))
                .containsExactly("ES256");
        assertThat(metadata.path("authorization_response_iss_parameter_supported").asBoolean())
                .isTrue();
        assertThat(metadata.path("request_parameter_supported").asBoolean(true)).isFalse();
        assertThat(metadata.path("request_uri_parameter_supported").asBoolean(true)).isFalse();
        for (var later :
                List.of(
                        "registration_endpoint",
                        "pushed_authorization_request_endpoint",
                        "backchannel_logout_supported"))
            assertThat(metadata.has(later)).as(later).isFalse();
        assertThat(wire.get(at(".well-known/oauth-authorization-server")).json())
                .isEqualTo(metadata);
    }

    @Test
    void everyScopeThatDiscoveryNamesIsGranted() {
        var scopes = texts(metadata().path("scopes_supported"));
        var phone = phone(String.join(" ", scopes), Optional.empty());
        var refreshed = phone.refresh();
        assertThat(refreshed.text("scope").split(" ")).containsExactlyInAnyOrderElementsOf(scopes);
    }

    @Test
    void onlyS256IsPublishedAsAChallenge() {
        assertThat(texts(metadata().path("code_challenge_methods_supported")))
                .containsExactly("S256");
    }

    @Test
    void theTenantDecidesWhetherItsLogoutIsPublished() {
        assertThat(metadata().has("end_session_endpoint")).isTrue();
        var change = "{\"oidc_logout\":{\"rp_logout_end_session_endpoint_discovery\":%s}}";
        operator().call("PATCH", "tenants/settings", change.formatted(false));
        assertThat(metadata().has("end_session_endpoint")).isFalse();
        operator().call("PATCH", "tenants/settings", change.formatted(true));
        assertThat(metadata().has("end_session_endpoint")).isTrue();
    }

    @Test
    void everyKeyHasWhatReadersLookFor() {
        var answer = world().wire("127.0.0.1").get(at(".well-known/jwks.json"));
        assertThat(answer.headers().firstValue("Cache-Control").orElseThrow()).contains("max-age");
        var algorithms = metadata().path("id_token_signing_alg_values_supported");
        for (var key : answer.json().path("keys")) {
            assertThat(key.path("kty").asString())
                    .isEqualTo(key.path("alg").asString().equals("ES256") ? "EC" : "RSA");
            assertThat(key.path("use").asString()).isEqualTo("sig");
            assertThat(texts(algorithms)).contains(key.path("alg").asString());
            assertThat(key.path("kid").asString()).isNotEmpty();
            assertThat(key.has("d")).isFalse();
        }
    }
}
