package segue.storage;

import java.time.Duration;
import java.time.Instant;

/// Something was tried too often, and may be tried again.
///
/// @param limit how often it may be tried in a while
/// @param now by the database's clock
/// @param until when it may be tried again
public record Backoff(int limit, Instant now, Instant until) {

    /// How long that is, in seconds, at least one: the value of `Retry-After`.
    public long seconds() {
        return Math.max(1, Math.ceilDiv(Duration.between(now, until).toMillis(), 1000L));
    }
}
