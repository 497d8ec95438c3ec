package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;

/// Scripts of a client's own pages may read its answers, and nobody else's may (contract
/// authentication-api §1.3, THREATS T-27).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CorsStory {
    private static final String ALLOW = "Access-Control-Allow-Origin";

    private Optional<World> running = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        running = Optional.of(new World(0, Map.of("log.level", "warn")));
        new Operator(world())
                .patchClient(
                        World.APP,
                        """
                        {"web_origins":["https://spa.example","http://localhost:3000/"],
                         "allowed_origins":["https://OTHER.example:443"]}
                        """);
    }

    @AfterAll
    void stop() {
        world().close();
    }

    private World world() {
        return running.orElseThrow();
    }

    private HttpResponse<String> send(HttpRequest.Builder request, String origin) {
        return world().wire("127.0.0.1").send(request.copy().header("Origin", origin));
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(world().issuer().resolve(path));
    }

    private HttpResponse<String> post(String path, Map<String, String> form, String origin) {
        var request =
                to(path).header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(Wire.form(form)));
        return send(request, origin);
    }

    private static Optional<String> allowed(HttpResponse<String> answer) {
        assertThat(answer.headers().allValues("Access-Control-Allow-Credentials")).isEmpty();
        return answer.headers().firstValue(ALLOW);
    }

    @ParameterizedTest
    @ValueSource(strings = {"oauth/token", "oauth/revoke", "userinfo"})
    void aPreflightIsAnsweredForAnyWebPage(String path) {
        var preflight =
                to(path).header("Access-Control-Request-Method", "POST")
                        .method("OPTIONS", HttpRequest.BodyPublishers.noBody());
        var answer = send(preflight, "https://spa.example");
        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(allowed(answer)).hasValue("https://spa.example");
        assertThat(answer.headers().firstValue("Vary")).hasValue("Origin");
        assertThat(answer.headers().firstValue("Access-Control-Allow-Methods").orElseThrow())
                .contains("POST");
        assertThat(answer.headers().firstValue("Access-Control-Allow-Headers").orElseThrow())
                .contains("Content-Type", "Auth0-Client", "Authorization", "DPoP");
        assertThat(allowed(send(preflight, "null"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".well-known/openid-configuration",
                ".well-known/oauth-authorization-server",
                ".well-known/jwks.json"
            })
    void everybodyMayReadDiscoveryAndKeys(String path) {
        assertThat(allowed(send(to(path), "https://stranger.example"))).hasValue("*");
        var preflight = to(path).method("OPTIONS", HttpRequest.BodyPublishers.noBody());
        assertThat(allowed(send(preflight, "https://stranger.example"))).hasValue("*");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://spa.example", "http://localhost:3000", "https://other.example"})
    void aRegisteredOriginReadsItsClientsAnswers(String origin) {
        var phone = world().phone("127.0.0.1");
        phone.signIn(World.ADA, world().password(), "openid offline_access");
        var form = Map.of("client_id", World.APP, "grant_type", "refresh_token");
        var refused = post("oauth/token", form, origin);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(allowed(refused)).hasValue(origin);
        assertThat(refused.headers().firstValue("Access-Control-Expose-Headers").orElseThrow())
                .contains("DPoP-Nonce", "Retry-After", "WWW-Authenticate", "X-RateLimit-Reset");
        var revoked = Map.of("client_id", World.APP, "token", "unknown");
        assertThat(allowed(post("oauth/revoke", revoked, origin))).hasValue(origin);
        var userinfo = to("userinfo").header("Authorization", "Bearer " + phone.accessToken());
        var claims = send(userinfo, origin);
        assertThat(claims.statusCode()).isEqualTo(200);
        assertThat(allowed(claims)).hasValue(origin);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://stranger.example",
                "https://spa.example.stranger.example",
                "https://sub.spa.example",
                "http://spa.example",
                "https://spa.example:8443",
                "http://localhost:3001",
                "null",
                "*"
            })
    void noOtherOriginDoes(String origin) {
        var phone = world().phone("127.0.0.1");
        phone.signIn(World.ADA, world().password(), "openid offline_access");
        var form = Map.of("client_id", World.APP, "grant_type", "refresh_token");
        var refused = post("oauth/token", form, origin);
        assertThat(allowed(refused)).isEmpty();
        // A cache must not give this answer to a page that may read it, nor the other way round.
        assertThat(refused.headers().firstValue("Vary")).hasValue("Origin");
        var revoked = Map.of("client_id", World.APP, "token", "unknown");
        assertThat(allowed(post("oauth/revoke", revoked, origin))).isEmpty();
        var userinfo = to("userinfo").header("Authorization", "Bearer " + phone.accessToken());
        assertThat(allowed(send(userinfo, origin))).isEmpty();
    }

    @Test
    void anUnknownClientHasNoOrigins() {
        var form = Map.of("client_id", "nobody", "grant_type", "refresh_token");
        assertThat(allowed(post("oauth/token", form, "https://spa.example"))).isEmpty();
    }

    /// RFC 9700 §2.6.
    @Test
    void theAuthorizationEndpointHasNoCors() {
        var preflight = to("authorize").method("OPTIONS", HttpRequest.BodyPublishers.noBody());
        var answer = send(preflight, "https://spa.example");
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(allowed(answer)).isEmpty();
        assertThat(allowed(send(to("authorize?client_id=" + World.APP), "https://spa.example")))
                .isEmpty();
    }
}
