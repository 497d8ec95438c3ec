package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.phone.Phone;
import segue.demo.story.HandOff;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Contract native-to-web over real HTTP: the exchange, table 5.3 by cookie and by query, `prompt`,
/// `max_age`, nesting.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HandOffStory {
    private static final String COOKIE = "auth0_session_transfer_token";
    private Optional<World> running = Optional.empty();
    private Optional<Operator> managing = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        running =
                Optional.of(
                        new World(0, Map.of("log.level", "warn", "limits.management", "10000/s")));
        managing = Optional.of(new Operator(world()));
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

    private Phone phone() {
        var phone = world().phone("127.0.0.1");
        assertThat(
                        phone.signIn(World.ADA, world().password(), "openid profile offline_access")
                                .status())
                .isEqualTo(200);
        return phone;
    }

    private String transfer() {
        return phone().exchange().text("access_token");
    }

    private BrowserJar browser() {
        return world().browser("127.0.0.1");
    }

    private URI authorize(Map<String, String> more) {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", World.SHOP);
        query.put("response_type", "code");
        query.put("redirect_uri", world().shop().origin() + "/callback");
        query.put("scope", "openid");
        query.put("state", "s1");
        query.putAll(more);
        return URI.create(world().issuer() + "authorize?" + Wire.form(query));
    }

    /// Presents a token by cookie or by query.
    private Page present(
            BrowserJar browser, boolean byCookie, String token, Map<String, String> more) {
        var query = new LinkedHashMap<>(more);
        if (byCookie) browser.plant(world().issuer(), COOKIE, token);
        else query.put("session_transfer_token", token);
        return browser.openUntilAway(authorize(query));
    }

    private BrowserJar signedIn(BrowserJar browser) {
        assertThat(present(browser, false, transfer(), Map.of()).parameter("code")).isPresent();
        return browser;
    }

    private boolean isSignedIn(BrowserJar browser) {
        return browser.openUntilAway(authorize(Map.of("prompt", "none")))
                .parameter("code")
                .isPresent();
    }

    @Test
    void theDemoTellsTheWholeStory() {
        var output = new ByteArrayOutputStream();
        var told =
                new HandOff(world(), new PrintStream(output, true, StandardCharsets.UTF_8), false)
                        .tell();
        assertThat(told).as(output.toString(StandardCharsets.UTF_8)).isTrue();
    }

    @Test
    void theExchangeAnswersExactlyTheDocumentedFields() {
        var exchange = phone().exchange();
        assertThat(exchange.json().propertyNames())
                .containsExactlyInAnyOrder(
                        "access_token",
                        "issued_token_type",
                        "token_type",
                        "expires_in",
                        "id_token",
                        "refresh_token");
        assertThat(exchange.text("issued_token_type"))
                .isEqualTo("urn:auth0:params:oauth:token-type:session_transfer_token");
        assertThat(exchange.text("token_type")).isEqualTo("N_A");
        assertThat(exchange.json().path("expires_in").asInt()).isEqualTo(60);
    }

    @Test
    void withoutOpenidThereIsNoIdToken() {
        var phone = world().phone("127.0.0.1");
        phone.signIn(World.ADA, world().password(), "offline_access");
        assertThat(phone.exchange().json().has("id_token")).isFalse();
    }

    @Test
    void theUrnNamesUsInAnyOfTheFormsThatSdksBuild() {
        var phone = phone();
        var port = ":" + world().issuer().getPort();
        for (var host : List.of("localhost", "LOCALHOST", "localhost" + port))
            assertThat(phone.exchange("urn:" + host + ":session_transfer").status())
                    .as(host)
                    .isEqualTo(200);
        var foreign = phone.exchange("urn:evil.example:session_transfer");
        assertThat(foreign.status()).isEqualTo(403);
        assertThat(foreign.text("error")).isEqualTo("access_denied");
        assertThat(foreign.text("error_description"))
                .isEqualTo("Service not found: urn:evil.example:session_transfer");
        assertThat(phone.exchange().status()).isEqualTo(200);
    }

    @Test
    void aTransferIsNoBearerToken() {
        var token = transfer();
        var wire = world().wire("127.0.0.1");
        assertThat(wire.get(world().issuer().resolve("userinfo"), token).status()).isEqualTo(401);
        assertThat(wire.get(world().issuer().resolve("api/v2/clients"), token).status())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aValidTokenSignsInABrowserWithoutASession(boolean byCookie) {
        var browser = browser();
        var page = present(browser, byCookie, transfer(), Map.of());
        assertThat(page.parameter("code")).isPresent();
        assertThat(page.parameter("state")).hasValue("s1");
        assertThat(page.parameter("iss")).hasValue(world().issuer().toString());
        assertThat(browser.cookie(world().issuer(), COOKIE)).isEmpty();
        assertThat(isSignedIn(browser)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aValidTokenOfTheSameUserKeepsTheSession(boolean byCookie) {
        var browser = signedIn(browser());
        assertThat(present(browser, byCookie, transfer(), Map.of()).parameter("code")).isPresent();
        assertThat(isSignedIn(browser)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aValidTokenOfAnotherUserEndsTheSessionAndAsksToSignIn(boolean byCookie) {
        var browser = signedIn(browser());
        var other = operator().createUser();
        var phone = world().phone("127.0.0.1");
        phone.signIn(other, Operator.PASSWORD, "openid offline_access");
        var page = present(browser, byCookie, phone.exchange().text("access_token"), Map.of());
        assertThat(page.asksToSignIn()).isTrue();
        assertThat(page.body()).doesNotContain(other);
        assertThat(isSignedIn(browser)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void anInvalidTokenAsksToSignInAndLeavesTheSessionAlone(boolean byCookie) {
        var browser = signedIn(browser());
        for (var token : List.of("junk", "stt_" + "A".repeat(43), used())) {
            assertThat(present(browser, byCookie, token, Map.of()).asksToSignIn())
                    .as(token)
                    .isTrue();
            assertThat(isSignedIn(browser)).as(token).isTrue();
            var silent = present(browser(), byCookie, token, Map.of("prompt", "none"));
            assertThat(silent.parameter("error")).hasValue("login_required");
            assertThat(silent.parameter("error_description")).hasValue("Login required");
        }
    }

    private String used() {
        var token = transfer();
        present(browser(), false, token, Map.of());
        return token;
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aTokenFromAnotherAddressAsksToSignInAndChangesNothing(boolean byCookie) {
        var mine = signedIn(world().browser("127.0.0.2"), "127.0.0.2");
        assertThat(present(mine, byCookie, transfer(), Map.of()).asksToSignIn()).isTrue();
        assertThat(isSignedIn(mine)).isTrue();
    }

    private BrowserJar signedIn(BrowserJar browser, String address) {
        var phone = world().phone(address);
        phone.signIn(World.ADA, world().password(), "openid offline_access");
        var token = phone.exchange().text("access_token");
        assertThat(present(browser, false, token, Map.of()).parameter("code")).isPresent();
        return browser;
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aTokenWhoseParentWasRevokedAsksToSignIn(boolean byCookie) {
        var phone = phone();
        var token = phone.exchange().text("access_token");
        phone.revoke();
        assertThat(present(browser(), byCookie, token, Map.of()).asksToSignIn()).isTrue();
    }

    @Test
    void twoDifferentTokensAreBothBurnt() {
        var one = transfer();
        var other = transfer();
        var browser = browser();
        browser.plant(world().issuer(), COOKIE, one);
        assertThat(
                        browser.openUntilAway(authorize(Map.of("session_transfer_token", other)))
                                .asksToSignIn())
                .isTrue();
        assertThat(present(browser(), false, one, Map.of()).asksToSignIn()).isTrue();
        assertThat(present(browser(), false, other, Map.of()).asksToSignIn()).isTrue();
    }

    @Test
    void anInvalidRequestDoesNotBurnTheToken() {
        var token = transfer();
        var wrong =
                browser()
                        .openUntilAway(
                                authorize(
                                        Map.of(
                                                "session_transfer_token",
                                                token,
                                                "response_type",
                                                "nonsense")));
        assertThat(wrong.parameter("error")).hasValue("unsupported_response_type");
        var stranger =
                browser()
                        .openUntilAway(
                                authorize(
                                        Map.of(
                                                "session_transfer_token",
                                                token,
                                                "redirect_uri",
                                                "https://evil.example/cb")));
        assertThat(stranger.status()).isEqualTo(403);
        assertThat(stranger.body()).contains("Callback URL mismatch.").doesNotContain(token);
        assertThat(present(browser(), false, token, Map.of()).parameter("code")).isPresent();
    }

    @ParameterizedTest
    @CsvSource({"Sec-Purpose, prefetch", "Sec-Fetch-Dest, iframe", "Sec-Fetch-Dest, image"})
    void whatIsNoNavigationDoesNotBurnTheToken(String header, String value) {
        var token = transfer();
        var request =
                HttpRequest.newBuilder(authorize(Map.of("session_transfer_token", token)))
                        .header(header, value);
        world().wire("127.0.0.1").send(request);
        var head =
                HttpRequest.newBuilder(authorize(Map.of("session_transfer_token", token)))
                        .method("HEAD", HttpRequest.BodyPublishers.noBody());
        world().wire("127.0.0.1").send(head);
        assertThat(present(browser(), false, token, Map.of()).parameter("code")).isPresent();
    }

    @Test
    void promptLoginIsNeverSatisfiedByATransfer() {
        assertThat(present(browser(), false, transfer(), Map.of("prompt", "login")).asksToSignIn())
                .isTrue();
        assertThat(present(browser(), false, transfer(), Map.of("max_age", "0")).asksToSignIn())
                .isTrue();
        assertThat(
                        present(browser(), false, transfer(), Map.of("max_age", "600"))
                                .parameter("code"))
                .isPresent();
    }

    @Test
    void aTokenLooksLikeNoneToAClientThatHasTheFeatureOff() {
        operator()
                .patchClient(
                        World.SHOP,
                        "{\"session_transfer\":{\"allowed_authentication_methods\":[]}}");
        try {
            var browser = browser();
            var token = transfer();
            assertThat(present(browser, false, token, Map.of()).asksToSignIn()).isTrue();
            operator()
                    .patchClient(
                            World.SHOP,
                            "{\"session_transfer\":{\"allowed_authentication_methods\":[\"cookie\"]}}");
            assertThat(present(browser, false, token, Map.of()).asksToSignIn()).isTrue();
            assertThat(operator().newestWarning())
                    .isEqualTo(
                            "Single Sign-On failed: Session Transfer Token authentication method"
                                    + " not allowed.");
            assertThat(present(browser, true, token, Map.of()).parameter("code")).isPresent();
        } finally {
            operator()
                    .patchClient(
                            World.SHOP,
                            "{\"session_transfer\":{\"allowed_authentication_methods\":[\"cookie\",\"query\"]}}");
        }
    }

    @ParameterizedTest
    @CsvSource({"form_post", "web_message"})
    void noPageIsRenderedAtAUrlThatHoldsAToken(String mode) {
        var token = transfer();
        var page = present(browser(), false, token, Map.of("response_mode", mode));
        assertThat(page.url().getPath()).isEqualTo("/authorize/resume");
        assertThat(page.url().toString()).doesNotContain(token);
        assertThat(page.body()).contains("ac_").doesNotContain(token);
    }

    /// A message goes to a web page only; an app hears of it by redirect.
    @Test
    void anAppCannotAskForAWebMessage() {
        var app = world().app();
        var parameters =
                Map.of(
                        "client_id",
                        World.APP,
                        "redirect_uri",
                        app.redirectUri().toString(),
                        "response_type",
                        "code",
                        "response_mode",
                        "web_message",
                        "prompt",
                        "none",
                        "state",
                        "s2");
        var page =
                browser()
                        .openUntilAway(
                                Wire.with(world().issuer().resolve("authorize"), parameters));
        assertThat(page.parameter("error")).hasValue("invalid_request");
        assertThat(page.parameter("state")).hasValue("s2");
    }

    @Test
    void aUserSignsInOnThePageAndComesBackWithACode() {
        var browser = browser();
        var form = browser.openUntilAway(authorize(Map.of()));
        assertThat(form.asksToSignIn()).isTrue();
        var wrong =
                browser.submitUntilAway(form, Map.of("username", World.ADA, "password", "wrong"));
        assertThat(wrong.asksToSignIn()).isTrue();
        assertThat(wrong.body()).contains("Wrong email or password.");
        var right =
                browser.submitUntilAway(
                        wrong, Map.of("username", World.ADA, "password", world().password()));
        assertThat(right.parameter("code")).isPresent();
        assertThat(right.parameter("state")).hasValue("s1");
    }

    @Test
    void theFormOfAnotherBrowserIsRefused() {
        var form = browser().openUntilAway(authorize(Map.of()));
        var other = browser();
        other.openUntilAway(authorize(Map.of()));
        var page =
                other.submitUntilAway(
                        form, Map.of("username", World.ADA, "password", world().password()));
        assertThat(page.status()).isEqualTo(403);
        assertThat(isSignedIn(other)).isFalse();
    }

    @Test
    void theLogTellsWhatHappened() {
        var token = transfer();
        present(browser(), false, token, Map.of());
        var newest = operator().log("type:(s OR sertft)");
        assertThat(newest.path(0).path("type").asString()).isEqualTo("s");
        assertThat(
                        newest.path(0)
                                .path("details")
                                .path("triggered_by_session_transfer_token")
                                .asBoolean(false))
                .isTrue();
        assertThat(newest.path(1).path("type").asString()).isEqualTo("sertft");
        assertThat(newest.path(1).path("audience").asString())
                .isEqualTo("urn:localhost:session_transfer");
        assertThat(newest.toString()).doesNotContain(token);
    }
}
