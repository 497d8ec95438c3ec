package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.shop.Shop;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import tools.jackson.databind.json.JsonMapper;

import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Every secret of a whole hand-off, and of what fails beside it, is looked for where it must not
/// be (invariants I7 and I8).
class SecretsStory {
    private static final String DATABASE_PASSWORD = "marked-database-password-52aa";
    private static final String MASTER_KEY = "a0b1c2d3e4f50617".repeat(4);

    private static final String CODE = "marked_action_code_d1f0()";

    @TempDir private Path folder = Path.of("");

    @Test
    void onSqliteNoSecretIsWhereItMustNotBe() throws Exception {
        var secrets = new LinkedHashMap<String, String>();
        var data = folder.resolve("data");
        var credentials = play(Map.of("data-dir", data.toString()), secrets, data);
        for (var file : files(data)) {
            var name = file.getFileName().toString();
            // Where two of them must be, for their owner only.
            if (name.equals("bootstrap-client.json") || name.equals("master.key")) continue;
            isNowhereIn(Files.readAllBytes(file), file.toString(), secrets);
        }
        assertThat(credentials).isNotEmpty();
    }

    @Test
    void onPostgresqlNoSecretIsWhereItMustNotBe() throws Exception {
        var secrets = new LinkedHashMap<String, String>();
        secrets.put("database password", DATABASE_PASSWORD);
        secrets.put("master key", MASTER_KEY);
        secrets.put("bootstrap secret", "marked-bootstrap-secret-of-more-than-32-characters");
        try (var postgres = EmbeddedPostgres.start()) {
            try (var connection = postgres.getPostgresDatabase().getConnection();
                    var statement = connection.createStatement()) {
                statement.execute(
                        "CREATE ROLE marked SUPERUSER LOGIN PASSWORD '" + DATABASE_PASSWORD + "'");
            }
            var shared = new LinkedHashMap<String, String>();
            shared.put("database.url", postgres.getJdbcUrl("marked", "postgres"));
            shared.put("database.user", "marked");
            shared.put("database.password", DATABASE_PASSWORD);
            shared.put("master-key", MASTER_KEY);
            shared.put("bootstrap.client-id", "bootstrapClientAAAAAAAAAAAAAAAAA");
            shared.put("bootstrap.client-secret", secrets.getOrDefault("bootstrap secret", ""));
            shared.put("data-dir", folder.resolve("data").toString());
            play(shared, secrets, folder.resolve("data"));
            var seen = 0;
            try (var connection = postgres.getPostgresDatabase().getConnection()) {
                for (var table : tables(connection))
                    try (var statement = connection.createStatement();
                            var rows =
                                    statement.executeQuery("SELECT t::text FROM " + table + " t")) {
                        while (rows.next()) {
                            seen++;
                            isNowhereIn(
                                    rows.getString(1).getBytes(StandardCharsets.UTF_8),
                                    table,
                                    secrets);
                        }
                    }
            }
            assertThat(seen).isGreaterThan(20);
        }
    }

    private static List<String> tables(Connection connection) throws SQLException {
        var names = new ArrayList<String>();
        try (var tables =
                connection.getMetaData().getTables(null, "public", "%", new String[] {"TABLE"})) {
            while (tables.next()) names.add(tables.getString("TABLE_NAME"));
        }
        return names;
    }

    /// In the clear, in Base64 and in hexadecimal, which is how PostgreSQL writes bytes.
    private static void isNowhereIn(byte[] place, String where, Map<String, String> secrets) {
        var text = new String(place, StandardCharsets.ISO_8859_1);
        secrets.forEach(
                (name, secret) -> {
                    var bytes = secret.getBytes(StandardCharsets.UTF_8);
                    assertThat(text.contains(secret)).as("%s in %s", name, where).isFalse();
                    assertThat(text.contains(HexFormat.of().formatHex(bytes)))
                            .as("%s in %s, in hexadecimal", name, where)
                            .isFalse();
                    assertThat(
                                    text.contains(
                                            Base64.getEncoder()
                                                    .withoutPadding()
                                                    .encodeToString(bytes)))
                            .as("%s in %s, in Base64", name, where)
                            .isFalse();
                });
    }

