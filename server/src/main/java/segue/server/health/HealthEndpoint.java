package segue.server.health;

import segue.server.http.Request;
import segue.server.http.Response;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/// Alive: the process answers. Started: it has been ready once. Ready: the database can be reached,
/// and nobody has asked us to stop.
public final class HealthEndpoint {
    private final BooleanSupplier database;
    private final AtomicBoolean draining = new AtomicBoolean();

    /// @param database whether it can be reached now
    public HealthEndpoint(BooleanSupplier database) {
        this.database = database;
    }

    /// From now on we are not ready.
    public void drain() {
        draining.set(true);
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
        return answer(!draining.get() && database.getAsBoolean());
    }

    private static Response answer(boolean isUp) {
        return Response.json(
                isUp ? 200 : 503, isUp ? "{\"status\":\"UP\"}" : "{\"status\":\"DOWN\"}");
    }
}
