package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Back-channel logout (contract authentication-api §6.3, OpenID Connect Back-Channel Logout 1.0),
/// heard by a real web app on loopback, which the operator allows.
class LogoutTokenStory extends KinScene {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final AtomicInteger answer = new AtomicInteger(200);
    private Optional<HttpServer> app = Optional.empty();

    @Override
    Map<String, String> database() {
        return Map.of("outbound.allowed-private", "127.0.0.1/32");
    }

    @BeforeAll
    void listen() throws IOException {
        var server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/logout", this::hear);
        server.start();
        app = Optional.of(server);
    }

    @AfterAll
    void close() {
        app.orElseThrow().stop(0);
    }

    @BeforeEach
    void forget() {
        heard.clear();
        answer.set(200);
    }

    private void hear(HttpExchange exchange) throws IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(exchange.getRequestMethod()).isEqualTo("POST");
        heard.add(URLDecoder.decode(body.replace("logout_token=", ""), StandardCharsets.UTF_8));
        exchange.sendResponseHeaders(answer.getAndSet(200), -1);
        exchange.close();
    }

    /// A family whose web app wants to hear.
    ///
    /// @param initiators a JSON object, or empty for all
    private Kin listening(String initiators) {
        var kin = kin(true, true);
        var uri = "http://127.0.0.1:" + app.orElseThrow().getAddress().getPort() + "/logout";
        operator()
                .patchClient(
                        kin.clients().web(),
                        "{\"oidc_logout\":{\"backchannel_logout_urls\":[\"%s\"]%s}}"
                                .formatted(uri, initiators));
        return kin;
    }

    private String token() throws InterruptedException {
        var token = heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(token).as("a logout token").isNotNull();
        return token == null ? "" : token;
    }

    @Test
    void theTokenSaysWhichSessionOfWhomEndedAndIsSigned() throws Exception {
        var kin = listening("");
        assertThat(open("v2/logout", kin.cookie()).statusCode()).isEqualTo(200);
        var jwt = SignedJWT.parse(token());
        assertThat(jwt.getHeader().getType().getType()).isEqualTo("logout+jwt");
        var claims = jwt.getJWTClaimsSet();
        assertThat(claims.getIssuer()).isEqualTo(issuer().toString());
        assertThat(claims.getSubject()).isEqualTo(kin.user());
        assertThat(claims.getAudience()).containsExactly(kin.clients().web());
        assertThat(claims.getStringClaim("sid")).isEqualTo(kin.sessionId());
        assertThat(claims.getJWTID()).isNotBlank();
        assertThat(claims.getClaim("nonce")).isNull();
        assertThat(claims.getJSONObjectClaim("events"))
                .containsOnlyKeys("http://schemas.openid.net/event/backchannel-logout");
        var lifetime =
                Duration.between(
                        claims.getIssueTime().toInstant(), claims.getExpirationTime().toInstant());
        assertThat(lifetime).isEqualTo(Duration.ofMinutes(2));
        assertThat(claims.getExpirationTime().toInstant()).isAfter(Instant.now());
        var keys =
                JWKSet.parse(
                        wire().get(issuer().resolve(".well-known/jwks.json"), "")
                                .json()
                                .toString());
        var key = keys.getKeyByKeyId(jwt.getHeader().getKeyID()).toRSAKey();
        assertThat(jwt.verify(new RSASSAVerifier(key))).isTrue();
        assertThat(
                        logged("oidc_backchannel_logout_succeeded", kin)
                                .at("/details/initiator")
                                .asString())
                .isEqualTo("rp-logout");
    }

    @ParameterizedTest
    @CsvSource({
        "DELETE, sessions/{sid}, '', session-revoked",
        "DELETE, refresh-tokens/{family}, '', session-revoked",
        "PATCH, users/{user}, '{\"password\":\"another long password\"}', password-changed",
        "PATCH, users/{user}, '{\"blocked\":true}', account-deactivated",
        "DELETE, users/{user}, '', account-deleted"
    })
    void everyEndHasItsInitiator(String method, String path, String body, String initiator)
            throws Exception {
        var kin = listening("");
        var place =
                path.replace("{sid}", kin.sessionId())
                        .replace("{family}", kin.familyId())
                        .replace(users("{user}"), users(kin.user()))
                        .replace("users/{user}", users(kin.user()));
        assertThat(operator().call(method, place, body).status()).isBetween(200, 299);
        assertThat(SignedJWT.parse(token()).getJWTClaimsSet().getStringClaim("sid"))
                .isEqualTo(kin.sessionId());
        assertThat(
                        logged("oidc_backchannel_logout_succeeded", kin)
                                .at("/details/initiator")
                                .asString())
                .isEqualTo(initiator);
    }

    @Test
    void aClientHearsOnlyOfTheEndsThatItChose() throws Exception {
        var chosen =
                ",\"backchannel_logout_initiators\":{\"mode\":\"custom\",\"selected_initiators\":[\"rp-logout\"]}";
        var deaf = listening(chosen);
        operator().call("DELETE", "sessions/" + deaf.sessionId(), "");
        var told = listening(chosen);
        assertThat(open("v2/logout", told.cookie()).statusCode()).isEqualTo(200);
        // What comes first is of the later one: of the earlier one nothing was to be told.
        assertThat(SignedJWT.parse(token()).getJWTClaimsSet().getStringClaim("sid"))
                .isEqualTo(told.sessionId());
        assertThat(heard).isEmpty();
    }

    @Test
    void whatWasNotHeardIsToldAgain() throws Exception {
        var kin = listening("");
        answer.set(503);
        assertThat(open("v2/logout", kin.cookie()).statusCode()).isEqualTo(200);
        var first = SignedJWT.parse(token()).getJWTClaimsSet();
        var second = SignedJWT.parse(token()).getJWTClaimsSet();
        assertThat(second.getStringClaim("sid")).isEqualTo(first.getStringClaim("sid"));
        assertThat(second.getJWTID()).isNotEqualTo(first.getJWTID());
        assertThat(logged("oidc_backchannel_logout_failed", kin).path("description").asString())
                .isEqualTo("The client answered 503");
    }

    @Test
    void anAddressThatTheOperatorDoesNotAllowIsNotReached() {
        var kin = kin(true, true);
        operator()
                .patchClient(
                        kin.clients().web(),
                        "{\"oidc_logout\":{\"backchannel_logout_urls\":[\"https://127.0.0.2/logout\"]}}");
        assertThat(open("v2/logout", kin.cookie()).statusCode()).isEqualTo(200);
        assertThat(logged("oidc_backchannel_logout_failed", kin).path("description").asString())
                .contains("may not be reached");
    }

    /// What can't be told to anybody is no success, and is forgotten.
    @ParameterizedTest
    @CsvSource({"PATCH, '{\"oidc_logout\":{\"backchannel_logout_urls\":[]}}'", "DELETE, ''"})
    void aClientThatHasNoUrlAnyMoreIsToldNothing(String method, String body) throws Exception {
        var kin = listening("");
        answer.set(503);
        assertThat(open("v2/logout", kin.cookie()).statusCode()).isEqualTo(200);
        token();
        assertThat(operator().call(method, "clients/" + kin.clients().web(), body).status())
                .isBetween(200, 299);
        logged("oidc_backchannel_logout_failed", "The client is gone, or has no URL for it", kin);
        assertThat(heard).isEmpty();
        assertThat(events("oidc_backchannel_logout_succeeded", kin)).isEmpty();
        assertThat(notices(kin)).isZero();
    }

    private int notices(Kin kin) throws SQLException {
        try (var connection =
                        DriverManager.getConnection("jdbc:sqlite:" + folder().resolve("segue.db"));
                var statement =
                        connection.prepareStatement(
                                "SELECT count(*) FROM logout_notice WHERE session_id = ?")) {
            statement.setString(1, kin.sessionId());
            try (var rows = statement.executeQuery()) {
                rows.next();
                return rows.getInt(1);
            }
        }
    }

    /// THREATS R43.3. Forty sessions end whose client is dead, and then one whose client listens:
    /// the dead one is tried as often as there is room for at once, and then left alone.
    @Test
    void aDeadHostHoldsBackNobodyElsesNotice() throws Exception {
        var taken = new ConcurrentLinkedQueue<Socket>();
        try (var dead = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> takeAll(dead, taken));
            var kin = kin(true, true);
            var uri = "http://127.0.0.1:" + dead.getLocalPort() + "/logout";
            operator()
                    .patchClient(
                            kin.clients().web(),
                            "{\"oidc_logout\":{\"backchannel_logout_urls\":[\"%s\"]}}"
                                    .formatted(uri));
            for (var session = 0; session < 40; session++) {
                var token = kin.phone().exchange().text("access_token");
                assertThat(code(redeem(kin.clients(), token, Optional.empty()))).isPresent();
            }
            var alive = listening("");
            manage(202, "DELETE", users(kin.user()) + "/sessions");
            assertThat(open("v2/logout", alive.cookie()).statusCode()).isEqualTo(200);
            assertThat(SignedJWT.parse(token()).getJWTClaimsSet().getStringClaim("sid"))
                    .isEqualTo(alive.sessionId());
            assertThat(taken).hasSizeBetween(1, 16);
        } finally {
            for (var connection : taken) connection.close();
        }
    }

    private static void takeAll(ServerSocket socket, Queue<Socket> taken) {
        try {
            while (true) taken.add(socket.accept());
        } catch (IOException e) {
            assertThat(socket.isClosed()).isTrue();
        }
    }

    private JsonNode logged(String type, Kin kin) {
        return logged(type, "", kin);
    }

    private List<JsonNode> events(String type, Kin kin) {
        return operator()
                .log("type:" + type)
                .valueStream()
                .filter(it -> it.at("/details/session_id").asString("").equals(kin.sessionId()))
                .toList();
    }

    /// The event, once it is there.
    private JsonNode logged(String type, String description, Kin kin) {
        var deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            for (var event : events(type, kin))
                if (event.path("description").asString("").startsWith(description)) return event;
            Thread.onSpinWait();
        }
        throw new AssertionError("no " + type);
    }
}
