package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Cookie;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/// The hand-off page (contract native-to-web §4, §14): an app opens it with a token in the
/// fragment, and a web app that knows nothing of transfers is signed in to.
class HandOffPageStory extends BrowserScene {
    private static final String TOKEN = "__Host-session_transfer_token";
    private static final String VERIFIER = "__Host-session_transfer_verifier";
    private static final String IDLE =
            "Your app couldn't sign you in here, or has done so already.";
    private static final String JUNK = "stt_" + "A".repeat(43);

    private Optional<WebApp> running = Optional.empty();

    HandOffPageStory() {
        super(Map.of("server.tls.mode", "dev"));
    }

    @BeforeAll
    void openTheApp() {
        running =
                Optional.of(
                        new WebApp(
                                world().issuer(), world().wire(HERE), world().shopSecret(), false));
        setUp();
    }

    @AfterEach
    void setUp() {
        operator()
                .patchClient(
                        World.SHOP,
                        """
                        {"name":"Shop","callbacks":["%s"],"initiate_login_uri":"%s",
                         "session_transfer":{"allowed_authentication_methods":["cookie"]}}
                        """
                                .formatted(app().callback(), app().login()));
    }

    @AfterAll
    void closeTheApp() {
        app().close();
    }

    private WebApp app() {
        return running.orElseThrow();
    }

    private URI page() {
        return world().issuer().resolve("hand-off?client_id=" + World.SHOP);
    }

    private URI handOff(String token) {
        return URI.create(page() + "#session_transfer_token=" + token);
    }

    private String loginWithIssuer() {
        return Wire.with(app().login(), Map.of("iss", world().issuer().toString())).toString();
    }

    private int sessions() {
        return operator()
                .get("users/" + Wire.form(Map.of("", userId(World.ADA))).substring(1) + "/sessions")
                .json()
                .path("sessions")
                .size();
    }

    private HttpResponse<String> get(String method, URI url, String... headers) {
        var request =
                HttpRequest.newBuilder(url).method(method, HttpRequest.BodyPublishers.noBody());
        for (var i = 0; i < headers.length; i += 2) request.header(headers[i], headers[i + 1]);
        return world().wire(HERE).send(request);
    }

    private HttpResponse<String> post(Map<String, String> fields, String... headers) {
        return post(Wire.form(fields), headers);
    }

    private HttpResponse<String> post(String form, String... headers) {
        var request =
                HttpRequest.newBuilder(world().issuer().resolve("hand-off"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form));
        for (var i = 0; i < headers.length; i += 2) request.header(headers[i], headers[i + 1]);
        return world().wire(HERE).send(request);
    }

    private HttpResponse<String> postFromOurPage(Map<String, String> fields) {
        return post(fields, "Sec-Fetch-Site", "same-origin");
    }

    private static Map<String, String> fields(String token) {
        return Map.of("client_id", World.SHOP, "session_transfer_token", token);
    }

    private static void setsNothing(HttpResponse<String> answer) {
        assertThat(answer.headers().allValues("Set-Cookie")).isEmpty();
        assertThat(answer.headers().firstValue("Location")).isEmpty();
    }

    private static WebDriverWait patiently(WebDriver browser) {
        return new WebDriverWait(browser, Duration.ofSeconds(15));
    }

    private void isWelcome(WebDriver browser) {
        patiently(browser).until(ExpectedConditions.urlToBe(app().home().toString()));
        assertThat(heading(browser)).isEqualTo("Welcome, Ada Lovelace");
    }

    private static String heading(WebDriver browser) {
        return patiently(browser).until(it -> it.findElement(By.tagName("h1"))).getText();
    }

    private static String text(WebDriver browser) {
        return browser.findElement(By.tagName("main")).getText();
    }

    private void offersTheLogin(WebDriver browser) {
        assertThat(browser.findElement(By.cssSelector(".login a")).getAttribute("href"))
                .isEqualTo(loginWithIssuer());
    }

