package segue.benchmark;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A server that is measured, in a process of its own, and a user who has signed in to it. What
/// isn't a success is an exception: it would be quick, and no measurement.
final class Subject implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    static final String EMAIL = "ada@example.org";

    /// How many users there are beside her; rows that all share would be waited for.
    static final int MEMBERS = 64;

    static final String BLOCKED = "blocked@example.org";
    private static final String PASSWORD = "a password for benchmarks";
    static final String APP = "benchmarkAppAAAAAAAAAAAAAAAAAAAA";
    static final String WEB = "benchmarkWebBBBBBBBBBBBBBBBBBBBB";
    static final String WEB_SECRET = "a secret of the web app, longer than thirty-two characters";
    static final String CALLBACK = "https://web.example/cb";

    /// The web app's authorization request.
    static final Map<String, String> REQUEST =
            Map.of(
                    "client_id",
                    WEB,
                    "response_type",
                    "code",
                    "redirect_uri",
                    CALLBACK,
                    "scope",
                    "openid",
                    "prompt",
                    "none");

    static final String SESSION = "segue_session";
    private static final String BOOTSTRAP = "benchmarkBootstrapAAAAAAAAAAAAAA";
    private static final String BOOTSTRAP_SECRET =
            "a bootstrap secret of more than thirty-two characters";

    /// As contract actions §8 has them: it looks at the event and sets a claim.
    private static final String ACTION =
            """
            exports.onExecutePostLogin = async (event, api) => {
              if (event.request.ip === "192.0.2.1") api.access.deny("not from there");
              api.idToken.setCustomClaim("https://shop.example/logins", event.stats.logins_count);
            };
            """;

    private final Process process;
    private final Wire wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
    private final URI issuer;
    private final Duration start;
    private final Phone phone;
    private final String cookie;

    /// @param segue what starts a server: the launcher in the root of the repository
    /// @param folder where it may keep what it likes
    /// @param more settings by key
    Subject(Path segue, Path folder, Map<String, String> more) throws IOException {
        this(segue, folder, more, "RS256", true, List.of());
    }

    /// @param algorithm of the clients' ID tokens
    /// @param rotating whether the app's refresh tokens rotate
    /// @param wrapper a command that starts the server's, with its own arguments; empty for none
    Subject(
            Path segue,
            Path folder,
            Map<String, String> more,
            String algorithm,
            boolean rotating,
            List<String> wrapper)
            throws IOException {
        var began = System.nanoTime();
        process = start(segue, folder, settings(folder, more, algorithm, rotating), wrapper);
        try {
            issuer = awaitStart(process);
            start = Duration.ofNanos(System.nanoTime() - began);
            phone = new Phone(wire, issuer, APP);
            var browser = new BrowserJar(wire);
            granted(phone.signIn(browser, EMAIL, PASSWORD, "openid offline_access"));
            cookie = SESSION + "=" + browser.cookie(issuer, SESSION).orElseThrow();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private static Map<String, String> settings(
            Path folder, Map<String, String> more, String algorithm, boolean rotating)
            throws IOException {
        var tenant = folder.resolve("tenant.yaml");
        Files.writeString(
                tenant,
                """
                clients:
                  - {name: App, client_id: %s, app_type: native, token_endpoint_auth_method: none,
                     callbacks: ["org.example.demo://callback"], grant_types: [authorization_code, refresh_token,
                                   "http://auth0.com/oauth/grant-type/password-realm"],
                     jwt_configuration: {alg: %s}, refresh_token: {rotation_type: %s, expiration_type: expiring},
                     session_transfer: {can_create_session_transfer_token: true}}
                  - {name: Web, client_id: %s, client_secret: "%s", app_type: regular_web, callbacks: ["%s"],
                     jwt_configuration: {alg: %s}, grant_types: [authorization_code],
                     session_transfer: {allowed_authentication_methods: [query]}}
                users:
                  - {email: %s, password: %s}
                  - {email: %s, password: %s, blocked: true}
                """
                                .formatted(
                                        APP,
                                        algorithm,
                                        rotating ? "rotating" : "non-rotating",
                                        WEB,
                                        WEB_SECRET,
                                        CALLBACK,
                                        algorithm,
                                        EMAIL,
                                        PASSWORD,
                                        BLOCKED,
                                        PASSWORD)
                        + IntStream.range(0, MEMBERS)
                                .mapToObj(
                                        i ->
                                                "  - {email: %s, password: %s}\n"
                                                        .formatted(email(i), PASSWORD))
                                .collect(Collectors.joining()));
        var settings = new LinkedHashMap<String, String>();
        settings.put("server.port", "0");
        settings.put("data-dir", folder.resolve("data").toString());
        settings.put("tenant-file", tenant.toString());
        settings.put("bootstrap.client-id", BOOTSTRAP);
        settings.put("bootstrap.client-secret", BOOTSTRAP_SECRET);
        settings.put("limits.exchanges-per-family", "1000000/s");
        settings.put("log.level", "warn");
        settings.putAll(more);
        return settings;
    }

    private static Process start(
            Path segue, Path folder, Map<String, String> settings, List<String> wrapper)
            throws IOException {
        var command = new ArrayList<>(wrapper);
        command.addAll(List.of(segue.toString(), "serve"));
        settings.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
        var builder = new ProcessBuilder(command);
        // Without it the JVM warns of the agent that counts what it allocates.
        builder.environment()
                .merge(
                        "SEGUE_JAVA_OPTS",
                        "-XX:+EnableDynamicAgentLoading",
                        (given, ours) -> given + " " + ours);
        return builder.directory(folder.toFile()).redirectErrorStream(true).start();
    }

    private static URI awaitStart(Process process) throws IOException {
        var reader =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        var before = new ArrayList<String>();
        for (var line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.startsWith("segue ready ")) {
                // A pipe that nobody reads would stop the server when it is full.
                Thread.ofVirtual().start(() -> reader.lines().forEach(System.err::println));
                return URI.create(line.replaceFirst(".*issuer=", "").replaceFirst(" .*", ""));
            }
            before.add(line);
        }
        throw new IOException("the server ended: " + String.join("\n", before));
    }

    /// Creates an Action, deploys it and binds it.
    void deployAction() {
        var token =
                granted(
                                wire.postForm(
                                        issuer.resolve("oauth/token"),
                                        Map.of(
                                                "grant_type",
                                                "client_credentials",
                                                "client_id",
                                                BOOTSTRAP,
                                                "client_secret",
                                                BOOTSTRAP_SECRET,
                                                "audience",
                                                issuer + "api/v2/"),
                                        Map.of()))
                        .text("access_token");
        var action =
                JSON.createObjectNode()
                        .put("name", "measured")
                        .put("code", ACTION)
                        .put("deploy", true);
        action.putArray("supported_triggers")
                .addObject()
                .put("id", "post-login")
                .put("version", "v3");
        var id = manage(token, "POST", "actions/actions", action).text("id");
        var bound = JSON.createObjectNode();
        bound.putArray("bindings")
                .addObject()
                .putObject("ref")
                .put("type", "action_id")
                .put("value", id);
        var _ = manage(token, "PATCH", "actions/triggers/post-login/bindings", bound);
    }

    private Answer manage(String token, String method, String path, ObjectNode body) {
        var request =
                HttpRequest.newBuilder(issuer.resolve("api/v2/" + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body.toString()));
        return granted(Wire.answer(wire.send(request)));
    }

    private static Answer granted(Answer answer) {
        if (!answer.isOk())
            throw new IllegalStateException(answer.status() + " " + answer.json().toString());
        return answer;
    }

    /// How many processes it has started that run Actions.
    long workers() {
        return process.descendants()
                .filter(it -> it.info().commandLine().orElse("").contains("segue.actions.Worker"))
                .count();
    }

    private static String email(int index) {
        return "member" + index % MEMBERS + "@example.org";
    }

    /// Signs one of many users in, in the app and in a browser that was never used.
    ///
    /// @param population those for whom they do things; empty if they do them for themselves
    Member member(int index, String scope, Optional<Population> population) throws IOException {
        var browser = new BrowserJar(wire);
        var app = new Phone(wire, issuer, APP);
        var tokens = granted(app.signIn(browser, email(index), PASSWORD, scope));
        return new Member(
                new Connection(issuer),
                population,
                tokens.text("refresh_token"),
                SESSION + "=" + browser.cookie(issuer, SESSION).orElseThrow());
    }

    /// As a [#member], but without a connection.
    Visitor visitor(int index) {
        var browser = new BrowserJar(wire);
        var app = new Phone(wire, issuer, APP);
        var tokens = granted(app.signIn(browser, email(index), PASSWORD, "openid offline_access"));
        return new Visitor(
                issuer.getAuthority(),
                tokens.text("refresh_token"),
                SESSION + "=" + browser.cookie(issuer, SESSION).orElseThrow());
    }

    /// Where it listens.
    int port() {
        return issuer.getPort();
    }

    /// From the launcher's call to the line that says it is ready.
    Duration start() {
        return start;
    }

    /// The process of the server.
    ProcessHandle process() {
        return process.toHandle();
    }

    /// A refresh, with rotation.
    ///
    /// @return how long it took, in nanoseconds
    long refresh() {
        var start = System.nanoTime();
        var answer = phone.refresh();
        var end = System.nanoTime();
        granted(answer);
        return end - start;
    }

    /// A wrong password.
    long guess(String user) {
        var guesser = new Phone(wire, issuer, APP);
        var start = System.nanoTime();
        var answer = guesser.signIn(user, "a wrong password", "openid");
        var end = System.nanoTime();
        if (answer.status() != 403)
            throw new IllegalStateException(answer.status() + " " + answer.json().toString());
        return end - start;
    }

    /// A silent sign-in to the web app, in the browser in which the user signed in.
    long silentSignIn() {
        return signInToWeb(Map.of(), Optional.of(cookie));
    }

    /// The redemption of a session transfer token, in a browser that was never used. The exchange
    /// before it isn't measured.
    long redemption() {
        var transfer = granted(phone.exchange()).text("access_token");
        return signInToWeb(Map.of("session_transfer_token", transfer), Optional.empty());
    }

    private long signInToWeb(Map<String, String> more, Optional<String> cookie) {
        var query = new LinkedHashMap<>(REQUEST);
        query.putAll(more);
        var request = HttpRequest.newBuilder(Wire.with(issuer.resolve("authorize"), query));
        cookie.ifPresent(it -> request.header("Cookie", it));
        var start = System.nanoTime();
        HttpResponse<String> answer = wire.send(request);
        var end = System.nanoTime();
        if (!answer.headers().firstValue("Location").orElse("").contains("code="))
            throw new IllegalStateException(
                    answer.statusCode()
                            + " "
                            + answer.headers().allValues("Location").stream()
                                    .collect(Collectors.joining()));
        return end - start;
    }

    @Override
    public void close() {
        wire.close();
        process.destroy();
        process.onExit().join();
    }
}
