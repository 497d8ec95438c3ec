package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Token introspection, section by section of RFC 7662.
class Rfc7662Story extends KinScene {
    private static final String REALM = "http://auth0.com/oauth/grant-type/password-realm";
    private static final String API = "https://stock.example";

    /// A confidential client.
    private record Registered(String id, String secret) {}

    private Registered client = new Registered("", "");
    private String user = "";

    @Override
    Map<String, String> database() {
        return Map.of();
    }

    @BeforeAll
    void register() {
        api(API, "");
        client = confidential("");
        user = operator().createUser();
    }

    private void api(String identifier, String more) {
        create(
                "resource-servers",
                """
                {"identifier":"%s","allow_offline_access":true,"scopes":[{"value":"read:stock"}],
                 "skip_consent_for_verifiable_first_party_clients":true%s}
                """
                        .formatted(identifier, more));
    }

    private Registered confidential(String more) {
        var made =
                create(
                        "clients",
                        """
                        {"name":"Stock","app_type":"regular_web",
                         "grant_types":["refresh_token","client_credentials","%s"],
                         "refresh_token":{"rotation_type":"rotating","expiration_type":"expiring"}%s}
                        """
                                .formatted(REALM, more));
        return new Registered(
                made.path("client_id").asString(), made.path("client_secret").asString());
    }

    private URI endpoint() {
        return issuer().resolve("oauth/introspect");
    }

