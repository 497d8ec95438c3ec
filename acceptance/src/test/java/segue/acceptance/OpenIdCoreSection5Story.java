package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// OpenID Connect Core §5: which claims there are, who may ask for them, and where they are told.
class OpenIdCoreSection5Story extends CodeFlowScene {
    private static final String PROFILE = "name given_name family_name nickname picture updated_at";

    private final String grace = UUID.randomUUID() + "@example.org";
    private Optional<BrowserJar> signedIn = Optional.empty();

    OpenIdCoreSection5Story() {
        super(Map.of());
    }

    @BeforeAll
    void signGraceIn() {
        var created =
                operator()
                        .call(
                                "POST",
                                "users",
                                """
                                {"connection":"Username-Password-Authentication","email":"%s",
                                 "password":"%s","email_verified":true,"name":"Grace Hopper",
                                 "given_name":"Grace","family_name":"Hopper","nickname":"amazing",
                                 "picture":"https://web.example/grace.png",
                                 "phone_number":"+15550100","phone_verified":false}
                                """
                                        .formatted(grace, Operator.PASSWORD));
        assertThat(created.status()).as("%s", created.json()).isEqualTo(201);
        var browser = browser();
        var page = signIn(browser, ask(browser), grace, Operator.PASSWORD);
        assertThat(page.parameter("code")).isPresent();
        signedIn = Optional.of(browser);
    }

    private Page ask(String... pairs) {
        return ask(signedIn.orElseThrow(), pairs);
    }

    private JsonNode told(Answer tokens) {
        var answer = world().wire(HERE).get(userinfoEndpoint(), tokens.text("access_token"));
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer.json();
    }

    private static JsonNode idToken(Answer tokens) {
        return claims(tokens.text("id_token"));
    }

    /// What an ID token says about the user, beside what it says about itself.
    private static List<String> about(JsonNode idToken) {
        var itself = List.of("iss", "sub", "aud", "exp", "iat", "sid", "nonce", "auth_time");
        return idToken.propertyNames().stream().filter(name -> !itself.contains(name)).toList();
    }

    // §5.1 Standard claims

    /// Each claim has its type. Contract authentication-api §12 A3 tells `updated_at` as text where
    /// the standard has a number, because that is what published clients read.
    @Test
    void section5_1_theStandardClaimsHaveTheirTypes() {
        var claims = told(redeem(ask("scope", "openid profile email phone address")));
        assertThat(claims.propertyNames())
                .containsExactlyInAnyOrder(
                        "sub",
                        "name",
                        "given_name",
                        "family_name",
                        "nickname",
                        "picture",
                        "updated_at",
                        "email",
                        "email_verified",
                        "phone_number",
                        "phone_number_verified");
        assertThat(claims.path("sub").asString()).isEqualTo(userId(grace));
        assertThat(claims.path("name").asString()).isEqualTo("Grace Hopper");
        assertThat(claims.path("given_name").asString()).isEqualTo("Grace");
        assertThat(claims.path("family_name").asString()).isEqualTo("Hopper");
        assertThat(claims.path("nickname").asString()).isEqualTo("amazing");
        assertThat(claims.path("picture").asString()).isEqualTo("https://web.example/grace.png");
        assertThat(claims.path("email").asString()).isEqualTo(grace);
        assertThat(claims.path("email_verified").isBoolean()).isTrue();
        assertThat(claims.path("email_verified").asBoolean()).isTrue();
        assertThat(claims.path("phone_number").asString()).isEqualTo("+15550100");
        assertThat(claims.path("phone_number_verified").isBoolean()).isTrue();
        assertThat(claims.path("phone_number_verified").asBoolean()).isFalse();
        assertThat(claims.path("updated_at").asString())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    }

    // §5.3 UserInfo endpoint

