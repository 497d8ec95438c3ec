package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import segue.demo.story.World;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/// Contract management-api §12, with the limits of actions §6.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ActionApiStory {
    private static final String UUID_PATTERN =
            "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

    private Optional<World> running = Optional.empty();
    private Optional<Operator> managing = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        var world = new World(0, Map.of("log.level", "warn", "limits.management", "10000/s"));
        running = Optional.of(world);
        managing = Optional.of(new Operator(world));
    }

    @AfterAll
    void stop() {
        running.orElseThrow().close();
    }

    private JsonNode call(int status, String method, String path, String body) {
        var answer = managing.orElseThrow().call(method, path, body.replace('\'', '"'));
        assertThat(answer.status()).as("%s %s: %s", method, path, answer).isEqualTo(status);
        return answer.json();
    }

    private JsonNode get(String path) {
        return call(200, "GET", path, "");
    }

    private static String fresh(String name) {
        return name + " " + UUID.randomUUID();
    }

    /// The id of a new action.
    private String action(String name, String trigger, String more) {
        return call(
                        201,
                        "POST",
                        "actions/actions",
                        """
                        {'name':'%s','supported_triggers':[{'id':'%s','version':'v1'}],'code':'// %s'%s}
                        """
                                .formatted(name, trigger, name, more))
                .path("id")
                .asString();
    }

    private String deployed(String name, String trigger) {
        var id = action(name, trigger, ",'deploy':true");
        return id;
    }

    /// Ids and times are what they look like.
    private static String shape(JsonNode json) {
        return json.toString()
                .replaceAll(UUID_PATTERN, "UUID")
                .replaceAll(TIME, "TIME")
                .replaceAll("tep_[A-Za-z0-9]{16}", "TEP");
    }

    @Test
    void anActionIsShownExactlySo() {
        var name = fresh("Shape");
        var created =
                call(
                        201,
                        "POST",
                        "actions/actions",
                        """
                        {'name':'%s','supported_triggers':[{'id':'post-login','version':'v3'}],'code':'exports.x = 1;',
                         'dependencies':[{'name':'lodash','version':'4.17.21'}],'runtime':'node18',
                         'secrets':[{'name':'KEY','value':'hidden-one'}]}
                        """
                                .formatted(name));
        var content =
                """
                "code":"exports.x = 1;","runtime":"node18","supported_triggers":[{"id":"post-login","version":"v3"}],\
                "dependencies":[{"name":"lodash","version":"4.17.21"}],"secrets":[{"name":"KEY","updated_at":"TIME"}]\
                """;
        var expected =
                """
                {"id":"UUID","name":"%s","supported_triggers":[{"id":"post-login","version":"v3"}],"status":"built",\
                "all_changes_deployed":false,"created_at":"TIME","updated_at":"TIME",\
                "code":"exports.x = 1;","runtime":"node18","dependencies":[{"name":"lodash","version":"4.17.21"}],\
                "secrets":[{"name":"KEY","updated_at":"TIME"}]}\
                """
                        .formatted(name.replaceAll(UUID_PATTERN, "UUID"));
        assertThat(shape(created)).isEqualTo(expected);
        var id = created.path("id").asString();
        assertThat(get("actions/actions/" + id)).isEqualTo(created);
        var version = call(200, "POST", "actions/actions/" + id + "/deploy", "");
        assertThat(shape(version))
                .isEqualTo(
                        """
                        {"id":"UUID","action_id":"UUID","number":1,"deployed":true,"status":"built","built_at":"TIME",\
                        "created_at":"TIME","updated_at":"TIME",%s}\
                        """
                                .formatted(content));
        var shown = get("actions/actions/" + id);
        assertThat(shown.path("deployed_version")).isEqualTo(version);
        assertThat(shown.path("all_changes_deployed").asBoolean()).isTrue();
        var versions = get("actions/actions/" + id + "/versions?per_page=1");
        assertThat(versions.path("versions").path(0)).isEqualTo(version);
        assertThat(((ObjectNode) versions).without("versions").toString())
                .isEqualTo("{\"total\":1,\"page\":0,\"per_page\":1}");
        assertThat(get("actions/actions/" + id + "/versions/" + version.path("id").asString()))
                .isEqualTo(version);
    }

    @Test
    void theTriggersAreTheseThree() {
        assertThat(get("actions/triggers").path("triggers").path(0).toString())
                .isEqualTo(
                        """
                        {"id":"post-login","version":"v3","status":"CURRENT","runtimes":["node22"],\
                        "default_runtime":"node22","binding_policy":"trigger-bound","compatible_triggers":[]}\
                        """);
        assertThat(
                        get("actions/triggers")
                                .path("triggers")
                                .valueStream()
                                .map(it -> it.path("id").asString() + it.path("version").asString())
                                .collect(Collectors.joining(" ")))
                .isEqualTo("post-loginv3 custom-token-exchangev1 credentials-exchangev2");
    }

    /// THREATS R47.6: as Auth0 has it, a list replaces the one before, and who doesn't know a value
    /// keeps it.
    @Test
    void secretsAreReplacedByTheListAndKeptWithoutAValueAndNeverShown() {
        var id =
                action(
                        fresh("Secrets"),
                        "post-login",
                        ",'secrets':[{'name':'A','value':'hidden-a'},{'name':'B','value':'hidden-b'}]");
        var path = "actions/actions/" + id;
        call(200, "POST", path + "/deploy", "");
        var same = call(200, "PATCH", path, "{'secrets':[{'name':'A'},{'name':'B'}]}");
        assertThat(same.path("all_changes_deployed").asBoolean()).isTrue();
        var again = "{'secrets':[{'name':'A','value':'hidden-a'},{'name':'B'}]}";
        assertThat(call(200, "PATCH", path, again).path("all_changes_deployed").asBoolean())
                .as("the same value")
                .isTrue();
        var other = "{'secrets':[{'name':'A','value':'hidden-c'}]}";
        var changed = call(200, "PATCH", path, other);
        assertThat(changed.path("all_changes_deployed").asBoolean()).isFalse();
        assertThat(changed.path("secrets")).hasSize(1);
        var gone = call(400, "PATCH", path, "{'secrets':[{'name':'B'}]}");
        assertThat(gone.path("message").asString())
                .isEqualTo(
                        "Payload validation error: 'Missing value of secret: B' on property"
                                + " secrets.");
        call(200, "PATCH", path, "{'code':'// kept'}");
        var everything =
                changed
                        + get(path).toString()
                        + get(path + "/versions")
                        + get("actions/actions?per_page=100")
                        + managing.orElseThrow().log("type:sapi");
        assertThat(everything).doesNotContain("hidden-").contains("\"A\"");
    }

    @Test
    void whatIsTooMuchOrWrongIsRefused() {
        var start = "{'name':'%s','supported_triggers':[{'id':'post-login','version':'v3'}]";
        for (var more :
                new String[] {
                    ",'code':'" + "x".repeat(100 * 1024 + 1) + "'}",
                    ",'code':1}",
                    ",'runtime':'node12'}",
                    ",'unknown':true}",
                    ",'secrets':[{'name':'" + "K".repeat(129) + "','value':'v'}]}",
                    ",'secrets':[{'name':'K','value':'" + "v".repeat(4097) + "'}]}",
                    ",'secrets':[{'name':'K'}]}",
                    ",'secrets':[{'name':'a b','value':'v'}]}",
                    ",'secrets':[{'name':'K','value':'v'},{'name':'K','value':'v'}]}",
                    ",'secrets':["
                            + "{'name':'K','value':'v'},".repeat(30)
                            + "{'name':'K','value':'v'}]}",
                    ",'dependencies':[{'name':'x'}]}",
                    ",'supported_triggers':[]}",
                    ",'deploy':'yes'}"
                }) {
            var body = start.formatted(fresh("Wrong")) + more;
            assertThat(call(400, "POST", "actions/actions", body).path("errorCode").asString())
                    .as(more)
                    .isEqualTo("invalid_body");
        }
        for (var body :
                new String[] {
                    "{'name':'x'}",
                    "{'supported_triggers':[{'id':'post-login','version':'v3'}]}",
                    "{'name':'','supported_triggers':[{'id':'post-login','version':'v3'}]}",
                    "{'name':'x','supported_triggers':[{'id':'Post Login','version':'v3'}]}",
                    "{'name':'x','supported_triggers':[{'id':'post-login'}]}"
                }) call(400, "POST", "actions/actions", body);
        var most = start + ",'code':'" + "x".repeat(100 * 1024) + "'}";
        call(201, "POST", "actions/actions", most.formatted(fresh("Large")));
    }

    @Test
    void namesAreTakenOnce() {
        var name = fresh("Name");
        action(name, "post-login", "");
        var body =
                "{'name':'" + name + "','supported_triggers':[{'id':'post-login','version':'v3'}]}";
        var refused = call(409, "POST", "actions/actions", body);
        assertThat(refused.path("errorCode").asString()).isEqualTo("conflict");
        var other = action(fresh("Other"), "post-login", "");
        call(409, "PATCH", "actions/actions/" + other, "{'name':'" + name + "'}");
        call(200, "PATCH", "actions/actions/" + other, "{'name':'" + fresh("Third") + "'}");
    }

    @Test
    void whatIsNotThereIsNotFound() {
        var missing = call(404, "GET", "actions/actions/nothing", "");
        assertThat(missing.toString())
                .isEqualTo(
                        """
                        {"statusCode":404,"error":"Not Found","message":"That action does not exist."}\
                        """);
        for (var path : new String[] {"", "/versions", "/versions/x"})
            call(404, "GET", "actions/actions/nothing" + path, "");
        call(404, "PATCH", "actions/actions/nothing", "{}");
        call(404, "DELETE", "actions/actions/nothing", "");
        call(404, "POST", "actions/actions/nothing/deploy", "");
        call(404, "POST", "actions/actions/nothing/versions/x/deploy", "");
        call(404, "GET", "actions/executions/nothing", "");
        call(404, "GET", "actions/triggers/No%20Trigger/bindings", "");
        var profile = call(404, "GET", "token-exchange-profiles/nothing", "");
        assertThat(profile.path("message").asString())
                .isEqualTo("Token exchange profile not found.");
        call(404, "PATCH", "token-exchange-profiles/nothing", "{}");
        call(204, "DELETE", "token-exchange-profiles/nothing", "");
    }

    @Test
    void actionsAreFoundByWhatTheyAreAndInPages() {
        var name = fresh("Found");
        var trigger = "t-" + UUID.randomUUID();
        action(name, trigger, "");
        deployed(fresh("Found too"), trigger);
        assertThat(get("actions/actions?triggerId=" + trigger).path("total").asInt()).isEqualTo(2);
        assertThat(
                        get("actions/actions?deployed=true&triggerId=" + trigger)
                                .path("actions")
                                .path(0)
                                .path("name")
                                .asString())
                .startsWith("Found too");
        assertThat(get("actions/actions?actionName=" + name.replace(" ", "%20")).path("actions"))
                .hasSize(1);
        assertThat(get("actions/actions?installed=true").path("total").asInt()).isZero();
        var second = get("actions/actions?triggerId=" + trigger + "&page=1&per_page=1");
        assertThat(second.path("actions")).hasSize(1);
        assertThat(((ObjectNode) second).without("actions").toString())
                .isEqualTo("{\"total\":2,\"page\":1,\"per_page\":1}");
    }

    @Test
    void anEarlierVersionRunsAgainAsANewOne() {
        var id = deployed(fresh("Back"), "post-login");
        var path = "actions/actions/" + id;
        var first = get(path).path("deployed_version");
        call(200, "PATCH", path, "{'code':'// second'}");
        call(200, "POST", path + "/deploy", "");
        var back = path + "/versions/" + first.path("id").asString() + "/deploy";
        var third = call(200, "POST", back, "");
        assertThat(third.path("number").asInt()).isEqualTo(3);
        assertThat(third.path("code")).isEqualTo(first.path("code"));
        var shown = get(path);
        assertThat(shown.path("deployed_version")).isEqualTo(third);
        assertThat(shown.path("code").asString()).isEqualTo("// second");
        call(200, "POST", back, "{'update_draft':true}");
        assertThat(get(path).path("all_changes_deployed").asBoolean()).isTrue();
        call(400, "POST", back, "{'update_draft':1}");
        assertThat(
                        get(path + "/versions")
                                .path("versions")
                                .valueStream()
                                .filter(it -> it.path("deployed").asBoolean()))
                .hasSize(1);
    }

    private String scripted(String body, String more) {
        return call(
                        201,
                        "POST",
                        "actions/actions",
                        """
                        {'name':'%s','supported_triggers':[{'id':'post-login','version':'v3'}],\
                        'code':'exports.onExecutePostLogin = async (event, api) => {%s};'%s}
                        """
                                .formatted(fresh("Tried"), body, more))
                .path("id")
                .asString();
    }

    private JsonNode tested(String id, String event) {
        var body = "{'payload':" + event + "}";
        var tested = call(200, "POST", "actions/actions/" + id + "/test", body);
        assertThat(tested.propertyNames()).containsExactly("payload");
        return tested.path("payload");
    }

    /// Contract management-api §12: what would happen is told, and nothing happens.
    @Test
    void aDraftIsTestedWithAnEventOfTheCallersAndNothingChanges() {
        var id =
                scripted(
                        "console.log(`hello ${event.user.name}`);"
                                + "api.user.setAppMetadata(`seen`, true);"
                                + "api.access.deny(`not ${event.request.geoip.countryCode}`)",
                        ",'deploy':true");
        var path = "actions/actions/" + id;
        var before = get(path);
        var payload =
                tested(id, "{'user':{'name':'Ada'},'request':{'geoip':{'countryCode':'XA'}}}");
        ((ObjectNode) payload).remove("took_ms");
        assertThat(shape(payload))
                .isEqualTo(
                        """
                        {"action_id":"UUID","action_name":"Tried UUID","logs":"hello Ada",\
                        "effects":["user.setAppMetadata seen = true","access.deny not XA"],\
                        "ruling":{"outcome":"denied","error":"access_denied","error_description":"not XA"}}\
                        """);
        assertThat(get(path)).isEqualTo(before);
    }

    @Test
    void theDraftIsTestedAndNotWhatIsDeployed() {
        var id = scripted("api.access.deny(`deployed`)", ",'deploy':true");
        call(200, "PATCH", "actions/actions/" + id, "{'code':'// nothing'}");
        assertThat(tested(id, "{}").path("ruling").toString())
                .isEqualTo("{\"outcome\":\"allowed\",\"warnings\":[]}");
    }

    /// THREATS R46.4, R47.6: it runs with the secrets, and tells none.
    @Test
    void aTestKnowsTheSecretsAndShowsNone() {
        var secret = ",'secrets':[{'name':'KEY','value':'hidden-one'}]";
        var id =
                scripted(
                        "console.log(event.secrets.KEY, event.secrets.KEY.length);"
                                + "api.idToken.setCustomClaim(`key`, event.secrets.KEY);"
                                + "api.access.deny(event.secrets.KEY)",
                        secret);
        var payload = tested(id, "{'secrets':{'KEY':'of the caller'}}");
        assertThat(payload.path("logs").asString()).isEqualTo("*** 10");
        assertThat(payload.path("ruling").path("error_description").asString()).isEqualTo("***");
        assertThat(payload.toString()).doesNotContain("hidden");
        var failing = tested(scripted("throw new Error(event.secrets.KEY)", secret), "{}");
        assertThat(failing.path("error").path("msg").asString()).isEqualTo("***");
        assertThat(failing.toString()).doesNotContain("hidden");
    }

    /// Contract actions §6.1: the writer is told why, the client wouldn't be.
    @Test
    void aTestThatFailsSaysWhyAndWhatTheClientWouldBeTold() {
        var payload = tested(scripted("api.access.deni()", ""), "{}");
        assertThat(payload.path("error").path("name").asString()).isEqualTo("TypeError");
        assertThat(payload.path("error").path("msg").asString()).contains("deni");
        assertThat(payload.path("effects")).isEmpty();
        assertThat(payload.path("ruling").path("error_description").asString())
                .isEqualTo("Action execution failed");
        var redirected =
                tested(scripted("api.redirect.sendUserTo(`https://x.example/`)", ""), "{}");
        assertThat(redirected.path("ruling").toString())
                .isEqualTo("{\"outcome\":\"redirected\",\"url\":\"https://x.example/\"}");
    }

    @Test
    void onlyWhatCanBeTestedIs() {
        call(404, "POST", "actions/actions/nothing/test", "{'payload':{}}");
        var path = "actions/actions/" + scripted("", "") + "/test";
        for (var body : new String[] {"{}", "{'payload':1}", "{'payload':{},'more':1}", "[]"})
            assertThat(call(400, "POST", path, body).path("errorCode").asString())
                    .as(body)
                    .isEqualTo("invalid_body");
        var exchange = "actions/actions/" + action(fresh("X"), "custom-token-exchange", "");
        var refused = call(400, "POST", exchange + "/test", "{'payload':{}}");
        assertThat(refused.path("errorCode").asString()).isEqualTo("operation_not_supported");
    }

    private static String binding(String type, String value, String name) {
        return "{'ref':{'type':'%s','value':'%s'},'display_name':'%s'}"
                .formatted(type, value, name);
    }

    @Test
    void bindingsAreAnOrderedListThatIsReplacedAsAWhole() {
        var trigger = "t-" + UUID.randomUUID();
        var path = "actions/triggers/" + trigger + "/bindings";
        var name = fresh("One");
        var one = deployed(name, trigger);
        var two = deployed(fresh("Two"), trigger);
        var bound =
                call(
                        200,
                        "PATCH",
                        path,
                        "{'bindings':["
                                + binding("action_name", name, "First")
                                + ","
                                + binding("action_id", two, "Second")
                                + "]}");
        assertThat(shape(bound.path("bindings").path(0)))
                .isEqualTo(
                        """
                        {"id":"UUID","trigger_id":"t-UUID","display_name":"First","action":{"id":"UUID","name":"One UUID",\
                        "supported_triggers":[{"id":"t-UUID","version":"v1"}],"status":"built","all_changes_deployed":true,\
                        "created_at":"TIME","updated_at":"TIME"},"created_at":"TIME","updated_at":"TIME"}\
                        """);
        var shown = get(path);
        assertThat(shown.path("bindings")).isEqualTo(bound.path("bindings"));
        assertThat(((ObjectNode) shown).without("bindings").toString())
                .isEqualTo("{\"total\":2,\"page\":0,\"per_page\":50}");
        var second = bound.path("bindings").path(1).path("id").asString();
        var swapped =
                call(
                        200,
                        "PATCH",
                        path,
                        "{'bindings':[{'ref':{'type':'binding_id','value':'"
                                + second
                                + "'}},"
                                + binding("action_id", one, "First")
                                + "]}");
        assertThat(swapped.path("bindings").path(0).path("id").asString()).isEqualTo(second);
        assertThat(swapped.path("bindings").path(0).path("display_name").asString())
                .isEqualTo("Second");
        assertThat(call(200, "PATCH", path, "{'bindings':[]}").toString())
                .isEqualTo("{\"bindings\":[]}");
    }

    @Test
    void onlyADeployedActionThatSupportsTheTriggerIsBoundAndOnlyOnce() {
        var trigger = "t-" + UUID.randomUUID();
        var path = "actions/triggers/" + trigger + "/bindings";
        var draft = action(fresh("Draft"), trigger, "");
        var elsewhere = deployed(fresh("Elsewhere"), "post-login");
        var fine = deployed(fresh("Fine"), trigger);
        for (var refused :
                new String[] {
                    binding("action_id", draft, "x"),
                    binding("action_id", elsewhere, "x"),
                    binding("action_id", "nothing", "x"),
                    binding("action_name", fine, "x"),
                    binding("binding_id", fine, "x"),
                    binding("somehow", fine, "x"),
                    binding("action_id", fine, " "),
                    binding("action_id", fine, "x") + "," + binding("action_id", fine, "y")
                }) call(400, "PATCH", path, "{'bindings':[" + refused + "]}");
        call(400, "PATCH", path, "{}");
        assertThat(get(path).path("total").asInt()).isZero();
        var exchange = deployed(fresh("Exchange"), "custom-token-exchange");
        call(
                400,
                "PATCH",
                "actions/triggers/custom-token-exchange/bindings",
                "{'bindings':[" + binding("action_id", exchange, "x") + "]}");
    }

    @Test
    void aBoundActionIsDeletedByForceOnly() {
        var trigger = "t-" + UUID.randomUUID();
        var path = "actions/triggers/" + trigger + "/bindings";
        var id = deployed(fresh("Bound"), trigger);
        call(200, "PATCH", path, "{'bindings':[" + binding("action_id", id, "x") + "]}");
        call(400, "DELETE", "actions/actions/" + id, "");
        call(400, "DELETE", "actions/actions/" + id + "?force=false", "");
        call(204, "DELETE", "actions/actions/" + id + "?force=true", "");
        call(404, "GET", "actions/actions/" + id, "");
        assertThat(get(path).path("total").asInt()).isZero();
    }

    private String profile(String name, String type, String action) {
        return "{'name':'%s','subject_token_type':'%s','action_id':'%s','type':'custom_authentication'}"
                .formatted(name, type, action);
    }

    @Test
    void aProfileNamesADeployedActionWhichStays() {
        var action = deployed(fresh("Exchange"), "custom-token-exchange");
        var type = "urn:shop:" + UUID.randomUUID();
        var path = "token-exchange-profiles";
        var created = call(201, "POST", path, profile("Tickets", type, action));
        assertThat(shape(created))
                .isEqualTo(
                        """
                        {"id":"TEP","name":"Tickets","subject_token_type":"urn:shop:UUID","action_id":"UUID",\
                        "type":"custom_authentication","created_at":"TIME","updated_at":"TIME"}\
                        """);
        var one = path + "/" + created.path("id").asString();
        assertThat(get(one)).isEqualTo(created);
        call(409, "POST", path, profile("Again", type, action));
        assertThat(
                        call(200, "PATCH", one, "{'name':'Other tickets'}")
                                .path("subject_token_type")
                                .asString())
                .isEqualTo(type);
        call(400, "PATCH", one, "{'action_id':'" + action + "'}");
        call(400, "DELETE", "actions/actions/" + action + "?force=true", "");
        call(201, "POST", path, profile("Second", type + "2", action));
        call(409, "PATCH", one, "{'subject_token_type':'" + type + "2'}");
        var first = get(path + "?take=1");
        assertThat(first.path("token_exchange_profiles")).hasSize(1);
        var next = get(path + "?take=100&from=" + first.path("next").asString());
        assertThat(next.path("token_exchange_profiles")).isNotEmpty();
        assertThat(next.has("next")).isFalse();
        call(204, "DELETE", one, "");
        call(404, "GET", one, "");
    }

    @Test
    void aProfileForAReservedTypeOrAnActionThatCanNotServeItIsRefused() {
        var path = "token-exchange-profiles";
        var action = deployed(fresh("Exchange"), "custom-token-exchange");
        for (var type :
                new String[] {
                    "urn:ietf:params:oauth:token-type:refresh_token",
                    "URN:IETF:params:oauth:token-type:jwt",
                    "urn:auth0:x",
                    "urn:okta:x",
                    "https://auth0.com/x",
                    "http://okta.com",
                    "ticket",
                    "urn:a b",
                    ""
                }) call(400, "POST", path, profile("Reserved", type, action));
        var login = deployed(fresh("Login"), "post-login");
        var draft = action(fresh("Draft"), "custom-token-exchange", "");
        for (var wrong : new String[] {login, draft, "nothing"})
            call(400, "POST", path, profile("Wrong", "urn:shop:wrong", wrong));
        call(400, "POST", path, profile("x", "urn:shop:short", action));
    }

    @Test
    void everyWriteIsInTheTenantLogWithoutWhatWasSent() {
        var id =
                action(
                        fresh("Logged"),
                        "post-login",
                        ",'secrets':[{'name':'K','value':'hidden-value'}]");
        call(200, "POST", "actions/actions/" + id + "/deploy", "");
        var events = managing.orElseThrow().log("type:sapi").toString();
        assertThat(events)
                .contains("Create an action", "Deploy an action", "actions/actions/" + id)
                .doesNotContain("hidden-value", "// Logged");
    }
}
