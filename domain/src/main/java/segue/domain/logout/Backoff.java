package segue.domain.logout;

import java.time.Duration;
import java.util.Optional;

/// When an undelivered logout token is tried again.
public final class Backoff {
    private Backoff() {}

    private static final Duration FIRST = Duration.ofSeconds(5);

    /// The most attempts; about an hour passes from the first to the last.
    public static final int ATTEMPTS = 10;

    /// How long to wait after an attempt that failed: 5 s, doubled each time; empty after the last.
    ///
    /// @param attempts how many there have been, at least 1
    public static Optional<Duration> after(int attempts) {
        if (attempts >= ATTEMPTS) return Optional.empty();
        return Optional.of(FIRST.multipliedBy(1L << (attempts - 1)));
    }
}
