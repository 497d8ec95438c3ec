package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import segue.demo.story.World;
import segue.demo.wire.Answer;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Each error of the OAuth endpoints with its status and its words (contract authentication-api
/// §9): the statuses that Auth0 really answers, not those of its OpenAPI file (A1).
class ErrorFormatStory extends CodeFlowScene {
    private static final String REALM = "http://auth0.com/oauth/grant-type/password-realm";
    private static final String USERS = "Username-Password-Authentication";
    private static final String ASSERTION =
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private Map<String, String> machine = Map.of();

    ErrorFormatStory() {
        super(Map.of("limits.userinfo", "2/h"));
    }

    @BeforeAll
    void registerMachine() {
        var answer =
                operator()
                        .call(
                                "POST",
                                "clients",
                                "{\"name\":\"m\",\"app_type\":\"non_interactive\"}");
        machine =
                Map.of(
                        "grant_type",
                        "client_credentials",
                        "client_id",
                        answer.text("client_id"),
                        "client_secret",
                        answer.text("client_secret"));
    }

    /// The whole answer: nothing but these members, as JSON, for nobody to keep.
    private static void is(Answer answer, int status, String error, String description) {
        is(answer, status, error, description, Set.of("error", "error_description"));
    }

    private static void is(
            Answer answer, int status, String error, String description, Set<String> members) {
        assertThat(answer.json().path("error").asString("")).isEqualTo(error);
        assertThat(answer.json().path("error_description").asString("")).isEqualTo(description);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.json().propertyNames()).containsExactlyInAnyOrderElementsOf(members);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
    }

    private Answer post(String path, Map<String, String> fields) {
        return world().wire(HERE).postForm(world().issuer().resolve(path), fields, Map.of());
    }

    private static Map<String, String> refreshOf(String client) {
        return Map.of("grant_type", "refresh_token", "client_id", client, "refresh_token", "junk");
    }

    @Test
    void invalidRequestIs400() {
        is(
                token(with(refreshOf(World.APP), "client_id", "")),
                400,
                "invalid_request",
                "Missing required parameter: client_id");
        for (var path : List.of("oauth/token", "oauth/revoke", "oauth/par", "oauth/device/code"))
            is(
                    post(path, Map.of("grant_type", "refresh_token", "token", "x")),
                    400,
                    "invalid_request",
                    "Missing required parameter: client_id");
        is(
                token(Map.of("client_id", World.APP)),
                400,
                "invalid_request",
                "Missing required parameter: grant_type");
        is(
                token(with(refreshOf(World.APP), "refresh_token", "")),
                400,
                "invalid_request",
                "Missing required parameter: refresh_token");
        is(
                post("oauth/revoke", Map.of("client_id", World.APP)),
                400,
                "invalid_request",
                "Missing required parameter: token");
    }

    @Test
    void unsupportedGrantTypeIs403() {
        for (var later :
                List.of(
                        "x",
                        "http://auth0.com/oauth/grant-type/passwordless/otp",
                        "http://auth0.com/oauth/grant-type/mfa-otp",
                        "http://auth0.com/oauth/grant-type/mfa-oob",
                        "http://auth0.com/oauth/grant-type/mfa-recovery-code",
                        "urn:okta:params:oauth:grant-type:webauthn"))
            is(
                    token(Map.of("grant_type", later, "client_id", World.APP)),
                    403,
                    "unsupported_grant_type",
                    "Unsupported grant type: " + later);
    }

    @Test
    void invalidClientIs401() {
        is(
                token(
                        with(
                                refreshOf(World.SHOP),
                                "client_assertion",
                                "x",
                                "client_assertion_type",
                                ASSERTION)),
                401,
                "invalid_client",
                "client_assertion is no signed JWT.");
    }

    /// No client enumeration: an unknown one is told what one with a wrong secret is told.
    @Test
    void aWrongSecretAndAnUnknownClientAre401AndAlike() {
        for (var path : List.of("oauth/token", "oauth/revoke", "oauth/par", "oauth/introspect"))
            for (var client : List.of(World.SHOP, "unknown"))
                is(
                        post(path, with(refreshOf(client), "client_secret", "wrong", "token", "x")),
                        401,
                        "access_denied",
                        "Unauthorized");
    }

    @Test
    void accessDeniedForAnyOtherReasonIs403() {
        is(
                token(with(machine, "audience", "https://unknown.example")),
                403,
                "access_denied",
                "Service not found: https://unknown.example");
        is(
                token(machine),
                403,
                "access_denied",
                "Non-global clients are not allowed access to APIv1");
    }

    @Test
    void invalidGrantIs403() {
        is(token(refreshOf(World.APP)), 403, "invalid_grant", "Unknown or invalid refresh token.");
        is(exchange("junk"), 403, "invalid_grant", "Invalid authorization code");
        is(signIn("wrong"), 403, "invalid_grant", "Wrong email or password.");
    }

    private Answer signIn(String password) {
        return token(
                Map.of(
                        "grant_type", REALM,
                        "realm", USERS,
                        "client_id", World.APP,
                        "username", "nobody@example.org",
                        "password", password));
    }

    @Test
    void unauthorizedClientIs403AndExplained() {
        for (var grant :
                List.of(
                        "client_credentials",
                        "password",
                        "urn:ietf:params:oauth:grant-type:device_code",
                        "urn:ietf:params:oauth:grant-type:token-exchange")) {
            var answer = token(Map.of("grant_type", grant, "client_id", World.APP));
            is(
                    answer,
                    403,
                    "unauthorized_client",
                    "Grant type '" + grant + "' not allowed for the client.",
                    Set.of("error", "error_description", "error_uri"));
            assertThat(answer.text("error_uri"))
                    .isEqualTo("https://auth0.com/docs/clients/client-grant-types");
        }
    }

    /// The contract has `invalid_scope`, and no request that earns it: what isn't known or allowed
    /// is left out (§4.5, §4.6).
    @Test
    void noScopeIsAnError() {
        var browser = signedIn(browser());
        assertThat(redeem(ask(browser, "scope", "openid nonsense")).text("scope"))
                .isEqualTo("openid");
        var answer = exchange(code(ask(browser, "scope", "openid offline_access nonsense")));
        assertThat(refresh(answer, "scope", "openid nonsense").text("scope")).isEqualTo("openid");
    }

    @Test
    void tooManyRequestsIs429AndTellsWhenToComeBack() {
        // Whose token isn't valid is counted by address.
        var elsewhere = world().wire("127.0.0.7");
        for (var i = 0; i < 2; i++) elsewhere.get(userinfoEndpoint(), "junk");
        var answer = elsewhere.get(userinfoEndpoint(), "junk");
        is(answer, 429, "too_many_requests", "Global limit has been reached");
        assertThat(answer.headers().firstValueAsLong("Retry-After").orElseThrow())
                .isBetween(1L, 3_600L);
        assertThat(answer.headers().firstValue("X-RateLimit-Limit")).hasValue("2");
        assertThat(answer.headers().firstValue("X-RateLimit-Remaining")).hasValue("0");
        assertThat(answer.headers().firstValueAsLong("X-RateLimit-Reset").orElseThrow())
                .isGreaterThan(1_700_000_000L);
    }

    /// A failure of ours is told as one, with a number to ask for and nothing else.
    @Test
    void serverErrorIs500() {
        sql("ALTER TABLE authorization_code RENAME TO moved_away");
        Answer answer;
        try {
            answer = exchange("junk");
        } finally {
            sql("ALTER TABLE moved_away RENAME TO authorization_code");
        }
        assertThat(answer.text("error_description"))
                .matches("Internal error\\. Correlation id: [A-Za-z0-9_-]+");
        is(answer, 500, "server_error", answer.text("error_description"));
        is(exchange("junk"), 403, "invalid_grant", "Invalid authorization code");
    }

    /// The database doesn't let anybody write: for now.
    @Test
    void temporarilyUnavailableIs503() throws SQLException {
        var database = "jdbc:sqlite:" + world().folder().resolve("segue.db");
        try (var holder = DriverManager.getConnection(database);
                var statement = holder.createStatement()) {
            statement.execute("BEGIN EXCLUSIVE");
            var answer = exchange("junk");
            statement.execute("ROLLBACK");
            is(answer, 503, "temporarily_unavailable", "Try again.");
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
        }
    }
}
