package segue.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/// How far this node's clock is from the database's (THREATS R45.3). The database's decides what
/// has expired; ours stands in `iat` and `exp` of every JWT, which others read.
final class ClockWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ClockWatch.class);
    private static final Duration TOLERANCE = Duration.ofSeconds(1);

    private final Supplier<Instant> database;
    private final Clock node;
    private volatile Duration offset = Duration.ZERO;

    ClockWatch(Supplier<Instant> database, Clock node) {
        this.database = database;
        this.node = node;
    }

    /// Compares, and sounds the alarm.
    void look() {
        offset = Duration.between(database.get(), node.instant());
        if (isOff())
            LOG.error(
                    "this node's clock is {} ms ahead of the database's: set it, or its tokens are"
                            + " refused",
                    offset.toMillis());
    }

    /// Whether the last look found more than one second.
    boolean isOff() {
        return offset.abs().compareTo(TOLERANCE) > 0;
    }

    /// How far ahead of the database's clock ours was at the last look, for a gauge.
    double seconds() {
        return offset.toMillis() / 1000.0;
    }
}
