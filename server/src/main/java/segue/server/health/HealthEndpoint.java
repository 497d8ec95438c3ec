package segue.server.health;

import segue.server.http.Request;
import segue.server.http.Response;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/// Alive: the process answers. Started: it has been ready once. Ready: the database can be reached,
/// and nobody has asked us to stop.
public final class HealthEndpoint {
    private static final Duration ATTENTION = Duration.ofMinutes(1);

    private final BooleanSupplier database;
    private final AtomicBoolean draining = new AtomicBoolean();
    // System.nanoTime().
    private final AtomicLong asked = new AtomicLong(System.nanoTime() - ATTENTION.toNanos());

    /// @param database whether it can be reached now
    public HealthEndpoint(BooleanSupplier database) {
        this.database = database;
    }

    /// From now on we are not ready.
    public void drain() {
        draining.set(true);
    }

    /// Whether somebody looks at `/health/ready`, and so must see that we stop before we do.
    public boolean isWatched() {
        return System.nanoTime() - asked.get() < ATTENTION.toNanos();
    }

    /// `/health/live`.
    public Response live(Request request) {
        return answer(true);
    }

    /// `/health/started`: routes exist only after the migrations are done.
    public Response started(Request request) {
        return answer(true);
    }

    /// `/health/ready`.
    public Response ready(Request request) {
        asked.set(System.nanoTime());
        return answer(!draining.get() && database.getAsBoolean());
    }

    private static Response answer(boolean isUp) {
        return Response.json(
                isUp ? 200 : 503, isUp ? "{\"status\":\"UP\"}" : "{\"status\":\"DOWN\"}");
    }
}
