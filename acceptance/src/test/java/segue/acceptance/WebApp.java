package segue.acceptance;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import segue.demo.story.World;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// A web app with an ordinary sign-in by authorization code, on another host than the server's. It
/// writes down every request, headers and all.
final class WebApp implements AutoCloseable {
    private static final String TRANSFER = "session_transfer_token";

    private final HttpServer server;
    private final URI issuer;
    private final Wire wire;
    private final String secret;
    private final boolean knowsOfTransfers;
    private final Map<String, Pkce> attempts = new ConcurrentHashMap<>();
    private final Map<String, String> signedIn = new ConcurrentHashMap<>();
    private final List<String> log = new CopyOnWriteArrayList<>();

    /// Takes the place of the shop at the server.
    ///
    /// @param secret of the shop
    /// @param knowsOfTransfers whether it passes a session transfer token on to `/authorize`; if it
    ///   doesn't, nothing in it knows that there are such tokens
    WebApp(URI issuer, Wire wire, String secret, boolean knowsOfTransfers) {
        this.issuer = issuer;
        this.wire = wire;
        this.secret = secret;
        this.knowsOfTransfers = knowsOfTransfers;
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    URI callback() {
        return at("/callback");
    }

    /// Where its sign-in begins.
    URI login() {
        return at("/login");
    }

    URI home() {
        return at("/");
    }

    /// Every request, one after the other, with its header fields.
    List<String> log() {
        return List.copyOf(log);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            log.add(
                    exchange.getRequestMethod()
                            + " "
                            + exchange.getRequestURI()
                            + " "
                            + exchange.getRequestHeaders());
            var asked =
                    Optional.ofNullable(exchange.getRequestURI().getRawQuery())
                            .map(Wire::parameters)
                            .orElse(Map.of());
            switch (exchange.getRequestURI().getPath()) {
                case "/login" -> redirect(exchange, authorization(asked));
                case "/callback" -> callback(exchange, asked);
                case "/" -> home(exchange);
                default -> exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    private URI authorization(Map<String, String> asked) {
        var state = Pkce.nonce();
        var pkce = Pkce.fresh();
        attempts.put(state, pkce);
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", World.SHOP);
        query.put("response_type", "code");
        query.put("redirect_uri", callback().toString());
        query.put("scope", "openid profile");
        query.put("state", state);
        query.put("code_challenge", pkce.challenge());
        query.put("code_challenge_method", "S256");
        if (knowsOfTransfers && asked.containsKey(TRANSFER))
            query.put(TRANSFER, asked.getOrDefault(TRANSFER, ""));
        return Wire.with(issuer.resolve("authorize"), query);
    }

    private void callback(HttpExchange exchange, Map<String, String> asked) throws IOException {
        var pkce = Optional.ofNullable(attempts.remove(asked.getOrDefault("state", "")));
        var tokens =
                wire.postForm(
                        issuer.resolve("oauth/token"),
                        Map.of(
                                "grant_type",
                                "authorization_code",
                                "client_id",
                                World.SHOP,
                                "client_secret",
                                secret,
                                "code",
                                asked.getOrDefault("code", ""),
                                "redirect_uri",
                                callback().toString(),
                                "code_verifier",
                                pkce.map(Pkce::verifier).orElse("")),
                        Map.of());
        if (!tokens.isOk()) {
            page(exchange, "Not signed in");
            return;
        }
        var session = Pkce.nonce();
        signedIn.put(session, BrowserScene.claims(tokens.text("id_token")).path("name").asString());
        exchange.getResponseHeaders()
                .add("Set-Cookie", "app=" + session + "; Path=/; HttpOnly; SameSite=Lax");
        redirect(exchange, home());
    }

    private void home(HttpExchange exchange) throws IOException {
        var cookie = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Cookie"));
        var who =
                cookie.map(it -> it.replaceFirst("(?:.*; )?app=([^;]*).*", "$1"))
                        .flatMap(it -> Optional.ofNullable(signedIn.get(it)));
        page(exchange, who.map(name -> "Welcome, " + name).orElse("Nobody is signed in"));
    }

    private static void redirect(HttpExchange exchange, URI to) throws IOException {
        exchange.getResponseHeaders().add("Location", to.toString());
        exchange.sendResponseHeaders(302, -1);
    }

    private static void page(HttpExchange exchange, String heading) throws IOException {
        var html =
                "<!doctype html><title>App</title><link rel=icon href=data:,><h1>"
                        + heading
                        + "</h1>";
        exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().write(html.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
