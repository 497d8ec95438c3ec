package segue.acceptance;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// Several server processes on one database, under one issuer, behind a [Balancer].
final class Cluster implements AutoCloseable {
    static final String APP = "nodesAppAAAAAAAAAAAAAAAAAAAAAAAA";
    static final String WEB = "nodesWebBBBBBBBBBBBBBBBBBBBBBBBB";
    static final String WEB_CALLBACK = "https://web.example/cb";
    private static final String PASSWORD = "a password for several nodes";
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final Pkce PKCE = Pkce.fresh();

    private final Path folder;
    private final Map<String, String> database;
    private final List<Integer> ports = new ArrayList<>();
    private final List<Optional<Node>> nodes = new ArrayList<>();
    private final Balancer balancer;
    private final URI issuer;

    /// Starts them, and returns when the balancer sees them all.
    ///
    /// @param database settings that say where it is
    /// @param users how many there are, see [#user]
    Cluster(int size, Map<String, String> database, int users, Path folder) throws Exception {
        this.folder = folder;
        this.database = database;
        for (var node = 0; node < size; node++) {
            ports.add(freePort());
            nodes.add(Optional.empty());
        }
        balancer = new Balancer(ports);
        issuer = URI.create("http://localhost:" + balancer.port() + "/");
        try {
            start(0, Map.of("tenant-file", tenant(users).toString()));
            for (var node = 1; node < size; node++) start(node);
        } catch (Exception | AssertionError e) {
            close();
            throw e;
        }
    }

    static int freePort() throws IOException {
        try (var free = new ServerSocket(0, 1, HERE)) {
            return free.getLocalPort();
        }
    }

    private Path tenant(int users) throws IOException {
        var list = new StringBuilder();
        for (var user = 0; user < users; user++)
            list.append("  - {email: %s, password: %s}\n".formatted(user(user), PASSWORD));
        return Files.writeString(
                folder.resolve("tenant.yaml"),
                """
                clients:
                  - {name: App, client_id: %s, app_type: native, token_endpoint_auth_method: none,
                     callbacks: ["org.example.demo://callback"], grant_types: [authorization_code, refresh_token],
                     refresh_token: {rotation_type: rotating, expiration_type: expiring, leeway: 0},
                     session_transfer: {can_create_session_transfer_token: true}}
                  - {name: Web, client_id: %s, app_type: spa, token_endpoint_auth_method: none,
                     callbacks: ["%s"], grant_types: [authorization_code],
                     session_transfer: {allowed_authentication_methods: [query]}}
                users:
                %s
                """
                        .formatted(APP, WEB, WEB_CALLBACK, list));
    }

    void start(int node) throws Exception {
        start(node, Map.of());
    }

    private void start(int node, Map<String, String> more) throws Exception {
        var settings = new LinkedHashMap<>(database);
        settings.put("issuer", issuer.toString());
        settings.put("server.port", Integer.toString(ports.get(node)));
        settings.put("data-dir", folder.resolve("node" + node).toString());
        settings.put("log.level", "warn");
        settings.put("limits.exchanges-per-family", "100000/min");
        settings.put("server.drain-notice", "1s");
        settings.putAll(more);
        nodes.set(node, Optional.of(new Node(settings, folder)));
        await("the balancer sees it", () -> balancer.isReady(node));
    }

    /// `SIGTERM`, and its exit code.
    int stop(int node) {
        return nodes.get(node).orElseThrow().stop();
    }

    /// Where everybody goes.
    URI issuer() {
        return issuer;
    }

    Balancer balancer() {
        return balancer;
    }

    /// Speaks to one node, past the balancer.
    Peer peer(int node) {
        return new Peer(HERE, new InetSocketAddress(HERE, ports.get(node)), issuer.getAuthority());
    }

    List<Peer> peers() {
        return Stream.iterate(0, node -> node + 1).limit(ports.size()).map(this::peer).toList();
    }

    static String user(int number) {
        return "user" + number + "@example.org";
    }

    /// Of a new family, in a session of the browser that is opened the first time.
    Phone signedIn(Wire wire, BrowserJar browser, int user) {
        var phone = new Phone(wire, issuer, APP);
        var answer = phone.signIn(browser, user(user), PASSWORD, "openid offline_access");
        if (!answer.isOk()) throw new Refused(answer.status(), answer.json().toString());
        return phone;
    }

    /// The server said no where it shouldn't have.
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int status;

        Refused(int status, String body) {
            super(status + " " + body);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /// What a browser asks of `/authorize` for the web client, without showing anything.
    static String silently(Map<String, String> more) {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", WEB);
        query.put("response_type", "code");
        query.put("redirect_uri", WEB_CALLBACK);
        query.put("scope", "openid");
        query.put("prompt", "none");
        query.put("code_challenge", PKCE.challenge());
        query.put("code_challenge_method", "S256");
        query.putAll(more);
        return "/authorize?" + Wire.form(query);
    }

    /// The web client's token request.
    static Map<String, String> exchangeOf(String code) {
        return Map.of(
                "grant_type", "authorization_code",
                "client_id", WEB,
                "redirect_uri", WEB_CALLBACK,
                "code_verifier", PKCE.verifier(),
                "code", code);
    }

    /// The app's.
    static Map<String, String> refreshOf(String token) {
        return Map.of("grant_type", "refresh_token", "client_id", APP, "refresh_token", token);
    }

    /// Waits for it, for a minute at most.
    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        var end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) throw new AssertionError("waited too long: " + what);
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    @Override
    public void close() throws IOException {
        balancer.close();
        for (var node : nodes) node.ifPresent(Node::close);
    }
}
