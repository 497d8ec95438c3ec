package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

import segue.demo.story.World;
import segue.demo.wire.Answer;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The pages on which the user of a device answers, in Chromium: by keyboard alone, on the
/// narrowest screen, with names that a screen reader reads.
class DevicePageStory extends BrowserScene {
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:device_code";

    /// The id of the client.
    private String tv = "";

    DevicePageStory() {
        super(Map.of());
    }

    @BeforeAll
    void registerDevice() {
        var answer =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"Television","app_type":"native",
                                 "token_endpoint_auth_method":"none","grant_types":["%s"]}
                                """
                                        .formatted(GRANT));
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        tv = answer.text("client_id");
    }

    private Answer ask() {
        return post("oauth/device/code", Map.of("client_id", tv, "scope", "openid"));
    }

    private Answer poll(Answer asked) {
        return post(
                "oauth/token",
                Map.of(
                        "client_id",
                        tv,
                        "grant_type",
                        GRANT,
                        "device_code",
                        asked.text("device_code")));
    }

    private Answer post(String path, Map<String, String> fields) {
        return world().wire(HERE).postForm(world().issuer().resolve(path), fields, Map.of());
    }

    private static void arrivesAt(ChromeDriver browser, String heading) {
        new WebDriverWait(browser, Duration.ofSeconds(15))
                .until(ExpectedConditions.textToBe(By.tagName("h1"), heading));
    }

    private static void presses(ChromeDriver browser, CharSequence... keys) {
        browser.switchTo().activeElement().sendKeys(keys);
    }

    private static void narrows(ChromeDriver browser) {
        browser.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", 320, "height", 640, "deviceScaleFactor", 1, "mobile", true));
    }

    /// Nothing is cut off, and nothing has to be scrolled sideways.
    private static void fits(ChromeDriver browser) {
        assertThat(browser.executeScript("return document.documentElement.scrollWidth"))
                .isEqualTo(320L);
    }

    @Test
    void aUserAnswersByKeyboardOnANarrowScreen() throws Exception {
        var asked = ask();
        Chromium.visit(
                browser -> {
                    narrows(browser);
                    browser.get(asked.text("verification_uri"));
                    arrivesAt(browser, "Sign in on a device");
                    fits(browser);
                    presses(browser, "BBBB-BBBB", Keys.ENTER);
                    var alert =
                            new WebDriverWait(browser, Duration.ofSeconds(15))
                                    .until(
                                            ExpectedConditions.presenceOfElementLocated(
                                                    By.cssSelector("[role=alert]")));
                    var field = browser.findElement(By.name("user_code"));
                    assertThat(field.getAccessibleName()).isEqualTo("Code");
                    assertThat(field.getDomAttribute("aria-describedby"))
                            .isEqualTo(alert.getDomAttribute("id"));
                    fits(browser);
                    field.clear();
                    field.sendKeys(asked.text("user_code"), Keys.ENTER);
                    arrivesAt(browser, "Is this your device?");
                    fits(browser);
                    presses(browser, Keys.TAB);
                    assertThat(browser.switchTo().activeElement().getAccessibleName())
                            .isEqualTo("Yes, sign it in");
                    presses(browser, Keys.TAB);
                    assertThat(browser.switchTo().activeElement().getAccessibleName())
                            .isEqualTo("Cancel");
                    presses(browser, Keys.chord(Keys.SHIFT, Keys.TAB));
                    presses(browser, Keys.ENTER);
                    arrivesAt(browser, "Sign in");
                    presses(browser, World.ADA, Keys.TAB);
                    presses(browser, world().password(), Keys.ENTER);
                    arrivesAt(browser, "Your device is signed in");
                    fits(browser);
                    assertThat(browser.getTitle()).isEqualTo("Your device is signed in");
                });
        assertThat(poll(asked).status()).isEqualTo(200);
    }

    @Test
    void whoFollowsTheLinkIsAskedTooAndMayCancel() throws Exception {
        var asked = ask();
        Chromium.visitWithoutScripts(
                browser -> {
                    browser.get(asked.text("verification_uri_complete"));
                    arrivesAt(browser, "Sign in on a device");
                    browser.findElement(By.tagName("button")).click();
                    arrivesAt(browser, "Is this your device?");
                    assertThat(browser.findElement(By.tagName("main")).getText())
                            .contains("Television", asked.text("user_code"));
                    browser.findElement(By.cssSelector("[value=cancel]")).click();
                    arrivesAt(browser, "Your device is not signed in");
                });
        assertThat(List.of(poll(asked).text("error"), poll(asked).text("error")))
                .containsExactly("access_denied", "invalid_grant");
    }
}
