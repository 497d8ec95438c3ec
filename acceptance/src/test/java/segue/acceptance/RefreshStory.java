package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Answer;

import tools.jackson.databind.JsonNode;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;

/// What a refresh token is good for, and what it isn't (contract authentication-api §4.5,
/// native-to-web §3).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefreshStory {
    private static final String STOCK = "https://stock.example";
    private static final String SECRET_STOCK = "https://secret-stock.example";
    private static final String URN = "urn:localhost:session_transfer";
    private static final String SCOPE = "openid profile offline_access read:orders";
    private static final String AS_IT_WAS =
            """
            {"refresh_token":{"rotation_type":"rotating","expiration_type":"expiring","leeway":0,
              "policies":[{"audience":"https://stock.example","scope":["read:stock","gone:stock"]},
                          {"audience":"https://orders.example","scope":["write:orders"]},
                          {"audience":"https://secret-stock.example","scope":["read:stock"]}]},
             "is_first_party":true,
             "grant_types":["authorization_code","refresh_token","http://auth0.com/oauth/grant-type/password-realm"],
             "session_transfer":{"can_create_session_transfer_token":true}}
            """;

    private Optional<World> running = Optional.empty();
    private Optional<Operator> managing = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        running =
                Optional.of(
                        new World(0, Map.of("log.level", "warn", "limits.management", "10000/s")));
        managing = Optional.of(new Operator(world()));
        createApi(STOCK, true);
        createApi(SECRET_STOCK, false);
        operator()
                .call(
                        "PATCH",
                        "resource-servers/" + encoded(World.API),
                        "{\"scopes\":[{\"value\":\"read:orders\"},{\"value\":\"write:orders\"}]}");
        restore();
    }

    private void createApi(String identifier, boolean skipsConsent) {
        var answer =
                operator()
                        .call(
                                "POST",
                                "resource-servers",
                                """
                                {"name":"Stock","identifier":"%s","allow_offline_access":true,
                                 "skip_consent_for_verifiable_first_party_clients":%s,
                                 "scopes":[{"value":"read:stock"},{"value":"count:stock"}]}
                                """
                                        .formatted(identifier, skipsConsent));
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
    }

    @AfterEach
    void restore() {
        operator().patchClient(World.APP, AS_IT_WAS);
    }

    @AfterAll
    void stop() {
        world().close();
    }

    private World world() {
        return running.orElseThrow();
    }

    private Operator operator() {
        return managing.orElseThrow();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private Phone phone() {
        return phone(World.ADA, world().password(), SCOPE);
    }

    private Phone phone(String user, String password, String scope) {
        var phone = world().phone("127.0.0.1");
        var answer = phone.signIn(user, password, scope);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return phone;
    }

    /// A refresh with more parameters; the phone keeps the successor.
    private Answer refresh(Phone phone, String... more) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("grant_type", "refresh_token");
        fields.put("client_id", World.APP);
        fields.put("refresh_token", phone.refreshToken());
        for (var i = 0; i < more.length; i += 2) fields.put(more[i], more[i + 1]);
        var answer =
                world().wire("127.0.0.1")
                        .post(world().issuer().resolve("oauth/token"), fields, Map.of());
        answer.field("refresh_token").ifPresent(phone::keep);
        return answer;
    }

    private static JsonNode access(Answer answer) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return TokenEndpointStory.claims(answer.text("access_token"));
    }

    private static List<String> audience(JsonNode claims) {
        var aud = claims.path("aud");
        return aud.isString()
                ? List.of(aud.asString())
                : aud.valueStream().map(JsonNode::asString).toList();
    }

    private static void says(Answer answer, int status, String error, String description) {
        assertThat(answer.text("error_description")).isEqualTo(description);
        assertThat(answer.text("error")).isEqualTo(error);
        assertThat(answer.status()).isEqualTo(status);
    }

    // Audiences and scopes.

    @Test
    void withoutAnAudienceTheTokenIsForTheOriginalApiAndItsPolicy() {
        var phone = phone();
        for (var answer : List.of(refresh(phone), refresh(phone, "audience", World.API))) {
            assertThat(answer.text("scope")).isEqualTo(SCOPE + " write:orders");
            assertThat(access(answer).path("scope").asString()).isEqualTo(SCOPE + " write:orders");
            assertThat(audience(access(answer)))
                    .containsExactly(World.API, world().issuer() + "userinfo");
        }
    }

    @Test
    void anApiOfThePoliciesGetsATokenOfItsOwnWithTheScopesOfThePolicy() {
        var phone = phone();
        var stock = refresh(phone, "audience", STOCK);
        assertThat(stock.text("scope")).isEqualTo("openid profile offline_access read:stock");
        assertThat(audience(access(stock))).containsExactly(STOCK, world().issuer() + "userinfo");
        assertThat(stock.json().has("id_token")).isTrue();
        var narrow = refresh(phone, "audience", STOCK, "scope", "read:stock count:stock");
        assertThat(narrow.text("scope")).isEqualTo("read:stock");
        assertThat(audience(access(narrow))).containsExactly(STOCK);
        assertThat(narrow.json().has("id_token")).isFalse();
        // The grant is as wide as before.
        assertThat(refresh(phone).text("scope")).isEqualTo(SCOPE + " write:orders");
    }

    @Test
    void anyOtherAudienceIsRefusedAndTheTokenIsAsItWas() {
        var phone = phone();
        var unauthorized = "Unauthorized audience for this refresh token.";
        // An API without the consent that nobody was asked for, and one that is in no policy.
        says(refresh(phone, "audience", SECRET_STOCK), 403, "invalid_grant", unauthorized);
        var management = world().issuer() + "api/v2/";
        operator()
                .patchClient(
                        World.APP,
                        "{\"refresh_token\":{\"rotation_type\":\"rotating\",\"expiration_type\":\"expiring\",\"policies\":[{\"audience\":\"%s\",\"scope\":[\"read:users\"]}]}}"
                                .formatted(management));
        says(refresh(phone, "audience", management), 403, "invalid_grant", unauthorized);
        says(refresh(phone, "audience", STOCK), 403, "invalid_grant", unauthorized);
        says(
                refresh(phone, "audience", world().issuer() + "userinfo"),
                403,
                "invalid_grant",
                unauthorized);
        says(
                refresh(phone, "audience", "https://unknown.example"),
                403,
                "access_denied",
                "Service not found: https://unknown.example");
        // Contract native-to-web §10.2 knows three reasons.
        var logged = operator().log("type:fertft").path(0).path("details");
        assertThat(logged.path("failure_reason").asString()).isEqualTo("invalid_token");
        restore();
        operator().patchClient(World.APP, "{\"is_first_party\":false}");
        says(refresh(phone, "audience", STOCK), 403, "invalid_grant", unauthorized);
        restore();
        assertThat(refresh(phone, "audience", STOCK).status()).isEqualTo(200);
    }

    @Test
    void aDeletedApiIsNotFoundAndTheTokenIsAsItWas() {
        var shortLived = "https://short-lived.example";
        createApi(shortLived, true);
        operator()
                .patchClient(
                        World.APP,
                        "{\"refresh_token\":{\"rotation_type\":\"rotating\",\"expiration_type\":\"expiring\",\"policies\":[{\"audience\":\"%s\",\"scope\":[\"read:stock\"]}]}}"
                                .formatted(shortLived));
        var phone = world().phone("127.0.0.1");
        var wire = world().wire("127.0.0.1");
        var signedIn =
                wire.post(
                        world().issuer().resolve("oauth/token"),
                        Map.of(
                                "grant_type",
                                "http://auth0.com/oauth/grant-type/password-realm",
                                "realm",
                                "Username-Password-Authentication",
                                "client_id",
                                World.APP,
                                "username",
                                World.ADA,
                                "password",
                                world().password(),
                                "scope",
                                SCOPE,
                                "audience",
                                shortLived),
                        Map.of());
        phone.keep(signedIn.text("refresh_token"));
        assertThat(refresh(phone).status()).isEqualTo(200);
        operator().call("DELETE", "resource-servers/" + encoded(shortLived), "");
        says(refresh(phone), 403, "access_denied", "Service not found: " + shortLived);
        createApi(shortLived, true);
        assertThat(refresh(phone).status()).isEqualTo(200);
    }

    // ID tokens.

    @Test
    void theIdTokenOfARefreshAndOfAnExchangeTellsOfTheOriginalSignIn() {
        var phone = phone();
        var first = TokenEndpointStory.claims(phone.idToken());
        for (var answer : List.of(refresh(phone), phone.exchange())) {
            var again = TokenEndpointStory.claims(answer.text("id_token"));
            // OIDC Core §12.2: clients compare them, Spring Security's for one.
            for (var same : List.of("iss", "sub", "aud", "name", "auth_time"))
                assertThat(again.path(same)).as(same).isEqualTo(first.path(same));
            assertThat(again.path("iat").asLong())
                    .isGreaterThanOrEqualTo(first.path("iat").asLong());
            assertThat(again.path("auth_time").asLong())
                    .isBetween(first.path("iat").asLong() - 2, first.path("iat").asLong());
            assertThat(again.has("nonce")).isFalse();
            // Nobody's browser has a session of this sign-in.
            assertThat(again.has("sid")).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"true, true", "false, true", "true, false", "false, false"})
    void theExchangeAnswersExactlyTheFieldsOfTheContract(boolean rotates, boolean openid) {
        if (!rotates)
            operator()
                    .patchClient(
                            World.APP,
                            "{\"refresh_token\":{\"rotation_type\":\"non-rotating\",\"expiration_type\":\"expiring\"}}");
        var phone =
                phone(
                        World.ADA,
                        world().password(),
                        openid ? "openid offline_access" : "offline_access");
        var expected =
                new TreeSet<>(
                        List.of("access_token", "issued_token_type", "token_type", "expires_in"));
        if (rotates) expected.add("refresh_token");
        if (openid) expected.add("id_token");
        var answer = refresh(phone, "audience", URN, "scope", "ignored");
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        assertThat(answer.json().propertyNames()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(answer.text("token_type")).isEqualTo("N_A");
        assertThat(answer.text("issued_token_type"))
                .isEqualTo("urn:auth0:params:oauth:token-type:session_transfer_token");
        assertThat(answer.json().path("expires_in").toString()).isEqualTo("60");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(answer.headers().firstValue("Pragma")).hasValue("no-cache");
    }

    // Refusals.

    private void refusesAndThenAccepts(
            Runnable breaking, Runnable mending, Consumer<Answer> refusal) {
        var phone = phone();
        breaking.run();
        refusal.accept(refresh(phone, "audience", URN));
        mending.run();
        // Neither rotated nor ended: the very same token is still good.
        assertThat(refresh(phone, "audience", URN).status()).isEqualTo(200);
    }

    @Test
    void aRefusedExchangeLeavesTheTokenAsItWas() {
        refusesAndThenAccepts(
                () ->
                        operator()
                                .patchClient(
                                        World.APP,
                                        "{\"session_transfer\":{\"can_create_session_transfer_token\":false}}"),
                this::restore,
                answer ->
                        says(
                                answer,
                                403,
                                "unauthorized_client",
                                "The client is not allowed to create session transfer tokens."));
        refusesAndThenAccepts(
                () ->
                        operator()
                                .patchClient(
                                        World.APP, "{\"grant_types\":[\"authorization_code\"]}"),
                this::restore,
                answer ->
                        says(
                                answer,
                                403,
                                "unauthorized_client",
                                "Grant type 'refresh_token' not allowed for the client."));
        var phone = phone();
        var foreign = "urn:evil.example:session_transfer";
        says(
                refresh(phone, "audience", foreign),
                403,
                "access_denied",
                "Service not found: " + foreign);
        assertThat(phone.exchange().status()).isEqualTo(200);
    }

    @Test
    void aUserWhoIsBlockedOrGoneIsNamedAsSuch() {
        var blocked = operator().createUser();
        var phone = phone(blocked, Operator.PASSWORD, SCOPE);
        var id = encoded(TokenEndpointStory.claims(phone.idToken()).path("sub").asString());
        operator().call("PATCH", "users/" + id, "{\"blocked\":true}");
        says(refresh(phone), 403, "invalid_grant", "user is blocked");
        says(phone.exchange(), 403, "invalid_grant", "user is blocked");
        var gone = operator().createUser();
        var other = phone(gone, Operator.PASSWORD, SCOPE);
        var otherId = encoded(TokenEndpointStory.claims(other.idToken()).path("sub").asString());
        operator().call("DELETE", "users/" + otherId, "");
        var words = "The refresh_token was generated for a user who doesn't exist anymore.";
        says(refresh(other), 403, "invalid_grant", words);
        says(other.exchange(), 403, "invalid_grant", words);
    }

    @Test
    void aTokenOfAnotherClientIsUnknown() {
        var phone = phone();
        var answer = refresh(phone, "client_id", World.SHOP, "client_secret", world().shopSecret());
        says(answer, 403, "invalid_grant", "Unknown or invalid refresh token.");
        assertThat(refresh(phone).status()).isEqualTo(200);
    }

    @Test
    void aTokenThatWasRotatedAwayEndsItsFamily() {
        var phone = phone();
        var first = phone.refreshToken();
        assertThat(refresh(phone).status()).isEqualTo(200);
        var second = phone.refreshToken();
        phone.keep(first);
        says(refresh(phone), 403, "invalid_grant", "Unknown or invalid refresh token.");
        phone.keep(second);
        says(refresh(phone), 403, "invalid_grant", "Unknown or invalid refresh token.");
        var event = operator().log("type:ferrt").path(0).path("details");
        assertThat(event.path("latestCounter").asLong()).isEqualTo(2);
        assertThat(event.path("tokenCounter").asLong()).isEqualTo(1);
        assertThat(event.path("familyId").asString()).isNotEmpty();
    }
}
