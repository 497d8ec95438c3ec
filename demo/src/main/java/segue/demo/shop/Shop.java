package segue.demo.shop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import segue.demo.shop.RelyingParty.Attempt;
import segue.demo.shop.RelyingParty.SignIn;
import segue.demo.wire.Answer;
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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A small web app on a loopback port of its own, that signs its users in elsewhere.
///
/// | Path | |
/// |---|---|
/// | `/` | who is signed in, asked at userinfo each time |
/// | `/login` | sends the browser to `/authorize`, and passes on what web SDKs pass on, a `session_transfer_token` first of all |
/// | `/callback` | redeems the code |
/// | `/refresh` | uses the shop's refresh token, and says how that went |
/// | `/logout` | here and at the server |
public final class Shop implements AutoCloseable {
    private static final String COOKIE = "shop_session";
    private static final String ATTEMPT = "shop_attempt";
    private static final Set<String> PASSED_ON =
            Set.of("session_transfer_token", "organization", "prompt", "max_age", "login_hint");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private final Map<String, Attempt> attempts = new ConcurrentHashMap<>();
    private final Map<String, SignIn.Completed> sessions = new ConcurrentHashMap<>();
    private volatile Optional<RelyingParty> client = Optional.empty();

    /// Where the users come from.
    ///
    /// @param issuer of a running server, with the trailing slash
    public record Provider(URI issuer, String clientId, String clientSecret) {}

