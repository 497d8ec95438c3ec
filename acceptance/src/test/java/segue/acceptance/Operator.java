package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.UUID;

/// Someone with the bootstrap client: calls the Management API as a machine does.
final class Operator {
    static final String PASSWORD = "correct horse battery staple";
    private static final JsonMapper JSON = new JsonMapper();

    private final Wire wire;
    private final URI issuer;
    private final String token;

    Operator(World world) throws IOException {
        this(
                world.wire(world.here()),
                world.issuer(),
                JSON.readTree(Files.readString(world.folder().resolve("bootstrap-client.json"))));
    }

    private Operator(Wire wire, URI issuer, JsonNode credentials) {
        this(
                wire,
                issuer,
                credentials.path("client_id").asString(),
                credentials.path("client_secret").asString());
    }

    Operator(Wire wire, URI issuer, String clientId, String clientSecret) {
        this.wire = wire;
        this.issuer = issuer;
        var answer =
                wire.postForm(
                        issuer.resolve("oauth/token"),
                        Map.of(
                                "grant_type",
                                "client_credentials",
                                "client_id",
                                clientId,
                                "client_secret",
                                clientSecret,
                                "audience",
                                issuer + "api/v2/"),
                        Map.of());
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        this.token = answer.text("access_token");
    }

    String token() {
        return token;
    }

    Answer call(String method, String path, String body) {
        var request =
                HttpRequest.newBuilder(issuer.resolve("api/v2/" + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body));
        return Wire.answer(wire.send(request));
    }

    Answer get(String path) {
        return wire.get(issuer.resolve("api/v2/" + path), token);
    }

    JsonNode patchClient(String id, String body) {
        var answer = call("PATCH", "clients/" + id, body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer.json();
    }

    /// Creates a user and returns their e-mail address.
    String createUser() {
        var email = UUID.randomUUID() + "@example.org";
        var body =
                JSON.createObjectNode()
                        .put("connection", "Username-Password-Authentication")
                        .put("email", email)
                        .put("password", PASSWORD);
        var answer = call("POST", "users", body.toString());
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return email;
    }

    /// The newest events that a query finds.
    JsonNode log(String query) {
        var answer = get("logs?q=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer.json();
    }

    String newestWarning() {
        return log("type:w").path(0).path("description").asString("");
    }
}
