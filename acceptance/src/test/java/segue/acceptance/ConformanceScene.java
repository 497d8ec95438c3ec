package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.BeforeAll;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;
import segue.domain.secret.Secret;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// What every module of the OpenID Foundation's conformance suite does as a client, and what its
/// conditions check everywhere. It knows the server by its metadata alone, as the suite does, and
/// the tenant speaks as the RFCs do (`docs/strict.md`).
abstract class ConformanceScene extends BrowserScene {
    /// Where the suite hears; no browser of ours goes there.
    static final String CALLBACK = "https://suite.example/test/a/segue/callback";

    /// That of the second client, whose query must survive.
    static final String SECOND_CALLBACK =
            "https://suite.example/test/a/segue/callback?dummy1=lorem&dummy2=ipsum";

    static final String AFTER_LOGOUT = "https://suite.example/test/a/segue/post_logout_redirect";

    /// What the RFCs allow in `error_description` (RFC 6749 §4.1.2.1, §5.2).
    private static final String DESCRIPTION = "[ !#-\\[\\]-~]*";

    private static final Set<String> OF_ERRORS =
            Set.of("error", "error_description", "error_uri", "state", "iss");

    /// @param id as registered
    record Rp(String id, String secret, String callback) {}

    /// One authorization, to its end.
    ///
    /// @param request what was asked
    record Flow(Map<String, String> request, Answer tokens, JsonNode idToken) {}

    ConformanceScene(Map<String, String> settings) {
        super(settings);
    }

    @BeforeAll
    void speakStrictly() {
        change("tenants/settings", "{\"flags\":{\"rfc_strict\":true}}");
    }

    JsonNode metadata() {
        var uri = world().issuer().resolve(".well-known/openid-configuration");
        return world().wire(HERE).get(uri).json();
    }

    URI endpoint(String name) {
        return URI.create(metadata().path(name).asString());
    }

    JsonNode create(String path, String body) {
        var answer = operator().call("POST", path, body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return answer.json();
    }

    /// A client of the suite, as its operator registers it.
    ///
    /// @param more members of the client, each followed by a comma
    Rp register(String method, String callback, String more) {
        var client =
                create(
                        "clients",
                        """
                        {"name":"Conformance suite","app_type":"regular_web",%s
                         "token_endpoint_auth_method":"%s","callbacks":["%s"],
                         "grant_types":["authorization_code","refresh_token"],
                         "allowed_logout_urls":["%s"]}
                        """
                                .formatted(more, method, callback, AFTER_LOGOUT));
        return new Rp(
                client.path("client_id").asString(),
                client.path("client_secret").asString(),
                callback);
    }

    /// A user of whom all is known that can be, and returns their e-mail address.
    String somebody() {
        var email = UUID.randomUUID() + "@example.org";
        create(
                "users",
                """
                {"connection":"Username-Password-Authentication","email":"%s","password":"%s",
                 "email_verified":true,"phone_number":"+15550100","phone_verified":true,
                 "name":"Ada Lovelace","given_name":"Ada","family_name":"Lovelace",
                 "nickname":"ada","picture":"https://example.org/ada.png"}
                """
                        .formatted(email, Operator.PASSWORD));
        return email;
    }

    /// An authorization request as the suite makes it.
    Map<String, String> request(Rp rp, String... pairs) {
        var all = new LinkedHashMap<String, String>();
        all.put("client_id", rp.id());
        all.put("redirect_uri", rp.callback());
        all.put("scope", "openid");
        all.put("state", Pkce.nonce());
        all.put("nonce", Pkce.nonce());
        all.put("response_type", "code");
        return CodeFlowScene.with(all, pairs);
    }

    Page visit(BrowserJar browser, Map<String, String> request) {
        return browser.openUntilAway(Wire.with(endpoint("authorization_endpoint"), request));
    }

    /// Signs in where the page asks for it.
    Page signIn(BrowserJar browser, Page page, String user) {
        assertThat(page.asksToSignIn()).as(page.body()).isTrue();
        return signIn(browser, page, user, Operator.PASSWORD);
    }

    /// The parameters that the client hears, in the way in which it asked for them.
    Map<String, String> heard(Page page, Map<String, String> request) {
        var to = request.getOrDefault("redirect_uri", "");
        if ("form_post".equals(request.get("response_mode"))) {
            // OAuth 2.0 Form Post Response Mode §2: a page that posts them, and no redirect.
            assertThat(page.status()).as(page.body()).isEqualTo(200);
            assertThat(page.location()).isEmpty();
            var form = page.form();
            assertThat(form.isPost()).isTrue();
            assertThat(form.action()).hasToString(to);
            return form.fields();
        }
        assertThat(page.location()).as(page.body()).isPresent();
        var location = page.location().orElseThrow();
        var joint = to + (to.contains("?") ? "&" : "?");
        assertThat(location.toString()).startsWith(joint);
        assertThat(location.getRawFragment()).isNull();
        return Wire.parameters(location.toString().substring(joint.length()));
    }

    private void isOurs(Map<String, String> heard, Map<String, String> request) {
        assertThat(heard.get("state")).isEqualTo(request.get("state"));
        // RFC 9207 §2.4.
        assertThat(heard).containsEntry("iss", metadata().path("issuer").asString());
    }

    /// The code that a page brings, once its answer has been checked.
    String code(Page page, Map<String, String> request) {
        var heard = heard(page, request);
        assertThat(heard).doesNotContainKey("error");
        assertThat(Set.of("code", "state", "iss")).containsAll(heard.keySet());
        isOurs(heard, request);
        var code = heard.getOrDefault("code", "");
        isHardToGuess(code);
        return code;
    }

    /// The client hears of one of these errors.
    void isError(Page page, Map<String, String> request, String... errors) {
        var heard = heard(page, request);
        assertThat(heard.get("error")).isIn((Object[]) errors);
        assertThat(OF_ERRORS).containsAll(heard.keySet());
        assertThat(heard.getOrDefault("error_description", "")).matches(DESCRIPTION);
        isOurs(heard, request);
    }

    /// The user reads of a mistake, and the client hears nothing.
    static void isPage(Page page, int status) {
        assertThat(page.location()).isEmpty();
        assertThat(page.status()).isEqualTo(status);
        assertThat(page.heading()).isNotEmpty();
    }

    /// As many bits as the suite wants, measured as it does (Shannon).
    static void isHardToGuess(String text) {
        var bits =
                text.chars()
                        .mapToDouble(
                                each -> {
                                    var times = text.chars().filter(it -> it == each).count();
                                    return Math.log((double) text.length() / times) / Math.log(2);
                                })
                        .sum();
        assertThat(bits).as(text).isGreaterThan(96);
        assertThat(text).hasSizeGreaterThanOrEqualTo(22).matches("[!-~]+");
    }

    static Map<String, String> basic(Rp rp) {
        var pair = (rp.id() + ":" + rp.secret()).getBytes(StandardCharsets.UTF_8);
        return Map.of("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
    }

    Answer token(Map<String, String> fields, Map<String, String> headers) {
        return world().wire(HERE).postForm(endpoint("token_endpoint"), fields, headers);
    }

    Answer exchange(Rp rp, String code, String... pairs) {
        var fields =
                Map.of(
                        "grant_type",
                        "authorization_code",
                        "code",
                        code,
                        "redirect_uri",
                        rp.callback());
        return token(CodeFlowScene.with(fields, pairs), basic(rp));
    }

    /// A refusal as RFC 6749 §5.2 has it.
    static void isRefused(Answer answer, int status, String... errors) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(status);
        assertThat(answer.text("error")).as("%s", answer.json()).isIn((Object[]) errors);
        assertThat(answer.text("error_description")).matches(DESCRIPTION);
        isJson(answer);
    }

    private static void isJson(Answer answer) {
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
    }

    /// Tokens as RFC 6749 §5.1 has them.
    static Answer isIssued(Answer answer, String type) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        isJson(answer);
        assertThat(answer.headers().firstValue("Cache-Control").orElseThrow()).contains("no-store");
        assertThat(answer.headers().firstValue("Pragma")).hasValue("no-cache");
        assertThat(answer.text("token_type")).isEqualTo(type);
        assertThat(answer.json().path("expires_in").isIntegralNumber()).isTrue();
        assertThat(answer.json().path("expires_in").asLong()).isPositive();
        isHardToGuess(answer.text("access_token"));
        answer.field("refresh_token").ifPresent(ConformanceScene::isHardToGuess);
        return answer;
    }

