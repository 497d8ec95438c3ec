package segue.server.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/// How many may be worked on at once: in an overload, as many as keep promise P6, by which the
/// slowest hundredth takes at most three times as long as without load. It knows how long each kind
/// of request takes when hardly any other is there, and how much longer than that the slowest
/// hundredth takes in calm, and compares: the more are slower than they may, the fewer it lets in,
/// and otherwise more. While there is too much to do nobody is alone, so now and then it lets
/// hardly anybody in for a moment, to measure that again.
///
/// A fixed limit would be wrong for every machine but one, and so would a fixed time that requests
/// may take.
final class AdaptiveLimit {
    /// A request that takes more times as long as the slowest hundredth in calm is slow, if it
    /// takes more times as long as its like do alone, too. Three are promised, the onset of an
    /// overload included, which is beyond it; and what is known of calm is of its slowest time.
    private static final double MOST_STRETCH = 1.6;

    /// The share that may be slow.
    private static final double SLOWEST = 0.01;

    /// How many times as long as the average the slowest hundredth takes in calm, until that is
    /// learnt.
    private static final double USUAL_TAIL = 4;

    /// Less is what nothing ever disturbs, which the next pause makes untrue; and after more,
    /// something has gone wrong that is no measure for what may.
    private static final double LEAST_TAIL = 3;

    private static final double MOST_TAIL = 6;

    /// How much one request changes that knowledge.
    private static final double WEIGHT_OF_TAIL = 0.02;

    /// How much of itself the limit grows by in a window in which none is slow. It loses as much
    /// for each such share beyond the one that may be.
    private static final double STEP = 0.04;

    /// What it loses at most in a window in which some are slow; one pause makes all slow that are
    /// in.
    private static final double MOST_LOSS = 0.25;

    private static final long WINDOW = 100_000_000;
    private static final int ENOUGH = 20;

    /// How old the knowledge may be of how long requests take alone.
    private static final long FRESH = 10_000_000_000L;

    /// The average of so many is what is known of calm: one pause of a tenth of a second mustn't
    /// let in half as many again.
    private static final int MOST_TIMES = 100;

    /// How soon it is forgotten that calm was slower. A processor that is never idle is quicker
    /// with each request, and what is promised is a comparison with one that is.
    private static final double MEMORY = 300_000_000_000.0;

    /// How much one measurement changes what is known of an overload.
    private static final double WEIGHT = 0.1;

    /// That is of few requests. Until it is so many times as much as in calm that may be chance, by
    /// which the limit would rise.
    private static final double CHANCE = 2;

    /// When nobody was kept out for so long the overload is over: those who were told to come back
    /// after a second have been there.
    private static final long OVER = 2_000_000_000L;

    private final int few;
    private final int least;
    private final int most;
    private final LongSupplier clock;

    private final Map<String, Alone> alone = new HashMap<>();
    private double tail = USUAL_TAIL;
    private long lastAlone;
    private long lastOverload;
    private long lastFlood;
    private int in;
    private double limit;

    /// How long the average request of the last window takes alone.
    private double ordinary;

    private boolean isProbing;
    private long admitted;
    private long refused;

