package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.wire.Answer;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What the Management API shows of sessions, refresh tokens and what belongs to them, property by
/// property, and what may be noted about them (contract management-api §6-§8 and §13).
///
/// What is different each time stands in capitals: a moment in the format of §1.5, or an id. An
/// autonomous system's number (`initial_asn`) is shown once it is known.
class SessionObjectStory extends KinScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Map<String, String> FORMS =
            Map.of(
                    "\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z\"", "\"TIME\"",
                    "\"Java-http-client/[^\"]+\"", "\"AGENT\"",
                    "\"Java-http-client [0-9.]+ / ", "\"Java-http-client VERSION / ",
                    "\"con_[A-Za-z0-9]{16}\"", "\"CONNECTION\"",
                    "\"[0-9a-f-]{36}@example.org\"", "\"EMAIL\"",
                    "\"900\\d{52,53}\"", "\"LOG ID\"");

    @Override
    Map<String, String> database() {
        return Map.of();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private JsonNode get(String path) {
        var answer = operator().get(path);
        assertThat(answer.status()).as("%s: %s", path, answer.json()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValue("application/json; charset=utf-8");
        return answer.json();
    }

    private void isShown(JsonNode shown, Kin kin, String expected) {
        var text = shown.toString();
        for (var known :
                Map.of(
                                kin.user(),
                                "USER",
                                kin.clients().app(),
                                "APP",
                                kin.clients().web(),
                                "WEB",
                                kin.familyId(),
                                "FAMILY",
                                kin.webFamilyId(),
                                "WEB FAMILY",
                                kin.sessionId(),
                                "SESSION",
                                issuer().toString(),
                                "ISSUER/",
                                "\"" + issuer().getAuthority() + "\"",
                                "\"HOST\"")
                        .entrySet()) text = text.replace(known.getKey(), known.getValue());
        for (var form : FORMS.entrySet()) text = text.replaceAll(form.getKey(), form.getValue());
        assertThat(JSON.readTree(text).toPrettyString())
                .isEqualTo(JSON.readTree(expected).toPrettyString());
    }

    @Test
    void aSessionIsShownAsTheContractSays() {
        var kin = kin(true, true);
        var session = get("sessions/" + kin.sessionId());
        isShown(
                session,
                kin,
                """
                {"id":"SESSION","user_id":"USER","created_at":"TIME","updated_at":"TIME","authenticated_at":"TIME",
                 "idle_expires_at":"TIME","expires_at":"TIME","last_interacted_at":"TIME",
                 "device":{"initial_user_agent":"AGENT","initial_ip":"127.0.0.1",
                           "last_user_agent":"AGENT","last_ip":"127.0.0.1"},
                 "clients":[{"client_id":"WEB"}],
                 "authentication":{"methods":[{"name":"pwd","timestamp":"TIME"}]},
                 "cookie":{"mode":"persistent"},
                 "session_transfer":{"parent_refresh_token":{"id":"FAMILY"}}}
                """);
        assertThat(session.path("id")).isEqualTo(sid(kin));
        var list = get(users(kin.user()) + "/sessions");
        assertThat(list.propertyNames()).containsExactly("sessions");
        assertThat(list.path("sessions")).containsExactly(session);
    }

    /// Contract management-api §1.5: the id is the `sid` of the ID token.
    private static JsonNode sid(Kin kin) {
        return TokenEndpointStory.claims(kin.idToken()).path("sid");
    }

    @Test
    void aRefreshTokenIsShownAsTheContractSays() {
        var kin = kin(true, true);
        var token = get("refresh-tokens/" + kin.familyId());
        isShown(
                token,
                kin,
                """
                {"id":"FAMILY","user_id":"USER","created_at":"TIME","idle_expires_at":"TIME","expires_at":"TIME",
                 "client_id":"APP","session_id":null,"rotating":true,
                 "resource_servers":[{"audience":"ISSUER/userinfo","scopes":"openid offline_access"}],
                 "device":{"initial_user_agent":"AGENT","initial_ip":"127.0.0.1",
                           "last_user_agent":"AGENT","last_ip":"127.0.0.1"},
                 "last_exchanged_at":"TIME"}
                """);
        var webToken = get("refresh-tokens/" + kin.webFamilyId());
        isShown(
                webToken,
                kin,
                """
                {"id":"WEB FAMILY","user_id":"USER","created_at":"TIME","idle_expires_at":null,"expires_at":null,
                 "client_id":"WEB","session_id":"SESSION","rotating":false,
                 "resource_servers":[{"audience":"ISSUER/userinfo","scopes":"openid offline_access"}],
                 "device":{"initial_user_agent":"AGENT","initial_ip":"127.0.0.1",
                           "last_user_agent":"AGENT","last_ip":"127.0.0.1"},
                 "session_transfer":{"parent_refresh_token":{"id":"FAMILY"}}}
                """);
        var ofUser = get(users(kin.user()) + "/refresh-tokens");
        assertThat(ofUser.propertyNames()).containsExactly("tokens");
        assertThat(ofUser.path("tokens")).containsExactly(token, webToken);
        var all = get("refresh-tokens?user_id=" + encoded(kin.user()));
        assertThat(all.propertyNames()).containsExactly("refresh_tokens");
        assertThat(all.path("refresh_tokens")).containsExactly(token, webToken);
    }

    @Test
    void aRotatedTokenKeepsItsIdAndWhenItWasCreated() {
        var kin = kin(true, true);
        var before = get("refresh-tokens/" + kin.familyId());
        assertThat(kin.phone().refresh().status()).isEqualTo(200);
        var after = get("refresh-tokens/" + kin.familyId());
        for (var same : List.of("id", "created_at", "expires_at", "rotating", "resource_servers"))
            assertThat(after.path(same)).as(same).isEqualTo(before.path(same));
        for (var later : List.of("idle_expires_at", "last_exchanged_at"))
            assertThat(Instant.parse(after.path(later).asString()))
                    .as(later)
                    .isAfterOrEqualTo(Instant.parse(before.path(later).asString()));
    }

    @Test
    void aGrantIsShownAsTheContractSays() {
        var kin = kin(true, true);
        var grants =
                get("grants?user_id=" + encoded(kin.user()) + "&client_id=" + kin.clients().app());
        assertThat(grants).hasSize(1);
        var grant = (ObjectNode) grants.path(0);
        assertThat(grant.remove("id").asString()).matches("[A-Za-z0-9_-]{1,50}");
        isShown(
                grant,
                kin,
                """
                {"clientID":"APP","user_id":"USER","audience":"ISSUER/userinfo","scope":["openid","offline_access"]}
                """);
    }

    @Test
    void aDeviceCredentialIsShownAsTheContractSays() {
        var kin = kin(true, true);
        var path = "device-credentials?user_id=" + encoded(kin.user());
        var usual = get(path);
        isShown(
                usual,
                kin,
                """
                [{"id":"WEB FAMILY","device_name":"AGENT","device_id":"WEB FAMILY","type":"refresh_token","user_id":"USER",
                  "client_id":"WEB"}]
                """);
        isShown(
                get(path + "&type=rotating_refresh_token"),
                kin,
                """
                [{"id":"FAMILY","device_name":"AGENT","device_id":"FAMILY","type":"rotating_refresh_token",
                  "user_id":"USER","client_id":"APP"}]
                """);
        assertThat(get(path + "&type=public_key")).isEmpty();
        assertThat(get(path + "&client_id=" + kin.clients().app())).isEmpty();
        manage(400, "GET", path + "&type=else");
    }

    @Test
    void anEventIsShownAsTheContractSays() {
        var kin = kin(true, true);
        var events = get(users(kin.user()) + "/logs");
        var event =
                events.valueStream()
                        .filter(it -> it.path("type").asString().equals("sertft"))
                        .findFirst()
                        .orElseThrow();
        assertThat(event.path("_id")).isEqualTo(event.path("log_id"));
        isShown(
                event,
                kin,
                """
                {"date":"TIME","audience":"urn:localhost:session_transfer","client_id":"APP","client_name":"App",
                 "connection":"Username-Password-Authentication","connection_id":"CONNECTION","hostname":"HOST",
                 "ip":"127.0.0.1","scope":"openid offline_access","type":"sertft",
                 "user_agent":"Java-http-client VERSION / Other 0.0.0","user_id":"USER","user_name":"EMAIL",
                 "strategy":"auth0","strategy_type":"database","isMobile":false,
                 "details":{"familyId":"FAMILY","refresh_token":{"access":"offline"},
                            "requested_audience":"urn:localhost:session_transfer","tokenCounter":3},
                 "$event_schema":{"version":"1.0.0"},"log_id":"LOG ID","_id":"LOG ID"}
                """);
        assertThat(get("logs/" + event.path("log_id").asString())).isEqualTo(event);
    }

    @Test
    void theSettingsOfATenantAreShownAsTheContractSays() {
        var settings = get("tenants/settings");
        var expected =
                """
                {"session_lifetime":168,"idle_session_lifetime":72,"ephemeral_session_lifetime":72,
                 "idle_ephemeral_session_lifetime":24,"sessions":{"oidc_logout_prompt_enabled":true},
                 "oidc_logout":{"rp_logout_end_session_endpoint_discovery":true},"default_audience":"",
                 "default_directory":"Username-Password-Authentication","default_redirection_uri":"",
                 "allowed_logout_urls":[],"allow_organization_name_in_authentication_api":false,
                 "pushed_authorization_requests_supported":false,"authorization_response_iss_parameter_supported":false,
                 "resource_parameter_profile":"audience","sandbox_version":"22",
                 "flags":{"revoke_refresh_token_grant":false,"remove_alg_from_jwks":false},
                 "friendly_name":"Segue demo","sandbox_versions_available":["22"]}
                """;
        assertThat(settings).isEqualTo(JSON.readTree(expected));
        assertThat(operator().call("PATCH", "tenants/settings", "{}").json()).isEqualTo(settings);
    }

    // Metadata.

    private record Noted(String path, String property) {}

    private Noted noted(String kind, Kin kin) {
        return kind.equals("sessions")
                ? new Noted("sessions/" + kin.sessionId(), "session_metadata")
                : new Noted("refresh-tokens/" + kin.familyId(), "refresh_token_metadata");
    }

    private Answer patch(Noted noted, String value) {
        return operator()
                .call("PATCH", noted.path(), "{\"%s\":%s}".formatted(noted.property(), value));
    }

    private static String entries(int count) {
        return IntStream.range(0, count)
                .mapToObj(it -> "\"key%d\":\"value\"".formatted(it))
                .collect(Collectors.joining(",", "{", "}"));
    }

    @ParameterizedTest
    @CsvSource({"sessions", "refresh-tokens"})
    void whatIsNotedReplacesWhatWasAndIsReadNext(String kind) {
        var kin = kin(true, true);
        var noted = noted(kind, kin);
        var before = get(noted.path());
        for (var value :
                List.of(
                        "{\"tier\":\"gold\",\"A-Z_0-9\":\"\"}",
                        "{\"device_trust\":\"& = % + \\\" \\\\ é 🚲\"}",
                        entries(25),
                        "{\"%s\":\"%s\"}".formatted("k".repeat(255), "v".repeat(255)))) {
            var answer = patch(noted, value);
            assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
            assertThat(answer.json().path(noted.property())).isEqualTo(JSON.readTree(value));
            assertThat(get(noted.path())).isEqualTo(answer.json());
            assertThat(unchanged(answer.json(), noted)).isEqualTo(unchanged(before, noted));
        }
        // What doesn't speak of it leaves it.
        var last = get(noted.path());
        assertThat(operator().call("PATCH", noted.path(), "{}").json()).isEqualTo(last);
        assertThat(get(noted.path())).isEqualTo(last);
        for (var nothing : List.of("{}", "null")) {
            assertThat(patch(noted, "{\"a\":\"b\"}").json().has(noted.property())).isTrue();
            assertThat(patch(noted, nothing).json().has(noted.property())).isFalse();
            assertThat(get(noted.path()).has(noted.property())).isFalse();
        }
        assertThat(alive(kin)).isEqualTo(new Alive(true, true, true, true, true));
    }

    /// What a note may not change.
    private static ObjectNode unchanged(JsonNode shown, Noted noted) {
        var rest = (ObjectNode) shown.deepCopy();
        rest.remove(List.of(noted.property(), "updated_at"));
        return rest;
    }

    @ParameterizedTest
    @CsvSource({"sessions", "refresh-tokens"})
    void whatIsTooMuchOrOfAnotherTypeIsRefusedAndChangesNothing(String kind) {
        var noted = noted(kind, kin(true, true));
        assertThat(patch(noted, "{\"a\":\"b\"}").status()).isEqualTo(200);
        var before = get(noted.path());
        var tooMuch =
                "Metadata must not exceed 25 entries. Each key and value must be ≤ 255 characters.";
        for (var value :
                List.of(
                        entries(26),
                        "{\"%s\":\"v\"}".formatted("k".repeat(256)),
                        "{\"k\":\"%s\"}".formatted("v".repeat(256)),
                        "{\"\":\"v\"}",
                        "{\"a b\":\"v\"}",
                        "{\"a.b\":\"v\"}",
                        "{\"é\":\"v\"}",
                        "{\"k\":1}",
                        "{\"k\":true}",
                        "{\"k\":null}",
                        "{\"k\":[\"v\"]}",
                        "{\"k\":{\"l\":\"v\"}}")) isRefused(patch(noted, value), value, tooMuch);
        for (var value : List.of("[]", "\"a=b\"", "1", "false"))
            isRefused(patch(noted, value), value, "Expected type object but found type ");
        for (var property :
                List.of("id", "user_id", "expires_at", "clients", "metadata", "unknown"))
            isRefused(
                    operator()
                            .call(
                                    "PATCH",
                                    noted.path(),
                                    "{\"%s\":{},\"%s\":\"x\"}"
                                            .formatted(noted.property(), property)),
                    property,
                    "Additional properties not allowed: " + property);
        for (var body : List.of("[]", "null", "{", ""))
            isRefused(operator().call("PATCH", noted.path(), body), body, "");
        assertThat(get(noted.path())).isEqualTo(before);
    }

    private static void isRefused(Answer answer, String what, String message) {
        assertThat(answer.status()).as(what).isEqualTo(400);
        assertThat(answer.text("errorCode")).as(what).isEqualTo("invalid_body");
        assertThat(answer.text("message")).as(what).contains(message);
    }

    @Test
    void notingNeedsTheScopeOfItsKind() throws Exception {
        var kin = kin(true, true);
        var rows =
                Map.of(
                        "sessions/" + kin.sessionId(), "update:sessions",
                        "refresh-tokens/" + kin.familyId(), "update:refresh_tokens");
        var reader = reader("read:sessions", "read:refresh_tokens");
        for (var row : rows.entrySet()) {
            assertThat(reader.get(row.getKey()).status()).isEqualTo(200);
            var refused = reader.call("PATCH", row.getKey(), "{}");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.text("errorCode")).isEqualTo("insufficient_scope");
            assertThat(refused.text("message"))
                    .startsWith("Insufficient scope, expected any of: " + row.getValue());
        }
        for (var gone : List.of("sessions/unknown", "refresh-tokens/unknown"))
            assertThat(operator().call("PATCH", gone, "{}").status()).isEqualTo(404);
    }

    private Operator reader(String... scopes) throws Exception {
        var client = create("clients", "{\"name\":\"Reader\",\"app_type\":\"non_interactive\"}");
        var scope = JSON.valueToTree(List.of(scopes));
        create(
                "client-grants",
                "{\"client_id\":\"%s\",\"audience\":\"%sapi/v2/\",\"scope\":%s}"
                        .formatted(client.path("client_id").asString(), issuer(), scope));
        return new Operator(
                wire(),
                issuer(),
                client.path("client_id").asString(),
                client.path("client_secret").asString());
    }

    // How many there may be.

    private Answer refresh(Kin kin, String token) {
        return token(kin.clients(), Map.of("grant_type", "refresh_token", "refresh_token", token));
    }

    private static void isUnknown(Answer answer) {
        assertThat(answer.text("error_description")).isEqualTo("Unknown or invalid refresh token.");
        assertThat(answer.text("error")).isEqualTo("invalid_grant");
        assertThat(answer.status()).isEqualTo(403);
    }

    /// Contract authentication-api §4.5.
    @Test
    void theTwoHundredAndFirstTokenOfAUserAndClientEndsTheOldest() {
        var kin = kin(true, false);
        var tokens = new ArrayList<>(List.of(kin.webToken()));
        while (tokens.size() < 200) tokens.add(anotherToken(kin));
        assertThat(refresh(kin, tokens.get(0)).status()).isEqualTo(200);
        tokens.add(anotherToken(kin));
        isUnknown(refresh(kin, tokens.get(0)));
        for (var alive : List.of(tokens.get(1), tokens.get(199), tokens.get(200)))
            assertThat(refresh(kin, alive).status()).isEqualTo(200);
        // The limit is each client's own.
        assertThat(kin.phone().refresh().status()).isEqualTo(200);
        assertThat(sessionWorks(kin)).isTrue();
        manage(404, "GET", "refresh-tokens/" + kin.webFamilyId());
    }

    private String anotherToken(Kin kin) {
        var code = code(redeem(kin.clients(), "", Optional.of(kin.cookie()))).orElseThrow();
        return exchangeCode(kin.clients(), code).text("refresh_token");
    }

    /// Contract authentication-api §4.5: of tokens for the same user, client and API.
    @ParameterizedTest
    @CsvSource({"non-rotating, rotating", "rotating, non-rotating"})
    void afterASwitchOfRotationTheFirstExchangeEndsTheOthers(String before, String after) {
        var clients = clients(true, true);
        var api = "https://%s.example".formatted(before);
        create(
                "resource-servers",
                "{\"name\":\"API\",\"identifier\":\"%s\",\"allow_offline_access\":true}"
                        .formatted(api));
        rotation(clients, before);
        var app = new App(issuer(), clients.app());
        var email = operator().createUser();
        var first = signedIn(app, email);
        var others = List.of(signedIn(app, email), signedIn(app, email));
        var atAnApi = signedIn(app.withAudience(api), email);
        var ofAnother = signedIn(app, operator().createUser());
        rotation(clients, after);
        var old = first.refreshToken();
        var exchanged = first.refresh();
        assertThat(exchanged.status()).isEqualTo(200);
        assertThat(exchanged.field("refresh_token").isPresent())
                .isEqualTo(after.equals("rotating"));
        for (var other : others) isUnknown(other.refresh());
        for (var kept : List.of(first, atAnApi, ofAnother))
            assertThat(kept.refresh().status()).isEqualTo(200);
        if (after.equals("rotating")) assertThat(first.refreshToken()).isNotEqualTo(old);
    }

    private Phone signedIn(App app, String email) {
        var phone = new Phone(wire(), app);
        assertThat(phone.signIn(email, Operator.PASSWORD, "openid offline_access").status())
                .isEqualTo(200);
        return phone;
    }

    private void rotation(Clients clients, String type) {
        operator()
                .patchClient(
                        clients.app(),
                        "{\"refresh_token\":{\"rotation_type\":\"%s\",\"expiration_type\":\"expiring\"}}"
                                .formatted(type));
    }
}