    /// "The UserInfo Endpoint MUST support the use of the HTTP GET and HTTP POST methods."
    @Test
    void section5_3_itIsAskedByGetAndByPost() {
        var tokens = redeem(ask("scope", "openid email"));
        var posted =
                HttpRequest.newBuilder(userinfoEndpoint())
                        .header("Authorization", "Bearer " + tokens.text("access_token"))
                        .POST(HttpRequest.BodyPublishers.noBody());
        assertThat(Wire.answer(world().wire(HERE).send(posted)).json()).isEqualTo(told(tokens));
    }

    /// "The sub Claim MUST always be returned in the UserInfo Response", and it "MUST be verified
    /// to exactly match the sub Claim in the ID Token".
    @ParameterizedTest
    @ValueSource(strings = {"openid", "openid profile", "openid offline_access"})
    void section5_3_2_theSubjectIsAlwaysToldAndIsTheIdTokens(String scope) {
        var tokens = redeem(ask("scope", scope));
        assertThat(told(tokens).path("sub")).isEqualTo(idToken(tokens).path("sub"));
    }

    /// "The content-type of the HTTP response MUST be application/json."
    @Test
    void section5_3_2_theAnswerIsJson() {
        var token = redeem(ask()).text("access_token");
        var answer = world().wire(HERE).get(userinfoEndpoint(), token);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
        assertThat(answer.headers().firstValue("Cache-Control").orElse("")).contains("no-store");
    }

    /// "If a Claim is not returned, that Claim Name SHOULD be omitted [...]; it SHOULD NOT be
    /// present with a null or empty string value."
    @Test
    void section5_3_2_whatIsNotKnownIsLeftOut() {
        var browser = browser();
        var nobody = operator().createUser();
        var all = "openid profile email phone address";
        var page = signIn(browser, ask(browser, "scope", all), nobody, Operator.PASSWORD);
        var tokens = redeem(page);
        for (var claims : List.of(told(tokens), idToken(tokens))) {
            assertThat(claims.has("email")).isTrue();
            for (var unknown : List.of("given_name", "family_name", "phone_number", "address"))
                assertThat(claims.has(unknown)).as(unknown).isFalse();
        }
    }

    /// "When an error condition occurs, the UserInfo Endpoint returns an Error Response as defined
    /// in Section 3 of OAuth 2.0 Bearer Token Usage."
    @Test
    void section5_3_3_anErrorIsABearerChallenge() {
        var answer = world().wire(HERE).get(userinfoEndpoint(), "nonsense");
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate").orElseThrow())
                .startsWith("Bearer ")
                .contains("error=\"invalid_token\"");
    }

    // §5.4 Requesting claims using scope values

    /// Each scope asks for its claims. Contract authentication-api §8.3 tells them in the ID token
    /// too, also where there is an access token to get them with.
    @ParameterizedTest
    @CsvSource({
        "openid, ''",
        "openid profile, " + PROFILE,
        "openid email, email email_verified",
        "openid phone, phone_number phone_number_verified",
        "openid address, ''",
        "openid email phone, email email_verified phone_number phone_number_verified",
        "openid offline_access, ''"
    })
    void section5_4_aScopeAsksForItsClaims(String scope, String names) {
        var expected = names.isEmpty() ? List.<String>of() : List.of(names.split(" ", -1));
        var tokens = redeem(ask("scope", scope));
        assertThat(about(told(tokens))).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(about(idToken(tokens))).containsExactlyInAnyOrderElementsOf(expected);
    }

    // §5.5 Requesting claims using the "claims" request parameter

    /// `userinfo` and `id_token` list what is asked for there, and nowhere else.
    @Test
    void section5_5_aClaimIsToldWhereItWasAskedFor() {
        var tokens =
                redeem(
                        ask(
                                "claims",
                                """
                                {"userinfo":{"given_name":{"essential":true},"nickname":null},
                                 "id_token":{"email":null}}
                                """));
        assertThat(about(told(tokens))).containsExactlyInAnyOrder("given_name", "nickname");
        assertThat(about(idToken(tokens))).containsExactly("email");
    }

