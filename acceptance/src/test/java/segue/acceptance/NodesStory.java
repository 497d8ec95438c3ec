package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.wire.Wire;

import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// Three server processes on one PostgreSQL behind a balancer, which are one server to everybody
/// (docs/nodes.md). That a new signing key is published by every node before one signs with it
/// stands in [KeyRotationContract], and longer races in [RaceStory].
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NodesStory {
    private static final int NODES = 3;
    private static final int VISITORS = 6;
    private static final int ROUNDS = Integer.getInteger("segue.rounds", 25);
    private static final int ATTEMPTS = 6;
    private static final int CHANGES = 10;
    private static final String LOGIN = "error=login_required";

    private final Wire wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
    private final BrowserJar browser = new BrowserJar(wire);
    private Optional<PostgresServer> postgres = Optional.empty();
    private Optional<Cluster> cluster = Optional.empty();

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        postgres = Optional.of(new PostgresServer());
        cluster =
                Optional.of(
                        new Cluster(
                                NODES, postgres.orElseThrow().settings(), VISITORS + 1, folder));
    }

    @AfterAll
    void stop() throws Exception {
        if (cluster.isPresent()) cluster.get().close();
        postgres.orElseThrow().close();
        wire.close();
    }

    private Cluster cluster() {
        return cluster.orElseThrow();
    }

    private Phone signedIn() {
        return cluster().signedIn(wire, browser, VISITORS);
    }

    private static String transferToken(Phone phone) {
        var answer = phone.exchange();
        assertThat(answer.isOk()).as("%s", answer.json()).isTrue();
        return answer.text("access_token");
    }

    /// By the balancer.
    private static HttpResponse<String> ask(
            Wire wire, Cluster cluster, String target, String cookie) {
        var request = HttpRequest.newBuilder(cluster.issuer().resolve(target));
        if (!cookie.isEmpty()) request.header("Cookie", cookie);
        return wire.send(request);
    }

    private static String location(HttpResponse<String> answer) {
        return answer.headers().firstValue("Location").orElse("");
    }

    private static String cookie(HttpResponse<String> answer) {
        return answer.headers().allValues("Set-Cookie").stream()
                .filter(it -> it.startsWith("segue_session="))
                .map(it -> it.split(";", 2)[0])
                .findFirst()
                .orElseThrow();
    }

    private static String code(String location) {
        return Wire.parameters(URI.create(location).getRawQuery()).getOrDefault("code", "");
    }

    private HttpResponse<String> redeemed(Phone phone) {
        var transfer = Map.of("session_transfer_token", transferToken(phone));
        return ask(wire, cluster(), Cluster.silently(transfer), "");
    }

    /// The same request at many nodes at the same moment.
    private List<Peer.Reply> race(int nodes, Function<Peer, Peer.Reply> request) throws Exception {
        var barrier = new CyclicBarrier(ATTEMPTS);
        var running = new ArrayList<Future<Peer.Reply>>();
        try (var pool = Executors.newFixedThreadPool(ATTEMPTS)) {
            for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
                var node = cluster().peer(attempt % nodes);
                running.add(
                        pool.submit(
                                () -> {
                                    barrier.await();
                                    return request.apply(node);
                                }));
            }
        }
        var replies = new ArrayList<Peer.Reply>();
        for (var each : running) replies.add(each.get());
        return replies;
    }

    private static Peer.Reply token(Peer node, Map<String, String> fields) {
        return node.post("/oauth/token", Wire.form(fields), List.of());
    }

    private static Peer.Reply silently(Peer node, String cookie) {
        return node.get(Cluster.silently(Map.of()), List.of("Cookie: " + cookie));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, NODES})
    void ofAllNodesOneRedeemsATransferToken(int nodes) throws Exception {
        for (var round = 0; round < ROUNDS; round++) {
            var transfer = Map.of("session_transfer_token", transferToken(signedIn()));
            var replies = race(nodes, node -> node.get(Cluster.silently(transfer), List.of()));
            assertThat(replies)
                    .filteredOn(it -> it.location().orElse("").contains("code="))
                    .hasSize(1);
            assertThat(replies)
                    .filteredOn(it -> it.location().orElse("").contains(LOGIN))
                    .hasSize(ATTEMPTS - 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, NODES})
    void ofAllNodesOneExchangesACode(int nodes) throws Exception {
        var session = cookie(redeemed(signedIn()));
        for (var round = 0; round < ROUNDS; round++) {
            var asked = ask(wire, cluster(), Cluster.silently(Map.of()), session);
            var code = code(location(asked));
            assertThat(code).isNotEmpty();
            oneWins(race(nodes, node -> token(node, Cluster.exchangeOf(code))));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, NODES})
    void ofAllNodesOneRotatesARefreshToken(int nodes) throws Exception {
        for (var round = 0; round < ROUNDS; round++) {
            var presented = Cluster.refreshOf(signedIn().refreshToken());
            oneWins(race(nodes, node -> token(node, presented)));
        }
    }

    private static void oneWins(List<Peer.Reply> replies) {
        assertThat(replies).filteredOn(it -> it.status() == 200).hasSize(1);
        assertThat(replies)
                .filteredOn(it -> it.body().contains("\"invalid_grant\""))
                .hasSize(ATTEMPTS - 1);
    }

    /// Promise P2: no later than the answer.
    @Test
    void whatOneNodeRevokesIsDeadAtEveryOtherAtOnce() {
        for (var round = 0; round < ROUNDS; round++) {
            var phone = signedIn();
            var session = cookie(redeemed(phone));
            var unused = Map.of("session_transfer_token", transferToken(phone));
            for (var node : cluster().peers())
                assertThat(silently(node, session).location().orElse("")).contains("code=");
            var revoked =
                    cluster()
                            .peer(round % NODES)
                            .post(
                                    "/oauth/revoke",
                                    Wire.form(
                                            Map.of(
                                                    "client_id",
                                                    Cluster.APP,
                                                    "token",
                                                    phone.refreshToken())),
                                    List.of());
            assertThat(revoked.status()).isEqualTo(200);
            for (var node : cluster().peers()) {
                assertThat(token(node, Cluster.refreshOf(phone.refreshToken())).body())
                        .contains("\"invalid_grant\"");
                assertThat(silently(node, session).location().orElse("")).contains(LOGIN);
                assertThat(node.get(Cluster.silently(unused), List.of()).location().orElse(""))
                        .contains(LOGIN);
            }
        }
    }

    @Test
    void whatIsChangedByOneNodeIsInForceAtEveryOtherWithinASecond() throws Exception {
        var settings = postgres.orElseThrow().settings();
        var operator =
                new Operator(
                        wire,
                        cluster().issuer(),
                        settings.getOrDefault("bootstrap.client-id", ""),
                        settings.getOrDefault("bootstrap.client-secret", ""));
        var elsewhere = "https://web.example/other";
        var there = Cluster.silently(Map.of("redirect_uri", elsewhere));
        var session = List.of("Cookie: " + cookie(redeemed(signedIn())));
        var quick = 0;
        for (var change = 0; change < CHANGES; change++) {
            var isAllowed = change % 2 == 0;
            var callbacks =
                    isAllowed
                            ? "\"%s\",\"%s\"".formatted(Cluster.WEB_CALLBACK, elsewhere)
                            : "\"%s\"".formatted(Cluster.WEB_CALLBACK);
            operator.patchClient(Cluster.WEB, "{\"callbacks\":[%s]}".formatted(callbacks));
            var changed = System.nanoTime();
            for (var node : cluster().peers())
                Cluster.await(
                        "the change is in force",
                        () -> node.get(there, session).location().isPresent() == isAllowed);
            if (System.nanoTime() - changed < TimeUnit.SECONDS.toNanos(1)) quick++;
        }
        // A machine that stands still for a moment says nothing about the nodes.
        assertThat(quick).as("within a second").isGreaterThan(CHANGES / 2);
    }

    /// What a user of both apps does all day, over and over, as long as nobody says stop.
    ///
    /// @param keeps whether its connections are kept open from one round to the next
    private record Visitor(
            Cluster cluster, int number, boolean keeps, AtomicBoolean stopping, AtomicInteger done)
            implements Callable<Boolean> {
        @Override
        public Boolean call() {
            try (var first = new Wire(InetAddress.getLoopbackAddress(), Optional.empty())) {
                var own = new BrowserJar(first);
                while (!stopping.get())
                    if (keeps) {
                        visit(first, own);
                    } else {
                        try (var other =
                                new Wire(InetAddress.getLoopbackAddress(), Optional.empty())) {
                            visit(other, own.through(other));
                        }
                    }
            }
            return true;
        }

        private void visit(Wire wire, BrowserJar own) {
            var phone = cluster.signedIn(wire, own, number);
            var transfer = Map.of("session_transfer_token", transferToken(phone));
            var redeemed = ask(wire, cluster, Cluster.silently(transfer), "");
            var code = code(location(redeemed));
            assertThat(code).as(redeemed.body()).isNotEmpty();
            var exchanged =
                    wire.postForm(
                            cluster.issuer().resolve("oauth/token"),
                            Cluster.exchangeOf(code),
                            Map.of());
            assertThat(exchanged.status()).as("%s", exchanged.json()).isEqualTo(200);
            assertThat(phone.refresh().status()).isEqualTo(200);
            assertThat(phone.userinfo().status()).isEqualTo(200);
            var session = cookie(redeemed);
            assertThat(location(ask(wire, cluster, Cluster.silently(Map.of()), session)))
                    .contains("code=");
            assertThat(phone.revoke().status()).isEqualTo(200);
            assertThat(location(ask(wire, cluster, Cluster.silently(Map.of()), session)))
                    .contains(LOGIN);
            done.incrementAndGet();
        }
    }

    /// Promise P7: each node in turn is stopped by `SIGTERM` and started again.
    @Test
    void noRequestFailsWhileOneNodeAfterTheOtherIsRestarted() throws Exception {
        var stopping = new AtomicBoolean();
        var done = new AtomicInteger();
        var visitors = new ArrayList<Future<Boolean>>();
        try (var pool = Executors.newFixedThreadPool(VISITORS)) {
            for (var number = 0; number < VISITORS; number++)
                visitors.add(
                        pool.submit(
                                new Visitor(cluster(), number, number % 2 == 0, stopping, done)));
            try {
                for (var node = 0; node < NODES; node++) restart(node, visitors, done);
            } finally {
                stopping.set(true);
            }
        }
        for (var visitor : visitors) assertThat(visitor.get()).isTrue();
        System.out.printf(
                "rolling restart of %d nodes: %d visits of %d visitors, ten requests or more each,"
                        + " none failed%n",
                NODES, done.get(), VISITORS);
    }

    private void restart(int node, List<Future<Boolean>> visitors, AtomicInteger done)
            throws Exception {
        awaitVisits(visitors, done);
        assertThat(cluster().stop(node)).isZero();
        awaitVisits(visitors, done);
        var before = cluster().balancer().connections(node);
        cluster().start(node);
        awaitVisits(visitors, done);
        assertThat(cluster().balancer().connections(node)).isGreaterThan(before);
    }

    private static void awaitVisits(List<Future<Boolean>> visitors, AtomicInteger done)
            throws Exception {
        var enough = done.get() + 2 * VISITORS;
        Cluster.await(
                "they come and go",
                () -> done.get() >= enough || visitors.stream().anyMatch(Future::isDone));
        // Whoever has ended says what failed.
        for (var visitor : visitors) if (visitor.isDone()) assertThat(visitor.get()).isTrue();
    }

    /// docs/adr/0022: an update one node at a time, and the way back.
    @Test
    void aNodeRunsOnASchemaThatANewerOneExpandedForIt() throws Exception {
        var database = postgres.orElseThrow().timeTravel();
        // So often that statements are prepared.
        for (var time = 0; time < 10; time++) visitOnce();
        try (var connection =
                        DriverManager.getConnection(
                                database.url(), database.user(), database.password());
                var statement = connection.createStatement()) {
            statement.execute("ALTER TABLE session ADD COLUMN of_a_newer_program TEXT");
            statement.execute(
                    """
                    INSERT INTO flyway_schema_history (installed_rank, version, description, type, script,
                        checksum, installed_by, execution_time, success)
                    VALUES (9999, '9999', 'since 1 a column more', 'SQL', 'V9999__since_1_a_column_more.sql',
                        1, 'newer', 1, true)
                    """);
            try {
                visitOnce();
                assertThat(cluster().stop(0)).isZero();
                cluster().start(0);
                visitOnce();
            } finally {
                statement.execute("DELETE FROM flyway_schema_history WHERE version = '9999'");
                statement.execute("ALTER TABLE session DROP COLUMN of_a_newer_program");
            }
        }
    }

    private void visitOnce() {
        var done = new AtomicInteger();
        new Visitor(cluster(), 0, true, new AtomicBoolean(), done)
                .visit(wire, new BrowserJar(wire));
        assertThat(done).hasValue(1);
    }
}
