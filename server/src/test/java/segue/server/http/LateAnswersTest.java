package segue.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

class LateAnswersTest {
    private static final long HOUR = Duration.ofHours(1).toNanos();
    private static final long SECOND = Lane.RETRY_AFTER.toNanos();

    private static LateAnswers places(int most) {
        return new LateAnswers(most, Duration.ofNanos(HOUR));
    }

    private static Thread waiting(LateAnswers answers) {
        var before = answers.waiting();
        var thread = Thread.ofVirtual().start(() -> answers.await(HOUR));
        while (answers.waiting() == before) Thread.onSpinWait();
        return thread;
    }

    private static void interrupt(Thread waiting) throws InterruptedException {
        waiting.interrupt();
        waiting.join();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1_000_000_000, Long.MAX_VALUE / 2})
    void whoWaitedAsLongAsToldIsRefusedAtOnce(long after) {
        assertThat(LateAnswers.mostFor(Long.MAX_VALUE - 5, Long.MAX_VALUE - 5 + after)).isZero();
    }

    /// Not even until the next moment at which others are woken.
    @Test
    void whoMayNotBeLateTakesNoPlace() {
        var answers = places(1);
        var one =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    for (var i = 0; i < 20; i++) answers.await(0);
                                });
        var most = 0;
        while (one.isAlive()) most = Math.max(most, answers.waiting());
        assertThat(most).isZero();
    }

    @Test
    void whoDidNotIsRefusedASecondAfterThatTimeAtMost() {
        assertThat(LateAnswers.mostFor(5, 4)).isEqualTo(1 + SECOND);
        assertThat(LateAnswers.mostFor(5, 5 - SECOND)).isEqualTo(2 * SECOND);
    }

    @Test
    void nobodyWaitsLongerThanTheMost() {
        var answers = places(1);
        var begin = System.nanoTime();
        answers.await(Duration.ofMillis(20).toNanos());
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isGreaterThanOrEqualTo(Duration.ofMillis(20));
        assertThat(answers.waiting()).isZero();
    }

    @Test
    void theMoreWaitTheLongerEachDoes() throws InterruptedException {
        var answers = new LateAnswers(3, Duration.ofMillis(100));
        var begin = System.nanoTime();
        var first = Thread.ofVirtual().start(() -> answers.await(HOUR));
        while (answers.waiting() < 1) Thread.onSpinWait();
        answers.await(HOUR);
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isGreaterThanOrEqualTo(Duration.ofMillis(200));
        first.join();
    }

    /// It would take an hour.
    @Test
    void onlySoManyWait() throws InterruptedException {
        var answers = places(1);
        var one = waiting(answers);
        answers.await(HOUR);
        assertThat(one.isAlive()).isTrue();
        interrupt(one);
        assertThat(answers.waiting()).isZero();
    }

    /// It would take an hour.
    @Test
    void nobodyWaitsWhenTheServerStops() {
        var answers = places(1);
        answers.close();
        answers.await(HOUR);
        assertThat(answers.waiting()).isZero();
    }

    /// Whoever interrupted the thread wants the connection to end.
    @Test
    void anInterruptStays() throws InterruptedException {
        var answers = places(1);
        var interrupted = new boolean[1];
        var one =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    answers.await(HOUR);
                                    interrupted[0] = Thread.currentThread().isInterrupted();
                                });
        while (answers.waiting() == 0) Thread.onSpinWait();
        interrupt(one);
        assertThat(interrupted[0]).isTrue();
    }
}