    /// "If present, it lists individual Claims [...] in addition to those" of the scope.
    @Test
    void section5_5_claimsAreAddedToThoseOfTheScope() {
        var claims = "{\"userinfo\":{\"nickname\":null},\"id_token\":{\"nickname\":null}}";
        var tokens = redeem(ask("scope", "openid email", "claims", claims));
        assertThat(about(told(tokens)))
                .containsExactlyInAnyOrder("email", "email_verified", "nickname");
        assertThat(about(idToken(tokens)))
                .containsExactlyInAnyOrder("email", "email_verified", "nickname");
    }

    /// A refresh grants no less: what was asked for is told after it too.
    @Test
    void section5_5_claimsOutliveARefresh() {
        var claims = "{\"userinfo\":{\"nickname\":null},\"id_token\":{\"email\":null}}";
        var tokens = redeem(ask("scope", "openid offline_access", "claims", claims));
        var refreshed = refresh(tokens);
        assertThat(about(told(refreshed))).containsExactly("nickname");
        assertThat(about(idToken(refreshed))).containsExactly("email");
    }

    /// An access token for an API is a JWT that `/userinfo` takes too: what was asked for is told
    /// for it as for any other, also after a refresh. Only then does it have a `jti`, which tells
    /// nothing (contract 2 §8.2).
    @Test
    void section5_5_claimsAreToldForTheTokenOfAnApiToo() {
        var api = "https://" + UUID.randomUUID() + ".example";
        var created =
                operator()
                        .call(
                                "POST",
                                "resource-servers",
                                """
                                {"identifier":"%s","scopes":[{"value":"read:notes"}],"allow_offline_access":true,
                                 "skip_consent_for_verifiable_first_party_clients":true}
                                """
                                        .formatted(api));
        assertThat(created.status()).as("%s", created.json()).isEqualTo(201);
        var scope = "openid offline_access read:notes";
        var claims = "{\"userinfo\":{\"nickname\":null}}";
        var tokens = redeem(ask("audience", api, "scope", scope, "claims", claims));
        for (var each : List.of(tokens, refresh(tokens))) {
            assertThat(claims(each.text("access_token")).path("jti").asString()).hasSize(43);
            assertThat(about(told(each))).containsExactly("nickname");
        }
        var plain = redeem(ask("audience", api, "scope", scope));
        assertThat(claims(plain.text("access_token")).has("jti")).isFalse();
        assertThat(about(told(plain))).isEmpty();
    }

