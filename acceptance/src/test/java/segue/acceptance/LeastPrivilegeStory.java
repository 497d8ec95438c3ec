package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;
import segue.domain.transfer.Reason;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What an exchange may ask for beyond Auth0's contract (native-to-web §14), over HTTP: who alone
/// may redeem, the most that they get, for how long, and what the browser must prove; and what a
/// client that asks silently is told of a refusal.
class LeastPrivilegeStory extends BrowserScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String EVERYTHING = "openid profile offline_access";

    /// Its name on http; on https it is `__Host-session_transfer_verifier`.
    private static final String VERIFIER = "session_transfer_verifier";

    private final List<String> actions = new ArrayList<>();
    private Optional<String> otherShop = Optional.empty();

    LeastPrivilegeStory() {
        super(Map.of());
    }

    @BeforeAll
    void openAnotherShop() {
        var created =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"Other shop","app_type":"regular_web","callbacks":["%s"],
                                 "grant_types":["authorization_code"],
                                 "session_transfer":{"allowed_authentication_methods":["query"]}}
                                """
                                        .formatted(callback()));
        assertThat(created.status()).as("%s", created.json()).isEqualTo(201);
        otherShop = Optional.of(created.text("client_id"));
    }

    @AfterEach
    void reset() {
        changeApp("{\"require_target\":false,\"allowed_targets\":[]}");
        changeShop("{\"explain_refusals\":false,\"enforce_device_binding\":\"ip\"}");
        bind(List.of());
        for (var id : actions) operator().call("DELETE", "actions/actions/" + id, "");
        actions.clear();
    }

    private String otherShop() {
        return otherShop.orElseThrow();
    }

    private void changeApp(String transfer) {
        operator().patchClient(World.APP, "{\"session_transfer\":" + transfer + "}");
    }

    private void changeShop(String transfer) {
        operator().patchClient(World.SHOP, "{\"session_transfer\":" + transfer + "}");
    }

    /// An exchange in JSON, as mobile SDKs send it.
    private Answer mint(Phone phone, Map<String, Object> more) {
        var body = new LinkedHashMap<String, Object>(more);
        body.put("grant_type", "refresh_token");
        body.put("client_id", World.APP);
        body.put("refresh_token", phone.refreshToken());
        body.put("audience", "urn:localhost:session_transfer");
        var request =
                HttpRequest.newBuilder(world().issuer().resolve("oauth/token"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
        var answer = Wire.answer(world().wire(HERE).send(request));
        answer.field("refresh_token").ifPresent(phone::keep);
        return answer;
    }

    private String minted(Map<String, Object> more) {
        var answer = mint(phone(), more);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer.text("access_token");
    }

    private static void refused(Answer answer, String error) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(400);
        assertThat(answer.text("error")).isEqualTo(error);
    }

    /// A refused exchange rotates nothing: the token that the app holds is still the newest. This
    /// one would end the family if it had been rotated away, for the app has no leeway.
    private static void isStillUsable(Phone phone) {
        assertThat(phone.refresh().status()).isEqualTo(200);
        assertThat(phone.refresh().status()).isEqualTo(200);
    }

    // Who may redeem.

    @Test
    void whoMustNameATargetIsRefusedWithoutOneBeforeAnythingRotates() {
        changeApp("{\"require_target\":true}");
        var phone = phone();
        refused(mint(phone, Map.of()), "invalid_target");
        isStillUsable(phone);
        assertThat(mint(phone, Map.of("target_client_id", World.SHOP)).status()).isEqualTo(200);
    }

    @Test
    void aListOfTargetsMustBeKeptToAndImpliesThatOneIsNamed() {
        changeApp("{\"allowed_targets\":[\"" + World.SHOP + "\"]}");
        var phone = phone();
        refused(mint(phone, Map.of()), "invalid_target");
        refused(mint(phone, Map.of("target_client_id", otherShop())), "invalid_target");
        isStillUsable(phone);
        assertThat(mint(phone, Map.of("target_client_id", World.SHOP)).status()).isEqualTo(200);
    }

    /// The app is a client that takes no transfers.
    @ParameterizedTest
    @ValueSource(strings = {"nobody", World.APP})
    void aTargetThatCouldNeverRedeemIsRefused(String target) {
        var phone = phone();
        refused(mint(phone, Map.of("target_client_id", target)), "invalid_target");
        isStillUsable(phone);
    }

    @Test
    void nobodyButTheTargetRedeemsAndWhoTriesBurnsTheToken() {
        var token = minted(Map.of("target_client_id", otherShop()));
        assertThat(present(browser(), false, token, Map.of()).asksToSignIn()).isTrue();
        assertWarned(Reason.TARGET);
        var late = present(browser(), false, token, Map.of("client_id", otherShop()));
        assertThat(late.asksToSignIn()).isTrue();
        assertWarned(Reason.UNKNOWN_OR_USED);
        var fresh = minted(Map.of("target_client_id", otherShop()));
        var page = present(browser(), false, fresh, Map.of("client_id", otherShop()));
        assertThat(page.parameter("code")).isPresent();
    }

    private void assertWarned(Reason reason) {
        var warning = operator().log("type:w").path(0);
        assertThat(warning.path("description").asString())
                .isEqualTo(reason.warning().orElseThrow());
        assertThat(warning.path("details").path("reason").asString()).isEqualTo(reason.code());
    }

    // How much they get.

    private Page asking(BrowserJar browser, String scope, Map<String, String> more) {
        var query = new LinkedHashMap<>(more);
        query.put("scope", scope);
        return browser.openUntilAway(authorize(query));
    }

    private Answer granted(BrowserJar browser, String token, String scope) {
        return redeem(asking(browser, scope, Map.of("session_transfer_token", token)));
    }

    @Test
    void theScopeOfTheMintBoundsTheCodeAndEveryLaterOneOfTheSession() {
        var browser = browser();
        var first = granted(browser, minted(Map.of("target_scope", "openid")), EVERYTHING);
        assertThat(first.text("scope")).isEqualTo("openid");
        assertThat(first.json().has("refresh_token")).isFalse();
        assertThat(claims(first.text("id_token")).has("name")).isFalse();
        var later = redeem(asking(browser, EVERYTHING, Map.of("prompt", "none")));
        assertThat(later.text("scope")).isEqualTo("openid");
        assertThat(later.json().has("refresh_token")).isFalse();
    }

    @Test
    void theScopeOfTheMintBoundsRefreshTokensWhateverTheyAreAskedFor() {
        var token = minted(Map.of("target_scope", "openid offline_access"));
        var first = granted(browser(), token, EVERYTHING);
        assertThat(first.text("scope")).isEqualTo("openid offline_access");
        for (var scope : List.of("", EVERYTHING)) {
            var refreshed = refresh(first.text("refresh_token"), scope);
            assertThat(refreshed.text("scope")).as(scope).isEqualTo("openid offline_access");
            assertThat(claims(refreshed.text("id_token")).has("name")).isFalse();
        }
    }

    private Answer refresh(String token, String scope) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("grant_type", "refresh_token");
        fields.put("client_id", World.SHOP);
        fields.put("client_secret", world().shopSecret());
        fields.put("refresh_token", token);
        if (!scope.isEmpty()) fields.put("scope", scope);
        var answer =
                world().wire(HERE)
                        .postForm(world().issuer().resolve("oauth/token"), fields, Map.of());
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer;
    }

    /// An API's scopes, too.
    @Test
    void theScopeOfTheMintBoundsTheAccessToAnApi() {
        var query = new LinkedHashMap<>(Map.of("audience", World.API));
        query.put("session_transfer_token", transfer());
        var all = redeem(asking(browser(), "openid read:orders", query));
        assertThat(claims(all.text("access_token")).path("scope").asString())
                .isEqualTo("openid read:orders");
        query.put("session_transfer_token", minted(Map.of("target_scope", "openid")));
        var bound = redeem(asking(browser(), "openid read:orders", query));
        assertThat(claims(bound.text("access_token")).path("scope").asString()).isEqualTo("openid");
    }

    /// What asks for claims one by one would be the way around the bound.
    @Test
    void underABoundNoSingleClaimsAreGranted() {
        var query = new LinkedHashMap<String, String>();
        query.put("claims", "{\"id_token\":{\"email\":null}}");
        query.put("session_transfer_token", transfer());
        assertThat(idToken(asking(browser(), "openid", query)).path("email").asString())
                .isEqualTo(World.ADA);
        query.put("session_transfer_token", minted(Map.of("target_scope", "openid")));
        assertThat(idToken(asking(browser(), "openid", query)).has("email")).isFalse();
    }

    @Test
    void whatAnActionAddsIsBoundToo() {
        deploy("api.accessToken.addScope('cancel:orders');");
        var query = new LinkedHashMap<>(Map.of("audience", World.API));
        query.put("session_transfer_token", transfer());
        var all = redeem(asking(browser(), "openid read:orders", query));
        assertThat(claims(all.text("access_token")).path("scope").asString())
                .isEqualTo("openid read:orders cancel:orders");
        query.put("session_transfer_token", minted(Map.of("target_scope", "openid read:orders")));
        var bound = redeem(asking(browser(), "openid read:orders", query));
        assertThat(claims(bound.text("access_token")).path("scope").asString())
                .isEqualTo("openid read:orders");
    }

    @Test
    void theBoundsGoWhenTheUserSignsInAnew() {
        var browser = browser();
        var bounds = Map.<String, Object>of("target_scope", "openid", "session_max_age", 600);
        granted(browser, minted(bounds), EVERYTHING);
        var page = asking(browser, EVERYTHING, Map.of("prompt", "login"));
        var fresh = redeem(signIn(browser, page, World.ADA, world().password()));
        assertThat(fresh.text("scope")).isEqualTo(EVERYTHING);
        assertThat(lifetime(fresh)).isGreaterThan(Duration.ofHours(1));
    }

    @Test
    void aSessionThatTheUserHadBeforeIsNotBoundByTheTokenThatMeetsIt() {
        var browser = signedInByHand(browser());
        var bounds = Map.<String, Object>of("target_scope", "openid", "session_max_age", 60);
        var page = asking(browser, EVERYTHING, Map.of("session_transfer_token", minted(bounds)));
        var code = redeem(page);
        assertThat(code.text("scope")).isEqualTo("openid");
        var later = redeem(asking(browser, EVERYTHING, Map.of("prompt", "none")));
        assertThat(later.text("scope")).isEqualTo(EVERYTHING);
        assertThat(lifetime(later)).isGreaterThan(Duration.ofHours(1));
    }

    // For how long.

    /// Of the session behind an ID token.
    private Duration lifetime(Answer tokens) {
        var session = session(claims(tokens.text("id_token")).path("sid").asString());
        return between(session, "expires_at");
    }

    private static Duration between(JsonNode session, String end) {
        return Duration.between(
                Instant.parse(session.path("created_at").asString()),
                Instant.parse(session.path(end).asString()));
    }

    @Test
    void theSessionLivesNoLongerThanTheMintAllows() {
        var browser = browser();
        var tokens = granted(browser, minted(Map.of("session_max_age", 600)), "openid");
        var session = session(claims(tokens.text("id_token")).path("sid").asString());
        assertThat(between(session, "expires_at")).isEqualTo(Duration.ofMinutes(10));
        assertThat(between(session, "idle_expires_at")).isEqualTo(Duration.ofMinutes(10));
        assertThat(isSignedIn(browser)).isTrue();
        sql("UPDATE session SET expires_at = created_at WHERE ended_at IS NULL");
        assertThat(isSignedIn(browser)).isFalse();
    }

    @Test
    void noActionMakesTheSessionLiveLonger() {
        deploy(
                "api.session.setExpiresAt(Date.now() + 3600000);"
                        + " api.session.setIdleExpiresAt(Date.now() + 3600000);");
        var browser = browser();
        var tokens = granted(browser, minted(Map.of("session_max_age", 600)), "openid");
        assertThat(lifetime(tokens)).isEqualTo(Duration.ofMinutes(10));
        var later = redeem(asking(browser, "openid", Map.of("prompt", "none")));
        assertThat(lifetime(later)).isEqualTo(Duration.ofMinutes(10));
        var unbound = granted(browser(), minted(Map.of()), "openid");
        assertThat(lifetime(unbound)).isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
    }

    @Test
    void anActionMayMakeTheSessionShorterThanTheMintAllows() {
        deploy("api.session.setExpiresAt(Date.now() + 120000);");
        var tokens = granted(browser(), minted(Map.of("session_max_age", 600)), "openid");
        assertThat(lifetime(tokens)).isBetween(Duration.ofMinutes(1), Duration.ofMinutes(3));
    }

    private void deploy(String body) {
        var code = "exports.onExecutePostLogin = async (event, api) => {" + body + "};";
        var json =
                JSON.createObjectNode()
                        .put("name", "longer " + actions.size())
                        .put("code", code)
                        .put("deploy", true);
        json.putArray("supported_triggers")
                .addObject()
                .put("id", "post-login")
                .put("version", "v3");
        var created = operator().call("POST", "actions/actions", json.toString());
        assertThat(created.status()).as("%s", created.json()).isEqualTo(201);
        actions.add(created.text("id"));
        bind(actions);
    }

    private void bind(List<String> ids) {
        var body = JSON.createObjectNode();
        var bindings = body.putArray("bindings");
        for (var id : ids)
            bindings.addObject().putObject("ref").put("type", "action_id").put("value", id);
        change("actions/triggers/post-login/bindings", body.toString());
    }

    // How it is asked for.

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "session_max_age | 0",
                "session_max_age | -1",
                "session_max_age | 1.5",
                "session_max_age | 31557601",
                "session_max_age | true",
                "session_max_age | \"ten\"",
                "session_max_age | [600]",
                "target_client_id | 7",
                "target_scope | \"\\\"\"",
                "target_scope | \"openid  profile\"",
                "target_scope | [\"openid\"]",
                "transfer_challenge | \"too short\"",
                "transfer_challenge | \"a-verifier-of-more-than-forty-three-characters\"",
                "hand_off | \"yes\"",
                "hand_off | 1",
                "hand_off | true",
            })
    void whatCantBeKeptIsRefusedBeforeAnythingRotates(String name, String json) {
        var phone = phone();
        refused(mint(phone, Map.of(name, JSON.readTree(json))), "invalid_request");
        isStillUsable(phone);
    }

    @ParameterizedTest
    @ValueSource(strings = {"600", "\"600\""})
    void secondsAreANumberOrAText(String json) {
        var token = minted(Map.of("session_max_age", JSON.readTree(json)));
        var tokens = granted(browser(), token, "openid");
        assertThat(lifetime(tokens)).isEqualTo(Duration.ofMinutes(10));
    }

    @ParameterizedTest
    @CsvSource({"true, true", "\"true\", true", "false, false", "\"false\", false"})
    void aHandOffIsWantedByATruthValueOrAText(String json, boolean wanted) {
        operator()
                .patchClient(
                        World.SHOP,
                        "{\"initiate_login_uri\":\"" + world().shop().loginUri() + "\"}");
        var more = Map.of("target_client_id", World.SHOP, "hand_off", JSON.readTree(json));
        var answer = mint(phone(), more);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        var page =
                "%shand-off?client_id=%s#session_transfer_token=%s"
                        .formatted(world().issuer(), World.SHOP, answer.text("access_token"));
        assertThat(answer.text("hand_off_uri")).isEqualTo(wanted ? page : "");
        operator().patchClient(World.SHOP, "{\"initiate_login_uri\":\"\"}");
    }

    @Test
    void aHandOffNeedsATargetThatTakesCookiesAndHasAPlaceToGoTo() {
        var phone = phone();
        var toShop = Map.<String, Object>of("target_client_id", World.SHOP, "hand_off", true);
        refused(mint(phone, toShop), "invalid_target");
        var toOther = Map.<String, Object>of("target_client_id", otherShop(), "hand_off", true);
        refused(mint(phone, toOther), "invalid_target");
        isStillUsable(phone);
    }

    // What the browser must prove.

    private Page proving(BrowserJar browser, boolean byCookie, String token, String verifier) {
        browser.plant(world().issuer(), VERIFIER, verifier);
        return present(browser, byCookie, token, Map.of());
    }

    private String challenged(Pkce verifier) {
        return minted(Map.of("transfer_challenge", verifier.challenge()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aMissingVerifierLeavesTheTokenToWhoHasIt(boolean byCookie) {
        var verifier = Pkce.fresh();
        var token = challenged(verifier);
        for (var i = 0; i < 5; i++) {
            assertThat(present(browser(), byCookie, token, Map.of()).asksToSignIn()).isTrue();
            assertWarned(Reason.VERIFIER_MISSING);
        }
        var page = proving(browser(), byCookie, token, verifier.verifier());
        assertThat(page.parameter("code")).isPresent();
    }

    @Test
    void twoWrongVerifiersLeaveTheTokenAndTheThirdBurnsIt() {
        for (var tries : List.of(2, 3)) {
            var verifier = Pkce.fresh();
            var token = challenged(verifier);
            for (var i = 0; i < tries; i++) {
                var page = proving(browser(), false, token, Pkce.nonce());
                assertThat(page.asksToSignIn()).isTrue();
                assertWarned(Reason.VERIFIER_WRONG);
            }
            var page = proving(browser(), false, token, verifier.verifier());
            assertThat(page.parameter("code").isPresent()).isEqualTo(tries == 2);
            if (tries == 3) assertWarned(Reason.UNKNOWN_OR_USED);
        }
    }

    /// It would stand in histories and logs beside the token that it protects.
    @ParameterizedTest
    @ValueSource(strings = {"transfer_verifier", "session_transfer_verifier"})
    void aVerifierInTheQueryIsNone(String name) {
        var verifier = Pkce.fresh();
        var more = Map.of(name, verifier.verifier());
        var page = present(browser(), false, challenged(verifier), more);
        assertThat(page.asksToSignIn()).isTrue();
        assertWarned(Reason.VERIFIER_MISSING);
    }

    /// Or an app's cookie from an earlier hand-off would make up for another address.
    @Test
    void aVerifierWithoutAChallengeProvesNothing() {
        changeShop("{\"enforce_device_binding\":\"network\"}");
        var verifier = Pkce.fresh();
        var elsewhere = world().browser("127.0.0.2");
        var page = proving(elsewhere, false, transfer(), verifier.verifier());
        assertThat(page.asksToSignIn()).isTrue();
        assertWarned(Reason.OTHER_DEVICE);
        page = proving(elsewhere, false, challenged(verifier), verifier.verifier());
        assertThat(page.parameter("code")).isPresent();
    }

    // What a client is told of a refusal.

    private Optional<String> told(BrowserJar browser, String token) {
        var page = present(browser, false, token, Map.of("prompt", "none"));
        assertThat(page.parameter("error")).hasValue("login_required");
        return page.parameter("error_description");
    }

    private URI silently() {
        return authorize(Map.of("prompt", "none"));
    }

    @Test
    void whoWantsRefusalsExplainedIsToldTheReason() {
        assertThat(told(browser(), "junk")).hasValue("Login required");
        changeShop("{\"explain_refusals\":true}");
        assertThat(told(browser(), "junk")).hasValue("unknown_or_used");
        assertThat(told(world().browser("127.0.0.2"), transfer())).hasValue("other_device");
        var forOther = minted(Map.of("target_client_id", otherShop()));
        assertThat(told(browser(), forOther)).hasValue("target");
        assertThat(told(browser(), challenged(Pkce.fresh()))).hasValue("verifier_missing");
        var nothing = browser().openUntilAway(silently());
        assertThat(nothing.parameter("error_description")).hasValue("Login required");
    }
}
