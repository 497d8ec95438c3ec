package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.wire.Answer;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Lists that grow and shrink while somebody pages through them (contract management-api §1.4), and
/// the tenant log (§8).
class ListStory extends KinScene {
    private static final int ITEMS = 5;

    @Override
    Map<String, String> database() {
        return Map.of();
    }

    /// A list.
    ///
    /// @param path with a question mark
    /// @param key where its items are
    /// @param id what tells them apart
    /// @param more adds one
    private record Listing(String path, String key, String id, Runnable more) {
        List<String> ids(JsonNode items) {
            return items.valueStream().map(it -> it.path(id).asString()).toList();
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private JsonNode get(String path) {
        var answer = operator().get(path);
        assertThat(answer.status()).as("%s: %s", path, answer.json()).isEqualTo(200);
        return answer.json();
    }

    private void isRefused(String path) {
        var answer = operator().get(path);
        assertThat(answer.status()).as("%s: %s", path, answer.json()).isEqualTo(400);
        assertThat(answer.text("errorCode")).as(path).isEqualTo("invalid_query_string");
    }

    private static String name() {
        return "n" + UUID.randomUUID();
    }

    // What there are lists of.

    private String client() {
        var body = "{\"name\":\"%s\",\"app_type\":\"non_interactive\"}".formatted(name());
        return create("clients", body).path("client_id").asString();
    }

    private String api() {
        var identifier = "https://" + name() + ".example";
        create(
                "resource-servers",
                "{\"name\":\"API\",\"identifier\":\"%s\",\"allow_offline_access\":true}"
                        .formatted(identifier));
        return identifier;
    }

    private String connection() {
        var body = "{\"name\":\"%s\",\"strategy\":\"auth0\"}".formatted(name());
        return create("connections", body).path("id").asString();
    }

    private String organization() {
        return create("organizations", "{\"name\":\"%s\"}".formatted(name())).path("id").asString();
    }

    private String user() {
        var email = operator().createUser();
        return get("users-by-email?email=" + email).path(0).path("user_id").asString();
    }

    private void join(String organization, String user) {
        manage(
                204,
                "POST",
                "organizations/" + organization + "/members",
                "{\"members\":[\"%s\"]}".formatted(user));
    }

    private Listing connections() {
        return new Listing("connections?", "connections", "id", this::connection);
    }

    private Listing organizations() {
        return new Listing("organizations?", "organizations", "id", this::organization);
    }

    private Listing clientGrants() {
        var client = client();
        return new Listing(
                "client-grants?client_id=" + client + "&",
                "client_grants",
                "id",
                () ->
                        create(
                                "client-grants",
                                "{\"client_id\":\"%s\",\"audience\":\"%s\",\"scope\":[]}"
                                        .formatted(client, api())));
    }

    private Listing members() {
        var acme = organization();
        return new Listing(
                "organizations/" + acme + "/members?",
                "members",
                "user_id",
                () -> join(acme, user()));
    }

    private Listing enabledConnections() {
        var path = "organizations/" + organization() + "/enabled_connections";
        return new Listing(
                path + "?",
                "enabled_connections",
                "connection_id",
                () -> create(path, "{\"connection_id\":\"%s\"}".formatted(connection())));
    }

    private Listing organizationsOfUser() {
        var kim = user();
        return new Listing(
                users(kim) + "/organizations?",
                "organizations",
                "id",
                () -> join(organization(), kim));
    }

    private Listing clientsOfConnection() {
        var path = "connections/" + connection() + "/clients";
        return new Listing(
                path + "?",
                "clients",
                "client_id",
                () ->
                        manage(
                                204,
                                "PATCH",
                                path,
                                "[{\"client_id\":\"%s\",\"status\":true}]".formatted(client())));
    }

    private Listing sessions() {
        var kin = kin(false, false);
        return new Listing(
                users(kin.user()) + "/sessions?",
                "sessions",
                "id",
                () -> {
                    var token = kin.phone().exchange().text("access_token");
                    assertThat(code(redeem(kin.clients(), token, Optional.empty()))).isPresent();
                });
    }

    private static void another(KinScene scene, Kin kin) {
        var code = code(scene.redeem(kin.clients(), "", Optional.of(kin.cookie()))).orElseThrow();
        scene.exchangeCode(kin.clients(), code);
    }

    private Listing tokensOfUser() {
        var kin = kin(false, false);
        return new Listing(
                users(kin.user()) + "/refresh-tokens?", "tokens", "id", () -> another(this, kin));
    }

    private Listing tokens() {
        var kin = kin(false, false);
        return new Listing(
                "refresh-tokens?user_id=" + encoded(kin.user()) + "&",
                "refresh_tokens",
                "id",
                () -> another(this, kin));
    }

    private Listing deviceCredentials() {
        var kin = kin(false, false);
        return new Listing(
                "device-credentials?user_id=" + encoded(kin.user()) + "&",
                "device_credentials",
                "id",
                () -> another(this, kin));
    }

    private Listing grants() {
        var client = clients(false, false).app();
        var email = operator().createUser();
        var kim = get("users-by-email?email=" + email).path(0).path("user_id").asString();
        return new Listing(
                "grants?user_id=" + encoded(kim) + "&",
                "grants",
                "id",
                () -> {
                    var app = new App(issuer(), client).withAudience(api());
                    var signedIn =
                            new Phone(wire(), app)
                                    .signIn(email, Operator.PASSWORD, "openid offline_access");
                    assertThat(signedIn.status()).as("%s", signedIn.json()).isEqualTo(200);
                });
    }

    private Stream<Listing> checkpointLists() {
        return Stream.of(
                connections(),
                organizations(),
                clientGrants(),
                members(),
                enabledConnections(),
                organizationsOfUser(),
                clientsOfConnection(),
                sessions(),
                tokensOfUser(),
                tokens());
    }

    private Stream<Listing> offsetLists() {
        return Stream.of(
                new Listing("clients?", "clients", "client_id", this::client),
                new Listing("resource-servers?", "resource_servers", "id", this::api),
                new Listing("users?", "users", "user_id", this::user),
                connections(),
                organizations(),
                clientGrants(),
                grants(),
                deviceCredentials());
    }

    private static Stream<DynamicTest> each(Stream<Listing> lists, Consumer<Listing> test) {
        return lists.map(
                list ->
                        DynamicTest.dynamicTest(
                                list.path().replaceAll("[/=][^/&?]{16,}", "…"),
                                () -> {
                                    for (var i = 0; i < ITEMS; i++) list.more().run();
                                    test.accept(list);
                                }));
    }

    // Checkpoints.

    /// All pages of two; between the first of them something happens.
    private List<String> walked(Listing list, Consumer<List<String>> between) {
        var seen = new ArrayList<String>();
        var from = "";
        for (var pages = 0; ; pages++) {
            // The SDKs always ask for totals; these lists have none.
            var page = get(list.path() + "take=2&include_totals=true" + from);
            var ids = list.ids(page.path(list.key()));
            seen.addAll(ids);
            if (!page.has("next")) {
                assertThat(page.propertyNames()).containsExactly(list.key());
                return seen;
            }
            assertThat(page.propertyNames()).containsExactly(list.key(), "next");
            assertThat(ids).hasSize(2);
            if (pages < 2) between.accept(ids);
            from = "&from=" + page.path("next").asString();
        }
    }

    private List<String> all(Listing list) {
        return list.ids(get(list.path() + "take=100").path(list.key()));
    }

    @TestFactory
    Stream<DynamicTest> whatIsAddedMeanwhileNeitherHidesNorRepeatsAnything() {
        return each(
                checkpointLists(),
                list -> {
                    var before = all(list);
                    assertThat(before).hasSizeGreaterThanOrEqualTo(ITEMS);
                    var seen = walked(list, _ -> list.more().run());
                    assertThat(seen).doesNotHaveDuplicates().containsAll(before);
                    assertThat(all(list)).containsAll(seen).hasSize(before.size() + 2);
                });
    }

    @TestFactory
    Stream<DynamicTest> aCheckpointIsRefusedIfASingleCharacterIsNotOurs() {
        return each(
                checkpointLists(),
                list -> {
                    var next = get(list.path() + "take=2").path("next").asString();
                    assertThat(next).matches("[A-Za-z0-9_-]+");
                    var path = list.path() + "take=2&from=";
                    assertThat(get(path + next).path(list.key())).isNotEmpty();
                    for (var i = 0; i < next.length(); i++) {
                        var other = next.charAt(i) == 'A' ? 'B' : 'A';
                        isRefused(path + next.substring(0, i) + other + next.substring(i + 1));
                    }
                    for (var other :
                            List.of(
                                    next.substring(1),
                                    next.substring(0, next.length() - 1),
                                    next + "A",
                                    next + "=",
                                    next + next,
                                    "x",
                                    "0",
                                    "0.x",
                                    list.ids(get(path + next).path(list.key())).getFirst()))
                        isRefused(path + encoded(other));
                    for (var take : List.of("0", "101", "-1", "x", "1.5", "1e1"))
                        isRefused(list.path() + "take=" + take);
                });
    }

    @Test
    void aCheckpointOfAnotherListIsRefused() {
        var sessions = sessions();
        sessions.more().run();
        var next = get(sessions.path() + "take=1").path("next").asString();
        assertThat(next).isNotEmpty();
        isRefused(tokens().path() + "from=" + next);
    }

    /// Who deletes page by page deletes all.
    @Test
    void whatIsDeletedMeanwhileHidesNothing() {
        var grants = clientGrants();
        for (var i = 0; i < ITEMS; i++) grants.more().run();
        var before = all(grants);
        var seen =
                walked(
                        grants,
                        ids -> ids.forEach(id -> manage(204, "DELETE", "client-grants/" + id)));
        assertThat(seen).containsExactlyElementsOf(before);
        assertThat(all(grants)).hasSize(1);
    }

    // Offsets.

    @TestFactory
    Stream<DynamicTest> pagesOfAGrowingListHaveEachItemOnceAndTheTotalOfTheirMoment() {
        return each(
                offsetLists(),
                list -> {
                    var whole = list.path() + "per_page=100&include_totals=true";
                    var before = list.ids(get(whole).path(list.key()));
                    var total = get(whole).path("total").asInt();
                    assertThat(total).isEqualTo(before.size());
                    var seen = new ArrayList<String>();
                    for (var page = 0; page * 2 < total; page++) {
                        var path = list.path() + "per_page=2&page=" + page;
                        var array = get(path);
                        assertThat(array.isArray()).isTrue();
                        seen.addAll(list.ids(array));
                        if (page < 2) {
                            list.more().run();
                            var counted = get(path + "&include_totals=true");
                            assertThat(counted.path("total").asInt()).isEqualTo(total + page + 1);
                            assertThat(counted.path("start").asInt()).isEqualTo(page * 2);
                            assertThat(counted.path("limit").asInt()).isEqualTo(2);
                            assertThat(counted.path(list.key())).isEqualTo(array);
                        }
                    }
                    assertThat(seen).doesNotHaveDuplicates().containsAll(before);
                    for (var wrong :
                            List.of(
                                    "per_page=101",
                                    "per_page=-1",
                                    "per_page=x",
                                    "page=-1",
                                    "page=x",
                                    "page=1e1")) isRefused(list.path() + wrong);
                });
    }

    // The tenant log.

    private List<String> logIds(JsonNode events) {
        return events.valueStream().map(it -> it.path("log_id").asString()).toList();
    }

    private static String next(Answer answer) {
        var link = answer.headers().firstValue("Link").orElseThrow();
        assertThat(link).startsWith("<").endsWith(">; rel=\"next\"");
        return link.substring(1, link.indexOf('>'));
    }

    /// The whole log by its links, page by page.
    private List<JsonNode> log(int take, Runnable between) {
        var events = new ArrayList<JsonNode>();
        var path = "logs?from=&take=" + take;
        for (var pages = 0; ; pages++) {
            var answer = operator().get(path);
            assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
            assertThat(next(answer)).startsWith(issuer() + "api/v2/logs?from=");
            if (answer.json().isEmpty()) {
                assertThat(next(answer)).isEqualTo(issuer() + "api/v2/" + path);
                return events;
            }
            assertThat(answer.json().size()).isLessThanOrEqualTo(take);
            answer.json().forEach(events::add);
            if (pages < 3) between.run();
            path = URI.create(next(answer)).toString().substring((issuer() + "api/v2/").length());
        }
    }

    @Test
    void aReaderOfTheLogMissesNothingAndReadsNothingTwice() {
        for (var i = 0; i < ITEMS; i++) client();
        var before = log(100, () -> {});
        var seen = log(3, this::client).stream().map(it -> it.path("log_id").asString()).toList();
        assertThat(seen).isSorted().doesNotHaveDuplicates().hasSize(before.size() + 3);
        assertThat(seen)
                .startsWith(
                        before.stream()
                                .map(it -> it.path("log_id").asString())
                                .toArray(String[]::new));
        for (var from : List.of("x", "900", "-1", seen.getFirst() + "0", "9" + seen.getFirst()))
            isRefused("logs?from=" + from);
        for (var take : List.of("0", "101", "-1", "x")) isRefused("logs?from=&take=" + take);
    }

    /// Contract management-api §8: we return the true total.
    @Test
    void theTotalOfALogIsThatOfAllItsEvents() {
        var kin = kin(true, true);
        client();
        var whole = log(100, () -> {});
        var counted = get("logs?include_totals=true&per_page=2&page=1");
        assertThat(counted.propertyNames())
                .containsExactly("start", "limit", "length", "total", "logs");
        assertThat(counted.path("total").asInt()).isEqualTo(whole.size());
        assertThat(counted.path("length").asInt()).isEqualTo(2);
        assertThat(counted.path("start").asInt()).isEqualTo(2);
        var ofUser =
                whole.stream().filter(it -> it.path("user_id").asString("").equals(kin.user()));
        var ids = ofUser.map(it -> it.path("log_id").asString()).toList().reversed();
        assertThat(ids).hasSizeGreaterThan(3);
        for (var path :
                List.of(
                        users(kin.user()) + "/logs?",
                        "logs?q=" + encoded("user_id:\"" + kin.user() + "\"") + "&")) {
            assertThat(logIds(get(path))).isEqualTo(ids);
            var page = get(path + "include_totals=true&per_page=3");
            assertThat(page.path("total").asInt()).isEqualTo(ids.size());
            assertThat(logIds(page.path("logs"))).isEqualTo(ids.subList(0, 3));
            assertThat(logIds(get(path + "sort=date:1"))).isEqualTo(ids.reversed());
            isRefused(path + "page=10&per_page=100");
        }
    }

    /// Contract management-api §8: what can be searched, and ours.
    private static final List<String> SEARCHED =
            List.of(
                    ("client_id client_name connection connection_id description date hostname ip"
                         + " log_id organization_id user_id user_name user_agent strategy"
                         + " strategy_type type audience")
                            .split(" ", -1));

    @Test
    void anEventIsFoundByEveryFieldOfTheContract() {
        signInToAnOrganization();
        client();
        var newestFirst = log(100, () -> {}).reversed();
        for (var field : SEARCHED) {
            var event = newestFirst.stream().filter(it -> it.has(field)).findFirst().orElseThrow();
            var query = "%s:\"%s\"".formatted(field, event.path(field).asString());
            for (var name : List.of("q", "search")) {
                var found = get("logs?per_page=100&%s=%s".formatted(name, encoded(query)));
                assertThat(found).as(field).contains(event);
                assertThat(found)
                        .allSatisfy(it -> assertThat(it.path(field)).isEqualTo(event.path(field)));
            }
            var others = get("logs?per_page=100&q=" + encoded("NOT " + query));
            assertThat(others).as(field).doesNotContain(event);
        }
    }

    private void signInToAnOrganization() {
        var app = clients(true, true).app();
        operator().patchClient(app, "{\"organization_usage\":\"require\"}");
        var email = operator().createUser();
        var kim = get("users-by-email?email=" + email).path(0).path("user_id").asString();
        var acme = organization();
        join(acme, kim);
        var path = "connections?name=Username-Password-Authentication";
        create(
                "organizations/" + acme + "/enabled_connections",
                "{\"connection_id\":\"%s\"}".formatted(get(path).path(0).path("id").asString()));
        var answer =
                wire().post(
                                issuer().resolve("oauth/token"),
                                Map.of(
                                        "grant_type",
                                        "http://auth0.com/oauth/grant-type/password-realm",
                                        "realm",
                                        "Username-Password-Authentication",
                                        "client_id",
                                        app,
                                        "username",
                                        email,
                                        "password",
                                        Operator.PASSWORD,
                                        "organization",
                                        acme),
                                Map.of());
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"scope:openid", "details.x:1", "_id:1", "isMobile:false", "x:y", "("})
    void whatCanNotBeSearchedIsRefused(String query) {
        isRefused("logs?q=" + encoded(query));
        isRefused("logs?search=" + encoded(query));
    }
}
