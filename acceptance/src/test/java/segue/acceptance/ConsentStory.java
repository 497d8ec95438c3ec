package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Consent (contract authentication-api §3.2, §3.3 point 6; native-to-web §5.2 step 12, §5.4;
/// THREATS R10.3, R16.4, row 12 of table 1.3), for clients of the tenant and of somebody else.
class ConsentStory extends BrowserScene {
    private static final String STOCK = "https://stock.example";
    private static final String GUEST_PAGE = "https://guest.example/cb";
    private static final String GUEST_SCHEME = "org.example.guest://cb";

    private String guest = "";
    private String guestSecret = "";
    private String guestApp = "";

    ConsentStory() {
        super(Map.of());
    }

    @BeforeAll
    void registerGuests() {
        create(
                "resource-servers",
                """
                {"name":"Stock & Sons","identifier":"%s","allow_offline_access":true,
                 "scopes":[{"value":"read:stock","description":"See what is <i>left</i>"},
                     {"value":"count:stock"}]}
                """
                        .formatted(STOCK));
        var web =
                create(
                        "clients",
                        """
                        {"name":"Guest & \\"Friends\\"","app_type":"regular_web","is_first_party":false,
                         "callbacks":["%s"],"grant_types":["authorization_code","refresh_token"],
                         "session_transfer":{"allowed_authentication_methods":["cookie","query"],
                             "enforce_device_binding":"ip"}}
                        """
                                .formatted(GUEST_PAGE));
        guest = web.path("client_id").asString();
        guestSecret = web.path("client_secret").asString();
        guestApp =
                create(
                                "clients",
                                """
                                {"name":"Guest app","app_type":"native","is_first_party":false,
                                 "token_endpoint_auth_method":"none",
                                 "callbacks":["%s","%s","http://127.0.0.1/cb"],
                                 "session_transfer":{"allowed_authentication_methods":["cookie"]}}
                                """
                                        .formatted(GUEST_SCHEME, GUEST_PAGE))
                        .path("client_id")
                        .asString();
        enable(guest);
        enable(guestApp);
        for (var client : List.of(guest, guestApp))
            create(
                    "client-grants",
                    """
                    {"client_id":"%s","audience":"%s","subject_type":"user",
                     "scope":["read:stock","count:stock"]}
                    """
                            .formatted(client, STOCK));
    }

    /// Clients of others get no connection by themselves.
    private void enable(String client) {
        var connection =
                operator()
                        .get("connections?name=Username-Password-Authentication")
                        .json()
                        .path(0)
                        .path("id")
                        .asString();
        var answer =
                operator()
                        .call(
                                "PATCH",
                                "connections/" + connection + "/clients",
                                "[{\"client_id\":\"%s\",\"status\":true}]".formatted(client));
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(204);
    }

    private JsonNode create(String path, String body) {
        var answer = operator().call("POST", path, body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return answer.json();
    }

    private static Map<String, String> and(Map<String, String> some, Map<String, String> more) {
        var all = new LinkedHashMap<>(some);
        all.putAll(more);
        return all;
    }

    /// A request of the web client that is somebody else's.
    private URI guest(Map<String, String> more) {
        return authorize(and(Map.of("client_id", guest, "redirect_uri", GUEST_PAGE), more));
    }

    /// A request of the native one.
    private URI guestApp(String callback, Map<String, String> more) {
        return authorize(
                and(
                        Map.of(
                                "client_id",
                                guestApp,
                                "redirect_uri",
                                callback,
                                "code_challenge",
                                Pkce.fresh().challenge(),
                                "code_challenge_method",
                                "S256"),
                        more));
    }

    /// A request of the tenant's own app.
    private URI ownApp(Map<String, String> more) {
        return authorize(
                and(
                        Map.of(
                                "client_id",
                                World.APP,
                                "redirect_uri",
                                "org.example.demo://callback",
                                "code_challenge",
                                Pkce.fresh().challenge(),
                                "code_challenge_method",
                                "S256"),
                        more));
    }

    private static boolean asks(Page page) {
        return page.url().getPath().equals("/u/consent")
                && page.status() == 200
                && page.heading().equals("Allow access?");
    }

    private Page choose(BrowserJar browser, Page page, String choice) {
        return browser.submitUntilAway(page, Map.of("choice", choice));
    }

    private Page allow(BrowserJar browser, Page page) {
        assertThat(asks(page)).as(page.body()).isTrue();
        var done = choose(browser, page, "allow");
        assertThat(done.parameter("code")).as(done.body()).isPresent();
        return done;
    }

    /// A user of their own, so that nothing is allowed yet, and their browser, where they have
    /// signed in to the shop.
    private record Somebody(String email, String id, BrowserJar browser) {}

    private Somebody somebody() {
        var email = operator().createUser();
        var browser = browser();
        var page = browser.openUntilAway(authorize(Map.of()));
        assertThat(signIn(browser, page, email, Operator.PASSWORD).parameter("code")).isPresent();
        return new Somebody(email, userId(email), browser);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private JsonNode grants(Somebody who) {
        return operator().get("grants?user_id=" + encoded(who.id())).json();
    }

    private Answer token(Map<String, String> fields) {
        return world().wire(HERE)
                .postForm(
                        world().issuer().resolve("oauth/token"),
                        and(Map.of("client_id", guest, "client_secret", guestSecret), fields),
                        Map.of());
    }

    private Answer exchange(Page page) {
        return token(
                Map.of(
                        "grant_type",
                        "authorization_code",
                        "code",
                        page.parameter("code").orElseThrow(),
                        "redirect_uri",
                        GUEST_PAGE));
    }

    private JsonNode newest(String type) {
        return operator().log("type:" + type).path(0);
    }

    // Who is asked.

    @Test
    void aClientOfSomebodyElseIsAskedForOnceAndRemembered() {
        var kim = somebody();
        var page = kim.browser().openUntilAway(guest(Map.of("scope", "openid profile")));
        var done = allow(kim.browser(), page);
        assertThat(done.parameter("state")).hasValue("s1");
        assertThat(done.status()).isEqualTo(303);
        assertThat(exchange(done).text("scope")).isEqualTo("openid profile");
        for (var prompt : List.of(Map.<String, String>of(), Map.of("prompt", "none")))
            for (var scope : List.of("openid profile", "openid"))
                assertThat(
                                kim.browser()
                                        .openUntilAway(guest(and(prompt, Map.of("scope", scope))))
                                        .parameter("code"))
                        .as("%s %s", prompt, scope)
                        .isPresent();
        assertThat(grants(kim).size()).isEqualTo(1);
        var grant = grants(kim).path(0);
        assertThat(grant.path("clientID").asString()).isEqualTo(guest);
        assertThat(grant.path("audience").asString())
                .isEqualTo(world().issuer().resolve("userinfo").toString());
        assertThat(grant.path("scope").toString()).isEqualTo("[\"openid\",\"profile\"]");
    }

    @Test
    void whoSignsInOnTheWayIsAskedNext() {
        var email = operator().createUser();
        var browser = browser();
        var form = browser.openUntilAway(guest(Map.of()));
        assertThat(form.asksToSignIn()).isTrue();
        allow(browser, signIn(browser, form, email, Operator.PASSWORD));
    }

    @Test
    void newScopesAreAskedForAgainAndAddedToWhatWasAllowed() {
        var kim = somebody();
        allow(kim.browser(), kim.browser().openUntilAway(guest(Map.of("scope", "openid"))));
        var more = guest(Map.of("scope", "openid email"));
        var page = kim.browser().openUntilAway(more);
        assertThat(choose(kim.browser(), page, "deny").parameter("error"))
                .hasValue("access_denied");
        allow(kim.browser(), kim.browser().openUntilAway(more));
        for (var scope : List.of("openid", "openid email", "email"))
            assertThat(kim.browser().openUntilAway(guest(Map.of("scope", scope))).parameter("code"))
                    .isPresent();
        assertThat(asks(kim.browser().openUntilAway(guest(Map.of("scope", "openid phone")))))
                .isTrue();
    }

    /// OpenID Connect Core §5.5: otherwise it would be a way around the scopes.
    @Test
    void aSingleClaimIsAskedForLikeTheScopeThatItBelongsTo() {
        var kim = somebody();
        var browser = kim.browser();
        allow(browser, browser.openUntilAway(guest(Map.of("scope", "openid"))));
        var claims = guest(Map.of("claims", "{\"userinfo\":{\"email\":null}}"));
        var page = browser.openUntilAway(claims);
        assertThat(page.body()).contains("See your email address");
        allow(browser, page);
        assertThat(browser.openUntilAway(claims).parameter("code")).isPresent();
        assertThat(browser.openUntilAway(guest(Map.of("scope", "email"))).parameter("code"))
                .isPresent();
    }

    @Test
    void eachApiIsAskedForByItself() {
        var kim = somebody();
        var browser = kim.browser();
        allow(browser, browser.openUntilAway(guest(Map.of("scope", "openid"))));
        var stock = guest(Map.of("audience", STOCK, "scope", "openid read:stock"));
        allow(browser, browser.openUntilAway(stock));
        assertThat(browser.openUntilAway(stock).parameter("code")).isPresent();
        assertThat(grants(kim).size()).isEqualTo(2);
    }

    @Test
    void aClientOfTheTenantIsAskedForOnlyAtAnApiThatWantsIt() {
        var kim = somebody();
        var browser = kim.browser();
        for (var silent :
                List.of(
                        Map.<String, String>of(),
                        Map.of("audience", World.API, "scope", "openid read:orders"),
                        Map.of("audience", world().issuer() + "api/v2/")))
            assertThat(browser.openUntilAway(authorize(silent)).parameter("code"))
                    .as("%s", silent)
                    .isPresent();
        var stock = authorize(Map.of("audience", STOCK, "scope", "openid read:stock"));
        allow(browser, browser.openUntilAway(stock));
        assertThat(browser.openUntilAway(stock).parameter("code")).isPresent();
    }

    /// The switch is for clients of the tenant, as its name says.
    @Test
    void anApiThatSkipsConsentSkipsItForClientsOfTheTenantOnly() {
        var kim = somebody();
        var path = "resource-servers/" + encoded(STOCK);
        var skip = "{\"skip_consent_for_verifiable_first_party_clients\":%s}";
        change(path, skip.formatted(true));
        try {
            var stock = Map.of("audience", STOCK, "scope", "read:stock");
            assertThat(kim.browser().openUntilAway(authorize(stock)).parameter("code")).isPresent();
            assertThat(asks(kim.browser().openUntilAway(guest(stock)))).isTrue();
        } finally {
            change(path, skip.formatted(false));
        }
    }

    /// What a client got without asking is listed among the grants, but nobody allowed it.
    @Test
    void whatWasNeverAskedForIsNotTakenForAllowed() {
        var email = operator().createUser();
        var phone = phone(email, Operator.PASSWORD, HERE);
        assertThat(phone.refresh().status()).isEqualTo(200);
        var browser = browser();
        var page = browser.openUntilAway(authorize(Map.of()));
        signIn(browser, page, email, Operator.PASSWORD);
        var kim = new Somebody(email, userId(email), browser);
        assertThat(grants(kim).path(0).path("audience").asString()).isEqualTo(World.API);
        var path = "resource-servers/" + encoded(World.API);
        var skip = "{\"skip_consent_for_verifiable_first_party_clients\":%s}";
        change(path, skip.formatted(false));
        try {
            var orders = ownApp(Map.of("audience", World.API, "scope", "openid"));
            allow(browser, browser.openUntilAway(orders));
            assertThat(browser.openUntilAway(orders).parameter("code")).isPresent();
        } finally {
            change(path, skip.formatted(true));
        }
    }

    /// OpenID Connect Core §3.1.2.1.
    @Test
    void promptConsentAsksAgain() {
        var kim = somebody();
        var browser = kim.browser();
        var demanded = guest(Map.of("prompt", "consent"));
        allow(browser, browser.openUntilAway(demanded));
        allow(browser, browser.openUntilAway(demanded));
        allow(browser, browser.openUntilAway(authorize(Map.of("prompt", "consent"))));
        var both = browser.openUntilAway(guest(Map.of("prompt", "login consent")));
        assertThat(both.asksToSignIn()).isTrue();
        allow(browser, signIn(browser, both, kim.email(), Operator.PASSWORD));
        var clash = browser.openUntilAway(guest(Map.of("prompt", "none consent")));
        assertThat(clash.parameter("error")).hasValue("invalid_request");
    }

    // What the client hears.

    @Test
    void aSilentRequestHearsThatConsentIsRequired() {
        var kim = somebody();
        var page = kim.browser().openUntilAway(guest(Map.of("prompt", "none")));
        assertThat(page.parameter("error")).hasValue("consent_required");
        assertThat(page.parameter("error_description")).hasValue("Consent required");
        assertThat(page.parameter("state")).hasValue("s1");
        assertThat(newest("fsa").path("details").path("error").path("oauthError").asString())
                .isEqualTo("consent_required");
        assertThat(browser().openUntilAway(guest(Map.of("prompt", "none"))).parameter("error"))
                .hasValue("login_required");
    }

    @Test
    void whoDoesNotAllowItKeepsTheSessionAndTheClientHearsOfIt() {
        var kim = somebody();
        var page = kim.browser().openUntilAway(guest(Map.of()));
        var done = choose(kim.browser(), page, "deny");
        assertThat(done.parameter("error")).hasValue("access_denied");
        assertThat(done.parameter("error_description"))
                .hasValue("User did not authorize the request");
        assertThat(done.parameter("state")).hasValue("s1");
        assertThat(grants(kim).size()).isZero();
        assertThat(isSignedIn(kim.browser())).isTrue();
        assertThat(asks(kim.browser().openUntilAway(guest(Map.of())))).isTrue();
        assertThat(newest("f").path("description").asString())
                .isEqualTo("User did not authorize the request");
    }

    @ParameterizedTest
    @CsvSource({"form_post", "web_message"})
    void theAnswerComesInTheModeOfTheRequest(String mode) {
        var kim = somebody();
        var page = kim.browser().openUntilAway(guest(Map.of("response_mode", mode)));
        assertThat(asks(page)).isTrue();
        var done = choose(kim.browser(), page, "allow");
        assertThat(done.status()).isEqualTo(200);
        assertThat(done.body()).contains("s1").contains("code");
    }

    // The page and what protects it.

    @Test
    void thePageSaysInPlainWordsWhatIsAskedForAndEscapesWhatOthersWrote() {
        var kim = somebody();
        var all = "openid profile email offline_access read:stock count:stock";
        var page = kim.browser().openUntilAway(guest(Map.of("audience", STOCK, "scope", all)));
        assertThat(asks(page)).isTrue();
        assertThat(page.body())
                .contains(
                        "Guest &amp; \"Friends\"",
                        kim.email().charAt(0) + "•••@example.org",
                        "Recognise you when you come back",
                        "See your profile",
                        "See your email address",
                        "Keep this access while you are away",
                        "Stock &amp; Sons",
                        "See what is &lt;i&gt;left&lt;/i&gt;",
                        "<li>count:stock</li>")
                .doesNotContain(kim.email(), "<i>");
        assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("frame-ancestors 'none'", "form-action 'self' https://guest.example");
        assertThat(page.headers().firstValue("Cache-Control")).hasValue("no-store");
    }

    /// THREATS R24.1: bound to the browser that asked.
    @Test
    void theAnswerCountsOnceAndOnlyInTheBrowserThatWasAsked() {
        var kim = somebody();
        var page = kim.browser().openUntilAway(guest(Map.of()));
        var other = somebody();
        other.browser().openUntilAway(guest(Map.of()));
        assertThat(choose(other.browser(), page, "allow").status()).isEqualTo(403);
        assertThat(other.browser().openUntilAway(page.url()).status()).isEqualTo(403);
        allow(kim.browser(), page);
        assertThat(choose(kim.browser(), page, "allow").status()).isEqualTo(403);
        assertThat(kim.browser().openUntilAway(page.url()).status()).isEqualTo(403);
        assertThat(grants(other).size()).isZero();
    }

    /// THREATS R24.2.
    @Test
    void anAnswerThatIsNotFromOurPageIsRefused() {
        var kim = somebody();
        var browser = kim.browser();
        var page = browser.openUntilAway(guest(Map.of()));
        for (var header :
                List.of(
                        Map.entry("Sec-Fetch-Site", "cross-site"),
                        Map.entry("Sec-Fetch-Site", "same-site"),
                        Map.entry("Origin", "https://evil.example"))) {
            var wire = world().wire(HERE).with(header.getKey(), header.getValue());
            assertThat(choose(browser.through(wire), page, "allow").status())
                    .as("%s", header)
                    .isEqualTo(403);
        }
        var forged = browser.submitUntilAway(page, Map.of("csrf", "x", "choice", "allow"));
        assertThat(forged.status()).isEqualTo(403);
        assertThat(choose(browser, page, "perhaps").status()).isEqualTo(403);
        assertThat(grants(kim).size()).isZero();
        allow(browser, page);
    }

    @Test
    void nothingElseAnswersTheQuestion() {
        var kim = somebody();
        var browser = kim.browser();
        var page = browser.openUntilAway(guest(Map.of()));
        var state = "?state=" + page.parameter("state").orElseThrow();
        for (var path : List.of("authorize/resume", "u/login", "u/confirm", "continue"))
            assertThat(browser.openUntilAway(world().issuer().resolve(path + state)).status())
                    .as(path)
                    .isIn(400, 403);
        allow(browser, page);
    }

    @Test
    void theQuestionDoesNotWaitForEver() {
        var kim = somebody();
        var page = kim.browser().openUntilAway(guest(Map.of()));
        sql("UPDATE interaction SET expires_at = created_at WHERE withheld_code IS NOT NULL");
        assertThat(choose(kim.browser(), page, "allow").status()).isEqualTo(403);
        assertThat(grants(kim).size()).isZero();
    }

    @Test
    void whoseSessionEndedMeanwhileSignsInAgain() {
        var kim = somebody();
        var page = kim.browser().openUntilAway(guest(Map.of()));
        assertThat(
                        operator()
                                .call("DELETE", "users/" + encoded(kim.id()) + "/sessions", "")
                                .status())
                .isEqualTo(202);
        assertThat(choose(kim.browser(), page, "allow").asksToSignIn()).isTrue();
        assertThat(grants(kim).size()).isZero();
    }

    // Taking it back.

    @ParameterizedTest
    @CsvSource({"one", "all"})
    void whatIsTakenBackEndsTheRefreshTokensAndIsAskedForAgain(String how) {
        var kim = somebody();
        var browser = kim.browser();
        var offline = guest(Map.of("scope", "openid offline_access"));
        var tokens = exchange(allow(browser, browser.openUntilAway(offline)));
        var code = browser.openUntilAway(offline);
        assertThat(code.parameter("code")).isPresent();
        var path =
                how.equals("one")
                        ? "grants/" + grants(kim).path(0).path("id").asString()
                        : "grants?user_id=" + encoded(kim.id());
        assertThat(operator().call("DELETE", path, "").status()).isEqualTo(204);
        var refreshed =
                token(
                        Map.of(
                                "grant_type",
                                "refresh_token",
                                "refresh_token",
                                tokens.text("refresh_token")));
        assertThat(refreshed.status()).isEqualTo(403);
        assertThat(refreshed.text("error")).isEqualTo("invalid_grant");
        assertThat(refreshed.text("error_description"))
                .isEqualTo("Grant not found, cannot refresh access token");
        // Or its exchange would bring back what was taken.
        assertThat(exchange(code).text("error")).isEqualTo("invalid_grant");
        assertThat(grants(kim).size()).isZero();
        assertThat(asks(browser.openUntilAway(offline))).isTrue();
    }

    @Test
    void whatIsTakenBackWhileItIsAskedForIsNotGivenByTheAnswer() {
        var kim = somebody();
        var browser = kim.browser();
        allow(browser, browser.openUntilAway(guest(Map.of("scope", "openid"))));
        var page = browser.openUntilAway(guest(Map.of("scope", "openid email")));
        operator().call("DELETE", "grants?user_id=" + encoded(kim.id()), "");
        assertThat(choose(browser, page, "allow").status()).isEqualTo(403);
        assertThat(grants(kim).size()).isZero();
    }

    // After a transfer: THREATS R10.3, row 12 of table 1.3.

    private Page redeem(BrowserJar browser, boolean byCookie, String token, URI uri) {
        if (byCookie) {
            browser.plant(world().issuer(), COOKIE, token);
            return browser.openUntilAway(uri);
        }
        return browser.openUntilAway(URI.create(uri + "&session_transfer_token=" + token));
    }

    private boolean isSessionCookieThere(BrowserJar browser) {
        return browser.cookie(world().issuer(), "segue_session").isPresent();
    }

    private int sessionsOf(String email) {
        return operator()
                .get("users/" + encoded(userId(email)) + "/sessions")
                .json()
                .path("sessions")
                .size();
    }

    @ParameterizedTest
    @CsvSource({"true, query", "false, query", "false, form_post", "true, form_post"})
    void aTransferIsAskedAboutAndSignsInWhenItIsAllowed(boolean byCookie, String mode) {
        var email = operator().createUser();
        var browser = browser();
        var token = transferOf(email);
        var uri = guest(Map.of("response_mode", mode));
        var page = redeem(browser, byCookie, token, uri);
        assertThat(asks(page)).isTrue();
        assertThat(page.url().toString() + page.body()).doesNotContain(token);
        assertThat(isSignedIn(browser)).isFalse();
        var done = choose(browser, page, "allow");
        if (mode.equals("query")) assertThat(done.parameter("code")).isPresent();
        else assertThat(done.form().fields()).containsKey("code");
        assertThat(isSignedIn(browser)).isTrue();
        assertThat(
                        newest("s")
                                .path("details")
                                .path("triggered_by_session_transfer_token")
                                .asBoolean())
                .isTrue();
        assertThat(redeem(browser(), byCookie, token, uri).asksToSignIn()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"true, query", "false, query", "false, form_post"})
    void aTransferThatIsNotAllowedLeavesNoSessionAndStaysBurnt(boolean byCookie, String mode) {
        var email = operator().createUser();
        var browser = browser();
        var token = transferOf(email);
        var uri = guest(Map.of("response_mode", mode));
        var page = redeem(browser, byCookie, token, uri);
        assertThat(asks(page)).isTrue();
        var done = choose(browser, page, "deny");
        assertThat(done.status()).isIn(200, 303);
        assertThat(done.body() + done.location()).contains("access_denied");
        assertThat(isSessionCookieThere(browser)).isFalse();
        assertThat(isSignedIn(browser)).isFalse();
        assertThat(sessionsOf(email)).isZero();
        assertThat(redeem(browser, byCookie, token, uri).asksToSignIn()).isTrue();
        assertThat(newest("w").path("description").asString()).contains("not found or expired");
    }

    @Test
    void aTransferThatNobodyAnswersForLeavesNoSessionThatWorks() {
        var email = operator().createUser();
        var browser = browser();
        assertThat(asks(redeem(browser, true, transferOf(email), guest(Map.of())))).isTrue();
        assertThat(isSessionCookieThere(browser)).isFalse();
        assertThat(isSignedIn(browser)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"true, query", "false, query", "false, form_post"})
    void aSilentRequestAfterATransferHearsThatConsentIsRequired(boolean byCookie, String mode) {
        var email = operator().createUser();
        var browser = browser();
        var token = transferOf(email);
        var uri = guest(Map.of("prompt", "none", "response_mode", mode));
        var done = redeem(browser, byCookie, token, uri);
        assertThat(done.body() + done.location()).contains("consent_required");
        assertThat(isSessionCookieThere(browser)).isFalse();
        assertThat(isSignedIn(browser)).isFalse();
        assertThat(sessionsOf(email)).isZero();
        assertThat(redeem(browser, byCookie, token, guest(Map.of())).asksToSignIn()).isTrue();
    }

    /// Contract native-to-web §5.4.
    @Test
    void promptConsentAcceptsTheTransferAndAsksThen() {
        var email = operator().createUser();
        var browser = browser();
        var page = redeem(browser, true, transferOf(email), authorize(Map.of("prompt", "consent")));
        assertThat(isSignedIn(browser)).isFalse();
        allow(browser, page);
        assertThat(isSignedIn(browser)).isTrue();
    }

    @Test
    void whatWasAllowedBeforeIsNotAskedForAfterATransfer() {
        var kim = somebody();
        allow(kim.browser(), kim.browser().openUntilAway(guest(Map.of())));
        var done = redeem(browser(), true, transferOf(kim.email()), guest(Map.of()));
        assertThat(done.parameter("code")).isPresent();
    }

    @Test
    void aSessionThatWasThereBeforeTheTransferOutlivesARefusal() {
        var kim = somebody();
        var page = redeem(kim.browser(), true, transferOf(kim.email()), guest(Map.of()));
        assertThat(choose(kim.browser(), page, "deny").parameter("error"))
                .hasValue("access_denied");
        assertThat(isSignedIn(kim.browser())).isTrue();
        assertThat(sessionsOf(kim.email())).isEqualTo(1);
    }

    /// No fact but the claim is taken for granted while the user thinks.
    @Test
    void aTransferWhoseParentEndedMeanwhileOpensNothing() {
        var email = operator().createUser();
        var phone = phone(email, Operator.PASSWORD, HERE);
        var browser = browser();
        var token = phone.exchange().text("access_token");
        var page = redeem(browser, true, token, guest(Map.of()));
        phone.revoke();
        assertThat(choose(browser, page, "allow").asksToSignIn()).isTrue();
        assertThat(operator().newestWarning()).contains("Parent refresh token not found");
        assertThat(isSignedIn(browser)).isFalse();
    }

    // With Actions, which are heard first (contract authentication-api §3.3).

    private void withAction(String body, Runnable work) {
        var action =
                create(
                        "actions/actions",
                        """
                        {"name":"consent","code":"exports.onExecutePostLogin = async (event, api) => {%s};",
                         "deploy":true,"supported_triggers":[{"id":"post-login","version":"v3"}]}
                        """
                                .formatted(body));
        var bindings = "actions/triggers/post-login/bindings";
        change(
                bindings,
                "{\"bindings\":[{\"ref\":{\"type\":\"action_id\",\"value\":\"%s\"}}]}"
                        .formatted(action.path("id").asString()));
        try {
            work.run();
        } finally {
            change(bindings, "{\"bindings\":[]}");
            operator().call("DELETE", "actions/actions/" + action.path("id").asString(), "");
        }
    }

    @Test
    void actionsAreHeardOnceAndBeforeTheUserIsAsked() {
        withAction(
                "api.user.setAppMetadata('runs', (event.user.app_metadata.runs || 0) + 1);"
                        + "api.idToken.setCustomClaim('https://guest.example/said', 'hello')",
                () -> {
                    var email = operator().createUser();
                    var browser = browser();
                    var page = redeem(browser, true, transferOf(email), guest(Map.of()));
                    assertThat(asks(page)).isTrue();
                    assertThat(isSignedIn(browser)).isFalse();
                    var before = user(email).path("app_metadata").path("runs").asInt();
                    var tokens = exchange(allow(browser, page));
                    assertThat(claims(tokens.text("id_token")).path("https://guest.example/said"))
                            .hasToString("\"hello\"");
                    assertThat(user(email).path("app_metadata").path("runs").asInt())
                            .isEqualTo(before);
                    assertThat(isSignedIn(browser)).isTrue();
                });
    }

    @Test
    void whomAnActionDeniesIsNotAsked() {
        withAction(
                "if (event.transaction.protocol.startsWith('oidc')) api.access.deny('Not today')",
                () -> {
                    var email = operator().createUser();
                    var browser = browser();
                    var page = browser.openUntilAway(guest(Map.of()));
                    var done = signIn(browser, page, email, Operator.PASSWORD);
                    assertThat(done.parameter("error_description")).hasValue("Not today");
                });
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void withActionsARefusalLeavesNoSessionOfATransferEither(boolean isSilent) {
        withAction(
                "api.user.setAppMetadata('seen', true)",
                () -> {
                    var email = operator().createUser();
                    var browser = browser();
                    var token = transferOf(email);
                    var more = isSilent ? Map.of("prompt", "none") : Map.<String, String>of();
                    var page = redeem(browser, true, token, guest(more));
                    if (!isSilent) page = choose(browser, page, "deny");
                    assertThat(page.parameter("error"))
                            .hasValue(isSilent ? "consent_required" : "access_denied");
                    assertThat(isSessionCookieThere(browser)).isFalse();
                    assertThat(sessionsOf(email)).isZero();
                });
    }

    @Test
    void whoComesBackFromAnActionsPageIsAskedThen() {
        withAction(
                "api.redirect.sendUserTo('https://elsewhere.example/')"
                        + "}; exports.onContinuePostLogin = async () => {",
                () -> {
                    var email = operator().createUser();
                    var browser = browser();
                    var form = browser.openUntilAway(guest(Map.of()));
                    var away = signIn(browser, form, email, Operator.PASSWORD);
                    var back =
                            world().issuer()
                                    .resolve(
                                            "continue?state="
                                                    + away.parameter("state").orElseThrow());
                    allow(browser, browser.openUntilAway(back));
                });
    }

    // THREATS R16.4: native clients of somebody else whose callback another app could take.

    @ParameterizedTest
    @CsvSource({GUEST_SCHEME, "http://127.0.0.1:8765/cb"})
    void anAppThatCouldBeAnotherIsConfirmedEachTimeUnlessSomethingElseWasShown(String callback) {
        var kim = somebody();
        var browser = kim.browser();
        var uri = guestApp(callback, Map.of());
        allow(browser, browser.openUntilAway(uri));
        allow(browser, browser.openUntilAway(uri));
        var form = browser.openUntilAway(guestApp(callback, Map.of("prompt", "login")));
        assertThat(signIn(browser, form, kim.email(), Operator.PASSWORD).parameter("code"))
                .isPresent();
        var silent = browser.openUntilAway(guestApp(callback, Map.of("prompt", "none")));
        assertThat(silent.parameter("error")).hasValue("interaction_required");
    }

    @Test
    void anAppThatOwnsItsCallbackIsConfirmedOnce() {
        var kim = somebody();
        var browser = kim.browser();
        allow(browser, browser.openUntilAway(guestApp(GUEST_PAGE, Map.of())));
        for (var more : List.of(Map.<String, String>of(), Map.of("prompt", "none")))
            assertThat(browser.openUntilAway(guestApp(GUEST_PAGE, more)).parameter("code"))
                    .isPresent();
    }

    @Test
    void anAppThatCouldBeAnotherIsConfirmedAfterATransferToo() {
        var kim = somebody();
        var browser = browser();
        allow(kim.browser(), kim.browser().openUntilAway(guestApp(GUEST_SCHEME, Map.of())));
        var page = redeem(browser, true, transferOf(kim.email()), guestApp(GUEST_SCHEME, Map.of()));
        assertThat(isSignedIn(browser)).isFalse();
        assertThat(choose(browser, page, "deny").parameter("error")).hasValue("access_denied");
        assertThat(isSessionCookieThere(browser)).isFalse();
    }

    @Test
    void aNativeClientOfTheTenantIsNeverConfirmed() {
        var kim = somebody();
        assertThat(kim.browser().openUntilAway(ownApp(Map.of())).parameter("code")).isPresent();
    }

    // Devices without a browser (RFC 8628), which hear of the answer at their next poll.

    @ParameterizedTest
    @CsvSource({"allow", "deny"})
    void aDeviceOfSomebodyElseIsAskedForToo(String choice) {
        var device =
                create(
                                "clients",
                                """
                                {"name":"Television","app_type":"native","is_first_party":false,
                                 "token_endpoint_auth_method":"none",
                                 "grant_types":["urn:ietf:params:oauth:grant-type:device_code"]}
                                """)
                        .path("client_id")
                        .asString();
        enable(device);
        var wire = world().wire(HERE);
        var asked =
                wire.postForm(
                        world().issuer().resolve("oauth/device/code"),
                        Map.of("client_id", device, "scope", "openid email"),
                        Map.of());
        assertThat(asked.status()).as("%s", asked.json()).isEqualTo(200);
        var kim = somebody();
        var browser = kim.browser();
        var form = browser.openUntilAway(URI.create(asked.text("verification_uri_complete")));
        var isYours = browser.submitUntilAway(form, Map.of());
        var page = choose(browser, isYours, "continue");
        assertThat(asks(page)).as(page.body()).isTrue();
        assertThat(page.body()).contains("Television", "See your email address");
        choose(browser, page, choice);
        var polled =
                wire.postForm(
                        world().issuer().resolve("oauth/token"),
                        Map.of(
                                "grant_type",
                                "urn:ietf:params:oauth:grant-type:device_code",
                                "client_id",
                                device,
                                "device_code",
                                asked.text("device_code")),
                        Map.of());
        if (choice.equals("allow")) {
            assertThat(polled.text("scope")).isEqualTo("openid email");
        } else {
            assertThat(polled.text("error")).isEqualTo("access_denied");
            assertThat(polled.text("error_description"))
                    .isEqualTo("User did not authorize the request");
        }
        assertThat(grants(kim).size()).isEqualTo(choice.equals("allow") ? 1 : 0);
    }

    @Test
    void discoveryAdvertisesThePrompt() {
        var metadata = world().issuer().resolve(".well-known/openid-configuration");
        assertThat(world().wire(HERE).send(HttpRequest.newBuilder(metadata)).body())
                .contains(
                        "\"prompt_values_supported\":[\"none\",\"login\",\"consent\",\"select_account\"]");
    }

    // In a real browser.

    private static WebDriverWait patiently(ChromeDriver browser) {
        return new WebDriverWait(browser, Duration.ofSeconds(20));
    }

    /// The name of what has the focus after a key, as a screen reader says it.
    private static String focusedAfter(ChromeDriver browser, CharSequence key) {
        new Actions(browser).sendKeys(key).perform();
        return Optional.ofNullable(browser.switchTo().activeElement().getAccessibleName())
                .orElse("");
    }

    @Test
    void thePageIsUsableByKeyboardOnASmallScreen() throws Exception {
        try (var app = new WebApp(world().issuer(), world().wire(HERE), guestSecret, false)) {
            operator()
                    .patchClient(
                            guest,
                            "{\"callbacks\":[\"%s\",\"%s\"]}"
                                    .formatted(GUEST_PAGE, app.callback()));
            var email = operator().createUser();
            var uri =
                    guest(
                            Map.of(
                                    "redirect_uri",
                                    app.callback().toString(),
                                    "audience",
                                    STOCK,
                                    "scope",
                                    "openid profile email read:stock count:stock"));
            Chromium.visit(
                    browser -> {
                        browser.executeCdpCommand(
                                "Emulation.setDeviceMetricsOverride",
                                Map.of(
                                        "width", 320,
                                        "height", 640,
                                        "deviceScaleFactor", 1,
                                        "mobile", false));
                        browser.get(uri.toString());
                        browser.findElement(By.id("username")).sendKeys(email);
                        browser.findElement(By.id("password"))
                                .sendKeys(Operator.PASSWORD, Keys.ENTER);
                        patiently(browser).until(ExpectedConditions.urlContains("/u/consent"));
                        assertThat(browser.findElement(By.tagName("h1")).getAccessibleName())
                                .isEqualTo("Allow access?");
                        assertThat(browser.findElements(By.cssSelector("main li"))).hasSize(5);
                        for (var list : browser.findElements(By.tagName("ul")))
                            assertThat(list.getAccessibleName())
                                    .containsIgnoringCase("it wants to:");
                        assertThat(browser.executeScript("return innerWidth")).isEqualTo(320L);
                        assertThat(
                                        browser.executeScript(
                                                "return document.documentElement.scrollWidth"))
                                .isEqualTo(320L);
                        assertThat(
                                        browser.executeScript(
                                                "return"
                                                    + " performance.getEntriesByType('resource').length"))
                                .isEqualTo(0L);
                        assertThat(focusedAfter(browser, Keys.TAB)).isEqualTo("Allow");
                        assertThat(focusedAfter(browser, Keys.TAB)).isEqualTo("Don't allow");
                        new Actions(browser)
                                .keyDown(Keys.SHIFT)
                                .sendKeys(Keys.TAB)
                                .keyUp(Keys.SHIFT)
                                .sendKeys(Keys.ENTER)
                                .perform();
                        patiently(browser)
                                .until(ExpectedConditions.urlContains(app.callback().toString()));
                        assertThat(
                                        Wire.parameters(
                                                URI.create(browser.getCurrentUrl()).getRawQuery()))
                                .containsKey("code");
                    });
        }
    }
}
