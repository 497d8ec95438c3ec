package segue.faults;

import segue.benchmark.Connection;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/// What the server still does while its database is away (promise P5).
final class Outage {
    private static final List<String> WITHOUT_DATABASE =
            List.of("/.well-known/jwks.json", "/.well-known/openid-configuration", "/health/live");

    private Outage() {}

    /// Lasts, and sees that what needs no database is served.
    static void last(URI issuer, Duration duration) throws IOException, InterruptedException {
        var end = System.nanoTime() + duration.toNanos();
        try (var connection = new Connection(issuer)) {
            do {
                for (var path : WITHOUT_DATABASE) {
                    var status = connection.get(path, "").status();
                    if (status != 200)
                        throw new IllegalStateException(path + " was answered " + status);
                }
                Thread.sleep(50);
            } while (System.nanoTime() < end);
        }
    }

    /// How long the slowest client waited for its 503.
    static Duration slowestRefusal(List<Operation> history) {
        return Duration.ofNanos(
                history.stream()
                        .filter(it -> it.outcome() instanceof Outcome.Unavailable)
                        .mapToLong(it -> it.end() - it.start())
                        .max()
                        .orElse(0));
    }
}
