package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Cookie;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Chromium is driven through every delivery of a session transfer token, and whatever it or
/// anybody else wrote down is searched for the token (contract native-to-web §4.1, THREATS T-4):
/// every URL, header field and redirect, `document.referrer`, the performance entries, the history
/// and the DOM of every document, our log, the tenant log, the metrics, and the web app's log.
///
/// It may be in the URL that opens the web app and in the one `/authorize` request of a query
/// delivery; in the fragment of the hand-off page before its script runs; in the body that this
/// page posts; and in the cookie between browser and server.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HygieneStory {
    private static final String PASSWORD = "a-password-of-adas-9f31c7";
    private static final String SHOP_SECRET = "a-secret-of-the-shops-0b7d".repeat(2);
    private static final JsonMapper JSON = new JsonMapper();

    private static final String REPLACED = "Page.navigatedWithinDocument";

    /// Every document says what it can see, at each step of its life.
    private static final String WITNESS =
            """
            for (const when of ["DOMContentLoaded", "load", "pagehide"])
              addEventListener(when, () => console.info("SEEN " + JSON.stringify({
                when,
                url: location.href,
                referrer: document.referrer,
                entries: performance.getEntries(),
                history: navigation.entries().map(it => it.url),
                dom: document.documentElement.outerHTML,
              })), true);
            """;

    /// Where a token was seen.
    ///
    /// @param event of the DevTools Protocol
    /// @param member the path in it
    /// @param host which the event speaks of, as far as it says so
    private record Sighting(String event, String member, String value, String host) {}

    private Optional<Scene> running = Optional.empty();

    private record Scene(Node node, Wire wire, Operator operator, WebApp plain, WebApp passingOn) {}

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        var tenant = folder.resolve("tenant.yaml");
        try (var stream = World.class.getResourceAsStream("/segue/demo/tenant.yaml")) {
            Files.writeString(
                    tenant,
                    new String(
                                    Objects.requireNonNull(stream).readAllBytes(),
                                    StandardCharsets.UTF_8)
                            .replace("${SHOP}", "https://shop.example")
                            .replace("${SHOP_SECRET}", SHOP_SECRET)
                            .replace("${ADA_PASSWORD}", PASSWORD));
        }
        var data = folder.resolve("data");
        var node =
                new Node(
                        Map.of(
                                "data-dir", data.toString(),
                                "server.port", "0",
                                "server.tls.mode", "dev",
                                "tenant-file", tenant.toString(),
                                "log.level", "debug"),
                        folder);
        var wire =
                new Wire(
                        InetAddress.getLoopbackAddress(),
                        Optional.of(Wire.trusting(data.resolve("tls").resolve("ca.pem"))));
        var credentials = JSON.readTree(Files.readString(data.resolve("bootstrap-client.json")));
        var operator =
                new Operator(
                        wire,
                        node.issuer(),
                        credentials.path("client_id").asString(),
                        credentials.path("client_secret").asString());
        var plain = new WebApp(node.issuer(), wire, SHOP_SECRET, false);
        var passingOn = new WebApp(node.issuer(), wire, SHOP_SECRET, true);
        operator.patchClient(
                World.SHOP,
                """
                {"callbacks":["%s","%s"],"initiate_login_uri":"%s"}
                """
                        .formatted(plain.callback(), passingOn.callback(), plain.login()));
        running = Optional.of(new Scene(node, wire, operator, plain, passingOn));
    }

    @AfterAll
    void stop() {
        scene().plain().close();
        scene().passingOn().close();
        scene().wire().close();
        scene().node().close();
    }

    private Scene scene() {
        return running.orElseThrow();
    }

    private URI issuer() {
        return scene().node().issuer();
    }

    private String transfer() {
        var phone = new Phone(scene().wire(), issuer(), World.APP);
        assertThat(phone.signIn(World.ADA, PASSWORD, "openid profile offline_access").isOk())
                .isTrue();
        return phone.exchange().text("access_token");
    }

    /// A token that was redeemed elsewhere.
    private String usedTransfer() {
        var token = transfer();
        var answer = scene().wire().send(HttpRequest.newBuilder(authorize(token)));
        assertThat(answer.headers().firstValue("Location").orElse("")).contains("code=");
        return token;
    }

    private URI authorize(String token) {
        return Wire.with(
                issuer().resolve("authorize"),
                Map.of(
                        "client_id",
                        World.SHOP,
                        "response_type",
                        "code",
                        "redirect_uri",
                        scene().plain().callback().toString(),
                        "session_transfer_token",
                        token));
    }

    private URI handOff(String client, String token) {
        return issuer().resolve(
                        "hand-off?client_id=" + client + "#session_transfer_token=" + token);
    }

    /// What is done in the browser.
    @FunctionalInterface
    private interface Delivery {
        void in(ChromeDriver browser);
    }

    /// Makes a delivery, and looks for the token everywhere.
    ///
    /// @return where the DevTools Protocol saw it
    private List<Sighting> watched(String token, Delivery delivery) throws Exception {
        var sightings = new ArrayList<Sighting>();
        Chromium.visit(
                browser -> {
                    browser.executeCdpCommand(
                            "Page.addScriptToEvaluateOnNewDocument", Map.of("source", WITNESS));
                    delivery.in(browser);
                    var seen = witnesses(browser);
                    assertThat(seen).as("witnesses").hasSizeGreaterThan(1);
                    assertThat(seen)
                            .as("witnesses")
                            .noneMatch(it -> withoutItsBeginning(it).contains(token));
                    assertThat(seen.getLast().toString())
                            .as("the document that stays")
                            .doesNotContain(token);
                    assertThat(browser.getPageSource()).doesNotContain(token);
                    assertThat(browser.getCurrentUrl()).doesNotContain(token);
                    for (var entry : browser.manage().logs().get(LogType.PERFORMANCE)) {
                        var message = JSON.readTree(entry.getMessage()).path("message");
                        collect(message, token, sightings);
                    }
                });
        assertThat(scene().node().output()).contains("/authorize").doesNotContain(token);
        var metrics = HttpRequest.newBuilder(issuer().resolve("metrics"));
        assertThat(scene().wire().send(metrics).body())
                .contains("segue_http_requests")
                .doesNotContain(token);
        assertThat(scene().operator().get("logs?per_page=100").json().toString())
                .contains("sertft")
                .doesNotContain(token);
        assertThat(scene().plain().log()).noneMatch(line -> line.contains(token));
        assertThat(sightings)
                .noneMatch(it -> it.member().toLowerCase(Locale.ROOT).endsWith("referer"));
        return sightings;
    }

    private static List<ObjectNode> witnesses(ChromeDriver browser) {
        return browser.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::getMessage)
                .filter(it -> it.contains("\"SEEN "))
                .map(it -> JSON.readTree(it.substring(it.indexOf('"'))).asString())
                .map(it -> (ObjectNode) JSON.readTree(it.substring("SEEN ".length())))
                .toList();
    }

    /// As long as our page posts, its own document remembers the URL that it began with, and tells
    /// it to whoever runs there, which is our script alone. It can only be left soon.
    private String withoutItsBeginning(ObjectNode witness) {
        var copy = witness.deepCopy();
        if (copy.path("url").asString("").startsWith(issuer() + "hand-off"))
            for (var entry : copy.path("entries"))
                if (entry.path("entryType").asString("").equals("navigation"))
                    ((ObjectNode) entry).remove("name");
        return copy.toString();
    }

    private static void collect(JsonNode message, String token, List<Sighting> sightings) {
        var event = message.path("method").asString("");
        var host = message.path("params").path("headers").path("Host").asString("");
        walk(
                "",
                message.path("params"),
                (member, value) -> {
                    if (value.contains(token))
                        sightings.add(new Sighting(event, member, value, host));
                });
        if (event.equals(REPLACED)) sightings.add(new Sighting(event, "", "", ""));
    }

    @FunctionalInterface
    private interface Leaf {
        void is(String member, String value);
    }

    private static void walk(String member, JsonNode node, Leaf leaf) {
        if (node.isObject())
            node.properties().forEach(it -> walk(member + "/" + it.getKey(), it.getValue(), leaf));
        else if (node.isArray()) node.forEach(it -> walk(member, it, leaf));
        else leaf.is(member, node.asString(""));
    }

    /// The cookie, on its way to us.
    private boolean isItsCookie(Sighting it) {
        return it.event().equals("Network.requestWillBeSentExtraInfo")
                && it.host().equals(issuer().getRawAuthority())
                && List.of("/headers/Cookie", "/associatedCookies/cookie/value")
                        .contains(it.member());
    }

    /// The cookie as our page's POST sets it.
    private static boolean isSetByUs(Sighting it) {
        return it.event().equals("Network.responseReceivedExtraInfo")
                && it.value().contains("__Host-session_transfer_token=");
    }

    private static boolean isPosted(Sighting it) {
        return it.event().equals("Network.requestWillBeSent")
                && it.member().equals("/request/postData");
    }

    /// The page's URL as long as its script hasn't replaced it.
    private static List<Sighting> afterTheFirstStatement(List<Sighting> sightings) {
        var replaced = sightings.stream().map(Sighting::event).toList().indexOf(REPLACED);
        assertThat(replaced).as("the URL is replaced").isNotNegative();
        assertThat(sightings.subList(0, replaced))
                .as("before it is")
                .isNotEmpty()
                .allMatch(it -> it.value().contains("#session_transfer_token="));
        return sightings.subList(replaced, sightings.size()).stream()
                .filter(it -> !it.event().equals(REPLACED))
                .toList();
    }

    private static void isWelcome(ChromeDriver browser) {
        new WebDriverWait(browser, Duration.ofSeconds(15))
                .until(ExpectedConditions.textToBe(By.tagName("h1"), "Welcome, Ada Lovelace"));
    }

    private static void isAskedToSignIn(ChromeDriver browser) {
        new WebDriverWait(browser, Duration.ofSeconds(15))
                .until(ExpectedConditions.textToBe(By.tagName("h1"), "Sign in"));
    }

    private void plant(ChromeDriver browser, String token) {
        browser.get(issuer().resolve("health/live").toString());
        browser.manage()
                .addCookie(
                        new Cookie.Builder("auth0_session_transfer_token", token)
                                .path("/")
                                .isSecure(true)
                                .isHttpOnly(true)
                                .sameSite("None")
                                .build());
    }

    private static void signsIn(ChromeDriver browser) {
        browser.findElement(By.name("username")).sendKeys(World.ADA);
        browser.findElement(By.name("password")).sendKeys(PASSWORD);
        browser.findElement(By.tagName("button")).click();
        isWelcome(browser);
    }

    @Test
    void byCookieItIsInTheCookieAlone() throws Exception {
        byCookie(transfer(), HygieneStory::isWelcome);
    }

    @Test
    void aRefusedCookieIsGoneBeforeTheSignInPage() throws Exception {
        byCookie(
                usedTransfer(),
                browser -> {
                    isAskedToSignIn(browser);
                    signsIn(browser);
                });
    }

    private void byCookie(String token, Delivery rest) throws Exception {
        var sightings =
                watched(
                        token,
                        browser -> {
                            plant(browser, token);
                            browser.get(scene().plain().login().toString());
                            rest.in(browser);
                        });
        assertThat(sightings).isNotEmpty().allMatch(this::isItsCookie);
    }

    @Test
    void byQueryItIsInTheTwoUrlsThatMustHoldIt() throws Exception {
        byQuery(transfer(), HygieneStory::isWelcome);
    }

    @Test
    void aRefusedQueryIsGoneBeforeTheSignInPage() throws Exception {
        byQuery(
                usedTransfer(),
                browser -> {
                    isAskedToSignIn(browser);
                    signsIn(browser);
                });
    }

    private void byQuery(String token, Delivery rest) throws Exception {
        var opens = scene().passingOn().login() + "?session_transfer_token=" + token;
        var before = scene().passingOn().log().size();
        var sightings =
                watched(
                        token,
                        browser -> {
                            browser.get(opens);
                            rest.in(browser);
                        });
        var requests =
                sightings.stream()
                        .filter(it -> it.event().equals("Network.requestWillBeSent"))
                        .filter(it -> it.member().equals("/request/url"))
                        .map(Sighting::value)
                        .toList();
        assertThat(requests).hasSize(2).startsWith(opens);
        assertThat(requests.getLast()).startsWith(issuer() + "authorize?");
        assertThat(sightings)
                .noneMatch(
                        it ->
                                it.value()
                                        .replace(requests.getFirst(), "")
                                        .replace(requests.getLast(), "")
                                        .contains(token));
        var log = scene().passingOn().log();
        assertThat(log.subList(before, log.size()).stream().filter(line -> line.contains(token)))
                .singleElement()
                .asString()
                .startsWith("GET /login?session_transfer_token=" + token + " ");
    }

    @Test
    void byTheHandOffPageItIsInTheFragmentThenInTheBodyThenInTheCookie() throws Exception {
        byHandOff(transfer(), HygieneStory::isWelcome);
    }

    @Test
    void aRefusedHandOffIsGoneBeforeTheSignInPage() throws Exception {
        byHandOff(
                usedTransfer(),
                browser -> {
                    isAskedToSignIn(browser);
                    signsIn(browser);
                });
    }

    private void byHandOff(String token, Delivery rest) throws Exception {
        var sightings =
                watched(
                        token,
                        browser -> {
                            browser.get(handOff(World.SHOP, token).toString());
                            rest.in(browser);
                        });
        var after = afterTheFirstStatement(sightings);
        assertThat(after).anyMatch(this::isItsCookie);
        assertThat(after).anyMatch(HygieneStory::isSetByUs);
        assertThat(after).filteredOn(HygieneStory::isPosted).hasSize(1);
        assertThat(after).allMatch(it -> isItsCookie(it) || isSetByUs(it) || isPosted(it));
    }

    @Test
    void aHandOffThatLeadsNowhereLeavesItNowhere() throws Exception {
        var token = transfer();
        var sightings =
                watched(
                        token,
                        browser -> {
                            browser.get(handOff("nobody", token).toString());
                            browser.get(scene().plain().home().toString());
                        });
        assertThat(afterTheFirstStatement(sightings)).isEmpty();
    }
}