    private static List<String> history(ChromeDriver browser) {
        var entries =
                browser.executeCdpCommand("Page.getNavigationHistory", Map.of()).get("entries");
        // What else stands in an entry, such as what was typed, is for the browser's own window.
        return ((List<?>) Objects.requireNonNull(entries))
                .stream().map(entry -> String.valueOf(((Map<?, ?>) entry).get("url"))).toList();
    }

    /// What the app gets for its refresh token when it asks for the page.
    private Answer minted(Map<String, String> more) {
        var fields = new LinkedHashMap<>(more);
        fields.put("grant_type", "refresh_token");
        fields.put("client_id", World.APP);
        fields.put("refresh_token", phone().refreshToken());
        fields.put("audience", "urn:localhost:session_transfer");
        fields.put("hand_off", "true");
        fields.put("target_client_id", World.SHOP);
        var answer =
                world().wire(HERE)
                        .postForm(world().issuer().resolve("oauth/token"), fields, Map.of());
        assertThat(answer.isOk()).as("%s", answer.json()).isTrue();
        assertThat(answer.text("hand_off_uri"))
                .isEqualTo(handOff(answer.text("access_token")).toString());
        return answer;
    }

    @Test
    void aWebAppThatKnowsNothingOfTransfersIsSignedInTo() throws Exception {
        var minted = minted(Map.of());
        var before = sessions();
        Chromium.visit(
                browser -> {
                    browser.get(app().home().toString());
                    browser.get(minted.text("hand_off_uri"));
                    isWelcome(browser);
                    assertThat(sessions()).isEqualTo(before + 1);
                    browser.get(world().issuer().resolve("health/live").toString());
                    assertThat(browser.manage().getCookieNamed(TOKEN)).isNull();
                });
        assertThat(app().log()).noneMatch(line -> line.contains(minted.text("access_token")));
        var logged = operator().log("type:s").path(0).path("details");
        assertThat(logged.path("triggered_by_session_transfer_token").asBoolean(false)).isTrue();
    }

    @Test
    void anAppThatGaveAChallengeAddsItsVerifierToTheFragment() throws Exception {
        var pkce = Pkce.fresh();
        var challenge = Map.of("transfer_challenge", pkce.challenge());
        Chromium.visit(
                browser -> {
                    browser.get(minted(challenge).text("hand_off_uri"));
                    patiently(browser).until(ExpectedConditions.urlContains("/u/login"));
                    browser.get(
                            minted(challenge).text("hand_off_uri")
                                    + "&transfer_verifier="
                                    + pkce.verifier());
                    isWelcome(browser);
                    browser.get(world().issuer().resolve("health/live").toString());
                    assertThat(browser.manage().getCookieNamed(VERIFIER)).isNull();
                });
    }

    /// THREATS R5.1, R5.2.
    @Test
    void prefetchesAndALinkScannerBeforeItChangeNothing() throws Exception {
        var token = transfer();
        var before = sessions();
        for (var i = 0; i < 5; i++) {
            assertThat(get("GET", page(), "Sec-Purpose", "prefetch").statusCode()).isEqualTo(200);
            assertThat(get("GET", page(), "Sec-Purpose", "prefetch;prerender").statusCode())
                    .isEqualTo(200);
            assertThat(get("GET", page(), "Purpose", "prefetch").statusCode()).isEqualTo(200);
            var head = get("HEAD", page());
            assertThat(head.statusCode()).isEqualTo(200);
            setsNothing(head);
        }
        var scanner = browser();
        var seen = scanner.open(handOff(token));
        for (var link : links(seen.body())) assertThat(scanner.open(link).asksToSignIn()).isTrue();
        assertThat(scanner.cookie(world().issuer(), TOKEN)).isEmpty();
        assertThat(sessions()).isEqualTo(before);
        Chromium.visit(
                browser -> {
                    browser.get(handOff(token).toString());
                    isWelcome(browser);
                });
        assertThat(sessions()).isEqualTo(before + 1);
    }

