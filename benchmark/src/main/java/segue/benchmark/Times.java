package segue.benchmark;

import java.util.Arrays;

/// How long something took, each time.
///
/// @param nanos at least one
record Times(long[] nanos) {
    Times {
        if (nanos.length == 0) throw new IllegalArgumentException("nothing was measured");
        nanos = nanos.clone();
        Arrays.sort(nanos);
    }

    double medianMillis() {
        return millis(0.5);
    }

    double p95Millis() {
        return millis(0.95);
    }

    /// The nearest rank: a time that was measured, and none in between.
    private double millis(double share) {
        var rank = (int) Math.ceil(share * nanos.length);
        return nanos[rank - 1] / 1e6;
    }
}
