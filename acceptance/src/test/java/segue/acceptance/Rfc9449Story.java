package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import static segue.acceptance.DpopDevice.NO_PROOF;
import static segue.acceptance.DpopDevice.issued;
import static segue.acceptance.DpopDevice.newKey;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.browser.BrowserJar;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// RFC 9449 where access tokens are used and codes are bound: sections 5 to 7 and 10. What the
/// token endpoint asks of a proof, and refresh tokens, are [DpopStory]'s.
class Rfc9449Story extends KinScene {
    private static final String REALM = "http://auth0.com/oauth/grant-type/password-realm";
    private static final String API = "https://dpop.example";
    private static final String CALLBACK = "org.example.dpop://callback";

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
        create(
                "resource-servers",
                """
                {"name":"Orders","identifier":"%s","allow_offline_access":true,
                 "skip_consent_for_verifiable_first_party_clients":true,
                 "scopes":[{"value":"read:orders"}]}
                """
                        .formatted(API));
    }

    private JsonNode client(String type, String method) {
        return create(
                "clients",
                """
                {"name":"App","app_type":"%s","token_endpoint_auth_method":"%s","callbacks":["%s"],
                 "web_origins":["https://spa.example"],
                 "grant_types":["authorization_code","refresh_token","client_credentials","%s"],
                 "refresh_token":{"rotation_type":"rotating","expiration_type":"expiring","leeway":0}}
                """
                        .formatted(type, method, CALLBACK, REALM));
    }

    private DpopDevice device() {
        return new DpopDevice(issuer(), app, newKey()).fetchNonce();
    }

    private Map<String, String> signIn(String scope, Optional<String> audience) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("grant_type", REALM);
        fields.put("realm", "Username-Password-Authentication");
        fields.put("username", user);
        fields.put("password", Operator.PASSWORD);
        fields.put("scope", scope);
        audience.ifPresent(it -> fields.put("audience", it));
        return fields;
    }

    private Answer token(DpopDevice device, Optional<String> audience) {
        return issued(device.token(signIn("openid offline_access", audience), device.proving()));
    }

    private URI userinfo() {
        return issuer().resolve("userinfo");
    }

    private static String challenge(Answer answer) {
        return answer.headers().firstValue("WWW-Authenticate").orElseThrow();
    }

    // §5 Access token request, §6 confirmation

    @ParameterizedTest
    @CsvSource({"''", API})
    void section5_theTokenIsOfTypeDpopAndNamesTheKey(String audience) {
        var device = device();
        var named = Optional.of(audience).filter(it -> !it.isEmpty());
        var answer = token(device, named);
        assertThat(answer.text("token_type")).isEqualTo("DPoP");
        var refreshed = issued(device.refresh(answer.text("refresh_token"), device.proving()));
        assertThat(refreshed.text("token_type")).isEqualTo("DPoP");
        if (named.isPresent())
            for (var each : List.of(answer, refreshed)) {
                var claims = BrowserScene.claims(each.text("access_token"));
                assertThat(claims.path("cnf").path("jkt").asString())
                        .isEqualTo(device.thumbprint());
            }
    }

    @Test
    void section5_withoutAProofItIsABearerTokenThatNamesNoKey() {
        var answer = issued(device().token(signIn("openid", Optional.of(API)), NO_PROOF));
        assertThat(answer.text("token_type")).isEqualTo("Bearer");
        assertThat(BrowserScene.claims(answer.text("access_token")).has("cnf")).isFalse();
    }

    @Test
    void section5_aClientsOwnTokenIsBoundToo() {
        var machine = client("non_interactive", "client_secret_post");
        create(
                "client-grants",
                """
                {"client_id":"%s","audience":"%s","scope":["read:orders"]}
                """
                        .formatted(machine.path("client_id").asString(), API));
        var device = new DpopDevice(issuer(), machine.path("client_id").asString(), newKey());
        var fields =
                Map.of(
                        "grant_type",
                        "client_credentials",
                        "client_secret",
                        machine.path("client_secret").asString(),
                        "audience",
                        API);
        assertThat(device.token(fields, device.proving()).text("error"))
                .isEqualTo("use_dpop_nonce");
        var answer = issued(device.token(fields, device.proving()));
        assertThat(answer.text("token_type")).isEqualTo("DPoP");
        assertThat(
                        BrowserScene.claims(answer.text("access_token"))
                                .path("cnf")
                                .path("jkt")
                                .asString())
                .isEqualTo(device.thumbprint());
    }

    /// §5.2; the name is Auth0's.
    @Test
    void section5_2_aClientThatMustProveGetsNothingWithoutAProof() {
        var strict = client("native", "none").path("client_id").asString();
        operator().patchClient(strict, "{\"require_proof_of_possession\":true}");
        var device = new DpopDevice(issuer(), strict, newKey()).fetchNonce();
        DpopDevice.assertRefused(
                device.token(signIn("openid", Optional.empty()), NO_PROOF),
                400,
                "invalid_dpop_proof");
        issued(device.token(signIn("openid", Optional.empty()), device.proving()));
    }

    // §7 Protected resource access

    @ParameterizedTest
    @CsvSource({"''", API})
    void section7_1_theOwnerOfTheKeyUsesIt(String audience) {
        var device = device();
        var named = Optional.of(audience).filter(it -> !it.isEmpty());
        var token = token(device, named).text("access_token");
        var answer = device.use(userinfo(), token);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        assertThat(answer.text("sub")).isEqualTo(userId(user));
        assertThat(answer.headers().firstValue("DPoP-Nonce")).isPresent();
        assertThat(answer.headers().firstValue("Access-Control-Expose-Headers").orElseThrow())
                .contains("DPoP-Nonce");
    }

    @ParameterizedTest
    @CsvSource({"''", API})
    void section7_2_aBoundTokenIsNoBearerToken(String audience) {
        var device = device();
        var named = Optional.of(audience).filter(it -> !it.isEmpty());
        var token = token(device, named).text("access_token");
        var plain = device.use(userinfo(), "Bearer", token, NO_PROOF);
        assertThat(plain.status()).isEqualTo(401);
        assertThat(challenge(plain)).isEqualTo("Bearer error=\"invalid_token\"");
        var proved =
                device.use(
                        userinfo(),
                        "Bearer",
                        token,
                        () -> List.of(device.proofFor("GET", userinfo(), token)));
        assertThat(proved.status()).isEqualTo(401);
    }

    @Test
    void section7_1_aBearerTokenIsNotUsedAsABoundOne() {
        var device = device();
        var token =
                issued(device.token(signIn("openid", Optional.empty()), NO_PROOF))
                        .text("access_token");
        var answer = device.use(userinfo(), token);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(challenge(answer)).isEqualTo("DPoP error=\"invalid_token\", algs=\"ES256\"");
        assertThat(device.use(userinfo(), "Bearer", token, NO_PROOF).status()).isEqualTo(200);
    }

    @Test
    void section7_1_aThiefWithAnotherKeyIsRefused() {
        var token = token(device(), Optional.empty()).text("access_token");
        var thief = device();
        var answer = thief.use(userinfo(), token);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.text("error")).isEqualTo("invalid_token");
    }

    @Test
    void section7_1_theSchemeWithoutAProofIsRefused() {
        var device = device();
        var token = token(device, Optional.empty()).text("access_token");
        var answer = device.use(userinfo(), "DPoP", token, NO_PROOF);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.text("error")).isEqualTo("invalid_dpop_proof");
        assertThat(challenge(answer))
                .isEqualTo("DPoP error=\"invalid_dpop_proof\", algs=\"ES256\"");
    }

    /// §4.3, points 8 to 11.
    @Test
    void section4_3_aProofIsForThisRequestAndThisToken() {
        var device = device();
        var token = token(device, Optional.empty()).text("access_token");
        var other = token(device, Optional.empty()).text("access_token");
        for (var proof :
                List.of(
                        device.proofFor("POST", userinfo(), token),
                        device.proofFor("GET", issuer().resolve("oauth/token"), token),
                        device.proofFor("GET", userinfo(), other),
                        device.proof(it -> it.claim("htm", "GET").claim("htu", userinfo() + "")))) {
            var answer = device.use(userinfo(), "DPoP", token, () -> List.of(proof));
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.text("error")).isEqualTo("invalid_dpop_proof");
        }
    }

    /// §11.1.
    @Test
    void section11_1_aProofIsGoodOnce() {
        var device = device();
        var token = token(device, Optional.empty()).text("access_token");
        var proof = device.proofFor("GET", userinfo(), token);
        assertThat(device.use(userinfo(), "DPoP", token, () -> List.of(proof)).status())
                .isEqualTo(200);
        var again = device.use(userinfo(), "DPoP", token, () -> List.of(proof));
        assertThat(again.status()).isEqualTo(401);
        assertThat(again.text("error")).isEqualTo("invalid_dpop_proof");
    }

    // §9 Nonce of a resource server

    @Test
    void section9_withoutANonceTheAnswerBringsOne() {
        var device = device();
        var token = token(device, Optional.empty()).text("access_token");
        var newcomer = device.forgetful();
        var answer = newcomer.use(userinfo(), token);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.text("error")).isEqualTo("use_dpop_nonce");
        assertThat(challenge(answer)).isEqualTo("DPoP error=\"use_dpop_nonce\", algs=\"ES256\"");
        assertThat(newcomer.use(userinfo(), token).status()).isEqualTo(200);
    }

    // §7 at the Management API

    @Test
    void theManagementApiAsksForTheProofOfABoundTokenToo() {
        var machine = client("non_interactive", "client_secret_post");
        var id = machine.path("client_id").asString();
        var audience = issuer() + "api/v2/";
        create(
                "client-grants",
                """
                {"client_id":"%s","audience":"%s","scope":["read:clients"]}
                """
                        .formatted(id, audience));
        var device = new DpopDevice(issuer(), id, newKey());
        var fields =
                Map.of(
                        "grant_type",
                        "client_credentials",
                        "client_secret",
                        machine.path("client_secret").asString(),
                        "audience",
                        audience);
        device.token(fields, device.proving());
        var token = issued(device.token(fields, device.proving())).text("access_token");
        var clients = issuer().resolve("api/v2/clients");
        assertThat(device.use(clients, token).status()).isEqualTo(200);
        var stolen = device.use(clients, "Bearer", token, NO_PROOF);
        assertThat(stolen.status()).isEqualTo(401);
        var thief = device();
        assertThat(thief.use(clients, token).status()).isEqualTo(401);
        var forgetful = device.forgetful().use(clients, token);
        assertThat(forgetful.text("errorCode")).isEqualTo("use_dpop_nonce");
        assertThat(challenge(forgetful)).isEqualTo("DPoP error=\"use_dpop_nonce\", algs=\"ES256\"");
    }

    // §10 Authorization code binding

    private record Coded(String code, Pkce pkce) {}

    private Coded code(Map<String, String> more) {
        var pkce = Pkce.fresh();
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", app);
        query.put("response_type", "code");
        query.put("redirect_uri", CALLBACK);
        query.put("scope", "openid");
        query.put("code_challenge", pkce.challenge());
        query.put("code_challenge_method", "S256");
        query.putAll(more);
        var browser = new BrowserJar(wire());
        var page = browser.openUntilAway(Wire.with(issuer().resolve("authorize"), query));
        var filled = Map.of("username", user, "password", Operator.PASSWORD);
        return new Coded(
                browser.submitUntilAway(page, filled).parameter("code").orElseThrow(), pkce);
    }

    private Answer exchange(Coded coded, DpopDevice device, DpopDevice.Proofs proofs) {
        return device.token(
                Map.of(
                        "grant_type",
                        "authorization_code",
                        "code",
                        coded.code(),
                        "redirect_uri",
                        CALLBACK,
                        "code_verifier",
                        coded.pkce().verifier()),
                proofs);
    }

    @Test
    void section10_aCodeThatNamesAKeyIsWorthNothingWithoutIt() {
        var device = device();
        var bound = Map.of("dpop_jkt", device.thumbprint());
        issued(exchange(code(bound), device, device.proving()));
        var thief = device();
        var stolen = exchange(code(bound), thief, thief.proving());
        assertThat(stolen.status()).isEqualTo(403);
        assertThat(stolen.text("error")).isEqualTo("invalid_grant");
        assertThat(exchange(code(bound), device, NO_PROOF).text("error"))
                .isEqualTo("invalid_grant");
    }

    @Test
    void section10_aMalformedThumbprintIsRefused() {
        var query =
                Map.of(
                        "client_id",
                        app,
                        "response_type",
                        "code",
                        "redirect_uri",
                        CALLBACK,
                        "code_challenge",
                        Pkce.fresh().challenge(),
                        "code_challenge_method",
                        "S256",
                        "dpop_jkt",
                        "short");
        var page =
                new BrowserJar(wire())
                        .openUntilAway(Wire.with(issuer().resolve("authorize"), query));
        assertThat(page.parameter("error")).hasValue("invalid_request");
    }

    private Answer push(DpopDevice device, Pkce pkce, Map<String, String> more) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("client_id", app);
        fields.put("response_type", "code");
        fields.put("redirect_uri", CALLBACK);
        fields.put("scope", "openid");
        fields.put("code_challenge", pkce.challenge());
        fields.put("code_challenge_method", "S256");
        fields.putAll(more);
        var par = issuer().resolve("oauth/par");
        return device.post(
                par, fields, () -> List.of(device.proof(it -> it.claim("htu", par.toString()))));
    }

    @Test
    void section10_1_aProofAtThePushBindsTheCode() {
        var device = device();
        var pkce = Pkce.fresh();
        var pushed = push(device, pkce, Map.of());
        assertThat(pushed.status()).as("%s", pushed.json()).isEqualTo(201);
        var browser = new BrowserJar(wire());
        var query = Map.of("client_id", app, "request_uri", pushed.text("request_uri"));
        var page = browser.openUntilAway(Wire.with(issuer().resolve("authorize"), query));
        var filled = Map.of("username", user, "password", Operator.PASSWORD);
        var code = browser.submitUntilAway(page, filled).parameter("code").orElseThrow();
        var thief = device();
        assertThat(exchange(new Coded(code, pkce), thief, thief.proving()).text("error"))
                .isEqualTo("invalid_grant");
    }

    @Test
    void section10_1_aProofThatContradictsTheRequestIsRefused() {
        var device = device();
        var other = Map.of("dpop_jkt", device().thumbprint());
        var answer = push(device, Pkce.fresh(), other);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("error")).isEqualTo("invalid_dpop_proof");
        var own = push(device, Pkce.fresh(), Map.of("dpop_jkt", device.thumbprint()));
        assertThat(own.status()).isEqualTo(201);
    }

    @Test
    void section10_1_aBrokenProofAtThePushIsRefusedWithANonce() {
        var device = device();
        var par = issuer().resolve("oauth/par");
        var answer = device.post(par, Map.of("client_id", app), () -> List.of("nonsense"));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("error")).isEqualTo("invalid_dpop_proof");
        assertThat(answer.headers().firstValue("DPoP-Nonce")).isPresent();
    }
}
