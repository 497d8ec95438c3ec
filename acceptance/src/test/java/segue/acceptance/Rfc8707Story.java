package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.http.HttpRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `resource` in place of `audience`: RFC 8707 §2, with the tenant's `resource_parameter_profile`
/// (contract authentication-api §3.1), over real HTTP.
class Rfc8707Story extends BrowserScene {
    private static final String UNKNOWN = "https://unknown.example";

    Rfc8707Story() {
        super(Map.of());
    }

    @BeforeAll
    void takeResources() {
        profile("compatibility");
    }

    private void profile(String name) {
        change("tenants/settings", "{\"resource_parameter_profile\":\"" + name + "\"}");
    }

    private List<String> audience(Answer tokens) {
        var token = tokens.text("access_token");
        if (token.split("\\.", -1).length != 3) return List.of();
        JsonNode audience = claims(token).path("aud");
        return audience.isString()
                ? List.of(audience.asString())
                : audience.valueStream().map(JsonNode::asString).toList();
    }

    private static void isRefused(Answer answer, String description) {
        assertThat(answer.text("error_description")).isEqualTo(description);
        assertThat(answer.text("error")).isEqualTo("invalid_target");
        assertThat(answer.status()).isEqualTo(400);
    }

    private Answer token(Map<String, String> fields, String... more) {
        return post("oauth/token", fields, more);
    }

    private Answer post(String path, Map<String, String> fields, String... more) {
        var all = new LinkedHashMap<>(fields);
        for (var i = 0; i < more.length; i += 2) all.put(more[i], more[i + 1]);
        return world().wire(HERE).postForm(world().issuer().resolve(path), all, Map.of());
    }

    // §2.1 Authorization request

    @Test
    void section2_1_theResourceIsTheAudienceOfTheTokens() {
        var page = signedIn(browser()).openUntilAway(authorize(Map.of("resource", World.API)));
        assertThat(audience(redeem(page)))
                .containsExactly(World.API, world().issuer() + "userinfo");
    }

    @Test
    void section2_1_oneThatWaitedForItsUserIsForTheSameResource() {
        var browser = browser();
        var form = browser.openUntilAway(authorize(Map.of("resource", World.API)));
        var page = signIn(browser, form, World.ADA, world().password());
        assertThat(audience(redeem(page))).contains(World.API);
    }

    @Test
    void section2_1_userinfoIsAResourceToo() {
        var userinfo = world().issuer() + "userinfo";
        var page = signedIn(browser()).openUntilAway(authorize(Map.of("resource", userinfo)));
        assertThat(audience(redeem(page))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "https://unknown.example, Service not found: https://unknown.example",
        "orders, resource must be an absolute URI without a fragment",
        "https://orders.example#a, resource must be an absolute URI without a fragment",
        "a b, resource must be an absolute URI without a fragment",
        "urn:localhost:session_transfer, Service not found: urn:localhost:session_transfer"
    })
    void section2_whatIsNoResourceOfOursIsAnInvalidTarget(String resource, String description) {
        var page = browser().openUntilAway(authorize(Map.of("resource", resource)));
        assertThat(page.parameter("error_description")).hasValue(description);
        assertThat(page.parameter("error")).hasValue("invalid_target");
        assertThat(page.parameter("state")).hasValue("s1");
        isRefused(machine("resource", resource), description);
        isRefused(push("resource", resource), description);
        isRefused(device("resource", resource), description);
    }

    @Test
    void section2_aTokenIsForOneResource() {
        var twice = "&resource=" + World.API + "&resource=" + World.API;
        var page = browser().openUntilAway(URI.create(authorize(Map.of()) + twice));
        assertThat(page.parameter("error")).hasValue("invalid_target");
        assertThat(page.parameter("error_description"))
                .hasValue("Only one resource can be asked for");
        var form = Wire.form(machine()) + twice;
        var answer =
                Wire.answer(
                        world().wire(HERE)
                                .send(
                                        HttpRequest.newBuilder(
                                                        world().issuer().resolve("oauth/token"))
                                                .header(
                                                        "Content-Type",
                                                        "application/x-www-form-urlencoded")
                                                .POST(HttpRequest.BodyPublishers.ofString(form))));
        isRefused(answer, "Only one resource can be asked for");
    }

    @Test
    void section2_audienceAndResourceMustNotContradictEachOther() {
        var both = Map.of("resource", World.API, "audience", UNKNOWN);
        var page = browser().openUntilAway(authorize(both));
        assertThat(page.parameter("error")).hasValue("invalid_target");
        isRefused(
                machine("resource", World.API, "audience", UNKNOWN),
                "audience and resource name different APIs");
        var same = Map.of("resource", World.API, "audience", World.API);
        var agreed = signedIn(browser()).openUntilAway(authorize(same));
        assertThat(audience(redeem(agreed))).contains(World.API);
    }

    private Answer push(String... more) {
        var fields = new LinkedHashMap<>(Wire.parameters(authorize(Map.of()).getRawQuery()));
        fields.put("client_secret", world().shopSecret());
        return post("oauth/par", fields, more);
    }

