package segue.server.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/// How many may be worked on at once: in an overload, as many as don't make each other wait too
/// long. It knows how long each kind of request takes when hardly any other is there, and compares:
/// when requests take several times as long it lets fewer in, and otherwise more. While there is
/// too much to do nobody is alone, so now and then it lets hardly anybody in for a moment, to
/// measure that again.
///
/// A fixed limit would be wrong for every machine but one, and so would a fixed time that requests
/// may take.
final class AdaptiveLimit {
    /// How many times as long as alone requests may take, on average, so that the slowest hundredth
    /// takes about three times as long as its like (promise P6): alone it takes much longer than
    /// the average, too. Past it more at once do hardly more in a second anyway.
    private static final double MOST_STRETCH = 6;

    private static final long WINDOW = 100_000_000;
    private static final int ENOUGH = 20;

    /// How old the knowledge may be of how long requests take alone.
    private static final long FRESH = 10_000_000_000L;

    /// How much one measurement changes that knowledge.
    private static final double WEIGHT = 0.1;

    private final int few;
    private final int least;
    private final int most;
    private final LongSupplier clock;

    // By kind, in nanoseconds.
    private final Map<String, Double> alone = new HashMap<>();
    private long lastAlone;
    private int in;
    private double limit;
    private boolean isProbing;
    private long admitted;
    private long refused;

    // Since the window began.
    private long began;
    private int count;
    private int peak;
    private long refusedBefore;
    private double took;
    private double wouldTake;

    /// @param few so many at once don't wait for each other
    /// @param least never fewer than these are let in, however slow it gets
    /// @param most never more, however quick
    /// @param clock as [System#nanoTime]
    AdaptiveLimit(int few, int least, int most, LongSupplier clock) {
        this.few = Math.min(few, most);
        this.least = Math.min(least, most);
        this.most = most;
        this.clock = clock;
        this.limit = most;
        this.began = clock.getAsLong();
        this.lastAlone = began - FRESH;
    }

    /// One that was let in.
    ///
    /// @param isAlone whether hardly any other was there
    record Entry(long at, boolean isAlone) {}

    /// Whether nobody would be let in now. Whoever isn't let in for it is counted.
    synchronized boolean isFull() {
        var isFull = in >= limit();
        if (isFull) refused++;
        return isFull;
    }

    /// Lets one in, who must [#leave] or [#leaveEarly]; empty if there is no room.
    synchronized Optional<Entry> enter() {
        if (isFull()) return Optional.empty();
        in++;
        admitted++;
        peak = Math.max(peak, in);
        return Optional.of(new Entry(clock.getAsLong(), in <= few));
    }

    /// One has left before the work was done, which tells nothing about time.
    synchronized void leaveEarly() {
        in--;
    }

    /// One has left whose work is done.
    ///
    /// @param kind a word with few values; requests of a kind take about as long as each other
    synchronized void leave(Entry entry, String kind) {
        var now = clock.getAsLong();
        var nanos = (double) (now - entry.at());
        if (entry.isAlone() && in <= few) {
            alone.merge(kind, nanos, (before, it) -> before + WEIGHT * (it - before));
            lastAlone = now;
        }
        in--;
        took += nanos;
        wouldTake += alone.getOrDefault(kind, nanos);
        count++;
        // A probe keeps everybody else out, so one that was alone is enough.
        if (now - began >= WINDOW && (isProbing || count >= ENOUGH)) turn(now);
    }

    private void turn(long now) {
        // What was let in before a probe left during it.
        if (!isProbing) adapt();
        isProbing = refused > refusedBefore && now - lastAlone > FRESH;
        began = now;
        count = 0;
        peak = in;
        refusedBefore = refused;
        took = 0;
        wouldTake = 0;
    }

    private void adapt() {
        var stretch = took / wouldTake;
        limit =
                stretch > MOST_STRETCH && peak > least && isTooMuch()
                        ? Math.min(limit, peak) * MOST_STRETCH / stretch
                        : limit + Math.max(1, limit / 8);
        limit = Math.clamp(limit, least, most);
    }

    /// Half of the most are a burst, or clients who wait for their answers: slower for a moment
    /// serves them better than no. More, or more than can be let in, is an overload.
    private boolean isTooMuch() {
        return peak > most / 2 || refused > refusedBefore;
    }

    /// How many may be in at once now.
    synchronized int limit() {
        return isProbing ? few : (int) limit;
    }

    /// How many are in.
    synchronized int in() {
        return in;
    }

    /// How many have been let in so far.
    synchronized long admitted() {
        return admitted;
    }

    /// How many have not.
    synchronized long refused() {
        return refused;
    }
}
