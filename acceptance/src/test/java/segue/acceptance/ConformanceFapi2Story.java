package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jwt.JWTClaimsSet;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;

/// The modules of `fapi2-security-profile-final-test-plan` for `private_key_jwt`, DPoP, OpenID
/// Connect, unsigned requests and plain responses (FAPI 2.0 Security Profile), each a test of its
/// name without that prefix. The protected resource is `/userinfo`. What the suite asks of TLS is
/// [TlsStory]'s and the operator's.
class ConformanceFapi2Story extends ConformanceScene {
    private static final UnaryOperator<JWTClaimsSet.Builder> AS_IS = UnaryOperator.identity();

    /// A client of the suite.
    ///
    /// @param algorithm of its ID tokens
    private record Client(Rp rp, Assertions assertions, String algorithm) {
        String id() {
            return rp.id();
        }
    }

    /// What a user has allowed.
    private record Allowed(Client client, Map<String, String> request, Pkce pkce, String code) {
        /// The token request, without what authenticates the client.
        Map<String, String> exchange(String... pairs) {
            return CodeFlowScene.with(
                    Map.of(
                            "grant_type",
                            "authorization_code",
                            "code",
                            code,
                            "redirect_uri",
                            client.rp().callback(),
                            "code_verifier",
                            pkce.verifier()),
                    pairs);
        }
    }

    private Optional<Client> es256 = Optional.empty();
    private Optional<Client> ps256 = Optional.empty();
    private String user = "";

    ConformanceFapi2Story() {
        super(Map.of());
    }

    @BeforeAll
    void register() {
        change("tenants/settings", "{\"pushed_authorization_requests_supported\":true}");
        es256 = Optional.of(fapi(JWSAlgorithm.ES256, CALLBACK, true));
        ps256 = Optional.of(fapi(JWSAlgorithm.PS256, SECOND_CALLBACK, true));
        user = somebody();
    }

    private Client first() {
        return es256.orElseThrow();
    }

    private Client second() {
        return ps256.orElseThrow();
    }

    /// A client as `docs/conformance.md` has it registered: one that signs by ES256 wants its ID
    /// tokens so, too.
    private Client fapi(JWSAlgorithm algorithm, String callback, boolean isFirstParty) {
        var keys = Assertions.keys(algorithm);
        var client =
                create(
                        "clients",
                        """
                        {"name":"Conformance suite","app_type":"regular_web","callbacks":["%s"],
                         "is_first_party":%s,"compliance_level":"fapi2_sp_pkj_mtls",
                         "grant_types":["authorization_code","refresh_token"],
                         "jwt_configuration":{"alg":"%s"},
                         "client_authentication_methods":{"private_key_jwt":{"credentials":[
                             {"credential_type":"public_key","name":"A key","alg":"%s","pem":"%s"}]}}}
                        """
                                .formatted(
                                        callback,
                                        isFirstParty,
                                        algorithm,
                                        algorithm,
                                        Assertions.pem(keys).replace("\n", "\\n")));
        var id = client.path("client_id").asString();
        var assertions = Assertions.by(keys, algorithm, id, world().issuer());
        return new Client(new Rp(id, "", callback), assertions, algorithm.getName());
    }

    private DpopDevice device(Client client) {
        return new DpopDevice(world().issuer(), client.id(), DpopDevice.newKey());
    }

    // The steps of every module

    private Map<String, String> request(Client client, Pkce pkce, String... pairs) {
        return CodeFlowScene.with(
                request(
                        client.rp(),
                        "code_challenge",
                        pkce.challenge(),
                        "code_challenge_method",
                        "S256"),
                pairs);
    }

    private URI par() {
        return endpoint("pushed_authorization_request_endpoint");
    }

    private Answer push(Map<String, String> request, String assertion) {
        var fields = new LinkedHashMap<>(request);
        fields.putAll(Assertions.parameters(assertion));
        return world().wire(HERE).postForm(par(), fields, Map.of());
    }

    private Answer push(Client client, Map<String, String> request) {
        return push(request, client.assertions().fresh());
    }

