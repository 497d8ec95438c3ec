package segue.server.oauth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import segue.server.http.Response;
import segue.server.settings.Rate;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/// Counts calls in windows of fixed length, for each caller (contract management-api §15,
/// authentication-api §1.2). A node counts its own calls only.
public final class RateLimit {
    private static final int CALLERS = 10_000;

    private final Rate rate;
    private final Clock clock;
    private final Cache<String, AtomicInteger> calls;

    public RateLimit(Rate rate, Clock clock) {
        this.rate = rate;
        this.clock = clock;
        this.calls =
                Caffeine.newBuilder()
                        .maximumSize(CALLERS)
                        .expireAfterWrite(rate.per().plus(Duration.ofMinutes(1)))
                        .build();
    }

    /// One call, counted.
    ///
    /// @param remaining calls in this window; negative if this one was too many
    /// @param reset when the next window begins, in seconds since 1970
    public record Counted(int limit, int remaining, long reset) {
        /// Whether this call is one too many.
        public boolean isTooMany() {
            return remaining < 0;
        }

        /// The answer with the headers that every answer has.
        public Response on(Response response) {
            return response.withHeader("X-RateLimit-Limit", Integer.toString(limit))
                    .withHeader("X-RateLimit-Remaining", Integer.toString(Math.max(0, remaining)))
                    .withHeader("X-RateLimit-Reset", Long.toString(reset));
        }
    }

    /// Counts one call.
    ///
    /// @param caller a client or a user, or an address for those who aren't known
    public Counted count(String caller) {
        var length = rate.per().toMillis();
        var window = clock.millis() / length;
        var used = calls.get(caller + "@" + window, _ -> new AtomicInteger()).incrementAndGet();
        var reset = Math.ceilDiv((window + 1) * length, 1000L);
        return new Counted(rate.count(), rate.count() - used, reset);
    }
}
