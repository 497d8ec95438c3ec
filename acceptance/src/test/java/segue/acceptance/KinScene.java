package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// A running server, and native sign-ins with everything that can stem from them: where stories
/// about endings begin.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class KinScene {
    private static final Wire WIRE = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
    private static final String CALLBACK = "https://web.example/cb";
    static final String SESSION = "segue_session";

    /// Settings that name the database.
    abstract Map<String, String> database() throws Exception;

    private Optional<World> world = Optional.empty();
    private Optional<Operator> operator = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        var settings = new LinkedHashMap<>(database());
        settings.put("log.level", "warn");
        settings.put("limits.management", "100000/s");
        settings.put("outbound.allowed-private", "127.0.0.1/32");
        world = Optional.of(new World(0, settings));
        operator = Optional.of(operator(world.get(), settings));
    }

    private static Operator operator(World world, Map<String, String> settings) throws Exception {
        var id = settings.get("bootstrap.client-id");
        var secret = settings.get("bootstrap.client-secret");
        return id == null || secret == null
                ? new Operator(world)
                : new Operator(wire(), world.issuer(), id, secret);
    }

    @AfterAll
    void stop() {
        world.ifPresent(World::close);
    }

    static Wire wire() {
        return WIRE;
    }

    World world() {
        return world.orElseThrow();
    }

    URI issuer() {
        return world().issuer();
    }

    Operator operator() {
        return operator.orElseThrow();
    }

    /// An app's and a web app's registration.
    ///
    /// @param organization through which users sign in to both
    record Clients(String app, String web, String webSecret, Optional<String> organization) {
        Clients in(Optional<String> other) {
            return new Clients(app, web, webSecret, other);
        }
    }

    Clients clients(boolean cascades, boolean online) {
        var app =
                create(
                        "clients",
                        """
                        {"name":"App","app_type":"native","token_endpoint_auth_method":"none",
                         "callbacks":["org.example.demo://callback"],"organization_usage":"allow",
                         "grant_types":["http://auth0.com/oauth/grant-type/password-realm",
                             "authorization_code","refresh_token"],
                         "refresh_token":{"rotation_type":"rotating","expiration_type":"expiring"},
                         "session_transfer":{"can_create_session_transfer_token":true,
                             "enforce_cascade_revocation":%s,"allow_refresh_token":true}}
                        """
                                .formatted(cascades));
        var web =
                create(
                        "clients",
                        """
                        {"name":"Web","app_type":"regular_web","callbacks":["%s"],
                         "organization_usage":"allow",
                         "grant_types":["authorization_code","refresh_token"],
                         "session_transfer":{"allowed_authentication_methods":["query"],
                             "enforce_device_binding":"none","allow_refresh_token":true,
                             "enforce_online_refresh_tokens":%s}}
                        """
                                .formatted(CALLBACK, online));
        return new Clients(
                app.path("client_id").asString(),
                web.path("client_id").asString(),
                web.path("client_secret").asString(),
                Optional.empty());
    }

    /// An organization of which nobody is a member yet.
    String newOrganization() {
        var connection =
                operator()
                        .get("connections?name=Username-Password-Authentication")
                        .json()
                        .path(0)
                        .path("id")
                        .asString();
        return create(
                        "organizations",
                        """
                        {"name":"%s","enabled_connections":[{"connection_id":"%s"}]}
                        """
                                .formatted(UUID.randomUUID(), connection))
                .path("id")
                .asString();
    }

    JsonNode create(String path, String body) {
        var answer = operator().call("POST", path, body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return answer.json();
    }

    /// A native sign-in, and everything that can stem from it.
    ///
    /// @param waiting a transfer that nobody has redeemed
    /// @param code of the web session, that nobody has exchanged
    record Kin(
            Clients clients,
            String user,
            Phone phone,
            String familyId,
            String cookie,
            String sessionId,
            String webToken,
            String webFamilyId,
            String idToken,
            String waiting,
            String code) {}

    Kin kin(boolean cascades, boolean online) {
        return kin(clients(cascades, online));
    }

    Kin kin(Clients clients) {
        var email = operator().createUser();
        var userId = userId(email);
        clients.organization()
                .ifPresent(
                        it ->
                                manage(
                                        204,
                                        "POST",
                                        "organizations/" + it + "/members",
                                        "{\"members\":[\"" + userId + "\"]}"));
        var phone = phone(clients, email);
        var familyId = only(operator().get(users(userId) + "/refresh-tokens"), "tokens");
        var redeemed = redeem(clients, phone.exchange().text("access_token"), Optional.empty());
        var tokens = exchangeCode(clients, code(redeemed).orElseThrow());
        var sessionId = BrowserScene.claims(tokens.text("id_token")).path("sid").asString();
        var webFamilyId =
                operator()
                        .get(users(userId) + "/refresh-tokens")
                        .json()
                        .path("tokens")
                        .valueStream()
                        .map(it -> it.path("id").asString())
                        .filter(id -> !id.equals(familyId))
                        .findFirst()
                        .orElseThrow();
        return new Kin(
                clients,
                userId,
                phone,
                familyId,
                cookie(redeemed).orElseThrow(),
                sessionId,
                tokens.text("refresh_token"),
                webFamilyId,
                tokens.text("id_token"),
                phone.exchange().text("access_token"),
                code(redeem(clients, "", cookie(redeemed))).orElseThrow());
    }

    String userId(String email) {
        return operator()
                .get("users-by-email?email=" + email)
                .json()
                .path(0)
                .path("user_id")
                .asString();
    }

    String email(Kin kin) {
        return operator().get(users(kin.user())).text("email");
    }

    /// A phone on which a user has signed in to the app: with a password, and in an organization,
    /// which no password grant knows, in a browser.
    Phone phone(Clients clients, String email) {
        var phone = new Phone(wire(), new App(issuer(), clients.app()));
        if (clients.organization().isPresent())
            phone.keep(inBrowser(new BrowserJar(wire()), clients, email).text("refresh_token"));
        else
            assertThat(phone.signIn(email, Operator.PASSWORD, "openid offline_access").status())
                    .isEqualTo(200);
        return phone;
    }

    /// A browser that has the session which the transfer opened.
    BrowserJar browser(Kin kin) {
        var browser = new BrowserJar(wire());
        browser.plant(issuer(), SESSION, kin.cookie().substring(SESSION.length() + 1));
        return browser;
    }

    /// The web app asks the user to authenticate anew, and they do.
    void signInAnew(BrowserJar browser, Kin kin) {
        var page = browser.openUntilAway(authorize(kin.clients(), Map.of("prompt", "login")));
        signInOn(page, browser, kin);
    }

    void signInOn(Page page, BrowserJar browser, Kin kin) {
        var form = Map.of("username", email(kin), "password", Operator.PASSWORD);
        assertThat(browser.submitUntilAway(page, form).parameter("code")).isPresent();
    }

    /// Signs in to the app in a browser that nobody is signed in to.
    private Answer inBrowser(BrowserJar browser, Clients clients, String email) {
        var pkce = Pkce.fresh();
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", clients.app());
        query.put("response_type", "code");
        query.put("redirect_uri", "org.example.demo://callback");
        query.put("scope", "openid offline_access");
        query.put("code_challenge", pkce.challenge());
        query.put("code_challenge_method", "S256");
        clients.organization().ifPresent(it -> query.put("organization", it));
        var page = browser.openUntilAway(Wire.with(issuer().resolve("authorize"), query));
        var filled = Map.of("username", email, "password", Operator.PASSWORD);
        var answer =
                wire().postForm(
                                issuer().resolve("oauth/token"),
                                Map.of(
                                        "grant_type",
                                        "authorization_code",
                                        "client_id",
                                        clients.app(),
                                        "code",
                                        browser.submitUntilAway(page, filled)
                                                .parameter("code")
                                                .orElseThrow(),
                                        "redirect_uri",
                                        "org.example.demo://callback",
                                        "code_verifier",
                                        pkce.verifier()),
                                Map.of());
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer;
    }

    static String users(String id) {
        return "users/" + URLEncoder.encode(id, StandardCharsets.UTF_8);
    }

    static String only(Answer answer, String key) {
        assertThat(answer.json().path(key)).hasSize(1);
        return answer.json().path(key).path(0).path("id").asString();
    }

    /// An authorization request of the web app.
    URI authorize(Clients clients, Map<String, String> more) {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", clients.web());
        query.put("response_type", "code");
        query.put("redirect_uri", CALLBACK);
        query.put("scope", "openid offline_access");
        clients.organization().ifPresent(it -> query.put("organization", it));
        query.putAll(more);
        return URI.create(issuer() + "authorize?" + Wire.form(query));
    }

    HttpResponse<String> redeem(Clients clients, String token, Optional<String> cookie) {
        var more = new LinkedHashMap<>(Map.of("prompt", "none"));
        if (!token.isEmpty()) more.put("session_transfer_token", token);
        var request = HttpRequest.newBuilder(authorize(clients, more));
        cookie.ifPresent(it -> request.header("Cookie", it));
        return wire().send(request);
    }

    static Optional<String> code(HttpResponse<String> response) {
        return response.headers()
                .firstValue("Location")
                .filter(it -> it.contains("code="))
                .map(it -> it.replaceAll(".*[?&]code=([^&]*).*", "$1"));
    }

    static Optional<String> cookie(HttpResponse<String> response) {
        return response.headers().allValues("Set-Cookie").stream()
                .filter(it -> it.startsWith(SESSION + "="))
                .map(it -> it.split(";", 2)[0])
                .findFirst();
    }

    Answer exchangeCode(Clients clients, String code) {
        var answer = presentCode(clients, code);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer;
    }

    Answer presentCode(Clients clients, String code) {
        return token(
                clients,
                Map.of("grant_type", "authorization_code", "code", code, "redirect_uri", CALLBACK));
    }

    Answer token(Clients clients, Map<String, String> fields) {
        var all = new LinkedHashMap<>(fields);
        all.put("client_id", clients.web());
        all.put("client_secret", clients.webSecret());
        return wire().postForm(issuer().resolve("oauth/token"), all, Map.of());
    }

    Answer refreshWeb(Kin kin) {
        return token(
                kin.clients(),
                Map.of("grant_type", "refresh_token", "refresh_token", kin.webToken()));
    }

    boolean webTokenWorks(Kin kin) {
        return refreshWeb(kin).status() == 200;
    }

    /// Asked outside the organization, which a session isn't part of.
    boolean sessionWorks(Kin kin) {
        var anywhere = kin.clients().in(Optional.empty());
        return code(redeem(anywhere, "", Optional.of(kin.cookie()))).isPresent();
    }

    boolean codeWorks(Kin kin) {
        return presentCode(kin.clients(), kin.code()).status() == 200;
    }

    Path folder() {
        return world.orElseThrow().folder();
    }

    boolean waitingTransferWorks(Kin kin) {
        return code(redeem(kin.clients(), kin.waiting(), Optional.empty())).isPresent();
    }

    /// What works.
    record Alive(
            boolean family, boolean transfer, boolean session, boolean webToken, boolean code) {}

    Alive alive(Kin kin) {
        // The session first: the transfer, if it works, opens another one.
        var session = sessionWorks(kin);
        var webToken = webTokenWorks(kin);
        var code = codeWorks(kin);
        var transfer = waitingTransferWorks(kin);
        return new Alive(kin.phone().refresh().status() == 200, transfer, session, webToken, code);
    }

    HttpResponse<String> open(String path, String cookie) {
        return wire().send(HttpRequest.newBuilder(issuer().resolve(path)).header("Cookie", cookie));
    }

    /// The newest event of a type that is about the session, once it is there.
    JsonNode logged(String type, String sessionId) {
        return logged(type, sessionId, "");
    }

    /// @param beginning of its description
    JsonNode logged(String type, String sessionId, String beginning) {
        var deadline = System.nanoTime() + LogoutReceiver.PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            for (var event : events(type, sessionId))
                if (event.path("description").asString("").startsWith(beginning)) return event;
            Thread.onSpinWait();
        }
        throw new AssertionError("no " + type);
    }

    /// The newest events about a session.
    List<JsonNode> events(String type, String sessionId) {
        return operator()
                .log("type:" + type)
                .valueStream()
                .filter(it -> it.at("/details/session_id").asString("").equals(sessionId))
                .toList();
    }

    void manage(int status, String method, String path) {
        manage(status, method, path, "");
    }

    void manage(int status, String method, String path, String body) {
        var answer = operator().call(method, path, body);
        assertThat(answer.status()).as("%s %s: %s", method, path, answer.json()).isEqualTo(status);
    }
}