    private static List<URI> links(String body) {
        var links =
                Pattern.compile("href=\"([^\"]*)\"")
                        .matcher(body)
                        .results()
                        .map(it -> URI.create(it.group(1).replace("&amp;", "&")))
                        .toList();
        assertThat(links).isNotEmpty();
        return links;
    }

    @Test
    void goingBackOrReloadingShowsNoTokenAndStartsNoSecondSession() throws Exception {
        var token = transfer();
        Chromium.visit(
                browser -> {
                    browser.get(page().toString());
                    browser.get(handOff(token).toString());
                    isWelcome(browser);
                    var after = sessions();
                    browser.navigate().refresh();
                    assertThat(heading(browser)).isEqualTo("Welcome, Ada Lovelace");
                    browser.navigate().back();
                    assertThat(browser.getCurrentUrl()).isEqualTo(page().toString());
                    browser.navigate().refresh();
                    assertThat(text(browser)).contains(IDLE);
                    assertThat(browser.getPageSource()).doesNotContain(token);
                    browser.navigate().forward();
                    assertThat(heading(browser)).isEqualTo("Welcome, Ada Lovelace");
                    assertThat(history(browser)).isNotEmpty().noneMatch(it -> it.contains(token));
                    assertThat(sessions()).isEqualTo(after);
                });
    }

    @Test
    void aPageThatIsLoadedInAdvanceWaitsUntilSomebodyLooksAtIt() throws Exception {
        var token = transfer();
        Chromium.visit(
                browser -> {
                    browser.executeCdpCommand(
                            "Page.addScriptToEvaluateOnNewDocument",
                            Map.of(
                                    "source",
                                    """
                                    var before = true, sent = 0, honest = window.fetch;
                                    Object.defineProperty(Document.prototype, "prerendering", { get: () => before });
                                    window.fetch = function () { sent++; return honest.apply(this, arguments); };
                                    """));
                    browser.get(handOff(token).toString());
                    assertThat(browser.getCurrentUrl()).isEqualTo(page().toString());
                    assertThat(browser.executeScript("return sent")).isEqualTo(0L);
                    browser.executeScript(
                            "before = false; document.dispatchEvent(new"
                                    + " Event('prerenderingchange'))");
                    isWelcome(browser);
                });
    }

