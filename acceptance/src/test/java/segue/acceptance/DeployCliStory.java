package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.story.World;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/// `auth0-deploy-cli` 8.44.0: clients are exported to a file and imported from it (contract
/// sdk-calls §11).
class DeployCliStory extends BrowserScene {
    private static final String SHOP = "Analytical Goods (web)";
    private static final YAMLMapper YAML = new YAMLMapper();

    @TempDir private Path folder = Path.of("");

    DeployCliStory() {
        super(Map.of("server.tls.mode", "dev"));
    }

    private Map<String, String> credentials() {
        var machine = world().managementTokenRequest();
        return Map.of(
                "AUTH0_CLIENT_ID", machine.getOrDefault("client_id", ""),
                "AUTH0_CLIENT_SECRET", machine.getOrDefault("client_secret", ""));
    }

    private void run(Map<String, String> more, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("node_modules/.bin/a0deploy"));
        command.addAll(List.of(arguments));
        var environment = new HashMap<>(more);
        environment.put("AUTH0_DOMAIN", world().issuer().getAuthority());
        environment.put("AUTH0_INCLUDED_ONLY", "[\"clients\"]");
        var outcome = NodeApp.run(world(), command, environment);
        assertThat(outcome.exit()).as(outcome.output()).isZero();
    }

    private JsonNode exported(Map<String, String> credentials) throws Exception {
        run(credentials, "export", "--format=yaml", "--output_folder=" + folder);
        return YAML.readTree(folder.resolve("tenant.yaml").toFile());
    }

    private void imported(JsonNode tenant) throws Exception {
        var file = folder.resolve("changed.yaml");
        YAML.writeValue(file.toFile(), tenant);
        var environment = new HashMap<>(credentials());
        environment.put("AUTH0_ALLOW_DELETE", "true");
        run(environment, "import", "--input_file=" + file);
    }

    private static ObjectNode client(JsonNode tenant, String name) {
        return StreamSupport.stream(tenant.path("clients").spliterator(), false)
                .filter(it -> it.path("name").asString().equals(name))
                .map(ObjectNode.class::cast)
                .findFirst()
                .orElseThrow();
    }

    private JsonNode shop() {
        return operator().get("clients/" + World.SHOP).json();
    }

    @Test
    void itExportsClientsAsTheyAre() throws Exception {
        var shop = client(exported(credentials()), SHOP);
        assertThat(shop.path("session_transfer")).isEqualTo(shop().path("session_transfer"));
        assertThat(shop.path("callbacks")).isEqualTo(shop().path("callbacks"));
    }

    @Test
    void itTakesAnAccessToken() throws Exception {
        var tenant = exported(Map.of("AUTH0_ACCESS_TOKEN", operator().token()));
        assertThat(client(tenant, "Analytical Goods (app)").path("app_type").asString())
                .isEqualTo("native");
    }

    /// One import tells it all: each takes the tool a quarter of a minute of the processor.
    @Test
    void itImportsWhatIsNewOrChangedDeletesWhatIsGoneAndLeavesTheRestAlone() throws Exception {
        operator().call("POST", "clients", "{\"name\":\"Of yesterday\",\"app_type\":\"native\"}");
        var before = exported(credentials());
        var app = operator().get("clients/" + World.APP).json();
        var tenant = before.deepCopy();
        var transfer = (ObjectNode) client(tenant, SHOP).path("session_transfer");
        transfer.put("enforce_device_binding", "none");
        transfer.putObject("delegation")
                .put("allow_delegated_access", true)
                .put("enforce_device_binding", "ip");
        remove(tenant, "Of yesterday");
        var added =
                tenant.withArray("clients")
                        .addObject()
                        .put("name", "Of a file")
                        .put("app_type", "native");
        added.putObject("session_transfer").put("can_create_session_transfer_token", true);
        imported(tenant);

        assertThat(shop().path("session_transfer")).isEqualTo(transfer);
        assertThat(operator().get("clients/" + World.APP).json()).isEqualTo(app);
        var after = exported(credentials());
        assertThat(
                        client(after, "Of a file")
                                .path("session_transfer")
                                .path("can_create_session_transfer_token")
                                .asBoolean())
                .isTrue();
        remove(after, "Of a file");
        remove(tenant, "Of a file");
        assertThat(after).isEqualTo(tenant);
    }

    private static void remove(JsonNode tenant, String name) {
        var clients = tenant.withArray("clients");
        for (var i = clients.size() - 1; i >= 0; i--)
            if (clients.path(i).path("name").asString().equals(name)) clients.remove(i);
    }
}
