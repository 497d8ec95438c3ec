package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.story.World;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/// What holds at every endpoint (contract authentication-api §1).
class ConventionsStory extends CodeFlowScene {
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String USERS = "Username-Password-Authentication";
    private static final String DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

    /// Where a body is posted, and what a request in order is answered.
    enum Endpoint {
        TOKEN("oauth/token", 403),
        REVOKE("oauth/revoke", 200),
        INTROSPECT("oauth/introspect", 200),
        DEVICE_CODE("oauth/device/code", 200),
        PAR("oauth/par", 201),
        SIGN_UP("dbconnections/signup", 200),
        CHANGE_PASSWORD("dbconnections/change_password", 200);

        private final String path;
        private final int status;

        Endpoint(String path, int status) {
            this.path = path;
            this.status = status;
        }
    }

    private String tv = "";

    ConventionsStory() {
        super(Map.of("limits.sign-ups", "1000/h"));
    }

    @BeforeAll
    void registerDevice() {
        tv =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"TV","app_type":"native","token_endpoint_auth_method":"none",
                                 "grant_types":["%s"]}
                                """
                                        .formatted(DEVICE))
                        .text("client_id");
    }

    /// A request in order, but for the token endpoint's refresh token: it gets as far as its grant.
    private Map<String, String> fields(Endpoint endpoint) {
        return switch (endpoint) {
            case TOKEN ->
                    Map.of(
                            "grant_type", "refresh_token",
                            "client_id", World.APP,
                            "refresh_token", "junk");
            case REVOKE -> Map.of("client_id", World.APP, "token", "junk");
            case INTROSPECT ->
                    Map.of(
                            "client_id",
                            World.SHOP,
                            "client_secret",
                            world().shopSecret(),
                            "token",
                            "junk");
            case DEVICE_CODE -> Map.of("client_id", tv);
            case PAR ->
                    Map.of(
                            "client_id",
                            World.SHOP,
                            "client_secret",
                            world().shopSecret(),
                            "response_type",
                            "code",
                            "redirect_uri",
                            callback());
            case SIGN_UP ->
                    Map.of(
                            "client_id",
                            World.APP,
                            "connection",
                            USERS,
                            "email",
                            UUID.randomUUID() + "@example.org",
                            "password",
                            "Correct horse 9 battery!");
            case CHANGE_PASSWORD ->
                    Map.of(
                            "client_id",
                            World.APP,
                            "connection",
                            USERS,
                            "email",
                            UUID.randomUUID() + "@example.org");
        };
    }

    private HttpResponse<String> send(
            Endpoint endpoint, String type, String body, String... headers) {
        var request =
                HttpRequest.newBuilder(world().issuer().resolve(endpoint.path))
                        .header("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        for (var i = 0; i < headers.length; i += 2) request.header(headers[i], headers[i + 1]);
        return world().wire(HERE).send(request);
    }

    private static String written(String type, Map<String, String> fields) {
        return type.toLowerCase(Locale.ROOT).contains("json")
                ? Wire.json(fields).toString()
                : Wire.form(fields);
    }

    // Bodies.

    /// "Accept application/json and application/x-www-form-urlencoded; ignore charset suffixes."
    @ParameterizedTest
    @EnumSource(Endpoint.class)
    void everyEndpointTakesJsonAndFormsWhateverTheirCharset(Endpoint endpoint) {
        for (var type :
                List.of(
                        "application/json",
                        "application/json; charset=utf-8",
                        "application/json;charset=UTF-8",
                        "Application/JSON",
                        FORM,
                        FORM + "; charset=utf-8",
                        FORM + ";charset=UTF-8")) {
            var answer = send(endpoint, type, written(type, fields(endpoint)));
            assertThat(answer.statusCode())
                    .as("%s: %s", type, answer.body())
                    .isEqualTo(endpoint.status);
        }
    }

    @ParameterizedTest
    @EnumSource(Endpoint.class)
    void everyEndpointRefusesOtherBodies(Endpoint endpoint) {
        for (var type : List.of("text/plain", "application/xml", "multipart/form-data")) {
            var answer = send(endpoint, type, Wire.form(fields(endpoint)));
            assertThat(answer.statusCode()).as(type).isEqualTo(400);
            saysError(answer, "invalid_request", "Unsupported content type");
        }
    }

    /// "Unknown parameters: ignored (never an error)"; "empty string parameter: treat as absent".
    @ParameterizedTest
    @EnumSource(Endpoint.class)
    void everyEndpointIgnoresWhatItDoesNotKnowAndWhatIsEmpty(Endpoint endpoint) {
        for (var type : List.of("application/json", FORM)) {
            var fields =
                    with(fields(endpoint), "unheard_of", "x", "auth0Client", "x", "nonce", "n");
            for (var empty : List.of("audience", "scope", "organization", "client_assertion"))
                fields.put(empty, "");
            var answer = send(endpoint, type, written(type, fields));
            assertThat(answer.statusCode())
                    .as("%s: %s", type, answer.body())
                    .isEqualTo(endpoint.status);
        }
    }

    /// "Duplicate parameter: invalid_request", whatever it is called.
    @ParameterizedTest
    @EnumSource(Endpoint.class)
    void everyEndpointRefusesWhatIsThereTwice(Endpoint endpoint) {
        var form = send(endpoint, FORM, Wire.form(fields(endpoint)) + "&x=1&x=1");
        assertThat(form.statusCode()).isEqualTo(400);
        saysError(form, "invalid_request", "Repeated parameter: x");
        var json = Wire.json(fields(endpoint)).toString().replaceFirst("\\{", "{\"x\":1,\"x\":1,");
        var answer = send(endpoint, "application/json", json);
        assertThat(answer.statusCode()).isEqualTo(400);
        saysError(answer, "invalid_request", "The body is not well-formed JSON");
    }

    private static void saysError(HttpResponse<String> answer, String error, String description) {
        var json = Wire.answer(answer).json();
        assertThat(json.path("error").asString()).isEqualTo(error);
        assertThat(json.path("error_description").asString()).isEqualTo(description);
        // Mobile SDKs read an error of no other type.
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
    }

    // Answers.

    /// "Response type: application/json"; the contract gives revocation no body, and a text to
    /// whoever forgot a password.
    @ParameterizedTest
    @EnumSource(Endpoint.class)
    void answersAreJsonThatNobodyKeeps(Endpoint endpoint) {
        var answer = send(endpoint, FORM, Wire.form(fields(endpoint)));
        var type = answer.headers().firstValue("Content-Type").orElse("");
        switch (endpoint) {
            case REVOKE -> assertThat(answer.body()).isEmpty();
            case CHANGE_PASSWORD -> assertThat(type).startsWith("text/plain");
            case TOKEN, INTROSPECT, DEVICE_CODE, PAR, SIGN_UP ->
                    assertThat(type).startsWith("application/json");
        }
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
    }

    /// "Token responses: Cache-Control: no-store, Pragma: no-cache": successes and errors.
    @Test
    void tokenResponsesAreNotKeptByOldCachesEither() {
        var code = code(ask(signedIn(browser())));
        for (var answer : List.of(exchange(code), exchange(code))) {
            assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
            assertThat(answer.headers().firstValue("Pragma")).hasValue("no-cache");
        }
    }

    // §1.1 Request headers.

    private JsonNode telemetryOf(String header) {
        send(
                Endpoint.TOKEN,
                FORM,
                Wire.form(fields(Endpoint.TOKEN)),
                "Auth0-Client",
                header,
                "Accept-Language",
                "de_DE");
        return operator().log("type:fertft").path(0).path("auth0_client");
    }

    private static byte[] telemetry(String version) {
        return "{\"name\":\"auth0-spa-js\",\"version\":\"%s\",\"env\":{\"node\":\"22\"}}"
                .formatted(version)
                .getBytes(StandardCharsets.UTF_8);
    }

    /// "Base64 (mobile/JS: URL-safe, padding optional)"; "decode leniently", "store decoded object
    /// in tenant logs".
    @Test
    void telemetryIsKeptInTheLogHoweverItIsEncoded() {
        // Its base64 has the two characters that the alphabets write differently.
        var bytes = telemetry("2.>>>>>?????");
        assertThat(Base64.getEncoder().encodeToString(bytes)).contains("+", "/");
        for (var encoder :
                List.of(
                        Base64.getEncoder(),
                        Base64.getEncoder().withoutPadding(),
                        Base64.getUrlEncoder(),
                        Base64.getUrlEncoder().withoutPadding())) {
            var kept = telemetryOf(encoder.encodeToString(bytes));
            assertThat(kept.path("name").asString("")).isEqualTo("auth0-spa-js");
            assertThat(kept.path("version").asString("")).isEqualTo("2.>>>>>?????");
            assertThat(kept.path("env").path("node").asString("")).isEqualTo("22");
        }
    }

    /// "Ignore if broken": the request is answered as ever.
    @ParameterizedTest
    @ValueSource(strings = {"!!!", "e30", "W10", "eyJ", "bnVsbA==", "%7B%7D"})
    void brokenTelemetryIsIgnored(String header) {
        var answer =
                send(
                        Endpoint.TOKEN,
                        FORM,
                        Wire.form(fields(Endpoint.TOKEN)),
                        "Auth0-Client",
                        header);
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(telemetryOf(header).isEmpty()).isTrue();
    }

    /// "On /authorize and /v2/logout the same value arrives as query parameter auth0Client."
    @Test
    void inABrowserTelemetryComesInTheQuery() {
        var text = Base64.getUrlEncoder().withoutPadding().encodeToString(telemetry("2.0"));
        var silent = ask(browser(), "prompt", "none", "auth0Client", text);
        assertThat(silent.parameter("error")).hasValue("login_required");
        var logged = operator().log("type:fsa").path(0).path("auth0_client");
        assertThat(logged.path("name").asString("")).isEqualTo("auth0-spa-js");
        var browser = signedIn(browser());
        var out = Wire.with(world().issuer().resolve("v2/logout"), Map.of("auth0Client", text));
        assertThat(browser.openUntilAway(out).status()).isEqualTo(200);
        assertThat(isSignedIn(browser)).isFalse();
    }

    // §1.2 Response headers.

    @Test
    void theManagementApiTellsTheRateLimit() {
        var answer = operator().get("clients");
        assertThat(answer.status()).isEqualTo(200);
        var headers = answer.headers();
        var limit = headers.firstValueAsLong("X-RateLimit-Limit").orElseThrow();
        assertThat(headers.firstValueAsLong("X-RateLimit-Remaining").orElseThrow())
                .isBetween(0L, limit - 1);
        assertThat(headers.firstValueAsLong("X-RateLimit-Reset").orElseThrow())
                .isGreaterThan(1_700_000_000L);
    }

    // §1.3 CORS.

    private HttpResponse<String> preflight(String path, String method, String origin) {
        return world().wire(HERE)
                .send(
                        HttpRequest.newBuilder(world().issuer().resolve(path))
                                .header("Origin", origin)
                                .header("Access-Control-Request-Method", method)
                                .header(
                                        "Access-Control-Request-Headers",
                                        "authorization,auth0-client,content-type,dpop")
                                .method("OPTIONS", HttpRequest.BodyPublishers.noBody()));
    }

    private static List<String> listed(HttpResponse<String> answer, String header) {
        return List.of(answer.headers().firstValue(header).orElse("").split(", ", -1));
    }

    /// "Answer preflight and set Access-Control-Allow-Origin to the request origin"; "when the
    /// client is unknown at preflight time allow and enforce on the POST".
    @ParameterizedTest
    @CsvSource({
        "oauth/token, POST",
        "oauth/revoke, POST",
        "userinfo, GET",
        "userinfo, POST",
        "dbconnections/signup, POST",
        "dbconnections/change_password, POST"
    })
    void everyListedEndpointAnswersAPreflight(String path, String method) {
        var answer = preflight(path, method, "https://any.example");
        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
                .hasValue("https://any.example");
        isAllowed(answer, method);
    }

    /// "Discovery and JWKS: *".
    @ParameterizedTest
    @ValueSource(
            strings = {
                ".well-known/openid-configuration",
                ".well-known/oauth-authorization-server",
                ".well-known/jwks.json"
            })
    void whatIsWellKnownAnswersAPreflightToEverybody(String path) {
        var answer = preflight(path, "GET", "https://any.example");
        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).hasValue("*");
        isAllowed(answer, "GET");
    }

    private static void isAllowed(HttpResponse<String> answer, String method) {
        assertThat(listed(answer, "Access-Control-Allow-Methods")).contains(method);
        assertThat(listed(answer, "Access-Control-Allow-Headers"))
                .contains("Content-Type", "Auth0-Client", "Authorization", "DPoP");
        assertThat(answer.headers().firstValue("Access-Control-Allow-Credentials")).isEmpty();
    }

    /// "Or the origin of a callbacks entry", with "expose DPoP-Nonce, Retry-After, X-RateLimit-*".
    @Test
    void theOriginOfACallbackReadsTheAnswer() {
        var origin = world().shop().origin();
        var fields = exchangeOf("junk");
        var answer = send(Endpoint.TOKEN, FORM, Wire.form(fields), "Origin", origin);
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).hasValue(origin);
        assertThat(listed(answer, "Access-Control-Expose-Headers"))
                .contains(
                        "DPoP-Nonce",
                        "Retry-After",
                        "X-RateLimit-Limit",
                        "X-RateLimit-Remaining",
                        "X-RateLimit-Reset");
    }
}
