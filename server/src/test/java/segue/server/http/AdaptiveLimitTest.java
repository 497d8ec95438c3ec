package segue.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.Deque;

/// A machine that works on so many at once, and with more on each the slower, in a time of its own.
class AdaptiveLimitTest {
    private static final long MILLI = 1_000_000;
    private static final String KIND = "refresh";

    private long now;
    private int width = 1;
    private final AdaptiveLimit limit = new AdaptiveLimit(1, 4, 64, () -> now);
    private final Deque<AdaptiveLimit.Entry> in = new ArrayDeque<>();

    /// @param asked how many wait at the door whenever there is room
    /// @param alone how long one takes alone
    private void work(int asked, long alone, long duration) {
        for (var end = now + duration; now < end; ) {
            while (in.size() < asked) {
                var entry = limit.enter();
                if (entry.isEmpty()) break;
                in.addLast(entry.get());
            }
            now += alone / Math.min(in.size(), width);
            limit.leave(in.removeFirst(), KIND);
        }
    }

    @Test
    void whoIsAloneIsLetInHoweverLongItTakes() {
        work(1, 500 * MILLI, 100_000 * MILLI);
        assertThat(limit.refused()).isZero();
        assertThat(limit.limit()).isEqualTo(64);
    }

    @Test
    void fewAreNeverRefused() {
        work(4, MILLI, 10_000 * MILLI);
        assertThat(limit.refused()).isZero();
    }

    /// Clients that don't come again before they have their answers are no overload.
    @Test
    void aBurstIsLetInThoughItMakesEachOtherWait() {
        work(1, MILLI, 1_000 * MILLI);
        work(32, MILLI, 60_000 * MILLI);
        assertThat(limit.refused()).isZero();
    }

    /// A database that is slow for a while is no reason to refuse the burst after it.
    @Test
    void fewThatAreSlowKeepNobodyOut() {
        work(1, MILLI, 1_000 * MILLI);
        work(4, 100 * MILLI, 10_000 * MILLI);
        assertThat(limit.limit()).isEqualTo(64);
    }

    @Test
    void noMoreAreLetInThanMakeEachOtherWaitALittle() {
        work(1, MILLI, 1_000 * MILLI);
        work(1_000, MILLI, 60_000 * MILLI);
        assertThat(in).hasSizeLessThanOrEqualTo(8);
        assertThat(limit.refused()).isPositive();
    }

    @Test
    void howLongOneTakesAloneIsLearntUnderLoadToo() {
        width = 5;
        work(1, MILLI, 1_000 * MILLI);
        work(1_000, MILLI, 30_000 * MILLI);
        assertThat(in).hasSizeBetween(5, 36);
        // Everything takes longer from now on, alone too: that mustn't keep anybody out.
        work(1_000, 40 * MILLI, 60_000 * MILLI);
        assertThat(in).hasSizeBetween(5, 36);
    }

    @Test
    void learningItCostsLittleHoweverLongRequestsTake() {
        width = 10;
        work(1, 200 * MILLI, 10_000 * MILLI);
        var before = limit.admitted();
        work(1_000, 200 * MILLI, 600_000 * MILLI);
        var most = 600_000 / 200 * width;
        assertThat(limit.admitted() - before).isGreaterThan(most * 85L / 100);
    }

    @Test
    void asManyAsBeforeAreLetInWhenTheLoadHasEnded() {
        work(1_000, MILLI, 60_000 * MILLI);
        work(1, MILLI, 5_000 * MILLI);
        assertThat(limit.limit()).isEqualTo(64);
    }

    @Test
    void whoLeavesEarlyMakesRoomAndTellsNothing() {
        work(1, MILLI, 1_000 * MILLI);
        for (var i = 0; i < 1_000; i++) {
            assertThat(limit.enter()).isPresent();
            now += 1_000 * MILLI;
            limit.leaveEarly();
        }
        assertThat(limit.limit()).isEqualTo(64);
        assertThat(limit.in()).isZero();
    }
}
