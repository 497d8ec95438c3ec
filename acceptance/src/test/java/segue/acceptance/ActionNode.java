package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A server process of its own with one post-login Action, so that its memory can be measured and
/// its workers seen and killed.
final class ActionNode implements AutoCloseable {
    /// How many workers run Actions at once; the server keeps one more to spare.
    static final int WORKERS = 2;

    /// Names of native apps, of which an Action may treat one differently.
    static final String GOOD = "Good";

    static final String HOSTILE = "Hostile";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final JsonMapper JSON = new JsonMapper();
    private static final String PASSWORD = "a password for workers";
    private static final String GOOD_APP = "goodAppAAAAAAAAAAAAAAAAAAAAAAAAA";
    private static final String HOSTILE_APP = "hostileAppAAAAAAAAAAAAAAAAAAAAAA";
    private static final String WEB = "webBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
    private static final String APP_CALLBACK = "org.example.demo://callback";
    private static final String WEB_CALLBACK = "https://web.example/cb";
    private static final String BOOTSTRAP = "bootstrapClientAAAAAAAAAAAAAAAAA";
    private static final String BOOTSTRAP_SECRET =
            "a bootstrap secret of more than thirty-two characters";

    private final Wire wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
    private final Node node;
    private final Operator operator;
    private Optional<String> action = Optional.empty();

    /// @param users how many can sign in
    /// @param deadline of `actions.deadline`
    ActionNode(Path folder, int users, String deadline) throws IOException {
        var tenant = folder.resolve("tenant.yaml");
        Files.writeString(tenant, tenant(users));
        var settings = new LinkedHashMap<String, String>();
        settings.put("server.port", "0");
        settings.put("data-dir", folder.resolve("data").toString());
        settings.put("tenant-file", tenant.toString());
        settings.put("bootstrap.client-id", BOOTSTRAP);
        settings.put("bootstrap.client-secret", BOOTSTRAP_SECRET);
        settings.put("log.level", "error");
        settings.put("limits.management", "100000/s");
        settings.put("limits.userinfo", "100000/s");
        settings.put("actions.deadline", deadline);
        settings.put("actions.workers", Integer.toString(WORKERS));
        node = new Node(settings, folder);
        operator = new Operator(wire, node.issuer(), BOOTSTRAP, BOOTSTRAP_SECRET);
    }

    /// Without leeway: a refresh token that was taken twice would end its family.
    private static String tenant(int users) {
        var text = new StringBuilder("clients:\n");
        for (var app : List.of(List.of(GOOD, GOOD_APP), List.of(HOSTILE, HOSTILE_APP)))
            text.append(
                    """
                      - {name: %s, client_id: %s, app_type: native, token_endpoint_auth_method: none,
                         callbacks: ["%s"], grant_types: [authorization_code, refresh_token],
                         refresh_token: {rotation_type: rotating, expiration_type: expiring, leeway: 0},
                         session_transfer: {can_create_session_transfer_token: true}}
                    """
                            .formatted(app.getFirst(), app.getLast(), APP_CALLBACK));
        text.append(
                """
                  - {name: Web, client_id: %s, app_type: regular_web,
                     callbacks: ["%s"], grant_types: [authorization_code],
                     session_transfer: {allowed_authentication_methods: [query]}}
                users:
                """
                        .formatted(WEB, WEB_CALLBACK));
        for (var user = 0; user < users; user++)
            text.append("  - {email: %s, password: %s}\n".formatted(email(user), PASSWORD));
        return text.toString();
    }

    private static String email(int user) {
        return "user" + user + "@example.org";
    }

    Node node() {
        return node;
    }

    Operator operator() {
        return operator;
    }

    Wire wire() {
        return wire;
    }

