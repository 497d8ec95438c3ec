package segue.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class LateAnswersTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private static LateAnswers places(int most) {
        return new LateAnswers(most, HOUR);
    }

    private static long in(Duration duration) {
        return System.nanoTime() + duration.toNanos();
    }

    private static Thread waiting(LateAnswers answers) {
        var before = answers.waiting();
        var thread = Thread.ofVirtual().start(() -> answers.await(in(HOUR)));
        while (answers.waiting() == before) Thread.onSpinWait();
        return thread;
    }

    private static void interrupt(Thread waiting) throws InterruptedException {
        waiting.interrupt();
        waiting.join();
    }

    @Test
    void nobodyWaitsLongerThanTheyWereToldTo() {
        var answers = places(1);
        var at = in(Duration.ofMillis(20));
        answers.await(at);
        assertThat(System.nanoTime() - at).isNotNegative();
        assertThat(answers.waiting()).isZero();
    }

    @Test
    void theMoreWaitTheLongerEachDoes() throws InterruptedException {
        var answers = new LateAnswers(3, Duration.ofMillis(100));
        var begin = System.nanoTime();
        var first = Thread.ofVirtual().start(() -> answers.await(in(HOUR)));
        while (answers.waiting() < 1) Thread.onSpinWait();
        answers.await(in(HOUR));
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isGreaterThanOrEqualTo(Duration.ofMillis(200));
        first.join();
    }

    /// It would take an hour.
    @Test
    void onlySoManyWait() throws InterruptedException {
        var answers = places(1);
        var one = waiting(answers);
        answers.await(in(HOUR));
        assertThat(one.isAlive()).isTrue();
        interrupt(one);
        assertThat(answers.waiting()).isZero();
    }

    /// It would take an hour.
    @Test
    void nobodyWaitsWhenTheServerStops() {
        var answers = places(1);
        answers.close();
        answers.await(in(HOUR));
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
                                    answers.await(in(HOUR));
                                    interrupted[0] = Thread.currentThread().isInterrupted();
                                });
        while (answers.waiting() == 0) Thread.onSpinWait();
        interrupt(one);
        assertThat(interrupted[0]).isTrue();
    }
}
