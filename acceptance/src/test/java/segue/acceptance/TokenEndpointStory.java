package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.browser.BrowserJar;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What `/oauth/token` asks of its clients and says to them (contract authentication-api §1, §4,
/// §9, §11).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TokenEndpointStory {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String REALM = "http://auth0.com/oauth/grant-type/password-realm";
    private static final String USERS = "Username-Password-Authentication";

    private Optional<World> running = Optional.empty();
    private Optional<Operator> managing = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        running =
                Optional.of(
                        new World(0, Map.of("log.level", "warn", "limits.management", "10000/s")));
        managing = Optional.of(new Operator(world()));
    }

    @AfterAll
    void stop() {
        world().close();
    }

    private World world() {
        return running.orElseThrow();
    }

    private Operator operator() {
        return managing.orElseThrow();
    }

    private Answer send(String path, String type, String body, String... headers) {
        var request =
                HttpRequest.newBuilder(world().issuer().resolve(path))
                        .header("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        for (var i = 0; i < headers.length; i += 2) request.header(headers[i], headers[i + 1]);
        return Wire.answer(world().wire("127.0.0.1").send(request));
    }

    private Answer form(Map<String, String> fields, String... headers) {
        return send("oauth/token", "application/x-www-form-urlencoded", Wire.form(fields), headers);
    }

    private Answer json(String body) {
        return send("oauth/token", "application/json", body);
    }

    private static void says(Answer answer, int status, String error, String description) {
        assertThat(answer.text("error_description")).isEqualTo(description);
        assertThat(answer.text("error")).isEqualTo(error);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
    }

    // Client authentication.

    private static final Map<String, String> JUNK =
            Map.of("grant_type", "refresh_token", "refresh_token", "junk");

    private static Map<String, String> with(Map<String, String> fields, String... more) {
        var all = new LinkedHashMap<>(fields);
        for (var i = 0; i < more.length; i += 2) all.put(more[i], more[i + 1]);
        return all;
    }

    private static String basic(String id, String secret) {
        return basic(id + ":" + secret);
    }

    private static String basic(String credentials) {
        return "Basic "
                + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    }

    /// Whether the client got as far as its grant.
    private static void isAuthenticated(Answer answer) {
        says(answer, 403, "invalid_grant", "Unknown or invalid refresh token.");
    }

    private static void isDenied(Answer answer) {
        says(answer, 401, "access_denied", "Unauthorized");
    }

    @Test
    void aClientWithASecretProvesItByPostOrByBasicAndByNothingElse() {
        var secret = world().shopSecret();
        isAuthenticated(form(with(JUNK, "client_id", World.SHOP, "client_secret", secret)));
        isAuthenticated(form(JUNK, "Authorization", basic(World.SHOP, secret)));
        isAuthenticated(
                form(
                        with(JUNK, "client_id", World.SHOP),
                        "Authorization",
                        basic(World.SHOP, secret)));
        isDenied(form(with(JUNK, "client_id", World.SHOP)));
        isDenied(form(with(JUNK, "client_id", World.SHOP, "client_secret", secret + "x")));
        isDenied(form(with(JUNK, "client_id", "unknown", "client_secret", secret)));
        var inQuery = "oauth/token?client_secret=" + secret;
        isDenied(
                send(
                        inQuery,
                        "application/x-www-form-urlencoded",
                        Wire.form(with(JUNK, "client_id", World.SHOP))));
    }

    @Test
    void basicCredentialsAreFormEncodedInsideTheBase64() {
        var escaped = new StringBuilder();
        for (var c : world().shopSecret().toCharArray())
            escaped.append("%").append(Integer.toHexString(c));
        isAuthenticated(form(JUNK, "Authorization", basic(World.SHOP, escaped.toString())));
    }

    @Test
    void credentialsInBothPlacesAreRefused() {
        var secret = world().shopSecret();
        var both = with(JUNK, "client_id", World.SHOP, "client_secret", secret);
        says(
                form(both, "Authorization", basic(World.SHOP, secret)),
                400,
                "invalid_request",
                "Client credentials were sent in more than one way");
    }

    @Test
    void aPublicClientsSecretIsNotLookedAt() {
        isAuthenticated(form(with(JUNK, "client_id", World.APP, "client_secret", "nonsense")));
        isAuthenticated(form(JUNK, "Authorization", basic(World.APP, "nonsense")));
    }

    @Test
    void failedBasicAuthenticationNamesTheScheme() {
        var secret = world().shopSecret();
        for (var header :
                List.of(
                        basic(World.SHOP, "wrong"),
                        basic("unknown", secret),
                        basic("no colon"),
                        basic(":" + secret),
                        basic(World.SHOP + ":%zz"),
                        basic(World.SHOP + ":x&id=" + World.APP),
                        "Basic !!!",
                        "Basic"))
            for (var path : List.of("oauth/token", "oauth/revoke")) {
                var answer =
                        send(
                                path,
                                "application/x-www-form-urlencoded",
                                Wire.form(with(JUNK, "token", "junk")),
                                "Authorization",
                                header);
                assertThat(answer.status()).as("%s %s", path, header).isEqualTo(401);
                assertThat(answer.text("error")).isEqualTo("access_denied");
                assertThat(answer.headers().firstValue("WWW-Authenticate").orElse(""))
                        .as("%s %s", path, header)
                        .startsWith("Basic");
            }
        var other = with(JUNK, "client_id", World.APP);
        isDenied(form(other, "Authorization", basic(World.SHOP, secret)));
        var byPost = form(with(JUNK, "client_id", World.SHOP, "client_secret", "wrong"));
        assertThat(byPost.headers().firstValue("WWW-Authenticate")).isEmpty();
    }

    // Bodies.

    @Test
    void jsonAndFormsAreReadAlike() {
        for (var type : List.of("application/json", "application/json; charset=utf-8"))
            isAuthenticated(
                    send("oauth/token", type, Wire.json(with(JUNK, "client_id", World.APP)) + ""));
        isAuthenticated(
                send(
                        "oauth/token",
                        "application/x-www-form-urlencoded; charset=UTF-8",
                        Wire.form(with(JUNK, "client_id", World.APP))));
        // What nobody reads may be anything.
        isAuthenticated(
                json(
                        "{\"grant_type\":\"refresh_token\",\"client_id\":\"%s\",\"refresh_token\":\"junk\",\"x\":[{}],\"scope\":null,\"audience\":\"\"}"
                                .formatted(World.APP)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'grant_type':['refresh_token']}|Parameter grant_type must be a string",
                "{'grant_type':1}|Parameter grant_type must be a string",
                "{'grant_type':true}|Parameter grant_type must be a string",
                "{'grant_type':'password','client_id':{'a':1}}|Parameter client_id must be a"
                        + " string",
                "{'grant_type':'password','grant_type':'password'}|The body is not well-formed"
                        + " JSON",
                "{'grant_type':'password'} {}|The body is not well-formed JSON",
                "[]|The body must be a JSON object",
                "{'grant_type':''}|Missing required parameter: grant_type",
                "{'grant_type':null}|Missing required parameter: grant_type",
                "{'grant_type':'refresh_token'}|Missing required parameter: client_id",
                "{'grant_type':'refresh_token','client_id':''}|Missing required parameter:"
                        + " client_id"
            })
    void aBodyThatIsNotUnderstoodIsAnInvalidRequest(String body, String description) {
        says(json(body.replace('\'', '"')), 400, "invalid_request", description);
    }

    @Test
    void anotherTypeOfBodyOrARepeatedParameterIsAnInvalidRequest() {
        says(
                send("oauth/token", "text/plain", Wire.form(JUNK)),
                400,
                "invalid_request",
                "Unsupported content type");
        says(
                send(
                        "oauth/token",
                        "application/x-www-form-urlencoded",
                        "scope=a&grant_type=refresh_token&scope=a"),
                400,
                "invalid_request",
                "Repeated parameter: scope");
    }

    // Grants.

    @Test
    void aGrantThatTheClientMayNotUseIsExplained() {
        var answer = form(Map.of("grant_type", "client_credentials", "client_id", World.APP));
        says(
                answer,
                403,
                "unauthorized_client",
                "Grant type 'client_credentials' not allowed for the client.");
        assertThat(answer.text("error_uri"))
                .isEqualTo("https://auth0.com/docs/clients/client-grant-types");
        says(
                form(Map.of("grant_type", "nonsense", "client_id", World.APP)),
                403,
                "unsupported_grant_type",
                "Unsupported grant type: nonsense");
    }

    @Test
    void whatIsMissingIsNamed() {
        var app = Map.of("client_id", World.APP);
        for (var it :
                Map.of(
                                "authorization_code",
                                "code",
                                "refresh_token",
                                "refresh_token",
                                REALM,
                                "username")
                        .entrySet())
            says(
                    form(with(app, "grant_type", it.getKey())),
                    400,
                    "invalid_request",
                    "Missing required parameter: " + it.getValue());
        var realm = with(app, "grant_type", REALM, "username", World.ADA);
        says(form(realm), 400, "invalid_request", "Missing required parameter: password");
        says(
                form(with(realm, "password", "x")),
                400,
                "invalid_request",
                "Missing required parameter: realm");
    }

    // Codes.

    private BrowserJar signedIn() {
        var browser = world().browser("127.0.0.1");
        var page = browser.openUntilAway(authorize(Map.of()));
        var back =
                browser.submitUntilAway(
                        page, Map.of("username", World.ADA, "password", world().password()));
        assertThat(back.parameter("code")).isPresent();
        return browser;
    }

    private String callback() {
        return world().shop().origin() + "/callback";
    }

    private URI authorize(Map<String, String> more) {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", World.SHOP);
        query.put("response_type", "code");
        query.put("redirect_uri", callback());
        query.put("scope", "openid profile offline_access");
        query.put("state", "s1");
        query.putAll(more);
        return URI.create(world().issuer() + "authorize?" + Wire.form(query));
    }

    private String code(BrowserJar browser, Map<String, String> more) {
        return browser.openUntilAway(authorize(more)).parameter("code").orElseThrow();
    }

    private Answer exchange(String code, String... more) {
        return form(
                with(
                        with(
                                Map.of(
                                        "grant_type",
                                        "authorization_code",
                                        "client_id",
                                        World.SHOP,
                                        "client_secret",
                                        world().shopSecret(),
                                        "redirect_uri",
                                        callback()),
                                "code",
                                code),
                        more));
    }

    @Test
    void aCodeIsRefusedWithTheWordsOfTheContractAndBurnt() {
        var browser = signedIn();
        var pkce = Pkce.fresh();
        var challenge = Map.of("code_challenge", pkce.challenge(), "code_challenge_method", "S256");
        var invalid = "Invalid authorization code";
        says(exchange("junk"), 403, "invalid_grant", invalid);
        says(exchange("ac_" + "A".repeat(43)), 403, "invalid_grant", invalid);
        var elsewhere = code(browser, Map.of());
        says(
                exchange(elsewhere, "redirect_uri", callback() + "/"),
                403,
                "invalid_grant",
                "The redirect_uri provided does not match.");
        says(exchange(elsewhere), 403, "invalid_grant", invalid);
        var verifier = "Failed to verify code verifier";
        for (var wrong :
                List.of(
                        Pkce.fresh().verifier(),
                        pkce.challenge(),
                        "x",
                        pkce.verifier() + "=",
                        "a".repeat(129)))
            says(
                    exchange(code(browser, challenge), "code_verifier", wrong),
                    403,
                    "invalid_grant",
                    verifier);
        says(exchange(code(browser, challenge)), 403, "invalid_grant", verifier);
        // A verifier without a challenge is a downgrade.
        says(
                exchange(code(browser, Map.of()), "code_verifier", pkce.verifier()),
                403,
                "invalid_grant",
                verifier);
        var right = exchange(code(browser, challenge), "code_verifier", pkce.verifier());
        assertThat(right.status()).as("%s", right.json()).isEqualTo(200);
    }

    @Test
    void aCodeForASessionTransferIsRefusedAndLeftAlone() {
        var code = code(signedIn(), Map.of());
        var urn = "urn:localhost:session_transfer";
        says(exchange(code, "audience", urn), 403, "access_denied", "Service not found: " + urn);
        assertThat(exchange(code).status()).isEqualTo(200);
    }

    // Clients for themselves.

    private JsonNode created(String path, String body) {
        var answer = operator().call("POST", path, body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return answer.json();
    }

    @Test
    void aClientGetsATokenForItselfForWhatItWasGranted() {
        var machine = created("clients", "{\"name\":\"machine\",\"app_type\":\"non_interactive\"}");
        var fields =
                Map.of(
                        "grant_type", "client_credentials",
                        "client_id", machine.path("client_id").asString(),
                        "client_secret", machine.path("client_secret").asString());
        says(
                form(fields),
                403,
                "access_denied",
                "Non-global clients are not allowed access to APIv1");
        says(
                form(with(fields, "audience", "https://unknown.example")),
                403,
                "access_denied",
                "Service not found: https://unknown.example");
        var urn = "urn:localhost:session_transfer";
        says(
                form(with(fields, "audience", urn)),
                403,
                "access_denied",
                "Service not found: " + urn);
        var orders = with(fields, "audience", World.API);
        says(
                form(orders),
                403,
                "access_denied",
                "Client is not authorized to access \""
                        + World.API
                        + "\". You need to create a \"client-grant\" associated to this API. See:"
                        + " https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants");
        var grant =
                created(
                        "client-grants",
                        "{\"client_id\":\"%s\",\"audience\":\"%s\",\"scope\":[\"read:orders\"]}"
                                .formatted(machine.path("client_id").asString(), World.API));
        var token = form(orders);
        assertThat(token.json().propertyNames())
                .containsExactlyInAnyOrder("access_token", "scope", "expires_in", "token_type");
        assertThat(token.text("scope")).isEqualTo("read:orders");
        var claims = claims(token.text("access_token"));
        assertThat(claims.path("sub").asString())
                .isEqualTo(machine.path("client_id").asString() + "@clients");
        assertThat(claims.path("gty").asString()).isEqualTo("client-credentials");
        var none = form(with(orders, "scope", "write:orders"));
        assertThat(none.json().has("scope")).isFalse();
        assertThat(claims(none.text("access_token")).has("scope")).isFalse();
        aTokenMayBeForAnOrganization(orders, "client-grants/" + grant.path("id").asString());
    }

    private void aTokenMayBeForAnOrganization(Map<String, String> orders, String grant) {
        var organization = created("organizations", "{\"name\":\"acme\"}").path("id").asString();
        var forAcme = with(orders, "organization", organization);
        says(
                form(forAcme),
                400,
                "invalid_request",
                "parameter organization is not allowed for this client");
        operator().call("PATCH", grant, "{\"organization_usage\":\"require\"}");
        says(
                form(orders),
                400,
                "invalid_request",
                "parameter organization is required for this client");
        says(
                form(with(orders, "organization", "org_unknown")),
                400,
                "invalid_request",
                "invalid organization");
        says(
                form(forAcme),
                403,
                "access_denied",
                "The client-grant is not associated with the organization " + organization);
        operator().call("PATCH", grant, "{\"allow_any_organization\":true}");
        var token = form(forAcme);
        assertThat(token.status()).as("%s", token.json()).isEqualTo(200);
        assertThat(claims(token.text("access_token")).path("org_id").asString())
                .isEqualTo(organization);
    }

    static JsonNode claims(String jwt) {
        return JSON.readTree(Base64.getUrlDecoder().decode(jwt.split("\\.", -1)[1]));
    }

    @Test
    void theSessionTransferUrnCanNotBeRegisteredAsAnApi() {
        for (var urn :
                List.of(
                        "urn:localhost:session_transfer",
                        "urn:evil.example:session_transfer",
                        "URN:localhost:SESSION_TRANSFER")) {
            var answer =
                    operator()
                            .call(
                                    "POST",
                                    "resource-servers",
                                    "{\"name\":\"x\",\"identifier\":\"" + urn + "\"}");
            assertThat(answer.status()).as(urn).isEqualTo(400);
        }
    }

    // Whose address counts.

    private String addressInTheLog(Map<String, String> fields, String... headers) {
        isAuthenticated(form(fields, headers));
        return operator().log("type:fertft").path(0).path("ip").asString();
    }

    @Test
    void aForwardedAddressCountsForATrustedAndAuthenticatedClientOnly() {
        var header = "auth0-forwarded-for";
        var shop = with(JUNK, "client_id", World.SHOP, "client_secret", world().shopSecret());
        var app = with(JUNK, "client_id", World.APP);
        assertThat(addressInTheLog(shop, header, "203.0.113.9")).isEqualTo("127.0.0.1");
        var trusting = "{\"is_token_endpoint_ip_header_trusted\":true}";
        operator().patchClient(World.SHOP, trusting);
        assertThat(addressInTheLog(shop, header, "203.0.113.9")).isEqualTo("203.0.113.9");
        assertThat(addressInTheLog(shop, header, "2001:db8::1")).isEqualTo("2001:db8::1");
        for (var ignored :
                List.of(
                        "203.0.113.9, 203.0.113.10",
                        "203.0.113.9 203.0.113.10",
                        "203.0.113.9:80",
                        "203.0.113",
                        "localhost",
                        "0x7f.1",
                        "[2001:db8::1]"))
            assertThat(addressInTheLog(shop, header, ignored)).as(ignored).isEqualTo("127.0.0.1");
        assertThat(addressInTheLog(shop, header, "203.0.113.9", header, "203.0.113.10"))
                .isEqualTo("127.0.0.1");
        operator().patchClient(World.SHOP, "{\"is_token_endpoint_ip_header_trusted\":false}");
        // The flag means nothing to a client that can't prove itself.
        var patched = operator().call("PATCH", "clients/" + World.APP, trusting);
        assertThat(patched.status()).isIn(200, 400);
        assertThat(addressInTheLog(app, header, "203.0.113.9")).isEqualTo("127.0.0.1");
    }

    // Passwords.

    private Answer signIn(String username, String password, String... more) {
        return form(
                with(
                        Map.of(
                                "grant_type", REALM,
                                "realm", USERS,
                                "client_id", World.APP,
                                "username", username,
                                "password", password,
                                "scope", "openid"),
                        more));
    }

    @Test
    void guessesEndInTheSameWayWhetherOrNotTheAccountExists() {
        var known = operator().createUser();
        var unknown = "nobody-" + known;
        for (var login : List.of(known, unknown)) {
            for (var i = 0; i < 10; i++)
                says(signIn(login, "wrong"), 403, "invalid_grant", "Wrong email or password.");
            var refused = signIn(login, Operator.PASSWORD);
            says(
                    refused,
                    429,
                    "too_many_attempts",
                    "Your account has been blocked after multiple consecutive login attempts.");
            var wait = refused.headers().firstValueAsLong("Retry-After").orElseThrow();
            assertThat(wait).isBetween(800L, 900L);
            assertThat(refused.headers().firstValue("X-RateLimit-Limit")).hasValue("10");
            assertThat(refused.headers().firstValue("X-RateLimit-Remaining")).hasValue("0");
            assertThat(refused.headers().firstValueAsLong("X-RateLimit-Reset").orElseThrow())
                    .isGreaterThan(1_700_000_000L);
        }
        // One gate for every door, and for this address only.
        var browser = world().browser("127.0.0.1");
        var page = browser.openUntilAway(authorize(Map.of()));
        var refused =
                browser.submitUntilAway(
                        page, Map.of("username", known, "password", Operator.PASSWORD));
        assertThat(refused.status()).isEqualTo(429);
        var elsewhere = world().phone("127.0.0.2").signIn(known, Operator.PASSWORD, "openid");
        assertThat(elsewhere.status()).isEqualTo(200);
    }

    private double hashes() {
        var request = HttpRequest.newBuilder(world().issuer().resolve("metrics"));
        return world().wire("127.0.0.1")
                .send(request)
                .body()
                .lines()
                .filter(line -> line.startsWith("segue_password_hashes "))
                .mapToDouble(line -> Double.parseDouble(line.split(" ", -1)[1]))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyRefusedSignInCostsOneHash() {
        var blocked = operator().createUser();
        var sub = claims(signIn(blocked, Operator.PASSWORD).text("id_token")).path("sub");
        operator()
                .call("PATCH", "users/" + sub.asString().replace("|", "%7C"), "{\"blocked\":true}");
        for (var login : List.of(World.ADA, "nobody@example.org", blocked, "x".repeat(5_000)))
            for (var password : List.of("wrong", "x".repeat(5_000))) {
                var before = hashes();
                says(signIn(login, password), 403, "invalid_grant", "Wrong email or password.");
                assertThat(hashes() - before).as(login).isEqualTo(1);
            }
    }

    @Test
    void aSuccessForgetsTheGuessesBeforeIt() {
        var user = operator().createUser();
        for (var round = 0; round < 3; round++) {
            for (var i = 0; i < 9; i++) signIn(user, "wrong");
            assertThat(signIn(user, Operator.PASSWORD).status()).isEqualTo(200);
        }
    }

    @Test
    void aBlockedUserIsToldSoOnlyWithTheRightPassword() {
        var user = operator().createUser();
        var id = signIn(user, Operator.PASSWORD);
        var sub = claims(id.text("id_token")).path("sub").asString();
        operator().call("PATCH", "users/" + sub.replace("|", "%7C"), "{\"blocked\":true}");
        says(signIn(user, "wrong"), 403, "invalid_grant", "Wrong email or password.");
        says(signIn(user, Operator.PASSWORD), 403, "unauthorized", "user is blocked");
    }

    @Test
    void aClientThatNeedsAnOrganizationSignsNobodyInWithoutOne() {
        operator().patchClient(World.APP, "{\"organization_usage\":\"require\"}");
        try {
            says(
                    signIn(World.ADA, world().password()),
                    400,
                    "invalid_request",
                    "parameter organization is required for this client");
        } finally {
            operator().patchClient(World.APP, "{\"organization_usage\":\"deny\"}");
        }
    }
}
