package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.story.World;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/// What hashing may take from everybody else (THREATS T-36). Somebody here has a hash that takes a
/// core about a second.
class PasswordLoadStory {
    private static final String SLOW = "slow@example.org";

    @TempDir private Path folder = Path.of("");

    private World world(Map<String, String> more) throws Exception {
        var tenant = folder.resolve("tenant.yaml");
        Files.writeString(
                tenant,
                """
                resourceServers:
                  - {name: Orders, identifier: "%s"}
                clients:
                  - {name: App, client_id: %s, app_type: native, token_endpoint_auth_method: none,
                     grant_types: ["http://auth0.com/oauth/grant-type/password-realm"]}
                users:
                  - email: %s
                    password_hash: "$2b$14$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
                """
                        .formatted(World.API, World.APP, SLOW));
        var settings = new HashMap<>(more);
        settings.put("log.level", "warn");
        settings.put("tenant-file", tenant.toString());
        settings.put("limits.password-hashes", "1");
        return new World(0, settings);
    }

    private static HttpResponse<String> signIn(World world, String address, String user) {
        return world.wire(address)
                .send(
                        HttpRequest.newBuilder(world.issuer().resolve("oauth/token"))
                                .header("Content-Type", "application/json")
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                """
                                                {"grant_type":"http://auth0.com/oauth/grant-type/password-realm",
                                                 "realm":"Username-Password-Authentication","client_id":"%s",
                                                 "username":"%s","password":"wrong"}
                                                """
                                                        .formatted(World.APP, user))));
    }

    private static long hashes(World world) {
        var request = HttpRequest.newBuilder(world.issuer().resolve("metrics"));
        return world.wire("127.0.0.1")
                .send(request)
                .body()
                .lines()
                .filter(line -> line.startsWith("segue_password_hashes "))
                .mapToLong(line -> (long) Double.parseDouble(line.split(" ", -1)[1]))
                .findFirst()
                .orElseThrow();
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) Thread.onSpinWait();
    }

    /// THREATS R36.4. Two connections, as few as there may be, one lane, and three who sign in: one
    /// hashes, two wait.
    @Test
    void hashingHoldsNoConnection() throws Exception {
        try (var postgres = new PostgresServer()) {
            var settings = new HashMap<>(postgres.settings());
            settings.put("database.pool-size", "2");
            settings.put("limits.password-wait", "120s");
            try (var world = world(settings);
                    var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                var before = hashes(world);
                var signIns = new ArrayList<Future<HttpResponse<String>>>();
                for (var i = 1; i <= 3; i++) {
                    var address = "127.0.0." + i;
                    signIns.add(threads.submit(() -> signIn(world, address, SLOW)));
                }
                await(() -> hashes(world) > before);
                for (var i = 0; i < 5; i++) {
                    var form = Map.of("client_id", World.APP, "token", "junk");
                    var revoke = world.issuer().resolve("oauth/revoke");
                    assertThat(world.wire("127.0.0.1").postForm(revoke, form, Map.of()).status())
                            .isEqualTo(200);
                }
                assertThat(signIns).noneMatch(Future::isDone);
                for (var signIn : signIns) assertThat(signIn.get().statusCode()).isEqualTo(403);
            }
        }
    }

    /// THREATS R36.1.
    @Test
    void whoWaitsTooLongForALaneIsToldToComeBackWhoeverTheyAre() throws Exception {
        try (var world = world(Map.of("limits.password-wait", "10ms"));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var before = hashes(world);
            var hashing = threads.submit(() -> signIn(world, "127.0.0.1", SLOW));
            await(() -> hashes(world) > before);
            var answers = new ArrayList<String>();
            for (var user : List.of(SLOW, "nobody@example.org")) {
                var answer = signIn(world, "127.0.0.2", user);
                assertThat(answer.statusCode()).isEqualTo(503);
                assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
                answers.add(answer.body());
            }
            assertThat(answers).allMatch(answers.getFirst()::equals);
            assertThat(hashing.get().statusCode()).isEqualTo(403);
            assertThat(hashes(world) - before).isEqualTo(1);
        }
    }
}
