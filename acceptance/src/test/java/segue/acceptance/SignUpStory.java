package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.story.World;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/// `/dbconnections/signup` and `/dbconnections/change_password` (contract authentication-api §10).
class SignUpStory extends BrowserScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String USERS = "Username-Password-Authentication";
    private static final String SENT = "We've just sent you an email to reset your password.";

    SignUpStory() {
        super(Map.of("limits.sign-ups", "15/h"));
    }

    /// Tests don't share an address, so that they don't share a limit.
    private static String fresh() {
        var random = UUID.randomUUID().getMostSignificantBits();
        return "127.%d.%d.%d"
                .formatted(1 + (random & 127), random >> 8 & 255, 1 + (random >> 16 & 127));
    }

    private static String somebody() {
        return UUID.randomUUID() + "@example.org";
    }

    private static ObjectNode wanted(String email) {
        return JSON.createObjectNode()
                .put("client_id", World.APP)
                .put("email", email)
                .put("password", "correct horse battery")
                .put("connection", USERS);
    }

    private HttpResponse<String> post(String address, String path, String type, String body) {
        return world().wire(address)
                .send(
                        HttpRequest.newBuilder(world().issuer().resolve("dbconnections/" + path))
                                .header("Content-Type", type)
                                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> signUp(ObjectNode wanted) {
        return signUp(fresh(), wanted);
    }

    private HttpResponse<String> signUp(String address, ObjectNode wanted) {
        // As mobile SDKs send it (contract sdk-calls §1.1).
        return post(address, "signup", "application/json; charset=utf-8", wanted.toString());
    }

    private static JsonNode json(HttpResponse<String> answer) {
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
        return JSON.readTree(answer.body());
    }

    /// Both forms in one object (contract authentication-api §12, A8).
    private static void says(HttpResponse<String> answer, int status, String code, String text) {
        var body = json(answer);
        assertThat(body.path("error").asString()).as("%s", body).isEqualTo(code);
        assertThat(body.path("error_description").asString()).isEqualTo(text);
        assertThat(body.path("code").asString()).isEqualTo(code);
        assertThat(body.path("statusCode").asInt()).isEqualTo(status);
        assertThat(body.path("name").asString()).endsWith("Error");
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
    }

    private static void isInvalid(HttpResponse<String> answer) {
        says(answer, 400, "invalid_signup", "Invalid sign up");
        var body = json(answer);
        assertThat(body.path("name").asString()).isEqualTo("BadRequestError");
        assertThat(body.path("description").asString()).isEqualTo("Invalid sign up");
    }

    private void withOptions(String options, Runnable work) {
        var connection =
                operator().get("connections?name=" + USERS).json().path(0).path("id").asString();
        change("connections/" + connection, "{\"options\":" + options + "}");
        try {
            work.run();
        } finally {
            change("connections/" + connection, "{\"options\":{}}");
        }
    }

    @Test
    void whoSignsUpCanSignInAndIsShownAsTheContractSays() {
        var email = "Kim-" + somebody();
        var wanted =
                wanted(email)
                        .put("username", "kim" + System.nanoTime())
                        .put("given_name", "Kim")
                        .put("name", "Kim Lee")
                        .put("app_metadata", "ignored")
                        .put("email_verified", true);
        wanted.putObject("user_metadata").put("colour", "blue");
        var answer = signUp(wanted);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        var body = json(answer);
        var expected = JSON.createObjectNode();
        expected.set("_id", body.path("_id"));
        expected.put("email", email.toLowerCase(Locale.ROOT)).put("email_verified", false);
        expected.set("username", wanted.path("username"));
        expected.set("user_metadata", wanted.path("user_metadata"));
        expected.put("given_name", "Kim").put("name", "Kim Lee");
        assertThat(body).isEqualTo(expected);
        assertThat(body.path("_id").asString()).matches("[0-9a-f]{24}");
        var user = user(email.toLowerCase(Locale.ROOT));
        assertThat(user.path("user_id").asString())
                .isEqualTo("auth0|" + body.path("_id").asString());
        assertThat(user.path("email_verified").asBoolean()).isFalse();
        assertThat(user.path("user_metadata")).isEqualTo(wanted.path("user_metadata"));
        assertThat(user.has("app_metadata")).isFalse();
        for (var login : new String[] {email, wanted.path("username").asString()})
            assertThat(
                            world().phone(HERE)
                                    .signIn(login, "correct horse battery", "openid")
                                    .status())
                    .isEqualTo(200);
        var logged =
                operator().log("type:ss AND user_id:\"auth0|" + body.path("_id").asString() + "\"");
        assertThat(logged).hasSize(1);
        assertThat(logged.path(0).path("client_id").asString()).isEqualTo(World.APP);
        assertThat(logged.toString()).doesNotContain("correct horse");
    }

    @Test
    void aFormIsTakenLikeJson() {
        var fields =
                Map.of(
                        "client_id",
                        World.APP,
                        "email",
                        somebody(),
                        "password",
                        "correct horse battery",
                        "connection",
                        USERS);
        var type = "application/x-www-form-urlencoded";
        var answer = post(fresh(), "signup", type, Wire.form(fields));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(json(answer).size()).isEqualTo(3);
    }

    /// THREATS R34.2: an address that is taken looks like one that is none.
    @Test
    void whatIsTakenIsNotTold() {
        var email = somebody();
        var name = "n" + System.nanoTime();
        assertThat(signUp(wanted(email).put("username", name)).statusCode()).isEqualTo(200);
        isInvalid(signUp(wanted(email)));
        isInvalid(signUp(wanted(email.toUpperCase(Locale.ROOT))));
        isInvalid(signUp(wanted(somebody()).put("username", name)));
        isInvalid(signUp(wanted("nobody")));
        isInvalid(signUp(wanted(somebody()).put("username", "two words")));
        isInvalid(signUp(wanted(somebody()).put("nickname", "x".repeat(301))));
        // The password is the one that was chosen first.
        var other = wanted(email).put("password", "another horse battery");
        isInvalid(signUp(other));
        assertThat(world().phone(HERE).signIn(email, "another horse battery", "openid").status())
                .isEqualTo(403);
        assertThat(operator().log("type:fs")).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"client_id", "email", "password", "connection"})
    void whatMustBeThereIsMissedByItsName(String name) {
        var wanted = wanted(somebody());
        wanted.remove(name);
        var text = "Missing required parameter: " + name;
        says(signUp(wanted), 400, "invalid_request", text);
        says(signUp(wanted.put(name, "")), 400, "invalid_request", text);
    }

    @Test
    void anUnknownClientSignsNobodyUp() {
        says(
                signUp(wanted(somebody()).put("client_id", "unknown")),
                401,
                "access_denied",
                "Unauthorized");
    }

    @Test
    void aConnectionThatIsNotTheClientsTakesNobody() {
        isInvalid(signUp(wanted(somebody()).put("connection", "nowhere")));
        var created =
                operator()
                        .call(
                                "POST",
                                "connections",
                                "{\"name\":\"others\",\"strategy\":\"auth0\",\"enabled_clients\":[]}");
        assertThat(created.status()).isEqualTo(201);
        isInvalid(signUp(wanted(somebody()).put("connection", "others")));
    }

    @Test
    void aConnectionMayTakeNoSignUps() {
        withOptions(
                "{\"disable_signup\":true}",
                () -> {
                    var answer = signUp(wanted(somebody()));
                    says(answer, 400, "invalid_signup", "Public signup is disabled");
                });
    }

    @Test
    void aConnectionMayAskForAUserName() {
        withOptions(
                "{\"requires_username\":true}",
                () -> {
                    isInvalid(signUp(wanted(somebody())));
                    var named = wanted(somebody()).put("username", "u" + System.nanoTime());
                    assertThat(signUp(named).statusCode()).isEqualTo(200);
                });
    }

    /// THREATS R35.5.
    @ParameterizedTest
    @CsvSource({
        "short, PasswordStrengthError, Password is too weak",
        "lowercase letters, PasswordStrengthError, Password is too weak",
        "Password123, PasswordDictionaryError, Password is too common",
        "Analytical-1, PasswordDictionaryError, Password is too common",
        "Charles-Babbage-1, PasswordNoUserInfoError, Password contains user information"
    })
    void aPasswordThatTheConnectionRefusesIsRefused(String password, String name, String text) {
        withOptions(
                """
                {"passwordPolicy":"good","password_no_personal_info":{"enable":true},
                 "password_dictionary":{"enable":true,"dictionary":["analytical-1"]}}
                """,
                () -> {
                    var answer =
                            signUp(
                                    wanted(somebody())
                                            .put("family_name", "Babbage")
                                            .put("password", password));
                    says(answer, 400, "invalid_password", text);
                    var body = json(answer);
                    assertThat(body.path("name").asString()).isEqualTo(name);
                    assertThat(body.path("message").asString()).isEqualTo(text);
                    // SDKs read the rules out of the description of a weak one.
                    assertThat(body.path("description").isObject())
                            .isEqualTo(name.equals("PasswordStrengthError"));
                });
    }

    @Test
    void whoChoseAWeakPasswordIsToldTheRules() {
        withOptions(
                "{\"passwordPolicy\":\"excellent\"}",
                () -> {
                    var answer = signUp(wanted(somebody()).put("password", "aaaa"));
                    assertThat(json(answer).path("description").toString())
                            .isEqualTo(
                                    """
                                    {"rules":[\
                                    {"message":"At least %d characters in length","code":"lengthAtLeast","format":[10],"verified":false},\
                                    {"message":"At most %d bytes in length","code":"lengthAtMost","format":[4096],"verified":true},\
                                    {"message":"Contain at least %d of the following %d types of characters:","code":"containsAtLeast","format":[3,4],"items":[\
                                    {"message":"lower case letters (a-z)","code":"lowerCase","verified":true},\
                                    {"message":"upper case letters (A-Z)","code":"upperCase","verified":false},\
                                    {"message":"numbers (i.e. 0-9)","code":"numbers","verified":false},\
                                    {"message":"special characters (e.g. !@#$%^&*)","code":"specialCharacters","verified":false}],"verified":false},\
                                    {"message":"No more than %d identical characters in a row (e.g., \\"%s\\" not allowed)","code":"identicalChars","format":[2,"aaa"],"verified":false}],\
                                    "verified":false}\
                                    """);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "\"text\"",
                "{\"a\":1}",
                "{\"a\":{\"b\":\"c\"}}",
                "{\"0\":\"\",\"1\":\"\",\"2\":\"\",\"3\":\"\",\"4\":\"\",\"5\":\"\",\"6\":\"\",\"7\":\"\",\"8\":\"\",\"9\":\"\",\"10\":\"\"}",
                "{\"a\":\"\\u0007\"}"
            })
    void metadataIsTenTextsAtMost(String metadata) {
        var wanted = wanted(somebody());
        wanted.set("user_metadata", JSON.readTree(metadata));
        says(signUp(wanted), 400, "invalid_request", "Invalid user_metadata");
        wanted.set("user_metadata", JSON.createObjectNode().put("a", "x".repeat(501)));
        says(signUp(wanted), 400, "invalid_request", "Invalid user_metadata");
    }

    @Test
    void aNetworkSignsUpSoManyAndNoMore() {
        var address = fresh();
        for (var i = 0; i < 15; i++) isInvalid(signUp(address, wanted("nobody")));
        var refused = signUp(address, wanted(somebody()));
        says(refused, 429, "too_many_requests", "Too many sign-ups");
        assertThat(refused.headers().firstValueAsLong("Retry-After").orElseThrow())
                .isBetween(3000L, 3600L);
        assertThat(refused.headers().firstValue("X-RateLimit-Limit")).hasValue("15");
        assertThat(signUp(wanted(somebody())).statusCode()).isEqualTo(200);
    }

    @Test
    void aPageOfTheClientsOwnMaySignUpAndNoOther() {
        operator().patchClient(World.APP, "{\"web_origins\":[\"https://spa.example\"]}");
        for (var path : new String[] {"signup", "change_password"}) {
            var uri = world().issuer().resolve("dbconnections/" + path);
            var preflight =
                    world().wire(HERE)
                            .send(
                                    HttpRequest.newBuilder(uri)
                                            .header("Origin", "https://spa.example")
                                            .header("Access-Control-Request-Method", "POST")
                                            .method(
                                                    "OPTIONS",
                                                    HttpRequest.BodyPublishers.noBody()));
            assertThat(preflight.statusCode()).isEqualTo(204);
            for (var origin : new String[] {"https://spa.example", "https://evil.example"}) {
                var answer =
                        world().wire(HERE)
                                .send(
                                        HttpRequest.newBuilder(uri)
                                                .header("Origin", origin)
                                                .header("Content-Type", "application/json")
                                                .POST(
                                                        HttpRequest.BodyPublishers.ofString(
                                                                wanted("x").toString())));
                assertThat(answer.headers().firstValue("Access-Control-Allow-Origin").isPresent())
                        .as(origin)
                        .isEqualTo(origin.equals("https://spa.example"));
                assertThat(answer.headers().firstValue("Access-Control-Allow-Credentials"))
                        .isEmpty();
            }
        }
    }

    private HttpResponse<String> forgot(String address, String email) {
        var wanted = wanted(email);
        wanted.remove("password");
        return post(address, "change_password", "application/json", wanted.toString());
    }

    @Test
    void whoeverForgotThePasswordIsToldTheSame() {
        var known = operator().createUser();
        for (var email : new String[] {known, somebody(), "nobody", known}) {
            var answer = forgot(fresh(), email);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(SENT);
            assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/plain");
        }
        var logged = operator().log("type:fcpr AND user_id:\"" + userId(known) + "\"");
        assertThat(logged).hasSize(2);
        assertThat(logged.path(0).path("description").asString()).isEqualTo("No mail can be sent.");
        // Nothing has changed.
        assertThat(world().phone(HERE).signIn(known, Operator.PASSWORD, "openid").status())
                .isEqualTo(200);
    }

    @Test
    void aConnectionMayNotLetUsersChangeTheirPasswords() {
        var known = operator().createUser();
        withOptions(
                "{\"disable_self_service_change_password\":true}",
                () -> assertThat(forgot(fresh(), known).body()).isEqualTo(SENT));
        var logged = operator().log("type:fcpr AND user_id:\"" + userId(known) + "\"");
        assertThat(logged.path(0).path("description").asString()).contains("doesn't let users");
    }

    @Test
    void aNetworkAsksForSoManyPasswordsAndNoMore() {
        var address = fresh();
        for (var i = 0; i < 15; i++)
            assertThat(forgot(address, somebody()).statusCode()).isEqualTo(200);
        for (var email : new String[] {operator().createUser(), somebody()})
            says(forgot(address, email), 429, "too_many_requests", "Too many requests");
        // What is counted here is nobody's sign-up.
        assertThat(signUp(address, wanted(somebody())).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"client_id", "email", "connection"})
    void aRequestForAPasswordMustSayWhose(String name) {
        var wanted = wanted(somebody());
        wanted.remove(name);
        says(
                post(fresh(), "change_password", "application/json", wanted.toString()),
                400,
                "invalid_request",
                "Missing required parameter: " + name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"signup", "change_password"})
    void whatIsNotWellFormedIsRefusedInBothForms(String path) {
        for (var body : new String[] {"{", "[]", "{\"email\":\"a\",\"email\":\"b\"}"}) {
            var answer = post(fresh(), path, "application/json", body);
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(json(answer).path("code").asString()).isEqualTo("invalid_request");
            assertThat(json(answer).path("error").asString()).isEqualTo("invalid_request");
        }
    }
}