    /// The reference of a request that was taken (RFC 9126 §2.2).
    private static String reference(Answer answer) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        assertThat(answer.headers().firstValue("Cache-Control").orElseThrow()).contains("no-store");
        // FAPI 2.0 Security Profile §5.3.2.2: less than 600 seconds.
        assertThat(answer.json().path("expires_in").asInt()).isBetween(5, 599);
        isHardToGuess(answer.text("request_uri"));
        return answer.text("request_uri");
    }

    private Page bring(BrowserJar browser, Client client, String reference, String... beside) {
        var query = Map.of("client_id", client.id(), "request_uri", reference);
        return visit(browser, CodeFlowScene.with(query, beside));
    }

    /// Pushes a request, and signs in.
    private Page answered(Client client, Map<String, String> request, String... beside) {
        var browser = browser();
        var reference = reference(push(client, request));
        return signIn(browser, bring(browser, client, reference, beside), user);
    }

    private Allowed allowed(Client client, String... pairs) {
        var pkce = Pkce.fresh();
        var request = request(client, pkce, pairs);
        return new Allowed(client, request, pkce, code(answered(client, request), request));
    }

    private Answer send(Map<String, String> fields, String assertion, DpopDevice.Proofs proofs) {
        var all = new LinkedHashMap<>(fields);
        all.putAll(Assertions.parameters(assertion));
        return DpopDevice.send(endpoint("token_endpoint"), all, proofs.fields());
    }

    /// With a proof, and once more with the nonce that the server wants (RFC 9449 §8).
    private Answer proving(
            Client client,
            DpopDevice device,
            Map<String, String> fields,
            UnaryOperator<JWTClaimsSet.Builder> proof) {
        Answer answer = proved(client, device, fields, proof);
        return answer.text("error").equals("use_dpop_nonce")
                ? proved(client, device, fields, proof)
                : answer;
    }

    private Answer proved(
            Client client,
            DpopDevice device,
            Map<String, String> fields,
            UnaryOperator<JWTClaimsSet.Builder> proof) {
        var all = new LinkedHashMap<>(fields);
        all.putAll(Assertions.parameters(client.assertions().fresh()));
        return device.post(endpoint("token_endpoint"), all, () -> List.of(device.proof(proof)));
    }

    private Flow redeem(Allowed allowed, DpopDevice device) {
        return redeem(allowed, device, AS_IS);
    }

    /// The tokens for a code, verified.
    private Flow redeem(
            Allowed allowed, DpopDevice device, UnaryOperator<JWTClaimsSet.Builder> proof) {
        var client = allowed.client();
        var tokens = isIssued(proving(client, device, allowed.exchange(), proof), "DPoP");
        var claims = idToken(tokens, client.id(), allowed.request(), client.algorithm());
        return new Flow(allowed.request(), tokens, claims);
    }

    private URI userinfo() {
        return endpoint("userinfo_endpoint");
    }

    /// A proof for the use of an access token, varied.
    private static UnaryOperator<JWTClaimsSet.Builder> using(
            URI uri, String token, UnaryOperator<JWTClaimsSet.Builder> change) {
        return it ->
                change.apply(
                        it.claim("htm", "GET")
                                .claim("htu", uri.toString())
                                .claim("ath", DpopDevice.hash(token)));
    }

    private Answer use(
            DpopDevice device,
            String scheme,
            String token,
            UnaryOperator<JWTClaimsSet.Builder> change) {
        DpopDevice.Proofs proofs = () -> List.of(device.proof(using(userinfo(), token, change)));
        var answer = device.use(userinfo(), scheme, token, proofs);
        return answer.text("error").equals("use_dpop_nonce")
                ? device.use(userinfo(), scheme, token, proofs)
                : answer;
    }

    /// The claims, got as every module gets them at its end.
    private JsonNode resource(DpopDevice device, Flow flow) {
        var answer = use(device, "DPoP", flow.tokens().text("access_token"), AS_IS);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Date")).isPresent();
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
        assertThat(answer.json().path("sub")).isEqualTo(flow.idToken().path("sub"));
        return answer.json();
    }

    /// The whole way.
    private Flow succeeds(Client client, String... pairs) {
        var device = device(client);
        var flow = redeem(allowed(client, pairs), device);
        resource(device, flow);
        return flow;
    }

    // Discovery and well-behaved clients

    @Test
    void discovery_end_point_verification() {
        var metadata = metadata();
        assertThat(metadata.path("issuer").asString()).isEqualTo(world().issuer().toString());
        for (var required :
                List.of(
                        "dpop_signing_alg_values_supported",
                        "id_token_signing_alg_values_supported",
                        "token_endpoint_auth_signing_alg_values_supported"))
            assertThat(metadata.path(required).toString())
                    .as(required)
                    .containsAnyOf("PS256", "ES256", "EdDSA");
        assertThat(metadata.path("token_endpoint_auth_methods_supported").toString())
                .contains("private_key_jwt");
        assertThat(metadata.path("code_challenge_methods_supported").toString())
                .isEqualTo("[\"S256\"]");
        assertThat(metadata.path("grant_types_supported").toString())
                .contains("authorization_code");
        assertThat(metadata.path("authorization_response_iss_parameter_supported").asBoolean())
                .isTrue();
        for (var there :
                List.of(
                        "authorization_endpoint",
                        "token_endpoint",
                        "jwks_uri",
                        "pushed_authorization_request_endpoint"))
            assertThat(metadata.has(there)).as(there).isTrue();
    }

    @Test
    void happy_flow() {
        succeeds(first());
        succeeds(second());
    }

    /// Whose clients are the tenant's own isn't asked and can't decline; the suite's are somebody
    /// else's here.
    @Test
    void user_rejects_authentication() {
        for (var callback : List.of(CALLBACK, SECOND_CALLBACK)) {
            var client = fapi(JWSAlgorithm.ES256, callback, false);
            enable(client.id());
            var request = request(client, Pkce.fresh());
            var browser = browser();
            var page = bring(browser, client, reference(push(client, request)));
            page = signIn(browser, page, user);
            assertThat(page.heading()).isEqualTo("Allow access?");
            isError(
                    browser.submitUntilAway(page, Map.of("choice", "deny")),
                    request,
                    "access_denied");
        }
    }

    /// Clients of others get no connection by themselves.
    private void enable(String client) {
        var name = "connections?name=Username-Password-Authentication";
        var connection = operator().get(name).json().path(0).path("id").asString();
        var answer =
                operator()
                        .call(
                                "PATCH",
                                "connections/" + connection + "/clients",
                                "[{\"client_id\":\"%s\",\"status\":true}]".formatted(client));
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(204);
    }

    @Test
    void ensure_authorization_request_without_state_success() {
        succeeds(first(), "state", "");
    }

    @Test
    void ensure_authorization_request_without_nonce_success() {
        assertThat(succeeds(first(), "nonce", "").idToken().has("nonce")).isFalse();
    }

    @Test
    void ensure_authorization_request_with_64_char_nonce_success() {
        succeeds(first(), "nonce", "n".repeat(64));
    }

    @Test
    void ensure_authorization_request_with_long_nonce() {
        succeeds(first(), "nonce", "n".repeat(384));
    }

    @Test
    void ensure_authorization_request_with_long_state() {
        succeeds(first(), "state", "s".repeat(1000));
    }

    @Test
    void ensure_other_scope_order_succeeds() {
        succeeds(first(), "scope", "email openid");
    }

    /// OpenID Connect Core §5.1.
    private static final Set<String> STANDARD =
            Set.of(
                    "sub",
                    "name",
                    "given_name",
                    "family_name",
                    "middle_name",
                    "nickname",
                    "preferred_username",
                    "profile",
                    "picture",
                    "website",
                    "email",
                    "email_verified",
                    "gender",
                    "birthdate",
                    "zoneinfo",
                    "locale",
                    "phone_number",
                    "phone_number_verified",
                    "address",
                    "updated_at");

    /// Every standard claim that discovery names, asked for in every way, is told in both places;
    /// what nobody knows is ignored.
    @Test
    void test_claims_parameter_identity_claims() {
        var names =
                metadata()
                        .path("claims_supported")
                        .valueStream()
                        .map(it -> it.asString(""))
                        .filter(STANDARD::contains)
                        .toList();
        var claims = new StringBuilder("\"unknown claim\":null");
        var forms = List.of("null", "{\"essential\":true}", "{\"essential\":false}", "{}");
        for (var i = 0; i < names.size(); i++)
            if (!names.get(i).equals("sub"))
                claims.append(",\"%s\":%s".formatted(names.get(i), forms.get(i % forms.size())));
        var device = device(first());
        var asked =
                "{\"id_token\":{%s},\"userinfo\":{%s},\"elsewhere\":{}}".formatted(claims, claims);
        var flow = redeem(allowed(first(), "claims", asked), device);
        var told = resource(device, flow);
        assertThat(names).isNotEmpty();
        assertThat(flow.idToken().propertyNames()).containsAll(names);
        assertThat(told.propertyNames()).containsExactlyInAnyOrderElementsOf(names);
        assertThat(told.path("updated_at").isIntegralNumber()).isTrue();
    }

    @Test
    void access_token_type_header_case_sensitivity() {
        var device = device(first());
        var token = redeem(allowed(first()), device).tokens().text("access_token");
        for (var scheme : List.of("dpop", "DPOP", "dPoP"))
            assertThat(use(device, scheme, token, AS_IS).status()).as(scheme).isEqualTo(200);
    }

    // DPoP

    private void succeedsProving(UnaryOperator<JWTClaimsSet.Builder> proof) {
        var device = device(first());
        var flow = redeem(allowed(first()), device, proof);
        assertThat(use(device, "DPoP", flow.tokens().text("access_token"), proof).status())
                .isEqualTo(200);
    }

    private static Date in(int seconds) {
        return Date.from(Instant.now().plusSeconds(seconds));
    }

    @Test
    void check_dpop_proof_nbf_exp() {
        succeedsProving(it -> it.notBeforeTime(in(0)).expirationTime(in(300)));
    }

    @Test
    void ensure_dpopproof_with_iat_10seconds_before_succeeds() {
        succeedsProving(it -> it.issueTime(in(-10)));
    }

    @Test
    void ensure_dpopproof_with_iat_10seconds_after_succeeds() {
        succeedsProving(it -> it.issueTime(in(10)));
    }

    /// Pushes with a proof, and once more with the nonce.
    private Answer pushProving(Client client, DpopDevice device, Map<String, String> request) {
        Answer answer = pushProved(client, device, request);
        return answer.text("error").equals("use_dpop_nonce")
                ? pushProved(client, device, request)
                : answer;
    }

    private Answer pushProved(Client client, DpopDevice device, Map<String, String> request) {
        var fields = new LinkedHashMap<>(request);
        fields.putAll(Assertions.parameters(client.assertions().fresh()));
        return device.post(
                par(),
                fields,
                () -> List.of(device.proof(it -> it.claim("htu", par().toString()))));
    }

    @Test
    void ensure_mismatched_dpop_jkt_fails() {
        var jkt = device(first()).thumbprint();
        var request = request(first(), Pkce.fresh(), "dpop_jkt", jkt);
        isRefused(
                pushProving(first(), device(first()), request),
                400,
                "invalid_request",
                "invalid_dpop_proof");
    }

    private Allowed allowedProving(DpopDevice device, String... pairs) {
        var pkce = Pkce.fresh();
        var request = request(first(), pkce, pairs);
        var browser = browser();
        var reference = reference(pushProving(first(), device, request));
        var page = signIn(browser, bring(browser, first(), reference), user);
        return new Allowed(first(), request, pkce, code(page, request));
    }

    private static final String[] OF_ANOTHER_KEY = {
        "invalid_request", "invalid_grant", "invalid_dpop_proof"
    };

    @Test
    void ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt() {
        var allowed = allowedProving(device(first()));
        isRefused(
                proving(first(), device(first()), allowed.exchange(), AS_IS), 400, OF_ANOTHER_KEY);
    }

    @Test
    void ensure_token_endpoint_fails_with_mismatched_dpop_jkt() {
        var allowed = allowed(first(), "dpop_jkt", device(first()).thumbprint());
        isRefused(
                proving(first(), device(first()), allowed.exchange(), AS_IS), 400, OF_ANOTHER_KEY);
    }

    @Test
    void ensure_dpopproof_at_par_endpoint_binding_success() {
        var device = device(first());
        resource(device, redeem(allowedProving(device), device));
    }

    @Test
    void ensure_dpop_auth_code_binding_success() {
        var device = device(first());
        var bound = allowed(first(), "dpop_jkt", device.thumbprint());
        resource(device, redeem(bound, device));
        var twice = allowedProving(device, "dpop_jkt", device.thumbprint());
        resource(device, redeem(twice, device));
    }

    /// A proof with another header than its own, signed by its key all the same.
    private static String signed(DpopDevice device, String proof, String header) {
        var input = DpopDevice.encoded(header) + "." + proof.split("\\.", -1)[1];
        try {
            var signature =
                    device.signer().sign(new JWSHeader(JWSAlgorithm.ES256), input.getBytes(UTF_8));
            return input + "." + signature;
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Whatever is wrong with a proof, the token isn't taken (RFC 9449 §4.3, §7.1). `iat` counts
    /// here besides the nonce, of which the suite warns.
    @Test
    void dpop_negative_tests() {
        var device = device(first());
        var flow = redeem(allowed(first()), device);
        var token = flow.tokens().text("access_token");
        resource(device, flow);
        var jwk = device.key().toPublicJWK().toJSONString();
        var header = "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":" + jwk + "}";
        var bad = new LinkedHashMap<String, UnaryOperator<JWTClaimsSet.Builder>>();
        for (var name : List.of("jti", "htm", "htu", "iat", "ath"))
            bad.put("no " + name, it -> it.claim(name, null));
        bad.put("htm", it -> it.claim("htm", "PUT"));
        bad.put("htu", it -> it.claim("htu", "https://suite.example/userinfo"));
        bad.put("an hour ahead", it -> it.issueTime(in(3600)));
        bad.put("an hour old", it -> it.issueTime(in(-3600)));
        bad.put("ath", it -> it.claim("ath", DpopDevice.hash(token + "x")));
        for (var each : bad.entrySet())
            assertThat(use(device, "DPoP", token, each.getValue()).status())
                    .as(each.getKey())
                    .isEqualTo(401);

        var none = DpopDevice.encoded(header.replace("ES256", "none"));
        var withPrivateKey = header.replace(jwk, device.key().toJSONString());
        Map<String, UnaryOperator<String>> rewritten =
                Map.of(
                        "no typ",
                                it ->
                                        signed(
                                                device,
                                                it,
                                                header.replace("\"typ\":\"dpop+jwt\",", "")),
                        "typ", it -> signed(device, it, header.replace("dpop+jwt", "JWT")),
                        "no alg",
                                it -> signed(device, it, header.replace("\"alg\":\"ES256\",", "")),
                        "no jwk",
                                it ->
                                        signed(
                                                device,
                                                it,
                                                "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\"}"),
                        "a private key", it -> signed(device, it, withPrivateKey),
                        "alg none", it -> none + "." + it.split("\\.", -1)[1] + ".",
                        "no JWT", it -> it.replace('.', ' '),
                        "signature", it -> it.substring(0, it.length() - 8) + "AAAAAAAA",
                        "two in one", it -> it + "," + it);
        var proof = using(userinfo(), token, AS_IS);
        for (var each : rewritten.entrySet()) {
            var answer =
                    device.use(
                            userinfo(),
                            "DPoP",
                            token,
                            () -> List.of(each.getValue().apply(device.proof(proof))));
            assertThat(answer.status()).as(each.getKey()).isEqualTo(401);
        }
        assertThat(
                        device.use(
                                        userinfo(),
                                        "DPoP",
                                        token,
                                        () -> List.of(device.proof(proof), device.proof(proof)))
                                .status())
                .as("two")
                .isIn(400, 401);

        // By another key, as a bearer token, and without any proof.
        assertThat(use(device(first()), "DPoP", token, AS_IS).status()).isEqualTo(401);
        assertThat(use(device, "Bearer", token, AS_IS).status()).isEqualTo(401);
        assertThat(device.use(userinfo(), "Bearer", token, List::of).status()).isEqualTo(401);
        assertThat(device.use(userinfo(), "DPoP", token, List::of).status()).isEqualTo(401);

        // What doesn't matter: query, fragment and case of the URL, and what else is said.
        var loud = userinfo().toString().replace("http://localhost", "HTTP://LOCALHOST");
        Map<String, UnaryOperator<JWTClaimsSet.Builder>> good =
                Map.of(
                        "query", it -> it.claim("htu", userinfo() + "?a=b#c"),
                        "case", it -> it.claim("htu", loud),
                        "more", it -> it.claim("unheard", "of"));
        for (var each : good.entrySet())
            assertThat(use(device, "DPoP", token, each.getValue()).status())
                    .as(each.getKey())
                    .isEqualTo(200);
        var more = header.replace("{\"typ\"", "{\"unheard\":\"of\",\"typ\"");
        DpopDevice.Proofs extended = () -> List.of(signed(device, device.proof(proof), more));
        assertThat(device.use(userinfo(), "DPoP", token, extended).status()).isEqualTo(200);
        var shouted =
                HttpRequest.newBuilder(userinfo())
                        .header("Authorization", "DPoP " + token)
                        .header("DPOP", device.proof(proof));
        assertThat(world().wire(HERE).send(shouted).statusCode()).isEqualTo(200);

        // Once.
        var id = UUID.randomUUID().toString();
        assertThat(use(device, "DPoP", token, it -> it.jwtID(id)).status()).isEqualTo(200);
        assertThat(use(device, "DPoP", token, it -> it.jwtID(id)).status()).isEqualTo(401);
    }

    // Authorization requests

    /// What stands beside the reference isn't used.
    @Test
    void ensure_different_nonce_inside_and_outside_request_object() {
        var pkce = Pkce.fresh();
        var request = request(first(), pkce);
        var page = answered(first(), request, "nonce", "another");
        var device = device(first());
        redeem(new Allowed(first(), request, pkce, code(page, request)), device);
    }

    @Test
    void ensure_different_state_inside_and_outside_request_object() {
        var request = request(first(), Pkce.fresh());
        code(answered(first(), request, "state", "another"), request);
    }

    @Test
    void state_only_outside_request_object_not_used() {
        var request = request(first(), Pkce.fresh(), "state", "");
        code(answered(first(), request, "state", "outside"), request);
    }

    private void isNotTaken(Client client, String... pairs) {
        var request = request(client, Pkce.fresh(), pairs);
        isRefused(push(client, request), 400, "invalid_request");
    }

    @Test
    void ensure_request_object_without_redirect_uri_fails() {
        isNotTaken(first(), "redirect_uri", "");
    }

    @Test
    void ensure_redirect_uri_in_authorization_request() {
        isNotTaken(second(), "redirect_uri", "");
    }

    /// Nor is one that isn't registered, which RFC 9126 §2.4 leaves open.
    @Test
    void plain_fapi_tolerate_unregistered_redirect_uri() {
        isNotTaken(first(), "redirect_uri", CALLBACK + "/" + Pkce.nonce());
    }

    @Test
    void ensure_unsigned_authorization_request_without_using_par_fails() {
        var request = request(first(), Pkce.fresh());
        isError(visit(browser(), request), request, "invalid_request");
    }

    private void isNoResponseType(String type) {
        var request = request(first(), Pkce.fresh(), "response_type", type);
        isRefused(
                push(first(), request),
                400,
                "unsupported_response_type",
                "invalid_request",
                "unauthorized_client");
    }

    @Test
    void ensure_response_type_code_idtoken_fails() {
        isNoResponseType("code id_token");
    }

    @Test
    void ensure_response_type_token_fails() {
        isNoResponseType("token");
    }

    // Token requests

    @Test
    void ensure_client_id_in_token_endpoint() {
        var fields = allowed(first()).exchange("client_id", second().id());
        isRefused(proving(first(), device(first()), fields, AS_IS), 401, "invalid_client");
        // As the suite does it: an assertion in the name of the second, by the key of the first.
        var forged =
                first().assertions().with(it -> it.issuer(second().id()).subject(second().id()));
        isRefused(send(fields, forged, DpopDevice.NO_PROOF), 401, "invalid_client");
    }

    /// `invalid_request`: the suite has the same for a code and for a refresh token.
    @Test
    void ensure_holder_of_key_required() {
        var allowed = allowed(first());
        var assertion = first().assertions().fresh();
        isRefused(send(allowed.exchange(), assertion, DpopDevice.NO_PROOF), 400, "invalid_request");
        // Nothing is used up, and the nonce is there for whoever tries again.
        redeem(allowed, device(first()));
    }

    @Test
    void ensure_authorization_code_is_bound_to_client() {
        var fields = allowed(first()).exchange();
        isRefused(proving(second(), device(second()), fields, AS_IS), 400, "invalid_grant");
    }

    /// And what the code gave ends.
    @Test
    void attempt_reuse_authorization_code_after_one_second() {
        var device = device(first());
        var allowed = allowed(first());
        var flow = redeem(allowed, device);
        isRefused(proving(first(), device, allowed.exchange(), AS_IS), 400, "invalid_grant");
        var token = flow.tokens().text("access_token");
        assertThat(use(device, "DPoP", token, AS_IS).status()).isEqualTo(401);
    }

    /// FAPI 2.0 Security Profile §5.3.2.2: at most 60 seconds.
    @Test
    void ensure_token_endpoint_fails_with_expired_auth_code() {
        var allowed = allowed(first());
        sql("UPDATE authorization_code SET expires_at = expires_at - 60000");
        isRefused(
                proving(first(), device(first()), allowed.exchange(), AS_IS), 400, "invalid_grant");
    }

    // Client assertions

    private void isNoClient(Client client, String assertion) {
        var answer = push(request(client, Pkce.fresh()), assertion);
        isRefused(answer, 401, "invalid_client");
        isRefused(
                send(allowed(client).exchange(), assertion, DpopDevice.NO_PROOF),
                401,
                "invalid_client");
    }

    private static String assertion(Client client, UnaryOperator<JWTClaimsSet.Builder> change) {
        return client.assertions().with(change);
    }

    @Test
    void ensure_signed_client_assertion_with_RS256_fails() {
        var keys = Assertions.keys(JWSAlgorithm.RS256);
        var id = first().id();
        isNoClient(first(), Assertions.by(keys, JWSAlgorithm.RS256, id, world().issuer()).fresh());
        // Nor if that is how its key was registered.
        var old = fapi(JWSAlgorithm.RS256, CALLBACK, true);
        isRefused(push(old, request(old, Pkce.fresh())), 401, "invalid_client");
    }

    @Test
    void ensure_client_assertion_in_token_endpoint() {
        var fields = allowed(first()).exchange("client_id", first().id());
        var answer = DpopDevice.send(endpoint("token_endpoint"), fields, List.of());
        isRefused(answer, 401, "invalid_client");
    }

    @Test
    void ensure_client_assertion_with_exp_is_5_minutes_in_past_fails() {
        isNoClient(
                first(), assertion(first(), it -> it.issueTime(in(-360)).expirationTime(in(-300))));
    }

    @Test
    void ensure_client_assertion_with_wrong_aud_fails() {
        isNoClient(first(), assertion(first(), it -> it.audience("https://suite.example/")));
    }

    @Test
    void ensure_client_assertion_with_no_sub_fails() {
        isNoClient(first(), assertion(first(), it -> it.subject(null)));
    }

    @Test
    void par_test_array_as_audience_fails() {
        var issuer = world().issuer().toString();
        isNoClient(
                first(),
                assertion(first(), it -> it.audience(List.of(issuer, issuer + "oauth/token"))));
    }

    @Test
    void par_test_par_endpoint_url_as_audience_fails() {
        isNoClient(first(), assertion(first(), it -> it.audience(par().toString())));
    }

    @Test
    void par_test_token_endpoint_url_as_audience_fails() {
        var endpoint = endpoint("token_endpoint").toString();
        isNoClient(first(), assertion(first(), it -> it.audience(endpoint)));
    }

    @Test
    void par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted() {
        var ahead =
                assertion(
                        first(),
                        it -> it.issueTime(in(8)).notBeforeTime(in(8)).expirationTime(in(68)));
        reference(push(request(first(), Pkce.fresh()), ahead));
    }

    @Test
    void par_ensure_jwt_client_assertions_nbf_over_60_seconds_in_the_future_fails() {
        isNoClient(
                first(),
                assertion(
                        first(),
                        it -> it.issueTime(in(70)).notBeforeTime(in(70)).expirationTime(in(130))));
    }

    // Refresh tokens

    private Answer refresh(Client client, DpopDevice device, Answer tokens, String... pairs) {
        var fields =
                Map.of(
                        "grant_type",
                        "refresh_token",
                        "refresh_token",
                        tokens.text("refresh_token"));
        return proving(client, device, CodeFlowScene.with(fields, pairs), AS_IS);
    }

    /// With `prompt=consent`, as the suite asks wherever it wants a refresh token.
    private Flow offline(Client client, DpopDevice device) {
        var pkce = Pkce.fresh();
        var request = request(client, pkce, "scope", "openid offline_access", "prompt", "consent");
        var browser = browser();
        var page = bring(browser, client, reference(push(client, request)));
        page = signIn(browser, page, user);
        if (page.heading().equals("Allow access?"))
            page = browser.submitUntilAway(page, Map.of("choice", "allow"));
        return redeem(new Allowed(client, request, pkce, code(page, request)), device);
    }

    @Test
    void refresh_token() {
        var device = device(first());
        var flow = offline(first(), device);
        // A confidential client may prove another key each time, as the suite does.
        var another = device(first());
        var scope = "openid offline_access";
        var refreshed = isIssued(refresh(first(), another, flow.tokens(), "scope", scope), "DPoP");
        var claims = claims(refreshed.text("id_token"));
        for (var same : List.of("iss", "sub", "aud", "azp"))
            assertThat(claims.path(same)).isEqualTo(flow.idToken().path(same));
        resource(another, new Flow(flow.request(), refreshed, claims));
        // §5.3.2.1: no rotation, so that none can be lost.
        assertThat(refreshed.json().has("refresh_token")).isFalse();
        isIssued(refresh(first(), device, flow.tokens()), "DPoP");
        var unproved =
                Map.of(
                        "grant_type",
                        "refresh_token",
                        "refresh_token",
                        flow.tokens().text("refresh_token"));
        isRefused(
                send(unproved, first().assertions().fresh(), DpopDevice.NO_PROOF),
                400,
                "invalid_request");
        var theirs = offline(second(), device(second()));
        isRefused(refresh(first(), device, theirs.tokens()), 400, "invalid_grant");
    }

    // Pushed requests

    /// The suite warns: a reference is good for one visit, whether or not the user signs in.
    @Test
    void par_ensure_reused_request_uri_prior_to_auth_completion_succeeds() {
        var browser = browser();
        var reference = reference(push(first(), request(first(), Pkce.fresh())));
        assertThat(bring(browser, first(), reference).asksToSignIn()).isTrue();
        isPage(bring(browser, first(), reference), 403);
    }

    @Test
    void par_attempt_reuse_request_uri() {
        var request = request(first(), Pkce.fresh());
        var browser = browser();
        var reference = reference(push(first(), request));
        code(signIn(browser, bring(browser, first(), reference), user), request);
        isPage(bring(browser, first(), reference), 403);
    }

    @Test
    void par_attempt_to_use_expired_request_uri() {
        var reference = reference(push(first(), request(first(), Pkce.fresh())));
        sql("UPDATE pushed_request SET expires_at = expires_at - 600000");
        isPage(bring(browser(), first(), reference), 403);
    }

    @Test
    void par_attempt_to_use_request_uri_for_different_client() {
        var reference = reference(push(first(), request(first(), Pkce.fresh())));
        isPage(bring(browser(), second(), reference), 403);
    }

    @Test
    void par_authorization_request_containing_request_uri_form_param() {
        var request = request(first(), Pkce.fresh());
        var reference = reference(push(first(), request));
        isNotTaken(first(), "request_uri", reference);
    }

    @Test
    void par_attempt_invalid_http_method() {
        var fields = request(first(), Pkce.fresh());
        fields.putAll(Assertions.parameters(first().assertions().fresh()));
        var put =
                HttpRequest.newBuilder(par())
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .PUT(HttpRequest.BodyPublishers.ofString(Wire.form(fields)));
        assertThat(world().wire(HERE).send(put).statusCode()).isEqualTo(405);
    }

    @Test
    void par_without_duplicate_parameters() {
        // Nothing but client_id and request_uri stands in any URL here.
        succeeds(first());
    }

    @Test
    void par_ensure_pkce_required() {
        isNotTaken(first(), "code_challenge", "", "code_challenge_method", "");
    }

    @Test
    void par_plain_pkce_rejected() {
        isNotTaken(first(), "code_challenge", Pkce.nonce(), "code_challenge_method", "plain");
        isNotTaken(first(), "code_challenge_method", "");
    }

    private void isNotRedeemed(String verifier) {
        var fields = allowed(first()).exchange("code_verifier", verifier);
        isRefused(proving(first(), device(first()), fields, AS_IS), 400, "invalid_grant");
    }

    @Test
    void ensure_pkce_code_verifier_required() {
        isNotRedeemed("");
    }

    @Test
    void incorrect_pkce_code_verifier_rejected() {
        isNotRedeemed(Pkce.nonce());
    }
}
