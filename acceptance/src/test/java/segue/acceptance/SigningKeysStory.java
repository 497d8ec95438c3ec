package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.story.World;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Whatever algorithm a client or an API chooses, a stranger who fetches the JWKS can verify its
/// tokens (contract authentication-api §2.2, §8; management-api, ours).
class SigningKeysStory extends BrowserScene {
    private Optional<LogoutReceiver> receiver = Optional.empty();

    SigningKeysStory() {
        super(Map.of("outbound.allowed-private", "127.0.0.0/8"));
    }

    @BeforeAll
    void listen() throws IOException {
        receiver = Optional.of(new LogoutReceiver());
    }

    @AfterAll
    void close() {
        receiver.orElseThrow().close();
    }

    private JsonNode published(String path) {
        return world().wire(HERE).get(world().issuer().resolve(".well-known/" + path), "").json();
    }

    private JoseReader reader() {
        return new JoseReader(published("jwks.json").toString());
    }

    private boolean isSigned(String token, String algorithm, String secret) throws Exception {
        return algorithm.equals("HS256")
                ? JoseReader.isShared(token, secret)
                : reader().isSigned(token, algorithm);
    }

    private void shopChooses(String algorithm) {
        operator()
                .patchClient(
                        World.SHOP,
                        """
                        {"jwt_configuration":{"alg":"%s"},"oidc_logout":{"backchannel_logout_urls":["%s"]}}
                        """
                                .formatted(algorithm, receiver.orElseThrow().uri()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "PS256", "ES256", "HS256"})
    void idTokenAndLogoutTokenAreSignedAsTheClientChose(String algorithm) throws Exception {
        shopChooses(algorithm);
        var browser = browser();
        var token = redeem(present(browser, false, transfer(), Map.of())).text("id_token");
        assertThat(isSigned(token, algorithm, world().shopSecret())).isTrue();
        receiver.orElseThrow().forget();
        signOut(browser);
        var told = receiver.orElseThrow().token();
        assertThat(claims(told).path("sid").asString())
                .isEqualTo(claims(token).path("sid").asString());
        assertThat(isSigned(told, algorithm, world().shopSecret())).isTrue();
        shopChooses("RS256");
    }

    private void signOut(BrowserJar browser) {
        browser.openUntilAway(world().issuer().resolve("v2/logout"));
    }

    /// It is ours whoever signed it, so it may come back as a hint and nobody has to confirm.
    @ParameterizedTest
    @ValueSource(strings = {"RS256", "PS256", "ES256", "HS256"})
    void anIdTokenIsAHintWhateverSignedIt(String algorithm) {
        shopChooses(algorithm);
        var browser = browser();
        var token = redeem(present(browser, false, transfer(), Map.of())).text("id_token");
        browser.openUntilAway(world().issuer().resolve("oidc/logout?id_token_hint=" + token));
        assertThat(isSignedIn(browser)).isFalse();
        shopChooses("RS256");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "PS256", "ES256", "HS256"})
    void anAccessTokenIsSignedAsTheApiChose(String algorithm) throws Exception {
        var secret = apiChooses(algorithm);
        var app = new App(world().issuer(), World.APP).withAudience(World.API);
        var phone = new Phone(world().wire(HERE), app);
        var answer = phone.signIn(World.ADA, world().password(), "openid");
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        assertThat(isSigned(phone.accessToken(), algorithm, secret)).isTrue();
        assertThat(isSigned(phone.idToken(), "RS256", "")).isTrue();
        // HS256 is for the API alone: whoever runs it could make such a token.
        assertThat(phone.userinfo().status()).isEqualTo(algorithm.equals("HS256") ? 401 : 200);
        apiChooses("RS256");
    }

    /// Its secret, where it gets one.
    private String apiChooses(String algorithm) {
        var path = "resource-servers/" + URLEncoder.encode(World.API, StandardCharsets.UTF_8);
        var body =
                algorithm.equals("HS256")
                        ? ",\"signing_secret\":\"" + "an API's own secret".repeat(2) + "\""
                        : "";
        var answer =
                operator()
                        .call(
                                "PATCH",
                                path,
                                "{\"signing_alg\":\"%s\"%s}".formatted(algorithm, body));
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        assertThat(answer.text("signing_alg")).isEqualTo(algorithm);
        return answer.field("signing_secret").orElse("");
    }

    /// A key that appears only when somebody chooses it would be unknown to those who have the JWKS
    /// already (THREATS R44.3).
    @Test
    void thereIsAKeyForEveryAlgorithmBeforeAnybodyChoosesIt() {
        var keys = List.copyOf(published("jwks.json").path("keys").values());
        assertThat(keys)
                .extracting(key -> key.path("alg").asString())
                .containsExactlyInAnyOrder("RS256", "PS256", "ES256");
        for (var key : keys)
            assertThat(key.propertyNames())
                    .contains("kty", "use", "alg", "kid")
                    .doesNotContain("d", "p", "q", "dp", "dq", "qi", "k");
    }

    @Test
    void whatIsAdvertisedIsWhatClientsAndApisMayChoose() {
        var advertised =
                published("openid-configuration")
                        .path("id_token_signing_alg_values_supported")
                        .values()
                        .stream()
                        .map(JsonNode::asString)
                        .toList();
        assertThat(advertised).containsExactlyInAnyOrder("RS256", "PS256", "ES256", "HS256");
        for (var algorithm : advertised) {
            apiChooses(algorithm);
            shopChooses(algorithm);
        }
        for (var other : List.of("none", "RS512", "ES384", "EdDSA", "HS512", "rs256", ""))
            assertThat(refused(other)).as(other).containsExactly(400, 400);
        apiChooses("RS256");
        shopChooses("RS256");
    }

    private List<Integer> refused(String algorithm) {
        var api = "resource-servers/" + URLEncoder.encode(World.API, StandardCharsets.UTF_8);
        return List.of(
                operator().call("PATCH", api, "{\"signing_alg\":\"" + algorithm + "\"}").status(),
                operator()
                        .call(
                                "PATCH",
                                "clients/" + World.SHOP,
                                "{\"jwt_configuration\":{\"alg\":\"" + algorithm + "\"}}")
                        .status());
    }
}
