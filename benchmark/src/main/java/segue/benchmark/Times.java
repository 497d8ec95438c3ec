package segue.benchmark;

import java.util.Arrays;
import java.util.List;

/// How long something took, each time.
///
/// @param nanos at least one
record Times(long[] nanos) {
    Times {
        if (nanos.length == 0) throw new IllegalArgumentException("nothing was measured");
        nanos = nanos.clone();
        Arrays.sort(nanos);
    }

    int count() {
        return nanos.length;
    }

    double medianMillis() {
        return millis(0.5);
    }

    double p95Millis() {
        return millis(0.95);
    }

    /// How far the distribution functions of both are apart at most, from 0 to 1 (Kolmogorov and
    /// Smirnov).
    double distance(Times other) {
        var most = 0.0;
        for (var at : List.of(nanos, other.nanos))
            for (var time : at) most = Math.max(most, Math.abs(share(time) - other.share(time)));
        return most;
    }

    /// Of the times that aren't longer.
    private double share(long time) {
        return (double) Arrays.stream(nanos).filter(it -> it <= time).count() / nanos.length;
    }

    /// The nearest rank: a time that was measured, and none in between.
    double millis(double share) {
        var rank = (int) Math.ceil(share * nanos.length);
        return nanos[rank - 1] / 1e6;
    }
}
