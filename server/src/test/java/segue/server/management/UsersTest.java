package segue.server.management;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.UserId;
import segue.server.http.Method;
import segue.storage.Users;
import segue.storage.jdbc.ConfigurationTable.Kind;

import tools.jackson.databind.JsonNode;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/// Contract management-api §5.
class UsersTest {
    private static final String DATABASE = "Username-Password-Authentication";

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

    private JsonNode create(String more) {
        return api.ok(Method.POST, "/users", "{'connection':'" + DATABASE + "'," + more + "}");
    }

    private static String path(JsonNode user) {
        return "/users/" + encoded(user.path("user_id").asString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private JsonNode patch(JsonNode user, String body) {
        return api.ok(Method.PATCH, path(user), body);
    }

    private List<String> found(String query) {
        return api.ok("/users?q=" + encoded(query)).valueStream().map(UsersTest::name).toList();
    }

    private static String name(JsonNode user) {
        return user.path("name").asString();
    }

    @Test
    void aNewUserIsShownAsTheContractSays() {
        var user = create("'email':'Kim@Example.org','password':'correct horse'");
        var id = user.path("user_id").asString();
        assertThat(id).matches("auth0\\|[0-9a-f]{24}");
        var gravatar = Pattern.compile("avatar/[0-9a-f]{32}").matcher(user.toString());
        assertThat(gravatar.replaceFirst("avatar/0"))
                .isEqualTo(
                        """
                        {"user_id":"%s","email":"kim@example.org","email_verified":false,"name":"Kim@Example.org",\
                        "nickname":"Kim","picture":"https://s.gravatar.com/avatar/0?s=480&r=pg",\
                        "created_at":"2026-03-02T09:00:00.000Z","updated_at":"2026-03-02T09:00:00.000Z",\
                        "identities":[{"connection":"Username-Password-Authentication","user_id":"%s",\
                        "provider":"auth0","isSocial":false}]}\
                        """
                                .formatted(id, id.substring(6)));
        assertThat(api.ok(path(user))).isEqualTo(user);
    }

    @Test
    void anAddressIsGivenOnce() {
        create("'email':'kim@example.org'");
        var error =
                api.refused(
                        Method.POST,
                        "/users",
                        "{'connection':'" + DATABASE + "','email':'KIM@example.org'}");
        assertThat(error.path("statusCode").asInt()).isEqualTo(409);
        assertThat(error.path("errorCode").asString()).isEqualTo("auth0_idp_error");
        assertThat(error.path("message").asString()).isEqualTo("The user already exists.");
        var lee = create("'email':'lee@example.org'");
        assertThat(
                        api.refused(Method.PATCH, path(lee), "{'email':'kim@example.org'}")
                                .path("statusCode")
                                .asInt())
                .isEqualTo(409);
    }

    @Test
    void metadataMergesOnTheFirstLevel() {
        var kim =
                create(
                        "'email':'kim@example.org','user_metadata':{'a':{'x':1},'b':2},'app_metadata':{'plan':'gold'}");
        var merged = patch(kim, "{'user_metadata':{'a':{'y':2},'b':null}}");
        assertThat(merged.path("user_metadata").toString()).isEqualTo("{\"a\":{\"y\":2}}");
        assertThat(merged.path("app_metadata").toString()).isEqualTo("{\"plan\":\"gold\"}");
        var emptied = patch(kim, "{'user_metadata':{},'app_metadata':{}}");
        assertThat(emptied.path("user_metadata").toString()).isEqualTo("{}");
        assertThat(emptied.has("app_metadata")).isFalse();
    }

    @Test
    void metadataHasAScopeOfItsOwn() {
        var kim = create("'email':'kim@example.org'");
        var scope = "update:users_app_metadata";
        var metadata = "{\"app_metadata\":{\"a\":1},\"user_metadata\":{\"b\":2}}";
        assertThat(api.send(Method.PATCH, path(kim), scope, metadata).status()).isEqualTo(200);
        var blocked = api.send(Method.PATCH, path(kim), scope, "{\"blocked\":true}");
        assertThat(blocked.status()).isEqualTo(403);
        assertThat(api.ok(path(kim)).has("blocked")).isFalse();
    }

    @Test
    void aChangedAddressIsNotVerified() {
        var kim = create("'email':'kim@example.org','email_verified':true");
        assertThat(patch(kim, "{'email':'KIM@example.org'}").path("email_verified").asBoolean())
                .isTrue();
        assertThat(patch(kim, "{'email':'kim@example.net'}").path("email_verified").asBoolean())
                .isFalse();
        var vouched = patch(kim, "{'email':'kim@example.com','email_verified':true}");
        assertThat(vouched.path("email_verified").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'email':'nobody'}",
                "{'email':null}",
                "{'password':'short'}",
                "{'blocked':'yes'}",
                "{'user_metadata':[]}",
                "{'user_id':'mine'}",
                "{'created_at':'2020-01-01T00:00:00.000Z'}",
                "{'logins_count':7}",
                "{'identities':[]}",
                "{'password_hash':'x'}",
                "{'connection':'another'}"
            })
    void aWrongValueIsRefusedAndChangesNothing(String body) {
        var kim = create("'email':'kim@example.org'");
        var error = api.refused(Method.PATCH, path(kim), body);
        assertThat(error.path("errorCode").asString()).isEqualTo("invalid_body");
        assertThat(api.ok(path(kim))).isEqualTo(kim);
    }

    /// THREATS R35.5; the words of contract authentication-api §10.
    @ParameterizedTest
    @CsvSource({
        "short, PasswordStrengthError: Password is too weak",
        "iloveyou1, PasswordDictionaryError: Password is too common",
        "kimkimkimkim, PasswordNoUserInfoError: Password contains user information",
        "analytical, PasswordDictionaryError: Password is too common"
    })
    void aPasswordThatTheConnectionRefusesIsNeverSet(String password, String why) {
        var connection = api.ok("/connections?name=" + DATABASE).path(0).path("id").asString();
        api.ok(
                Method.PATCH,
                "/connections/" + connection,
                "{'options':{'password_no_personal_info':{'enable':true},"
                        + "'password_dictionary':{'enable':true,'dictionary':['Analytical']}}}");
        var body =
                "{'connection':'%s','email':'kim@example.org','password':'%s'}"
                        .formatted(DATABASE, password);
        var refused = api.refused(Method.POST, "/users", body);
        assertThat(refused.path("statusCode").asInt()).isEqualTo(400);
        assertThat(refused.path("message").asString())
                .isEqualTo("Payload validation error: '" + why + "'.");
        var kim = create("'email':'kim@example.org','password':'correct horse'");
        var changed = api.refused(Method.PATCH, path(kim), "{'password':'" + password + "'}");
        assertThat(changed.path("message").asString()).contains(why);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'passwordPolicy':'superb'}",
                "{'passwordPolicy':3}",
                "{'password_complexity_options':{'min_length':0}}",
                "{'password_dictionary':{'dictionary':['']}}",
                "{'password_dictionary':true}",
                "{'password_no_personal_info':{'enable':'yes'}}",
                "{'disable_signup':'no'}",
                "{'requires_username':1}"
            })
    void anOptionThatMeansSomethingMustMakeSense(String options) {
        var connection = api.ok("/connections?name=" + DATABASE).path(0);
        var path = "/connections/" + connection.path("id").asString();
        var refused = api.refused(Method.PATCH, path, "{'options':" + options + "}");
        assertThat(refused.path("errorCode").asString()).isEqualTo("invalid_body");
        assertThat(api.ok(path)).isEqualTo(connection);
    }

    @Test
    void allOtherOptionsAreKeptAsTheyCame() {
        var path =
                "/connections/"
                        + api.ok("/connections?name=" + DATABASE).path(0).path("id").asString();
        var options =
                "{\"password_history\":{\"enable\":true,\"size\":5},\"mfa\":{\"active\":true},"
                    + "\"passwordPolicy\":null,\"password_dictionary\":{\"enable\":false,\"x\":1}}";
        api.ok(Method.PATCH, path, "{\"options\":" + options + "}");
        assertThat(api.ok(path).path("options").toString()).isEqualTo(options);
    }

    @Test
    void changesAtTheSameTimeAreAllKept() throws Exception {
        var kim = create("'email':'kim@example.org'");
        var names = List.of("a", "b", "c", "d", "e", "f", "g", "h");
        var changes = new ArrayList<Callable<JsonNode>>();
        for (var name : names)
            changes.add(() -> patch(kim, "{'user_metadata':{'" + name + "':1}}"));
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (var done : threads.invokeAll(changes)) done.get();
        }
        assertThat(api.ok(path(kim)).path("user_metadata").propertyNames())
                .containsExactlyInAnyOrderElementsOf(names);
    }

    /// Else a change of metadata that began before a change of the password would bring the old
    /// password back.
    @Test
    void aChangeThatBringsNoPasswordLeavesTheOneThatThereIs() {
        var kim = create("'email':'kim@example.org','password':'correct horse'");
        var users = new Users(api.database);
        var seen = users.find(new UserId(kim.path("user_id").asString())).orElseThrow();
        patch(kim, "{'password':'battery staple'}");
        api.tenancy.users.patch(
                seen, Page.object("{\"nickname\":\"K\"}"), Tenancy.byOperator("users"));
        var now = users.find(seen.id()).orElseThrow();
        assertThat(now.keys().passwordHash()).isNotEqualTo(seen.keys().passwordHash());
        assertThat(api.ok(path(kim)).path("nickname").asString()).isEqualTo("K");
    }

    /// THREATS R42.4.
    @Test
    void theIdOfADeletedUserIsNeverGivenAgain() {
        var kim = create("'email':'kim@example.org','user_id':'kim'");
        api.ok(Method.DELETE, path(kim), "");
        assertThat(api.refused(Method.GET, path(kim), "").path("errorCode").asString())
                .isEqualTo("inexistent_user");
        var again =
                api.refused(
                        Method.POST,
                        "/users",
                        "{'connection':'"
                                + DATABASE
                                + "','email':'x@example.org','user_id':'kim'}");
        assertThat(again.path("statusCode").asInt()).isEqualTo(409);
        assertThat(create("'email':'kim@example.org'").path("user_id").asString())
                .isNotEqualTo("auth0|kim");
    }

    @Test
    void theIdsOfTheUsersOfADeletedConnectionAreNeverGivenAgain() {
        var other =
                api.ok(Method.POST, "/connections", "{'name':'Other','strategy':'auth0'}")
                        .path("id")
                        .asString();
        var body = "{'connection':'Other','email':'kim@example.org','user_id':'kim'}";
        api.ok(Method.POST, "/users", body);
        assertThat(api.ok(Method.DELETE, "/connections/" + other, "").has("deleted_at")).isTrue();
        assertThat(api.configuration.find(Kind.CONNECTION, new ConnectionId(other).value()))
                .isEmpty();
        api.refused(Method.POST, "/users", body.replace("'Other'", "'" + DATABASE + "'"));
    }

    @Test
    void aSearchFindsWhatItSays() {
        create("'email':'ada@example.org','name':'Ada'");
        create("'email':'kim@example.org','name':'Kim'");
        create("'username':'Lee','name':'lee'");
        assertThat(found("email:\"KIM@example.org\"")).containsExactly("Kim");
        assertThat(found("username:LEE")).containsExactly("lee");
        assertThat(found("name:K*")).containsExactly("Kim");
        assertThat(found("name:k*")).isEmpty();
        assertThat(found("email:*example*")).containsExactlyInAnyOrder("Ada", "Kim");
        assertThat(found("identities.connection:\"" + DATABASE + "\" AND NOT name:Ada"))
                .containsExactlyInAnyOrder("Kim", "lee");
        // Who has no address doesn't have this one.
        assertThat(found("NOT email:\"kim@example.org\"")).containsExactlyInAnyOrder("Ada", "lee");
        assertThat(found("created_at:[2026-03-02 TO *]")).hasSize(3);
        assertThat(found("created_at:[* TO 2026-03-02}")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"blocked:true", "kim", "email:", "nickname:Kim", "app_metadata.a:1"})
    void whatCanNotBeEvaluatedIsRefusedNeverMatchedByAll(String query) {
        create("'email':'kim@example.org'");
        var error = api.refused(Method.GET, "/users?q=" + encoded(query), "");
        assertThat(error.path("errorCode").asString()).isEqualTo("invalid_query_string");
    }

    @Test
    void aListIsSortedAsAsked() {
        create("'email':'b@example.org','name':'2'");
        create("'email':'a@example.org','name':'3'");
        create("'email':'c@example.org','name':'1'");
        assertThat(api.ok("/users?sort=email:1").valueStream().map(UsersTest::name))
                .containsExactly("3", "2", "1");
        assertThat(api.ok("/users?sort=name:-1").valueStream().map(UsersTest::name))
                .containsExactly("3", "2", "1");
        assertThat(
                        api.refused(Method.GET, "/users?sort=password_hash:1", "")
                                .path("errorCode")
                                .asString())
                .isEqualTo("invalid_query_string");
    }

    @Test
    void usersAreFoundByAddressInAnyCase() {
        create("'email':'kim@example.org'");
        assertThat(api.ok("/users-by-email?email=KIM%40example.org")).hasSize(1);
        assertThat(api.ok("/users-by-email?email=lee%40example.org")).isEmpty();
        api.refused(Method.GET, "/users-by-email", "");
    }

    @Test
    void aPathIsDecodedExactlyOnce() {
        var kim = create("'email':'kim@example.org','user_id':'kim'");
        assertThat(api.ok("/users/auth0%7Ckim")).isEqualTo(kim);
        api.refused(Method.GET, "/users/auth0%257Ckim", "");
    }

    @Test
    void fieldsCutAUserDown() {
        var kim = create("'email':'kim@example.org','user_metadata':{'a':1,'b':2}");
        assertThat(api.ok(path(kim) + "?fields=email,user_metadata.a").toString())
                .isEqualTo("{\"email\":\"kim@example.org\",\"user_metadata\":{\"a\":1}}");
        var without = api.ok(path(kim) + "?fields=email,user_metadata.a&include_fields=false");
        assertThat(without.has("email")).isFalse();
        assertThat(without.path("user_metadata").toString()).isEqualTo("{\"b\":2}");
    }

    @Test
    void theOrganizationsOfAUserAreListed() {
        var kim = create("'email':'kim@example.org'");
        var acme = api.ok(Method.POST, "/organizations", "{'name':'acme'}");
        api.ok(Method.POST, "/organizations", "{'name':'other'}");
        assertThat(api.ok(path(kim) + "/organizations")).isEmpty();
        api.ok(
                Method.POST,
                "/organizations/" + acme.path("id").asString() + "/members",
                "{'members':['" + kim.path("user_id").asString() + "']}");
        assertThat(api.ok(path(kim) + "/organizations").toString()).isEqualTo("[" + acme + "]");
    }
}
