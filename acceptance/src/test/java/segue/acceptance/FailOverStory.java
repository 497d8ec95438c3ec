package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import java.net.InetAddress;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// The primary dies by `kill -9` under load, its synchronous standby is promoted, and the old
/// primary comes back and still believes that it is one (promises P1, P2, P3 and P5;
/// docs/nodes.md). `-Dsegue.failovers` names how often.
class FailOverStory {
    private static final int FAIL_OVERS = Integer.getInteger("segue.failovers", 1);
    private static final int NODES = 2;
    private static final int PHONES = 6;
    private static final int ENOUGH = 40;
    private static final String LOGIN = "error=login_required";
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    @TempDir private Path folder = Path.of("");

    /// What was acknowledged. Each phone writes down what it will no longer touch, after the
    /// answer.
    private final Queue<String> redeemed = new ConcurrentLinkedQueue<>();

    private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final Queue<String> sessions = new ConcurrentLinkedQueue<>();
    private final Queue<String> refreshTokens = new ConcurrentLinkedQueue<>();
    private final Queue<String> rotatedTokens = new ConcurrentLinkedQueue<>();
    private final Queue<String> revokedTokens = new ConcurrentLinkedQueue<>();
    private final Queue<String> revokedSessions = new ConcurrentLinkedQueue<>();
    private final Queue<String> revokedTransfers = new ConcurrentLinkedQueue<>();

    /// Transfer tokens whose redemption was asked for and not acknowledged: it may have happened.
    private final Queue<String> unclear = new ConcurrentLinkedQueue<>();

    private final AtomicInteger unavailable = new AtomicInteger();
    private final AtomicLong slowest = new AtomicLong();
    private final AtomicLong lastRevocation = new AtomicLong();

    private final Wire wire = new Wire(HERE, Optional.empty());

    /// A transfer token that nobody has used.
    private record Waiting(String token, long since) {
        boolean isFresh() {
            return System.nanoTime() - since < Duration.ofSeconds(45).toNanos();
        }
    }

    /// The answer was a 503.
    private static final class Unavailable extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Test
    void nothingAcknowledgedIsLostAndTheOldPrimaryIsNeverAskedAgain() throws Exception {
        for (var run = 1; run <= FAIL_OVERS; run++) {
            var home = Files.createDirectory(folder.resolve("run" + run));
            try (var pair = new PostgresPair(home);
                    var cluster = new Cluster(NODES, pair.settings(), PHONES, home)) {
                failOver(pair, cluster);
            }
        }
    }

    private void failOver(PostgresPair pair, Cluster cluster) throws Exception {
        forget();
        var stopping = new AtomicBoolean();
        var phones = new ArrayList<Future<Boolean>>();
        try (var pool = Executors.newFixedThreadPool(PHONES)) {
            for (var i = 0; i < PHONES; i++) {
                var number = i;
                phones.add(pool.submit(() -> stream(cluster, number, stopping)));
            }
            try {
                awaitTraffic(phones);
                theStandbyTakesOver(pair, cluster);
                awaitTraffic(phones);
                var untouched = theOldPrimaryComesBack(pair, cluster, phones);
                theNewPrimaryIsGoneForAWhile(pair, cluster);
                awaitTraffic(phones);
                assertThat(pair.first().ask(TOUCHED)).isEqualTo(untouched);
            } finally {
                stopping.set(true);
            }
        }
        for (var phone : phones) assertThat(phone.get()).isTrue();
        System.out.printf(
                "fail-over: %d revocations, %d redemptions and %d rotations acknowledged, %d"
                        + " redemptions unclear; %d answers were 503, the slowest after %d ms%n",
                revokedTokens.size(),
                redeemed.size(),
                rotatedTokens.size(),
                unclear.size(),
                unavailable.get(),
                TimeUnit.NANOSECONDS.toMillis(slowest.get()));
        everythingIsAsItWasAcknowledged(cluster);
        // Promise P5, as generously as ProcessStory.
        assertThat(unavailable).hasPositiveValue();
        assertThat(Duration.ofNanos(slowest.get())).isLessThan(Duration.ofSeconds(10));
    }

