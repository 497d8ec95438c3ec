package segue.faults.agent;

import java.time.Instant;

/// By how much the clocks are wrong. It is on the boot class path, where the clocks are.
public final class ClockShift {
    /// Set by the agent.
    public static volatile long millis = 0;

    private ClockShift() {}

    /// What a clock says instead.
    public static long shifted(long time) {
        return time + millis;
    }

    /// What a clock says instead.
    public static Instant shifted(Instant time) {
        return time.plusMillis(millis);
    }
}
