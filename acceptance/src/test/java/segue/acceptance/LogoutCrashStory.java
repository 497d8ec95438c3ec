package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// `kill -9` between the end of a session and the delivery of its logout token: the web app hears
/// of it from the process that comes next, for the notice was written with the ending.
class LogoutCrashStory {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String PASSWORD = "a password for crashes";
    private static final String APP = "crashAppAAAAAAAAAAAAAAAAAAAAAAAA";
    private static final String WEB = "crashWebBBBBBBBBBBBBBBBBBBBBBBBB";

    @TempDir private Path folder = Path.of("");
    private final Wire wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final CountDownLatch killed = new CountDownLatch(1);
    private Optional<HttpServer> app = Optional.empty();

    @BeforeEach
    void listen() throws IOException {
        var server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/logout", this::hear);
        server.setExecutor(task -> Thread.ofVirtual().start(task));
        server.start();
        app = Optional.of(server);
    }

    @AfterEach
    void close() {
        app.orElseThrow().stop(0);
    }

    /// Doesn't answer as long as the first process lives.
    private void hear(HttpExchange exchange) throws IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        heard.add(URLDecoder.decode(body.replace("logout_token=", ""), StandardCharsets.UTF_8));
        try {
            killed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    }

    private SignedJWT token() throws Exception {
        var token = heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(token).as("a logout token").isNotNull();
        return SignedJWT.parse(token);
    }

    @Test
    void onSqliteTheNextProcessTellsOfTheEnd() throws Exception {
        var file = folder.resolve("data").resolve("segue.db");
        theNextProcessTellsOfTheEnd(Map.of(), "jdbc:sqlite:" + file);
    }

    @Test
    void onPostgresqlTheNextProcessTellsOfTheEnd() throws Exception {
        try (var postgres = new PostgresServer()) {
            var settings = postgres.settings();
            var url = Optional.ofNullable(settings.get("database.url")).orElseThrow();
            theNextProcessTellsOfTheEnd(settings, url);
        }
    }

    private void theNextProcessTellsOfTheEnd(Map<String, String> database, String url)
            throws Exception {
        var settings = settings(database);
        try (var node = new Node(settings, folder)) {
            logOut(node.issuer(), webSession(node.issuer()));
            var cutOff = token().getJWTClaimsSet();
            node.kill();
            killed.countDown();
            leasesAreOver(url);
            try (var next = new Node(settings, folder)) {
                var token = token();
                var claims = token.getJWTClaimsSet();
                assertThat(claims.getStringClaim("sid")).isEqualTo(cutOff.getStringClaim("sid"));
                assertThat(claims.getSubject()).isEqualTo(cutOff.getSubject());
                assertThat(claims.getAudience()).containsExactly(WEB);
                assertThat(claims.getJWTID()).isNotEqualTo(cutOff.getJWTID());
                assertThat(verifies(token, next.issuer())).isTrue();
            }
        }
    }

    private Map<String, String> settings(Map<String, String> database) throws Exception {
        var tenant = folder.resolve("tenant.yaml");
        Files.writeString(
                tenant,
                """
                clients:
                  - {name: App, client_id: %s, app_type: native, token_endpoint_auth_method: none,
                     callbacks: ["org.example.demo://callback"], grant_types: [authorization_code, refresh_token],
                     session_transfer: {can_create_session_transfer_token: true}}
                  - {name: Web, client_id: %s, app_type: regular_web,
                     callbacks: ["https://web.example/cb"], grant_types: [authorization_code],
                     oidc_logout: {backchannel_logout_urls: ["http://127.0.0.1:%d/logout"]},
                     session_transfer: {allowed_authentication_methods: [query]}}
                users:
                  - {email: %s, password: %s}
                """
                        .formatted(
                                APP,
                                WEB,
                                app.orElseThrow().getAddress().getPort(),
                                World.ADA,
                                PASSWORD));
        var settings = new LinkedHashMap<>(database);
        // The same port afterwards: the issuer is part of the token.
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            settings.put("server.port", Integer.toString(free.getLocalPort()));
        }
        settings.put("data-dir", folder.resolve("data").toString());
        settings.put("tenant-file", tenant.toString());
        settings.put("outbound.allowed-private", "127.0.0.1/32");
        settings.put("log.level", "warn");
        return settings;
    }

    /// A browser in which a transfer has signed in to the web app.
    private BrowserJar webSession(URI issuer) {
        var phone = new Phone(wire, issuer, APP);
        var answer =
                phone.signIn(new BrowserJar(wire), World.ADA, PASSWORD, "openid offline_access");
        assertThat(answer.isOk()).as("%s", answer.json()).isTrue();
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", WEB);
        query.put("response_type", "code");
        query.put("redirect_uri", "https://web.example/cb");
        query.put("scope", "openid");
        query.put("session_transfer_token", phone.exchange().text("access_token"));
        var browser = new BrowserJar(wire);
        var page = browser.openUntilAway(Wire.with(issuer.resolve("authorize"), query));
        assertThat(page.parameter("code")).isPresent();
        return browser;
    }

    private static void logOut(URI issuer, BrowserJar browser) {
        assertThat(browser.open(issuer.resolve("v2/logout")).status()).isEqualTo(200);
    }

    /// The process that was killed had taken the notice for as long as a delivery may take. Moves
    /// that deadline, as only time can otherwise.
    private static void leasesAreOver(String url) throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var statement =
                        connection.prepareStatement("UPDATE logout_notice SET due_at = 0")) {
            assertThat(statement.executeUpdate()).isEqualTo(1);
        }
    }

    private boolean verifies(SignedJWT token, URI issuer) throws Exception {
        var keys = wire.get(issuer.resolve(".well-known/jwks.json"), "").json().toString();
        var key = JWKSet.parse(keys).getKeyByKeyId(token.getHeader().getKeyID()).toRSAKey();
        return token.verify(new RSASSAVerifier(key));
    }
}
