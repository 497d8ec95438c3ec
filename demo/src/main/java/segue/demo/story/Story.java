package segue.demo.story;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Answer;
import segue.demo.phone.Phone;

import java.io.PrintStream;
import java.net.URI;
import java.util.Map;

/// A whole hand-off, step by step, over real HTTP.
public final class Story {
    private final World world;
    private final PrintStream out;
    private final boolean colours;
    private int steps;
    private int failures;

    /// @param colours whether the output goes to a terminal
    public Story(World world, PrintStream out, boolean colours) {
        this.world = world;
        this.out = out;
        this.colours = colours;
    }

    /// Tells it.
    ///
    /// @return whether every step had the expected outcome
    public boolean tell() {
        out.println();
        out.println(
                bold(
                        "Ada is signed in to an app. She opens the shop, and is signed in there"
                                + " too."));
        out.println();
        var phone = world.phone("127.0.0.1");
        var signIn =
                phone.signIn(World.ADA, world.password(), "openid profile email offline_access");
        step(
                "Ada signs in to the app",
                "POST /oauth/token   password-realm, scope offline_access",
                signIn.isOk() && !phone.refreshToken().isEmpty(),
                "the app keeps a refresh token " + shortened(phone.refreshToken()));
        var exchange = phone.exchange();
        var token = exchange.text("access_token");
        step(
                "The app turns its refresh token into a ticket for the browser",
                "POST /oauth/token   refresh_token, audience urn:localhost:session_transfer",
                exchange.isOk() && exchange.text("token_type").equals("N_A"),
                "a session transfer token "
                        + shortened(token)
                        + ", for one minute, for one use, for this device");
        var browser = world.browser("127.0.0.1");
        var page = browser.open(world.shop().loginUri(token));
        step(
                "The browser opens the shop with it, and no one asks for a password",
                "GET /login → GET /authorize → code → tokens → userinfo",
                page.body().contains("Welcome, Ada Lovelace"),
                "the shop says: " + heading(page));
        var leaks = page.visited().stream().skip(2).anyMatch(url -> url.toString().contains(token));
        step(
                "The ticket is in no URL after that",
                "",
                !leaks,
                "checked " + page.visited().size() + " URLs");
        var again = world.browser("127.0.0.1").open(world.shop().loginUri(token));
        step(
                "Somebody who finds the used ticket gets nowhere",
                "GET /authorize with the same token, in another browser",
                again.asksToSignIn(),
                "the sign-in page");
        byCookie(phone.exchange());
        var stolen = phone.exchange().text("access_token");
        var thief = world.browser("127.0.0.2").open(world.shop().loginUri(stolen));
        step(
                "A fresh ticket, stolen and used from another network address, opens nothing",
                "GET /authorize from 127.0.0.2",
                thief.asksToSignIn(),
                "the sign-in page; the ticket is burnt");
        revocation(phone, browser);
        out.println();
        out.println(
                failures == 0
                        ? bold("All " + steps + " steps went as they should.")
                        : bold(failures + " of " + steps + " steps did not go as they should."));
        return failures == 0;
    }

    private void byCookie(Answer exchange) {
        var browser = world.browser("127.0.0.1");
        browser.plant(
                world.issuer(), "auth0_session_transfer_token", exchange.text("access_token"));
        var page = browser.open(world.shop().loginUri());
        step(
                "The same with a cookie instead of a URL: a WebView",
                "the app sets auth0_session_transfer_token; GET /login",
                page.body().contains("Welcome, Ada Lovelace")
                        && browser.cookie(world.issuer(), "auth0_session_transfer_token").isEmpty(),
                "the shop says: " + heading(page) + "; the cookie is gone");
    }

    private void revocation(Phone phone, BrowserJar browser) {
        var silent = URI.create(world.shop().loginUri() + "?prompt=none");
        var before = browser.open(silent);
        step(
                "The browser has a session of its own now",
                "GET /authorize?prompt=none",
                before.body().contains("Welcome, Ada Lovelace"),
                "signed in again without a word");
        var shopToken =
                world.shop()
                        .refreshTokenOf(
                                browser.cookie(world.shop().loginUri(), "shop_session").orElse(""));
        var revoked = phone.revoke();
        step(
                "Ada loses her phone: the app's refresh token is revoked",
                "POST /oauth/revoke",
                revoked.status() == 200,
                "200, and everything below it has ended");
        var after = browser.open(silent);
        step(
                "The web session is gone",
                "GET /authorize?prompt=none",
                after.body().contains("login_required"),
                "login_required");
        var refresh =
                world.wire("127.0.0.1")
                        .post(
                                world.issuer().resolve("oauth/token"),
                                Map.of(
                                        "grant_type",
                                        "refresh_token",
                                        "client_id",
                                        World.SHOP,
                                        "client_secret",
                                        world.shopSecret(),
                                        "refresh_token",
                                        shopToken),
                                Map.of());
        step(
                "So is the shop's own refresh token",
                "POST /oauth/token   refresh_token",
                !shopToken.isEmpty() && refresh.status() == 403,
                refresh.text("error") + ": " + refresh.text("error_description"));
        step(
                "And the app's",
                "POST /oauth/token   refresh_token",
                phone.refresh().status() == 403,
                "invalid_grant");
    }

    private void step(String what, String how, boolean isAsExpected, String outcome) {
        steps++;
        if (!isAsExpected) failures++;
        out.printf("%2d  %s%n", steps, bold(what));
        if (!how.isEmpty()) out.println("      " + how);
        out.println(
                "    " + (isAsExpected ? green("✓ ") + outcome : red("✗ expected: " + outcome)));
    }

    private static String heading(BrowserJar.Page page) {
        var start = page.body().indexOf("<h1");
        var end = page.body().indexOf("</h1>");
        return start < 0 || end < 0
                ? "(no heading)"
                : "“" + page.body().substring(page.body().indexOf('>', start) + 1, end) + "”";
    }

    private static String shortened(String secret) {
        return secret.length() > 10 ? secret.substring(0, 8) + "…" : "(none)";
    }

    private String bold(String text) {
        return colours ? "\u001b[1m" + text + "\u001b[0m" : text;
    }

    private String green(String text) {
        return colours ? "\u001b[32m" + text + "\u001b[0m" : text;
    }

    private String red(String text) {
        return colours ? "\u001b[31m" + text + "\u001b[0m" : text;
    }
}