    /// Plays everything on a node of its own that logs all it can; looks at what it printed, at its
    /// metrics and its tenant log; and returns the credentials of the management client.
    private String play(Map<String, String> more, Map<String, String> secrets, Path data)
            throws Exception {
        secrets.put("password", "marked-password-9f31c7");
        secrets.put("client secret", "marked-client-secret-0b7d".repeat(2));
        secrets.put("action secret", "marked-action-secret-5e21");
        secrets.put("changed action secret", "marked-changed-action-secret-8c40");
        var tenant = folder.resolve("tenant.yaml");
        try (var shop = new Shop()) {
            Files.writeString(tenant, tenantFile(shop, secrets));
            var settings = new LinkedHashMap<>(more);
            settings.put("server.port", "0");
            settings.put("tenant-file", tenant.toString());
            settings.put("log.level", "debug");
            settings.put("log.access", "on");
            var wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
            String output;
            String metrics;
            String log;
            String credentials;
            try (var node = new Node(settings, folder)) {
                credentials = credentials(more, secrets, data);
                handOff(node.issuer(), shop, secrets);
                failures(wire, node.issuer(), secrets);
                metrics =
                        wire.send(HttpRequest.newBuilder(node.issuer().resolve("metrics"))).body();
                var parts = credentials.split(" ", 2);
                var operator = new Operator(wire, node.issuer(), parts[0], parts[1]);
                actions(operator, secrets);
                log = operator.get("logs?per_page=100").json().toString();
                secrets.put("management token", operator.token());
                assertThat(node.stop()).isEqualTo(0);
                output = node.output();
            }
            Files.delete(tenant);
            assertThat(metrics).contains("segue_http_requests");
            assertThat(output).contains("{\"log\":\"access\"");
            assertThat(log).contains("sertft");
            // Code is stored as it is, but not told.
            assertThat(output + metrics + log).doesNotContain(CODE);
            isNowhereIn(output.getBytes(StandardCharsets.UTF_8), "the log", secrets);
            isNowhereIn(metrics.getBytes(StandardCharsets.UTF_8), "the metrics", secrets);
            isNowhereIn(log.getBytes(StandardCharsets.UTF_8), "the tenant log", secrets);
            return credentials;
        }
    }

    private static String credentials(
            Map<String, String> settings, Map<String, String> secrets, Path data) throws Exception {
        var id = settings.get("bootstrap.client-id");
        if (id != null) return id + " " + settings.get("bootstrap.client-secret");
        var json =
                new JsonMapper().readTree(Files.readString(data.resolve("bootstrap-client.json")));
        var secret = json.path("client_secret").asString();
        secrets.put("bootstrap secret", secret);
        secrets.put("master key", Files.readString(data.resolve("master.key")).strip());
        return json.path("client_id").asString() + " " + secret;
    }

    /// An action of the tenant file is changed, and what is wrong is refused.
    private static void actions(Operator operator, Map<String, String> secrets) {
        var found = operator.get("actions/actions?deployed=true").json().path("actions").path(0);
        var path = "actions/actions/" + found.path("id").asString();
        var body =
                "{\"secrets\":[{\"name\":\"KEY\",\"value\":\""
                        + secrets.getOrDefault("changed action secret", "")
                        + "\"}%s]}";
        assertThat(operator.call("PATCH", path, body.formatted(",5")).status()).isEqualTo(400);
        assertThat(operator.call("PATCH", path, body.formatted("")).status()).isEqualTo(200);
        assertThat(operator.call("POST", path + "/deploy", "").status()).isEqualTo(200);
        var shown = found + operator.get(path).json().toString();
        isNowhereIn(shown.getBytes(StandardCharsets.UTF_8), "an answer", secrets);
        assertThat(shown).contains(CODE);
    }