    /// The claims of an ID token that is all that OpenID Connect Core §3.1.3.7 asks for.
    JsonNode idToken(Answer tokens, String client, Map<String, String> request, String algorithm) {
        var text = tokens.text("id_token");
        verify(text, algorithm);
        var claims = claims(text);
        assertThat(claims.path("iss")).isEqualTo(metadata().path("issuer"));
        assertThat(claims.path("aud").asString("")).isEqualTo(client);
        assertThat(claims.path("sub").asString("")).isNotBlank().hasSizeLessThanOrEqualTo(255);
        var now = Instant.now().getEpochSecond();
        assertThat(claims.path("exp").asLong()).isGreaterThan(now);
        assertThat(claims.path("iat").asLong()).isBetween(now - 300, now + 300);
        assertThat(claims.path("nonce").asString("")).isEqualTo(request.getOrDefault("nonce", ""));
        // §3.1.3.6: optional here, but true.
        var digest = new Secret(tokens.text("access_token")).hash().bytes();
        var half =
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(Arrays.copyOf(digest, digest.length / 2));
        assertThat(claims.path("at_hash").asString(half)).isEqualTo(half);
        return claims;
    }

    /// The signature, by the key of the JWK set that the header names.
    private void verify(String text, String algorithm) {
        try {
            var jwt = SignedJWT.parse(text);
            assertThat(jwt.getHeader().getAlgorithm().getName()).isEqualTo(algorithm);
            assertThat(jwt.getHeader().getKeyID()).isNotBlank();
            assertThat(jwt.verify(verifier(keys().getKeyByKeyId(jwt.getHeader().getKeyID()))))
                    .isTrue();
        } catch (ParseException | JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    JWKSet keys() {
        try {
            return JWKSet.parse(world().wire(HERE).get(endpoint("jwks_uri")).json().toString());
        } catch (ParseException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JWSVerifier verifier(JWK key) throws JOSEException {
        return key.getKeyType().getValue().equals("EC")
                ? new ECDSAVerifier(key.toECKey())
                : new RSASSAVerifier(key.toRSAKey());
    }

    /// From the code of a page to verified tokens.
    Flow finish(Rp rp, Map<String, String> request, Page page, String... pairs) {
        var tokens = isIssued(exchange(rp, code(page, request), pairs), "Bearer");
        return new Flow(request, tokens, idToken(tokens, rp.id(), request, "RS256"));
    }

    Answer userinfo(Flow flow) {
        return world().wire(HERE)
                .get(endpoint("userinfo_endpoint"), flow.tokens().text("access_token"));
    }
}
