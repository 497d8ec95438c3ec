package segue.server.management;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.identifier.ClientId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.network.ClientAddress;
import segue.domain.network.Device;
import segue.domain.network.Geo;
import segue.server.http.Method;

import tools.jackson.databind.JsonNode;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// Contract management-api §8.
class LogsTest {
    private static final String PHONE =
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko)"
                    + " Chrome/131.0.0.0 Mobile Safari/537.36";

    @TempDir Path folder;
    private Api api;

    @BeforeEach
    void open() {
        api = new Api(folder);
    }

    @AfterEach
    void close() {
        api.close();
    }

    private static LogEvent event(String type, int lastByte) {
        var device =
                new Device(
                        ClientAddress.of(new byte[] {10, 0, 0, (byte) lastByte}),
                        OptionalLong.empty(),
                        PHONE);
        return LogEvent.of(
                type,
                new Origin(
                        device, Geo.UNKNOWN, "id.example", Optional.of("{\"name\":\"android\"}")));
    }

    private void write(LogEvent... events) {
        for (var event : events)
            api.database.inTransaction(
                    tx -> {
                        tx.log().append(event);
                        return true;
                    });
    }

    private List<String> found(String query) {
        return api.ok("/logs?q=" + URLEncoder.encode(query, StandardCharsets.UTF_8))
                .valueStream()
                .map(it -> it.path("type").asString())
                .toList();
    }

    @Test
    void anEventIsShownAsTheContractSays() {
        write(
                event("sertft", 1)
                        .about(new ClientId("app"), "Shop")
                        .asking(Optional.of("urn:x:session_transfer"), Optional.of("openid"))
                        .with("refresh_token.access", "offline")
                        .with("tokenCounter", 3L));
        var shown = api.ok("/logs").get(0);
        var id = shown.path("log_id").asString();
        assertThat(id).matches("90020260302090000000\\d{36}").endsWith("01");
        assertThat(shown.toString())
                .isEqualTo(
                        """
                        {"date":"2026-03-02T09:00:00.000Z","audience":"urn:x:session_transfer",\
                        "auth0_client":{"name":"android"},"client_id":"app","client_name":"Shop",\
                        "hostname":"id.example","ip":"10.0.0.1","scope":"openid","type":"sertft",\
                        "user_agent":"Chrome Mobile 131.0.0 / Android 14.0.0","isMobile":true,\
                        "details":{"refresh_token":{"access":"offline"},"tokenCounter":3},\
                        "$event_schema":{"version":"1.0.0"},"log_id":"%s","_id":"%s"}\
                        """
                                .formatted(id, id));
        assertThat(api.ok("/logs/" + id)).isEqualTo(shown);
        assertThat(api.refused(Method.GET, "/logs/9001", "").path("message").asString())
                .isEqualTo("Log not found.");
    }

    @Test
    void anEventTellsWhereItCameFromAsFarAsThatWasKnownThen() {
        var somewhere =
                new Geo(
                        Optional.of("Saint-Étienne & more"),
                        Optional.of("EU"),
                        Optional.of("FR"),
                        Optional.of("FRA"),
                        Optional.of("France"),
                        OptionalDouble.of(45.4397),
                        OptionalDouble.of(-4.3872),
                        Optional.of("ARA"),
                        Optional.of("Auvergne"),
                        Optional.of("Europe/Paris"));
        var device =
                new Device(ClientAddress.of(new byte[] {10, 0, 0, 1}), OptionalLong.empty(), PHONE);
        write(LogEvent.of("s", new Origin(device, somewhere, "id.example", Optional.empty())));
        assertThat(api.ok("/logs").get(0).path("location_info").toString())
                .isEqualTo(
                        """
                        {"country_code":"FR","country_code3":"FRA","country_name":"France",\
                        "city_name":"Saint-Étienne & more","latitude":45.4397,"longitude":-4.3872,\
                        "time_zone":"Europe/Paris","continent_code":"EU"}\
                        """);
    }

    @Test
    void anEventOfAUserNamesConnectionStrategyAndOrganization() {
        var connection = api.ok("/connections").get(0).path("id").asString();
        var acme = api.ok(Method.POST, "/organizations", "{'name':'acme'}").path("id").asString();
        var kim =
                api.ok(
                        Method.POST,
                        "/users",
                        "{'connection':'Username-Password-Authentication','email':'kim@example.org'}");
        var user = kim.path("user_id").asString();
        write(
                event("s", 1)
                        .about(
                                new segue.domain.identifier.UserId(user),
                                new segue.domain.identifier.ConnectionId(connection),
                                Optional.of(new segue.domain.identifier.OrganizationId(acme))));
        var shown = api.ok("/users/" + user.replace("|", "%7C") + "/logs").get(0);
        assertThat(shown.path("user_name").asString()).isEqualTo("kim@example.org");
        assertThat(shown.path("connection").asString())
                .isEqualTo("Username-Password-Authentication");
        assertThat(shown.path("connection_id").asString()).isEqualTo(connection);
        assertThat(shown.path("strategy").asString()).isEqualTo("auth0");
        assertThat(shown.path("strategy_type").asString()).isEqualTo("database");
        assertThat(shown.path("organization_name").asString()).isEqualTo("acme");
        assertThat(found("strategy:auth0 AND strategy_type:database")).containsExactly("s");
        assertThat(found("organization_id:" + acme)).containsExactly("s");
    }

    @Test
    void theLogIsSearchedAsTheContractSays() {
        write(
                event("sertft", 1).asking(Optional.of("urn:x"), Optional.empty()),
                event("fertft", 2).described("It failed"),
                event("w", 3));
        assertThat(found("type:(sertft OR fertft)")).containsExactly("fertft", "sertft");
        assertThat(found("NOT type:w AND ip:10.0.0.*")).containsExactly("fertft", "sertft");
        assertThat(found("description:\"It failed\"")).containsExactly("fertft");
        assertThat(found("description:\"it failed\"")).isEmpty();
        assertThat(found("description:It*")).containsExactly("fertft");
        assertThat(found("description:it*")).isEmpty();
        assertThat(found("description:*fail*")).containsExactly("fertft");
        // Whoever has no description doesn't have this one.
        assertThat(found("NOT description:\"It failed\"")).containsExactly("w", "sertft");
        assertThat(found("audience:\"urn:x\"")).containsExactly("sertft");
        assertThat(found("10.0.0.3")).containsExactly("w");
        assertThat(found("user_agent:\"Chrome Mobile 131.0.0 / Android 14.0.0\"")).hasSize(3);
        assertThat(found("hostname:id.example")).hasSize(3);
        assertThat(found("date:2026-03-02")).hasSize(3);
        assertThat(found("date:[2026-03-02T09:00 TO 2026-03-02T09:00]")).hasSize(3);
        assertThat(found("date:{2026-03-02 TO *]")).isEmpty();
        var ids = api.ok("/logs").valueStream().map(it -> it.path("log_id").asString()).toList();
        assertThat(found("log_id:" + ids.get(1))).containsExactly("fertft");
        assertThat(found("log_id:{" + ids.get(2) + " TO *]")).containsExactly("w", "fertft");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "details.x:1", "scope:openid", "organization_name:acme", "date:soon", "type:s?",
                "type:", "type:s description:x", "auth0_client:x", "at:1", "[a TO b]"
            })
    void whatCanNotBeSearchedIsRefused(String query) {
        var path = "/logs?q=" + URLEncoder.encode(query, StandardCharsets.UTF_8);
        assertThat(api.refused(Method.GET, path, "").path("errorCode").asString())
                .isEqualTo("invalid_query_string");
        var search = path.replace("?q=", "?search=");
        assertThat(api.refused(Method.GET, search, "").path("statusCode").asInt()).isEqualTo(400);
    }

    @Test
    void pagesCountWhatTheyHoldAndReachTheFirstThousand() {
        write(event("a", 1), event("b", 2), event("c", 3));
        var page = api.ok("/logs?include_totals=true&per_page=2&page=1");
        assertThat(page.propertyNames())
                .containsExactly("start", "limit", "length", "total", "logs");
        assertThat(page.toString())
                .startsWith("{\"start\":2,\"limit\":2,\"length\":1,\"total\":3,\"logs\":[{");
        assertThat(api.ok("/logs?page=9&per_page=100")).isEmpty();
        api.refused(Method.GET, "/logs?page=10&per_page=100", "");
        api.refused(Method.GET, "/logs?per_page=101", "");
        assertThat(api.ok("/logs?sort=date:1").valueStream().map(it -> it.path("type").asString()))
                .containsExactly("a", "b", "c");
        api.refused(Method.GET, "/logs?sort=type:1", "");
    }

    @Test
    void checkpointsWalkTheWholeLogInOrder() {
        // Times of our clock stand still; one event is written for each page.
        write(event("a", 1), event("b", 2), event("c", 3));
        var first = api.get("/logs?from=&take=2&per_page=1000&q=nonsense:1", "read:logs");
        assertThat(first.status()).isEqualTo(200);
        assertThat(types(Api.json(first))).containsExactly("a", "b");
        var last = Api.json(first).get(1).path("log_id").asString();
        var next = "<https://id.example/api/v2/logs?from=" + last + "&take=2>; rel=\"next\"";
        assertThat(first.header("Link")).contains(next);
        var second = api.get("/logs?from=" + last + "&take=2", "read:logs");
        assertThat(types(Api.json(second))).containsExactly("c");
        var end = Api.json(second).get(0).path("log_id").asString();
        var empty = api.get("/logs?from=" + end + "&take=2", "read:logs");
        assertThat(empty.text()).isEqualTo("[]");
        assertThat(empty.header("Link"))
                .contains("<https://id.example/api/v2/logs?from=" + end + "&take=2>; rel=\"next\"");
        api.refused(Method.GET, "/logs?from=x", "");
        api.refused(Method.GET, "/logs?from=" + end + "&take=101", "");
    }

    private static List<String> types(JsonNode logs) {
        return logs.valueStream().map(it -> it.path("type").asString()).toList();
    }

    @Test
    void aWriteSaysWhoDidWhatAndTellsNoSecret() {
        var secret = "k".repeat(40);
        var client =
                api.ok(Method.POST, "/clients", "{'name':'X','client_secret':'" + secret + "'}")
                        .path("client_id")
                        .asString();
        api.ok(
                Method.POST,
                "/users",
                "{'connection':'Username-Password-Authentication','email':'kim@example.org','password':'"
                        + secret
                        + "'}");
        api.ok(Method.DELETE, "/clients/" + client, "");
        var log = api.ok("/logs");
        assertThat(log.toString()).doesNotContain(secret);
        var deleted = log.get(0);
        assertThat(deleted.path("type").asString()).isEqualTo("sapi");
        assertThat(deleted.path("description").asString()).isEqualTo("Delete a client");
        assertThat(deleted.path("client_id").asString()).isEqualTo("first");
        assertThat(deleted.path("details").toString())
                .isEqualTo(
                        "{\"request\":{\"method\":\"DELETE\",\"path\":\"/api/v2/clients/"
                                + client
                                + "\"},\"response\":{\"statusCode\":204}}");
    }
}