    /// "Other members MAY be present. Any members used that are not understood MUST be ignored."
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"verified_claims\":[],\"id_token\":{\"email\":null}}",
                "{\"userinfo\":null,\"id_token\":{\"email\":null},\"purpose\":\"x\",\"n\":1}",
                "{\"id_token\":{\"email\":{\"purpose\":\"x\",\"essential\":false}}}",
                "{\"id_token\":{\"email\":7}}"
            })
    void section5_5_membersThatAreNotUnderstoodAreIgnored(String claims) {
        assertThat(ask("claims", claims).parameter("code")).isPresent();
    }

    /// The parameter is a JSON object of JSON objects.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "[]",
                "null",
                "\"text\"",
                "{",
                "{\"id_token\":[]}",
                "{\"userinfo\":\"email\"}",
                "{} {}"
            })
    void section5_5_anythingElseIsAnInvalidRequest(String claims) {
        assertThat(ask("claims", claims).parameter("error")).hasValue("invalid_request");
    }

    // §5.5.1 Individual claims requests

    /// "The Authorization Server MUST NOT generate an error when Claims are not returned, whether
    /// they are Essential or Voluntary."
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"essential\":true}",
                "{\"essential\":true,\"value\":\"x\"}",
                "{\"values\":[\"x\",\"y\"]}",
                "null"
            })
    void section5_5_1_aClaimThatWeDoNotHaveIsNoError(String wish) {
        for (var name : List.of("birthdate", "address", "https://web.example/claim", "")) {
            var claims =
                    "{\"userinfo\":{\"%s\":%s},\"id_token\":{\"%s\":%s}}"
                            .formatted(name, wish, name, wish);
            var tokens = redeem(ask("claims", claims));
            assertThat(about(told(tokens))).isEmpty();
            assertThat(about(idToken(tokens))).isEmpty();
        }
    }

    /// `value` and `values` are wishes too, which the truth may not fulfil.
    @ParameterizedTest
    @ValueSource(strings = {"{\"value\":\"x@example.org\"}", "{\"values\":[\"x\",\"y\"]}"})
    void section5_5_1_aValueIsNeverMadeUp(String wish) {
        var claims = "{\"userinfo\":{\"email\":%s}}".formatted(wish);
        var email = told(redeem(ask("claims", claims))).path("email");
        assertThat(email.asString(grace)).isEqualTo(grace);
    }

    /// What a token says about itself isn't a client's to choose.
    @Test
    void section5_5_1_aTokensOwnClaimsAreNotTheClients() {
        var claims =
                """
                {"id_token":{"iss":{"value":"https://evil.example/"},"aud":{"value":"x"},
                  "exp":{"value":1},"nonce":{"value":"x"}}}
                """;
        var token = idToken(redeem(ask("claims", claims)));
        assertThat(token.path("iss").asString()).isEqualTo(world().issuer().toString());
        assertThat(token.path("aud").asString()).isEqualTo(World.SHOP);
        assertThat(token.path("exp").asLong()).isGreaterThan(token.path("iat").asLong());
        assertThat(token.has("nonce")).isFalse();
    }

    // §5.5.1.1 Requesting the "acr" claim

    /// "If this is an Essential Claim and the requirement cannot be met, then the Authorization
    /// Server MUST treat that outcome as a failed authentication attempt." We tell no `acr`, so it
    /// never can.
    @ParameterizedTest
    @ValueSource(strings = {"\"values\":[\"urn:mace:incommon:iap:silver\"]", "\"value\":\"2\""})
    void section5_5_1_1_anAcrThatMustBeCanNotBeMet(String values) {
        var claims = "{\"id_token\":{\"acr\":{\"essential\":true,%s}}}".formatted(values);
        var page = ask("claims", claims);
        assertThat(page.parameter("error")).hasValue("unmet_authentication_requirements");
        assertThat(page.parameter("state")).hasValue("s1");
        assertThat(page.parameter("code")).isEmpty();
    }

    /// A voluntary one, or one of any value, is no error (§5.5.1).
    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "{\"essential\":true}",
                "{\"values\":[\"2\"]}",
                "{\"essential\":false,\"values\":[\"2\"]}"
            })
    void section5_5_1_1_anAcrThatNeedNotBeIsLeftOut(String wish) {
        var token = idToken(redeem(ask("claims", "{\"id_token\":{\"acr\":" + wish + "}}")));
        assertThat(token.has("acr")).isFalse();
    }

    // §5.5.2 Languages and scripts for individual claims

    /// A claim in a language is another claim, which we don't have.
    @Test
    void section5_5_2_aClaimInALanguageIsOneThatWeDoNotHave() {
        var claims = "{\"userinfo\":{\"family_name#ja-Kana-JP\":null}}";
        assertThat(about(told(redeem(ask("claims", claims))))).isEmpty();
    }

    // §5.7 Claim stability and uniqueness

    /// "The sub and iss Claims [...] are the only Claims that an RP can rely upon": a user's
    /// subject outlives all else that may change.
    @Test
    void section5_7_theSubjectOutlivesTheEmailAddress() {
        var user = operator().createUser();
        var browser = browser();
        var page = signIn(browser, ask(browser), user, Operator.PASSWORD);
        var sub = idToken(redeem(page)).path("sub").asString();
        var other = UUID.randomUUID() + "@example.org";
        change("users/" + sub.replace("|", "%7C"), "{\"email\":\"" + other + "\"}");
        var again = browser();
        var renamed = signIn(again, ask(again), other, Operator.PASSWORD);
        assertThat(idToken(redeem(renamed)).path("sub").asString()).isEqualTo(sub);
    }
}
