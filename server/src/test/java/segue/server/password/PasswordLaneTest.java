package segue.server.password;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.secret.Secret;
import segue.server.password.PasswordLane.Verdict;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// Passwords cost the same whatever comes of them, and never more than the node can bear (THREATS
/// T-34, T-36).
class PasswordLaneTest {
    private static final Secret RIGHT = new Secret("correct horse");

    /// Of `U*U`, from the test vectors of crypt_blowfish.
    private static final String BCRYPT =
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    private static final String COSTLIER_BCRYPT = BCRYPT.replace("$05$", "$08$");

    private final PasswordLane lane = new PasswordLane(2, Duration.ofSeconds(20));

    private Verdict verdict(String password, String hash) {
        return lane.verify(new Secret(password), Optional.of(hash));
    }

    @Test
    void aPasswordMatchesItsHashAndNoOther() {
        var hash = lane.hash(RIGHT).orElseThrow();
        assertThat(verdict("correct horse", hash)).isEqualTo(Verdict.RIGHT);
        assertThat(verdict("correct horsf", hash)).isEqualTo(Verdict.WRONG);
        assertThat(verdict("correct horse ", hash)).isEqualTo(Verdict.WRONG);
        assertThat(verdict("", hash)).isEqualTo(Verdict.WRONG);
    }

    @Test
    void ourHashesHaveTheMinimumThatOwaspAsksForAndASaltEach() {
        var hash = lane.hash(RIGHT).orElseThrow();
        assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
        assertThat(lane.hash(RIGHT)).isPresent().isNotEqualTo(Optional.of(hash));
        assertThat(PasswordLane.isKnown(hash)).isTrue();
    }

    @Test
    void everyVerdictCostsOneHash() {
        var hash = lane.hash(RIGHT).orElseThrow();
        for (var password : List.of("correct horse", "wrong", "", "x".repeat(73), "x".repeat(5000)))
            for (var stored :
                    List.of(
                            Optional.of(hash),
                            Optional.of(BCRYPT),
                            Optional.of("no hash at all"),
                            Optional.<String>empty())) {
                var before = lane.operations();
                var verdict = lane.verify(new Secret(password), stored);
                assertThat(lane.operations() - before)
                        .as("%s %s %s", password, stored, verdict)
                        .isEqualTo(1);
            }
    }

    /// Counting alone would not see a library that answers without hashing.
    @Test
    void noVerdictIsCheaperThanAnother() {
        var hash = lane.hash(RIGHT).orElseThrow();
        for (var stored :
                List.of(
                        Optional.of(hash),
                        Optional.<String>empty(),
                        Optional.of(COSTLIER_BCRYPT))) {
            var usual = leastTime(() -> lane.verify(RIGHT, stored));
            for (var password : List.of("", "x".repeat(73), "x".repeat(5000)))
                assertThat(leastTime(() -> lane.verify(new Secret(password), stored)))
                        .isGreaterThan(usual / 2);
        }
    }

    private static long leastTime(Supplier<Verdict> verify) {
        var threads = ManagementFactory.getThreadMXBean();
        var least = Long.MAX_VALUE;
        for (var i = 0; i < 7; i++) {
            var before = threads.getCurrentThreadCpuTime();
            assertThat(verify.get()).isNotEqualTo(Verdict.BUSY);
            least = Math.min(least, threads.getCurrentThreadCpuTime() - before);
        }
        return least;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nobody's password", "in place of another", "anything"})
    void nobodyHasNoPassword(String password) {
        assertThat(lane.verify(new Secret(password), Optional.empty())).isEqualTo(Verdict.WRONG);
    }

    @Test
    void aLongPasswordIsTakenWhole() {
        for (var length : List.of(64, 73, 1000, 4096)) {
            var hash = lane.hash(new Secret("x".repeat(length))).orElseThrow();
            assertThat(verdict("x".repeat(length), hash)).isEqualTo(Verdict.RIGHT);
            assertThat(verdict("x".repeat(length - 1), hash)).isEqualTo(Verdict.WRONG);
        }
    }

    @Test
    void anEmptyOrOverlongPasswordIsNeitherStoredNorRight() {
        assertThatThrownBy(() -> lane.hash(new Secret("x".repeat(4097))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> lane.hash(new Secret("")))
                .isInstanceOf(IllegalArgumentException.class);
        // Not even for the hash of what is computed in its place.
        var hash = lane.hash(StoredHash.STAND_IN).orElseThrow();
        assertThat(verdict("é".repeat(2049), hash)).isEqualTo(Verdict.WRONG);
        assertThat(verdict("", hash)).isEqualTo(Verdict.WRONG);
    }

    @Test
    void charactersBeyondAsciiCount() {
        var hash = lane.hash(new Secret("пароль🔑")).orElseThrow();
        assertThat(verdict("пароль🔑", hash)).isEqualTo(Verdict.RIGHT);
        assertThat(verdict("??????🔑", hash)).isEqualTo(Verdict.WRONG);
        assertThat(verdict("пароль🔒", hash)).isEqualTo(Verdict.WRONG);
    }

    @Test
    void aFullLaneSaysSoAndHashesNothing() throws Exception {
        var narrow = new PasswordLane(1, Duration.ZERO);
        var hash = narrow.hash(RIGHT).orElseThrow();
        var before = narrow.operations();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var calls = new ArrayList<Callable<Verdict>>();
            for (var i = 0; i < 50; i++) calls.add(() -> narrow.verify(RIGHT, Optional.of(hash)));
            var verdicts = new ArrayList<Verdict>();
            for (var verdict : threads.invokeAll(calls)) verdicts.add(verdict.get());
            assertThat(verdicts)
                    .contains(Verdict.RIGHT, Verdict.BUSY)
                    .doesNotContain(Verdict.WRONG);
            var hashed = verdicts.stream().filter(Verdict.RIGHT::equals).count();
            assertThat(narrow.operations() - before).isEqualTo(hashed);
        }
        assertThat(narrow.verify(RIGHT, Optional.of(hash))).isEqualTo(Verdict.RIGHT);
    }

    /// Promise P6: whoever would wait in vain isn't kept.
    @Test
    void onlySoManyWaitForALaneHoweverPatient() throws Exception {
        var patient = new PasswordLane(1, Duration.ofMinutes(10));
        var calls = new ArrayList<Callable<Verdict>>();
        for (var i = 0; i < 150; i++) calls.add(() -> patient.verify(RIGHT, Optional.empty()));
        try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            var verdicts = new ArrayList<Verdict>();
            for (var verdict : threads.invokeAll(calls)) verdicts.add(verdict.get());
            assertThat(verdicts).contains(Verdict.WRONG, Verdict.BUSY);
            assertThat(patient.operations())
                    .isEqualTo(verdicts.stream().filter(Verdict.WRONG::equals).count());
        }
    }

    @Test
    void aBetterHashReplacesAnImportedOne() {
        var better = lane.renewed(new Secret("U*U"), BCRYPT).orElseThrow();
        assertThat(better).startsWith("$argon2id$");
        assertThat(verdict("U*U", better)).isEqualTo(Verdict.RIGHT);
        assertThat(lane.renewed(new Secret("U*U"), better)).isEmpty();
    }
}