    // Since the window began.
    private long began;
    private int count;
    private int peak;
    private long refusedBefore;
    private int slow;
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
        this.lastOverload = began - OVER;
        this.lastFlood = began - 1;
    }

    /// One that was let in.
    ///
    /// @param isAlone whether hardly any other was there
    record Entry(long at, boolean isAlone) {}

    /// Whether nobody would be let in now. Whoever isn't let in for it is counted.
    synchronized boolean isFull() {
        if (in < limit()) return false;
        var now = clock.getAsLong();
        forgetOverload(now);
        if (in < limit()) return false;
        lastOverload = now;
        refused++;
        return true;
    }

    /// Few requests in a quiet time after an overload would take long to raise the limit, and a
    /// burst that came meanwhile would be refused for what is over.
    private void forgetOverload(long now) {
        if (now - lastOverload >= OVER) limit = most;
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
        forgetOverload(now);
        var nanos = (double) (now - entry.at());
        if (entry.isAlone() && in <= few) {
            learn(kind, nanos, now);
            lastAlone = now;
        }
        var usual = usual(kind, nanos);
        if (ordinary == 0) ordinary = usual;
        if (limit == most && peak <= least) learnTail(nanos / ordinary);
        in--;
        // What is left of a flood says nothing of how it goes with fewer.
        if (entry.at() <= lastFlood) return;
        took += nanos;
        wouldTake += usual;
        // Behind what takes long the quick take as long as the others, in calm and otherwise.
        if (nanos > Math.max(usual, tail * ordinary) * MOST_STRETCH) slow++;
        count++;
        // A probe keeps everybody else out, so one that was alone is enough.
        if (now - began >= WINDOW && (isProbing || count >= ENOUGH)) turn(now);
    }

    /// How long a request of a kind takes alone, on average, in nanoseconds.
    ///
    /// @param calm while nobody was kept out, as far as it isn't forgotten
    /// @param average the same, of the last ones
    /// @param times how many these are
    /// @param busy since somebody was, which is more when everything has become slower
    /// @param at when that was learnt
    private record Alone(double calm, double average, int times, double busy, long at) {
        /// After one that was alone while nobody was kept out.
        Alone calmer(double nanos, long now) {
            var more = Math.min(times + 1, MOST_TIMES);
            var newer = learnt(average, nanos, 1.0 / more);
            var slowest = more < MOST_TIMES ? newer : Math.max(remembered(now), newer);
            return new Alone(slowest, newer, more, slowest, now);
        }

        /// After one that was alone because everybody else was kept out.
        Alone busier(double nanos, long now) {
            return new Alone(
                    remembered(now),
                    learnt(average, nanos, forgotten(now)),
                    times,
                    learnt(busy, nanos, WEIGHT),
                    now);
        }

        private double remembered(long now) {
            return calm + forgotten(now) * (average - calm);
        }

        private double forgotten(long now) {
            return Math.min(1, (now - at) / MEMORY);
        }

        /// A moving average, for which a pause counts no more than the slowest do.
        private static double learnt(double known, double nanos, double weight) {
            return known + weight * (Math.min(nanos, known * MOST_TAIL) - known);
        }
    }

    private void learn(String kind, double nanos, long now) {
        var known = alone.getOrDefault(kind, new Alone(nanos, nanos, 0, nanos, now));
        alone.put(kind, limit < most ? known.busier(nanos, now) : known.calmer(nanos, now));
    }

    /// Comes to rest where one in a hundred is beyond it.
    ///
    /// @param stretch how many times as long as the average one took
    private void learnTail(double stretch) {
        var change = stretch > tail ? 1 - SLOWEST : -SLOWEST;
        tail = Math.clamp(tail * (1 + WEIGHT_OF_TAIL * change), LEAST_TAIL, MOST_TAIL);
    }

    private double usual(String kind, double unknown) {
        var it = alone.getOrDefault(kind, new Alone(unknown, unknown, 0, unknown, 0));
        return Math.max(it.calm(), it.busy() / CHANCE);
    }

    private void turn(long now) {
        // What was let in before a probe left during it.
        if (!isProbing) {
            adapt(now);
            ordinary = wouldTake / count;
        }
        isProbing = refused > refusedBefore && now - lastAlone > FRESH;
        began = now;
        count = 0;
        peak = in;
        refusedBefore = refused;
        slow = 0;
        took = 0;
        wouldTake = 0;
    }

    private void adapt(long now) {
        var adapted = Math.clamp(adapted(now), least, most);
        if (adapted < limit) lastOverload = now;
        limit = adapted;
    }

    private double adapted(long now) {
        if (peak <= least || !isTooMuch()) return limit * (1 + STEP);
        var effective = Math.min(limit, peak);
        // Far too many, as at the begin of an overload.
        var bearable = MOST_STRETCH * tail;
        var stretch = took / wouldTake;
        if (stretch > bearable) {
            lastFlood = now;
            return effective * bearable / 2 / stretch;
        }
        var share = (double) slow / count;
        var change = STEP * (1 - share / SLOWEST);
        return change > 0 ? limit * (1 + change) : effective * (1 + Math.max(-MOST_LOSS, change));
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
