package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.auth0.client.auth.AuthAPI;
import com.auth0.net.client.DefaultHttpClient;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.openqa.selenium.By;
import org.openqa.selenium.Cookie;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.support.ui.WebDriverWait;

import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// The hand-off with what people ship: the published Java SDK mints over TLS with the development
/// CA, a real Chromium redeems at a web app.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SdkStory {
    private Optional<World> running = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        running = Optional.of(new World(0, Map.of("log.level", "warn", "server.tls.mode", "dev")));
        // The SDK knows the JVM's trust store only.
        Wire.trustInThisProcess(world().caFile().orElseThrow());
    }

    @AfterAll
    void stop() {
        world().close();
    }

    private World world() {
        return running.orElseThrow();
    }

    private Phone phone() {
        var phone = world().phone("127.0.0.1");
        assertThat(phone.signIn(World.ADA, world().password(), "openid offline_access").isOk())
                .isTrue();
        return phone;
    }

    /// `AuthAPI.renewAuth(…).setAudience(…)`, as published.
    private String mintedWithTheSdk() throws Exception {
        var phone = phone();
        var sdk =
                AuthAPI.newBuilder(world().issuer().toString(), World.APP)
                        .withHttpClient(DefaultHttpClient.newBuilder().build())
                        .build();
        var holder =
                sdk.renewAuth(phone.refreshToken())
                        .setAudience("urn:localhost:session_transfer")
                        .execute()
                        .getBody();
        assertThat(holder.getTokenType()).isEqualTo("N_A");
        assertThat(holder.getExpiresIn()).isEqualTo(60);
        assertThat(holder.getIdToken()).isNotEmpty();
        return holder.getAccessToken();
    }

    @Test
    void thePublishedSdkMints() throws Exception {
        assertThat(mintedWithTheSdk()).startsWith("stt_");
    }

    @Test
    void chromiumRedeemsByQuery() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(world().shop().loginUri(mintedWithTheSdk()).toString());
                    assertThat(who(browser)).isEqualTo("Welcome, Ada Lovelace");
                    assertThat(browser.getCurrentUrl()).isEqualTo(world().shop().origin() + "/");
                });
    }

    @Test
    void chromiumRedeemsByCookie() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(world().issuer().resolve("health/live").toString());
                    browser.manage()
                            .addCookie(
                                    new Cookie.Builder(
                                                    "auth0_session_transfer_token",
                                                    mintedWithTheSdk())
                                            .path("/")
                                            .isSecure(true)
                                            .isHttpOnly(true)
                                            .sameSite("None")
                                            .build());
                    browser.get(world().shop().loginUri().toString());
                    assertThat(who(browser)).isEqualTo("Welcome, Ada Lovelace");
                    browser.get(world().issuer().resolve("health/live").toString());
                    assertThat(browser.manage().getCookieNamed("auth0_session_transfer_token"))
                            .isNull();
                    assertThat(browser.manage().getCookies())
                            .anyMatch(
                                    it ->
                                            it.getName().equals("__Host-segue_session")
                                                    && it.isHttpOnly());
                });
    }

    @Test
    void aPersonSignsInOnThePageInChromium() throws Exception {
        Chromium.visit(
                browser -> {
                    browser.get(world().shop().loginUri().toString());
                    browser.findElement(By.name("username")).sendKeys(World.ADA);
                    browser.findElement(By.name("password")).sendKeys(world().password());
                    browser.findElement(By.tagName("button")).click();
                    assertThat(who(browser)).isEqualTo("Welcome, Ada Lovelace");
                });
    }

    private static String who(WebDriver browser) {
        return new WebDriverWait(browser, Duration.ofSeconds(15))
                .until(it -> it.findElement(By.id("who")))
                .getText();
    }
}
