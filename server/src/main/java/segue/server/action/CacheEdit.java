package segue.server.action;

import java.time.Instant;

/// A change of what a trigger's Actions keep between their runs (contract actions §6).
sealed interface CacheEdit {
    /// Sets an entry.
    record Put(String key, String value, Instant expiresAt) implements CacheEdit {}

    /// Deletes an entry, if it is there.
    record Delete(String key) implements CacheEdit {}
}
