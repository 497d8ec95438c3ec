package segue.server.management;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.domain.identifier.ClientId;
import segue.server.http.Method;
import segue.server.http.Request;

import java.nio.file.Path;
import java.util.HashSet;

/// Who may do what: THREATS R47.1, every operation and every scope.
class ScopesTest {
    private static final String NOT_A_BODY = "\"not a body\"";

    @TempDir Path folder;

    private static String path(Operation operation) {
        return operation.path().replaceAll("\\{[a-z]+}", "unknown");
    }

    @Test
    void nothingRunsWithoutAToken() {
        try (var api = new Api(folder)) {
            for (var operation : api.management.operations()) {
                var response =
                        api.send(Request.to(operation.method(), "/api/v2" + path(operation)));
                assertThat(response.status()).as(operation.toString()).isEqualTo(401);
                assertThat(Api.json(response).path("message").asString())
                        .isEqualTo("Missing authentication");
                assertThat(response.header("WWW-Authenticate"))
                        .contains("Bearer error=\"invalid_token\"");
                assertThat(response.header("X-RateLimit-Remaining")).isPresent();
            }
        }
    }

    @Test
    void anOperationOpensToItsScopesAndToNoOther() {
        try (var api = new Api(folder)) {
            for (var operation : api.management.operations())
                for (var scope : Bootstrap.SCOPES) {
                    var response = api.send(operation.method(), path(operation), scope, NOT_A_BODY);
                    var opens = operation.allOf().isEmpty() && operation.anyOf().contains(scope);
                    assertThat(response.status() == 403)
                            .as(operation + " with " + scope)
                            .isEqualTo(!opens);
                    assertThat(response.status()).as(operation + " with " + scope).isLessThan(500);
                }
        }
    }

    @Test
    void anOperationThatNeedsSeveralScopesOpensToAllOfThem() {
        try (var api = new Api(folder)) {
            for (var operation : api.management.operations()) {
                if (operation.allOf().isEmpty()) continue;
                var scopes = String.join(" ", operation.allOf());
                var response = api.send(operation.method(), path(operation), scopes, NOT_A_BODY);
                assertThat(response.status()).as(operation.toString()).isNotIn(401, 403);
            }
        }
    }

    @Test
    void theFirstClientMayDoEverything() {
        try (var api = new Api(folder)) {
            var granted =
                    api.registry.granted(Api.FIRST, api.domains.managementAudience(), "client");
            var needed = new HashSet<String>();
            for (var operation : api.management.operations()) {
                needed.addAll(operation.anyOf());
                needed.addAll(operation.allOf());
            }
            assertThat(granted)
                    .hasValueSatisfying(scopes -> assertThat(scopes).containsAll(needed));
        }
    }

    @Test
    void theRefusalNamesTheScopes() {
        try (var api = new Api(folder)) {
            var error = Api.json(api.get("/clients/x", "read:logs"));
            assertThat(error.path("statusCode").asInt()).isEqualTo(403);
            assertThat(error.path("error").asString()).isEqualTo("Forbidden");
            assertThat(error.path("errorCode").asString()).isEqualTo("insufficient_scope");
            assertThat(error.path("message").asString())
                    .isEqualTo(
                            "Insufficient scope, expected any of:"
                                + " read:clients,read:client_keys,read:client_credentials,read:client_summary");
        }
    }

    @Test
    void anExpiredTokenAForeignAudienceAndGarbageAreToldApart() {
        try (var api = new Api(folder)) {
            var management = api.domains.managementAudience();
            assertThat(message(api, api.token(Api.FIRST, "read:clients", management, -1)))
                    .isEqualTo("Expired token received for JSON Web Token validation");
            assertThat(
                            message(
                                    api,
                                    api.token(
                                            Api.FIRST,
                                            "read:clients",
                                            "https://orders.example",
                                            60)))
                    .isEqualTo("Bad audience: https://orders.example");
            assertThat(message(api, "stt_" + "x".repeat(43))).isEqualTo("Invalid token");
            assertThat(
                            message(
                                    api,
                                    api.token(
                                            new ClientId("gone"), "read:clients", management, 60)))
                    .isEqualTo("Invalid token");
        }
    }

    /// THREATS T-47: a user who signs in to a client that manages the tenant doesn't manage it.
    @Test
    void aUsersTokenManagesNothingWhateverItsClientMayDo() {
        try (var api = new Api(folder)) {
            var management = api.domains.managementAudience();
            for (var user : new String[] {"auth0|ada", "other@clients"})
                assertThat(message(api, api.token(user, Api.FIRST, "read:clients", management, 60)))
                        .isEqualTo("Invalid token");
        }
    }

    private static String message(Api api, String token) {
        var request = Request.get("/api/v2/clients").withHeader("Authorization", "Bearer " + token);
        var response = api.send(request);
        assertThat(response.status()).isEqualTo(401);
        return Api.json(response).path("message").asString();
    }

    @Test
    void aTokenLosesWhatItsGrantLoses() {
        try (var api = new Api(folder)) {
            assertThat(api.get("/clients", "read:clients").status()).isEqualTo(200);
            var grant = api.ok("/client-grants").get(0).path("id").asString();
            api.ok(
                    Method.PATCH,
                    "/client-grants/" + grant,
                    "{'scope':['read:logs','delete:client_grants']}");
            assertThat(api.get("/clients", "read:clients").status()).isEqualTo(403);
            api.ok(Method.DELETE, "/client-grants/" + grant, "");
            assertThat(api.get("/clients", "read:clients").status()).isEqualTo(401);
        }
    }

    @Test
    void nobodyGrantsAScopeTheyLack() {
        try (var api = new Api(folder)) {
            var client =
                    api.ok(Method.POST, "/clients", "{'name':'CI'}").path("client_id").asString();
            var body =
                    """
                    {"client_id":"%s","audience":"https://id.example/api/v2/","scope":["read:clients"%s]}
                    """;
            var mine = "create:client_grants read:clients update:client_grants";
            var tooMuch =
                    api.send(
                            Method.POST,
                            "/client-grants",
                            mine,
                            body.formatted(client, ",\"delete:users\""));
            assertThat(tooMuch.status()).isEqualTo(403);
            var fine = api.send(Method.POST, "/client-grants", mine, body.formatted(client, ""));
            assertThat(fine.status()).isEqualTo(201);
            var path = "/client-grants/" + Api.json(fine).path("id").asString();
            assertThat(
                            api.send(Method.PATCH, path, mine, "{\"scope\":[\"delete:users\"]}")
                                    .status())
                    .isEqualTo(403);
            assertThat(api.send(Method.PATCH, path, mine, "{\"allow_all_scopes\":true}").status())
                    .isEqualTo(403);
        }
    }
}