    @Test
    void section2_1_itCanBePushed() {
        var pushed = push("resource", World.API);
        assertThat(pushed.status()).as("%s", pushed.json()).isEqualTo(201);
        var query = Map.of("client_id", World.SHOP, "request_uri", pushed.text("request_uri"));
        var page =
                signedIn(browser())
                        .openUntilAway(
                                URI.create(world().issuer() + "authorize?" + Wire.form(query)));
        assertThat(audience(redeem(page))).contains(World.API);
    }

    // §2.2 Access token request

    @Test
    void section2_2_aCodeIsForTheResourceThatWasAskedForAndNoOther() {
        var browser = signedIn(browser());
        for (var fits : List.of(World.API, "")) {
            var page = browser.openUntilAway(authorize(Map.of("resource", World.API)));
            var answer = exchange(page.parameter("code").orElseThrow(), fits);
            assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
            assertThat(audience(answer)).contains(World.API);
        }
        for (var asked : List.of(World.API, ""))
            for (var named : List.of(world().issuer() + "api/v2/", UNKNOWN)) {
                var page = browser.openUntilAway(authorize(Map.of("resource", asked)));
                isRefused(
                        exchange(page.parameter("code").orElseThrow(), named),
                        named.equals(UNKNOWN)
                                ? "Service not found: " + UNKNOWN
                                : "The resource is another than in the authorization request.");
            }
    }

    private Answer exchange(String code, String resource) {
        return token(
                Map.of(
                        "grant_type",
                        "authorization_code",
                        "client_id",
                        World.SHOP,
                        "client_secret",
                        world().shopSecret(),
                        "code",
                        code,
                        "redirect_uri",
                        callback()),
                "resource",
                resource);
    }

    @Test
    void section2_2_aRefreshTokenIsForItsResourceAndThoseOfItsPolicy() {
        var phone = phone();
        var fields =
                Map.of(
                        "grant_type",
                        "refresh_token",
                        "client_id",
                        World.APP,
                        "refresh_token",
                        phone.refreshToken());
        var answer = token(fields, "resource", World.API);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        assertThat(audience(answer)).contains(World.API);
        isRefused(token(fields, "resource", UNKNOWN), "Service not found: " + UNKNOWN);
    }

    /// Contract native-to-web §3.1: a session transfer token has an audience.
    @Test
    void aSessionTransferTokenIsNoResource() {
        var urn = "urn:" + world().issuer().getAuthority() + ":session_transfer";
        var fields =
                Map.of(
                        "grant_type",
                        "refresh_token",
                        "client_id",
                        World.APP,
                        "refresh_token",
                        phone().refreshToken());
        isRefused(token(fields, "resource", urn), "Service not found: " + urn);
    }

    private Map<String, String> machine() {
        return Map.of(
                "grant_type",
                "client_credentials",
                "client_id",
                machineId,
                "client_secret",
                machineSecret);
    }

    private Answer machine(String... more) {
        return token(machine(), more);
    }

    private String machineId = "";
    private String machineSecret = "";

    @BeforeAll
    void createMachine() {
        var made =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"Machine","app_type":"non_interactive",
                                 "grant_types":["client_credentials","password",
                                  "urn:ietf:params:oauth:grant-type:device_code"]}
                                """);
        machineId = made.text("client_id");
        machineSecret = made.text("client_secret");
        var granted =
                operator()
                        .call(
                                "POST",
                                "client-grants",
                                """
                                {"client_id":"%s","audience":"%s","scope":[]}
                                """
                                        .formatted(machineId, World.API));
        assertThat(granted.status()).as("%s", granted.json()).isEqualTo(201);
    }

    @Test
    void section2_2_clientCredentialsAreForTheResource() {
        assertThat(audience(machine("resource", World.API))).containsExactly(World.API);
    }

    @Test
    void section2_2_aPasswordGrantIsForTheResource() {
        change("tenants/settings", "{\"default_directory\":\"Username-Password-Authentication\"}");
        var answer =
                token(
                        Map.of(
                                "grant_type",
                                "password",
                                "client_id",
                                machineId,
                                "client_secret",
                                machineSecret,
                                "username",
                                World.ADA,
                                "password",
                                world().password()),
                        "resource",
                        World.API);
        assertThat(audience(answer)).as("%s", answer.json()).contains(World.API);
    }

    private Answer device(String... more) {
        return post(
                "oauth/device/code",
                Map.of("client_id", machineId, "client_secret", machineSecret),
                more);
    }

    @Test
    void aDeviceAsksForAResource() {
        assertThat(device("resource", World.API).status()).isEqualTo(200);
    }

    // Contract management-api §13: `resource_parameter_profile`

    @ParameterizedTest
    @ValueSource(strings = {World.API, UNKNOWN, "not even a URI"})
    void byDefaultItMeansNothing(String resource) {
        profile("audience");
        try {
            var page = signedIn(browser()).openUntilAway(authorize(Map.of("resource", resource)));
            var answer = exchange(page.parameter("code").orElseThrow(), resource);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(audience(answer)).isEmpty();
            assertThat(machine("resource", resource, "audience", World.API).status())
                    .isEqualTo(200);
        } finally {
            profile("compatibility");
        }
    }
}
