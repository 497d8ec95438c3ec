package segue.server.http;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/// Where connections wait whose clients were told to come back later and asked again at once: the
/// more they are, the longer each waits for its next refusal, so that all of them together are
/// refused no more often than costs little. A refusal costs nearly as much as a small answer, so
/// without this whoever doesn't listen would take the processor from those who were let in (promise
/// P6).
final class LateAnswers {
    /// Those whose turn comes within it are woken together, which costs less.
    private static final long TICK = 5_000_000;

    private final int most;
    private final long apart;
    private final Semaphore places;
    private volatile boolean closed;

    /// @param most so many wait at once; whoever finds no place is answered at once, since each
    ///   that waits keeps a connection, which others may need
    /// @param apart the answers, on average
    LateAnswers(int most, Duration apart) {
        this.most = most;
        this.apart = apart.toNanos();
        this.places = new Semaphore(most);
    }

    /// How late a refusal may be at most, in nanoseconds: not at all for who waited as long as
    /// told, and otherwise as long after that time as a client is told to wait.
    ///
    /// @param until when the client was told to come back, as [System#nanoTime]
    /// @param now the same clock
    static long mostFor(long until, long now) {
        var early = until - now;
        return early > 0 ? early + Lane.RETRY_AFTER.toNanos() : 0;
    }

    /// Waits for a turn, if there is a place to wait. An interrupt ends it, and stays set.
    ///
    /// @param nanos at most, but for five thousandths of a second; for none there is no wait
    void await(long nanos) {
        if (nanos == 0 || closed || !places.tryAcquire()) return;
        try {
            var turn = System.nanoTime() + Math.min(nanos, waiting() * apart);
            var tick = turn + TICK - Math.floorMod(turn, TICK);
            Thread.sleep(Duration.ofNanos(tick - System.nanoTime()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            places.release();
        }
    }

    /// From now on nobody begins to wait.
    void close() {
        closed = true;
    }

    /// How many wait now.
    int waiting() {
        return most - places.availablePermits();
    }
}
