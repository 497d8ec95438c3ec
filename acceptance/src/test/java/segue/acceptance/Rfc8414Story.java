package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.server.http.Route;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;

/// RFC 8414 and OpenID Connect Discovery 1.0: the metadata says what works, all of it, and nothing
/// else. Each list is held against what is really answered, for what stands in it and for what
/// other servers have there.
class Rfc8414Story extends CodeFlowScene {
    private static final String METADATA = ".well-known/openid-configuration";

    Rfc8414Story() {
        super(Map.of());
    }

    private Answer get(String path) {
        return world().wire(HERE).get(world().issuer().resolve(path));
    }

    private JsonNode metadata() {
        var answer = get(METADATA);
        assertThat(answer.status()).isEqualTo(200);
        return answer.json();
    }

    private List<String> listed(String name) {
        return texts(metadata().path(name));
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }

    private static List<String> and(List<String> listed, String... more) {
        var all = new ArrayList<>(listed);
        for (var each : more) if (!all.contains(each)) all.add(each);
        return all;
    }

    /// The endpoints with all that the tenant may switch on.
    private JsonNode fullMetadata() {
        var pushed = "{\"pushed_authorization_requests_supported\":%s}";
        change("tenants/settings", pushed.formatted(true));
        try {
            return metadata();
        } finally {
            change("tenants/settings", pushed.formatted(false));
        }
    }

    // §3 Obtaining authorization server metadata

