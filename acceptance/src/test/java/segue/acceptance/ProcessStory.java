package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What a supervisor sees of the process (contract operator §3, promise P7).
class ProcessStory {
    private static final String HALF = "grant_type=refresh_token&client_id=no";
    private static final String REST = "body&refresh_token=none";

    @TempDir private Path folder = Path.of("");
    private final Wire wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());

    private Map<String, String> settings() {
        var settings = new LinkedHashMap<String, String>();
        settings.put("server.port", "0");
        settings.put("data-dir", folder.resolve("data").toString());
        settings.put("server.drain-notice", "1s");
        return settings;
    }

    private int status(URI url) {
        return wire.send(HttpRequest.newBuilder(url)).statusCode();
    }

    /// Bounded, because a drain that never begins must fail rather than hang.
    private static void awaitClosed(int port) throws IOException {
        var deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (System.nanoTime() < deadline)
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertThat(socket.isConnected()).isTrue();
                Thread.onSpinWait();
            } catch (ConnectException refused) {
                return;
            }
        throw new AssertionError("still accepting");
    }

    @Test
    void aRequestUnderWayIsFinishedAfterAStopWasAskedFor() throws Exception {
        var settings = settings();
        int operations;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            operations = free.getLocalPort();
        }
        settings.put("server.management-port", Integer.toString(operations));
        var ready = URI.create("http://127.0.0.1:" + operations + "/health/ready");
        try (var node = new Node(settings, folder);
                var socket = new Socket(InetAddress.getLoopbackAddress(), node.issuer().getPort());
                var idle = new Socket(InetAddress.getLoopbackAddress(), node.issuer().getPort())) {
            socket.setSoTimeout(20_000);
            idle.setSoTimeout(20_000);
            assertThat(status(ready)).isEqualTo(200);
            var head =
                    """
                    POST /oauth/token HTTP/1.1
                    Host: %s
                    Content-Type: application/x-www-form-urlencoded
                    Content-Length: %d

                    """
                            .formatted(node.issuer().getAuthority(), (HALF + REST).length())
                            .replace("\n", "\r\n");
            var elsewhere = node.issuer().resolve("health/live");
            assertThat(status(elsewhere)).isEqualTo(404);
            write(socket, head + HALF);
            // The head will have been read when many a later request was answered.
            for (var i = 0; i < 50; i++) assertThat(status(elsewhere)).isEqualTo(404);
            node.askToStop();
            awaitClosed(node.issuer().getPort());
            assertThat(status(ready)).isEqualTo(503);
            assertThat(idle.getInputStream().read()).as("an idle connection").isNegative();
            write(socket, REST);
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 401");
            assertThat(node.stop()).isEqualTo(0);
        }
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(strings = {"server.port", "server.management-port"})
    void aTakenPortEndsTheStartWithOneLine(String key) throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var settings = settings();
            settings.put(key, Integer.toString(taken.getLocalPort()));
            assertThatThrownBy(() -> new Node(settings, folder).close())
                    .hasMessageContaining("the server ended")
                    .hasMessageContaining("segue: can't listen on")
                    .hasMessageContaining(":" + taken.getLocalPort() + ": the port is taken")
                    .message()
                    .doesNotContain("segue ready", "\tat ", "\"trace\"");
        }
    }

    @Test
    void theFirstStartSaysWhereTheManagementClientIsAndKeepsItToItsOwner() throws Exception {
        var file = folder.resolve("data").resolve("bootstrap-client.json");
        try (var node = new Node(settings(), folder)) {
            assertThat(node.output()).contains(file.toString());
            assertThat(status(node.issuer().resolve("health/live"))).isEqualTo(200);
            assertThat(status(node.issuer().resolve("health/started"))).isEqualTo(200);
            assertThat(status(node.issuer().resolve("health/ready"))).isEqualTo(200);
        }
        for (var secret : new Path[] {file, folder.resolve("data").resolve("master.key")})
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
                    .isEqualTo("rw-------");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(folder.resolve("data"))))
                .isEqualTo("rwx------");
        try (var node = new Node(settings(), folder)) {
            assertThat(node.output()).doesNotContain(file.toString());
        }
    }

    private static final String OPERATOR = "operatorAAAAAAAAAAAAAAAAAAAAAAAA";
    private static final String SECRET = "a-secret-of-the-operator-0123456789-0123456789";

    private Map<String, String> settingsWithOperator() {
        var settings = settings();
        settings.put("bootstrap.client-id", OPERATOR);
        settings.put("bootstrap.client-secret", SECRET);
        settings.put("log.level", "error");
        return settings;
    }

    private Answer askForAToken(Node node) {
        return wire.postForm(
                node.issuer().resolve("oauth/token"),
                Map.of(
                        "grant_type",
                        "client_credentials",
                        "client_id",
                        OPERATOR,
                        "client_secret",
                        SECRET,
                        "audience",
                        node.issuer() + "api/v2/"),
                Map.of());
    }

    /// Promise P5: the database is down, so the answer is a 503 soon, and whoever only verifies
    /// tokens doesn't notice. Its two seconds are measured by the fault passes; here it must not be
    /// what a driver waits by itself, however busy the machine.
    private void failsClosedAndFast(Node node) {
        var start = System.nanoTime();
        var answer = askForAToken(node);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        for (var path :
                new String[] {
                    ".well-known/jwks.json", ".well-known/openid-configuration", "health/live"
                }) assertThat(status(node.issuer().resolve(path))).as(path).isEqualTo(200);
    }

    @Test
    void aDatabaseFileThatIsLockedIsA503AndPasses() throws Exception {
        var file = folder.resolve("data").resolve("segue.db");
        try (var node = new Node(settingsWithOperator(), folder)) {
            assertThat(askForAToken(node).status()).isEqualTo(200);
            try (var holder = DriverManager.getConnection("jdbc:sqlite:" + file);
                    var statement = holder.createStatement()) {
                statement.execute("BEGIN EXCLUSIVE");
                failsClosedAndFast(node);
                statement.execute("ROLLBACK");
            }
            assertThat(askForAToken(node).status()).isEqualTo(200);
        }
    }

    @Test
    void aDatabaseServerThatIsGoneIsA503AndNotReady() throws Exception {
        var postgres = EmbeddedPostgres.builder().start();
        var settings = settingsWithOperator();
        settings.put("database.url", postgres.getJdbcUrl("postgres", "postgres"));
        settings.put("database.user", "postgres");
        settings.put("master-key", "0123456789abcdef".repeat(4));
        try (var node = new Node(settings, folder)) {
            var ready = node.issuer().resolve("health/ready");
            assertThat(askForAToken(node).status()).isEqualTo(200);
            assertThat(status(ready)).isEqualTo(200);
            postgres.close();
            failsClosedAndFast(node);
            assertThat(status(ready)).isEqualTo(503);
        } finally {
            postgres.close();
        }
    }
}
