package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Authorization requests by value, signed by their client: RFC 9101, OpenID Connect Core §6.1 and
/// §6.3, RFC 9126 §3 (THREATS R20.3, docs/request-objects.md), over real HTTP.
class Rfc9101Story extends BrowserScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ERROR = "invalid_request_object";

    private final KeyPair keys = Assertions.keys(JWSAlgorithm.ES256);

    Rfc9101Story() {
        super(Map.of());
    }

    @BeforeAll
    void register() {
        setUp(World.SHOP, false, keys, JWSAlgorithm.ES256);
    }

    private void setUp(String client, boolean required, KeyPair keys, JWSAlgorithm algorithm) {
        var body = JSON.createObjectNode();
        body.putObject("signed_request_object")
                .put("required", required)
                .putArray("credentials")
                .addObject()
                .put("credential_type", "public_key")
                .put("pem", Assertions.pem(keys))
                .put("alg", algorithm.getName());
        operator().patchClient(client, body.toString());
    }

    private void require(boolean required) {
        var request = operator().get("clients/" + World.SHOP).json().path("signed_request_object");
        var body = JSON.createObjectNode();
        body.set("signed_request_object", ((ObjectNode) request).put("required", required));
        operator().patchClient(World.SHOP, body.toString());
    }

    /// What the shop asks for, and for whom.
    private ObjectNode claims() {
        var claims = JSON.createObjectNode();
        Wire.parameters(authorize(Map.of()).getRawQuery()).forEach(claims::put);
        return claims.put("iss", World.SHOP).put("aud", world().issuer().toString());
    }

    private Assertions shop() {
        return Assertions.by(keys, JWSAlgorithm.ES256, World.SHOP, world().issuer());
    }

    private String object(Consumer<ObjectNode> change) {
        var claims = claims();
        change.accept(claims);
        return shop().signed(new JWSHeader.Builder(JWSAlgorithm.ES256).build(), claims.toString());
    }

    private String object(JWSHeader.Builder header) {
        return shop().signed(header.build(), claims().toString());
    }

    private URI uri(String object, String... beside) {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", World.SHOP);
        query.put("request", object);
        for (var i = 0; i < beside.length; i += 2) query.put(beside[i], beside[i + 1]);
        return URI.create(world().issuer() + "authorize?" + Wire.form(query));
    }

    private Page send(BrowserJar browser, String object, String... beside) {
        return browser.openUntilAway(uri(object, beside));
    }

    /// Sent with a redirect URI beside it, by which the client can be told.
    private void isRefused(String object, String error, String description) {
        var page = send(browser(), object, "redirect_uri", callback(), "state", "beside");
        assertThat(page.parameter("error_description")).hasValue(description);
        assertThat(page.parameter("error")).hasValue(error);
        assertThat(page.parameter("state")).hasValue("beside");
        assertThat(page.location().orElseThrow().toString()).startsWith(callback() + "?");
    }

    private void isRefused(String object, String description) {
        isRefused(object, ERROR, description);
    }

    private static void isToldOnAPage(Page page, String text) {
        assertThat(page.status()).isEqualTo(403);
        assertThat(page.location()).isEmpty();
        assertThat(page.body()).contains(text);
    }

    private Answer push(Map<String, String> fields) {
        var all = new LinkedHashMap<>(fields);
        all.put("client_id", World.SHOP);
        all.put("client_secret", world().shopSecret());
        return world().wire(HERE).postForm(world().issuer().resolve("oauth/par"), all, Map.of());
    }

    private Page bring(BrowserJar browser, Answer pushed, String... beside) {
        assertThat(pushed.status()).as("%s", pushed.json()).isEqualTo(201);
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", World.SHOP);
        query.put("request_uri", pushed.text("request_uri"));
        for (var i = 0; i < beside.length; i += 2) query.put(beside[i], beside[i + 1]);
        return browser.openUntilAway(
                URI.create(world().issuer() + "authorize?" + Wire.form(query)));
    }

    // §4 Request object

    @Test
    void section4_theParametersAreTheClaims() {
        var object =
                object(
                        it -> {
                            it.put("nonce", "n-1").put("max_age", 3600);
                            it.putObject("claims").putObject("id_token").putNull("email");
                        });
        var page = send(signedIn(browser()), object);
        assertThat(page.parameter("state")).hasValue("s1");
        assertThat(page.location().orElseThrow().toString()).startsWith(callback() + "?");
        var claims = idToken(page);
        assertThat(claims.path("nonce").asString()).isEqualTo("n-1");
        assertThat(claims.has("auth_time")).isTrue();
        assertThat(claims.has("email")).isTrue();
    }

    @Test
    void section4_aUserWhoMustSignInComesBackToItEvenAfterItHasExpired() {
        var browser = browser();
        var soon = Instant.now().getEpochSecond() - 8;
        var form = send(browser, object(it -> it.put("exp", soon).put("state", "kept")));
        assertThat(form.asksToSignIn()).isTrue();
        var page = signIn(browser, form, World.ADA, world().password());
        assertThat(page.parameter("code")).isPresent();
        assertThat(page.parameter("state")).hasValue("kept");
    }

    @ParameterizedTest
    @ValueSource(strings = {"request", "request_uri"})
    void section4_itHoldsNoOtherRequest(String name) {
        isRefused(
                object(it -> it.put(name, "x")), "request holds another request or a request_uri.");
    }

    @Test
    void section4_aParameterIsATextOrANumber() {
        for (var wrong :
                List.<Consumer<ObjectNode>>of(
                        it -> it.putArray("scope").add("openid"),
                        it -> it.put("max_age", 1.5),
                        it -> it.put("prompt", true),
                        it -> it.put("state", "a\u0000b"),
                        it -> it.put("a\u0000b", "x")))
            isRefused(object(wrong), "A parameter in request is of a type that it can't have.");
    }

    @Test
    void section4_whatIsOfAnotherTypeAndNobodysParameterIsIgnored() {
        var object = object(it -> it.put("display", true).putArray("authorization_details"));
        assertThat(send(signedIn(browser()), object).parameter("code")).isPresent();
    }

    // §5 Authorization request

    @Test
    void section5_theClientIsNamedBesideItToo() {
        isToldOnAPage(
                browser()
                        .openUntilAway(
                                URI.create(
                                        world().issuer()
                                                + "authorize?"
                                                + Wire.form(Map.of("request", object(_ -> {}))))),
                "Unknown application");
    }

    @Test
    void section5_aFormBringsItToo() {
        var answer =
                world().wire(HERE)
                        .send(
                                HttpRequest.newBuilder(world().issuer().resolve("authorize"))
                                        .header("Content-Type", "application/x-www-form-urlencoded")
                                        .POST(
                                                HttpRequest.BodyPublishers.ofString(
                                                        uri(object(_ -> {})).getRawQuery())));
        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("Location").orElseThrow()).contains("/u/login?");
    }

    @Test
    void section5_itIsNotSentTwice() {
        var twice = URI.create(uri(object(_ -> {}), "redirect_uri", callback()) + "&request=x");
        var page = browser().openUntilAway(twice);
        assertThat(page.parameter("error")).hasValue("invalid_request");
        assertThat(page.parameter("error_description")).hasValue("Repeated parameter: request");
    }

    /// THREATS R20.2.
    @Test
    void section5_noReferenceToOneIsFollowed() {
        var page =
                send(
                        browser(),
                        object(_ -> {}),
                        "redirect_uri",
                        callback(),
                        "request_uri",
                        "https://evil.example/request");
        assertThat(page.parameter("error")).hasValue("request_uri_not_supported");
    }

    // §6.1 Encrypted request object

    /// THREATS R20.3, CVE-2023-52428.
    @Test
    void section6_1_anEncryptedOneIsNotDecrypted() {
        var header = b64("{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\",\"p2c\":2147483647}");
        isRefused(header + ".AAAA.AAAA.AAAA.AAAA", "request is no signed JWT.");
    }

    private static String b64(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    // §6.2 JWS-signed request object

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "RS384", "PS256", "ES256", "EdDSA"})
    void section6_2_itIsSignedByAKeyThatTheClientRegisteredForIt(String name) {
        var algorithm = JWSAlgorithm.parse(name);
        var own = Assertions.keys(algorithm);
        setUp(World.SHOP, false, own, algorithm);
        try {
            var object =
                    Assertions.by(own, algorithm, World.SHOP, world().issuer())
                            .signed(
                                    new JWSHeader.Builder(algorithm)
                                            .type(new JOSEObjectType("oauth-authz-req+jwt"))
                                            .build(),
                                    claims().toString());
            assertThat(send(signedIn(browser()), object).parameter("code")).isPresent();
            isNotSigned(object(_ -> {}));
        } finally {
            register();
        }
    }

    private void isNotSigned(String object) {
        isRefused(object, "No key of this client for this alg and kid has signed request.");
    }

    /// THREATS R20.3.
    @Test
    void section6_2_itIsNeverUnsigned() {
        var none = b64("{\"alg\":\"none\"}") + "." + b64(claims().toString()) + ".";
        isRefused(none, "request is no signed JWT.");
        isRefused("x", "request is no signed JWT.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS512", "ES384", "RS512"})
    void section6_2_noOtherAlgorithmIsAccepted(String name) {
        var secret = world().shopSecret() + world().shopSecret();
        var algorithm = JWSAlgorithm.parse(name);
        var by =
                new Assertions(
                        World.SHOP,
                        world().issuer().toString(),
                        algorithm,
                        name.startsWith("HS") ? Assertions.signer(secret) : (_, _) -> new byte[96]);
        isRefused(
                by.signed(new JWSHeader.Builder(algorithm).build(), claims().toString()),
                "request must be signed by RS256, RS384, PS256, ES256 or EdDSA.");
    }

    @Test
    void section6_2_aKeyIsForOneAlgorithm() {
        var rsa = Assertions.keys(JWSAlgorithm.RS256);
        setUp(World.SHOP, false, rsa, JWSAlgorithm.PS256);
        try {
            isNotSigned(
                    Assertions.by(rsa, JWSAlgorithm.RS256, World.SHOP, world().issuer())
                            .signed(
                                    new JWSHeader.Builder(JWSAlgorithm.RS256).build(),
                                    claims().toString()));
        } finally {
            register();
        }
    }

    @Test
    void section6_2_aSignatureIsOfTheseParameters() {
        var parts = object(_ -> {}).split("\\.", -1);
        var other = claims().put("scope", "openid email").toString();
        isNotSigned(parts[0] + "." + b64(other) + "." + parts[2]);
    }

    @Test
    void section6_2_aKeyThatItBringsAlongIsNotLookedAt() {
        var own = Assertions.keys(JWSAlgorithm.ES256);
        var jwk = new ECKey.Builder(Curve.P_256, (ECPublicKey) own.getPublic()).build();
        isNotSigned(
                Assertions.by(own, JWSAlgorithm.ES256, World.SHOP, world().issuer())
                        .signed(
                                new JWSHeader.Builder(JWSAlgorithm.ES256)
                                        .jwk(jwk)
                                        .jwkURL(URI.create("https://evil.example/jwks.json"))
                                        .build(),
                                claims().toString()));
    }

    @Test
    void section6_2_theKidChooses() {
        var object = object(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("another"));
        isNotSigned(object);
    }

    @Test
    void section6_2_aKeyForClientAssertionsIsNoneForRequests() {
        var body =
                JSON.readTree(
                        """
                        {"name":"Partner","callbacks":["%s"],"client_authentication_methods":
                         {"private_key_jwt":{"credentials":[{"credential_type":"public_key"}]}}}
                        """
                                .formatted(callback()));
        ((ObjectNode) body.at("/client_authentication_methods/private_key_jwt/credentials/0"))
                .put("pem", Assertions.pem(keys));
        var client = operator().call("POST", "clients", body.toString()).text("client_id");
        var claims = claims().put("client_id", client).put("iss", client);
        var object =
                shop().signed(new JWSHeader.Builder(JWSAlgorithm.ES256).build(), claims.toString());
        var page = send(browser(), object, "client_id", client);
        assertThat(page.parameter("error")).hasValue("request_not_supported");
    }

    // §6.3 Request parameter assembly and validation

    /// THREATS R20.1.
    @Test
    void section6_3_nothingBesideItCounts() {
        var page =
                send(
                        signedIn(browser()),
                        object(_ -> {}),
                        "redirect_uri",
                        "https://evil.example/",
                        "state",
                        "beside",
                        "nonce",
                        "beside",
                        "scope",
                        "openid email",
                        "prompt",
                        "login",
                        "response_mode",
                        "fragment");
        assertThat(page.location().orElseThrow().toString()).startsWith(callback() + "?");
        assertThat(page.parameter("state")).hasValue("s1");
        var claims = idToken(page);
        assertThat(claims.has("nonce")).isFalse();
        assertThat(claims.has("email")).isFalse();
    }

    /// OpenID Connect Core §6.1 would take these from beside it: docs/adr/0017.
    @ParameterizedTest
    @ValueSource(strings = {"response_type", "redirect_uri", "state"})
    void section6_3_whatIsNotInsideIsNotThere(String name) {
        var page =
                send(
                        signedIn(browser()),
                        object(it -> it.remove(name)),
                        "response_type",
                        "code",
                        "redirect_uri",
                        callback(),
                        "state",
                        "beside");
        switch (name) {
            case "response_type" ->
                    assertThat(page.parameter("error_description"))
                            .hasValue("Missing required parameter: response_type");
            case "redirect_uri" ->
                    assertThat(page.location().orElseThrow().toString())
                            .startsWith(callback() + "?");
            default -> {
                assertThat(page.parameter("code")).isPresent();
                assertThat(page.parameter("state")).isEmpty();
            }
        }
    }

    @Test
    void section6_3_theClientIsTheSameInside() {
        var description = "client_id of request must be there, and the one beside it.";
        isRefused(object(it -> it.put("client_id", World.APP)), description);
        isRefused(object(it -> it.remove("client_id")), description);
        var page = send(browser(), object(_ -> {}), "client_id", World.APP);
        assertThat(page.parameter("error")).hasValue("request_not_supported");
    }

    @Test
    void section6_3_whatIsWrongInsideIsToldWhereTheObjectSays() {
        var object = object(it -> it.put("prompt", "none login").put("response_mode", "fragment"));
        var page = send(browser(), object, "state", "beside");
        assertThat(page.location().orElseThrow().toString())
                .startsWith(callback() + "#")
                .contains("error=invalid_request&", "state=s1");
        var elsewhere = object(it -> it.put("redirect_uri", "https://evil.example/"));
        isToldOnAPage(
                send(browser(), elsewhere, "redirect_uri", callback()), "Callback URL mismatch.");
    }

    // §7 Authorization server response with errors

    @ParameterizedTest
    @CsvSource({
        "iss, another, iss of request must be the client_id.",
        "aud, https://another.example/, aud of request must be the issuer.",
        "sub, self, 'sub of request must not be the client_id, as in a client assertion.'",
    })
    void section7_whoItIsByAndFor(String name, String value, String description) {
        isRefused(
                object(it -> it.put(name, value.equals("self") ? World.SHOP : value)), description);
    }

    @Test
    void section7_theAudienceMayHaveOthersBesideUsAndMayBeMissing() {
        var browser = signedIn(browser());
        var several =
                object(
                        it -> {
                            ArrayNode audience = it.putArray("aud");
                            audience.add("https://another.example/");
                            audience.add(world().issuer().toString());
                        });
        assertThat(send(browser, several).parameter("code")).isPresent();
        var bare = object(it -> it.remove(Set.of("aud", "iss")));
        assertThat(send(browser, bare).parameter("code")).isPresent();
    }

    @Test
    void section7_itIsGoodForItsTime() {
        var now = Instant.now().getEpochSecond();
        isRefused(object(it -> it.put("exp", now - 11)), "request has expired.");
        isRefused(object(it -> it.put("nbf", now + 60)), "nbf of request lies in the future.");
        var fresh = object(it -> it.put("exp", now + 60).put("nbf", now + 5).put("iat", now));
        assertThat(send(signedIn(browser()), fresh).parameter("code")).isPresent();
    }

    @Test
    void section7_aTypeOrAnExtensionThatIsNotForHereIsRefused() {
        var description = "The header of request has a typ or a crit that is not for here.";
        var type = new JOSEObjectType("client-authentication+jwt");
        isRefused(object(new JWSHeader.Builder(JWSAlgorithm.ES256).type(type)), description);
        isRefused(
                object(
                        new JWSHeader.Builder(JWSAlgorithm.ES256)
                                .criticalParams(Set.of("x"))
                                .customParam("x", 1)),
                description);
    }

    /// THREATS I10.
    @Test
    void section7_aLongOneIsNotLookedAt() {
        var answer = push(Map.of("request", "x".repeat(8193)));
        assertThat(answer.text("error_description")).isEqualTo("request is too long.");
        assertThat(answer.text("error")).isEqualTo(ERROR);
    }

    @Test
    void section7_whoCanNotBeToldByRedirectIsToldOnAPage() {
        var broken = object(it -> it.put("iss", "another"));
        var text = "iss of request must be the client_id.";
        isToldOnAPage(send(browser(), broken, "redirect_uri", "https://evil.example/"), text);
        // What it says itself is not believed.
        var claims = claims().put("redirect_uri", "https://evil.example/");
        var forged =
                Assertions.by(
                                Assertions.keys(JWSAlgorithm.ES256),
                                JWSAlgorithm.ES256,
                                World.SHOP,
                                world().issuer())
                        .signed(
                                new JWSHeader.Builder(JWSAlgorithm.ES256).build(),
                                claims.toString());
        var page = send(browser(), forged);
        page.location()
                .ifPresent(to -> assertThat(to.toString()).startsWith(callback() + "?error="));
    }

    // §9.2, §10.5 Metadata

    @Test
    void section9_2_discoveryTellsTheAlgorithms() {
        var metadata =
                world().wire(HERE)
                        .get(world().issuer().resolve(".well-known/openid-configuration"))
                        .json();
        assertThat(metadata.path("request_parameter_supported").asBoolean(false)).isTrue();
        assertThat(metadata.path("request_uri_parameter_supported").asBoolean(true)).isFalse();
        assertThat(texts(metadata.path("request_object_signing_alg_values_supported")))
                .containsExactly("RS256", "RS384", "PS256", "ES256", "EdDSA");
    }

    private static List<String> texts(JsonNode array) {
        return new ArrayList<>(array.valueStream().map(JsonNode::asString).toList());
    }

    @Test
    void section10_5_aClientThatMustSignIsHeardNoOtherWay() {
        require(true);
        try {
            var plain = browser().openUntilAway(authorize(Map.of("prompt", "none")));
            assertThat(plain.parameter("error")).hasValue("invalid_request");
            assertThat(plain.parameter("error_description"))
                    .hasValue("The client must sign its authorization requests");
            var token = transfer();
            assertThat(present(browser(), false, token, Map.of()).parameter("error"))
                    .hasValue("invalid_request");
            var pushed = push(Wire.parameters(authorize(Map.of()).getRawQuery()));
            assertThat(pushed.status()).isEqualTo(400);
            assertThat(pushed.text("error_description"))
                    .isEqualTo("The client must sign its authorization requests");
            var browser = browser();
            var signed = send(browser, object(_ -> {}), "session_transfer_token", token);
            assertThat(signed.parameter("code"))
                    .as("a request that may not be sent doesn't burn the token")
                    .isPresent();
            var form = send(browser, object(it -> it.put("prompt", "login")));
            assertThat(signIn(browser, form, World.ADA, world().password()).parameter("code"))
                    .isPresent();
            assertThat(bring(browser, push(Map.of("request", object(_ -> {})))).parameter("code"))
                    .isPresent();
        } finally {
            require(false);
        }
    }

    @Test
    void aClientThatMustPushMayNotSendItPlainly() {
        operator().patchClient(World.SHOP, "{\"require_pushed_authorization_requests\":true}");
        try {
            assertThat(send(browser(), object(_ -> {})).parameter("error_description"))
                    .hasValue("The client must use pushed authorization requests");
        } finally {
            operator().patchClient(World.SHOP, "{\"require_pushed_authorization_requests\":false}");
        }
    }

    /// FAPI 2.0 Security Profile §5.4.1.
    @Test
    void aFapiClientSignsByNoneOfTheOlderAlgorithms() {
        var rsa = Assertions.keys(JWSAlgorithm.RS256);
        setUp(World.SHOP, false, rsa, JWSAlgorithm.RS256);
        operator().patchClient(World.SHOP, "{\"compliance_level\":\"fapi2_sp_pkj_mtls\"}");
        try {
            isRefused(
                    Assertions.by(rsa, JWSAlgorithm.RS256, World.SHOP, world().issuer())
                            .signed(
                                    new JWSHeader.Builder(JWSAlgorithm.RS256).build(),
                                    claims().toString()),
                    "FAPI: request must be signed by PS256, ES256 or EdDSA.");
        } finally {
            operator().patchClient(World.SHOP, "{\"compliance_level\":null}");
            register();
        }
    }

    // RFC 9126 §3

    @Test
    void rfc9126Section3_aPushedObjectIsOpenedAtOnce() {
        var object = object(it -> it.put("state", "pushed").put("exp", soon()));
        var page = bring(signedIn(browser()), push(Map.of("request", object, "state", "beside")));
        assertThat(page.parameter("code")).isPresent();
        assertThat(page.parameter("state")).hasValue("pushed");
    }

    private static long soon() {
        return Instant.now().getEpochSecond() + 5;
    }

    @Test
    void rfc9126Section3_whatIsWrongWithItIsToldAtOnceAndLogged() {
        var answer = push(Map.of("request", object(it -> it.put("iss", "another"))));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("error")).isEqualTo(ERROR);
        var logged = operator().log("type:fpar").path(0);
        assertThat(logged.path("description").asString())
                .isEqualTo("iss of request must be the client_id.");
        var inside = push(Map.of("request", object(it -> it.put("prompt", "none login"))));
        assertThat(inside.text("error")).isEqualTo("invalid_request");
    }

    @Test
    void rfc9126Section3_nothingElseOfThePushIsKept() {
        var fields = Wire.parameters(authorize(Map.of("prompt", "login")).getRawQuery());
        fields = new LinkedHashMap<>(fields);
        fields.put("request", object(_ -> {}));
        assertThat(bring(signedIn(browser()), push(fields)).parameter("code")).isPresent();
    }

    // Contract native-to-web §4: the session transfer token

    @ParameterizedTest
    @ValueSource(strings = {"inside", "beside", "both"})
    void aTokenInsideTheObjectOrBesideItIsRedeemedOnce(String place) {
        var token = transfer();
        Consumer<ObjectNode> inside =
                place.equals("beside") ? _ -> {} : it -> it.put("session_transfer_token", token);
        var beside =
                place.equals("inside")
                        ? new String[0]
                        : new String[] {"session_transfer_token", token};
        var browser = browser();
        assertThat(send(browser, object(inside), beside).parameter("code")).isPresent();
        assertThat(isSignedIn(browser)).isTrue();
        assertThat(send(browser(), object(inside), beside).asksToSignIn()).isTrue();
    }

    @Test
    void twoTokensAreAConflictThatBurnsBoth() {
        var inside = transfer();
        var beside = transfer();
        var object = object(it -> it.put("session_transfer_token", inside));
        assertThat(send(browser(), object, "session_transfer_token", beside).asksToSignIn())
                .isTrue();
        for (var token : List.of(inside, beside))
            assertThat(present(browser(), false, token, Map.of()).asksToSignIn()).isTrue();
    }

    @Test
    void aTokenInAnObjectThatIsRefusedIsNotBurnt() {
        var token = transfer();
        var broken = object(it -> it.put("iss", "x").put("session_transfer_token", token));
        send(browser(), broken, "session_transfer_token", token);
        assertThat(present(browser(), false, token, Map.of()).parameter("code")).isPresent();
    }

    @Test
    void aTokenInsideAPushedObjectIsRedeemed() {
        var object = object(it -> it.put("session_transfer_token", transfer()));
        var page = bring(browser(), push(Map.of("request", object)));
        assertThat(page.parameter("code")).isPresent();
    }

    /// The object can be read where it stands.
    @ParameterizedTest
    @ValueSource(strings = {"form_post", "web_message"})
    void noPageIsShownWhereATokenStands(String mode) {
        var object =
                object(
                        it ->
                                it.put("response_mode", mode)
                                        .put("session_transfer_token", transfer()));
        var answer = world().wire(HERE).send(HttpRequest.newBuilder(uri(object)));
        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("Location").orElseThrow())
                .contains("/authorize/resume?state=")
                .doesNotContain("request=");
    }

    // The Management API

    @Test
    void theKeyIsShownByItsIdOnlyAndMayServeForBoth() {
        var body = JSON.createObjectNode().put("name", "Both").put("app_type", "regular_web");
        for (var list :
                List.of(
                        body.putObject("client_authentication_methods")
                                .putObject("private_key_jwt")
                                .putArray("credentials"),
                        body.putObject("signed_request_object").putArray("credentials")))
            list.addObject().put("credential_type", "public_key").put("pem", Assertions.pem(keys));
        var made = operator().call("POST", "clients", body.toString());
        assertThat(made.status()).as("%s", made.json()).isEqualTo(201);
        var requests = made.json().at("/signed_request_object/credentials");
        assertThat(requests).hasSize(1);
        assertThat(requests.path(0).propertyNames()).containsExactly("id");
        assertThat(made.json().at("/client_authentication_methods/private_key_jwt/credentials"))
                .isEqualTo(requests);
        var path = "clients/" + made.text("client_id") + "/credentials";
        assertThat(operator().get(path).json()).hasSize(1);
        var gone =
                operator().call("DELETE", path + "/" + requests.path(0).path("id").asString(), "");
        assertThat(gone.status()).isEqualTo(204);
        assertThat(
                        operator()
                                .get("clients/" + made.text("client_id"))
                                .json()
                                .at("/signed_request_object/credentials"))
                .isEmpty();
    }

    @Test
    void whatIsNoSettingOfRequestObjectsIsRefused() {
        for (var wrong :
                List.of(
                        "{\"required\":1}",
                        "{\"credentials\":[{\"id\":\"cred_x\"}]}",
                        "{\"credentials\":[{}]}",
                        "{\"alg\":\"none\"}"))
            assertThat(
                            operator()
                                    .call(
                                            "PATCH",
                                            "clients/" + World.SHOP,
                                            "{\"signed_request_object\":" + wrong + "}")
                                    .status())
                    .as(wrong)
                    .isEqualTo(400);
    }
}
