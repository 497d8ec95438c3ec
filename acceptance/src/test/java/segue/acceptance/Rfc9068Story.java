package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.browser.BrowserJar;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// RFC 9068, access tokens that are JWTs, section by section: those of an API whose `token_dialect`
/// is `rfc9068_profile` (contract authentication-api §8.2).
class Rfc9068Story extends CodeFlowScene {
    private final String api = "https://" + UUID.randomUUID() + ".example";
    private Optional<BrowserJar> signedIn = Optional.empty();

    Rfc9068Story() {
        super(Map.of());
    }

    @BeforeAll
    void createTheApi() {
        create(
                "resource-servers",
                """
                {"identifier":"%s","token_dialect":"rfc9068_profile","token_lifetime":1200,
                 "allow_offline_access":true,"scopes":[{"value":"read:notes"}],
                 "skip_consent_for_verifiable_first_party_clients":true}
                """
                        .formatted(api));
        signedIn = Optional.of(signedInByHand(browser()));
    }

    private JsonNode create(String path, String body) {
        var answer = operator().call("POST", path, body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return answer.json();
    }

    private Answer tokens(String scope) {
        return redeem(ask(signedIn.orElseThrow(), "audience", api, "scope", scope));
    }

    private static SignedJWT jwt(Answer tokens) {
        try {
            return SignedJWT.parse(tokens.text("access_token"));
        } catch (ParseException e) {
            throw new AssertionError(e);
        }
    }

    /// Of a client for itself.
    private Answer machine() {
        var machine = create("clients", "{\"name\":\"machine\",\"app_type\":\"non_interactive\"}");
        var id = machine.path("client_id").asString();
        create(
                "client-grants",
                "{\"client_id\":\"%s\",\"audience\":\"%s\",\"scope\":[\"read:notes\"]}"
                        .formatted(id, api));
        return token(
                Map.of(
                        "grant_type",
                        "client_credentials",
                        "client_id",
                        id,
                        "client_secret",
                        machine.path("client_secret").asString(),
                        "audience",
                        api));
    }

    private int userinfo(String token) {
        return world().wire(HERE).get(userinfoEndpoint(), token).status();
    }

    // §2.1 Header

    /// "JWT access tokens MUST be signed" by a key that the resource server finds; "MUST include
    /// this media type in the typ header parameter".
    @Test
    void section2_1_itIsSignedByAPublishedKeyAndTyped() throws Exception {
        var keys = JWKSet.load(world().issuer().resolve(".well-known/jwks.json").toURL());
        for (var answer : List.of(tokens("openid read:notes"), machine())) {
            var token = jwt(answer);
            assertThat(token.getHeader().getType()).isEqualTo(new JOSEObjectType("at+jwt"));
            assertThat(token.getHeader().getAlgorithm().getName()).isEqualTo("RS256");
            var key = keys.getKeyByKeyId(token.getHeader().getKeyID());
            assertThat(token.verify(new RSASSAVerifier(key.toRSAKey()))).isTrue();
        }
    }

    // §2.2 Data structure

    /// `iss`, `exp`, `aud`, `sub`, `client_id`, `iat`, `jti` are REQUIRED; `scope` SHOULD be there
    /// if it was asked for (§2.2.3). There is nothing else: who the user is is for the client.
    @Test
    void section2_2_itHasTheRequiredClaimsAndNoOthers() throws Exception {
        var before = Instant.now().getEpochSecond();
        var token = jwt(tokens("openid profile email read:notes"));
        var claims = claims(token.serialize());
        assertThat(claims.propertyNames())
                .containsExactlyInAnyOrder(
                        "iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope");
        assertThat(claims.path("iss").asString()).isEqualTo(world().issuer().toString());
        assertThat(claims.path("sub").asString()).isEqualTo(userId(World.ADA));
        assertThat(claims.path("client_id").asString()).isEqualTo(World.SHOP);
        assertThat(claims.path("iat").asLong()).isBetween(before, Instant.now().getEpochSecond());
        assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(1200);
        assertThat(claims.path("scope").asString().split(" "))
                .containsExactlyInAnyOrder("openid", "profile", "email", "read:notes");
    }

    /// "The jti claim": one token's alone.
    @Test
    void section2_2_theIdentifierIsItsOwn() {
        var tokens = tokens("openid offline_access");
        assertThat(
                        List.of(
                                jti(tokens),
                                jti(refresh(tokens)),
                                jti(tokens("openid")),
                                jti(machine())))
                .doesNotHaveDuplicates()
                .allSatisfy(it -> assertThat(it).hasSizeGreaterThanOrEqualTo(20));
    }

    private static String jti(Answer tokens) {
        return claims(tokens.text("access_token")).path("jti").asString();
    }

    /// "In cases of access tokens obtained through grants where no resource owner is involved [...]
    /// the value of sub SHOULD correspond to an identifier the authorization server uses to
    /// indicate the client application"; §5: it can be no user's.
    @Test
    void section2_2_theSubjectOfAMachineIsTheMachine() {
        var claims = claims(machine().text("access_token"));
        var id = claims.path("client_id").asString();
        assertThat(claims.path("sub").asString()).isEqualTo(id + "@clients");
        assertThat(userId(World.ADA)).startsWith("auth0|");
    }

    // §3 Requesting a JWT access token

    /// "The resulting JWT access token MUST have the aud claim set to" what was asked for; "the
    /// authorization server MUST" not mix the scopes of others in: `/userinfo`, to which `openid`
    /// belongs, is the one other audience.
    @Test
    void section3_theAudienceIsWhatWasAskedFor() {
        assertThat(claims(tokens("read:notes").text("access_token")).path("aud").asString())
                .isEqualTo(api);
        var both = claims(tokens("openid read:notes").text("access_token")).path("aud");
        assertThat(both.valueStream().map(JsonNode::asString))
                .containsExactly(api, userinfoEndpoint().toString());
        assertThat(
                        claims(tokens("openid read:orders").text("access_token"))
                                .path("scope")
                                .asString())
                .isEqualTo("openid");
    }

    // §4 Validating JWT access tokens, at the resource that is ours

    /// "The resource server MUST validate" signature, issuer, audience and expiry.
    @Test
    void section4_aGoodOneIsTaken() {
        assertThat(userinfo(tokens("openid").text("access_token"))).isEqualTo(200);
    }

    /// "The resource server MUST validate that the aud claim contains a resource indicator value
    /// corresponding to an identifier the resource server expects for itself."
    @Test
    void section4_oneForOthersIsRefused() {
        assertThat(userinfo(tokens("read:notes").text("access_token"))).isEqualTo(401);
        assertThat(userinfo(machine().text("access_token"))).isEqualTo(401);
        var uri = world().issuer().resolve("api/v2/clients");
        var token = tokens("openid").text("access_token");
        assertThat(world().wire(HERE).get(uri, token).status()).isEqualTo(401);
    }

    /// "The resource server MUST reject any JWT in which the value of alg is none", any that says
    /// another type, and any that was changed.
    @ParameterizedTest
    @CsvSource({
        "typ, JWT",
        "typ, id_token",
        "typ, logout+jwt",
        "alg, none",
        "alg, HS256",
        "alg, PS256",
        "kid, unknown"
    })
    void section4_anotherHeaderIsRefused(String name, String value) {
        var parts = tokens("openid").text("access_token").split("\\.", -1);
        var header =
                new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8)
                        .replaceFirst(
                                "\"%s\":\"[^\"]*\"".formatted(name),
                                "\"%s\":\"%s\"".formatted(name, value));
        var changed = encoded(header) + "." + parts[1] + ".";
        assertThat(userinfo(changed + parts[2])).isEqualTo(401);
        assertThat(userinfo(changed)).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource({
        "sub, auth0|other",
        "client_id, other",
        "scope, openid email",
        "iss, https://a.example/"
    })
    void section4_otherClaimsAreRefused(String name, String value) {
        var parts = tokens("openid").text("access_token").split("\\.", -1);
        var claims =
                new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8)
                        .replaceFirst(
                                "\"%s\":\"[^\"]*\"".formatted(name),
                                "\"%s\":\"%s\"".formatted(name, value));
        assertThat(userinfo(parts[0] + "." + encoded(claims) + "." + parts[2])).isEqualTo(401);
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    // §5 Security considerations

    /// "Explicit typing" keeps ID tokens and access tokens apart, in both directions: with an
    /// access token nobody is signed out.
    @Test
    void section5_anIdTokenIsNoAccessTokenAndNoneIsAnIdToken() {
        var browser = signedInByHand(browser());
        var tokens = redeem(ask(browser, "audience", api, "scope", "openid"));
        assertThat(userinfo(tokens.text("id_token"))).isEqualTo(401);
        var logout = world().issuer().resolve("oidc/logout");
        browser.openUntilAway(
                Wire.with(logout, Map.of("id_token_hint", tokens.text("access_token"))));
        assertThat(isSignedIn(browser)).isTrue();
        browser.openUntilAway(Wire.with(logout, Map.of("id_token_hint", tokens.text("id_token"))));
        assertThat(isSignedIn(browser)).isFalse();
    }
}
