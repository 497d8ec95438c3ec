package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/// Custom token exchange over HTTP (contract authentication-api §4.7, actions §7): a company's old
/// sign-in makes HS256 tokens, and an Action knows their key.
abstract class TokenExchangeContract extends KinScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String KEY = "a-key-that-only-the-old-sign-in-knows";
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
    private static final String API = "https://tickets.example";

    /// Verifies the subject token, then does what a test wants.
    private static final String ACTION =
            """
            const crypto = require('crypto');
            function verified(token, key) {
              const [header, payload, signature] = token.split('.');
              const expected = crypto.createHmac('sha256', key).update(`${header}.${payload}`).digest();
              const given = Buffer.from(signature ?? '', 'base64url');
              if (given.length !== expected.length || !crypto.timingSafeEqual(given, expected)) return undefined;
              return JSON.parse(Buffer.from(payload, 'base64url').toString());
            }
            exports.onExecuteCustomTokenExchange = async (event, api) => {
              const claims = verified(event.transaction.subject_token, event.secrets.KEY);
              if (!claims) return api.access.rejectInvalidSubjectToken('not signed by us');
              const CREATE = {creationBehavior: 'create_if_not_exists', updateBehavior: 'none'};
              const user = {user_id: claims.sub, email: claims.sub + '@example.org', email_verified: true};
              const connection = 'Username-Password-Authentication';
              // what the test wants
            };
            """;

    private static final String CREATING =
            "api.authentication.setUserByConnection(connection, user, CREATE);";

    /// A client that may exchange.
    private record Shop(String id, String secret) {}

    private Shop shop = new Shop("", "");

    @BeforeAll
    void register() {
        create(
                "resource-servers",
                """
                {"name":"Orders","identifier":"%s","allow_offline_access":true,
                 "scopes":[{"value":"read:orders"}]}
                """
                        .formatted(API));
        shop = shop("{\"allow_any_profile_of_type\":[\"custom_authentication\"]}", "");
    }

    /// @param exchange the client's `token_exchange`
    /// @param more members of the client
    private Shop shop(String exchange, String more) {
        var client =
                create(
                        "clients",
                        """
                        {"name":"Shop","app_type":"regular_web","organization_usage":"allow",
                         "grant_types":["%s","refresh_token"],"token_exchange":%s%s}
                        """
                                .formatted(GRANT, exchange, more));
        return new Shop(
                client.path("client_id").asString(), client.path("client_secret").asString());
    }

    /// A new type of subject token, and an Action that judges it.
    private String type(String body) {
        var action =
                JSON.createObjectNode()
                        .put("name", "judge " + UUID.randomUUID())
                        .put("code", ACTION.replace("// what the test wants", body))
                        .put("deploy", true);
        action.putArray("supported_triggers")
                .addObject()
                .put("id", "custom-token-exchange")
                .put("version", "v1");
        action.putArray("secrets").addObject().put("name", "KEY").put("value", KEY);
        var type = "urn:shop:" + UUID.randomUUID();
        var id = create("actions/actions", action.toString()).path("id").asString();
        var profile =
                JSON.createObjectNode()
                        .put("name", "Old sign-in")
                        .put("subject_token_type", type)
                        .put("action_id", id)
                        .put("type", "custom_authentication");
        create("token-exchange-profiles", profile.toString());
        return type;
    }

    private static String token(String subject, String key) {
        try {
            var jwt =
                    new SignedJWT(
                            new JWSHeader(JWSAlgorithm.HS256),
                            new JWTClaimsSet.Builder()
                                    .subject(subject)
                                    .expirationTime(Date.from(Instant.now().plusSeconds(60)))
                                    .build());
            jwt.sign(new MACSigner(key));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    private static String token(String subject) {
        return token(subject, KEY);
    }

    private static String newSubject() {
        return "old-" + UUID.randomUUID();
    }

    private Answer exchange(Shop client, String type, String token, Map<String, String> more) {
        return exchange(wire(), client, type, token, more);
    }

    private Answer exchange(
            Wire wire, Shop client, String type, String token, Map<String, String> more) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("grant_type", GRANT);
        fields.put("client_id", client.id());
        fields.put("client_secret", client.secret());
        fields.put("subject_token", token);
        fields.put("subject_token_type", type);
        fields.put("scope", "openid profile email");
        fields.putAll(more);
        return wire.postForm(issuer().resolve("oauth/token"), fields, Map.of());
    }

    private Answer exchange(String type, String token) {
        return exchange(shop, type, token, Map.of());
    }

    private static void assertRefused(Answer answer, int status, String error, String text) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(status);
        assertThat(answer.text("error")).isEqualTo(error);
        assertThat(answer.text("error_description")).isEqualTo(text);
    }

    private static void assertInvalid(Answer answer, String text) {
        assertRefused(answer, 400, "invalid_request", text);
    }

    private static Answer assertIssued(Answer answer) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer;
    }

    private static JsonNode claims(Answer answer, String token) {
        return BrowserScene.claims(answer.text(token));
    }

    private JsonNode user(String subject) {
        return operator().get(users("auth0|" + subject)).json();
    }

    /// The newest event about a type of subject token.
    private JsonNode newest(String event, String type) {
        return operator()
                .log("type:" + event)
                .valueStream()
                .filter(it -> it.at("/details/subject_token_type").asString("").equals(type))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + event));
    }

    @Test
    void aTokenOfTheOldSignInBuysTokensForAUserWhoIsCreatedOnce() {
        var type = type(CREATING);
        var subject = newSubject();
        var answer = assertIssued(exchange(type, token(subject)));
        assertThat(answer.json().propertyNames())
                .containsExactlyInAnyOrder(
                        "access_token",
                        "id_token",
                        "scope",
                        "expires_in",
                        "token_type",
                        "issued_token_type");
        assertThat(answer.text("issued_token_type"))
                .isEqualTo("urn:ietf:params:oauth:token-type:access_token");
        assertThat(answer.text("token_type")).isEqualTo("Bearer");
        var id = claims(answer, "id_token");
        assertThat(id.path("sub").asString()).isEqualTo("auth0|" + subject);
        assertThat(id.path("email").asString()).isEqualTo(subject + "@example.org");
        assertThat(id.path("email_verified").asBoolean(false)).isTrue();
        var userinfo = wire().get(issuer().resolve("userinfo"), answer.text("access_token"));
        assertThat(userinfo.text("sub")).isEqualTo("auth0|" + subject);
        assertIssued(exchange(type, token(subject)));
        assertThat(user(subject).path("logins_count").asInt(0)).isEqualTo(2);
        var logged = newest("secte", type);
        assertThat(logged.path("user_id").asString()).isEqualTo("auth0|" + subject);
        assertThat(logged.path("client_id").asString()).isEqualTo(shop.id());
        var executions = logged.at("/details/actions/executions");
        assertThat(executions).hasSize(1);
        var execution =
                operator().get("actions/executions/" + executions.path(0).asString()).json();
        assertThat(execution.path("trigger_id").asString()).isEqualTo("custom-token-exchange");
    }

    @Test
    void anApiAndARefreshTokenCanBeAskedFor() {
        var type = type(CREATING);
        var answer =
                assertIssued(
                        exchange(
                                shop,
                                type,
                                token(newSubject()),
                                Map.of(
                                        "audience",
                                        API,
                                        "scope",
                                        "openid offline_access read:orders write:orders")));
        assertThat(answer.text("scope")).isEqualTo("openid offline_access read:orders");
        var access = claims(answer, "access_token");
        assertThat(access.path("azp").asString()).isEqualTo(shop.id());
        assertThat(access.has("gty")).isFalse();
        var refreshed =
                wire().postForm(
                                issuer().resolve("oauth/token"),
                                Map.of(
                                        "grant_type",
                                        "refresh_token",
                                        "client_id",
                                        shop.id(),
                                        "client_secret",
                                        shop.secret(),
                                        "refresh_token",
                                        answer.text("refresh_token")),
                                Map.of());
        assertIssued(refreshed);
    }

    @Test
    void aUserWhoIsThereIsFoundById() {
        var user = userId(operator().createUser());
        var type = type("api.authentication.setUserById(claims.sub);");
        var answer = assertIssued(exchange(type, token(user)));
        assertThat(claims(answer, "id_token").path("sub").asString()).isEqualTo(user);
        assertInvalid(exchange(type, token("auth0|nobody")), "The user does not exist.");
        assertThat(newest("fecte", type).path("description").asString())
                .isEqualTo("The user does not exist.");
    }

    /// Contract authentication-api §4.7, the table of failures.
    @Test
    void aTypeWithoutAProfileIsUnknown() {
        assertInvalid(
                exchange("urn:shop:unheard-of", token("x")),
                "No token exchange profile exists for this subject_token_type.");
    }

    @Test
    void aParameterThatMustBeThereIsNamed() {
        var type = type(CREATING);
        assertInvalid(
                exchange(shop, type, "", Map.of()), "Missing required parameter: subject_token");
        assertInvalid(
                exchange(shop, "", token("x"), Map.of()),
                "Missing required parameter: subject_token_type");
        var pair = "actor_token and actor_token_type must be sent together.";
        assertInvalid(exchange(shop, type, token("x"), Map.of("actor_token", "y")), pair);
        assertInvalid(exchange(shop, type, token("x"), Map.of("actor_token_type", "urn:y")), pair);
        assertInvalid(
                exchange(
                        shop,
                        type,
                        token("x"),
                        Map.of(
                                "requested_token_type",
                                "urn:ietf:params:oauth:token-type:refresh_token")),
                "requested_token_type must be urn:ietf:params:oauth:token-type:access_token");
    }

    @Test
    void onlyAFirstPartyClientThatIsAllowedToMayExchange() {
        var type = type(CREATING);
        var text =
                "The client is not allowed to use token exchange profiles of type"
                        + " custom_authentication.";
        for (var client :
                List.of(
                        shop("{}", ""),
                        shop(
                                "{\"allow_any_profile_of_type\":[\"on_behalf_of_token_exchange\"]}",
                                ""),
                        shop(
                                "{\"allow_any_profile_of_type\":[\"custom_authentication\"]}",
                                ",\"is_first_party\":false")))
            assertRefused(
                    exchange(client, type, token(newSubject()), Map.of()),
                    403,
                    "unauthorized_client",
                    text);
        operator().patchClient(shop("{}", "").id(), "{\"grant_types\":[\"refresh_token\"]}");
        var without = shop("{\"allow_any_profile_of_type\":[\"custom_authentication\"]}", "");
        operator().patchClient(without.id(), "{\"grant_types\":[\"refresh_token\"]}");
        assertRefused(
                exchange(without, type, token(newSubject()), Map.of()),
                403,
                "unauthorized_client",
                "Grant type '" + GRANT + "' not allowed for the client.");
    }

    @Test
    void aTokenThatTheActionRejectsIsRefused() {
        var type = type(CREATING);
        assertInvalid(exchange(type, token(newSubject(), KEY + "!")), "not signed by us");
        assertThat(newest("fecte", type).path("description").asString())
                .isEqualTo("not signed by us");
    }

    @ParameterizedTest
    @CsvSource({"invalid_request", "server_error", "access_denied", "no_contract"})
    void anActionDeniesWithACodeOfItsOwn(String code) {
        var type = type("api.access.deny('%s', 'not for you');".formatted(code));
        assertRefused(exchange(type, token("x")), 400, code, "not for you");
    }

    @Test
    void fromAnAddressOfManyBadTokensNothingMoreIsJudged() {
        var type = type(CREATING);
        var wire = world().wire("127.0.0.61");
        for (var i = 0; i < 10; i++)
            assertInvalid(
                    exchange(wire, shop, type, token("x", KEY + "!"), Map.of()),
                    "not signed by us");
        var refused = exchange(wire, shop, type, token(newSubject()), Map.of());
        assertRefused(refused, 429, "too_many_attempts", "Too many invalid subject tokens.");
        assertIssued(exchange(type, token(newSubject())));
    }

    @Test
    void whatIsDeniedOrFailsDoesNotCountAgainstTheAddress() {
        var type = type("api.access.deny('no', 'no');");
        var wire = world().wire("127.0.0.62");
        for (var i = 0; i < 12; i++)
            assertRefused(exchange(wire, shop, type, token("x"), Map.of()), 400, "no", "no");
    }

    @Test
    void exactlyOneUserIsSet() {
        assertInvalid(exchange(type(""), token("x")), "no user was set");
        var subject = newSubject();
        assertInvalid(
                exchange(type(CREATING + CREATING), token(subject)), "the user was set twice");
        assertThat(operator().get(users("auth0|" + subject)).status()).isEqualTo(404);
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertInvalid(
                exchange(
                        type(
                                "api.authentication.setUserByConnection(connection, user,"
                                        + " {creationBehavior: 'none'});"),
                        token("x")),
                "api.authentication.setUserByConnection: updateBehavior is 'replace' or 'none'");
        assertInvalid(
                exchange(
                        type(
                                "api.authentication.setUserByConnection('Nowhere', user,"
                                        + " CREATE);"),
                        token("x")),
                "the Action names a connection that does not exist");
    }

    /// Contract actions §6.1.
    @Test
    void anActionThatFailsDeniesAndIsExplainedInTheLogOnly() {
        var type = type(CREATING + "null.hidden_detail;");
        var subject = newSubject();
        assertRefused(
                exchange(type, token(subject)), 403, "access_denied", "Action execution failed");
        assertThat(operator().get(users("auth0|" + subject)).status()).isEqualTo(404);
        var failure = newest("actions_execution_failed", type).path("details");
        assertThat(failure.path("error_class").asString()).isEqualTo("action_error");
        assertThat(failure.at("/action_error/message").asString()).contains("hidden_detail");
        assertThat(failure.at("/actions/executions")).hasSize(1);
    }

    @Test
    void aUserIsOnlyCreatedIfThatIsWanted() {
        var type =
                type(
                        "api.authentication.setUserByConnection(connection, user,"
                                + " {creationBehavior: 'none', updateBehavior: 'none'});");
        var subject = newSubject();
        assertInvalid(exchange(type, token(subject)), "The user does not exist.");
        assertIssued(exchange(type(CREATING), token(subject)));
        assertIssued(exchange(type, token(subject)));
    }

    @Test
    void aProfileIsReplacedOnlyIfThatIsWanted() {
        var subject = newSubject();
        var before =
                type(
                        "api.authentication.setUserByConnection(connection, {...user, name: 'Ada',"
                                + " given_name: 'Augusta'}, CREATE);"
                                + "api.user.setAppMetadata('plan', 'gold');");
        assertIssued(exchange(before, token(subject)));
        var profile = "{user_id: claims.sub, name: 'Countess', nickname: 'ada'}";
        var keeping =
                type(
                        "api.authentication.setUserByConnection(connection, %s, CREATE);"
                                .formatted(profile));
        assertIssued(exchange(keeping, token(subject)));
        assertThat(user(subject).path("name").asString()).isEqualTo("Ada");
        var replacing =
                type(
                        "api.authentication.setUserByConnection(connection, %s, {creationBehavior:"
                                        .formatted(profile)
                                + " 'none', updateBehavior: 'replace'});");
        var answer = assertIssued(exchange(replacing, token(subject)));
        assertThat(claims(answer, "id_token").path("name").asString()).isEqualTo("Countess");
        var user = user(subject);
        assertThat(user.path("nickname").asString()).isEqualTo("ada");
        assertThat(user.has("given_name")).isFalse();
        assertThat(user.path("email").asString()).isEqualTo(subject + "@example.org");
        assertThat(user.path("email_verified").asBoolean(false)).isTrue();
        assertThat(user.at("/app_metadata/plan").asString()).isEqualTo("gold");
    }

    @Test
    void aUserIsNotTakenForOneOfAnotherAddress() {
        var subject = newSubject();
        assertIssued(exchange(type(CREATING), token(subject)));
        var type =
                type(
                        "api.authentication.setUserByConnection(connection, {...user, email:"
                                + " 'other@example.org'}, CREATE);");
        assertInvalid(
                exchange(type, token(subject)),
                "The email or the username is not that of the user.");
        assertThat(user(subject).path("email").asString()).isEqualTo(subject + "@example.org");
    }

    @Test
    void anAddressOfAnotherUserIsNotGivenTwice() {
        var email = operator().createUser();
        var type =
                type(
                        "api.authentication.setUserByConnection(connection, {...user, email: '%s'},"
                                        .formatted(email)
                                + " CREATE);");
        assertInvalid(
                exchange(type, token(newSubject())),
                "The user can't be created: the id or the login belongs to another.");
    }

    @Test
    void aBlockedUserGetsNothing() {
        var subject = newSubject();
        var type = type(CREATING);
        assertIssued(exchange(type, token(subject)));
        manage(200, "PATCH", users("auth0|" + subject), "{\"blocked\":true}");
        assertRefused(exchange(type, token(subject)), 403, "unauthorized", "user is blocked");
    }

    @Test
    void aConnectionThatIsNotForTheClientIsRefusedAndNobodyIsCreated() {
        var name = "Other-" + UUID.randomUUID();
        create("connections", "{\"name\":\"" + name + "\",\"strategy\":\"auth0\"}");
        var subject = newSubject();
        var type =
                type("api.authentication.setUserByConnection('%s', user, CREATE);".formatted(name));
        assertInvalid(
                exchange(type, token(subject)), "the connection is not enabled for the client");
        assertThat(operator().get(users("auth0|" + subject)).status()).isEqualTo(404);
    }

    @Test
    void anOrganizationIsForItsMembers() {
        var organization = newOrganization();
        var subject = newSubject();
        var type =
                type(
                        CREATING
                                + "api.authentication.setOrganization('%s');"
                                        .formatted(organization));
        assertRefused(
                exchange(type, token(subject)),
                403,
                "access_denied",
                "user auth0|%s is not part of the %s organization"
                        .formatted(subject, organization));
        assertThat(operator().get(users("auth0|" + subject)).status()).isEqualTo(404);
        assertIssued(exchange(type(CREATING), token(subject)));
        manage(
                204,
                "POST",
                "organizations/" + organization + "/members",
                "{\"members\":[\"auth0|" + subject + "\"]}");
        var answer = assertIssued(exchange(type, token(subject)));
        assertThat(claims(answer, "id_token").path("org_id").asString()).isEqualTo(organization);
        var byRequest =
                exchange(
                        shop, type(CREATING), token(subject), Map.of("organization", organization));
        assertThat(claims(assertIssued(byRequest), "id_token").path("org_id").asString())
                .isEqualTo(organization);
        assertInvalid(
                exchange(shop, type, token(subject), Map.of("organization", newOrganization())),
                "the Action names another organization than the request");
    }

    /// Contract actions §7: RFC 8693 §4.1 in all tokens, and no refresh token.
    @Test
    void anActorIsNamedInTheTokensAndGetsNoRefreshToken() {
        var type =
                type(
                        CREATING
                                + "api.authentication.setActor({sub: 'auth0|agent', role:"
                                + " 'support'});");
        var subject = newSubject();
        var more = Map.of("audience", API, "scope", "openid offline_access read:orders");
        var answer = assertIssued(exchange(shop, type, token(subject), more));
        var act = "{\"sub\":\"auth0|agent\",\"role\":\"support\"}";
        assertThat(claims(answer, "access_token").path("act")).hasToString(act);
        assertThat(claims(answer, "id_token").path("act")).hasToString(act);
        assertThat(answer.text("scope")).isEqualTo("openid read:orders");
        assertThat(answer.json().has("refresh_token")).isFalse();
        var opaque = assertIssued(exchange(type, token(subject)));
        for (var issued : List.of(answer, opaque)) {
            var userinfo = wire().get(issuer().resolve("userinfo"), issued.text("access_token"));
            assertThat(userinfo.json().path("act")).hasToString(act);
        }
        assertThat(user(subject).has("logins_count")).isFalse();
        assertThat(operator().get("grants?user_id=auth0%7C" + subject).json()).isEmpty();
    }

    @Test
    void anActorTokenEndsTheRefreshTokenToo() {
        var type =
                type(
                        CREATING
                                + "api.user.setAppMetadata('actor', event.transaction.actor_token +"
                                + " event.transaction.actor_token_type);");
        var subject = newSubject();
        var more =
                Map.of(
                        "scope",
                        "openid offline_access",
                        "actor_token",
                        "somebody",
                        "actor_token_type",
                        "urn:shop:agent");
        var answer = assertIssued(exchange(shop, type, token(subject), more));
        assertThat(answer.json().has("refresh_token")).isFalse();
        assertThat(user(subject).at("/app_metadata/actor").asString())
                .isEqualTo("somebodyurn:shop:agent");
        var idToken =
                Map.of(
                        "actor_token",
                        "x",
                        "actor_token_type",
                        "urn:ietf:params:oauth:token-type:id_token");
        assertInvalid(
                exchange(shop, type, token(subject), idToken),
                "Invalid actor token: ID tokens are not supported.");
    }

    @Test
    void aSessionTransferTokenIsNotToBeHadThisWay() {
        assertInvalid(
                exchange(
                        shop,
                        type(CREATING),
                        token(newSubject()),
                        Map.of("audience", "urn:" + issuer().getHost() + ":session_transfer")),
                "Session Transfer Tokens cannot be requested using Custom Token Exchange.");
    }

    /// Contract actions §2.
    @Test
    void postLoginActionsAreHeardAfterwards() {
        var type = type(CREATING + "api.authentication.setActor({sub: 'agent'});");
        var action =
                JSON.createObjectNode()
                        .put("name", "after " + UUID.randomUUID())
                        .put(
                                "code",
                                """
                                exports.onExecutePostLogin = async (event, api) => {
                                  const {protocol, subject_token_type, actor} = event.transaction;
                                  api.access.deny([protocol, subject_token_type, actor.sub, event.session,
                                      event.request.body.subject_token, event.stats.logins_count].join(' '));
                                };
                                """)
                        .put("deploy", true);
        action.putArray("supported_triggers")
                .addObject()
                .put("id", "post-login")
                .put("version", "v3");
        var id = create("actions/actions", action.toString()).path("id").asString();
        bind("[{\"ref\":{\"type\":\"action_id\",\"value\":\"" + id + "\"}}]");
        try {
            assertRefused(
                    exchange(type, token(newSubject())),
                    403,
                    "access_denied",
                    "oauth2-token-exchange " + type + " agent   0");
            assertThat(newest("fecte", type).at("/details/actions/executions")).hasSize(2);
        } finally {
            bind("[]");
        }
    }

    private void bind(String bindings) {
        manage(
                200,
                "PATCH",
                "actions/triggers/post-login/bindings",
                "{\"bindings\":" + bindings + "}");
    }

    /// What the Action is told is the contract's, and of secrets only the subject token.
    @Test
    void theActionIsToldTheRequest() {
        var type =
                type(
                        CREATING
                                + "delete event.secrets; delete event.transaction.subject_token;"
                                + "api.user.setAppMetadata('event', event);");
        var subject = newSubject();
        assertIssued(
                exchange(
                        shop,
                        type,
                        token(subject),
                        Map.of("audience", API, "scope", "openid a b")));
        var event = user(subject).at("/app_metadata/event");
        assertThat(event.propertyNames())
                .containsExactlyInAnyOrder(
                        "client", "request", "resource_server", "tenant", "transaction");
        assertThat(event.path("transaction"))
                .hasToString(
                        """
                        {"subject_token_type":"%s","requested_scopes":["openid","a","b"],\
                        "requested_token_type":"urn:ietf:params:oauth:token-type:access_token"}\
                        """
                                .formatted(type));
        assertThat(event.at("/resource_server/identifier").asString()).isEqualTo(API);
        assertThat(event.at("/client/client_id").asString()).isEqualTo(shop.id());
        assertThat(event.at("/request/body").propertyNames())
                .contains("scope", "subject_token_type")
                .doesNotContain("client_secret", "subject_token");
    }

    /// The subject token may be valid elsewhere: whatever an Action does with it, nobody reads it
    /// here afterwards.
    @Test
    void theSubjectTokenIsInNoLogAndNoRecordAndNoAnswer() {
        var leaks =
                List.of(
                        "console.log(event.transaction.subject_token);" + CREATING,
                        "throw new Error('bad: ' + event.transaction.subject_token);",
                        "throw new Error('bad: ' + event.transaction.subject_token.split('.')[1]);",
                        "api.access.deny('no', event.transaction.subject_token);",
                        "api.access.rejectInvalidSubjectToken(event.transaction.subject_token);",
                        "console.log(event.secrets.KEY); api.access.deny('no',"
                                + " event.secrets.KEY);");
        for (var leak : leaks) {
            var type = type(leak);
            var token = token(newSubject());
            var payload = token.substring(token.indexOf('.') + 1, token.lastIndexOf('.'));
            var signature = token.substring(token.lastIndexOf('.') + 1);
            var answer = exchange(type, token);
            var seen = new ArrayList<String>();
            if (answer.status() != 200) seen.add(answer.json().toString());
            var logged = operator().log("client_id:" + shop.id());
            seen.add(logged.toString());
            logged.valueStream()
                    .flatMap(it -> it.at("/details/actions/executions").valueStream())
                    .map(it -> operator().get("actions/executions/" + it.asString()).json())
                    .forEach(it -> seen.add(it.toString()));
            assertThat(seen)
                    .hasSizeGreaterThan(1)
                    .allSatisfy(
                            text ->
                                    assertThat(text)
                                            .as(leak)
                                            .doesNotContain(payload)
                                            .doesNotContain(signature)
                                            .doesNotContain(KEY));
        }
    }

    /// Every one-time thing has fifty threads that want it.
    @Test
    void fiftyAtOnceCreateOneUser() throws Exception {
        var type = type(CREATING);
        var subject = newSubject();
        var token = token(subject);
        try (var threads = Executors.newFixedThreadPool(50)) {
            Callable<Integer> one =
                    () -> {
                        // Actions are run by few; who finds them all busy comes again.
                        for (var i = 0; i < 100; i++) {
                            var answer = exchange(type, token);
                            if (!answer.text("error_description").equals("Action execution failed"))
                                return answer.status();
                        }
                        return 0;
                    };
            for (var status : threads.invokeAll(Collections.nCopies(50, one)))
                assertThat(status.get()).isEqualTo(200);
        }
        assertThat(user(subject).path("logins_count").asInt(0)).isEqualTo(50);
    }
}
