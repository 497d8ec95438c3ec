package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/// RFC 6749 section by section, where it says more than OpenID Connect repeats: those rules of the
/// code flow are [OpenIdCoreSection31Story]'s, and passwords (§4.3) are [TokenEndpointStory]'s.
/// Statuses are those of contract authentication-api §9, which records what Auth0 really answers.
class Rfc6749Story extends CodeFlowScene {
    private static final String WEB_APP =
            """
            {"name":"Web","app_type":"regular_web","callbacks":[%s],
             "grant_types":["authorization_code"]}
            """;

    Rfc6749Story() {
        super(Map.of());
    }

    private JsonNode created(String path, String body) {
        var answer = operator().call("POST", path, body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return answer.json();
    }

    private String webApp(String... callbacks) {
        var list = "\"" + String.join("\",\"", callbacks) + "\"";
        return created("clients", WEB_APP.formatted(list)).path("client_id").asString();
    }

    private Answer basic(Map<String, String> fields, String credentials) {
        var bytes = credentials.getBytes(StandardCharsets.UTF_8);
        var header = "Basic " + Base64.getEncoder().encodeToString(bytes);
        return world().wire(HERE)
                .postForm(tokenEndpoint(), fields, Map.of("Authorization", header));
    }

    private HttpResponse<String> send(String method, URI uri) {
        return world().wire(HERE)
                .send(
                        HttpRequest.newBuilder(uri)
                                .method(method, HttpRequest.BodyPublishers.noBody()));
    }

    private Answer postedText(String form) {
        return Wire.answer(
                world().wire(HERE)
                        .send(
                                HttpRequest.newBuilder(tokenEndpoint())
                                        .header("Content-Type", "application/x-www-form-urlencoded")
                                        .POST(HttpRequest.BodyPublishers.ofString(form))));
    }

    // §2.3.1 Client password

    /// "The authorization server MUST support the HTTP Basic authentication scheme", and MAY
    /// support the credentials in the body.
    @Test
    void section2_3_1_basicAndTheBodyAreTheSame() {
        var browser = signedIn(browser());
        var withoutCredentials =
                exchangeOf(code(ask(browser)), "client_id", "", "client_secret", "");
        var byBasic = basic(withoutCredentials, World.SHOP + ":" + world().shopSecret());
        assertThat(byBasic.status()).as("%s", byBasic.json()).isEqualTo(200);
        assertThat(exchange(code(ask(browser))).status()).isEqualTo(200);
    }

    /// "The parameters [...] MUST NOT be included in the request URI."
    @Test
    void section2_3_1_noSecretIsReadFromTheUri() {
        var code = code(ask(signedIn(browser())));
        var uri = Wire.with(tokenEndpoint(), Map.of("client_secret", world().shopSecret()));
        var answer =
                world().wire(HERE).postForm(uri, exchangeOf(code, "client_secret", ""), Map.of());
        says(answer, 401, "access_denied");
    }

    /// §2.3: "The client MUST NOT use more than one authentication method in each request."
    @Test
    void section2_3_moreThanOneMethodIsRefused() {
        var code = code(ask(signedIn(browser())));
        says(
                basic(exchangeOf(code), World.SHOP + ":" + world().shopSecret()),
                400,
                "invalid_request");
    }

    // §3.1 Authorization endpoint

    /// "Parameters sent without a value MUST be treated as if they were omitted from the request."
    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonce",
                "prompt",
                "max_age",
                "audience",
                "organization",
                "connection",
                "claims",
                "id_token_hint",
                "login_hint",
                "response_mode",
                "code_challenge",
                "code_challenge_method",
                "request",
                "request_uri",
                "dpop_jkt",
                "session_transfer_token",
                "unheard_of"
            })
    void section3_1_aParameterWithoutAValueIsOmitted(String name) {
        var uri = URI.create(authorize(Map.of()) + "&" + name + "=");
        assertThat(signedIn(browser()).openUntilAway(uri).parameter("code")).isPresent();
    }

    /// "[It] MUST support the use of the HTTP GET method [...] and MAY support POST": nothing else.
    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE", "PATCH"})
    void section3_1_noOtherMethodAsks(String method) {
        var answer = send(method, authorize(Map.of()));
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Location")).isEmpty();
    }

    // §3.1.1 Response type

    /// "The order of values does not matter": two ways to name what we don't have are one.
    @ParameterizedTest
    @ValueSource(strings = {"code token", "token code", "none", "code code", "id_token  code"})
    void section3_1_1_whatIsNotUnderstoodIsUnsupported(String type) {
        var page = ask(signedIn(browser()), "response_type", type);
        isRefused(page, "unsupported_response_type");
    }

    // §3.1.2 Redirection endpoint

    /// "The redirection endpoint URI MUST be an absolute URI", and "MUST NOT include a fragment".
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/callback",
                "web.example/callback",
                "//web.example/callback",
                "https://web.example/callback#part",
                "https://web.example/callback#",
                "https:///callback",
                "http://web.example/callback",
                "javascript:alert(1)",
                "data:text/html,x"
            })
    void section3_1_2_onlyAnAbsoluteUriWithoutFragmentIsRegistered(String uri) {
        var answer = operator().call("POST", "clients", WEB_APP.formatted("\"" + uri + "\""));
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(400);
    }

    /// "The endpoint URI MAY include a [...] query component, which MUST be retained when adding
    /// additional query parameters."
    @Test
    void section3_1_2_itsQueryIsRetained() {
        var uri = "https://web.example/cb?tenant=a%20b&x=1";
        var page = ask(signedIn(browser()), "client_id", webApp(uri), "redirect_uri", uri);
        assertThat(page.location().orElseThrow().toString()).startsWith(uri + "&code=");
        var refused =
                ask(browser(), "client_id", webApp(uri), "redirect_uri", uri, "prompt", "none");
        assertThat(refused.location().orElseThrow().toString())
                .startsWith(uri + "&error=login_required&");
    }

    /// §3.1.2.2: "The authorization server MAY allow the client to register multiple redirection
    /// endpoints"; §3.1.2.3: then "the client MUST include a redirection URI".
    @Test
    void section3_1_2_3_ofSeveralOneIsNamed() {
        var app = webApp("https://web.example/a", "https://web.example/b");
        var browser = signedIn(browser());
        for (var uri : List.of("https://web.example/a", "https://web.example/b"))
            assertThat(ask(browser, "client_id", app, "redirect_uri", uri).location().orElseThrow())
                    .asString()
                    .startsWith(uri + "?code=");
        isOnOurPage(ask(browser, "client_id", app, "redirect_uri", ""));
    }

    /// §3.1.2.4: "If an authorization request fails validation due to a missing, invalid, or
    /// mismatching redirection URI, the authorization server SHOULD inform the resource owner of
    /// the error and MUST NOT automatically redirect" (§10.15: no open redirector).
    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example/",
                "//evil.example/",
                "javascript:alert(1)",
                "/callback",
                "https://evil.example/\r\nSet-Cookie: a=b"
            })
    void section3_1_2_4_anInvalidEndpointIsNotRedirectedTo(String uri) {
        for (var prompt : List.of("", "none", "nonsense")) {
            var page = ask(browser(), "redirect_uri", uri, "prompt", prompt);
            isOnOurPage(page);
            assertThat(page.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/html");
            assertThat(page.heading()).isEqualTo("Callback URL mismatch.");
            assertThat(page.body()).doesNotContain("evil.example");
        }
    }

    // §3.2 Token endpoint

    /// "Parameters sent without a value MUST be treated as if they were omitted", and "the
    /// authorization server MUST ignore unrecognized request parameters."
    @Test
    void section3_2_emptyAndUnknownParametersAreIgnored() {
        var code = code(ask(signedIn(browser())));
        var form = Wire.form(exchangeOf(code)) + "&code_verifier=&audience=&scope=&x=1&y=";
        assertThat(postedText(form).status()).isEqualTo(200);
        says(postedText("grant_type=&client_id=" + World.APP), 400, "invalid_request");
    }

    /// "Request and response parameters MUST NOT be included more than once."
    @ParameterizedTest
    @ValueSource(strings = {"code", "grant_type", "client_id", "client_secret", "unheard_of"})
    void section3_2_noParameterIsRepeated(String name) {
        var code = code(ask(signedIn(browser())));
        var form = Wire.form(exchangeOf(code)) + "&%s=a&%s=a".formatted(name, name);
        says(postedText(form), 400, "invalid_request");
        // It was never looked at.
        assertThat(exchange(code).status()).isEqualTo(200);
    }

    // §3.2.1 Client authentication

    /// "A client MAY use the client_id request parameter to identify itself": a public one must.
    @Test
    void section3_2_1_aPublicClientNamesItself() {
        var phone = phone();
        var fields = Map.of("grant_type", "refresh_token", "refresh_token", phone.refreshToken());
        says(token(fields), 400, "invalid_request");
        assertThat(token(with(fields, "client_id", World.APP)).status()).isEqualTo(200);
    }

    /// "A confidential client [...] MUST authenticate": whatever it asks for.
    @ParameterizedTest
    @ValueSource(strings = {"authorization_code", "refresh_token"})
    void section3_2_1_aConfidentialClientAuthenticatesForEveryGrant(String grant) {
        for (var secret : List.of("", "wrong"))
            says(
                    exchange("junk", "grant_type", grant, "client_secret", secret),
                    401,
                    "access_denied");
    }

    // §3.3 Access token scope

    /// "A list of space-delimited, case-sensitive strings [...] their order does not matter."
    @Test
    void section3_3_aScopeIsCaseSensitiveAndUnordered() {
        var browser = signedIn(browser());
        var upper = redeem(ask(browser, "scope", "openid Profile EMAIL"));
        assertThat(upper.text("scope")).isEqualTo("openid");
        var there = redeem(ask(browser, "scope", "openid email profile"));
        var back = redeem(ask(browser, "scope", "profile email openid"));
        assertThat(claims(back.text("id_token")).propertyNames())
                .containsExactlyInAnyOrderElementsOf(
                        claims(there.text("id_token")).propertyNames());
    }

    /// "If the issued access token scope is different from the one requested [...], the
    /// authorization server MUST include the scope response parameter": it always is there.
    @Test
    void section3_3_theGrantedScopeIsTold() {
        var browser = signedIn(browser());
        for (var scope : List.of("openid", "openid unheard:of", "openid profile"))
            assertThat(redeem(ask(browser, "scope", scope)).text("scope"))
                    .isEqualTo(scope.replace(" unheard:of", ""));
    }

    // §4.1 Authorization code grant

    /// §4.1.2: the code "MUST expire shortly after it is issued", and is bound to its client and
    /// redirection URI; §4.1.3: what is presented is verified. A code that was refused is burnt.
    @Test
    void section4_1_3_aCodeThatWasRefusedIsNoMore() {
        var code = code(ask(signedIn(browser())));
        says(exchange(code, "redirect_uri", callback() + "/"), 403, "invalid_grant");
        says(exchange(code), 403, "invalid_grant");
    }

    /// §4.1.2: "A maximum authorization code lifetime of 10 minutes is RECOMMENDED"; ours is a
    /// minute (contract authentication-api §3.2).
    @Test
    void section4_1_2_aCodeLivesForAMinute() {
        var browser = signedIn(browser());
        var live = code(ask(browser));
        sql("UPDATE authorization_code SET expires_at = expires_at - 30000");
        assertThat(exchange(live).status()).isEqualTo(200);
        var dead = code(ask(browser));
        sql("UPDATE authorization_code SET expires_at = expires_at - 60001");
        says(exchange(dead), 403, "invalid_grant");
    }

    /// §4.1.2.1: `unauthorized_client` is one that "is not authorized to request an authorization
    /// code using this method".
    @Test
    void section4_1_2_1_aClientWithoutTheGrantMayNotAsk() {
        var app =
                created(
                                "clients",
                                """
                                {"name":"Machine","app_type":"non_interactive",
                                 "callbacks":["https://web.example/m"],
                                 "grant_types":["client_credentials"]}
                                """)
                        .path("client_id")
                        .asString();
        var page = ask(browser(), "client_id", app, "redirect_uri", "https://web.example/m");
        isRefused(page, "unauthorized_client");
    }

    // §4.4 Client credentials grant

    private JsonNode machine() {
        var machine = created("clients", "{\"name\":\"m\",\"app_type\":\"non_interactive\"}");
        created(
                "client-grants",
                "{\"client_id\":\"%s\",\"audience\":\"%s\",\"scope\":[\"read:orders\"]}"
                        .formatted(machine.path("client_id").asString(), World.API));
        return machine;
    }

    private static Map<String, String> credentials(JsonNode machine) {
        return Map.of(
                "grant_type",
                "client_credentials",
                "client_id",
                machine.path("client_id").asString(),
                "client_secret",
                machine.path("client_secret").asString(),
                "audience",
                World.API);
    }

    /// §4.4.2: "The client MUST authenticate"; §4.4.3: "A refresh token SHOULD NOT be included."
    @Test
    void section4_4_aClientGetsAnAccessTokenForItselfAndNothingElse() {
        var fields = credentials(machine());
        says(token(with(fields, "client_secret", "")), 401, "access_denied");
        says(token(with(fields, "client_secret", "wrong")), 401, "access_denied");
        var answer = token(with(fields, "scope", "openid offline_access read:orders"));
        assertThat(answer.json().propertyNames())
                .containsExactlyInAnyOrder("access_token", "token_type", "expires_in", "scope");
        assertThat(answer.text("scope")).isEqualTo("read:orders");
    }

    /// §4.4: "The client credentials grant type MUST only be used by confidential clients."
    @Test
    void section4_4_aPublicClientGetsNone() {
        var machine = machine();
        operator()
                .patchClient(
                        machine.path("client_id").asString(),
                        "{\"token_endpoint_auth_method\":\"none\"}");
        says(token(credentials(machine)), 401, "access_denied");
    }

    // §5.1 Successful response

    /// Appendix A.12, A.17: tokens and codes are printable ASCII, so that they travel everywhere.
    @Test
    void section5_1_whatIsIssuedIsPrintable() {
        var page = ask(signedIn(browser()), "scope", "openid offline_access");
        var tokens = redeem(page);
        for (var text :
                List.of(code(page), tokens.text("access_token"), tokens.text("refresh_token")))
            assertThat(text).matches("[A-Za-z0-9._~-]{32,2048}");
    }

    /// "The authorization server MUST include the HTTP Cache-Control response header field with a
    /// value of no-store [...] as well as Pragma with a value of no-cache."
    @Test
    void section5_1_nobodyKeepsAnAnswerOfAnyGrant() {
        var tokens = redeem(ask(signedIn(browser()), "scope", "openid offline_access"));
        for (var answer : List.of(tokens, refresh(tokens), token(credentials(machine())))) {
            assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
            assertThat(answer.text("token_type")).isEqualTo("Bearer");
            assertThat(answer.json().path("expires_in").isIntegralNumber()).isTrue();
            assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
            assertThat(answer.headers().firstValue("Pragma")).hasValue("no-cache");
        }
    }

    // §5.2 Error response

    /// Each code of the section. Contract authentication-api §9: `access_denied` in place of
    /// `invalid_client`, and 403 in place of 400 for what the client may not have.
    @ParameterizedTest
    @CsvSource({
        "grant_type, '', 400, invalid_request",
        "code, '', 400, invalid_request",
        "client_id, '', 400, invalid_request",
        "client_secret, wrong, 401, access_denied",
        "client_id, unknown, 401, access_denied",
        "code, junk, 403, invalid_grant",
        "grant_type, password, 403, unauthorized_client",
        "grant_type, client_credentials, 403, unauthorized_client",
        "grant_type, implicit, 403, unsupported_grant_type",
        "grant_type, urn:x, 403, unsupported_grant_type"
    })
    void section5_2_anErrorHasItsCodeAndStatus(
            String name, String value, int status, String error) {
        var answer = exchange(code(ask(signedIn(browser()))), name, value);
        says(answer, status, error);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(answer.text("error_description")).matches("[\\x20-\\x7e]+");
    }

    /// "If the client attempted to authenticate via the Authorization request header field, the
    /// authorization server MUST respond with 401 and include WWW-Authenticate matching the
    /// authentication scheme."
    @Test
    void section5_2_failedBasicAuthenticationIsChallenged() {
        var answer = basic(exchangeOf("junk", "client_id", "", "client_secret", ""), "a:b");
        says(answer, 401, "access_denied");
        assertThat(answer.headers().firstValue("WWW-Authenticate").orElseThrow())
                .startsWith("Basic realm=");
    }

    // §6 Refreshing an access token

    /// "The requested scope MUST NOT include any scope not originally granted": contract
    /// authentication-api §4.5 leaves such a scope out, as Auth0 does, and tells what is left.
    @Test
    void section6_aRefreshNeverGrantsMoreAndNarrowsForOnce() {
        var tokens = redeem(ask(signedIn(browser()), "scope", "openid profile offline_access"));
        assertThat(refresh(tokens, "scope", "openid email phone").text("scope"))
                .isEqualTo("openid");
        assertThat(refresh(tokens, "scope", "profile").text("scope")).isEqualTo("profile");
        // "If omitted is treated as equal to the scope originally granted."
        assertThat(refresh(tokens).text("scope")).isEqualTo("openid profile offline_access");
    }

    /// "The authorization server MUST [...] ensure that the refresh token was issued to the
    /// authenticated client" (§10.4: and keep that binding).
    @Test
    void section6_aRefreshTokenIsItsClients() {
        var tokens = redeem(ask(signedIn(browser()), "scope", "openid offline_access"));
        var machine =
                created(
                        "clients",
                        """
                        {"name":"Other","app_type":"regular_web",
                         "callbacks":["https://web.example/o"],
                         "grant_types":["authorization_code","refresh_token"]}
                        """);
        says(
                refresh(
                        tokens,
                        "client_id",
                        machine.path("client_id").asString(),
                        "client_secret",
                        machine.path("client_secret").asString()),
                403,
                "invalid_grant");
        assertThat(refresh(tokens).status()).isEqualTo(200);
    }

    // §10 Security considerations

    /// §10.5: "Authorization codes MUST be short lived and single-use"; §10.10: "the probability of
    /// an attacker guessing generated tokens MUST be less than or equal to 2^(-128)".
    @Test
    void section10_10_noTwoCodesAreAlikeAndEachIsLong() {
        var browser = signedIn(browser());
        var codes = new HashSet<String>();
        for (var i = 0; i < 20; i++) codes.add(code(ask(browser)));
        assertThat(codes).hasSize(20);
        // 22 characters of base64url are 132 bits; what stands before them is the same in all.
        assertThat(codes).allMatch(code -> code.length() >= 22 + "ac_".length());
    }

    /// §10.12: a request for authorization changes nothing for whoever is made to send it: the
    /// answer goes to the client with the `state` that it can compare.
    @Test
    void section10_12_theClientCanTellItsOwnAnswer() {
        var page = ask(signedIn(browser()), "state", "of this browser");
        assertThat(page.parameter("state")).hasValue("of this browser");
    }

    /// §10.13: "The authorization server [...] MUST prevent clickjacking": no page of ours is
    /// framed.
    @Test
    void section10_13_noPageIsFramed() {
        for (var page :
                List.of(
                        ask(browser()),
                        ask(browser(), "client_id", "unknown"),
                        ask(signedIn(browser()), "response_mode", "form_post"))) {
            assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                    .contains("frame-ancestors 'none'");
            assertThat(page.headers().firstValue("X-Frame-Options")).hasValue("DENY");
        }
    }

    /// §10.14: what comes in with a request is never code in a page.
    @Test
    void section10_14_nothingIsInjected() {
        var evil = "\"><script>alert(1)</script>";
        for (var browser : List.<BrowserJar>of(browser(), signedIn(browser())))
            for (var name : List.of("state", "login_hint", "client_id", "redirect_uri"))
                assertThat(ask(browser, name, evil, "response_mode", "form_post").body())
                        .doesNotContain("<script>alert");
    }
}
