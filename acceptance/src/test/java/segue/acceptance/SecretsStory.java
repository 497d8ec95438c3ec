package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.shop.Shop;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Every secret of a whole hand-off is looked for where it must not be (invariants I7 and I8).
class SecretsStory {
    @TempDir private Path folder = Path.of("");

    @Test
    void noSecretIsInAnyLogMetricOrDatabaseFile() throws Exception {
        var secrets = new LinkedHashMap<String, String>();
        secrets.put("password", "marked-password-9f31c7");
        secrets.put("client secret", "marked-client-secret-0b7d".repeat(2));
        var tenant = folder.resolve("tenant.yaml");
        try (var shop = new Shop()) {
            Files.writeString(tenant, tenantFile(shop, secrets));
            var data = folder.resolve("data");
            var settings = new LinkedHashMap<String, String>();
            settings.put("server.port", "0");
            settings.put("data-dir", data.toString());
            settings.put("tenant-file", tenant.toString());
            settings.put("log.level", "debug");
            String output;
            String metrics;
            try (var node = new Node(settings, folder)) {
                handOff(node.issuer(), shop, secrets);
                metrics =
                        new Wire(InetAddress.getLoopbackAddress(), Optional.empty())
                                .send(HttpRequest.newBuilder(node.issuer().resolve("metrics")))
                                .body();
                assertThat(node.stop()).isEqualTo(0);
                output = node.output();
            }
            Files.delete(tenant);
            assertThat(metrics).contains("segue_http_requests");
            secrets.forEach(
                    (name, secret) -> {
                        assertThat(output).as("%s in the log", name).doesNotContain(secret);
                        assertThat(metrics).as("%s in the metrics", name).doesNotContain(secret);
                    });
            for (var file : files(data)) {
                var bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                secrets.forEach(
                        (name, secret) ->
                                assertThat(bytes)
                                        .as("%s in %s", name, file)
                                        .doesNotContain(secret));
            }
        }
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
                    .replace("${ADA_PASSWORD}", secrets.getOrDefault("password", ""));
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
        page.visited().stream()
                .map(url -> url.toString().replaceFirst(".*[?&]code=([^&]*).*", "$1"))
                .filter(code -> code.startsWith("ac_"))
                .forEach(code -> secrets.put("authorization code", code));
        assertThat(secrets).containsKey("authorization code");
        phone.revoke();
    }
}
