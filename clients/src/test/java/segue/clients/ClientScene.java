package segue.clients;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.net.http.HttpRequest;
import java.util.Map;
import java.util.Optional;

/// A running server with the demo tenant that speaks TLS and is trusted by this JVM. The JVM reads
/// its trust store once, so that each story has one of its own (see the module's pom).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ClientScene {
    static final String HERE = "127.0.0.1";

    private Optional<World> running = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        var settings =
                Map.of(
                        "log.level",
                        "warn",
                        "server.tls.mode",
                        "dev",
                        // Where a client of this machine hears of a logout.
                        "outbound.allowed-private",
                        "127.0.0.1/32");
        running = Optional.of(new World(0, settings));
        Wire.trustInThisProcess(world().caFile().orElseThrow());
    }

    @AfterAll
    void stop() {
        world().close();
    }

    World world() {
        return running.orElseThrow();
    }

    BrowserJar browser() {
        return world().browser(HERE);
    }

    /// An access token for the Management API.
    String managementToken() {
        var wire = world().wire(HERE);
        var token = world().issuer().resolve("oauth/token");
        return wire.postForm(token, world().managementTokenRequest(), Map.of())
                .text("access_token");
    }

    /// Changes a client by the Management API.
    void changeClient(String id, String body) {
        var request =
                HttpRequest.newBuilder(world().issuer().resolve("api/v2/clients/" + id))
                        .header("Authorization", "Bearer " + managementToken())
                        .header("Content-Type", "application/json")
                        .method("PATCH", HttpRequest.BodyPublishers.ofString(body));
        var response = world().wire(HERE).send(request);
        if (response.statusCode() != 200) throw new AssertionError(response.body());
    }

    /// Ada's phone, signed in.
    Phone phone() {
        var phone = world().phone(HERE);
        var answer =
                phone.signIn(World.ADA, world().password(), "openid read:orders offline_access");
        if (!answer.isOk()) throw new AssertionError(answer);
        return phone;
    }
}
