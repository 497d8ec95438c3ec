package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

/// The page on which somebody makes an account on the way into an application: `screen_hint=signup`
/// (contract authentication-api §3.1), or a link on the sign-in page.
class SignUpPageStory extends BrowserScene {
    private static final String USERS = "Username-Password-Authentication";
    private static final String GOOD = "correct horse battery";

    SignUpPageStory() {
        super(Map.of("limits.sign-ups", "40/h"));
    }

    private static String somebody() {
        return UUID.randomUUID() + "@example.org";
    }

    private static boolean asksToSignUp(Page page) {
        return page.heading().equals("Sign up") && page.form().fields().containsKey("email");
    }

    private Page asked(BrowserJar browser) {
        var page = browser.openUntilAway(authorize(Map.of("screen_hint", "signup")));
        assertThat(asksToSignUp(page)).as(page.body()).isTrue();
        assertThat(page.url().getPath()).isEqualTo("/u/signup");
        return page;
    }

    private static Page signUp(BrowserJar browser, Page page, String email, String password) {
        return browser.submitUntilAway(page, Map.of("email", email, "password", password));
    }

    private URI of(String path, Page page) {
        return world().issuer().resolve(path + "?state=" + page.parameter("state").orElseThrow());
    }

    private void withOptions(String options, Runnable work) {
        var connection =
                operator().get("connections?name=" + USERS).json().path(0).path("id").asString();
        change("connections/" + connection, "{\"options\":" + options + "}");
        try {
            work.run();
        } finally {
            change("connections/" + connection, "{\"options\":{}}");
        }
    }

    @Test
    void whoSignsUpIsSignedInAndComesBackWithACode() {
        var browser = browser();
        var email = somebody();
        var back = signUp(browser, asked(browser), email, GOOD);
        assertThat(back.parameter("code")).isPresent();
        assertThat(back.parameter("state")).hasValue("s1");
        var token = idToken(back);
        assertThat(token.path("sub").asString()).isEqualTo(userId(email));
        assertThat(user(email).path("email_verified").asBoolean()).isFalse();
        assertThat(isSignedIn(browser)).isTrue();
        var logged = operator().log("type:ss AND user_id:\"" + userId(email) + "\"");
        assertThat(logged).hasSize(1);
        assertThat(logged.path(0).path("client_id").asString()).isEqualTo(World.SHOP);
    }

    @Test
    void bothPagesLeadToEachOther() {
        var browser = browser();
        var login = browser.openUntilAway(authorize(Map.of("login_hint", "kim@example.org")));
        assertThat(login.asksToSignIn()).isTrue();
        assertThat(login.body()).contains("href=\"" + path("/u/signup", login) + "\"");
        var page = browser.openUntilAway(of("u/signup", login));
        assertThat(page.form().fields()).containsEntry("email", "kim@example.org");
        assertThat(page.body()).contains("href=\"" + path("/u/login", page) + "\"");
        var again = browser.openUntilAway(of("u/login", page));
        assertThat(signIn(browser, again, World.ADA, world().password()).parameter("code"))
                .isPresent();
    }

