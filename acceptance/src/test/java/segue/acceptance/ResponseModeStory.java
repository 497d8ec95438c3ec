package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.WebDriverWait;

import segue.demo.story.World;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Every way in which an answer travels back (contract authentication-api §3.2), in a real
/// Chromium, under the pages' own content security policies (THREATS T-22). The app answers at two
/// origins: its callback sends the browser on to the other, as apps do.
class ResponseModeStory extends BrowserScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /// A page of the app that asks in a popup or in a frame and shows what it is told.
    private static final String ASKING_PAGE =
            """
            <!doctype html><title>app</title>
            <p id="told"></p>
            <button id="popup">Sign in</button>
            <button id="frame">Look whether somebody is signed in</button>
            <script>
            const url = "$URL";
            addEventListener("message", event => {
              document.getElementById("told").textContent =
                JSON.stringify({ origin: event.origin, data: event.data });
            });
            document.getElementById("popup").onclick = () => window.open(url);
            document.getElementById("frame").onclick = () => {
              const frame = document.createElement("iframe");
              frame.src = url + "&prompt=none";
              document.body.append(frame);
            };
            </script>
            """;

    private record App(
            HttpServer server,
            HttpServer home,
            String id,
            BlockingQueue<Map<String, String>> callbacks) {
        URI at(String path) {
            return origin(server).resolve(path);
        }
    }

    private Optional<App> running = Optional.empty();

    ResponseModeStory() {
        super(Map.of());
    }

    @BeforeAll
    void startApp() throws IOException {
        var server = listen();
        var home = listen();
        var callbacks = new LinkedBlockingQueue<Map<String, String>>();
        server.createContext(
                "/callback",
                exchange -> {
                    callbacks.add(parameters(exchange));
                    exchange.getResponseHeaders().add("Location", origin(home).toString());
                    exchange.sendResponseHeaders(302, -1);
                    exchange.close();
                });
        home.createContext("/", exchange -> show(exchange, "<h1 id=\"who\">Home</h1>"));
        var registered =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"Two origins","app_type":"regular_web","callbacks":["%s"],
                                 "web_origins":["%s"],"grant_types":["authorization_code"]}
                                """
                                        .formatted(
                                                origin(server).resolve("/callback"),
                                                origin(home).toString().replaceFirst("/$", "")));
        assertThat(registered.status()).as("%s", registered.json()).isEqualTo(201);
        var app = new App(server, home, registered.text("client_id"), callbacks);
        server.createContext(
                "/ask",
                exchange ->
                        show(exchange, ASKING_PAGE.replace("$URL", ask("web_message").toString())));
        running = Optional.of(app);
    }

    @AfterAll
    void stopApp() {
        app().server().stop(0);
        app().home().stop(0);
    }

    private App app() {
        return running.orElseThrow();
    }

    private static HttpServer listen() throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral(HERE), 0), 0);
        server.start();
        return server;
    }

    private static URI origin(HttpServer server) {
        return URI.create("http://" + HERE + ":" + server.getAddress().getPort() + "/");
    }

    private static Map<String, String> parameters(HttpExchange exchange) throws IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        var query = Optional.ofNullable(exchange.getRequestURI().getRawQuery());
        var all = new LinkedHashMap<>(Wire.parameters(query.orElse(body)));
        all.put("method", exchange.getRequestMethod());
        return all;
    }

    private static void show(HttpExchange exchange, String html) throws IOException {
        var body = html.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private URI ask(String mode) {
        return authorize(
                Map.of(
                        "client_id",
                        app().id(),
                        "redirect_uri",
                        app().at("/callback").toString(),
                        "response_mode",
                        mode));
    }

    private void signIn(WebDriver browser) {
        until(browser, By.name("username")).sendKeys(World.ADA);
        browser.findElement(By.name("password")).sendKeys(world().password());
        browser.findElement(By.tagName("button")).click();
    }

    private static WebElement until(WebDriver browser, By what) {
        return new WebDriverWait(browser, PATIENCE).until(it -> it.findElement(what));
    }

    private void arrivesHome(WebDriver browser) {
        assertThat(until(browser, By.id("who")).getText()).isEqualTo("Home");
        assertThat(browser.getCurrentUrl()).isEqualTo(origin(app().home()).toString());
    }

    private Map<String, String> calledBack() throws InterruptedException {
        return Optional.ofNullable(app().callbacks().poll(15, TimeUnit.SECONDS)).orElseThrow();
    }

    private void isAnAnswer(Map<String, String> parameters, String method) {
        assertThat(parameters.get("code")).startsWith("ac_");
        assertThat(parameters)
                .containsEntry("method", method)
                .containsEntry("state", "s1")
                .containsEntry("iss", world().issuer().toString());
    }

    @Test
    void aSignInReachesAnAppThatSendsTheBrowserOn() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(ask("query").toString());
                    signIn(browser);
                    isAnAnswer(calledBack(), "GET");
                    arrivesHome(browser);
                });
    }

    @Test
    void aFormPostsItselfToTheAppWhichSendsTheBrowserOn() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(ask("form_post").toString());
                    signIn(browser);
                    isAnAnswer(calledBack(), "POST");
                    arrivesHome(browser);
                    // Without a question too.
                    browser.get(ask("form_post").toString());
                    isAnAnswer(calledBack(), "POST");
                    arrivesHome(browser);
                });
    }

    /// What the app's page was told by another window.
    private static JsonNode told(WebDriver browser) {
        return JSON.readTree(until(browser, By.cssSelector("#told:not(:empty)")).getText());
    }

    private void isFromUs(JsonNode told) {
        assertThat(told.path("origin").asString() + "/").isEqualTo(world().issuer().toString());
        assertThat(told.path("data").path("type").asString()).isEqualTo("authorization_response");
        assertThat(told.at("/data/response/state").asString()).isEqualTo("s1");
        assertThat(told.at("/data/response/iss").asString()).isEqualTo(world().issuer().toString());
    }

    @Test
    void aPopupTellsThePageThatOpenedIt() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(app().at("/ask").toString());
                    var page = browser.getWindowHandle();
                    browser.findElement(By.id("popup")).click();
                    new WebDriverWait(browser, PATIENCE)
                            .until(it -> it.getWindowHandles().size() == 2);
                    var popup =
                            browser.getWindowHandles().stream()
                                    .filter(it -> !it.equals(page))
                                    .findFirst()
                                    .orElseThrow();
                    browser.switchTo().window(popup);
                    signIn(browser);
                    browser.switchTo().window(page);
                    var told = told(browser);
                    isFromUs(told);
                    assertThat(told.at("/data/response/code").asString()).startsWith("ac_");
                });
    }

    /// The frame is on another site than the page, so its cookie isn't sent: the page hears that.
    @Test
    void aFrameTellsThePageThatNobodyIsSignedIn() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(app().at("/ask").toString());
                    browser.findElement(By.id("frame")).click();
                    var told = told(browser);
                    isFromUs(told);
                    assertThat(told.at("/data/response/error").asString())
                            .isEqualTo("login_required");
                });
    }
}
