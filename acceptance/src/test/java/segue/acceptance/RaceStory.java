package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Races between real processes: two servers on one PostgreSQL, one on SQLite.
/// `-Dsegue.races=10000` for the full count.
///
/// Several lanes race beside each other, each with a user, a phone and browsers of its own. Each
/// round begins with a new family, got by a silent sign-in of the phone's browser: that costs no
/// password hash, and so the machine spends its time on what is to be tested.
class RaceStory {
    private static final int RACES = Integer.getInteger("segue.races", 150);
    private static final int LANES = 4;
    private static final int BROWSERS = 8;
    private static final String PASSWORD = "a password for races";
    private static final String APP = "raceAppAAAAAAAAAAAAAAAAAAAAAAAAA";
    private static final String WEB = "raceWebBBBBBBBBBBBBBBBBBBBBBBBBB";
    private static final String BOOTSTRAP = "bootstrapClientAAAAAAAAAAAAAAAAA";
    private static final String BOOTSTRAP_SECRET =
            "a bootstrap secret of more than thirty-two characters";

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
            try (var one = node("one", shared);
                    var other = node("other", shared)) {
                race("two processes on one PostgreSQL", List.of(one, other));
            }
        }
    }

    @Test
    void oneProcessOnSqlite() throws Exception {
        try (var node = node("alone", Map.of())) {
            race("one process on SQLite", List.of(node));
        }
    }

    private Node node(String name, Map<String, String> more) throws Exception {
        var tenant = folder.resolve(name + ".yaml");
        var users = new StringBuilder();
        for (var lane = 0; lane < LANES; lane++)
            users.append("  - {email: %s, password: %s}\n".formatted(email(lane), PASSWORD));
        Files.writeString(
                tenant,
                """
                clients:
                  - {name: App, client_id: %s, app_type: native, token_endpoint_auth_method: none,
                     callbacks: ["org.example.demo://callback"], grant_types: [authorization_code, refresh_token],
                     refresh_token: {rotation_type: rotating, expiration_type: expiring, leeway: 0},
                     session_transfer: {can_create_session_transfer_token: true}}
                  - {name: Web, client_id: %s, app_type: spa, token_endpoint_auth_method: none,
                     callbacks: ["https://web.example/cb"], grant_types: [authorization_code],
                     session_transfer: {allowed_authentication_methods: [query]}}
                users:
                %s
                """
                        .formatted(APP, WEB, users));
        var settings = new LinkedHashMap<>(more);
        settings.put("server.port", "0");
        settings.put("data-dir", folder.resolve(name).toString());
        settings.put("tenant-file", tenant.toString());
        settings.put("bootstrap.client-id", BOOTSTRAP);
        settings.put("bootstrap.client-secret", BOOTSTRAP_SECRET);
        settings.put("log.level", "warn");
        // Nodes that share a tenant would share an issuer; here each keeps its port, and the races
        // don't look at it.
        return new Node(settings, folder);
    }

    private static String email(int lane) {
        return "racer" + lane + "@example.org";
    }

    private static void race(String where, List<Node> nodes) throws Exception {
        var start = Instant.now();
        var tally = Tally.NOTHING;
        try (var pool = Executors.newFixedThreadPool(LANES)) {
            var lanes = new ArrayList<Future<Tally>>();
            for (var number = 0; number < LANES; number++) {
                var lane = new Lane(nodes, email(number));
                var rounds = RACES / LANES + (number < RACES % LANES ? 1 : 0);
                lanes.add(pool.submit(() -> lane.race(rounds)));
            }
            for (var lane : lanes) tally = tally.and(lane.get());
        }
        System.out.printf(
                "races, %s: %s in %d s%n",
                where, tally.told(), Duration.between(start, Instant.now()).toSeconds());
        assertThat(tally.rounds()).isEqualTo(RACES);
        assertThat(tally.overlappingAttempts()).isGreaterThanOrEqualTo(90);
        assertThat(tally.contestedWinners()).isGreaterThanOrEqualTo(90);
        assertThat(tally.overlappingPairs()).isGreaterThanOrEqualTo(90);
        assertThat(tally.overlappingRefreshes()).isGreaterThanOrEqualTo(90);
        nothingIsLeft(nodes.getFirst());
    }

    /// Every family of every round was revoked, so of each user lives the session that they signed
    /// in with, and nothing else. The Management API is asked, not those who raced.
    private static void nothingIsLeft(Node node) {
        var wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
        var operator = new Operator(wire, node.issuer(), BOOTSTRAP, BOOTSTRAP_SECRET);
        for (var lane = 0; lane < LANES; lane++) {
            var user =
                    operator.get("users-by-email?email=" + email(lane))
                            .json()
                            .path(0)
                            .path("user_id")
                            .asString()
                            .replace("|", "%7C");
            assertThat(operator.get("users/" + user + "/sessions").json().path("sessions"))
                    .hasSize(1);
            assertThat(operator.get("users/" + user + "/refresh-tokens").json().path("tokens"))
                    .isEmpty();
        }
    }

    /// What was counted.
    ///
    /// @param overlapped attempts that were under way while another one on the same token was
    /// @param contested winners that were under way while a loser was
    /// @param overlappedPairs pairs whose redemption and revocation were under way together
    /// @param redeemedFirst pairs in which the redemption still got its session
    /// @param overlappedRefreshes pairs whose refresh and revocation were under way together
    /// @param refreshedFirst pairs in which the refresh still got its token
    private record Tally(
            int rounds,
            int overlapped,
            int contested,
            int overlappedPairs,
            int redeemedFirst,
            int overlappedRefreshes,
            int refreshedFirst) {
        static final Tally NOTHING = new Tally(0, 0, 0, 0, 0, 0, 0);

        Tally and(Tally other) {
            return new Tally(
                    rounds + other.rounds,
                    overlapped + other.overlapped,
                    contested + other.contested,
                    overlappedPairs + other.overlappedPairs,
                    redeemedFirst + other.redeemedFirst,
                    overlappedRefreshes + other.overlappedRefreshes,
                    refreshedFirst + other.refreshedFirst);
        }

        int overlappingAttempts() {
            return 100 * overlapped / (rounds * BROWSERS);
        }

        int contestedWinners() {
            return 100 * contested / rounds;
        }

        int overlappingPairs() {
            return 100 * overlappedPairs / rounds;
        }

        int overlappingRefreshes() {
            return 100 * overlappedRefreshes / rounds;
        }

        String told() {
            return """
            %d tokens, %d attempts each, one winner each; %d %% of the attempts overlapped, %d %% of the winners were \
            contested; %d redeem-against-revoke pairs, %d %% overlapped (%d redeemed first, %d revoked first); %d \
            refresh-against-revoke pairs, %d %% overlapped (%d refreshed first, %d revoked first); no live session or \
            token left,\
            """
                    .formatted(
                            rounds,
                            BROWSERS,
                            overlappingAttempts(),
                            contestedWinners(),
                            rounds,
                            overlappingPairs(),
                            redeemedFirst,
                            rounds - redeemedFirst,
                            rounds,
                            overlappingRefreshes(),
                            refreshedFirst,
                            rounds - refreshedFirst);
        }
    }

    /// When an attempt was under way.
    private record Span(long from, long until) {
        boolean overlaps(Span other) {
            return from < other.until && other.from < until;
        }
    }

    private record Attempt(Span span, HttpResponse<String> answer) {
        boolean won() {
            return location(answer).contains("code=");
        }

        Optional<String> cookie() {
            return answer.headers().allValues("Set-Cookie").stream()
                    .filter(it -> it.startsWith("segue_session="))
                    .map(it -> it.split(";", 2)[0])
                    .findFirst();
        }
    }

    /// A user with a phone, and the browsers that want what the phone hands out.
    private static final class Lane {
        private final Wire wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
        private final BrowserJar ownBrowser = new BrowserJar(wire);
        private final String user;
        private final List<Node> nodes;
        private final Phone phone;

        Lane(List<Node> nodes, String user) {
            this.nodes = nodes;
            this.user = user;
            this.phone = new Phone(wire, new App(nodes.getFirst().issuer(), APP));
        }

        Tally race(int rounds) throws Exception {
            var tally = Tally.NOTHING;
            try (var pool = Executors.newFixedThreadPool(BROWSERS)) {
                for (var round = 0; round < rounds; round++) tally = tally.and(round(pool));
            }
            return tally;
        }

        private Tally round(ExecutorService pool) throws Exception {
            return redemptions(pool).and(refresh(pool));
        }

        private void signIn() {
            var signIn = phone.signIn(ownBrowser, user, PASSWORD, "openid offline_access");
            assertThat(signIn.isOk()).as("%s", signIn.json()).isTrue();
        }

        /// A refresh token is rotated on one node while its family is revoked on another, by the
        /// token that is rotated away.
        private Tally refresh(ExecutorService pool) throws Exception {
            signIn();
            var presented = phone.refreshToken();
            var pair =
                    atOnce(
                            pool,
                            List.of(
                                    () -> refresh(nodes.getLast(), presented),
                                    () -> revoke(nodes.getFirst())));
            assertThat(pair.getLast().answer().statusCode()).isEqualTo(200);
            var refreshed = pair.getFirst().answer();
            assertThat(refreshed.statusCode()).as(refreshed.body()).isIn(200, 403);
            var isFirst = refreshed.statusCode() == 200;
            // Whatever came first: neither token is worth anything now, on any node.
            var token = isFirst ? refreshToken(refreshed) : presented;
            for (var node : nodes) {
                assertThat(refresh(node, token).statusCode()).isEqualTo(403);
                assertThat(refresh(node, presented).statusCode()).isEqualTo(403);
            }
            return new Tally(
                    0, 0, 0, 0, 0, overlapsAny(pair.getFirst(), pair) ? 1 : 0, isFirst ? 1 : 0);
        }

        private static String refreshToken(HttpResponse<String> answer) {
            var body = REFRESH_TOKEN.matcher(answer.body());
            assertThat(body.find()).as("a successor").isTrue();
            return body.group(1);
        }

        private static final Pattern REFRESH_TOKEN =
                Pattern.compile("\"refresh_token\":\"([^\"]+)\"");

        private HttpResponse<String> refresh(Node node, String token) {
            return post(
                    node.issuer().resolve("oauth/token"),
                    Map.of(
                            "grant_type", "refresh_token",
                            "client_id", APP,
                            "refresh_token", token));
        }

        private HttpResponse<String> post(URI uri, Map<String, String> form) {
            return wire.send(
                    HttpRequest.newBuilder(uri)
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(HttpRequest.BodyPublishers.ofString(Wire.form(form))));
        }

        private Tally redemptions(ExecutorService pool) throws Exception {
            signIn();
            var wanted = phone.exchange().text("access_token");
            var attempts =
                    atOnce(
                            pool,
                            IntStream.range(0, BROWSERS)
                                    .<Callable<HttpResponse<String>>>mapToObj(
                                            i -> () -> redeem(nodes.get(i % nodes.size()), wanted))
                                    .toList());
            var winners = attempts.stream().filter(Attempt::won).toList();
            assertThat(winners).hasSize(1);

            var last = phone.exchange().text("access_token");
            var pair =
                    atOnce(
                            pool,
                            List.of(
                                    () -> redeem(nodes.getLast(), last),
                                    () -> revoke(nodes.getFirst())));
            assertThat(pair.getLast().answer().statusCode()).isEqualTo(200);
            // Whatever came first: what stems from the family is dead now, on every node.
            nothingLives(winners.getFirst());
            nothingLives(pair.getFirst());

            return new Tally(
                    1,
                    (int) attempts.stream().filter(it -> overlapsAny(it, attempts)).count(),
                    overlapsAny(winners.getFirst(), attempts) ? 1 : 0,
                    overlapsAny(pair.getFirst(), pair) ? 1 : 0,
                    pair.getFirst().won() ? 1 : 0,
                    0,
                    0);
        }

        private static boolean overlapsAny(Attempt attempt, List<Attempt> attempts) {
            return attempts.stream()
                    .anyMatch(
                            it ->
                                    !it.span().equals(attempt.span())
                                            && it.span().overlaps(attempt.span()));
        }

        private static List<Attempt> atOnce(
                ExecutorService pool, List<Callable<HttpResponse<String>>> requests)
                throws Exception {
            var barrier = new CyclicBarrier(requests.size());
            var running = new ArrayList<Future<Attempt>>();
            for (var request : requests)
                running.add(
                        pool.submit(
                                () -> {
                                    barrier.await();
                                    var from = System.nanoTime();
                                    var answer = request.call();
                                    return new Attempt(new Span(from, System.nanoTime()), answer);
                                }));
            var attempts = new ArrayList<Attempt>();
            for (var each : running) attempts.add(each.get());
            return attempts;
        }

        private void nothingLives(Attempt redemption) {
            if (!redemption.won()) return;
            var cookie = redemption.cookie().orElseThrow();
            for (var node : nodes)
                assertThat(location(authorize(node, Map.of(), Optional.of(cookie))))
                        .contains("error=login_required");
            var code = Wire.parameters(URI.create(location(redemption.answer())).getRawQuery());
            var exchanged =
                    wire.post(
                            nodes.getLast().issuer().resolve("oauth/token"),
                            Map.of(
                                    "grant_type",
                                    "authorization_code",
                                    "client_id",
                                    WEB,
                                    "redirect_uri",
                                    "https://web.example/cb",
                                    "code_verifier",
                                    VERIFIER.verifier(),
                                    "code",
                                    code.getOrDefault("code", "")),
                            Map.of());
            assertThat(exchanged.text("error")).isEqualTo("invalid_grant");
        }

        private HttpResponse<String> redeem(Node node, String token) {
            return authorize(node, Map.of("session_transfer_token", token), Optional.empty());
        }

        private HttpResponse<String> revoke(Node node) {
            return post(
                    node.issuer().resolve("oauth/revoke"),
                    Map.of("client_id", APP, "token", phone.refreshToken()));
        }

        private static final Pkce VERIFIER = Pkce.fresh();

        private HttpResponse<String> authorize(
                Node node, Map<String, String> more, Optional<String> cookie) {
            var query = new LinkedHashMap<>(more);
            query.put("client_id", WEB);
            query.put("response_type", "code");
            query.put("redirect_uri", "https://web.example/cb");
            query.put("scope", "openid");
            query.put("prompt", "none");
            query.put("code_challenge", VERIFIER.challenge());
            query.put("code_challenge_method", "S256");
            var request =
                    HttpRequest.newBuilder(Wire.with(node.issuer().resolve("authorize"), query));
            cookie.ifPresent(it -> request.header("Cookie", it));
            return wire.send(request);
        }
    }

    private static String location(HttpResponse<String> answer) {
        return answer.headers().firstValue("Location").orElse("");
    }
}
