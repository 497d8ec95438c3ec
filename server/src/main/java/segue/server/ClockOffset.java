package segue.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import segue.storage.jdbc.Database;

import java.time.Clock;
import java.time.Duration;

/// How far this node's clock is from the database's (THREATS R45.3). The database's decides what
/// has expired; the node's stands in `iat` and `exp` of the tokens that others verify, so a node
/// that goes wrong must be noticed.
final class ClockOffset {
    private static final Logger LOG = LoggerFactory.getLogger(ClockOffset.class);
    private static final Duration ALARM = Duration.ofSeconds(1);

    private final Database database;
    private final Clock clock;
    private volatile Duration latest = Duration.ZERO;

    ClockOffset(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /// Asks the database. Positive if the node's clock is ahead.
    Duration measure() {
        var before = clock.instant();
        var there = database.time();
        var roundTrip = Duration.between(before, clock.instant());
        return Duration.between(there, before.plus(roundTrip.dividedBy(2)));
    }

    /// Measures, and says so in the log if it is more than a second.
    void look() {
        latest = measure();
        if (latest.abs().compareTo(ALARM) > 0)
            LOG.warn(
                    "this node's clock is {} ms {} the database's: the tokens it signs are dated"
                            + " wrongly",
                    latest.abs().toMillis(),
                    latest.isNegative() ? "behind" : "ahead of");
    }

    /// What the last look saw, in seconds, for the metrics.
    double seconds() {
        return latest.toMillis() / 1_000.0;
    }
}
