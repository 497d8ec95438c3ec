package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A running server, and native sign-ins with everything that can stem from them: where stories
/// about endings begin.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class KinScene {
    private static final Wire WIRE = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
    private static final String CALLBACK = "https://web.example/cb";

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
    record Clients(String app, String web, String webSecret) {}

    Clients clients(boolean cascades, boolean online) {
        var app =
                create(
                        "clients",
                        """
                        {"name":"App","app_type":"native","token_endpoint_auth_method":"none",
                         "grant_types":["http://auth0.com/oauth/grant-type/password-realm","refresh_token"],
                         "refresh_token":{"rotation_type":"rotating","expiration_type":"expiring"},
                         "session_transfer":{"can_create_session_transfer_token":true,
                             "enforce_cascade_revocation":%s}}
                        """
                                .formatted(cascades));
        var web =
                create(
                        "clients",
                        """
                        {"name":"Web","app_type":"regular_web","callbacks":["%s"],
                         "grant_types":["authorization_code","refresh_token"],
                         "session_transfer":{"allowed_authentication_methods":["query"],
                             "enforce_device_binding":"none","allow_refresh_token":true,
                             "enforce_online_refresh_tokens":%s}}
                        """
                                .formatted(CALLBACK, online));
        return new Clients(
                app.path("client_id").asString(),
                web.path("client_id").asString(),
                web.path("client_secret").asString());
    }

    JsonNode create(String path, String body) {
        var answer = operator().call("POST", path, body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return answer.json();
    }

    /// A native sign-in, and everything that can stem from it.
    ///
    /// @param waiting a transfer that nobody has redeemed
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
            String waiting) {}

    Kin kin(boolean cascades, boolean online) {
        var clients = clients(cascades, online);
        var email = operator().createUser();
        var user = operator().get("users-by-email?email=" + email).json().path(0);
        var phone = new Phone(wire(), new App(issuer(), clients.app()));
        assertThat(phone.signIn(email, Operator.PASSWORD, "openid offline_access").status())
                .isEqualTo(200);
        var userId = user.path("user_id").asString();
        var familyId = only(operator().get(users(userId) + "/refresh-tokens"), "tokens");
        var redeemed = redeem(clients, phone.exchange().text("access_token"), Optional.empty());
        var tokens = exchangeCode(clients, code(redeemed).orElseThrow());
        var sessionId = only(operator().get(users(userId) + "/sessions"), "sessions");
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
                phone.exchange().text("access_token"));
    }

    static String users(String id) {
        return "users/" + URLEncoder.encode(id, StandardCharsets.UTF_8);
    }

    static String only(Answer answer, String key) {
        assertThat(answer.json().path(key)).hasSize(1);
        return answer.json().path(key).path(0).path("id").asString();
    }

    HttpResponse<String> redeem(Clients clients, String token, Optional<String> cookie) {
        var more = new LinkedHashMap<>(Map.of("prompt", "none"));
        if (!token.isEmpty()) more.put("session_transfer_token", token);
        var request = HttpRequest.newBuilder(authorize(clients, more));
        cookie.ifPresent(it -> request.header("Cookie", it));
        return wire().send(request);
    }

    /// An authorization request of the web app.
    URI authorize(Clients clients, Map<String, String> more) {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", clients.web());
        query.put("response_type", "code");
        query.put("redirect_uri", CALLBACK);
        query.put("scope", "openid offline_access");
        query.putAll(more);
        return URI.create(issuer() + "authorize?" + Wire.form(query));
    }

    static Optional<String> code(HttpResponse<String> response) {
        return response.headers()
                .firstValue("Location")
                .filter(it -> it.contains("code="))
                .map(it -> it.replaceAll(".*[?&]code=([^&]*).*", "$1"));
    }

    static Optional<String> cookie(HttpResponse<String> response) {
        return response.headers().allValues("Set-Cookie").stream()
                .filter(it -> it.startsWith("segue_session="))
                .map(it -> it.split(";", 2)[0])
                .findFirst();
    }

    Answer exchangeCode(Clients clients, String code) {
        var answer =
                token(
                        clients,
                        Map.of(
                                "grant_type",
                                "authorization_code",
                                "code",
                                code,
                                "redirect_uri",
                                CALLBACK));
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer;
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

    boolean sessionWorks(Kin kin) {
        return code(redeem(kin.clients(), "", Optional.of(kin.cookie()))).isPresent();
    }

    boolean waitingTransferWorks(Kin kin) {
        return code(redeem(kin.clients(), kin.waiting(), Optional.empty())).isPresent();
    }

    /// What works.
    record Alive(boolean family, boolean transfer, boolean session, boolean webToken) {}

    Alive alive(Kin kin) {
        // The session first: the transfer, if it works, opens another one.
        var session = sessionWorks(kin);
        var webToken = webTokenWorks(kin);
        var transfer = waitingTransferWorks(kin);
        return new Alive(kin.phone().refresh().status() == 200, transfer, session, webToken);
    }

    HttpResponse<String> open(String path, String cookie) {
        return wire().send(HttpRequest.newBuilder(issuer().resolve(path)).header("Cookie", cookie));
    }

    /// The newest event of a type that is about the session, once it is there.
    JsonNode logged(String type, String sessionId) {
        var deadline = System.nanoTime() + LogoutReceiver.PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            for (var event : operator().log("type:" + type))
                if (event.at("/details/session_id").asString("").equals(sessionId)) return event;
            Thread.onSpinWait();
        }
        throw new AssertionError("no " + type);
    }

    void manage(int status, String method, String path) {
        manage(status, method, path, "");
    }

    void manage(int status, String method, String path, String body) {
        var answer = operator().call(method, path, body);
        assertThat(answer.status()).as("%s %s: %s", method, path, answer.json()).isEqualTo(status);
    }
}
