package segue.demo.shop;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import segue.demo.phone.Wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.text.ParseException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/// A small web app: it signs its users in by authorization code with PKCE, checks the ID token
/// against our keys, and shows who is there. Its `/login` forwards a `session_transfer_token` to
/// `/authorize`, as web SDKs do.
public final class Shop implements AutoCloseable {
    private static final String COOKIE = "shop_session";

    private final HttpServer server;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Visit> visits = new ConcurrentHashMap<>();
    private Optional<Provider> provider = Optional.empty();
    private Optional<Wire> connection = Optional.empty();

    /// Where the users come from.
    ///
    /// @param issuer with its trailing slash
    public record Provider(URI issuer, String clientId, String clientSecret) {}

    /// What the shop remembers of one browser.
    private record Visit(
            String state,
            String nonce,
            String verifier,
            Optional<String> user,
            String refreshToken) {}

    /// Listens on a free port of the loopback address.
    public Shop() {
        try {
            this.server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    /// From now on users come from there, reached by this.
    public void use(Provider where, Wire by) {
        provider = Optional.of(where);
        connection = Optional.of(by);
    }

    private Wire wire() {
        return connection.orElseThrow();
    }

    /// The shop's own origin, without a slash at the end.
    public String origin() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    /// Where a sign-in begins.
    public URI loginUri() {
        return URI.create(origin() + "/login");
    }

    /// Where a sign-in begins that an app hands over.
    public URI loginUri(String sessionTransferToken) {
        return URI.create(origin() + "/login?session_transfer_token=" + sessionTransferToken);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            switch (exchange.getRequestURI().getPath()) {
                case "/login" -> login(exchange);
                case "/callback" -> callback(exchange);
                case "/" -> home(exchange);
                default -> page(exchange, 404, "Not found", "There is nothing here.");
            }
        }
    }

    private void login(HttpExchange exchange) throws IOException {
        var where = provider.orElseThrow();
        var id = random();
        var visit = new Visit(random(), random(), random() + random(), Optional.empty(), "");
        visits.put(id, visit);
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", where.clientId());
        query.put("response_type", "code");
        query.put("redirect_uri", origin() + "/callback");
        query.put("scope", "openid profile email offline_access");
        query.put("state", visit.state());
        query.put("nonce", visit.nonce());
        query.put("code_challenge", s256(visit.verifier()));
        query.put("code_challenge_method", "S256");
        var asked = parameters(exchange);
        for (var forwarded : new String[] {"session_transfer_token", "prompt", "organization"})
            if (asked.containsKey(forwarded))
                query.put(forwarded, asked.getOrDefault(forwarded, ""));
        exchange.getResponseHeaders()
                .add("Set-Cookie", COOKIE + "=" + id + "; Path=/; HttpOnly; SameSite=Lax");
        redirect(exchange, where.issuer().resolve("authorize") + "?" + Wire.form(query));
    }

    private void callback(HttpExchange exchange) throws IOException {
        var asked = parameters(exchange);
        var id = cookie(exchange);
        var visit = id.flatMap(it -> Optional.ofNullable(visits.get(it)));
        if (visit.isEmpty() || !visit.get().state().equals(asked.get("state"))) {
            page(exchange, 400, "Not signed in", "This answer belongs to another browser.");
            return;
        }
        if (asked.containsKey("error")) {
            page(exchange, 401, "Not signed in", asked.getOrDefault("error", ""));
            return;
        }
        var where = provider.orElseThrow();
        var answer =
                wire().postForm(
                                where.issuer().resolve("oauth/token"),
                                Map.of(
                                        "grant_type", "authorization_code",
                                        "client_id", where.clientId(),
                                        "client_secret", where.clientSecret(),
                                        "code", asked.getOrDefault("code", ""),
                                        "redirect_uri", origin() + "/callback",
                                        "code_verifier", visit.get().verifier()),
                                Map.of());
        var user = verified(answer.text("id_token"), visit.get().nonce());
        if (user.isEmpty()) {
            page(exchange, 401, "Not signed in", answer.text("error"));
            return;
        }
        var info = wire().get(where.issuer().resolve("userinfo"), answer.text("access_token"));
        var name = info.text("name").isEmpty() ? user.get() : info.text("name");
        visits.put(
                id.orElseThrow(),
                new Visit("", "", "", Optional.of(name), answer.text("refresh_token")));
        redirect(exchange, origin() + "/");
    }

    /// The subject of an ID token that our keys signed, for us, with our nonce.
    private Optional<String> verified(String idToken, String nonce) {
        var where = provider.orElseThrow();
        try {
            var jwt = SignedJWT.parse(idToken);
            var keys =
                    wire().send(
                                    HttpRequest.newBuilder(
                                            where.issuer().resolve(".well-known/jwks.json")))
                            .body();
            var key = JWKSet.parse(keys).getKeyByKeyId(jwt.getHeader().getKeyID());
            var claims = jwt.getJWTClaimsSet();
            var isOurs =
                    jwt.verify(new RSASSAVerifier(key.toRSAKey()))
                            && where.issuer().toString().equals(claims.getIssuer())
                            && claims.getAudience().contains(where.clientId())
                            && nonce.equals(claims.getStringClaim("nonce"));
            return isOurs ? Optional.of(claims.getSubject()) : Optional.empty();
        } catch (ParseException | JOSEException e) {
            return Optional.empty();
        }
    }

    private void home(HttpExchange exchange) throws IOException {
        var user =
                cookie(exchange)
                        .flatMap(id -> Optional.ofNullable(visits.get(id)))
                        .flatMap(Visit::user);
        if (user.isPresent())
            page(exchange, 200, "Welcome, " + user.get(), "You are signed in to the shop.");
        else page(exchange, 200, "The shop", "Nobody is signed in. <a href=\"/login\">Sign in</a>");
    }

    /// The refresh token that the shop was given for a browser, for a look from outside; empty if
    /// it has none.
    public String refreshTokenOf(String browserCookie) {
        return Optional.ofNullable(visits.get(browserCookie)).map(Visit::refreshToken).orElse("");
    }

    private static Map<String, String> parameters(HttpExchange exchange) {
        var values = new LinkedHashMap<String, String>();
        var query = Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
        for (var pair : query.split("&", -1)) {
            var equals = pair.indexOf('=');
            if (equals > 0)
                values.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return values;
    }

    private static Optional<String> cookie(HttpExchange exchange) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst("Cookie")).stream()
                .flatMap(header -> List.of(header.split(";", -1)).stream())
                .map(String::strip)
                .filter(pair -> pair.startsWith(COOKIE + "="))
                .map(pair -> pair.substring(COOKIE.length() + 1))
                .findFirst();
    }

    private static void redirect(HttpExchange exchange, String to) throws IOException {
        exchange.getResponseHeaders().add("Location", to);
        // The URL that we leave may hold a session transfer token.
        exchange.getResponseHeaders().add("Referrer-Policy", "no-referrer");
        exchange.sendResponseHeaders(302, -1);
    }

    private static void page(HttpExchange exchange, int status, String title, String html)
            throws IOException {
        var escaped = title.replace("&", "&amp;").replace("<", "&lt;");
        var page =
                """
                <!doctype html><html lang="en"><meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1"><title>%s</title>
                <style>body{font:1.125rem/1.6 system-ui,sans-serif;margin:0;display:grid;place-items:center;min-height:100vh;\
                background:#f4f1ea;color:#222}main{padding:2rem;max-width:30rem}</style>
                <main><h1 id="who">%s</h1><p>%s</p></main></html>
                """
                        .formatted(escaped, escaped, html);
        var bytes = page.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private String random() {
        var bytes = new byte[24];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String s256(String verifier) {
        try {
            var hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(verifier.getBytes(StandardCharsets.US_ASCII));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
