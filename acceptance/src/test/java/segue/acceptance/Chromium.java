package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

import java.nio.file.Files;
import java.util.Map;
import java.util.logging.Level;

/// A real browser with a profile of its own, the size of a phone.
final class Chromium {
    private Chromium() {}

    /// What is done in it.
    interface Visit {
        void in(ChromeDriver browser) throws Exception;
    }

    /// Starts it, makes the visit and ends it. Skips the test where it isn't installed.
    static void visit(Visit visit) throws Exception {
        visit(Map.of(), visit);
    }

    /// The same, where no page may run scripts.
    static void visitWithoutScripts(Visit visit) throws Exception {
        visit(Map.of("profile.managed_default_content_settings.javascript", 2), visit);
    }

    private static void visit(Map<String, Object> preferences, Visit visit) throws Exception {
        var chromium = Required.program("chromium");
        var driver = Required.program("chromedriver");
        var profile = Files.createTempDirectory("segue-chromium");
        var console = new LoggingPreferences();
        console.enable(LogType.BROWSER, Level.ALL);
        console.enable(LogType.PERFORMANCE, Level.ALL);
        var options = new ChromeOptions();
        options.setBinary(chromium.toFile());
        options.setAcceptInsecureCerts(true);
        options.setCapability(ChromeOptions.LOGGING_PREFS, console);
        options.setExperimentalOption("prefs", preferences);
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--window-size=360,740",
                "--user-data-dir=" + profile);
        var service =
                new ChromeDriverService.Builder().usingDriverExecutable(driver.toFile()).build();
        var browser = new ChromeDriver(service, options);
        try {
            visit.in(browser);
            assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
                    .as("violations of the pages' own policies")
                    .noneMatch(it -> it.getMessage().contains("Content Security Policy"));
        } finally {
            browser.quit();
        }
    }
}