    @Test
    void withoutATokenThePageSignsNobodyInAndOffersTheLogin() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(page().toString());
                    assertThat(text(browser)).contains(IDLE);
                    offersTheLogin(browser);
                    assertThat(browser.manage().getCookies()).isEmpty();
                    browser.findElement(By.cssSelector(".login a")).click();
                    assertThat(heading(browser)).isEqualTo("Sign in");
                });
    }

    @Test
    void withoutJavaScriptThePageSaysSoAndOffersTheLogin() throws Exception {
        var token = transfer();
        Chromium.visitWithoutScripts(
                browser -> {
                    browser.get(handOff(token).toString());
                    assertThat(text(browser))
                            .isEqualTo(
                                    """
                                    Sign in to Shop
                                    Your app can't sign you in here, because this browser runs no JavaScript.
                                    Sign in yourself\
                                    """);
                    offersTheLogin(browser);
                });
        assertThat(
                        present(
                                        browser(),
                                        true,
                                        token,
                                        Map.of("redirect_uri", app().callback().toString()))
                                .parameter("code"))
                .isPresent();
    }

    @Test
    void aRefusedPostIsSaidInOneSentenceBesideTheLogin() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(handOff("junk").toString());
                    patiently(browser)
                            .until(
                                    ExpectedConditions.textToBe(
                                            By.tagName("main"),
                                            """
                                            Sign in to Shop
                                            Your app couldn't sign you in here, or has done so already.
                                            Sign in yourself\
                                            """));
                    offersTheLogin(browser);
                    assertThat(browser.getCurrentUrl()).isEqualTo(page().toString());
                });
    }

    @Test
    void aPageThatLeadsNowhereKeepsNoTokenEither() throws Exception {
        var token = transfer();
        Chromium.visit(
                browser -> {
                    browser.get(
                            world().issuer()
                                            .resolve(
                                                    "hand-off?client_id=nobody#session_transfer_token=")
                                    + token);
                    assertThat(heading(browser)).isEqualTo("Not handed over");
                    assertThat(browser.getCurrentUrl())
                            .isEqualTo(world().issuer().resolve("hand-off").toString());
                    assertThat(history(browser)).noneMatch(it -> it.contains(token));
                });
    }

    @Test
    void twoTokensThatDifferAreBothBurnt() throws Exception {
        var planted = transfer();
        var handedOff = transfer();
        var before = sessions();
        Chromium.visit(
                browser -> {
                    browser.get(world().issuer().resolve("health/live").toString());
                    browser.manage()
                            .addCookie(
                                    new Cookie.Builder(COOKIE, planted)
                                            .path("/")
                                            .isSecure(true)
                                            .isHttpOnly(true)
                                            .build());
                    browser.get(handOff(handedOff).toString());
                    patiently(browser).until(ExpectedConditions.urlContains("/u/login"));
                    browser.get(world().issuer().resolve("health/live").toString());
                    assertThat(browser.manage().getCookieNamed(COOKIE)).isNull();
                    assertThat(browser.manage().getCookieNamed(TOKEN)).isNull();
                });
        assertThat(operator().newestWarning()).contains("not found or expired");
        for (var token : List.of(planted, handedOff)) {
            var browser = browser();
            browser.plant(world().issuer(), COOKIE, token);
            assertThat(browser.open(app().login()).asksToSignIn()).isTrue();
        }
        assertThat(sessions()).isEqualTo(before);
    }

    @Test
    void thePostIsAnsweredWithACookieForAMinuteAndACleanRedirect() {
        var token = transfer();
        var answer = postFromOurPage(fields(token));
        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().allValues("Location")).containsExactly(loginWithIssuer());
        assertThat(answer.headers().allValues("Set-Cookie"))
                .containsExactly(
                        TOKEN
                                + "="
                                + token
                                + "; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
                        VERIFIER + "=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
        assertThat(answer.body()).isEmpty();
        // Looked up by nobody yet.
        assertThat(postFromOurPage(fields(token)).statusCode()).isEqualTo(303);
        assertThat(postFromOurPage(fields(JUNK)).statusCode()).isEqualTo(303);
        var browser = browser();
        browser.plant(world().issuer(), TOKEN, token);
        assertThat(browser.open(app().login()).heading()).isEqualTo("Welcome, Ada Lovelace");
    }

    @Test
    void theVerifierOfAChallengeComesInACookieOfItsOwn() {
        var verifier = Pkce.nonce();
        var fields = new LinkedHashMap<>(fields(JUNK));
        fields.put("transfer_verifier", verifier);
        var answer = postFromOurPage(fields);
        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().allValues("Set-Cookie"))
                .contains(
                        VERIFIER
                                + "="
                                + verifier
                                + "; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax");
    }

    @Test
    void aVerifierInTheFragmentIsPostedToo() throws Exception {
        var verifier = Pkce.nonce();
        Chromium.visit(
                browser -> {
                    // The app stays silent, so that the cookies can be looked at.
                    operator()
                            .patchClient(
                                    World.SHOP,
                                    "{\"initiate_login_uri\":\"%shealth/live\"}"
                                            .formatted(world().issuer()));
                    browser.get(handOff(JUNK) + "&transfer_verifier=" + verifier);
                    patiently(browser).until(ExpectedConditions.urlContains("/health/live"));
                    assertThat(browser.manage().getCookies())
                            .extracting(Cookie::getName, Cookie::getValue)
                            .containsExactlyInAnyOrder(
                                    tuple(TOKEN, JUNK), tuple(VERIFIER, verifier));
                });
    }

    @ParameterizedTest
    @CsvSource({
        "cross-site, ISSUER",
        "same-site, ISSUER",
        "none, ISSUER",
        "same-origin same-origin, ISSUER",
        "Same-Origin, ISSUER",
        ", https://evil.example",
        ", https://localhost",
        ", null",
        ", ISSUER/",
        ", ISSUER ISSUER",
        ", "
    })
    void aPostThatDoesNotComeFromOurPageSetsNothing(
            @Nullable String site, @Nullable String origin) {
        var request =
                HttpRequest.newBuilder(world().issuer().resolve("hand-off"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(Wire.form(fields(JUNK))));
        Optional.ofNullable(site).stream()
                .flatMap(it -> List.of(it.split(" ", -1)).stream())
                .forEach(it -> request.header("Sec-Fetch-Site", it));
        Optional.ofNullable(origin).stream()
                .flatMap(it -> List.of(it.split(" ", -1)).stream())
                .forEach(it -> request.header("Origin", it.replace("ISSUER", ourOrigin())));
        var answer = world().wire(HERE).send(request);
        assertThat(answer.statusCode()).isEqualTo(403);
        setsNothing(answer);
    }

    private String ourOrigin() {
        return world().issuer().toString().replaceFirst("/$", "");
    }

    @Test
    void anOldBrowserSaysByItsOriginThatThePostIsOurs() {
        assertThat(post(fields(JUNK), "Origin", ourOrigin()).statusCode()).isEqualTo(303);
    }

    /// As a page of another site would try it: nothing may be set, whatever the browser sends
    /// along.
    @Test
    void aPageOfAnotherSiteHandsNothingOver() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(app().home().toString());
                    browser.executeScript(
                            """
                            var form = document.createElement("form");
                            form.method = "post";
                            form.action = arguments[0];
                            for (var [name, value] of Object.entries(arguments[1])) {
                              var input = document.createElement("input");
                              input.name = name;
                              input.value = value;
                              form.append(input);
                            }
                            document.body.append(form);
                            form.submit();
                            """,
                            world().issuer().resolve("hand-off").toString(),
                            fields(JUNK));
                    patiently(browser).until(ExpectedConditions.titleIs("Not handed over"));
                    assertThat(browser.manage().getCookies()).isEmpty();
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "session_transfer_token=",
                "session_transfer_token=junk",
                "session_transfer_token=stt_"
                        + "A242424242424242424242424242424242424242424%0d%0aX",
                "session_transfer_token=%s;%%20Domain=example.org",
                "session_transfer_token=%s&session_transfer_token=%s",
                "session_transfer_token=%s&transfer_verifier=short",
                "session_transfer_token=%s&transfer_verifier=%s;%%20Path=/",
                "session_transfer_token=%s&client_id=another",
                "session_transfer_token=%%ff"
            })
    void whatHasNotTheShapeOfATokenBecomesNoCookie(String form) {
        var answer =
                post(
                        "client_id="
                                + World.SHOP
                                + "&"
                                + form.replace("%s", JUNK).replace("%%", "%"),
                        "Sec-Fetch-Site",
                        "same-origin");
        assertThat(answer.statusCode()).isEqualTo(400);
        setsNothing(answer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"initiate_login_uri\":\"\"}",
                "{\"session_transfer\":{\"allowed_authentication_methods\":[\"query\"]}}",
                "{\"session_transfer\":{\"allowed_authentication_methods\":[]}}",
                "{\"session_transfer\":null}"
            })
    void aClientThatTakesNoHandOffIsLedToNowhere(String client) {
        operator().patchClient(World.SHOP, client);
        for (var answer : List.of(get("GET", page()), postFromOurPage(fields(JUNK)))) {
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body())
                    .contains("There is no application here")
                    .doesNotContain("href");
            setsNothing(answer);
        }
    }

    /// THREATS R17.1: where it leads is registered, and nothing in a request has a say in it.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "client_id=https://evil.example/",
                "client_id=%s&initiate_login_uri=https://evil.example/",
                "client_id=%s&redirect_uri=https://evil.example/",
                "client_id=%s&login=https://evil.example/&iss=https://evil.example/",
                "client_id=%s%%20&returnTo=https://evil.example/",
                "client_id=&to=//evil.example"
            })
    void nothingInARequestChoosesWhereItLeads(String asked) {
        var query = asked.replace("%s", World.SHOP).replace("%%", "%");
        var shown = get("GET", URI.create(world().issuer() + "hand-off?" + query));
        var posted =
                post(query + "&session_transfer_token=" + JUNK, "Sec-Fetch-Site", "same-origin");
        assertThat(shown.body()).doesNotContain("evil");
        assertThat(shown.headers().firstValue("Location")).isEmpty();
        assertThat(posted.headers().firstValue("Location"))
                .isIn(Optional.empty(), Optional.of(loginWithIssuer()));
        assertThat(posted.body()).doesNotContain("evil");
    }

    @Test
    void theQueryOfTheLoginIsKept() {
        operator()
                .patchClient(
                        World.SHOP,
                        "{\"initiate_login_uri\":\"%s?shop=1&lang=de\"}".formatted(app().login()));
        assertThat(postFromOurPage(fields(JUNK)).headers().firstValue("Location"))
                .hasValue(loginWithIssuer().replace("?iss", "?shop=1&lang=de&iss"));
    }

    /// THREATS R22.1, R22.4.
    @Test
    void whatAClientIsCalledCannotBreakOutOfThePage() throws Exception {
        operator()
                .patchClient(
                        World.SHOP,
                        """
                        {"name":"\\" autofocus onfocus=alert(1) x='&quot;${7*7} O'Hara & Sons",
                         "initiate_login_uri":"%s?a='onclick=alert(1)//&b=(c)"}
                        """
                                .formatted(app().login()));
        Chromium.visit(
                browser -> {
                    browser.get(page().toString());
                    assertThat(heading(browser))
                            .isEqualTo(
                                    "Sign in to \" autofocus onfocus=alert(1) x='&quot;${7*7}"
                                            + " O'Hara & Sons");
                    assertThat(browser.findElement(By.cssSelector(".login a")).getAttribute("href"))
                            .startsWith(app().login() + "?a=%27onclick=alert(1)//&b=(c)&iss=");
                });
        for (var client :
                List.of("%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "'-alert(1)-'", "%3C!--"))
            assertThat(
                            get(
                                            "GET",
                                            URI.create(
                                                    world().issuer()
                                                            + "hand-off?client_id="
                                                            + client))
                                    .body())
                    .doesNotContain("alert(1)", "%3C", "<!--");
    }

    /// THREATS R22.1, T-23: whatever else got into the page would not run.
    @ParameterizedTest
    @ValueSource(strings = {World.SHOP, "nobody"})
    void thePolicyNamesTheVeryTextThatIsServed(String client) throws Exception {
        var answer = get("GET", URI.create(world().issuer() + "hand-off?client_id=" + client));
        assertThat(answer.headers().allValues("Content-Security-Policy"))
                .containsExactly(
                        "default-src 'none'; script-src "
                                + hashOf("script", answer.body())
                                + "; style-src "
                                + hashOf("style", answer.body())
                                + "; connect-src 'self'; base-uri 'none'; form-action 'none';"
                                + " frame-ancestors 'none'; require-trusted-types-for 'script'");
        assertThat(answer.headers().allValues("X-Frame-Options")).containsExactly("DENY");
        assertThat(answer.headers().allValues("Cache-Control")).containsExactly("no-store");
        assertThat(answer.headers().allValues("Referrer-Policy")).containsExactly("no-referrer");
        assertThat(answer.body())
                .doesNotContain(
                        " src=", "javascript:", "http-equiv", "url(", "@import", " onclick");
    }

    private static String hashOf(String element, String body) throws Exception {
        var texts =
                Pattern.compile("<" + element + ">(.*?)</" + element + ">", Pattern.DOTALL)
                        .matcher(body)
                        .results()
                        .map(it -> it.group(1))
                        .toList();
        assertThat(texts).hasSize(1);
        var hash =
                MessageDigest.getInstance("SHA-256")
                        .digest(texts.getFirst().getBytes(StandardCharsets.UTF_8));
        return "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
    }
}