    private static Map<String, String> asking(Registered by, String token) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("client_id", by.id());
        fields.put("client_secret", by.secret());
        fields.put("token", token);
        return fields;
    }

    private Answer introspect(Registered by, String token) {
        var answer = wire().postForm(endpoint(), asking(by, token), Map.of());
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer;
    }

    private boolean isActive(Registered by, String token) {
        var answer = introspect(by, token).json();
        if (answer.path("active").asBoolean()) return true;
        // §2.2: nothing else is said of a token that isn't active.
        assertThat(answer.toString()).isEqualTo("{\"active\":false}");
        return false;
    }

    private Answer token(Registered by, Map<String, String> fields) {
        var all = new LinkedHashMap<>(fields);
        all.put("client_id", by.id());
        all.put("client_secret", by.secret());
        var answer = wire().postForm(issuer().resolve("oauth/token"), all, Map.of());
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer;
    }

    private Answer signIn(Registered by, String email, Optional<String> audience) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("grant_type", REALM);
        fields.put("realm", "Username-Password-Authentication");
        fields.put("username", email);
        fields.put("password", Operator.PASSWORD);
        fields.put("scope", "openid email offline_access read:stock");
        audience.ifPresent(it -> fields.put("audience", it));
        return token(by, fields);
    }

    private Answer signIn(Optional<String> audience) {
        return signIn(client, user, audience);
    }

    private static void says(Answer answer, int status, String error) {
        assertThat(answer.text("error")).isEqualTo(error);
        assertThat(answer.status()).isEqualTo(status);
    }

    @Nested
    class Section2_1 {
        @Test
        void theEndpointTakesAForm() {
            var token = signIn(Optional.empty()).text("access_token");
            assertThat(isActive(client, token)).isTrue();
        }

        @Test
        void theEndpointTakesJson() {
            var token = signIn(Optional.empty()).text("access_token");
            var answer = wire().post(endpoint(), asking(client, token), Map.of());
            assertThat(answer.json().path("active").asBoolean()).isTrue();
        }

        @Test
        void theTokenIsNeeded() {
            var fields = asking(client, "");
            says(wire().postForm(endpoint(), fields, Map.of()), 400, "invalid_request");
            fields.remove("token");
            says(wire().postForm(endpoint(), fields, Map.of()), 400, "invalid_request");
        }

        /// "An authorization server MAY ignore this parameter, particularly if it is able to detect
        /// the token type automatically."
        @ParameterizedTest
        @ValueSource(strings = {"access_token", "refresh_token", "junk"})
        void aHintDoesNotMatter(String hint) {
            var tokens = signIn(Optional.empty());
            for (var token : List.of(tokens.text("access_token"), tokens.text("refresh_token"))) {
                var fields = asking(client, token);
                fields.put("token_type_hint", hint);
                assertThat(
                                wire().postForm(endpoint(), fields, Map.of())
                                        .json()
                                        .path("active")
                                        .asBoolean())
                        .isTrue();
            }
        }

        @Test
        void onlyPostIsHeard() {
            var token = signIn(Optional.empty()).text("access_token");
            var inQuery = URI.create(endpoint() + "?" + Wire.form(asking(client, token)));
            assertThat(wire().send(HttpRequest.newBuilder(inQuery)).statusCode()).isEqualTo(405);
        }

        /// "the authorization server MUST also require some form of authorization to access this
        /// endpoint"
        @Test
        void whoDoesNotAuthenticateIsToldNothing() {
            var token = signIn(Optional.empty()).text("access_token");
            var wrong = asking(new Registered(client.id(), "wrong"), token);
            says(wire().postForm(endpoint(), wrong, Map.of()), 401, "access_denied");
            wrong.remove("client_secret");
            says(wire().postForm(endpoint(), wrong, Map.of()), 401, "access_denied");
            says(
                    wire().postForm(endpoint(), Map.of("token", token), Map.of()),
                    400,
                    "invalid_request");
            says(
                    wire().postForm(
                                    endpoint(),
                                    Map.of("token", token),
                                    Map.of("Authorization", "Bearer " + token)),
                    400,
                    "invalid_request");
        }

        @Test
        void aPublicClientIsToldNothing() {
            var phone = clients(true, true);
            var fields = Map.of("client_id", phone.app(), "token", "junk");
            says(wire().postForm(endpoint(), fields, Map.of()), 401, "invalid_client");
        }

        @Test
        void everyMethodOfAuthenticationWillDo() {
            var token = signIn(Optional.empty()).text("access_token");
            var basic =
                    Base64.getEncoder()
                            .encodeToString(
                                    (client.id() + ":" + client.secret())
                                            .getBytes(StandardCharsets.UTF_8));
            var answer =
                    wire().postForm(
                                    endpoint(),
                                    Map.of("token", token),
                                    Map.of("Authorization", "Basic " + basic));
            assertThat(answer.json().path("active").asBoolean()).isTrue();
            var signing = confidential(",\"token_endpoint_auth_method\":\"client_secret_jwt\"");
            var fields =
                    Assertions.parameters(
                            new Assertions(
                                            signing.id(),
                                            issuer().toString(),
                                            JWSAlgorithm.HS256,
                                            Assertions.signer(signing.secret()))
                                    .fresh());
            fields.put("token", "junk");
            var signed = wire().postForm(endpoint(), fields, Map.of());
            assertThat(signed.status()).isEqualTo(200);
            says(wire().postForm(endpoint(), fields, Map.of()), 401, "invalid_client");
        }

        @Test
        void discoveryTellsWhereAndHow() {
            var metadata = wire().get(issuer().resolve(".well-known/openid-configuration")).json();
            assertThat(metadata.path("introspection_endpoint").asString())
                    .isEqualTo(endpoint().toString());
            assertThat(metadata.path("introspection_endpoint_auth_methods_supported").toString())
                    .isEqualTo(
                            "[\"client_secret_basic\",\"client_secret_post\",\"client_secret_jwt\",\"private_key_jwt\"]");
        }
    }

    @Nested
    class Section2_2 {
        private void isNow(JsonNode time) {
            assertThat(time.isIntegralNumber()).isTrue();
            assertThat(Instant.ofEpochSecond(time.asLong()))
                    .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(5));
        }

        @Test
        void anOpaqueAccessTokenTellsWhatItIsFor() {
            var answer = introspect(client, signIn(Optional.empty()).text("access_token"));
            var json = (ObjectNode) answer.json();
            isNow(json.path("iat"));
            assertThat(json.path("exp").asLong() - json.path("iat").asLong()).isEqualTo(86_400);
            json.remove(List.of("iat", "exp"));
            assertThat(json.toString())
                    .isEqualTo(
                            """
                            {"active":true,"client_id":"%s","scope":"openid email offline_access",\
                            "token_type":"Bearer","sub":"%s","iss":"%s","aud":"%suserinfo"}\
                            """
                                    .formatted(client.id(), userId(user), issuer(), issuer()));
            assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("application/json");
            assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        }

        @Test
        void aRefreshTokenTellsWhoseItIsAndIsNoBearerToken() {
            var token = signIn(Optional.of(API)).text("refresh_token");
            var json = (ObjectNode) introspect(client, token).json();
            isNow(json.path("iat"));
            assertThat(json.path("exp").asLong()).isGreaterThan(Instant.now().getEpochSecond());
            json.remove(List.of("iat", "exp"));
            assertThat(json.toString())
                    .isEqualTo(
                            """
                            {"active":true,"client_id":"%s","scope":"openid email offline_access read:stock",\
                            "sub":"%s","iss":"%s","aud":"%s"}\
                            """
                                    .formatted(client.id(), userId(user), issuer(), API));
        }

        @Test
        void aJwtTellsWhatItSays() {
            var token = signIn(Optional.of(API)).text("access_token");
            var expected = (ObjectNode) BrowserScene.claims(token);
            expected.put("active", true).put("client_id", client.id()).put("token_type", "Bearer");
            assertThat(introspect(client, token).json()).isEqualTo(expected);
        }

        /// RFC 9449 §6.2.
        @Test
        void anAccessTokenThatIsBoundToAKeyTellsWhich() {
            var device = new DpopDevice(issuer(), client.id(), DpopDevice.newKey());
            var asks = asking(client, "");
            asks.put("grant_type", "refresh_token");
            DpopDevice.assertRefused(device.token(asks, device.proving()), 400, "use_dpop_nonce");
            for (var audience : List.of("", API)) {
                var fields = new LinkedHashMap<String, String>();
                fields.put("client_id", client.id());
                fields.put("client_secret", client.secret());
                fields.put("grant_type", REALM);
                fields.put("realm", "Username-Password-Authentication");
                fields.put("username", user);
                fields.put("password", Operator.PASSWORD);
                fields.put("scope", "openid");
                fields.put("audience", audience);
                var token = DpopDevice.issued(device.token(fields, device.proving()));
                var json = introspect(client, token.text("access_token")).json();
                assertThat(json.path("token_type").asString()).isEqualTo("DPoP");
                assertThat(json.at("/cnf/jkt").asString()).matches("[A-Za-z0-9_-]{43}");
            }
        }

        @Test
        void aClientsOwnAccessTokenIsActive() {
            create(
                    "client-grants",
                    """
                    {"client_id":"%s","audience":"%s","scope":["read:stock"]}
                    """
                            .formatted(client.id(), API));
            var token =
                    token(client, Map.of("grant_type", "client_credentials", "audience", API))
                            .text("access_token");
            var json = introspect(client, token).json();
            assertThat(json.path("active").asBoolean()).isTrue();
            assertThat(json.path("sub").asString()).isEqualTo(client.id() + "@clients");
            assertThat(json.path("scope").asString()).isEqualTo("read:stock");
        }

        /// Contract authentication-api §8.1: an API may share a secret with us.
        @Test
        void aJwtThatTheApisSecretSignsIsActive() {
            api("https://hs.example", ",\"signing_alg\":\"HS256\"");
            var token = signIn(Optional.of("https://hs.example")).text("access_token");
            assertThat(isActive(client, token)).isTrue();
            assertThat(isActive(client, token.substring(0, token.length() - 6) + "AAAAAA"))
                    .isFalse();
        }

        @Test
        void whatIsNoTokenOfTheseKindsIsNotActive() {
            for (var text :
                    List.of("junk", "v1." + "x".repeat(43), "at_" + "x".repeat(43), "a.b.c"))
                assertThat(isActive(client, text)).as(text).isFalse();
        }

        /// THREATS T-12.
        @Test
        void aSessionTransferTokenACodeACookieAndAnIdTokenAreNeverActive() {
            var kin = kin(true, true);
            var web = new Registered(kin.clients().web(), kin.clients().webSecret());
            assertThat(isActive(web, kin.webToken())).isTrue();
            for (var text :
                    List.of(
                            kin.waiting(),
                            kin.code(),
                            kin.cookie().substring(SESSION.length() + 1),
                            kin.idToken())) assertThat(isActive(web, text)).as(text).isFalse();
            // And they are as good as before.
            assertThat(codeWorks(kin)).isTrue();
        }

        @Test
        void aTokenOfAnotherClientIsNotActive() {
            var other = confidential("");
            var opaque = signIn(Optional.empty());
            var jwt = signIn(Optional.of(API));
            for (var token :
                    List.of(
                            opaque.text("access_token"),
                            opaque.text("refresh_token"),
                            jwt.text("access_token"))) {
                assertThat(isActive(other, token)).isFalse();
                assertThat(isActive(client, token)).isTrue();
            }
        }

        @Test
        void anApiMayAskAboutAccessTokensForItselfWhoeverHasThem() {
            var identifier = "https://shelf.example";
            api(identifier, "");
            var api = confidential(",\"resource_server_identifier\":\"" + identifier + "\"");
            var tokens = signIn(Optional.of(identifier));
            var json = introspect(api, tokens.text("access_token")).json();
            assertThat(json.path("active").asBoolean()).isTrue();
            assertThat(json.path("client_id").asString()).isEqualTo(client.id());
            // Not about those for another API, nor about what isn't for APIs at all.
            assertThat(isActive(api, signIn(Optional.of(API)).text("access_token"))).isFalse();
            assertThat(isActive(api, tokens.text("refresh_token"))).isFalse();
            assertThat(isActive(api, signIn(Optional.empty()).text("access_token"))).isFalse();
        }

        @Test
        void anExpiredJwtIsNotActive() {
            api("https://short.example", ",\"token_lifetime\":0");
            var token = signIn(Optional.of("https://short.example")).text("access_token");
            assertThat(isActive(client, token)).isFalse();
        }

        @Test
        void askingAboutARefreshTokenThatWasRotatedAwayIsNoBreach() {
            var old = signIn(Optional.empty()).text("refresh_token");
            var refresh = Map.of("grant_type", "refresh_token", "refresh_token", old);
            var successor = token(client, refresh).text("refresh_token");
            assertThat(isActive(client, old)).isFalse();
            assertThat(isActive(client, successor)).isTrue();
            token(client, Map.of("grant_type", "refresh_token", "refresh_token", successor));
        }

        @Test
        void whatIsRevokedIsNotActive() {
            var tokens = signIn(Optional.empty());
            var fields = asking(client, tokens.text("refresh_token"));
            wire().postForm(issuer().resolve("oauth/revoke"), fields, Map.of());
            assertThat(isActive(client, tokens.text("refresh_token"))).isFalse();
            assertThat(isActive(client, tokens.text("access_token"))).isFalse();
        }

        /// Promise P2.
        @Test
        void nothingOfAUserWhoIsBlockedOrGoneIsActive() {
            var email = operator().createUser();
            var jwt = signIn(client, email, Optional.of(API)).text("access_token");
            var tokens = signIn(client, email, Optional.empty());
            var all = List.of(jwt, tokens.text("access_token"), tokens.text("refresh_token"));
            var path = users(userId(email));
            assertThat(all).allMatch(it -> isActive(client, it));
            manage(200, "PATCH", path, "{\"blocked\":true}");
            assertThat(all).noneMatch(it -> isActive(client, it));
            manage(200, "PATCH", path, "{\"blocked\":false}");
            assertThat(isActive(client, jwt)).isTrue();
            manage(204, "DELETE", path);
            assertThat(all).noneMatch(it -> isActive(client, it));
        }

        @Test
        void nothingOfAClientThatIsGoneIsActive() {
            var identifier = "https://gone.example";
            api(identifier, "");
            var api = confidential(",\"resource_server_identifier\":\"" + identifier + "\"");
            var other = confidential("");
            var token = signIn(other, user, Optional.of(identifier)).text("access_token");
            assertThat(isActive(api, token)).isTrue();
            manage(204, "DELETE", "clients/" + other.id());
            assertThat(isActive(api, token)).isFalse();
        }
    }

    /// "Note that a properly formed and authorized query for an inactive or otherwise invalid token
    /// [...] is not considered an error response by this specification."
    @Nested
    class Section2_3 {
        @Test
        void aRepeatedParameterAndABodyOfAnotherTypeAreErrors() {
            var token = signIn(Optional.empty()).text("access_token");
            for (var body :
                    Map.of(
                                    Wire.form(asking(client, token)) + "&token=x",
                                    "application/x-www-form-urlencoded",
                                    "token=x",
                                    "text/plain",
                                    "{\"token\":[]}",
                                    "application/json")
                            .entrySet()) {
                var request =
                        HttpRequest.newBuilder(endpoint())
                                .header("Content-Type", body.getValue())
                                .POST(HttpRequest.BodyPublishers.ofString(body.getKey()));
                says(Wire.answer(wire().send(request)), 400, "invalid_request");
            }
        }
    }
}