    /// Listens on a free port of the loopback address.
    public Shop() {

        try {
            this.server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /// From now on users sign in there.
    ///
    /// @param wire by which the shop itself speaks to it
    public void use(Provider where, Wire wire) {
        client = Optional.of(new RelyingParty(wire, where, callbackUri()));
    }

    /// The shop's own origin, without a slash at the end.
    public String origin() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    /// Who is signed in.
    public URI homeUri() {
        return URI.create(origin() + "/");
    }

    /// Where the server sends browsers back to.
    public URI callbackUri() {
        return URI.create(origin() + "/callback");
    }

    /// Where a sign-in begins.
    public URI loginUri() {
        return URI.create(origin() + "/login");
    }

    /// Where a sign-in begins that passes parameters on to `/authorize`.
    public URI loginUri(Map<String, String> parameters) {
        return Wire.with(loginUri(), parameters);
    }

    /// Where a sign-in begins that an app hands over (contract native-to-web §4).
    public URI loginUri(String sessionTransferToken) {
        return loginUri(Map.of("session_transfer_token", sessionTransferToken));
    }

    /// Where the shop's own refresh token is tried.
    public URI refreshUri() {
        return URI.create(origin() + "/refresh");
    }

    /// Where one signs out.
    public URI logoutUri() {
        return URI.create(origin() + "/logout");
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var relyingParty = client;
            if (relyingParty.isEmpty()) {
                page(exchange, 503, ShopPages.message("Not open yet", "Come back in a moment."));
                return;
            }
            var there = relyingParty.get();
            switch (exchange.getRequestURI().getPath()) {
                case "/" -> home(exchange, there);
                case "/login" -> login(exchange, there);
                case "/callback" -> callback(exchange, there);
                case "/refresh" -> refresh(exchange, there);
                case "/logout" -> logout(exchange, there);
                default -> page(exchange, 404, ShopPages.message("Nothing here", "Not Found"));
            }
        }
    }

    private void login(HttpExchange exchange, RelyingParty there) throws IOException {
        var attempt = Attempt.fresh();
        attempts.put(attempt.state(), attempt);
        var more = new LinkedHashMap<>(parameters(exchange));
        more.keySet().retainAll(PASSED_ON);
        // The answer is for this browser only: its cookie must name the state that comes back.
        setCookie(exchange, ATTEMPT, attempt.state());
        redirect(exchange, there.authorizationUri(attempt, more));
    }

    private void callback(HttpExchange exchange, RelyingParty there) throws IOException {
        var asked = parameters(exchange);
        var state = cookie(exchange, ATTEMPT).filter(it -> it.equals(asked.get("state")));
        var attempt = state.flatMap(it -> Optional.ofNullable(attempts.remove(it)));
        if (attempt.isEmpty()) {
            page(
                    exchange,
                    400,
                    ShopPages.message(
                            "Not signed in", "This answer belongs to another browser or visit."));
            return;
        }
        var error = Optional.ofNullable(asked.get("error"));
        var signIn =
                error.<SignIn>map(
                                it ->
                                        new SignIn.Failed(
                                                it
                                                        + ": "
                                                        + asked.getOrDefault(
                                                                "error_description", "")))
                        .orElseGet(
                                () -> there.redeem(attempt.get(), asked.getOrDefault("code", "")));
        switch (signIn) {
            case SignIn.Failed(var why) ->
                    page(exchange, 401, ShopPages.message("Not signed in", why));
            case SignIn.Completed completed -> {
                var id = Pkce.nonce();
                sessions.put(id, completed);
                setCookie(exchange, COOKIE, id);
                redirect(exchange, homeUri());
            }
        }
    }

    private void home(HttpExchange exchange, RelyingParty there) throws IOException {
        var session = session(exchange);
        if (session.isEmpty()) {
            page(exchange, 200, ShopPages.nobody());
            return;
        }
        switch (there.userinfo(session.get().accessToken())) {
            case Answer.Granted info -> {
                var facts = new LinkedHashMap<String, String>();
                facts.put("Email", info.text("email"));
                facts.put("Subject", info.text("sub"));
                facts.put("Refresh token", session.get().refreshToken().isPresent() ? "yes" : "no");
                page(
                        exchange,
                        200,
                        ShopPages.welcome(
                                info.field("name").orElseGet(() -> info.text("sub")), facts));
            }
            case Answer.Refused _ ->
                    page(
                            exchange,
                            401,
                            ShopPages.message(
                                    "Your sign-in has ended",
                                    "Userinfo doesn't know it any more."));
        }
    }

    private void refresh(HttpExchange exchange, RelyingParty there) throws IOException {
        var token = session(exchange).flatMap(SignIn.Completed::refreshToken);
        if (token.isEmpty()) {
            page(exchange, 404, ShopPages.message("No refresh token", "There is none to use."));
            return;
        }
        switch (there.refresh(token.get())) {
            case Answer.Granted it -> {
                cookie(exchange, COOKIE)
                        .ifPresent(id -> sessions.computeIfPresent(id, (_, was) -> was.after(it)));
                page(exchange, 200, ShopPages.message("Refreshed", "There are new tokens."));
            }
            case Answer.Refused it ->
                    page(
                            exchange,
                            401,
                            ShopPages.message(
                                    "Refresh refused", it.error() + ": " + it.description()));
        }
    }

    private void logout(HttpExchange exchange, RelyingParty there) throws IOException {
        var session = session(exchange);
        cookie(exchange, COOKIE).ifPresent(sessions::remove);
        redirect(
                exchange,
                session.map(it -> there.logoutUri(it.idToken(), homeUri())).orElse(homeUri()));
    }

    private Optional<SignIn.Completed> session(HttpExchange exchange) {
        return cookie(exchange, COOKIE).flatMap(it -> Optional.ofNullable(sessions.get(it)));
    }

    private static Map<String, String> parameters(HttpExchange exchange) {
        return Optional.ofNullable(exchange.getRequestURI().getRawQuery())
                .map(Wire::parameters)
                .orElse(Map.of());
    }

    private static Optional<String> cookie(HttpExchange exchange, String name) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst("Cookie")).stream()
                .flatMap(header -> List.of(header.split(";", -1)).stream())
                .map(String::strip)
                .filter(pair -> pair.startsWith(name + "="))
                .map(pair -> pair.substring(name.length() + 1))
                .findFirst();
    }

    private static void setCookie(HttpExchange exchange, String name, String value) {
        exchange.getResponseHeaders()
                .add("Set-Cookie", name + "=" + value + "; Path=/; HttpOnly; SameSite=Lax");
    }

    private static void redirect(HttpExchange exchange, URI to) throws IOException {
        exchange.getResponseHeaders().add("Location", to.toString());
        // The URL that we leave may hold a session transfer token.
        exchange.getResponseHeaders().add("Referrer-Policy", "no-referrer");
        exchange.getResponseHeaders().add("Cache-Control", "no-store");
        exchange.sendResponseHeaders(302, -1);
    }

    private static void page(HttpExchange exchange, int status, String html) throws IOException {
        var bytes = html.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
        exchange.getResponseHeaders().add("Cache-Control", "no-store");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
