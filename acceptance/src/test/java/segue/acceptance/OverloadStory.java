package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.demo.story.World;
import segue.demo.wire.Answer;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.DriverManager;
import java.util.Map;
import java.util.concurrent.Executors;

/// More is asked than there is room for (promise P6, THREATS T-53). Whoever is let in here waits
/// for a database that somebody else keeps to themselves.
class OverloadStory {
    private static final Map<String, String> JUNK =
            Map.of("grant_type", "refresh_token", "client_id", World.APP, "refresh_token", "junk");

    @Test
    void whoeverFindsNoRoomIsToldToComeBackAndNobodyElseIsHarmed() throws Exception {
        try (var world =
                        new World(
                                0, Map.of("limits.concurrent-requests", "1", "log.level", "warn"));
                var threads = Executors.newVirtualThreadPerTaskExecutor();
                var holder =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + world.folder().resolve("segue.db"));
                var statement = holder.createStatement()) {
            statement.execute("BEGIN EXCLUSIVE");
            var first = threads.submit(() -> refresh(world));
            while (metric(world, "under_way") < 1) Thread.onSpinWait();

            var refused = refresh(world);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().toString())
                    .isEqualTo(
                            "{\"error\":\"temporarily_unavailable\","
                                    + "\"error_description\":\"Try again.\"}");
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(get(world, "health/live").statusCode()).isEqualTo(200);
            assertThat(get(world, ".well-known/jwks.json").statusCode()).isEqualTo(200);
            assertThat(get(world, ".well-known/openid-configuration").statusCode()).isEqualTo(200);
            assertThat(get(world, "api/v2/clients").statusCode()).isEqualTo(401);
            assertThat(metric(world, "refused_total")).isEqualTo(1);
            assertThat(metric(world, "admitted_total")).isEqualTo(1);

            statement.execute("ROLLBACK");
            assertThat(first.get().status()).isIn(403, 503);
            while (metric(world, "under_way") > 0) Thread.onSpinWait();
            assertThat(refresh(world).status()).isEqualTo(403);
        }
    }

    private static Answer refresh(World world) {
        var token = world.issuer().resolve("oauth/token");
        return world.wire("127.0.0.1").postForm(token, JUNK, Map.of());
    }

    /// Of the protocol's lane.
    private static double metric(World world, String name) {
        var prefix = "segue_admission_%s{lane=\"protocol\"} ".formatted(name);
        return get(world, "metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(prefix))
                .mapToDouble(line -> Double.parseDouble(line.substring(prefix.length())))
                .sum();
    }

    private static HttpResponse<String> get(World world, String path) {
        return world.wire("127.0.0.1").send(HttpRequest.newBuilder(world.issuer().resolve(path)));
    }
}
