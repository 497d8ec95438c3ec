package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Back-channel logout (contract authentication-api §6.3, OpenID Connect Back-Channel Logout 1.0),
/// heard by a real web app on loopback, which the operator allows.
class LogoutTokenStory extends KinScene {
    private Optional<LogoutReceiver> receiver = Optional.empty();

    @Override
    Map<String, String> database() {
        return Map.of();
    }

    @BeforeAll
    void listen() throws IOException {
        receiver = Optional.of(new LogoutReceiver());
    }

    @AfterAll
    void close() {
        app().close();
    }

    @BeforeEach
    void forget() {
        app().forget();
    }

    private LogoutReceiver app() {
        return receiver.orElseThrow();
    }

    /// A family whose web app wants to hear.
    ///
    /// @param initiators a JSON object, or empty for all
    private Kin listening(String initiators) {
        var kin = kin(true, true);
        operator()
                .patchClient(
                        kin.clients().web(),
                        "{\"oidc_logout\":{\"backchannel_logout_urls\":[\"%s\"]%s}}"
                                .formatted(app().uri(), initiators));
        return kin;
    }

    @Test
    void theTokenSaysWhichSessionOfWhomEndedAndIsSigned() throws Exception {
        var kin = listening("");
        assertThat(open("v2/logout", kin.cookie()).statusCode()).isEqualTo(200);
        var jwt = SignedJWT.parse(app().token());
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
                        logged("oidc_backchannel_logout_succeeded", kin.sessionId())
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
        assertThat(SignedJWT.parse(app().token()).getJWTClaimsSet().getStringClaim("sid"))
                .isEqualTo(kin.sessionId());
        assertThat(
                        logged("oidc_backchannel_logout_succeeded", kin.sessionId())
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
        assertThat(SignedJWT.parse(app().token()).getJWTClaimsSet().getStringClaim("sid"))
                .isEqualTo(told.sessionId());
        assertThat(app().hasHeardMore()).isFalse();
    }

    @Test
    void whatWasNotHeardIsToldAgain() throws Exception {
        var kin = listening("");
        app().answerNext(503);
        assertThat(open("v2/logout", kin.cookie()).statusCode()).isEqualTo(200);
        var first = SignedJWT.parse(app().token()).getJWTClaimsSet();
        var second = SignedJWT.parse(app().token()).getJWTClaimsSet();
        assertThat(second.getStringClaim("sid")).isEqualTo(first.getStringClaim("sid"));
        assertThat(second.getJWTID()).isNotEqualTo(first.getJWTID());
        assertThat(
                        logged("oidc_backchannel_logout_failed", kin.sessionId())
                                .path("description")
                                .asString())
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
        assertThat(
                        logged("oidc_backchannel_logout_failed", kin.sessionId())
                                .path("description")
                                .asString())
                .contains("may not be reached");
    }

    /// What can't be told to anybody is no success, and is forgotten.
    @ParameterizedTest
    @CsvSource({"PATCH, '{\"oidc_logout\":{\"backchannel_logout_urls\":[]}}'", "DELETE, ''"})
    void aClientThatHasNoUrlAnyMoreIsToldNothing(String method, String body) throws Exception {
        var kin = listening("");
        app().answerNext(503);
        assertThat(open("v2/logout", kin.cookie()).statusCode()).isEqualTo(200);
        app().token();
        assertThat(operator().call(method, "clients/" + kin.clients().web(), body).status())
                .isBetween(200, 299);
        logged(
                "oidc_backchannel_logout_failed",
                kin.sessionId(),
                "The client is gone, or has no URL for it");
        assertThat(app().hasHeardMore()).isFalse();
        assertThat(events("oidc_backchannel_logout_succeeded", kin.sessionId())).isEmpty();
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
            assertThat(SignedJWT.parse(app().token()).getJWTClaimsSet().getStringClaim("sid"))
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
}
