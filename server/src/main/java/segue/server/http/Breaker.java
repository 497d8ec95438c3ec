package segue.server.http;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.function.LongSupplier;

/// Leaves peers alone that don't answer, so that a dead one takes up nobody else's time (THREATS
/// R43.3). When its pause is over everything is let through again: a peer that came back hears all
/// at once, and one that didn't is left alone at the first sign of it.
final class Breaker {
    /// How many failures in a row are enough.
    static final int ENOUGH = 3;

    static final Duration PAUSE = Duration.ofSeconds(30);

    /// How many peers are remembered; of more, those that have been silent for longest are
    /// forgotten.
    static final int MOST = 1000;

    private static final Silence NONE = new Silence(0, 0);

    private final LongSupplier nanos;
    private final LinkedHashMap<String, Silence> silent = new LinkedHashMap<>();

    /// @param nanos a monotonic clock
    Breaker(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// A peer that didn't answer.
    ///
    /// @param times in a row
    /// @param last when it was noticed, by the monotonic clock
    private record Silence(int times, long last) {}

    /// Whether the peer is left alone for now.
    synchronized boolean isOpen(String peer) {
        var silence = silent.getOrDefault(peer, NONE);
        return silence.times() >= ENOUGH && nanos.getAsLong() - silence.last() < PAUSE.toNanos();
    }

    synchronized void wasSilent(String peer) {
        var times = silent.getOrDefault(peer, NONE).times() + 1;
        silent.remove(peer);
        if (silent.size() >= MOST) silent.pollFirstEntry();
        silent.put(peer, new Silence(times, nanos.getAsLong()));
    }

    synchronized void answered(String peer) {
        silent.remove(peer);
    }
}
