package segue.storage;

import segue.storage.jdbc.Database;
import segue.storage.jdbc.ExpiredTable;

import java.time.Duration;
import java.util.Optional;

/// Forgets what ended long ago. Until then ended things are kept as tombstones, so that a late
/// replay is still recognised and an operator can still look.
public final class Retention {
    /// Contract actions §6.
    private static final Duration EXECUTIONS = Duration.ofDays(10);

    private final Database database;

    public Retention(Database database) {
        this.database = database;
    }

    /// Deletes in small steps, so that nobody waits long; nodes may do it at the same time.
    ///
    /// @param ended how long sessions, tokens and codes are remembered after their end
    /// @param logs how long the tenant log is kept
    /// @return how many rows were deleted
    public long forget(Duration ended, Duration logs) {
        var deleted = 0L;
        for (var table : ExpiredTable.values()) {
            var age =
                    switch (table.kind()) {
                        case ENDED -> ended;
                        case EXECUTION -> EXECUTIONS;
                        case LOG -> logs;
                        case FLEETING -> Duration.ofDays(1);
                        case SPENT -> Duration.ZERO;
                    };
            deleted += forget(table, age);
        }
        return deleted;
    }

    private long forget(ExpiredTable table, Duration age) {
        var then = database.time().minus(age);
        var deleted = 0L;
        var last = Optional.empty();
        while (true) {
            var after = last;
            // The search may be slow, so it doesn't hold up the one writer of SQLite.
            var piece = database.read(tx -> table.olderThan(tx, then, after));
            if (!piece.over().isEmpty()) {
                var step = database.inTransaction(tx -> table.delete(tx, piece.over(), then));
                // Another node is at it, or nothing would be found but what somebody holds.
                if (step == 0) return deleted;
                deleted += step;
            }
            if (piece.last().isEmpty()) return deleted;
            last = piece.last();
        }
    }
}
