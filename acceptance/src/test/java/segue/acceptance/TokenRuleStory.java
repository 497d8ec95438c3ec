package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Answer;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Which tokens there are and what they say (contract authentication-api §4, §5.1, §8), where no
/// other story is about it.
class TokenRuleStory extends CodeFlowScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String REALM = "http://auth0.com/oauth/grant-type/password-realm";
    private static final String USERS = "Username-Password-Authentication";
    private static final String AS_IT_WAS =
            """
            {"grant_types":["authorization_code","refresh_token","http://auth0.com/oauth/grant-type/password-realm"],
             "organization_usage":"deny",
             "refresh_token":{"rotation_type":"rotating","expiration_type":"expiring","leeway":0}}
            """;

    TokenRuleStory() {
        super(Map.of("custom-domains", "login.example"));
    }

    @AfterEach
    void restore() {
        operator().patchClient(World.APP, AS_IT_WAS);
    }

    private String api(String settings) {
        var identifier = "https://api-%d.example".formatted(System.nanoTime());
        var created =
                operator()
                        .call(
                                "POST",
                                "resource-servers",
                                """
                                {"name":"API","identifier":"%s","scopes":[{"value":"read:it"}],
                                 "skip_consent_for_verifiable_first_party_clients":true%s}
                                """
                                        .formatted(identifier, settings));
        assertThat(created.status()).as("%s", created.json()).isEqualTo(201);
        return identifier;
    }

    /// A sign-in to the app by password.
    private Answer signIn(String user, String password, String... more) {
        return token(
                with(
                        Map.of(
                                "grant_type", REALM,
                                "realm", USERS,
                                "client_id", World.APP,
                                "username", user,
                                "password", password,
                                "scope", "openid offline_access read:it"),
                        more));
    }

    /// Ada's, which succeeds.
    private Answer adas(String... more) {
        var answer = signIn(World.ADA, world().password(), more);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer;
    }

    private Answer refreshed(String token, String... more) {
        return token(
                with(
                        Map.of(
                                "grant_type",
                                "refresh_token",
                                "client_id",
                                World.APP,
                                "refresh_token",
                                token),
                        more));
    }

    private static void says(Answer answer, int status, String error, String description) {
        assertThat(answer.text("error_description")).isEqualTo(description);
        assertThat(answer.text("error")).isEqualTo(error);
        assertThat(answer.status()).isEqualTo(status);
    }

    private static void isUnknown(Answer answer) {
        says(answer, 403, "invalid_grant", "Unknown or invalid refresh token.");
    }

    // §4.3 Which tokens there are.

    /// "If `offline_access` granted, API has `allow_offline_access`, client has the grant."
    @Test
    void aRefreshTokenNeedsTheScopeTheApiAndTheClient() {
        var offline = api(",\"allow_offline_access\":true");
        assertThat(adas("audience", offline).json().has("refresh_token")).isTrue();
        // Without any API one is possible, too.
        assertThat(adas().json().has("refresh_token")).isTrue();
        assertThat(adas("audience", offline, "scope", "openid").json().has("refresh_token"))
                .isFalse();
        var online = adas("audience", api(""));
        assertThat(online.json().has("refresh_token")).isFalse();
        assertThat(online.text("scope")).isEqualTo("openid read:it");
        operator().patchClient(World.APP, "{\"grant_types\":[\"" + REALM + "\"]}");
        assertThat(adas("audience", offline).json().has("refresh_token")).isFalse();
    }

    /// "On refresh: only with rotation."
    @ParameterizedTest
    @CsvSource({"rotating, true", "non-rotating, false"})
    void aRefreshBringsARefreshTokenOnlyWithRotation(String type, boolean brings) {
        operator()
                .patchClient(
                        World.APP,
                        "{\"refresh_token\":{\"rotation_type\":\"%s\",\"expiration_type\":\"expiring\"}}"
                                .formatted(type));
        var refreshed = refreshed(adas().text("refresh_token"));
        assertThat(refreshed.status()).isEqualTo(200);
        assertThat(refreshed.json().has("refresh_token")).isEqualTo(brings);
        assertThat(refreshed.json().has("id_token")).isTrue();
    }

    // §4.5 Rotation.

    private void leeway(int seconds) {
        operator()
                .patchClient(
                        World.APP,
                        """
                        {"refresh_token":{"rotation_type":"rotating","expiration_type":"expiring",
                                          "leeway":%d}}
                        """
                                .formatted(seconds));
    }

    /// "Previous one, within leeway of its own rotation: OK; a new token is issued, no breach."
    @Test
    void thePreviousTokenIsGoodWithinItsLeeway() {
        leeway(60);
        var first = adas().text("refresh_token");
        assertThat(refreshed(first).status()).isEqualTo(200);
        var again = refreshed(first);
        assertThat(again.status()).isEqualTo(200);
        assertThat(refreshed(again.text("refresh_token")).status()).isEqualTo(200);
    }

    /// "Older than previous, any: breach."
    @Test
    void anOlderTokenIsABreachInSpiteOfTheLeeway() {
        leeway(60);
        var first = adas().text("refresh_token");
        var second = refreshed(first).text("refresh_token");
        var third = refreshed(second).text("refresh_token");
        isUnknown(refreshed(first));
        isUnknown(refreshed(third));
        var event = operator().log("type:ferrt").path(0).path("details");
        assertThat(event.path("tokenCounter").asInt()).isEqualTo(1);
        assertThat(event.path("latestCounter").asInt()).isEqualTo(3);
        assertThat(event.path("familyId").asString("")).isNotEmpty();
    }

    /// "Client secret rotation does not revoke RTs."
    @Test
    void aNewSecretOfTheClientEndsNoRefreshToken() {
        var client =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"Other","app_type":"regular_web","callbacks":["%s"],
                                 "grant_types":["authorization_code","refresh_token"]}
                                """
                                        .formatted(callback()))
                        .json();
        var id = client.path("client_id").asString();
        var old = client.path("client_secret").asString();
        var page =
                ask(signedInByHand(browser()), "client_id", id, "scope", "openid offline_access");
        var tokens = exchange(code(page), "client_id", id, "client_secret", old);
        var rotated = operator().call("POST", "clients/" + id + "/rotate-secret", "{}");
        assertThat(rotated.status()).as("%s", rotated.json()).isEqualTo(200);
        says(
                refresh(tokens, "client_id", id, "client_secret", old),
                401,
                "access_denied",
                "Unauthorized");
        var fresh = rotated.text("client_secret");
        assertThat(refresh(tokens, "client_id", id, "client_secret", fresh).status())
                .isEqualTo(200);
    }

    /// §12 A6, contract management-api §2.
    @Test
    void aNewClientHasTheLifetimesThatAuth0Gives() {
        var client = "{\"name\":\"Fresh\",\"app_type\":\"native\"}";
        var created = operator().call("POST", "clients", client);
        assertThat(created.status()).as("%s", created.json()).isEqualTo(201);
        assertThat(created.json().path("refresh_token"))
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"rotation_type":"non-rotating","expiration_type":"non-expiring",
                                 "leeway":0,"token_lifetime":2592000,"infinite_token_lifetime":true,
                                 "infinite_idle_token_lifetime":true,"idle_token_lifetime":1296000}
                                """));
    }

    /// §11: "Refresh keeps the org"; "`organization` in password grant: allowed".
    @Test
    void aRefreshKeepsTheOrganization() {
        var acme = organization("acme", false);
        operator().patchClient(World.APP, "{\"organization_usage\":\"allow\"}");
        var user = userId(World.ADA);
        var refused = signIn(World.ADA, world().password(), "organization", acme);
        says(
                refused,
                403,
                "access_denied",
                "user %s is not part of the %s organization".formatted(user, acme));
        operator()
                .call(
                        "POST",
                        "organizations/" + acme + "/members",
                        "{\"members\":[\"%s\"]}".formatted(user));
        var tokens = adas("organization", acme, "audience", World.API);
        var refreshed = refreshed(tokens.text("refresh_token"));
        for (var answer : List.of(tokens, refreshed))
            for (var name : List.of("id_token", "access_token"))
                assertThat(claims(answer.text(name)).path("org_id").asString(""))
                        .as(name)
                        .isEqualTo(acme);
    }

    // §4.6 The Management API.

    /// "Accept with and without custom domain; the canonical domain is the identifier. Map the form
    /// for any tenant domain, with port, to it."
    @Test
    void everyFormOfTheManagementApisNameIsTheSame() {
        var port = world().issuer().getPort();
        var operatorsRequest = world().managementTokenRequest();
        for (var host :
                List.of(
                        "localhost:" + port,
                        "localhost",
                        "login.example:" + port,
                        "login.example")) {
            var audience = "http://" + host + "/api/v2/";
            var answer = token(with(operatorsRequest, "audience", audience));
            assertThat(answer.status()).as(audience).isEqualTo(200);
            assertThat(claims(answer.text("access_token")).path("aud").asString(""))
                    .isEqualTo(world().issuer() + "api/v2/");
        }
        says(
                token(with(operatorsRequest, "audience", "http://evil.example/api/v2/")),
                403,
                "access_denied",
                "Service not found: http://evil.example/api/v2/");
    }

    // §4.8 Passwords.

    private Answer byPassword(String... more) {
        return token(
                with(
                        Map.of(
                                "grant_type",
                                "password",
                                "client_id",
                                World.APP,
                                "username",
                                World.ADA,
                                "password",
                                world().password(),
                                "scope",
                                "openid offline_access"),
                        more));
    }

    /// "Uses tenant `default_directory`"; without: 400. "STTs from such RTs work."
    @Test
    void thePasswordGrantNeedsADefaultDirectory() {
        operator().patchClient(World.APP, "{\"grant_types\":[\"password\",\"refresh_token\"]}");
        assertThat(byPassword().status()).isEqualTo(200);
        var phone = new Phone(world().wire(HERE), world().issuer(), World.APP);
        assertThat(
                        phone.signInByPasswordGrant(
                                        World.ADA, world().password(), "openid offline_access")
                                .status())
                .isEqualTo(200);
        var transfer = phone.exchange().text("access_token");
        assertThat(present(browser(), false, transfer, Map.of()).parameter("code")).isPresent();
        withTenant(
                "{\"default_directory\":\"\"}",
                "{\"default_directory\":\"%s\"}".formatted(USERS),
                () ->
                        says(
                                byPassword(),
                                400,
                                "invalid_request",
                                "Authorization server not configured with default connection."));
    }

    /// §4.2: "`password-realm` needs its own entry, `password` its own."
    @Test
    void eachPasswordGrantNeedsAnEntryOfItsOwn() {
        says(
                byPassword(),
                403,
                "unauthorized_client",
                "Grant type 'password' not allowed for the client.");
        operator().patchClient(World.APP, "{\"grant_types\":[\"password\"]}");
        says(
                signIn(World.ADA, world().password()),
                403,
                "unauthorized_client",
                "Grant type '" + REALM + "' not allowed for the client.");
    }

    // §5.1 Revocation.

    /// "With tenant flag `revoke_refresh_token_grant` = true the revocation removes the whole
    /// grant: all RTs for same user, client, audience; otherwise only that token (family)."
    @ParameterizedTest
    @CsvSource({"false, 200", "true, 403"})
    void theTenantSaysWhetherARevocationEndsTheWholeGrant(boolean whole, int other) {
        var user = operator().createUser();
        var one = signIn(user, Operator.PASSWORD);
        var two = signIn(user, Operator.PASSWORD);
        var elsewhere = signIn(user, Operator.PASSWORD, "audience", World.API);
        var flag = "{\"flags\":{\"revoke_refresh_token_grant\":%s}}";
        withTenant(
                flag.formatted(whole),
                flag.formatted(false),
                () -> {
                    var revoked =
                            world().wire(HERE)
                                    .postForm(
                                            world().issuer().resolve("oauth/revoke"),
                                            Map.of(
                                                    "client_id",
                                                    World.APP,
                                                    "token",
                                                    one.text("refresh_token")),
                                            Map.of());
                    assertThat(revoked.status()).isEqualTo(200);
                });
        isUnknown(refreshed(one.text("refresh_token")));
        assertThat(refreshed(two.text("refresh_token")).status()).isEqualTo(other);
        assertThat(refreshed(elsewhere.text("refresh_token")).status()).isEqualTo(200);
        assertThat(operator().log("type:srrt").path(0).path("client_id").asString(""))
                .isEqualTo(World.APP);
    }

    // §8.1, §8.2 Access tokens.

    @Test
    void withoutAnApiTheTokenIsOpaqueAndLivesForADay() {
        for (var audience : List.of("", world().issuer() + "userinfo")) {
            var answer = adas("audience", audience);
            assertThat(answer.text("access_token")).doesNotContain(".");
            assertThat(answer.json().path("expires_in").asInt()).isEqualTo(86_400);
            assertThat(userinfo(answer)).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({"'', 86400", "',\"token_lifetime\":3600', 3600"})
    void anApisTokenLivesAsLongAsTheApiSays(String settings, int seconds) {
        var answer = adas("audience", api(settings));
        assertThat(answer.json().path("expires_in").asInt()).isEqualTo(seconds);
        var claims = claims(answer.text("access_token"));
        assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(seconds);
    }

    private static JsonNode header(String jwt) {
        var text = Base64.getUrlDecoder().decode(jwt.split("\\.", -1)[0]);
        return JSON.readTree(new String(text, StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({
        "access_token, JWT, azp gty",
        "access_token_authz, JWT, azp gty permissions",
        "rfc9068_profile, at+jwt, client_id jti",
        "rfc9068_profile_authz, at+jwt, client_id jti permissions"
    })
    void theDialectDecidesWhatAnAccessTokenSays(String dialect, String type, String own) {
        var api =
                api(
                        ",\"allow_offline_access\":true,\"enforce_policies\":true,\"token_dialect\":\"%s\""
                                .formatted(dialect));
        var answer = adas("audience", api);
        var token = answer.text("access_token");
        var claims = claims(token);
        assertThat(header(token).path("typ").asString("")).isEqualTo(type);
        assertThat(header(token).path("kid").asString("")).isNotEmpty();
        var expected = new TreeSet<>(List.of("iss", "sub", "aud", "iat", "exp", "scope"));
        expected.addAll(List.of(own.split(" ", -1)));
        assertThat(claims.propertyNames()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(claims.path("azp").asString(claims.path("client_id").asString("")))
                .isEqualTo(World.APP);
        if (expected.contains("permissions")) assertThat(claims.path("permissions")).isEmpty();
        if (expected.contains("gty")) {
            assertThat(claims.path("gty").asString()).isEqualTo("password");
            var refreshed = refreshed(answer.text("refresh_token")).text("access_token");
            assertThat(claims(refreshed).path("gty").asString()).isEqualTo("refresh_token");
        }
    }

    @Test
    void theAudienceIsTheApiAndWithOpenidUserinfoToo() {
        var api = api("");
        var both = claims(adas("audience", api).text("access_token")).path("aud");
        assertThat(both.valueStream().map(JsonNode::asString))
                .containsExactly(api, world().issuer() + "userinfo");
        var one = adas("audience", api, "scope", "read:it").text("access_token");
        assertThat(claims(one).path("aud").asString("")).isEqualTo(api);
    }

    // §8.3 ID tokens.

    @Test
    void anIdTokenLivesAsLongAsTheClientSays() {
        var lifetime = "{\"jwt_configuration\":{\"lifetime_in_seconds\":%d}}";
        operator().patchClient(World.APP, lifetime.formatted(600));
        try {
            var claims = claims(adas().text("id_token"));
            assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(600);
        } finally {
            operator().patchClient(World.APP, lifetime.formatted(36_000));
        }
    }
}
