package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Races between real processes: two servers on one PostgreSQL, one on SQLite.
/// `-Dsegue.races=10000` for the full count.
class RaceStory {
    private static final int RACES = Integer.getInteger("segue.races", 150);
    private static final int BROWSERS = 8;
    private static final String PASSWORD = "a password for races";

    @TempDir private Path folder = Path.of("");

    @Test
    void twoProcessesOnOnePostgresql() throws Exception {
        try (var postgres =
                EmbeddedPostgres.builder().setServerConfig("max_connections", "200").start()) {
            var shared = new LinkedHashMap<String, String>();
            shared.put("database.url", postgres.getJdbcUrl("postgres", "postgres"));
            shared.put("database.user", "postgres");
            shared.put("database.password", "postgres");
            shared.put("master-key", "0123456789abcdef".repeat(4));
            shared.put("bootstrap.client-id", "bootstrapClientAAAAAAAAAAAAAAAAA");
            shared.put(
                    "bootstrap.client-secret",
                    "a bootstrap secret of more than thirty-two characters");
            try (var one = node("one", shared);
                    var other = node("other", shared)) {
                race(List.of(one, other));
            }
        }
    }

    @Test
    void oneProcessOnSqlite() throws Exception {
        try (var node = node("alone", Map.of())) {
            race(List.of(node));
        }
    }

    private Node node(String name, Map<String, String> more) throws Exception {
        var tenant = folder.resolve(name + ".yaml");
        Files.writeString(
                tenant,
                """
                clients:
                  - {name: App, client_id: raceAppAAAAAAAAAAAAAAAAAAAAAAAAA, app_type: native,
                     token_endpoint_auth_method: none,
                     grant_types: ["http://auth0.com/oauth/grant-type/password-realm", refresh_token],
                     session_transfer: {can_create_session_transfer_token: true}}
                  - {name: Web, client_id: raceWebBBBBBBBBBBBBBBBBBBBBBBBBB, app_type: regular_web,
                     callbacks: ["https://web.example/cb"], grant_types: [authorization_code],
                     session_transfer: {allowed_authentication_methods: [query]}}
                users:
                  - {email: %s, password: %s}
                """
                        .formatted(World.ADA, PASSWORD));
        var settings = new LinkedHashMap<>(more);
        settings.put("server.port", "0");
        settings.put("data-dir", folder.resolve(name).toString());
        settings.put("tenant-file", tenant.toString());
        settings.put("log.level", "warn");
        // Nodes that share a tenant would share an issuer; here each keeps its port, and the races
        // don't look at it.
        return new Node(settings, folder);
    }

    private void race(List<Node> nodes) throws Exception {
        var wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
        var phone = new Phone(wire, nodes.getFirst().issuer(), "raceAppAAAAAAAAAAAAAAAAAAAAAAAAA");
        try (var pool = Executors.newFixedThreadPool(BROWSERS)) {
            var overlapped = 0;
            for (var round = 0; round < RACES; round++) {
                var signIn = phone.signIn(World.ADA, PASSWORD, "openid offline_access");
                if (round == 0) assertThat(signIn.isOk()).as("%s", signIn.json()).isTrue();
                overlapped +=
                        redeemAtOnce(pool, wire, nodes, phone.exchange().text("access_token"));
                redeemAgainstRevoke(pool, wire, nodes, phone);
            }
            var share = 100 * overlapped / RACES;
            System.out.printf(
                    "races: %d tokens, %d browsers each, %d nodes: one winner each; %d %% of the"
                        + " attempts overlapped; %d redeem-against-revoke pairs: no live session"
                        + " left%n",
                    RACES, BROWSERS, nodes.size(), share, RACES);
            assertThat(share).isGreaterThanOrEqualTo(90);
        }
    }

    /// An attempt: when it began and ended, and whether it won.
    private record Attempt(long from, long until, boolean won) {}

    /// Returns 1 if at least two attempts ran at the same time.
    private static int redeemAtOnce(ExecutorService pool, Wire wire, List<Node> nodes, String token)
            throws Exception {
        var barrier = new CyclicBarrier(BROWSERS);
        var attempts = new ArrayList<Future<Attempt>>();
        for (var i = 0; i < BROWSERS; i++) {
            var node = nodes.get(i % nodes.size());
            Callable<Attempt> attempt =
                    () -> {
                        barrier.await();
                        var from = System.nanoTime();
                        var won =
                                location(wire, node.issuer(), token, Optional.empty())
                                        .contains("code=");
                        return new Attempt(from, System.nanoTime(), won);
                    };
            attempts.add(pool.submit(attempt));
        }
        var winners = 0;
        var latestStart = Long.MIN_VALUE;
        var earliestEnd = Long.MAX_VALUE;
        for (var attempt : attempts) {
            var it = attempt.get();
            if (it.won()) winners++;
            latestStart = Math.max(latestStart, it.from());
            earliestEnd = Math.min(earliestEnd, it.until());
        }
        assertThat(winners).isEqualTo(1);
        return latestStart < earliestEnd ? 1 : 0;
    }

    private static void redeemAgainstRevoke(
            ExecutorService pool, Wire wire, List<Node> nodes, Phone phone) throws Exception {
        var token = phone.exchange().text("access_token");
        var barrier = new CyclicBarrier(2);
        var redeeming =
                pool.submit(
                        () -> {
                            barrier.await();
                            return response(
                                    wire, nodes.getLast().issuer(), token, Optional.empty());
                        });
        var revoking =
                pool.submit(
                        () -> {
                            barrier.await();
                            return phone.revoke().status();
                        });
        assertThat(revoking.get()).isEqualTo(200);
        var cookie =
                redeeming.get().headers().allValues("Set-Cookie").stream()
                        .filter(it -> it.startsWith("segue_session="))
                        .map(it -> it.split(";", 2)[0])
                        .findFirst();
        // Whatever came first, the session is dead now.
        if (cookie.isPresent())
            assertThat(location(wire, nodes.getFirst().issuer(), "", cookie))
                    .contains("login_required");
    }

    private static String location(Wire wire, URI issuer, String token, Optional<String> cookie) {
        return response(wire, issuer, token, cookie).headers().firstValue("Location").orElse("");
    }

    private static HttpResponse<String> response(
            Wire wire, URI issuer, String token, Optional<String> cookie) {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", "raceWebBBBBBBBBBBBBBBBBBBBBBBBBB");
        query.put("response_type", "code");
        query.put("redirect_uri", "https://web.example/cb");
        query.put("scope", "openid");
        query.put("prompt", "none");
        if (!token.isEmpty()) query.put("session_transfer_token", token);
        var request = HttpRequest.newBuilder(URI.create(issuer + "authorize?" + Wire.form(query)));
        cookie.ifPresent(it -> request.header("Cookie", it));
        return wire.send(request);
    }
}
