package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.StreamSupport;

/// The npm package `auth0` 6.1.0: the last whose authentication client mints, and its management
/// client (contract sdk-calls §8).
class NodeAuth0Story extends BrowserScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String CALLBACK = "https://backend.example/callback";
    private static final String USERS = "Username-Password-Authentication";
    private static final String AUDIENCE = "urn:localhost:session_transfer";

    private String backend = "";
    private Optional<NodeApp> serving = Optional.empty();

    NodeAuth0Story() {
        super(Map.of("server.tls.mode", "dev"));
    }

    @BeforeAll
    void serve() throws Exception {
        var machine = world().managementTokenRequest();
        backend = machine.getOrDefault("client_id", "");
        operator()
                .patchClient(
                        backend,
                        """
                        {"callbacks":["%s"],
                         "grant_types":["client_credentials","authorization_code","refresh_token",
                           "http://auth0.com/oauth/grant-type/password-realm"],
                         "session_transfer":{"can_create_session_transfer_token":true,
                           "allowed_authentication_methods":["query"]}}
                        """
                                .formatted(CALLBACK));
        var connection =
                operator().get("connections?name=" + USERS).json().path(0).path("id").asString();
        var enabled =
                operator()
                        .call(
                                "PATCH",
                                "connections/" + connection + "/clients",
                                "[{\"client_id\":\"" + backend + "\",\"status\":true}]");
        assertThat(enabled.status()).as("%s", enabled.json()).isEqualTo(204);
        serving =
                Optional.of(
                        NodeApp.serve(
                                world(),
                                "auth0.js",
                                backend,
                                machine.getOrDefault("client_secret", "")));
    }

    @AfterAll
    void end() {
        serving.ifPresent(NodeApp::close);
    }

    private Answer answer(String method, Object... arguments) {
        var request =
                HttpRequest.newBuilder(serving.orElseThrow().at("/" + method))
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        JSON.writeValueAsString(arguments)));
        return Wire.answer(world().wire(HERE).send(request));
    }

    /// What a method of the package returns.
    private JsonNode call(String method, Object... arguments) {
        var answer = answer(method, arguments);
        assertThat(answer.isOk()).as("%s: %s", method, answer.json()).isTrue();
        return answer.json();
    }

    /// The tokens of a backend whose user signed in in a browser. The package insists on a secret,
    /// so that it is of no use to public clients.
    private JsonNode signedIn() {
        return signedIn(World.ADA, world().password());
    }

    private JsonNode signedIn(String user, String password) {
        var pkce = Pkce.fresh();
        var nonce = Pkce.nonce();
        var query =
                Map.of(
                        "client_id",
                        backend,
                        "response_type",
                        "code",
                        "redirect_uri",
                        CALLBACK,
                        "scope",
                        "openid profile offline_access",
                        "nonce",
                        nonce,
                        "code_challenge",
                        pkce.challenge(),
                        "code_challenge_method",
                        "S256");
        var browser = browser();
        var page = browser.openUntilAway(Wire.with(world().issuer().resolve("authorize"), query));
        var code = signIn(browser, page, user, password).parameter("code").orElseThrow();
        return call(
                "authentication/oauth.authorizationCodeGrantWithPKCE",
                Map.of(
                        "code", code,
                        "code_verifier", pkce.verifier(),
                        "redirect_uri", CALLBACK),
                Map.of("idTokenValidateOptions", Map.of("nonce", nonce)));
    }

    private JsonNode minted(JsonNode tokens) {
        return call(
                "authentication/oauth.refreshTokenGrant",
                Map.of("refresh_token", text(tokens, "refresh_token"), "audience", AUDIENCE));
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asString();
    }

    private static List<String> texts(JsonNode array, String field) {
        return StreamSupport.stream(array.spliterator(), false).map(it -> text(it, field)).toList();
    }

    /// A browser in which a transfer has opened a session, and the page that it ended on.
    private record Opened(BrowserJar browser, Page page) {}

    private Opened opened(JsonNode tokens) {
        var browser = browser();
        var page = present(browser, false, text(minted(tokens), "access_token"), Map.of());
        assertThat(page.parameter("code")).isPresent();
        return new Opened(browser, page);
    }

    @Test
    void itSignsInWithCodeAndPkceAndVerifiesTheIdToken() {
        var claims = claims(text(signedIn(), "id_token"));
        assertThat(text(claims, "name")).isEqualTo("Ada Lovelace");
    }

    @Test
    void itPushesARequest() {
        var pushed =
                call(
                        "authentication/oauth.pushedAuthorization",
                        Map.of(
                                "client_id", backend,
                                "response_type", "code",
                                "redirect_uri", CALLBACK));
        assertThat(text(pushed, "request_uri")).startsWith("urn:ietf:params:oauth:request_uri:");
    }

    @Test
    void itSignsInWithAPassword() {
        var tokens =
                call(
                        "authentication/oauth.passwordGrant",
                        Map.of(
                                "username",
                                World.ADA,
                                "password",
                                world().password(),
                                "realm",
                                USERS,
                                "scope",
                                "openid offline_access"));
        assertThat(text(tokens, "refresh_token")).isNotEmpty();
    }

    @Test
    void itRefreshes() {
        var first = signedIn();
        var next =
                call(
                        "authentication/oauth.refreshTokenGrant",
                        Map.of("refresh_token", text(first, "refresh_token")));
        assertThat(text(next, "access_token")).isNotEqualTo(text(first, "access_token"));
        assertThat(text(next, "token_type")).isEqualTo("Bearer");
    }

    @Test
    void itMintsAndTheShopRedeems() {
        var minted = minted(signedIn());
        assertThat(text(minted, "token_type")).isEqualTo("N_A");
        assertThat(text(minted, "issued_token_type"))
                .isEqualTo("urn:auth0:params:oauth:token-type:session_transfer_token");
        assertThat(minted.path("expires_in").asInt()).isEqualTo(60);
        var browser = browser();
        var page = browser.open(world().shop().loginUri(text(minted, "access_token")));
        assertThat(page.heading()).isEqualTo("Welcome, Ada Lovelace");
    }

    @Test
    void itPushesATransferWithItsRequest() {
        var transfer = text(minted(signedIn()), "access_token");
        var pushed =
                call(
                        "authentication/oauth.pushedAuthorization",
                        Map.of(
                                "client_id", backend,
                                "response_type", "code",
                                "redirect_uri", CALLBACK,
                                "session_transfer_token", transfer));
        var query = Map.of("client_id", backend, "request_uri", text(pushed, "request_uri"));
        var page = browser().openUntilAway(Wire.with(world().issuer().resolve("authorize"), query));
        var tokens =
                call(
                        "authentication/oauth.authorizationCodeGrant",
                        Map.of(
                                "code",
                                page.parameter("code").orElseThrow(),
                                "redirect_uri",
                                CALLBACK));
        assertThat(text(tokens, "access_token")).isNotEmpty();
    }

    @Test
    void itSignsSomebodyUp() {
        var email = UUID.randomUUID() + "@example.org";
        var password = "correct horse battery";
        var wanted = Map.of("email", email, "password", password, "connection", USERS);
        var created = call("authentication/database.signUp", wanted);
        assertThat(text(created, "email")).isEqualTo(email);
        assertThat(userId(email)).isEqualTo("auth0|" + text(created, "id"));
        assertThat(text(signedIn(email, password), "refresh_token")).isNotEmpty();
        var refused = answer("authentication/database.signUp", wanted);
        assertThat(refused.text("name")).isEqualTo("AuthApiError");
        assertThat(refused.text("error")).isEqualTo("invalid_signup");
        assertThat(refused.text("error_description")).isEqualTo("Invalid sign up");
        assertThat(refused.text("status")).isEqualTo("400");
    }

    @Test
    void itAsksForANewPassword() {
        var sent =
                call(
                        "authentication/database.changePassword",
                        Map.of("email", World.ADA, "connection", USERS));
        assertThat(sent.asString())
                .isEqualTo("We've just sent you an email to reset your password.");
    }

    @Test
    void itRevokesAndReadsTheRefusal() {
        var token = Map.of("refresh_token", text(signedIn(), "refresh_token"));
        call(
                "authentication/oauth.revokeRefreshToken",
                Map.of("token", token.getOrDefault("refresh_token", "")));
        var refused = answer("authentication/oauth.refreshTokenGrant", token);
        assertThat(refused.text("name")).isEqualTo("AuthApiError");
        assertThat(refused.text("error")).isEqualTo("invalid_grant");
        assertThat(refused.text("error_description"))
                .isEqualTo("Unknown or invalid refresh token.");
        assertThat(refused.text("status")).isEqualTo("403");
    }

    @Test
    void itAsksForUserinfo() {
        var userinfo = call("userinfo/getUserInfo", text(signedIn(), "access_token"));
        assertThat(text(userinfo, "name")).isEqualTo("Ada Lovelace");
    }

    @Test
    void itGetsAMachineToken() {
        var audience = world().issuer().resolve("api/v2/").toString();
        var token =
                call("authentication/oauth.clientCredentialsGrant", Map.of("audience", audience));
        assertThat(text(token, "token_type")).isEqualTo("Bearer");
    }

    @Test
    void itManagesClients() {
        var created =
                call(
                        "management/clients.create",
                        Map.of("name", "Of Node", "app_type", "regular_web"));
        var id = text(created, "client_id");
        var transfer =
                Map.of(
                        "allowed_authentication_methods",
                        List.of("query"),
                        "enforce_device_binding",
                        "none");
        call("management/clients.update", id, Map.of("session_transfer", transfer));
        var read = call("management/clients.get", id).path("session_transfer");
        assertThat(text(read, "enforce_device_binding")).isEqualTo("none");
        assertThat(texts(call("management/clients.list"), "client_id")).contains(id, World.SHOP);
        call("management/clients.delete", id);
        var gone = answer("management/clients.get", id);
        assertThat(gone.text("name")).isEqualTo("NotFoundError");
        assertThat(gone.text("status")).isEqualTo("404");
    }

    @Test
    void itManagesUsersAndRevokesTheirAccess() {
        var user = operator().createUser();
        var id = userId(user);
        assertThat(
                        texts(
                                call("management/users.listUsersByEmail", Map.of("email", user)),
                                "user_id"))
                .containsExactly(id);
        var tokens = signedIn(user, Operator.PASSWORD);
        call("management/users.revokeAccess", id, Map.of());
        assertThat(
                        answer(
                                        "authentication/oauth.refreshTokenGrant",
                                        Map.of("refresh_token", text(tokens, "refresh_token")))
                                .text("error"))
                .isEqualTo("invalid_grant");
        call("management/users.delete", id);
        assertThat(answer("management/users.get", id).text("name")).isEqualTo("NotFoundError");
    }

    @Test
    void itListsReadsAndEndsSessions() {
        var user = operator().createUser();
        var id = userId(user);
        var first = opened(signedIn(user, Operator.PASSWORD));
        var sid = text(idToken(first.page()), "sid");
        assertThat(texts(call("management/users.sessions.list", id), "id")).contains(sid);
        var session = call("management/sessions.get", sid);
        assertThat(text(session, "user_id")).isEqualTo(id);
        call("management/sessions.update", sid, Map.of("session_metadata", Map.of("till", "7")));
        assertThat(
                        call("management/sessions.get", sid)
                                .path("session_metadata")
                                .path("till")
                                .asString())
                .isEqualTo("7");
        call("management/sessions.revoke", sid);
        assertThat(isSignedIn(first.browser())).isFalse();
        var second = opened(signedIn(user, Operator.PASSWORD));
        call("management/sessions.delete", text(idToken(second.page()), "sid"));
        assertThat(isSignedIn(second.browser())).isFalse();
        var third = opened(signedIn(user, Operator.PASSWORD));
        call("management/users.sessions.delete", id);
        assertThat(isSignedIn(third.browser())).isFalse();
        assertThat(call("management/users.sessions.list", id)).isEmpty();
    }

    @Test
    void itListsAndRevokesRefreshTokensAndWhatTheyOpened() {
        var user = operator().createUser();
        var id = userId(user);
        var opened = opened(signedIn(user, Operator.PASSWORD));
        var ofUser = call("management/users.refreshToken.list", id);
        assertThat(texts(ofUser, "client_id")).containsExactly(backend);
        var token = text(ofUser.path(0), "id");
        assertThat(texts(call("management/refreshTokens.list", Map.of("user_id", id)), "id"))
                .containsExactly(token);
        assertThat(text(call("management/refreshTokens.get", token), "user_id")).isEqualTo(id);
        call("management/refreshTokens.revoke", Map.of("ids", List.of(token)));
        assertThat(isSignedIn(opened.browser())).isFalse();
        signedIn(user, Operator.PASSWORD);
        var next = text(call("management/users.refreshToken.list", id).path(0), "id");
        call("management/refreshTokens.delete", next);
        assertThat(call("management/users.refreshToken.list", id)).isEmpty();
        signedIn(user, Operator.PASSWORD);
        call("management/users.refreshToken.delete", id);
        assertThat(call("management/users.refreshToken.list", id)).isEmpty();
    }

    @Test
    void itReadsTheLog() {
        signedIn();
        var logs = call("management/logs.list", Map.of("search", "type:s"));
        assertThat(logs).isNotEmpty();
        assertThat(texts(logs, "type")).containsOnly("s");
    }
}
