package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Cookie;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

import segue.demo.story.World;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// `@auth0/auth0-spa-js` 2.27.0 in Chromium: across origins, over TLS (contract sdk-calls §4).
class SpaStory extends BrowserScene {
    private static final String RENEWED =
            """
            return client.getTokenSilently({cacheMode: 'off'})
              .then(token => 'token ' + token, error => error.error);
            """;
    private static final String EXCHANGES =
            "type:sertft AND audience:\"urn:localhost:session_transfer\" AND client_id:";

    private Optional<NodeApp> serving = Optional.empty();
    private String clientId = "";

    SpaStory() {
        super(Map.of("server.tls.mode", "dev"));
    }

    @BeforeAll
    void serve() throws Exception {
        var client =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"spa","app_type":"spa","token_endpoint_auth_method":"none",
                                 "grant_types":["authorization_code","refresh_token"],
                                 "refresh_token":{"rotation_type":"rotating","expiration_type":"expiring"},
                                 "session_transfer":{"can_create_session_transfer_token":true,
                                                     "allowed_authentication_methods":["cookie","query"],
                                                     "allow_refresh_token":true}}
                                """);
        assertThat(client.status()).as("%s", client.json()).isEqualTo(201);
        clientId = client.text("client_id");
        serving = Optional.of(NodeApp.serve(world(), "spa.js", clientId, ""));
        operator()
                .patchClient(
                        clientId,
                        """
                        {"callbacks":["%1$s/","%1$s/refreshing","%1$s/proving","%1$s/multiple"],"web_origins":["%1$s"],
                         "allowed_logout_urls":["%1$s/"]}
                        """
                                .formatted(app().origin()));
    }

    @AfterAll
    void end() {
        serving.ifPresent(NodeApp::close);
    }

    private NodeApp app() {
        return serving.orElseThrow();
    }

    private String place(String path) {
        return app().at(path).toString();
    }

    private static WebDriverWait wait(ChromeDriver browser) {
        return new WebDriverWait(browser, Duration.ofSeconds(20));
    }

    /// Waits until the app says who is signed in.
    private static void awaitWho(ChromeDriver browser, String name) {
        wait(browser).until(ExpectedConditions.textToBe(By.id("who"), name));
    }

    private void fillIn(ChromeDriver browser) {
        browser.findElement(By.name("username")).sendKeys(World.ADA);
        browser.findElement(By.name("password")).sendKeys(world().password());
        browser.findElement(By.tagName("button")).click();
    }

    private void signInAt(ChromeDriver browser, String path) {
        browser.get(place(path));
        awaitWho(browser, "nobody");
        browser.findElement(By.id("login")).click();
        wait(browser).until(ExpectedConditions.presenceOfElementLocated(By.name("username")));
        fillIn(browser);
        awaitWho(browser, "Ada Lovelace");
    }

    /// What a script of the page says in the end.
    private static String told(ChromeDriver browser, String script) {
        return String.valueOf(browser.executeScript(script));
    }

    @Test
    void aPersonSignsInAndOut() throws Exception {
        Chromium.visit(
                browser -> {
                    signInAt(browser, "/");
                    told(
                            browser,
                            "client.logout({logoutParams: {returnTo: location.origin + '/'}});");
                    awaitWho(browser, "nobody");
                    assertThat(told(browser, RENEWED)).isEqualTo("login_required");
                });
    }

    @Test
    void aPersonSignsInInAPopup() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(place("/"));
                    awaitWho(browser, "nobody");
                    var page = browser.getWindowHandle();
                    told(browser, "window.popup = client.loginWithPopup();");
                    wait(browser).until(ExpectedConditions.numberOfWindowsToBe(2));
                    for (var window : browser.getWindowHandles())
                        if (!window.equals(page)) browser.switchTo().window(window);
                    wait(browser)
                            .until(
                                    ExpectedConditions.presenceOfElementLocated(
                                            By.name("username")));
                    fillIn(browser);
                    wait(browser).until(ExpectedConditions.numberOfWindowsToBe(1));
                    browser.switchTo().window(page);
                    var name =
                            told(
                                    browser,
                                    "return window.popup.then(() => client.getUser())"
                                            + ".then(user => user.name);");
                    assertThat(name).isEqualTo("Ada Lovelace");
                });
    }

    @Test
    void itRedeemsATransferByQuery() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(place("/?session_transfer_token=" + transfer()));
                    awaitWho(browser, "Ada Lovelace");
                    assertThat(browser.getCurrentUrl()).isEqualTo(place("/"));
                });
    }

    @Test
    void itRedeemsATransferByCookie() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(world().issuer().resolve("health/live").toString());
                    browser.manage()
                            .addCookie(
                                    new Cookie.Builder(COOKIE, transfer())
                                            .path("/")
                                            .isSecure(true)
                                            .isHttpOnly(true)
                                            .sameSite("None")
                                            .build());
                    browser.get(place("/"));
                    awaitWho(browser, "nobody");
                    browser.findElement(By.id("login")).click();
                    awaitWho(browser, "Ada Lovelace");
                });
    }

    /// `prompt=none`, `response_mode=web_message`.
    @Test
    void itRenewsInAHiddenFrame() throws Exception {
        Chromium.visit(
                browser -> {
                    signInAt(browser, "/");
                    var first = told(browser, RENEWED);
                    assertThat(first).startsWith("token ");
                    assertThat(told(browser, RENEWED)).startsWith("token ").isNotEqualTo(first);
                });
    }

    /// Across origins, with rotation.
    @Test
    void itRefreshesAndRevokes() throws Exception {
        Chromium.visit(
                browser -> {
                    var refreshes = "type:sertft AND client_id:" + clientId;
                    var before = operator().log(refreshes).size();
                    signInAt(browser, "/refreshing");
                    var first = told(browser, RENEWED);
                    assertThat(first).startsWith("token ");
                    assertThat(told(browser, RENEWED)).startsWith("token ").isNotEqualTo(first);
                    assertThat(operator().log(refreshes)).hasSize(before + 2);
                    told(browser, "return client.revokeRefreshToken();");
                    assertThat(told(browser, RENEWED)).isEqualTo("missing_refresh_token");
                    assertThat(operator().log("type:srrt AND client_id:" + clientId)).hasSize(1);
                });
    }

    /// It lets one pass an audience with a refresh, but takes no answer without the scopes that it
    /// asked for, and that of a transfer has none (contract native-to-web §3.2).
    @Test
    void itCannotMint() throws Exception {
        Chromium.visit(
                browser -> {
                    signInAt(browser, "/multiple");
                    var error =
                            told(
                                    browser,
                                    """
                                    return client.getTokenSilently({
                                      authorizationParams: {audience: 'urn:localhost:session_transfer'},
                                      cacheMode: 'off',
                                    }).then(String, error => error.error);
                                    """);
                    assertThat(error).isEqualTo("missing_scopes");
                    assertThat(operator().log(EXCHANGES + clientId)).isNotEmpty();
                });
    }

    /// RFC 9449, nonces and all, across origins.
    @Test
    void itProvesPossessionOfAKey() throws Exception {
        Chromium.visit(
                browser -> {
                    signInAt(browser, "/proving");
                    assertThat(told(browser, RENEWED)).startsWith("token ");
                    var name =
                            told(
                                    browser,
                                    """
                                    return client.createFetcher({dpopNonceId: 'userinfo'})
                                      .fetchWithAuth('%suserinfo')
                                      .then(answer => answer.json())
                                      .then(json => json.name ?? JSON.stringify(json), String);
                                    """
                                            .formatted(world().issuer()));
                    assertThat(name).isEqualTo("Ada Lovelace");
                });
    }
}