    /// Deploys an Action in place of the one before.
    ///
    /// @param body of its handler
    void deploy(String body) {
        var code = "exports.onExecutePostLogin = async (event, api) => {" + body + "};";
        if (action.isPresent()) {
            var path = "actions/actions/" + action.get();
            manage(200, "PATCH", path, JSON.createObjectNode().put("code", code).toString());
            manage(200, "POST", path + "/deploy", "");
            return;
        }
        var json =
                JSON.createObjectNode()
                        .put("name", "the one")
                        .put("code", code)
                        .put("deploy", true);
        json.putArray("supported_triggers")
                .addObject()
                .put("id", "post-login")
                .put("version", "v3");
        var created = operator.call("POST", "actions/actions", json.toString());
        assertThat(created.status()).as("%s", created.json()).isEqualTo(201);
        var id = created.text("id");
        action = Optional.of(id);
        var bound = JSON.createObjectNode();
        bound.putArray("bindings")
                .addObject()
                .putObject("ref")
                .put("type", "action_id")
                .put("value", id);
        manage(200, "PATCH", "actions/triggers/post-login/bindings", bound.toString());
    }

    private void manage(int status, String method, String path, String body) {
        var answer = operator.call(method, path, body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(status);
    }

    /// The processes that run Actions, those on their way out included.
    List<ProcessHandle> workers() {
        return node.process()
                .descendants()
                .filter(
                        it ->
                                it.info()
                                        .commandLine()
                                        .filter(line -> line.contains("segue.actions.Worker"))
                                        .isPresent())
                .toList();
    }

    /// Waits until all of them have ended.
    static void awaitEnd(List<ProcessHandle> workers) throws Exception {
        for (var worker : workers) worker.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /// How many denials by failed Actions the log knows.
    int denials() {
        return operator.get("logs?q=type:actions_execution_failed&include_totals=true&per_page=1")
                .json()
                .path("total")
                .asInt();
    }

    /// Somebody who has signed in to an app, in a browser.
    SignedIn signIn(int user, String app) {
        var client = app.equals(GOOD) ? GOOD_APP : HOSTILE_APP;
        var phone = new Phone(wire, node.issuer(), client);
        var browser = new BrowserJar(wire);
        var answer = phone.signIn(browser, email(user), PASSWORD, "openid offline_access");
        assertThat(answer.isOk()).as("%s", answer.json()).isTrue();
        var cookie = browser.cookie(node.issuer(), KinScene.SESSION).orElseThrow();
        return new SignedIn(client, phone, KinScene.SESSION + "=" + cookie);
    }

    /// @param cookie of the session in which they signed in
    record SignedIn(String client, Phone phone, String cookie) {}

    /// A silent sign-in to the app, in the browser in which one signed in to it.
    HttpResponse<String> silently(SignedIn who) {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", who.client());
        query.put("redirect_uri", APP_CALLBACK);
        query.put("code_challenge", Pkce.fresh().challenge());
        query.put("code_challenge_method", "S256");
        return authorize(query, Optional.of(who.cookie()));
    }

    /// A silent sign-in to the web app.
    HttpResponse<String> silentlyInWeb(String cookie) {
        return authorize(web(), Optional.of(cookie));
    }

    /// Redeems a session transfer token, in a browser that was never used.
    HttpResponse<String> redeem(String transfer) {
        var query = web();
        query.put("session_transfer_token", transfer);
        return authorize(query, Optional.empty());
    }

    private static Map<String, String> web() {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", WEB);
        query.put("redirect_uri", WEB_CALLBACK);
        return query;
    }

    private HttpResponse<String> authorize(Map<String, String> query, Optional<String> cookie) {
        query.put("response_type", "code");
        query.put("scope", "openid");
        query.put("prompt", "none");
        var to = URI.create(node.issuer() + "authorize?" + Wire.form(query));
        var request = HttpRequest.newBuilder(to);
        cookie.ifPresent(it -> request.header("Cookie", it));
        return wire.send(request);
    }

    @Override
    public void close() {
        node.close();
        wire.close();
    }
}