    private static String path(String path, Page page) {
        return path + "?state=" + page.parameter("state").orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"login", "reset-password", "SIGNUP", "''"})
    void anyOtherHintLeadsToTheSignInPage(String hint) {
        var page = browser().openUntilAway(authorize(Map.of("screen_hint", hint)));
        assertThat(page.asksToSignIn()).isTrue();
    }

    /// Whoever is signed in isn't asked to sign up, whatever the hint says.
    @Test
    void aSessionCountsMoreThanTheHint() {
        var browser = signedInByHand(browser());
        var page = browser.openUntilAway(authorize(Map.of("screen_hint", "signup")));
        assertThat(page.parameter("code")).isPresent();
    }

    /// THREATS R34.2: an address that is taken looks like one that is none.
    @Test
    void whatIsTakenIsNotTold() {
        var browser = browser();
        var page = asked(browser);
        var taken = signUp(browser, page, World.ADA, GOOD);
        var none = signUp(browser, taken, "nobody", GOOD);
        for (var answer : new Page[] {taken, none}) {
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body())
                    .contains("This account can't be created.", "role=\"alert\"")
                    .doesNotContain(GOOD);
        }
        assertThat(taken.form().fields())
                .containsEntry("email", World.ADA)
                .containsEntry("password", "");
        assertThat(isSignedIn(browser)).isFalse();
        assertThat(signUp(browser, none, somebody(), GOOD).parameter("code")).isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "short, At least 8 characters in length",
        "password1234, This password is known to everybody who guesses. Take another one.",
        "'', At least 8 characters in length"
    })
    void aPasswordThatMayNotBeSetIsExplained(String password, String text) {
        var browser = browser();
        var answer = signUp(browser, asked(browser), somebody(), password);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains(text);
        assertThat(asksToSignUp(answer)).isTrue();
    }

    private static Page named(BrowserJar browser, Page page, String name, String password) {
        var email = (name.isEmpty() ? "x" : name) + "@example.org";
        return browser.submitUntilAway(
                page, Map.of("email", email, "username", name, "password", password));
    }

    @Test
    void theConnectionSaysWhatItAsksFor() {
        withOptions(
                """
                {"requires_username":true,"passwordPolicy":"excellent",
                 "password_no_personal_info":{"enable":true}}
                """,
                () -> {
                    var browser = browser();
                    var page = asked(browser);
                    assertThat(page.body()).contains("10 characters or more");
                    var name = "n" + UUID.randomUUID().toString().substring(0, 8);
                    var weak = named(browser, page, name, "aaaaaaaa");
                    assertThat(weak.body())
                            .contains(
                                    "At least 10 characters in length",
                                    "Contain at least 3 of the following 4 types of characters:"
                                        + " lower case letters (a-z), upper case letters (A-Z),",
                                    "No more than 2 identical characters in a row");
                    var personal = named(browser, weak, name, "Xy1!" + name);
                    assertThat(personal.body()).contains("contains your name or address");
                    var nameless = named(browser, personal, "", "Xy1!correct horse");
                    assertThat(nameless.body()).contains("This account can't be created.");
                    assertThat(
                                    named(browser, nameless, name, "Xy1!correct horse")
                                            .parameter("code"))
                            .isPresent();
                });
    }

    @Test
    void whereNobodyCanSignUpTheSignInPageIsShown() {
        var browser = browser();
        var page = asked(browser);
        var email = somebody();
        withOptions(
                "{\"disable_signup\":true}",
                () -> {
                    var login = browser().openUntilAway(authorize(Map.of("screen_hint", "signup")));
                    assertThat(login.asksToSignIn()).isTrue();
                    assertThat(login.body()).doesNotContain("/u/signup");
                    var late = signUp(browser, page, email, GOOD);
                    assertThat(late.asksToSignIn()).isTrue();
                });
        assertThat(user(email).isMissingNode()).isTrue();
    }

    /// THREATS R24.1, R24.2.
    @Test
    void theFormOfAnotherBrowserOrSiteIsRefused() {
        var browser = browser();
        var page = asked(browser);
        var email = somebody();
        var other = browser();
        asked(other);
        assertThat(signUp(other, page, email, GOOD).status()).isEqualTo(403);
        var fields = Map.of("email", email, "password", GOOD);
        for (var header :
                Map.of("Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
                        .entrySet()) {
            var wire = world().wire(HERE).with(header.getKey(), header.getValue());
            assertThat(browser.through(wire).submitUntilAway(page, fields).status()).isEqualTo(403);
        }
        var forged =
                browser.submitUntilAway(
                        page, Map.of("email", email, "password", GOOD, "csrf", "x"));
        assertThat(forged.status()).isEqualTo(403);
        assertThat(user(email).isMissingNode()).isTrue();
    }

    private static void arrivesAt(ChromeDriver browser, String heading) {
        new WebDriverWait(browser, Duration.ofSeconds(15))
                .until(ExpectedConditions.textToBe(By.tagName("h1"), heading));
    }

    private static void presses(ChromeDriver browser, CharSequence... keys) {
        browser.switchTo().activeElement().sendKeys(keys);
    }

    private static void fits(ChromeDriver browser) {
        assertThat(browser.executeScript("return document.documentElement.scrollWidth"))
                .isEqualTo(320L);
    }

    @Test
    void somebodySignsUpByKeyboardOnANarrowScreenWithoutScripts() throws Exception {
        var email = somebody();
        Chromium.visitWithoutScripts(
                browser -> {
                    browser.get(authorize(Map.of()).toString());
                    arrivesAt(browser, "Sign in");
                    var link = browser.findElement(By.linkText("Sign up"));
                    link.sendKeys(Keys.ENTER);
                    arrivesAt(browser, "Sign up");
                    presses(browser, email, Keys.TAB);
                    presses(browser, "short", Keys.ENTER);
                    var alert =
                            new WebDriverWait(browser, Duration.ofSeconds(15))
                                    .until(
                                            ExpectedConditions.presenceOfElementLocated(
                                                    By.cssSelector("[role=alert]")));
                    assertThat(alert.getText()).isEqualTo("At least 8 characters in length");
                    assertThat(browser.getTitle()).startsWith("Error: ");
                    var field = browser.findElement(By.name("password"));
                    assertThat(field.getAccessibleName()).isEqualTo("Password");
                    assertThat(field.getDomAttribute("aria-describedby"))
                            .isEqualTo("rules " + alert.getDomAttribute("id"));
                    assertThat(browser.switchTo().activeElement()).isEqualTo(field);
                    presses(browser, GOOD, Keys.ENTER);
                    new WebDriverWait(browser, Duration.ofSeconds(15))
                            .until(ExpectedConditions.urlContains("code="));
                });
        assertThat(user(email).path("email").asString()).isEqualTo(email);
        Chromium.visit(
                browser -> {
                    browser.executeCdpCommand(
                            "Emulation.setDeviceMetricsOverride",
                            Map.of(
                                    "width",
                                    320,
                                    "height",
                                    640,
                                    "deviceScaleFactor",
                                    1,
                                    "mobile",
                                    true));
                    browser.get(authorize(Map.of("screen_hint", "signup")).toString());
                    arrivesAt(browser, "Sign up");
                    fits(browser);
                });
    }
}