    private void theStandbyTakesOver(PostgresPair pair, Cluster cluster) throws Exception {
        var killed = System.nanoTime();
        pair.first().kill();
        awaitOutage(cluster);
        for (var path : List.of(".well-known/jwks.json", ".well-known/openid-configuration"))
            assertThat(wire.get(cluster.issuer().resolve(path)).status()).isEqualTo(200);
        var promoting = System.nanoTime();
        pair.second().promote();
        var promoted = System.nanoTime();
        Cluster.await("a revocation", () -> lastRevocation.get() - promoting > 0);
        System.out.printf(
                "fail-over: promoted %d ms after the kill, which took %d ms; the first revocation"
                        + " was acknowledged %d ms after the order to promote%n",
                TimeUnit.NANOSECONDS.toMillis(promoting - killed),
                TimeUnit.NANOSECONDS.toMillis(promoted - promoting),
                TimeUnit.NANOSECONDS.toMillis(lastRevocation.get() - promoting));
    }

    private void awaitOutage(Cluster cluster) throws Exception {
        var enough = unavailable.get() + PHONES;
        Cluster.await(
                "every node says that it isn't ready",
                () ->
                        unavailable.get() >= enough
                                && IntStream.range(0, NODES)
                                        .noneMatch(node -> cluster.balancer().isReady(node)));
    }

    /// How much was read and written there.
    private static final String TOUCHED =
            """
            SELECT sum(seq_scan) + sum(coalesce(idx_scan, 0)) + sum(n_tup_ins + n_tup_upd + n_tup_del)
              FROM pg_stat_user_tables
            """;

    /// It waits for no standby, so it would take what it is given.
    private String theOldPrimaryComesBack(
            PostgresPair pair, Cluster cluster, List<Future<Boolean>> phones) throws Exception {
        pair.first().start("");
        assertThat(pair.first().ask("SELECT pg_is_in_recovery()")).isEqualTo("f");
        var untouched = pair.first().ask(TOUCHED);
        // Who has been connected looks for the primary again.
        pair.second()
                .ask(
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
                                + " application_name = 'segue'");
        awaitTraffic(phones);
        // So does a node that has just started.
        assertThat(cluster.stop(0)).isZero();
        cluster.start(0);
        awaitTraffic(phones);
        return untouched;
    }

    /// Better none than the old one.
    private void theNewPrimaryIsGoneForAWhile(PostgresPair pair, Cluster cluster) throws Exception {
        pair.second().kill();
        awaitOutage(cluster);
        pair.second().start("");
    }

    private void awaitTraffic(List<Future<Boolean>> phones) throws Exception {
        var enough = revokedTokens.size() + ENOUGH;
        Cluster.await(
                "there is traffic",
                () -> revokedTokens.size() >= enough || phones.stream().anyMatch(Future::isDone));
    }

    /// One phone, which gives up what it is at when the answer is a 503 and begins anew. Of each
    /// two families one lives on and one is revoked, with a session and a token of its own.
    private boolean stream(Cluster cluster, int number, AtomicBoolean stopping) {
        try (var own = new Wire(HERE, Optional.empty())) {
            var browser = new BrowserJar(own);
            while (!stopping.get())
                try {
                    lives(cluster, own, signedIn(cluster, own, browser, number));
                    dies(cluster, own, signedIn(cluster, own, browser, number));
                } catch (Unavailable later) {
                    Thread.onSpinWait();
                }
        }
        return true;
    }

    private void lives(Cluster cluster, Wire own, Phone phone) {
        var unused = exchanged(phone);
        sessions.add(redeemed(cluster, own, exchanged(phone)));
        var before = phone.refreshToken();
        assertThat(available(phone::refresh).isOk()).isTrue();
        rotatedTokens.add(before);
        refreshTokens.add(phone.refreshToken());
        waiting.add(new Waiting(unused, System.nanoTime()));
    }

    private void dies(Cluster cluster, Wire own, Phone phone) {
        var unused = exchanged(phone);
        var session = redeemed(cluster, own, exchanged(phone));
        assertThat(available(phone::revoke).status()).isEqualTo(200);
        lastRevocation.set(System.nanoTime());
        revokedTokens.add(phone.refreshToken());
        revokedTransfers.add(unused);
        revokedSessions.add(session);
    }