    /// §3.1, Discovery §4.1: both names of the document; §3.2: 200, `application/json`.
    @Test
    void section3_bothNamesAnswerTheSame() {
        for (var path : List.of(METADATA, ".well-known/oauth-authorization-server")) {
            var answer = get(path);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("application/json");
            assertThat(answer.headers().firstValue("Cache-Control").orElseThrow())
                    .contains("max-age");
            assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).hasValue("*");
            assertThat(answer.json()).isEqualTo(metadata());
        }
    }

    /// §3.3: "The issuer value returned MUST be identical to the authorization server's issuer
    /// identifier value into which the well-known URI string was inserted."
    @Test
    void section3_3_theIssuerIsTheOneThatWasAsked() {
        assertThat(metadata().path("issuer").asString()).isEqualTo(world().issuer().toString());
    }

    /// §3.2, Discovery §4.2: "Claims with zero elements MUST be omitted from the response."
    @Test
    void section3_2_nothingIsEmpty() {
        for (var entry : metadata().properties()) {
            var value = entry.getValue();
            assertThat(value.isNull()).as(entry.getKey()).isFalse();
            if (value.isArray()) {
                assertThat(value).as(entry.getKey()).isNotEmpty();
                assertThat(texts(value)).as(entry.getKey()).doesNotHaveDuplicates();
            }
        }
    }

    // §2 Authorization server metadata, Discovery §3

    /// What Discovery §3 calls REQUIRED.
    @Test
    void section2_whatIsRequiredIsThere() {
        assertThat(metadata().propertyNames())
                .contains(
                        "issuer",
                        "authorization_endpoint",
                        "token_endpoint",
                        "jwks_uri",
                        "response_types_supported",
                        "subject_types_supported",
                        "id_token_signing_alg_values_supported");
        assertThat(listed("subject_types_supported")).containsExactly("public");
        assertThat(listed("id_token_signing_alg_values_supported")).contains("RS256");
        assertThat(listed("response_types_supported")).contains("code", "id_token");
    }

    /// Every endpoint that is advertised has a route, and every route of OAuth is advertised.
    @Test
    void section2_endpointsAreRoutesAndRoutesEndpoints() {
        var advertised = new TreeSet<String>();
        for (var entry : fullMetadata().properties())
            if (entry.getKey().endsWith("_endpoint") || entry.getKey().equals("jwks_uri")) {
                var uri = URI.create(entry.getValue().asString());
                assertThat(uri.toString()).startsWith(world().issuer().toString());
                advertised.add(uri.getPath());
                var answer = world().wire(HERE).send(HttpRequest.newBuilder(uri));
                assertThat(answer.statusCode()).as("%s", uri).isNotEqualTo(404);
            }
        var routes = world().server().routes().stream().map(Route::template).toList();
        assertThat(routes).containsAll(advertised);
        assertThat(advertised)
                .containsAll(routes.stream().filter(it -> it.startsWith("/oauth/")).toList());
    }

    /// `response_types_supported`.
    @Test
    void section2_responseTypes() {
        operator()
                .patchClient(
                        World.SHOP,
                        "{\"grant_types\":[\"authorization_code\",\"refresh_token\",\"implicit\"]}");
        try {
            var browser = signedIn(browser());
            var listed = listed("response_types_supported");
            for (var type :
                    and(
                            listed,
                            "code",
                            "token",
                            "id_token",
                            "none",
                            "code token",
                            "code id_token",
                            "id_token token",
                            "code id_token token")) {
                var page = ask(browser, "response_type", type, "nonce", "n-1");
                if (listed.contains(type))
                    assertThat(page.parameter("code").or(() -> page.parameter("id_token")))
                            .as(type)
                            .isPresent();
                else isRefused(page, "unsupported_response_type");
            }
        } finally {
            operator()
                    .patchClient(
                            World.SHOP,
                            "{\"grant_types\":[\"authorization_code\",\"refresh_token\"]}");
        }
    }

    /// `response_modes_supported`.
    @Test
    void section2_responseModes() {
        var browser = signedIn(browser());
        var listed = listed("response_modes_supported");
        for (var mode :
                and(listed, "query", "fragment", "form_post", "web_message", "jwt", "query.jwt")) {
            var page = ask(browser, "response_mode", mode);
            if (!listed.contains(mode)) isRefused(page, "invalid_request");
            else if (page.status() == 200) assertThat(page.body()).as(mode).contains("ac_");
            else assertThat(page.parameter("code")).as(mode).isPresent();
        }
    }

    /// `grant_types_supported`: the token endpoint knows what stands there and nothing else, but
    /// for `implicit`, which is how registrations name the front channel (RFC 7591 §2.1).
    @Test
    void section2_grantTypes() {
        var listed = listed("grant_types_supported");
        assertThat(listed.contains("implicit"))
                .isEqualTo(listed("response_types_supported").contains("id_token"));
        for (var grant :
                and(
                        listed,
                        "authorization_code",
                        "refresh_token",
                        "client_credentials",
                        "password",
                        "http://auth0.com/oauth/grant-type/password-realm",
                        "http://auth0.com/oauth/grant-type/passwordless/otp",
                        "http://auth0.com/oauth/grant-type/mfa-otp",
                        "urn:ietf:params:oauth:grant-type:device_code",
                        "urn:ietf:params:oauth:grant-type:token-exchange",
                        "urn:ietf:params:oauth:grant-type:jwt-bearer",
                        "urn:ietf:params:oauth:grant-type:saml2-bearer",
                        "urn:openid:params:grant-type:ciba",
                        "urn:okta:params:oauth:grant-type:webauthn")) {
            if (grant.equals("implicit")) continue;
            var answer = token(Map.of("grant_type", grant, "client_id", "unknown"));
            assertThat(answer.text("error"))
                    .as(grant)
                    .isEqualTo(listed.contains(grant) ? "access_denied" : "unsupported_grant_type");
        }
    }

    /// `token_endpoint_auth_methods_supported`: those that need nothing but a secret are tried;
    /// what isn't listed can't be registered.
    @Test
    void section2_authenticationMethods() {
        var listed = listed("token_endpoint_auth_methods_supported");
        assertThat(listed).contains("client_secret_basic", "client_secret_post", "none");
        var browser = signedIn(browser());
        assertThat(exchange(code(ask(browser))).status()).isEqualTo(200);
        var credentials =
                (World.SHOP + ":" + world().shopSecret()).getBytes(StandardCharsets.UTF_8);
        var basic = "Basic " + Base64.getEncoder().encodeToString(credentials);
        var fields = exchangeOf(code(ask(browser)), "client_id", "", "client_secret", "");
        var byBasic =
                world().wire(HERE)
                        .postForm(tokenEndpoint(), fields, Map.of("Authorization", basic));
        assertThat(byBasic.status()).isEqualTo(200);
        assertThat(phone().refresh().status()).isEqualTo(200);
        for (var method :
                List.of(
                        "client_secret_jwt",
                        "private_key_jwt",
                        "tls_client_auth",
                        "self_signed_tls_client_auth")) {
            if (listed.contains(method)) continue;
            var body =
                    """
                    {"name":"x","app_type":"regular_web","token_endpoint_auth_method":"%s"}
                    """
                            .formatted(method);
            assertThat(operator().call("POST", "clients", body).status()).as(method).isEqualTo(400);
        }
    }

    /// `id_token_signing_alg_values_supported`: a client may choose what stands there, and gets it,
    /// by a key of `jwks_uri` where there is one.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384",
                "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"
            })
    void section2_idTokenAlgorithms(String algorithm) throws ParseException {
        var choice = "{\"jwt_configuration\":{\"alg\":\"%s\"}}";
        var changed =
                operator().call("PATCH", "clients/" + World.SHOP, choice.formatted(algorithm));
        if (!listed("id_token_signing_alg_values_supported").contains(algorithm)) {
            assertThat(changed.status()).isEqualTo(400);
            return;
        }
        try {
            assertThat(changed.status()).as("%s", changed.json()).isEqualTo(200);
            var token = SignedJWT.parse(redeem(ask(signedIn(browser()))).text("id_token"));
            assertThat(token.getHeader().getAlgorithm().getName()).isEqualTo(algorithm);
            var keys = JWKSet.parse(get(".well-known/jwks.json").json().toString());
            var kid = token.getHeader().getKeyID();
            if (algorithm.startsWith("HS")) assertThat(kid).isNull();
            else assertThat(keys.getKeyByKeyId(kid).getAlgorithm().getName()).isEqualTo(algorithm);
        } finally {
            operator().patchClient(World.SHOP, choice.formatted("RS256"));
        }
    }

    /// `jwks_uri`: what clients look for in a key (contract authentication-api §2.2), and nothing
    /// that is secret.
    @Test
    void section2_keys() {
        var answer = get(".well-known/jwks.json");
        assertThat(answer.headers().firstValue("Cache-Control").orElseThrow()).contains("max-age");
        assertThat(answer.json().path("keys")).isNotEmpty();
        for (var key : answer.json().path("keys")) {
            for (var name : List.of("kty", "use", "alg", "kid"))
                assertThat(key.path(name).asString("")).as(name).isNotEmpty();
            assertThat(key.path("use").asString()).isEqualTo("sig");
            assertThat(key.path("kty").asString())
                    .isEqualTo(key.path("alg").asString().equals("ES256") ? "EC" : "RSA");
            assertThat(listed("id_token_signing_alg_values_supported"))
                    .contains(key.path("alg").asString());
            for (var secret : List.of("d", "p", "q", "dp", "dq", "qi", "k"))
                assertThat(key.has(secret)).as(secret).isFalse();
        }
    }

    /// `prompt_values_supported` (Initiating User Registration 1.0 §4.2).
    @Test
    void section2_prompts() {
        var listed = listed("prompt_values_supported");
        for (var prompt : and(listed, "none", "login", "consent", "select_account", "create")) {
            var page = ask(signedIn(browser()), "prompt", prompt);
            assertThat(page.parameter("error").isEmpty())
                    .as(prompt)
                    .isEqualTo(listed.contains(prompt));
        }
    }

    /// `code_challenge_methods_supported` (THREATS R15.4).
    @Test
    void section2_onlyS256IsPublishedAsAChallenge() {
        assertThat(listed("code_challenge_methods_supported")).containsExactly("S256");
    }

    /// `scopes_supported`: each is granted, what isn't there isn't.
    @Test
    void section2_scopes() {
        var listed = listed("scopes_supported");
        var asking = String.join(" ", and(listed, "identities", "groups", "roles", "device"));
        var app = new App(world().issuer(), World.APP);
        var phone = new Phone(world().wire(HERE), app);
        var answer = phone.signIn(World.ADA, world().password(), asking);
        assertThat(answer.text("scope").split(" ", -1)).containsExactlyInAnyOrderElementsOf(listed);
    }

    /// `claims_supported`: of a user of whom everything is known, exactly those are told, in the ID
    /// token or at `/userinfo`.
    @Test
    void section2_claims() {
        var email = UUID.randomUUID() + "@example.org";
        var user =
                """
                {"connection":"Username-Password-Authentication","email":"%s","password":"%s",
                 "email_verified":true,"name":"Grace Hopper","given_name":"Grace",
                 "family_name":"Hopper","nickname":"amazing","phone_number":"+15550100",
                 "phone_verified":true,"picture":"https://web.example/grace.png"}
                """
                        .formatted(email, Operator.PASSWORD);
        assertThat(operator().call("POST", "users", user).status()).isEqualTo(201);
        var browser = browser();
        var scope = String.join(" ", listed("scopes_supported"));
        var page = ask(browser, "scope", scope, "max_age", "3600");
        var tokens = redeem(signIn(browser, page, email, Operator.PASSWORD));
        var told = new TreeSet<>(claims(tokens.text("id_token")).propertyNames());
        var userinfo = world().wire(HERE).get(userinfoEndpoint(), tokens.text("access_token"));
        told.addAll(userinfo.json().propertyNames());
        assertThat(told).containsExactlyInAnyOrderElementsOf(listed("claims_supported"));
    }

    /// `claims_parameter_supported`, `request_parameter_supported`,
    /// `request_uri_parameter_supported`: said, since the default of the last one is true.
    @Test
    void section2_parameters() {
        var metadata = metadata();
        assertThat(metadata.path("claims_parameter_supported").asBoolean(false)).isTrue();
        assertThat(metadata.path("request_parameter_supported").asBoolean(false)).isTrue();
        assertThat(metadata.path("request_uri_parameter_supported").asBoolean(true)).isFalse();
        var browser = signedIn(browser());
        var claims = "{\"id_token\":{\"email\":null}}";
        assertThat(idToken(ask(browser, "claims", claims)).has("email")).isTrue();
        isRefused(ask(browser, "request", "x"), "request_not_supported");
        isRefused(
                ask(browser, "request_uri", "https://web.example/r"), "request_uri_not_supported");
    }

    /// `dpop_signing_alg_values_supported` (RFC 9449 §5.1); [DpopStory] tries others.
    @Test
    void section2_proofs() {
        assertThat(listed("dpop_signing_alg_values_supported")).containsExactly("ES256");
    }

    /// RP-Initiated Logout 1.0 §2.1: `end_session_endpoint`, if the tenant publishes it.
    @Test
    void section2_theTenantDecidesWhetherItsLogoutIsPublished() {
        assertThat(metadata().has("end_session_endpoint")).isTrue();
        var change = "{\"oidc_logout\":{\"rp_logout_end_session_endpoint_discovery\":%s}}";
        change("tenants/settings", change.formatted(false));
        assertThat(metadata().has("end_session_endpoint")).isFalse();
        change("tenants/settings", change.formatted(true));
        assertThat(metadata().has("end_session_endpoint")).isTrue();
    }

    /// Back-Channel Logout 1.0 §2.1; [LogoutTokenStory] hears it, with a `sid`.
    @Test
    void section2_backChannelLogout() {
        assertThat(metadata().path("backchannel_logout_supported").asBoolean(false)).isTrue();
        assertThat(metadata().path("backchannel_logout_session_supported").asBoolean(false))
                .isTrue();
    }

    /// What isn't there isn't mentioned.
    @Test
    void section2_whatIsNotThereIsNotMentioned() {
        for (var later :
                List.of(
                        "registration_endpoint",
                        "backchannel_authentication_endpoint",
                        "check_session_iframe",
                        "frontchannel_logout_supported",
                        "mfa_challenge_endpoint"))
            assertThat(metadata().has(later)).as(later).isFalse();
    }
}
