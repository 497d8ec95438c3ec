package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.demo.story.World;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/// What settings do that no other story needs (contract operator §2), by requests whose `Host` no
/// HTTP library lets one choose.
class SettingsStory {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String FORM = "application/x-www-form-urlencoded";

    private static World world(Map<String, String> more) throws Exception {
        var settings = new HashMap<>(more);
        settings.put("log.level", "warn");
        return new World(0, settings);
    }

    private static Socket connected(World world) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), world.issuer().getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    /// The whole answer, head and body.
    private static String ask(World world, String host, String request, String fields, String body)
            throws IOException {
        try (var socket = connected(world)) {
            var text =
                    request
                            + " HTTP/1.1\r\nConnection: close\r\nHost: "
                            + host
                            + "\r\n"
                            + fields
                            + "Content-Length: "
                            + body.length()
                            + "\r\n\r\n"
                            + body;
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String get(World world, String host, String target) throws IOException {
        return ask(world, host, "GET " + target, "", "");
    }

    private static String status(String answer) {
        return answer.substring(9, 12);
    }

    private static JsonNode json(String answer) {
        return JSON.readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
    }

    @Test
    void issuerCookiesAndTokensFollowTheHostOfTheRequest() throws Exception {
        try (var world = world(Map.of("custom-domains", "login.example"))) {
            var host = "login.example:" + world.issuer().getPort();
            var issuer = "http://" + host + "/";
            var metadata = json(get(world, host, "/.well-known/openid-configuration"));
            assertThat(metadata.path("issuer").asString()).isEqualTo(issuer);
            assertThat(metadata.path("token_endpoint").asString()).startsWith(issuer);
            var query =
                    Map.of(
                            "client_id",
                            World.SHOP,
                            "response_type",
                            "code",
                            "redirect_uri",
                            world.shop().origin() + "/callback");
            var page = get(world, host, "/authorize?" + Wire.form(query));
            assertThat(page)
                    .contains("Location: " + issuer + "u/login")
                    .contains("Set-Cookie: segue_tx=")
                    .doesNotContain("Domain=");
            var none = new HashMap<>(query);
            none.put("prompt", "none");
            assertThat(get(world, host, "/authorize?" + Wire.form(none)))
                    .contains("error=login_required", "iss=http%3A%2F%2Flogin.example%3A");
            var operator =
                    JSON.readTree(
                            Files.readString(world.folder().resolve("bootstrap-client.json")));
            var form =
                    Map.of(
                            "grant_type",
                            "client_credentials",
                            "client_id",
                            operator.path("client_id").asString(),
                            "client_secret",
                            operator.path("client_secret").asString(),
                            "audience",
                            world.issuer() + "api/v2/");
            var granted =
                    ask(
                            world,
                            host,
                            "POST /oauth/token",
                            "Content-Type: " + FORM + "\r\n",
                            Wire.form(form));
            var token = json(granted).path("access_token").asString();
            var claims = Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]);
            assertThat(JSON.readTree(claims).path("iss").asString()).isEqualTo(issuer);
        }
    }

    @Test
    void anyOtherHostIsMisdirectedButForHealthAndMetrics() throws Exception {
        try (var world = world(Map.of("custom-domains", "login.example"))) {
            var port = world.issuer().getPort();
            for (var host :
                    new String[] {
                        "evil.example:" + port, "x.login.example:" + port, "login.example"
                    })
                for (var target :
                        new String[] {"/authorize", "/.well-known/jwks.json", "/metricsx", "/"})
                    assertThat(status(get(world, host, target)))
                            .as("%s of %s", target, host)
                            .isEqualTo("421");
            for (var target : new String[] {"/health/live", "/health/ready", "/metrics"})
                assertThat(status(get(world, "evil.example", target))).as(target).isEqualTo("200");
        }
    }

    @Test
    void everyLimitOfARequestHoldsAtItsValueAndNotBeyond() throws Exception {
        var limits =
                Map.of(
                        "limits.url-bytes", "512",
                        "limits.header-bytes", "1024",
                        "limits.headers", "10",
                        "limits.parameters", "10",
                        "limits.body-bytes", "1024",
                        "limits.management-body-bytes", "2048");
        try (var world = world(limits)) {
            var host = world.issuer().getAuthority();
            var live = "/health/live";
            assertThat(status(get(world, host, live + "?a=" + "b".repeat(497)))).isEqualTo("200");
            assertThat(status(get(world, host, live + "?a=" + "b".repeat(498)))).isEqualTo("414");
            assertThat(status(get(world, host, live + "?a" + "&b".repeat(9)))).isEqualTo("200");
            assertThat(status(get(world, host, live + "?a" + "&b".repeat(10)))).isEqualTo("400");
            var most = "A: a\r\n".repeat(7);
            assertThat(status(ask(world, host, "GET " + live, most, ""))).isEqualTo("200");
            var more = "A: a\r\n".repeat(8);
            assertThat(status(ask(world, host, "GET " + live, more, ""))).isEqualTo("431");
            var tooLong = "A: " + "a".repeat(1024) + "\r\n";
            assertThat(status(ask(world, host, "GET " + live, tooLong, ""))).isEqualTo("431");
            var token = "POST /oauth/token";
            assertThat(status(ask(world, host, token, "", "a".repeat(1024)))).isNotEqualTo("413");
            assertThat(status(ask(world, host, token, "", "a".repeat(1025)))).isEqualTo("413");
            var users = "POST /api/v2/users";
            assertThat(status(ask(world, host, users, "", "a".repeat(2048)))).isEqualTo("401");
            assertThat(status(ask(world, host, users, "", "a".repeat(2049)))).isEqualTo("413");
        }
    }

    @Test
    void aSilentConnectionIsClosedAndSoIsOneTooMany() throws Exception {
        var settings = Map.of("limits.idle-timeout", "1s", "limits.connections", "1");
        try (var world = world(settings);
                var silent = connected(world)) {
            try (var second = connected(world)) {
                assertThat(second.getInputStream().read()).isNegative();
            }
            assertThat(silent.getInputStream().read()).isNegative();
        }
    }
}
