package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/// Token revocation, section by section of RFC 7009 (contract authentication-api §5.1). Where the
/// contract decides otherwise, the test says so.
class Rfc7009Story extends KinScene {
    @Override
    Map<String, String> database() {
        return Map.of();
    }

    private URI endpoint() {
        return issuer().resolve("oauth/revoke");
    }

    private static Map<String, String> asking(Clients by, String token) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("client_id", by.web());
        fields.put("client_secret", by.webSecret());
        fields.put("token", token);
        return fields;
    }

    private HttpResponse<String> post(Map<String, String> fields, String... headers) {
        var request =
                HttpRequest.newBuilder(endpoint())
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(Wire.form(fields)));
        for (var i = 0; i < headers.length; i += 2) request.header(headers[i], headers[i + 1]);
        return wire().send(request);
    }

    private static void isDone(HttpResponse<String> response) {
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
    }

    private static void says(HttpResponse<String> response, int status, String error) {
        Answer answer = Wire.answer(response);
        assertThat(answer.text("error")).isEqualTo(error);
        assertThat(answer.status()).isEqualTo(status);
    }

    private int userinfo(String accessToken) {
        return wire().get(issuer().resolve("userinfo"), accessToken).status();
    }

    /// "The client requests the revocation of a particular token by making an HTTP POST request to
    /// the token revocation endpoint URL."
    @Nested
    class Section2 {
        @ParameterizedTest
        @ValueSource(strings = {"GET", "PUT", "DELETE"})
        void noOtherMethodRevokes(String method) {
            var kin = kin(true, true);
            var url = endpoint() + "?" + Wire.form(asking(kin.clients(), kin.webToken()));
            var request =
                    HttpRequest.newBuilder(URI.create(url))
                            .method(method, HttpRequest.BodyPublishers.noBody());
            assertThat(wire().send(request).statusCode()).isEqualTo(405);
            assertThat(webTokenWorks(kin)).isTrue();
        }

        @Test
        void discoveryTellsWhereAndHow() {
            var metadata = wire().get(issuer().resolve(".well-known/openid-configuration")).json();
            assertThat(metadata.path("revocation_endpoint").asString())
                    .isEqualTo(endpoint().toString());
            assertThat(metadata.path("revocation_endpoint_auth_methods_supported").toString())
                    .isEqualTo(
                            "[\"client_secret_basic\",\"client_secret_post\",\"client_secret_jwt\",\"private_key_jwt\",\"none\"]");
        }
    }

    @Nested
    class Section2_1 {
        /// "The invalidation takes place immediately, and the token cannot be used again after the
        /// revocation."
        @Test
        void aRefreshTokenIsRevokedAtOnce() {
            var kin = kin(true, true);
            isDone(post(asking(kin.clients(), kin.webToken())));
            assertThat(webTokenWorks(kin)).isFalse();
        }

        /// "If the particular token is a refresh token and the authorization server supports the
        /// revocation of access tokens, then the authorization server SHOULD also invalidate all
        /// access tokens based on the same authorization grant". Ours that can be, are.
        @Test
        void theAccessTokensOfItsGrantEndWithIt() {
            var kin = kin(true, true);
            var refreshed = refreshWeb(kin);
            var accessToken = refreshed.text("access_token");
            assertThat(userinfo(accessToken)).isEqualTo(200);
            var token = refreshed.json().path("refresh_token").asString(kin.webToken());
            isDone(post(asking(kin.clients(), token)));
            assertThat(userinfo(accessToken)).isEqualTo(401);
        }

        /// "If the server is unable to locate the token using the given hint, it MUST extend its
        /// search across all of its supported token types. An authorization server MAY ignore this
        /// parameter"; §2.2: "Invalid token type hints are ignored".
        @ParameterizedTest
        @ValueSource(strings = {"access_token", "refresh_token", "junk", ""})
        void aHintDoesNotMatter(String hint) {
            var kin = kin(true, true);
            var fields = asking(kin.clients(), kin.webToken());
            fields.put("token_type_hint", hint);
            isDone(post(fields));
            assertThat(webTokenWorks(kin)).isFalse();
        }

        /// "The authorization server first validates the client credentials (in case of a
        /// confidential client)".
        @Test
        void aConfidentialClientAuthenticates() {
            var kin = kin(true, true);
            var fields = asking(kin.clients(), kin.webToken());
            fields.put("client_secret", "wrong");
            says(post(fields), 401, "access_denied");
            fields.remove("client_secret");
            says(post(fields), 401, "access_denied");
            assertThat(webTokenWorks(kin)).isTrue();
        }

        @Test
        void basicAuthenticationWillDoAndIsAskedForWhenItFailed() {
            var kin = kin(true, true);
            var token = Map.of("token", kin.webToken());
            var wrong = post(token, "Authorization", basic(kin.clients().web(), "wrong"));
            assertThat(wrong.statusCode()).isEqualTo(401);
            assertThat(wrong.headers().firstValue("WWW-Authenticate").orElseThrow())
                    .startsWith("Basic ");
            var right = basic(kin.clients().web(), kin.clients().webSecret());
            isDone(post(token, "Authorization", right));
            assertThat(webTokenWorks(kin)).isFalse();
        }

        private String basic(String id, String secret) {
            var bytes = (id + ":" + secret).getBytes(StandardCharsets.UTF_8);
            return "Basic " + Base64.getEncoder().encodeToString(bytes);
        }

        @Test
        void anAssertionWillDo() {
            var kin = kin(true, true);
            var id = kin.clients().web();
            operator().patchClient(id, "{\"token_endpoint_auth_method\":\"client_secret_jwt\"}");
            var fields =
                    Assertions.parameters(
                            new Assertions(
                                            id,
                                            issuer().toString(),
                                            JWSAlgorithm.HS256,
                                            Assertions.signer(kin.clients().webSecret()))
                                    .fresh());
            fields.put("token", kin.webToken());
            isDone(post(fields));
            operator().patchClient(id, "{\"token_endpoint_auth_method\":\"client_secret_post\"}");
            assertThat(webTokenWorks(kin)).isFalse();
        }

        /// "…and then verifies whether the token was issued to the client making the revocation
        /// request. If this validation fails, the request is refused and the client is informed of
        /// the error". The contract decides otherwise: nothing happens and nothing is told, so that
        /// nobody learns whose token it is.
        @Test
        void aTokenOfAnotherClientStaysAndNothingIsTold() {
            var kin = kin(true, true);
            isDone(post(Map.of("client_id", kin.clients().app(), "token", kin.webToken())));
            assertThat(webTokenWorks(kin)).isTrue();
        }

        /// A public client has nothing but its name (§5: it must be the one that the token is for).
        @Test
        void aPublicClientRevokesItsOwn() {
            var kin = kin(true, true);
            var fields =
                    Map.of("client_id", kin.clients().app(), "token", kin.phone().refreshToken());
            isDone(post(fields));
            assertThat(kin.phone().refresh().status()).isEqualTo(403);
        }

        @Test
        void jsonWillDo() {
            var kin = kin(true, true);
            var fields = asking(kin.clients(), kin.webToken());
            assertThat(wire().post(endpoint(), fields, Map.of()).status()).isEqualTo(200);
            assertThat(webTokenWorks(kin)).isFalse();
        }
    }

    @Nested
    class Section2_2 {
        /// "The authorization server responds with HTTP status code 200 if the token has been
        /// revoked successfully or if the client submitted an invalid token."
        @Test
        void anInvalidTokenIsAnsweredAsARevokedOneIs() {
            var kin = kin(true, true);
            for (var token : new String[] {"junk", "v1." + "x".repeat(43), kin.webToken()})
                isDone(post(asking(kin.clients(), token)));
            isDone(post(asking(kin.clients(), kin.webToken())));
        }

        @Test
        void theAnswerIsNotKept() {
            var kin = kin(true, true);
            var response = post(asking(kin.clients(), "junk"));
            assertThat(response.headers().firstValue("Cache-Control")).hasValue("no-store");
        }
    }

    @Nested
    class Section2_2_1 {
        @Test
        void withoutATokenTheRequestIsInvalid() {
            var kin = kin(true, true);
            var fields = asking(kin.clients(), "");
            says(post(fields), 400, "invalid_request");
            fields.remove("token");
            says(post(fields), 400, "invalid_request");
        }

        @Test
        void withoutAClientTheRequestIsInvalid() {
            says(post(Map.of("token", "junk")), 400, "invalid_request");
        }

        /// `unsupported_token_type`: "the client tried to revoke an access token on a server not
        /// supporting this feature". The contract decides otherwise: access tokens can't be
        /// revoked, and every client that authenticates is answered 200, as SDKs expect.
        @Test
        void anAccessTokenStaysAndIsNoError() {
            var kin = kin(true, true);
            var accessToken = refreshWeb(kin).text("access_token");
            isDone(post(asking(kin.clients(), accessToken)));
            assertThat(userinfo(accessToken)).isEqualTo(200);
        }
    }

    /// "The revocation endpoint MAY support Cross-Origin Resource Sharing (CORS)".
    @Nested
    class Section2_3 {
        @Test
        void aWebPageOfTheClientMayReadTheAnswerAndNoOther() {
            var kin = kin(true, true);
            for (var origin :
                    Map.of("https://web.example", true, "https://e.example", false).entrySet()) {
                var response = post(asking(kin.clients(), "junk"), "Origin", origin.getKey());
                isDone(response);
                assertThat(response.headers().firstValue("Access-Control-Allow-Origin").isPresent())
                        .isEqualTo(origin.getValue());
                assertThat(response.headers().firstValue("Access-Control-Allow-Credentials"))
                        .isEmpty();
            }
        }

        /// JSONP MAY be supported, and isn't: a script could read what no page of the client asked
        /// for.
        @Test
        void aCallbackIsIgnored() {
            var kin = kin(true, true);
            var fields = asking(kin.clients(), "junk");
            fields.put("callback", "package.myCallback");
            isDone(post(fields));
        }
    }
}
