package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import static segue.acceptance.DpopDevice.NO_PROOF;
import static segue.acceptance.DpopDevice.assertRefused;
import static segue.acceptance.DpopDevice.issued;
import static segue.acceptance.DpopDevice.newKey;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.story.World;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// Proof of possession at the token endpoint (RFC 9449 §5 and §8; THREATS T-21): a refresh token
/// that was got with a proof is worth nothing without its key.
class DpopStory extends KinScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String REALM = "http://auth0.com/oauth/grant-type/password-realm";
    private static final String TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
    private static final String SUBJECT_TOKEN = "urn:dpop:user-id";
    private static final String CALLBACK = "org.example.demo://callback";
    private static final String SCOPE = "openid offline_access";

    private String app = "";
    private String user = "";

    @Override
    Map<String, String> database() {
        return Map.of();
    }

    @BeforeAll
    void register() {
        app = client("native", "none").path("client_id").asString();
        user = operator().createUser();
        var action =
                JSON.createObjectNode()
                        .put("name", "Believes every user id")
                        .put(
                                "code",
                                """
                                exports.onExecuteCustomTokenExchange = async (event, api) =>
                                  api.authentication.setUserById(event.transaction.subject_token);
                                """)
                        .put("deploy", true);
        action.putArray("supported_triggers")
                .addObject()
                .put("id", "custom-token-exchange")
                .put("version", "v1");
        var id = create("actions/actions", action.toString()).path("id").asString();
        create(
                "token-exchange-profiles",
                """
                {"name":"User ids","subject_token_type":"%s","action_id":"%s","type":"custom_authentication"}
                """
                        .formatted(SUBJECT_TOKEN, id));
    }

    private JsonNode client(String type, String method) {
        return create(
                "clients",
                """
                {"name":"App","app_type":"%s","token_endpoint_auth_method":"%s",
                 "callbacks":["%s"],"web_origins":["https://spa.example"],
                 "grant_types":["authorization_code","refresh_token","password","%s","%s"],
                 "refresh_token":{"rotation_type":"rotating","expiration_type":"expiring","leeway":0},
                 "token_exchange":{"allow_any_profile_of_type":["custom_authentication"]},
                 "session_transfer":{"can_create_session_transfer_token":true}}
                """
                        .formatted(type, method, CALLBACK, REALM, TOKEN_EXCHANGE));
    }

    private DpopDevice device() {
        return new DpopDevice(issuer(), app, newKey()).fetchNonce();
    }

    /// A refresh token that is bound to the key of a device.
    private String bound(DpopDevice device) {
        return issued(device.token(passwordRealm(user), device.proving())).text("refresh_token");
    }

    private static Map<String, String> passwordRealm(String user) {
        return Map.of(
                "grant_type",
                REALM,
                "realm",
                "Username-Password-Authentication",
                "username",
                user,
                "password",
                Operator.PASSWORD,
                "scope",
                SCOPE);
    }

    private Map<String, String> code() {
        var pkce = Pkce.fresh();
        var query =
                Map.of(
                        "client_id",
                        app,
                        "response_type",
                        "code",
                        "redirect_uri",
                        CALLBACK,
                        "scope",
                        SCOPE,
                        "code_challenge",
                        pkce.challenge(),
                        "code_challenge_method",
                        "S256");
        var browser = new BrowserJar(wire());
        var page = browser.openUntilAway(Wire.with(issuer().resolve("authorize"), query));
        var filled = Map.of("username", user, "password", Operator.PASSWORD);
        return Map.of(
                "grant_type",
                "authorization_code",
                "code",
                browser.submitUntilAway(page, filled).parameter("code").orElseThrow(),
                "redirect_uri",
                CALLBACK,
                "code_verifier",
                pkce.verifier());
    }

    private Map<String, String> opening(String grant) {
        return switch (grant) {
            case "authorization_code" -> code();
            case "password-realm" -> passwordRealm(user);
            case "password" ->
                    Map.of(
                            "grant_type",
                            "password",
                            "username",
                            user,
                            "password",
                            Operator.PASSWORD,
                            "scope",
                            SCOPE);
            case "token-exchange" ->
                    Map.of(
                            "grant_type",
                            TOKEN_EXCHANGE,
                            "subject_token",
                            userId(user),
                            "subject_token_type",
                            SUBJECT_TOKEN,
                            "scope",
                            SCOPE);
            default -> throw new IllegalArgumentException(grant);
        };
    }

    private long failures() {
        return operator().log("type:fertft").size();
    }

    /// THREATS R21.2.
    @ParameterizedTest
    @ValueSource(strings = {"authorization_code", "password-realm", "password", "token-exchange"})
    void aTokenThatWasGotWithAProofIsWorthNothingWithoutItsKey(String grant) {
        var device = device();
        var thief = device();
        var answer = issued(device.token(opening(grant), device.proving()));
        // What resource servers would accept from anybody isn't called anything else.
        assertThat(answer.text("token_type")).isEqualTo("DPoP");
        var bound = answer.text("refresh_token");
        var before = failures();
        assertRefused(thief.refresh(bound, NO_PROOF), 400, "invalid_dpop_proof");
        assertRefused(thief.exchange(bound, NO_PROOF), 400, "invalid_dpop_proof");
        assertRefused(thief.refresh(bound, thief.proving()), 403, "invalid_grant");
        assertRefused(thief.exchange(bound, thief.proving()), 403, "invalid_grant");
        assertThat(failures()).isEqualTo(before + 4);
        var refreshed = issued(device.refresh(bound, device.proving())).text("refresh_token");
        assertRefused(thief.refresh(refreshed, NO_PROOF), 400, "invalid_dpop_proof");
        var exchanged = issued(device.exchange(refreshed, device.proving()));
        assertThat(exchanged.text("token_type")).isEqualTo("N_A");
        var last = exchanged.text("refresh_token");
        assertRefused(thief.exchange(last, thief.proving()), 403, "invalid_grant");
        issued(device.refresh(last, device.proving()));
    }

    private record Bad(String name, String error, Function<DpopDevice, List<String>> fields) {}

    private static Bad bad(String name, Function<DpopDevice, String> proof) {
        return new Bad(name, "invalid_dpop_proof", device -> List.of(proof.apply(device)));
    }

    private static Bad says(String name, UnaryOperator<JWTClaimsSet.Builder> change) {
        return bad(name, device -> device.proof(change));
    }

    private static Bad lacksNonce(String name, UnaryOperator<JWTClaimsSet.Builder> change) {
        return new Bad(name, "use_dpop_nonce", device -> List.of(device.proof(change)));
    }

    private static Date in(long seconds) {
        return Date.from(Instant.now().plusSeconds(seconds));
    }

    private static String byRsa(DpopDevice device) {
        try {
            var rsa = new RSAKeyGenerator(2048).generate();
            return device.signed(
                    "dpop+jwt",
                    JWSAlgorithm.RS256,
                    rsa.toPublicJWK(),
                    new RSASSASigner(rsa),
                    it -> it);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String byPublicKeyAsSecret(DpopDevice device) {
        var jwk = device.key().toPublicJWK();
        try {
            return device.signed(
                    "dpop+jwt",
                    JWSAlgorithm.HS256,
                    jwk,
                    new MACSigner(jwk.toJSONString().getBytes(StandardCharsets.UTF_8)),
                    it -> it);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final String HEADER = "{\"typ\":\"dpop+jwt\",\"alg\":\"%s\",\"jwk\":%s}";

    private static List<Bad> everyBadProof() {
        return List.of(
                says("for another URL", it -> it.claim("htu", "https://evil.example/oauth/token")),
                says("for no URL", it -> it.claim("htu", null)),
                says("for another method", it -> it.claim("htm", "GET")),
                says("made too long ago", it -> it.issueTime(in(-90))),
                says("made in the future", it -> it.issueTime(in(90))),
                says("made at no time", it -> it.issueTime(null)),
                says("without a jti", it -> it.jwtID(null)),
                says("with an endless jti", it -> it.jwtID("1".repeat(129))),
                says("too long", it -> it.claim("padding", "x".repeat(4096))),
                lacksNonce("without a nonce", it -> it.claim("nonce", null)),
                lacksNonce("with a nonce of its own", it -> it.claim("nonce", "made-up")),
                bad(
                        "of another type",
                        device ->
                                device.signed(
                                        "JWT",
                                        JWSAlgorithm.ES256,
                                        device.key().toPublicJWK(),
                                        device.signer(),
                                        it -> it)),
                bad(
                        "signed by another key",
                        device ->
                                device.signed(
                                        "dpop+jwt",
                                        JWSAlgorithm.ES256,
                                        newKey().toPublicJWK(),
                                        device.signer(),
                                        it -> it)),
                bad("by RS256", DpopStory::byRsa),
                bad("by HS256", DpopStory::byPublicKeyAsSecret),
                bad(
                        "by none",
                        device ->
                                device.withHeader(
                                                HEADER.formatted(
                                                        "none", device.key().toPublicJWK()))
                                        .replaceFirst("[^.]*$", "")),
                bad(
                        "with a private key",
                        device -> device.withHeader(HEADER.formatted("ES256", device.key()))),
                bad(
                        "without a key",
                        device -> device.withHeader("{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\"}")),
                bad("that is no JWS", _ -> "nonsense"),
                bad("that is empty", _ -> ""),
                new Bad(
                        "that is two",
                        "invalid_dpop_proof",
                        device -> List.of(device.proof(), device.proof())),
                bad("that is two in one", device -> device.proof() + ", " + device.proof()));
    }

    @TestFactory
    Stream<DynamicTest> aProofThatIsNoneChangesNothing() {
        var device = device();
        return everyBadProof().stream()
                .map(
                        bad ->
                                DynamicTest.dynamicTest(
                                        bad.name(),
                                        () -> {
                                            var bound = bound(device);
                                            DpopDevice.Proofs proofs =
                                                    () -> bad.fields().apply(device);
                                            assertRefused(
                                                    device.refresh(bound, proofs),
                                                    400,
                                                    bad.error());
                                            assertRefused(
                                                    device.exchange(bound, proofs),
                                                    400,
                                                    bad.error());
                                            issued(device.refresh(bound, device.proving()));
                                        }));
    }

    /// THREATS R21.1: neither the token rotates nor the code burns nor the password is tried.
    @Test
    void aProofThatWasUsedBeforeChangesNothing() {
        var device = device();
        var proof = device.proof();
        DpopDevice.Proofs again = () -> List.of(proof);
        var bound = issued(device.token(passwordRealm(user), again)).text("refresh_token");
        assertRefused(device.refresh(bound, again), 400, "invalid_dpop_proof");
        assertRefused(device.exchange(bound, again), 400, "invalid_dpop_proof");
        issued(device.refresh(bound, device.proving()));
        var code = code();
        assertRefused(device.token(code, again), 400, "invalid_dpop_proof");
        issued(device.token(code, device.proving()));
    }

    @Test
    void theSecondUseOfATokenByItsOwnKeyIsABreachAsEver() {
        var device = device();
        var first = bound(device);
        var second = issued(device.refresh(first, device.proving())).text("refresh_token");
        // Without the key it isn't.
        assertRefused(device.refresh(first, NO_PROOF), 400, "invalid_dpop_proof");
        var third = issued(device.refresh(second, device.proving())).text("refresh_token");
        assertRefused(device.refresh(first, device.proving()), 403, "invalid_grant");
        assertRefused(device.refresh(third, device.proving()), 403, "invalid_grant");
    }

    @Test
    void withoutAProofEverythingIsAsBefore() {
        var device = device();
        var answer = issued(device.token(passwordRealm(user), NO_PROOF));
        assertThat(answer.headers().firstValue("DPoP-Nonce")).isEmpty();
        var refreshed = issued(device.refresh(answer.text("refresh_token"), NO_PROOF));
        // A proof that comes later binds nothing.
        var again = issued(device.refresh(refreshed.text("refresh_token"), device.proving()));
        assertThat(again.headers().firstValue("DPoP-Nonce")).isPresent();
        issued(device.refresh(again.text("refresh_token"), NO_PROOF));
    }

    @Test
    void aConfidentialClientIsBoundByItsAuthenticationAlready() {
        var device = device();
        var client = client("regular_web", "client_secret_post");
        var secrets =
                Map.of(
                        "client_id",
                        client.path("client_id").asString(),
                        "client_secret",
                        client.path("client_secret").asString());
        var fields = new LinkedHashMap<>(passwordRealm(user));
        fields.putAll(secrets);
        var answer = issued(device.token(fields, device.proving()));
        var refresh = new LinkedHashMap<>(secrets);
        refresh.put("grant_type", "refresh_token");
        refresh.put("refresh_token", answer.text("refresh_token"));
        issued(device.token(refresh, NO_PROOF));
        // A proof that isn't one is refused all the same.
        assertRefused(device.token(fields, () -> List.of("nonsense")), 400, "invalid_dpop_proof");
    }

    /// Whoever found a token may end it (RFC 7009); that takes nothing from its owner but itself.
    @Test
    void aBoundTokenIsRevokedWithoutAProof() {
        var device = device();
        var bound = bound(device);
        var revoked =
                wire().postForm(
                                issuer().resolve("oauth/revoke"),
                                Map.of("client_id", app, "token", bound),
                                Map.of());
        assertThat(revoked.status()).isEqualTo(200);
        assertRefused(device.refresh(bound, device.proving()), 403, "invalid_grant");
    }

    /// Contract authentication-api §1.3.
    @Test
    void aWebPageCanReadTheNonce() {
        var device = device();
        for (var answer :
                List.of(
                        device.refresh(
                                "unknown",
                                () -> List.of(device.proof(it -> it.claim("nonce", null)))),
                        device.refresh(bound(device), device.proving()))) {
            assertThat(answer.headers().firstValue("DPoP-Nonce")).isPresent();
            assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
                    .hasValue("https://spa.example");
            assertThat(answer.headers().firstValue("Access-Control-Expose-Headers").orElseThrow())
                    .contains("DPoP-Nonce");
        }
    }

    /// THREATS R21.1: the nonce of one node is good at another, and what was used at one is used at
    /// the other.
    @Test
    void twoNodesOnOnePostgresqlShareNoncesAndReplays() throws Exception {
        try (var postgres = new PostgresServer();
                var one = new World(0, postgres.settings());
                var other = new World(0, postgres.settings())) {
            var operator =
                    new Operator(
                            wire(),
                            one.issuer(),
                            postgres.settings().getOrDefault("bootstrap.client-id", ""),
                            postgres.settings().getOrDefault("bootstrap.client-secret", ""));
            var here = new DpopDevice(one.issuer(), World.APP, newKey());
            here.fetchNonce();
            var there = here.at(other.issuer());
            var signIn = passwordRealm(operator.createUser());
            var bound = issued(there.token(signIn, there.proving())).text("refresh_token");
            DpopDevice.Proofs once = () -> List.of(here.proof(it -> it.jwtID("once")));
            DpopDevice.Proofs onceMore = () -> List.of(there.proof(it -> it.jwtID("once")));
            var successor = issued(here.refresh(bound, once)).text("refresh_token");
            assertRefused(there.refresh(successor, onceMore), 400, "invalid_dpop_proof");
            issued(there.refresh(successor, there.proving()));
        }
    }
}