    /// What goes wrong is what gets logged.
    private static void failures(Wire wire, URI issuer, Map<String, String> secrets) {
        secrets.put("wrong password", "marked-wrong-password-77d1");
        secrets.put("wrong client secret", "marked-wrong-client-secret-31cc");
        secrets.put("unknown code", "marked-unknown-code-90ab");
        secrets.put("unknown token", "marked-unknown-token-64fe");
        var phone = new Phone(wire, issuer, World.APP);
        assertThat(phone.signIn(World.ADA, secrets.getOrDefault("wrong password", ""), "openid"))
                .matches(answer -> !answer.isOk());
        var code = new LinkedHashMap<String, String>();
        code.put("grant_type", "authorization_code");
        code.put("client_id", World.SHOP);
        code.put("client_secret", secrets.getOrDefault("wrong client secret", ""));
        code.put("code", secrets.getOrDefault("unknown code", ""));
        assertThat(wire.post(issuer.resolve("oauth/token"), code, Map.of()).isOk()).isFalse();
        code.put("client_secret", secrets.getOrDefault("client secret", ""));
        assertThat(wire.post(issuer.resolve("oauth/token"), code, Map.of()).isOk()).isFalse();
        phone.keep(secrets.getOrDefault("unknown token", ""));
        assertThat(phone.refresh().isOk()).isFalse();
        phone.keep(secrets.getOrDefault("first refresh token", ""));
        assertThat(phone.refresh().isOk()).as("a replay").isFalse();
        var browser = new BrowserJar(wire);
        var page =
                browser.open(
                        Wire.with(
                                issuer.resolve("authorize"),
                                Map.of(
                                        "client_id",
                                        World.SHOP,
                                        "response_type",
                                        "code",
                                        "redirect_uri",
                                        "https://evil.example/",
                                        "session_transfer_token",
                                        secrets.getOrDefault("session transfer token", ""))));
        isNowhereIn(page.body().getBytes(StandardCharsets.UTF_8), "an error page", secrets);
        var header = Map.of("Authorization", "Bearer " + secrets.getOrDefault("unknown token", ""));
        assertThat(wire.post(issuer.resolve("userinfo"), Map.of(), header).isOk()).isFalse();
    }

    private static List<Path> files(Path folder) throws Exception {
        try (var files = Files.walk(folder)) {
            var found = new ArrayList<>(files.filter(Files::isRegularFile).toList());
            assertThat(found).anyMatch(file -> file.toString().endsWith(".db"));
            return found;
        }
    }

    private static String tenantFile(Shop shop, Map<String, String> secrets) throws Exception {
        try (var stream = World.class.getResourceAsStream("/segue/demo/tenant.yaml")) {
            return new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8)
                            .replace("${SHOP}", shop.origin())
                            .replace("${SHOP_SECRET}", secrets.getOrDefault("client secret", ""))
                            .replace("${ADA_PASSWORD}", secrets.getOrDefault("password", ""))
                    + """

                    actions:
                      - name: Marked
                        code: "%s"
                        deployed: true
                        secrets: [{name: KEY, value: "%s"}]
                        supported_triggers: [{id: post-login, version: v3}]
                    """
                            .formatted(CODE, secrets.getOrDefault("action secret", ""));
        }
    }

    private static void handOff(URI issuer, Shop shop, Map<String, String> secrets) {
        var wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
        shop.use(
                new Shop.Provider(issuer, World.SHOP, secrets.getOrDefault("client secret", "")),
                wire);
        var phone = new Phone(wire, issuer, World.APP);
        var signIn =
                phone.signIn(
                        World.ADA, secrets.getOrDefault("password", ""), "openid offline_access");
        secrets.put("first refresh token", phone.refreshToken());
        secrets.put("opaque access token", signIn.text("access_token"));
        var exchange = phone.exchange();
        secrets.put("second refresh token", phone.refreshToken());
        secrets.put("session transfer token", exchange.text("access_token"));
        var browser = new BrowserJar(wire);
        var page = browser.open(shop.loginUri(exchange.text("access_token")));
        assertThat(page.body()).contains("Welcome");
        secrets.put("session cookie", browser.cookie(issuer, "segue_session").orElseThrow());
        isNowhereIn(page.body().getBytes(StandardCharsets.UTF_8), "a page", secrets);
        page.visited().stream()
                .map(url -> url.toString().replaceFirst(".*[?&]code=([^&]*).*", "$1"))
                .filter(code -> code.startsWith("ac_"))
                .forEach(code -> secrets.put("authorization code", code));
        assertThat(secrets).containsKey("authorization code");
        phone.revoke();
    }
}
