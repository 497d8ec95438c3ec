package segue.storage;

import segue.storage.jdbc.Database;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/// Which edition of the configuration is in force, so that what was read of it can be remembered
/// until it changes. A change is in force at once on the node that made it, and within [#FRESHNESS]
/// on the others (docs/adr/0019). What is revoked is never remembered.
public final class Revision {
    /// How long an answer of the database is relied on.
    public static final Duration FRESHNESS = Duration.ofMillis(250);

    private final Database database;
    private final AtomicReference<Look> latest = new AtomicReference<>(Look.NEVER);

    /// A look at the database.
    ///
    /// @param at when it began, by [System#nanoTime]
    /// @param own how many changes this process had made by then
    private record Look(long revision, long at, long own) {
        static final Look NEVER = new Look(-1, 0, -1);

        boolean isFresh(long now, long ownByNow) {
            return own == ownByNow && now - at < FRESHNESS.toNanos();
        }

        Look later(Look other) {
            return own < 0 || other.at - at > 0 ? other : this;
        }
    }

    public Revision(Database database) {
        this.database = database;
    }

    /// Another number than before if anything has changed since.
    ///
    /// @throws segue.storage.jdbc.StorageUnavailable if it can't be known
    public long current() {
        var known = latest.get();
        var own = database.timesConfigured();
        var now = System.nanoTime();
        if (known.isFresh(now, own)) return known.revision;
        // Those who come here together all ask: that is a handful of small statements, four times
        // a second, and nobody waits for another one's.
        var seen = new Look(database.read(tx -> tx.configuration().revision()), now, own);
        return latest.accumulateAndGet(seen, Look::later).revision;
    }
}