    private Phone signedIn(Cluster cluster, Wire own, BrowserJar browser, int number) {
        var start = System.nanoTime();
        try {
            return cluster.signedIn(own, browser, number);
        } catch (Cluster.Refused e) {
            if (e.status() != 503) throw e;
            throw unavailable(start);
        }
    }

    private String exchanged(Phone phone) {
        var answer = available(phone::exchange);
        assertThat(answer.isOk()).as("%s", answer.json()).isTrue();
        return answer.text("access_token");
    }

    /// The cookie of the session that it opened.
    private String redeemed(Cluster cluster, Wire own, String token) {
        var start = System.nanoTime();
        var answer = authorize(cluster, own, token, "");
        try {
            note(answer.statusCode(), answer.headers(), start);
        } catch (Unavailable e) {
            unclear.add(token);
            throw e;
        }
        assertThat(location(answer)).contains("code=");
        redeemed.add(token);
        return answer.headers().allValues("Set-Cookie").stream()
                .filter(it -> it.startsWith("segue_session="))
                .map(it -> it.split(";", 2)[0])
                .findFirst()
                .orElseThrow();
    }

    private Answer available(Supplier<Answer> request) {
        var start = System.nanoTime();
        var answer = request.get();
        note(answer.status(), answer.headers(), start);
        return answer;
    }

    private void note(int status, HttpHeaders headers, long start) {
        if (status != 503) return;
        assertThat(headers.firstValue("Retry-After")).isPresent();
        throw unavailable(start);
    }

    private Unavailable unavailable(long start) {
        unavailable.incrementAndGet();
        slowest.accumulateAndGet(System.nanoTime() - start, Math::max);
        return new Unavailable();
    }

    private void everythingIsAsItWasAcknowledged(Cluster cluster) {
        for (var session : sessions) assertThat(location(cluster, "", session)).contains("code=");
        var fresh = waiting.stream().filter(Waiting::isFresh).map(Waiting::token).toList();
        assertThat(fresh).isNotEmpty();
        for (var token : fresh) {
            assertThat(location(cluster, token, "")).contains("code=");
            assertThat(location(cluster, token, "")).contains(LOGIN);
        }
        for (var token : unclear) {
            location(cluster, token, "");
            assertThat(location(cluster, token, "")).contains(LOGIN);
        }
        for (var token : redeemed) assertThat(location(cluster, token, "")).contains(LOGIN);
        for (var token : revokedTransfers) assertThat(location(cluster, token, "")).contains(LOGIN);
        for (var session : revokedSessions)
            assertThat(location(cluster, "", session)).contains(LOGIN);
        for (var token : revokedTokens) isRefused(cluster, token);
        for (var token : refreshTokens) {
            var phone = new Phone(wire, cluster.issuer(), Cluster.APP);
            phone.keep(token);
            assertThat(phone.refresh().isOk()).isTrue();
        }
        for (var token : rotatedTokens) isRefused(cluster, token);
    }

    private void isRefused(Cluster cluster, String refreshToken) {
        var phone = new Phone(wire, cluster.issuer(), Cluster.APP);
        phone.keep(refreshToken);
        assertThat(phone.refresh().text("error")).isEqualTo("invalid_grant");
    }

    private String location(Cluster cluster, String token, String session) {
        return location(authorize(cluster, wire, token, session));
    }

    private static String location(HttpResponse<String> answer) {
        return answer.headers().firstValue("Location").orElse("");
    }

    private static HttpResponse<String> authorize(
            Cluster cluster, Wire wire, String token, String session) {
        var transfer =
                token.isEmpty()
                        ? Map.<String, String>of()
                        : Map.of("session_transfer_token", token);
        var request = HttpRequest.newBuilder(cluster.issuer().resolve(Cluster.silently(transfer)));
        if (!session.isEmpty()) request.header("Cookie", session);
        return wire.send(request);
    }

    private void forget() {
        for (var queue :
                List.of(
                        redeemed,
                        sessions,
                        refreshTokens,
                        rotatedTokens,
                        revokedTokens,
                        revokedSessions,
                        revokedTransfers,
                        unclear)) queue.clear();
        waiting.clear();
        unavailable.set(0);
        slowest.set(0);
    }
}
