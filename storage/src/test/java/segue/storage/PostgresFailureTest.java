package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import segue.domain.action.Effect;
import segue.domain.action.MetadataEdit;
import segue.domain.action.Policy;
import segue.domain.action.Verdict;
import segue.domain.log.LogEvent;
import segue.domain.revocation.Receipt;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Dump;
import segue.storage.jdbc.Watched;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

class PostgresFailureTest extends FailureContract {
    @RegisterExtension private static final PostgresProcess SERVER = new PostgresProcess();

    @Override
    Database open(Watched.Before before) {
        return Watched.postgres(SERVER.newUrl(), before);
    }

    @Test
    void aSerializationFailureIsTriedOnceMoreAndDoneOnce() {
        retryAtEveryStatement("40001");
    }

    @Test
    void aDeadlockIsTriedOnceMoreAndDoneOnce() {
        retryAtEveryStatement("40P01");
    }

    /// A deadlock would be tried once more and not be seen, so transactions are counted.
    @Test
    void twoWhoRevokeOneGrantByDifferentFamiliesDoNotDeadlock() throws Exception {
        var transactions = new AtomicInteger();
        Watched.Before counting =
                sql -> {
                    if (sql.contains("epoch FROM now()")) transactions.incrementAndGet();
                };
        try (var database = open(counting);
                var pool = Executors.newFixedThreadPool(2)) {
            var fixture = new Fixture(database).stored();
            for (var round = 0; round < 20; round++) {
                var apps = List.of(fixture.signIn(Fixture.KIM), fixture.signIn(Fixture.KIM));
                transactions.set(0);
                var barrier = new CyclicBarrier(2);
                var revoking = new ArrayList<Future<Receipt>>();
                for (var app : apps)
                    revoking.add(
                            pool.submit(
                                    () -> {
                                        barrier.await();
                                        return revokeGrant(fixture, app);
                                    }));
                var ended = 0;
                for (var each : revoking) ended += each.get().families().size();
                assertThat(ended).isEqualTo(2);
                assertThat(transactions).hasValue(2);
            }
        }
    }

    /// An exchange holds its family when it changes the session; whoever ends the session ends its
    /// families after it.
    @Test
    void anExchangeThatChangesItsSessionAndALogoutDoNotDeadlock() throws Exception {
        var transactions = new AtomicInteger();
        Watched.Before counting =
                sql -> {
                    if (sql.contains("epoch FROM now()")) transactions.incrementAndGet();
                };
        try (var database = open(counting);
                var pool = Executors.newFixedThreadPool(2)) {
            var fixture = new Fixture(database).stored();
            for (var round = 0; round < 50; round++) {
                var app = fixture.signIn(Fixture.KIM);
                var visit = fixture.redeem(fixture.exchange(app.token()).transfer());
                var tokens = fixture.exchangeCode(visit.code());
                fixture.policy = labelling(fixture.id());
                transactions.set(0);
                var barrier = new CyclicBarrier(2);
                var refreshing =
                        pool.submit(
                                () -> {
                                    barrier.await();
                                    return fixture.refresh(fixture.web(), tokens.refreshToken());
                                });
                var loggingOut =
                        pool.submit(
                                () -> {
                                    barrier.await();
                                    return new Revocations(database, Observer.NONE)
                                            .logOut(
                                                    visit.cookie().hash(),
                                                    Optional.empty(),
                                                    Fixture.from(1));
                                });
                refreshing.get();
                assertThat(loggingOut.get()).isPresent();
                assertThat(transactions).as("round %d", round).hasValue(2);
                fixture.policy = new Policy.None();
            }
        }
    }

    private static Policy labelling(String execution) {
        var effects =
                List.<Effect>of(
                        new Effect.SetSessionExpiresAt(Instant.now().plusSeconds(60)),
                        new Effect.EditSessionMetadata(new MetadataEdit.Put("seat", "4")));
        var verdict =
                new Verdict(
                        effects,
                        Optional.empty(),
                        new Verdict.Execution(execution, "post-login", "{}"));
        return new Policy.Heard(verdict, UnaryOperator.identity(), false);
    }

    /// Contract native-to-web §8: a tombstone holds no personal data, whatever was under way when
    /// its user was deleted.
    @Test
    void aNoteThatComesTooLateIsNotMadeOnATombstone() {
        var between = new AtomicReference<Runnable>(() -> {});
        Watched.Before before =
                sql -> {
                    if (sql.contains(" SET metadata = ?")) between.getAndSet(() -> {}).run();
                };
        try (var database = open(before)) {
            var observations = new Observations(database);
            var fixture = new Fixture(database).stored();
            var note = Map.of("nickname", "kimmy");
            var deleting = LogEvent.of("sdu", Fixture.from(1));
            var kim = fixture.signIn(Fixture.KIM);
            between.set(() -> new Users(database).delete(Fixture.KIM, deleting));
            assertThat(observations.putMetadata(kim.family(), note, Fixture.ADMIN)).isEmpty();
            var lee = fixture.signIn(Fixture.LEE);
            var visit = fixture.redeem(fixture.exchange(lee.token()).transfer());
            between.set(() -> new Users(database).delete(Fixture.LEE, deleting));
            assertThat(observations.putMetadata(visit.session(), note, Fixture.ADMIN)).isEmpty();
            assertThat(Dump.of(database).toString()).doesNotContain("kimmy");
            assertThat(fixture.log()).noneMatch(it -> it.startsWith("sapi"));
        }
    }

    private static Receipt revokeGrant(Fixture fixture, Fixture.Native app) {
        return new Revocations(fixture.database, Observer.NONE)
                .revokeToken(app.token().hash(), fixture.app(), true, Fixture.from(1));
    }
}
