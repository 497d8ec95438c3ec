package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import segue.demo.story.World;
import segue.server.http.Method;
import segue.server.http.Route;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Whatever comes in, the answer is the contract's error: never a 5xx, nothing changed, no redirect
/// to a stranger.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputStory {
    private static final List<String> BODIES =
            List.of(
                    "",
                    "{",
                    "[]",
                    "null",
                    "\"text\"",
                    "{\"grant_type\":1}",
                    "{\"grant_type\":{\"a\":1}}",
                    "{\"grant_type\":\"refresh_token\",\"grant_type\":\"password\"}",
                    "{\"grant_type\":\"refresh_token\",\"client_id\":\""
                            + World.APP
                            + "\",\"refresh_token\":\"a\\u0000b\"}",
                    "{\"client_id\":\"\\ud800\"}",
                    "[".repeat(5_000),
                    "{\"a\":" + "9".repeat(5_000) + "}",
                    "grant_type=%",
                    "grant_type=%zz",
                    "grant_type=%00",
                    "grant_type=%ff",
                    "grant_type=a&grant_type=b",
                    "x=" + "y".repeat(40_000));

    private static final List<String> PARAMETERS =
            List.of(
                    "client_id redirect_uri response_type response_mode scope state nonce prompt",
                    "max_age claims audience connection organization login_hint id_token_hint",
                    "code_challenge code_challenge_method session_transfer_token auth0Client",
                    "returnTo post_logout_redirect_uri federated page per_page from take q sort",
                    "fields include_fields include_totals search_engine ui_locales tx");

    private Optional<World> running = Optional.empty();
    private Optional<Operator> managing = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        running =
                Optional.of(
                        new World(0, Map.of("log.level", "warn", "limits.management", "10000/s")));
        managing = Optional.of(new Operator(world()));
    }

    @AfterAll
    void stop() {
        world().close();
    }

    private World world() {
        return running.orElseThrow();
    }

    private HttpResponse<String> send(
            String method, String path, String type, String body, String... headers) {
        var request =
                HttpRequest.newBuilder(URI.create(world().issuer() + path))
                        .header("Content-Type", type)
                        .method(method, HttpRequest.BodyPublishers.ofString(body));
        for (var i = 0; i < headers.length; i += 2) request.header(headers[i], headers[i + 1]);
        return world().wire("127.0.0.1").send(request);
    }

    private static void isAnError(HttpResponse<String> answer, String what) {
        assertThat(answer.statusCode()).as("%s: %s", what, answer.body()).isBetween(400, 499);
        assertThat(answer.body())
                .as(what)
                .doesNotContainIgnoringCase("exception")
                .doesNotContain("segue.")
                // A nonce may begin like that, but not end, too.
                .doesNotContainPattern("\\bSQL\\b|SQLite|SQLState");
    }

    /// The routes come from the server itself, so that none is forgotten.
    private List<Route> routes() {
        return world().server().routes();
    }

    private static String path(Route route, String id) {
        return route.template().substring(1).replaceAll("\\{[^}]*}", id);
    }

    private static boolean isManagement(Route route) {
        return route.template().startsWith("/api/v2/");
    }

    private HttpResponse<String> ask(Route route, String path, String type, String body) {
        var bearer = isManagement(route) ? "Bearer " + operator().token() : "Bearer junk";
        return send(route.method().name(), path, type, body, "Authorization", bearer);
    }

    private Operator operator() {
        return managing.orElseThrow();
    }

    /// All that an operator can read; the log apart, which may well speak of refusals.
    private String everything() {
        var text = new StringBuilder();
        for (var route : routes())
            if (route.method() == Method.GET
                    && isManagement(route)
                    && !route.template().contains("{")
                    && !route.template().contains("/logs"))
                text.append(route.template())
                        .append(' ')
                        .append(operator().get(route.template().substring(8)).json())
                        .append('\n');
        assertThat(text.toString()).contains(World.APP, World.ADA);
        return text.toString();
    }

    private static void isNoFaultOfOurs(HttpResponse<String> answer, String what) {
        assertThat(answer.statusCode()).as("%s: %s", what, answer.body()).isLessThan(500);
        if (answer.statusCode() < 400) return;
        assertThat(answer.body())
                .as(what)
                .doesNotContainIgnoringCase("exception")
                .doesNotContain("segue.", "java.", "org.", "com.nimbus")
                // A nonce may well hold these three letters.
                .doesNotContainPattern("\\bSQL\\b|SQLite|SQLState");
    }

    @Test
    void everyRouteRefusesEveryMalformedBodyAndChangesNothing() {
        var before = everything();
        var asked = 0;
        for (var route : routes()) {
            if (route.method() == Method.GET || route.method() == Method.OPTIONS) continue;
            for (var type :
                    List.of("application/json", "application/x-www-form-urlencoded", "text/plain"))
                for (var body : BODIES) {
                    var what = route.method() + " " + route.template() + " " + shortened(body);
                    var answer = ask(route, path(route, "nothing"), type, body);
                    isNoFaultOfOurs(answer, what);
                    // A sign-out needs nothing of what it might be told, nor does an operation
                    // whose
                    // body is optional.
                    var isComplete =
                            route.template().equals("/oidc/logout")
                                    || (isManagement(route) && body.isEmpty());
                    if (route.method() == Method.POST && !isComplete) isAnError(answer, what);
                    asked++;
                }
        }
        assertThat(asked).isGreaterThan(1_000);
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void everyResourceRefusesEveryMalformedChange() {
        var before = everything();
        for (var path :
                List.of(
                        "clients/" + World.SHOP,
                        "resource-servers/" + firstId("resource-servers"),
                        "connections/" + firstId("connections"),
                        "users/" + firstId("users"),
                        "tenants/settings"))
            for (var body : BODIES) {
                var answer =
                        send(
                                "PATCH",
                                "api/v2/" + path,
                                "application/json",
                                body,
                                "Authorization",
                                "Bearer " + operator().token());
                isAnError(answer, path + " " + shortened(body));
            }
        assertThat(everything()).isEqualTo(before);
    }

    private String firstId(String kind) {
        var first = operator().get(kind).json().path(0);
        return URLEncoder.encode(
                first.path(kind.equals("users") ? "user_id" : "id").asString(),
                StandardCharsets.UTF_8);
    }

    @Test
    void everyRouteBearsEveryOddPath() {
        for (var route : routes()) {
            if (!route.template().contains("{")) continue;
            for (var id :
                    List.of(
                            "%00",
                            "%ff",
                            "%ed%a0%80",
                            "%0d%0aX:y",
                            "%2e%2e%2f",
                            "..",
                            "%27%22%3c%3e",
                            "a".repeat(2_000))) {
                var answer = ask(route, path(route, id), "application/json", "{}");
                isNoFaultOfOurs(answer, route.method() + " " + route.template() + " " + id);
            }
        }
    }

    /// What survives decoding must be borne by whoever reads it; what doesn't is refused for all.
    @Test
    void everyRouteBearsEveryOddQuery() {
        var before = everything();
        for (var route : routes()) {
            var target = path(route, "nothing") + "?";
            for (var broken : List.of("a=%00", "a=%ff", "a=%ed%a0%80", "%00=a", "a=%1b"))
                isAnError(
                        ask(route, target + broken, "text/plain", ""),
                        route.method() + " " + route.template() + " " + broken);
            for (var name : String.join(" ", PARAMETERS).split(" ", -1))
                for (var value :
                        List.of(
                                name + "=a&" + name + "=b",
                                name + "=%F0%9F%9A%B2%27%22%3C%3E%5C%0A",
                                name + "=99999999999999999999",
                                name + "=" + "a".repeat(5_000)))
                    isNoFaultOfOurs(
                            ask(route, target + value, "text/plain", ""),
                            route.method() + " " + route.template() + " " + shortened(value));
        }
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void everyManagementRouteRefusesStrangers() {
        var phone = world().phone("127.0.0.1");
        phone.signIn(World.ADA, world().password(), "openid offline_access");
        for (var route : routes()) {
            if (!isManagement(route) || route.method() == Method.OPTIONS) continue;
            for (var bearer :
                    List.of(
                            "",
                            "junk",
                            phone.accessToken(),
                            phone.idToken(),
                            phone.refreshToken(),
                            operator().token() + "x",
                            // Unsigned, and by an unknown key.
                            "eyJhbGciOiJub25lIn0.e30.",
                            "eyJhbGciOiJIUzI1NiJ9.e30.AAAA")) {
                var answer =
                        send(
                                route.method().name(),
                                path(route, "nothing"),
                                "application/json",
                                "{}",
                                "Authorization",
                                "Bearer " + bearer);
                assertThat(answer.statusCode())
                        .as("%s %s %s", route.method(), route.template(), bearer)
                        .isIn(401, 403);
            }
        }
    }

    private static String shortened(String text) {
        return text.length() > 60 ? text.substring(0, 60) : text;
    }

    @Test
    void theManagementApiRefusesWhatTheSchemaDoesNotAllow() {
        var operator = managing.orElseThrow();
        for (var body :
                List.of(
                        "{\"nonsense\":1}",
                        "{\"name\":7}",
                        "{\"name\":null}",
                        "{\"client_id\":\"x\"}",
                        "{\"callbacks\":[\"javascript:alert(1)\"]}",
                        "{\"callbacks\":[\"https://web.example/cb#fragment\"]}",
                        "{\"callbacks\":[\"http://web.example/cb\"]}",
                        "{\"callbacks\":[\"app:/cb\"]}",
                        "{\"session_transfer\":{\"enforce_device_binding\":null}}",
                        "{\"session_transfer\":{\"enforce_device_binding\":\"mac\"}}",
                        "{\"session_transfer\":{\"allowed_authentication_methods\":[\"cookie\",\"cookie\"]}}",
                        "{\"refresh_token\":{\"rotation_type\":\"rotating\",\"expiration_type\":\"non-expiring\"}}")) {
            var answer = operator.call("PATCH", "clients/" + World.SHOP, body);
            assertThat(answer.status()).as(body).isEqualTo(400);
            assertThat(answer.text("errorCode")).as(body).isEqualTo("invalid_body");
        }
    }

    @Test
    void aChangeOfSessionTransferMergesFieldByField() {
        var operator = managing.orElseThrow();
        var created =
                operator.call(
                                "POST",
                                "clients",
                                "{\"name\":\"merge\",\"app_type\":\"regular_web\"}")
                        .json();
        var id = created.path("client_id").asString();
        assertThat(created.has("session_transfer")).isFalse();
        var first =
                operator.patchClient(id, "{\"session_transfer\":{\"delegation\":null}}")
                        .path("session_transfer");
        assertThat(first.toString())
                .isEqualTo(
                        "{\"can_create_session_transfer_token\":false,\"allowed_authentication_methods\":[],"
                            + "\"enforce_device_binding\":\"ip\",\"allow_refresh_token\":false,"
                            + "\"enforce_online_refresh_tokens\":true,\"enforce_cascade_revocation\":true}");
        var second =
                operator.patchClient(id, "{\"session_transfer\":{\"allow_refresh_token\":true}}");
        var third =
                operator.patchClient(
                        id, "{\"session_transfer\":{\"enforce_device_binding\":\"none\"}}");
        assertThat(second.path("session_transfer").path("allow_refresh_token").asBoolean(false))
                .isTrue();
        assertThat(third.path("session_transfer").path("allow_refresh_token").asBoolean(false))
                .isTrue();
        assertThat(third.path("session_transfer").path("enforce_device_binding").asString())
                .isEqualTo("none");
        assertThat(operator.patchClient(id, "{\"session_transfer\":null}").has("session_transfer"))
                .isFalse();
        assertThat(operator.call("DELETE", "clients/" + id, "").status()).isEqualTo(204);
        assertThat(operator.get("clients/" + id).status()).isEqualTo(404);
    }

    @Test
    void withoutTheScopeNothingOpens() {
        var operator = managing.orElseThrow();
        var created =
                operator.call(
                                "POST",
                                "clients",
                                "{\"name\":\"reader\",\"app_type\":\"non_interactive\"}")
                        .json();
        var id = created.path("client_id").asString();
        var audience = world().issuer() + "api/v2/";
        var grant =
                "{\"client_id\":\""
                        + id
                        + "\",\"audience\":\""
                        + audience
                        + "\",\"scope\":[\"read:users\"]}";
        assertThat(operator.call("POST", "client-grants", grant).status()).isEqualTo(201);
        var reader =
                new Operator(
                        world().wire("127.0.0.1"),
                        world().issuer(),
                        id,
                        created.path("client_secret").asString());
        assertThat(reader.get("users").status()).isEqualTo(200);
        var refused = reader.get("clients");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text("errorCode")).isEqualTo("insufficient_scope");
        var none = world().wire("127.0.0.1").get(URI.create(audience + "users"), "junk");
        assertThat(none.status()).isEqualTo(401);
    }

    @Test
    void authorizeSendsNobodyToAStranger() {
        var shop = world().shop().origin() + "/callback";
        for (var query :
                List.of(
                        "",
                        "client_id=unknown&redirect_uri=" + shop + "&response_type=code",
                        "client_id="
                                + World.SHOP
                                + "&redirect_uri=https://evil.example/&response_type=code",
                        "client_id="
                                + World.SHOP
                                + "&redirect_uri="
                                + shop
                                + ".evil.example&response_type=code",
                        "client_id="
                                + World.SHOP
                                + "&client_id="
                                + World.SHOP
                                + "&redirect_uri="
                                + shop)) {
            var answer = send("GET", "authorize?" + query, "text/plain", "");
            assertThat(answer.statusCode()).as(query).isEqualTo(403);
            assertThat(answer.headers().firstValue("Location")).as(query).isEmpty();
        }
    }

    @Test
    void authorizeTellsTheClientWhatElseIsWrong() {
        var base =
                "authorize?client_id="
                        + World.SHOP
                        + "&redirect_uri="
                        + world().shop().origin()
                        + "/callback&state=s&";
        var wrong = new ArrayList<List<String>>();
        wrong.add(List.of("", "invalid_request"));
        wrong.add(List.of("response_type=nonsense", "unsupported_response_type"));
        wrong.add(
                List.of(
                        "response_type=code&code_challenge=x&code_challenge_method=plain",
                        "invalid_request"));
        wrong.add(
                List.of(
                        "response_type=code&code_challenge=short&code_challenge_method=S256",
                        "invalid_request"));
        wrong.add(List.of("response_type=code&code_challenge_method=S256", "invalid_request"));
        wrong.add(List.of("response_type=code&prompt=none+login", "invalid_request"));
        wrong.add(List.of("response_type=code&prompt=nonsense", "invalid_request"));
        wrong.add(List.of("response_type=code&max_age=-1", "invalid_request"));
        wrong.add(List.of("response_type=code&response_mode=nonsense", "invalid_request"));
        wrong.add(List.of("response_type=code&claims=%7B", "invalid_request"));
        wrong.add(List.of("response_type=code&scope=a&scope=b", "invalid_request"));
        wrong.add(List.of("response_type=code&id_token_hint=junk", "invalid_request"));
        wrong.add(List.of("response_type=code&audience=https://unknown.example", "access_denied"));
        wrong.add(
                List.of(
                        "response_type=code&audience=urn:localhost:session_transfer",
                        "access_denied"));
        wrong.add(List.of("response_type=code&organization=org_unknown", "invalid_request"));
        wrong.add(List.of("response_type=code&connection=unknown", "invalid_request"));
        wrong.add(List.of("response_type=code&request=x", "request_not_supported"));
        wrong.add(List.of("response_type=code&prompt=none", "login_required"));
        for (var it : wrong) {
            var answer = send("GET", base + it.getFirst(), "text/plain", "");
            var location = answer.headers().firstValue("Location").orElse("");
            assertThat(location)
                    .as(it.getFirst())
                    .contains("error=" + it.getLast(), "state=s", "iss=");
        }
    }

    @Test
    void whatIsTooLargeIsRefused() {
        var large = "x".repeat(70_000);
        assertThat(send("POST", "oauth/token", "application/json", large).statusCode())
                .isEqualTo(413);
        var longUrl = send("GET", "authorize?x=" + "y".repeat(9_000), "text/plain", "");
        assertThat(longUrl.statusCode()).isBetween(400, 499);
        var manyParameters = send("GET", "authorize?" + "a=1&".repeat(150), "text/plain", "");
        assertThat(manyParameters.statusCode()).isEqualTo(400);
        var longHeader = send("GET", "authorize", "text/plain", "", "X-Long", "z".repeat(17_000));
        assertThat(longHeader.statusCode()).isBetween(400, 499);
    }

    @Test
    void theTokenEndpointSaysWhatTheContractSays() {
        var wire = world().wire("127.0.0.1");
        var token = world().issuer().resolve("oauth/token");
        var unknown =
                wire.post(token, Map.of("grant_type", "refresh_token", "client_id", "x"), Map.of());
        assertThat(unknown.status()).isEqualTo(401);
        assertThat(unknown.text("error_description")).isEqualTo("Unauthorized");
        var nobody = wire.post(token, Map.of("grant_type", "refresh_token"), Map.of());
        assertThat(nobody.text("error_description"))
                .isEqualTo("Missing required parameter: client_id");
        var grant =
                wire.post(
                        token, Map.of("grant_type", "password", "client_id", World.APP), Map.of());
        assertThat(grant.status()).isEqualTo(403);
        assertThat(grant.text("error_description"))
                .isEqualTo("Grant type 'password' not allowed for the client.");
        var junk =
                wire.post(
                        token,
                        Map.of(
                                "grant_type",
                                "refresh_token",
                                "client_id",
                                World.APP,
                                "refresh_token",
                                "junk"),
                        Map.of());
        assertThat(junk.status()).isEqualTo(403);
        assertThat(junk.text("error")).isEqualTo("invalid_grant");
        assertThat(junk.text("error_description")).isEqualTo("Unknown or invalid refresh token.");
        var phone = world().phone("127.0.0.1");
        var wrong = phone.signIn(World.ADA, "wrong", "openid");
        assertThat(wrong.status()).isEqualTo(403);
        assertThat(wrong.text("error_description")).isEqualTo("Wrong email or password.");
        var noOne = phone.signIn("nobody@example.org", "wrong", "openid");
        assertThat(noOne.json()).isEqualTo(wrong.json());
    }

    /// SDKs read errors as JSON, and nothing else (contract authentication-api §1).
    @Test
    void whatHasNoRouteIsRefusedInJson() {
        var missing = send("POST", "oauth/nothing", "application/json", "{}");
        assertThat(missing.statusCode()).isEqualTo(404);
        var wrongMethod = send("PUT", "oauth/token", "application/json", "{}");
        assertThat(wrongMethod.statusCode()).isEqualTo(405);
        assertThat(wrongMethod.headers().firstValue("Allow")).hasValue("OPTIONS, POST");
        for (var answer : List.of(missing, wrongMethod)) {
            assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("application/json");
            assertThat(answer.body()).contains("\"error\":\"invalid_request\"");
        }
    }

    @Test
    void anUnknownHostIsMisdirected() throws Exception {
        try (var socket =
                new Socket(InetAddress.getLoopbackAddress(), world().issuer().getPort())) {
            socket.getOutputStream()
                    .write(
                            "GET /authorize HTTP/1.1\r\nHost: evil.example\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            var line =
                    new BufferedReader(
                                    new InputStreamReader(
                                            socket.getInputStream(), StandardCharsets.US_ASCII))
                            .readLine();
            assertThat(line).contains("421");
        }
    }

    /// R49.4: a stranger can't make up labels.
    @Test
    void everyLabelOfTheMetricsIsOursHoweverOddTheRequest() {
        for (var path : List.of("made/up", "api/v2/made-up", "authorize/../made-up", "u/%41"))
            isAnError(send("POST", path, "text/plain", "", "User-Agent", "made-up"), path);
        var metrics = send("GET", "metrics", "text/plain", "").body();
        var labels =
                Pattern.compile("route=\"([^\"]*)\"")
                        .matcher(metrics)
                        .results()
                        .map(it -> it.group(1))
                        .collect(Collectors.toSet());
        var ours = new HashSet<>(routes().stream().map(Route::template).toList());
        ours.addAll(List.of("unmatched", "refused"));
        assertThat(labels).contains("unmatched").isSubsetOf(ours);
        assertThat(metrics).doesNotContain("made");
    }
}
