package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Answer;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.Map;
import java.util.Optional;

/// What every published library for web apps does with us, unmodified, over TLS with the
/// development CA: a small app of `src/test/node` around each.
abstract class RelyingPartyContract extends BrowserScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String EXCHANGE = "?audience=urn:localhost:session_transfer";

    private final String script;
    private Optional<NodeApp> serving = Optional.empty();
    private String clientId = "";

    RelyingPartyContract(String script) {
        super(Map.of("server.tls.mode", "dev"));
        this.script = script;
    }

    /// How the library's client is authenticated at the token endpoint.
    abstract String authMethod();

    /// The same as a member of the client's registration.
    String authentication() {
        return "\"token_endpoint_auth_method\":\"%s\"".formatted(authMethod());
    }

    /// What the app knows of it, by name in its environment.
    Map<String, String> credentials(Answer client) {
        return Map.of("SEGUE_CLIENT_SECRET", client.text("client_secret"));
    }

    /// The path at which the app's own sign-in begins.
    String login() {
        return "/login";
    }

    String callbackPath() {
        return "/callback";
    }

    String logout() {
        return "/logout";
    }

    String userinfo() {
        return "/userinfo";
    }

    /// What it says of a `token_type` that it doesn't know.
    String misreading() {
        return "unsupported `token_type` value";
    }

    @BeforeAll
    void serve() throws Exception {
        change("tenants/settings", "{\"pushed_authorization_requests_supported\":true}");
        var client =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"%s","app_type":"regular_web",
                                 %s,
                                 "grant_types":["authorization_code","refresh_token","client_credentials",
                                   "urn:ietf:params:oauth:grant-type:device_code"],
                                 "session_transfer":{"can_create_session_transfer_token":true,
                                   "allowed_authentication_methods":["cookie","query"],
                                   "allow_refresh_token":true}}
                                """
                                        .formatted(script, authentication()));
        assertThat(client.status()).as("%s", client.json()).isEqualTo(201);
        clientId = client.text("client_id");
        serving = Optional.of(NodeApp.serve(world(), script, clientId, credentials(client)));
        operator()
                .patchClient(
                        clientId,
                        """
                        {"callbacks":["%s"],"allowed_logout_urls":["%s","%s"],
                         "initiate_login_uri":"%s"}
                        """
                                .formatted(
                                        app().at(callbackPath()),
                                        app().at("/"),
                                        app().origin(),
                                        app().at(login())));
    }

    @AfterAll
    void end() {
        serving.ifPresent(NodeApp::close);
    }

    NodeApp app() {
        return serving.orElseThrow();
    }

    String clientId() {
        return clientId;
    }

    /// The Management API's identifier.
    String audience() {
        return world().issuer().resolve("api/v2/").toString();
    }

    /// Lets the app's client call the Management API.
    void grantManagement(String scope) {
        var granted =
                operator()
                        .call(
                                "POST",
                                "client-grants",
                                """
                                {"client_id":"%s","audience":"%s","scope":["%s"]}
                                """
                                        .formatted(clientId, audience(), scope));
        assertThat(granted.status()).as("%s", granted.json()).isEqualTo(201);
    }

    /// What a route of the app answers.
    JsonNode json(BrowserJar browser, String path) {
        return json(browser.open(app().at(path)));
    }

    static JsonNode json(Page page) {
        assertThat(page.status()).as("%s %s", page.url(), page.body()).isEqualTo(200);
        return JSON.readTree(page.body());
    }

    /// A browser in which Ada has signed in on the page that the library sent it to.
    BrowserJar signedInAtTheApp() {
        return signedInAtTheApp(login());
    }

    BrowserJar signedInAtTheApp(String login) {
        var browser = browser();
        var page = browser.open(app().at(login));
        assertThat(page.asksToSignIn()).as("%s %s", page.url(), page.body()).isTrue();
        var home =
                browser.submit(page, Map.of("username", World.ADA, "password", world().password()));
        assertThat(json(home).path("name").asString()).isEqualTo("Ada Lovelace");
        return browser;
    }

    @Test
    void aPersonSignsIn() {
        var claims = json(signedInAtTheApp(), "/");
        assertThat(claims.path("sub").asString()).isEqualTo(userId(World.ADA));
        assertThat(claims.path("email").asString()).isEqualTo(World.ADA);
    }

    /// RFC 9126.
    @Test
    void aPersonSignsInByAPushedRequest() {
        signedInAtTheApp("/pushed/login");
    }

    @Test
    void itPushesATransferWithItsRequest() {
        var login = app().at("/pushed/login?session_transfer_token=" + transfer());
        assertThat(json(browser().open(login)).path("name").asString()).isEqualTo("Ada Lovelace");
    }

    @Test
    void itRefreshes() {
        var refreshed = json(signedInAtTheApp(), "/refresh");
        assertThat(refreshed.path("isNew").asBoolean()).isTrue();
        assertThat(refreshed.path("sub").asString()).isEqualTo(userId(World.ADA));
    }

    @Test
    void itTellsWhoIsSignedIn() {
        var userinfo = json(signedInAtTheApp(), userinfo());
        assertThat(userinfo.path("name").asString()).isEqualTo("Ada Lovelace");
    }

    /// It forwards the token to `/authorize`, and nobody is asked for a password.
    @Test
    void itRedeemsATransferByQuery() {
        var browser = browser();
        var login = app().at(login() + "?session_transfer_token=" + transfer());
        var home = browser.open(login);
        assertThat(json(home).path("name").asString()).isEqualTo("Ada Lovelace");
        assertThat(json(browser, "/refresh").path("isNew").asBoolean()).isTrue();
        assertThat(browser().open(login).asksToSignIn()).as("used").isTrue();
    }

    /// Nothing in the app knows of transfers.
    @Test
    void itRedeemsATransferByCookie() {
        var browser = browser();
        browser.plant(world().issuer(), COOKIE, transfer());
        var home = browser.open(app().at(login()));
        assertThat(json(home).path("name").asString()).isEqualTo("Ada Lovelace");
    }

    /// What is made of openid-client takes the type `N_A` for a token exchange only (contract
    /// sdk-calls §0.1 point 3). We keep to the documented answer all the same, and apps say how it
    /// is read.
    @Test
    void itMintsIfItIsToldHowToReadTheAnswer() {
        var refused = signedInAtTheApp().open(app().at("/misread" + EXCHANGE));
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.body()).contains(misreading());
        var browser = signedInAtTheApp();
        var token = json(browser, "/mint" + EXCHANGE).path("access_token").asString();
        assertThat(present(browser(), false, token, Map.of()).parameter("code")).isPresent();
        assertThat(json(browser, "/refresh").path("isNew").asBoolean()).isTrue();
    }

    @Test
    void itSignsOutHereAndThere() {
        var browser = signedInAtTheApp();
        // Some say where to go with a slash at the end, some without.
        assertThat(browser.open(app().at(logout())).url().resolve("/")).isEqualTo(app().at("/"));
        assertThat(isSignedIn(browser)).isFalse();
    }
}
