package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/// RFC 9126 section by section, with contract authentication-api §7 and native-to-web §4 (a session
/// transfer token beside a `request_uri`), over real HTTP.
class Rfc9126Story extends BrowserScene {
    private static final JsonMapper JSON = new JsonMapper();

    Rfc9126Story() {
        super(Map.of());
    }

    private static Map<String, String> with(Map<String, String> fields, String... pairs) {
        var all = new LinkedHashMap<>(fields);
        for (var i = 0; i < pairs.length; i += 2) all.put(pairs[i], pairs[i + 1]);
        return all;
    }

    private static Map<String, String> without(Map<String, String> fields, String name) {
        var fewer = new LinkedHashMap<>(fields);
        fewer.remove(name);
        return fewer;
    }

    /// The shop's request with its secret.
    private Map<String, String> request() {
        return with(
                Wire.parameters(authorize(Map.of()).getRawQuery()),
                "client_secret",
                world().shopSecret());
    }

    private Answer push(Map<String, String> fields) {
        return world().wire(HERE).postForm(par(), fields, Map.of());
    }

    private URI par() {
        return world().issuer().resolve("oauth/par");
    }

    /// The reference that the shop gets.
    private String pushed(String... more) {
        return reference(push(with(request(), more)));
    }

    private static String reference(Answer answer) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return answer.text("request_uri");
    }

    private URI at(String reference, String... more) {
        var query = with(Map.of("client_id", World.SHOP, "request_uri", reference), more);
        return URI.create(world().issuer() + "authorize?" + Wire.form(query));
    }

    private Page bring(BrowserJar browser, String reference, String... more) {
        return browser.openUntilAway(at(reference, more));
    }

    private int status(String method, URI uri, String... headers) {
        var request =
                HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) request.headers(headers);
        return world().wire(HERE).send(request).statusCode();
    }

    // §2.1 Request

    @Test
    void section2_1_aClientAuthenticatesAsAtTheTokenEndpoint() {
        var fields = without(without(request(), "client_secret"), "client_id");
        var basic =
                Base64.getEncoder()
                        .encodeToString(
                                (World.SHOP + ":" + world().shopSecret())
                                        .getBytes(StandardCharsets.UTF_8));
        var authenticated =
                world().wire(HERE)
                        .postForm(par(), fields, Map.of("Authorization", "Basic " + basic));
        assertThat(bring(signedIn(browser()), reference(authenticated)).parameter("code"))
                .isPresent();
        var wrong = push(with(request(), "client_secret", "wrong"));
        assertThat(wrong.status()).isEqualTo(401);
        assertThat(wrong.text("error")).isEqualTo("access_denied");
        assertThat(push(without(request(), "client_secret")).status()).isEqualTo(401);
        assertThat(push(with(request(), "client_id", "unknown")).status()).isEqualTo(401);
        assertThat(push(without(request(), "client_id")).status()).isEqualTo(400);
    }

    @Test
    void section2_1_aPublicClientMayPushToo() {
        var app =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"Push","app_type":"native","token_endpoint_auth_method":"none",
                                 "callbacks":["%s"]}
                                """
                                        .formatted(callback()))
                        .text("client_id");
        var fields = with(without(request(), "client_secret"), "client_id", app);
        assertThat(push(fields).text("error_description"))
                .isEqualTo("Missing required parameter: code_challenge");
        var challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        var reference =
                reference(
                        push(
                                with(
                                        fields,
                                        "code_challenge",
                                        challenge,
                                        "code_challenge_method",
                                        "S256")));
        var page =
                signedIn(browser())
                        .openUntilAway(
                                URI.create(
                                        world().issuer()
                                                + "authorize?"
                                                + Wire.form(
                                                        Map.of(
                                                                "client_id",
                                                                app,
                                                                "request_uri",
                                                                reference))));
        assertThat(page.parameter("code")).isPresent();
    }

    @Test
    void section2_1_aReferenceCannotBePushed() {
        var answer = push(with(request(), "request_uri", pushed()));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("error")).isEqualTo("invalid_request");
    }

    @Test
    void contract7_jsonIsTakenAsWell() {
        var fields = with(request(), "state", "from JSON");
        var body = JSON.valueToTree(fields).toString().replace("}", ",\"max_age\":100}");
        var answer =
                Wire.answer(
                        world().wire(HERE)
                                .send(
                                        HttpRequest.newBuilder(par())
                                                .header("Content-Type", "application/json")
                                                .POST(HttpRequest.BodyPublishers.ofString(body))));
        var page = bring(signedIn(browser()), reference(answer));
        assertThat(page.parameter("state")).hasValue("from JSON");
        assertThat(idToken(page).has("auth_time")).isTrue();
    }

    // §2.2 Successful response

    @Test
    void section2_2_theAnswerIsCreatedWithAReferenceForHalfAMinute() {
        var answer = push(request());
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.text("request_uri"))
                .startsWith("urn:ietf:params:oauth:request_uri:")
                .doesNotContain(World.SHOP);
        assertThat(answer.json().path("expires_in").asInt()).isEqualTo(30);
        var headers = world().wire(HERE).send(post(request())).headers();
        assertThat(headers.firstValue("Cache-Control")).hasValue("no-store");
        assertThat(headers.firstValue("Content-Type").orElseThrow()).startsWith("application/json");
    }

    private HttpRequest.Builder post(Map<String, String> fields) {
        return HttpRequest.newBuilder(par())
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(Wire.form(fields)));
    }

    @Test
    void section2_2_aReferenceIsGoodOnce() {
        var browser = signedIn(browser());
        var reference = pushed();
        assertThat(bring(browser, reference).parameter("code")).isPresent();
        assertExpired(bring(browser, reference));
    }

    @Test
    void section2_2_ofManyBrowsersAtOnceOneIsHeard() throws Exception {
        var browser = signedIn(browser());
        var reference = pushed();
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            var pages =
                    IntStream.range(0, 16)
                            .mapToObj(_ -> pool.submit(() -> status("GET", at(reference))))
                            .toList();
            var heard = 0;
            for (var page : pages) if (page.get() == 302) heard++;
            assertThat(heard).isEqualTo(1);
        }
        assertExpired(bring(browser, reference));
    }

    @Test
    void section2_2_aReferenceExpires() {
        var reference = pushed();
        sql("UPDATE pushed_request SET expires_at = expires_at - 30000");
        assertExpired(bring(signedIn(browser()), reference));
    }

    @Test
    void section2_2_aReferenceIsItsClientsOnly() {
        var reference = pushed();
        var browser = signedIn(browser());
        var stolen = Map.of("client_id", World.APP, "request_uri", reference);
        assertExpired(
                browser.openUntilAway(
                        URI.create(world().issuer() + "authorize?" + Wire.form(stolen))));
        assertExpired(
                browser.openUntilAway(
                        URI.create(
                                world().issuer()
                                        + "authorize?"
                                        + Wire.form(Map.of("request_uri", reference)))));
        assertThat(bring(browser, reference).parameter("code")).isPresent();
    }

    /// THREATS T-5.
    @Test
    void whoOnlyLooksUsesNothingUp() {
        var reference = pushed();
        assertThat(status("HEAD", at(reference))).isEqualTo(400);
        assertThat(status("GET", at(reference), "Sec-Purpose", "prefetch")).isEqualTo(400);
        assertThat(bring(signedIn(browser()), reference).parameter("code")).isPresent();
    }

    private static void assertExpired(Page page) {
        assertThat(page.status()).isEqualTo(403);
        assertThat(page.location()).isEmpty();
        assertThat(page.body()).contains("expired");
    }

    // §2.3 Error response

    @ParameterizedTest
    @CsvSource({
        "response_type, token, unsupported_response_type",
        "response_mode, telegram, invalid_request",
        "redirect_uri, https://evil.example/, invalid_request",
        "prompt, none login, invalid_request",
        "max_age, soon, invalid_request",
        "code_challenge, short, invalid_request",
        "audience, https://unknown.example, access_denied",
        "organization, org_unknown, invalid_request",
        "request, x, request_not_supported"
    })
    void section2_3_whatAuthorizeWouldRefuseIsRefusedAtOnceAndLogged(
            String name, String value, String error) {
        var answer = push(with(request(), name, value));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("error")).isEqualTo(error);
        var logged = operator().log("type:fpar").path(0);
        assertThat(logged.path("description").asString())
                .isEqualTo(answer.text("error_description"));
        assertThat(logged.path("client_id").asString()).isEqualTo(World.SHOP);
    }

    @Test
    void section2_3_onlyPostIsAllowed() {
        assertThat(status("GET", par())).isEqualTo(405);
    }

    // §4 Authorization request

    /// THREATS R20.1.
    @Test
    void section4_whatStandsBesideTheReferenceIsIgnored() {
        var page =
                bring(
                        signedIn(browser()),
                        pushed("state", "pushed"),
                        "state",
                        "beside",
                        "redirect_uri",
                        "https://evil.example/",
                        "prompt",
                        "login",
                        "response_type",
                        "token");
        assertThat(page.location().orElseThrow().toString()).startsWith(callback() + "?");
        assertThat(page.parameter("code")).isPresent();
        assertThat(page.parameter("state")).hasValue("pushed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"client_id", "request_uri", "session_transfer_token"})
    void section4_whatIsReadBesideItIsNotRepeated(String name) {
        var reference = pushed();
        var twice = URI.create(at(reference) + "&" + name + "=a&" + name + "=b");
        var page = browser().openUntilAway(twice);
        assertThat(page.status()).isEqualTo(403);
        assertThat(page.location()).isEmpty();
        assertThat(bring(signedIn(browser()), reference).parameter("code")).isPresent();
    }

    @Test
    void section4_aFormBringsAReferenceToo() {
        HttpResponse<String> answer =
                world().wire(HERE)
                        .send(
                                HttpRequest.newBuilder(world().issuer().resolve("authorize"))
                                        .header("Content-Type", "application/x-www-form-urlencoded")
                                        .POST(
                                                HttpRequest.BodyPublishers.ofString(
                                                        Wire.form(
                                                                Map.of(
                                                                        "client_id",
                                                                        World.SHOP,
                                                                        "request_uri",
                                                                        pushed())))));
        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("Location").orElseThrow()).contains("/u/login?");
    }

    @Test
    void section4_aUserWhoMustSignInComesBackToTheSameRequest() {
        var browser = browser();
        var form = bring(browser, pushed("state", "kept", "nonce", "n-1"));
        assertThat(form.asksToSignIn()).isTrue();
        var page = signIn(browser, form, World.ADA, world().password());
        assertThat(page.parameter("state")).hasValue("kept");
        assertThat(idToken(page).path("nonce").asString()).isEqualTo("n-1");
    }

    /// THREATS R20.2.
    @Test
    void section4_noOtherReferenceIsFollowed() {
        for (var other :
                new String[] {
                    "https://evil.example/request", "urn:ietf:params:oauth:request_uri:short"
                }) {
            var page =
                    browser()
                            .openUntilAway(
                                    authorize(Map.of("request_uri", other, "prompt", "none")));
            assertThat(page.parameter("error")).as(other).hasValue("request_uri_not_supported");
        }
    }

    // §5 Metadata

    @Test
    void section5_theTenantDecidesWhetherItIsPublished() {
        var metadata = world().issuer().resolve(".well-known/openid-configuration");
        var name = "pushed_authorization_request_endpoint";
        assertThat(world().wire(HERE).get(metadata).json().has(name)).isFalse();
        withTenant(
                "{\"pushed_authorization_requests_supported\":true}",
                "{\"pushed_authorization_requests_supported\":false}",
                () ->
                        assertThat(world().wire(HERE).get(metadata).text(name))
                                .isEqualTo(par().toString()));
    }

    // §6 Client metadata

    @Test
    void section6_aClientThatMustPushIsHeardNoOtherWay() {
        operator().patchClient(World.SHOP, "{\"require_pushed_authorization_requests\":true}");
        try {
            var plain = browser().openUntilAway(authorize(Map.of("prompt", "none")));
            assertThat(plain.parameter("error")).hasValue("invalid_request");
            assertThat(plain.parameter("state")).hasValue("s1");
            var browser = browser();
            var form = bring(browser, pushed());
            assertThat(signIn(browser, form, World.ADA, world().password()).parameter("code"))
                    .isPresent();
            var token = transfer();
            assertThat(present(browser(), false, token, Map.of()).parameter("error"))
                    .hasValue("invalid_request");
            assertThat(
                            bring(browser(), pushed(), "session_transfer_token", token)
                                    .parameter("code"))
                    .as("a request that may not be sent doesn't burn the token")
                    .isPresent();
        } finally {
            operator().patchClient(World.SHOP, "{\"require_pushed_authorization_requests\":false}");
        }
    }

    // Contract native-to-web §4: the session transfer token

    @Test
    void aTokenBesideTheReferenceIsRedeemed() {
        var browser = browser();
        var page = bring(browser, pushed(), "session_transfer_token", transfer());
        assertThat(page.parameter("code")).isPresent();
        assertThat(isSignedIn(browser)).isTrue();
    }

    @Test
    void aTokenInsideThePushedRequestIsRedeemedAndNotStored() throws Exception {
        var browser = browser();
        var token = transfer();
        var reference = pushed("session_transfer_token", token);
        for (var file : new String[] {"segue.db", "segue.db-wal"})
            assertThat(
                            Files.readString(
                                    world().folder().resolve(file), StandardCharsets.ISO_8859_1))
                    .doesNotContain(token);
        assertThat(bring(browser, reference).parameter("code")).isPresent();
        assertThat(isSignedIn(browser)).isTrue();
    }

    @Test
    void aTokenIsTakenByCookieToo() {
        var browser = browser();
        browser.plant(world().issuer(), COOKIE, transfer());
        assertThat(bring(browser, pushed()).parameter("code")).isPresent();
    }

    @Test
    void theSameTokenInsideAndBesideCountsOnce() {
        var token = transfer();
        var page =
                bring(
                        browser(),
                        pushed("session_transfer_token", token),
                        "session_transfer_token",
                        token);
        assertThat(page.parameter("code")).isPresent();
    }

    @Test
    void differentTokensInsideAndBesideAreAConflictAndBothBurnt() {
        var inside = transfer();
        var beside = transfer();
        var page =
                bring(
                        browser(),
                        pushed("session_transfer_token", inside),
                        "session_transfer_token",
                        beside);
        assertThat(page.asksToSignIn()).isTrue();
        for (var burnt : new String[] {inside, beside})
            assertThat(present(browser(), false, burnt, Map.of()).asksToSignIn()).isTrue();
    }

    @Test
    void aTokenOfAnotherThanInTheCookieIsAConflictToo() {
        var browser = browser();
        browser.plant(world().issuer(), COOKIE, transfer());
        assertThat(bring(browser, pushed("session_transfer_token", transfer())).asksToSignIn())
                .isTrue();
    }

    @Test
    void aTokenBesideAReferenceThatIsUsedUpIsNotBurnt() {
        var reference = pushed();
        bring(signedIn(browser()), reference);
        var token = transfer();
        assertExpired(bring(browser(), reference, "session_transfer_token", token));
        assertThat(bring(browser(), pushed(), "session_transfer_token", token).parameter("code"))
                .isPresent();
    }

    @Test
    void aClientThatTakesCookiesOnlyDoesNotLookAtATokenInAPushedRequest() {
        withTransfer(
                "{\"allowed_authentication_methods\":[\"cookie\"]}",
                () -> {
                    var token = transfer();
                    var page = bring(browser(), pushed("session_transfer_token", token));
                    assertThat(page.asksToSignIn()).isTrue();
                    assertThat(operator().newestWarning()).contains("method not allowed");
                    assertThat(present(browser(), true, token, Map.of()).parameter("code"))
                            .isPresent();
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"form_post", "web_message"})
    void noPageIsShownWhereATokenStands(String mode) {
        var reference = pushed("response_mode", mode);
        var answer =
                world().wire(HERE)
                        .send(
                                HttpRequest.newBuilder(
                                        at(reference, "session_transfer_token", transfer())));
        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("Location").orElseThrow())
                .contains("/authorize/resume?state=")
                .doesNotContain("stt_");
    }
}
