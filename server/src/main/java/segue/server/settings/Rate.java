package segue.server.settings;

import java.time.Duration;

/// So many in such a time.
///
/// @param count at least 1
/// @param per positive
public record Rate(int count, Duration per) {
    /// Refuses what would forbid everything.
    public Rate {
        if (count < 1) throw new IllegalArgumentException("a rate counts at least one");
        if (!per.isPositive()) throw new IllegalArgumentException("a rate needs a time");
    }
}
