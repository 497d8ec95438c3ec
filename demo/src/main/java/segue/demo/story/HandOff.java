package segue.demo.story;

import static segue.demo.story.Narrator.shortened;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.phone.Phone;
import segue.demo.story.Narrator.Outcome;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import java.io.PrintStream;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// A whole hand-off (contract native-to-web §1), step by step, over real HTTP: the app, two
/// browsers, a thief, and what is left when the app's sign-in ends.
public final class HandOff {
    private static final String HOME = "127.0.0.1";
    private static final String ELSEWHERE = "127.0.0.2";
    private static final String SCOPE = "openid profile email offline_access";
    private static final String TRANSFER = "auth0_session_transfer_token";
    private static final String LOGIN_REQUIRED = "login_required";

    private final World world;
    private final Narrator narrator;
    private final Phone phone;
    private final BrowserJar browser;
    private final BrowserJar webView;

    /// @param colours whether the output goes to a terminal
    public HandOff(World world, PrintStream out, boolean colours) {
        this.world = world;
        this.narrator = new Narrator(out, colours);
        this.phone = world.phone(HOME);
        this.browser = world.browser(HOME);
        this.webView = world.browser(HOME);
    }

    /// Tells it.
    ///
    /// @return whether every step had the expected outcome
    public boolean tell() {
        narrator.title(
                "Ada signs in to an app, opens a web shop from it, and is signed in there too.");
        signsIn();
        var ticket =
                exchanges("The app asks for a ticket for the browser: good for a minute, once");
        redeems(ticket);
        replays(ticket);
        opensWebView();
        steals();
        narrator.title("Then Ada loses her phone.");
        revokes();
        return narrator.summary(
                "One sign-in opened two browsers; one revocation closed them again.");
    }

    private void signsIn() {
        narrator.step(
                "Ada signs in to the app with her password",
                "GET /authorize (code, PKCE), POST /u/login, POST /oauth/token",
                "a refresh token",
                () ->
                        switch (phone.signIn(
                                world.browser(HOME), World.ADA, world.password(), SCOPE)) {
                            case Answer.Granted _ when !phone.refreshToken().isEmpty() ->
                                    new Outcome(
                                            true,
                                            "200, and the app keeps refresh token "
                                                    + shortened(phone.refreshToken()));
                            case Answer other -> new Outcome(false, said(other));
                        });
    }

    /// @return the session transfer token; empty text if there was none
    private String exchanges(String what) {
        var ticket = new StringBuilder();
        narrator.step(
                what,
                "POST /oauth/token  refresh_token="
                        + shortened(phone.refreshToken())
                        + "  audience=urn:"
                        + world.issuer().getHost()
                        + ":session_transfer",
                "a session transfer token of type N_A",
                () -> {
                    var answer = phone.exchange();
                    ticket.append(answer.isOk() ? answer.text("access_token") : "");
                    var isTicket = answer.text("token_type").equals("N_A");
                    return new Outcome(
                            answer.isOk() && isTicket,
                            isTicket
                                    ? "200, session transfer token "
                                            + shortened(ticket.toString())
                                            + " for "
                                            + answer.text("expires_in")
                                            + " s, and the app's next refresh token "
                                            + shortened(answer.text("refresh_token"))
                                    : said(answer));
                });
        return ticket.toString();
    }

    private void redeems(String ticket) {
        var shop = world.shop();
        var arrived = new AtomicReference<Optional<Page>>(Optional.empty());
        narrator.step(
                "Her browser opens the shop with the ticket, and nobody asks for a password",
                "GET /login at the shop, GET /authorize  session_transfer_token="
                        + shortened(ticket),
                "a redirect back to the shop with a code",
                () -> {
                    var page = browser.openUntil(shop.loginUri(ticket), this::isCallback);
                    arrived.set(Optional.of(page));
                    return new Outcome(
                            page.parameter("code").isPresent(),
                            page.parameter("code").isPresent()
                                    ? page.status()
                                            + " back to the shop, code="
                                            + shortened(page.parameter("code").orElse(""))
                                            + "; the browser has a session of its own"
                                    : seen(page));
                });
        narrator.step(
                "The shop redeems the code for tokens, and checks the ID token",
                "GET /callback at the shop, which sends POST /oauth/token  authorization_code",
                "a redirect to the shop's front page",
                () -> {
                    var page = browser.step(arrived.get().orElseThrow());
                    return new Outcome(
                            page.location().equals(Optional.of(shop.homeUri())),
                            page.location().isPresent()
                                    ? page.status() + " to the shop's front page"
                                    : seen(page));
                });
        narrator.step(
                "The shop greets her by the name that the server tells",
                "GET / at the shop, which sends GET /userinfo",
                "Welcome, Ada Lovelace",
                () -> greeted(browser.open(shop.homeUri())));
        narrator.step(
                "From now on her browser needs no ticket",
                "GET /login at the shop, GET /authorize  prompt=none",
                "Welcome, Ada Lovelace",
                () -> greeted(browser.open(silently())));
    }

    private void replays(String ticket) {
        narrator.step(
                "Somebody finds the used ticket in a browser's history, and gets nowhere",
                "GET /authorize  session_transfer_token=" + shortened(ticket) + ", a second time",
                "the sign-in page",
                () -> {
                    var page = world.browser(HOME).open(world.shop().loginUri(ticket));
                    var isHidden = !page.url().toString().contains(ticket);
                    return new Outcome(
                            page.asksToSignIn() && isHidden,
                            seen(page) + (isHidden ? "" : ", and the ticket in its URL"));
                });
    }

    private void opensWebView() {
        var ticket = exchanges("The app has a web view too. For that it asks for a second ticket");
        narrator.step(
                "The web view finds the ticket as a cookie, which the app put there",
                "GET /authorize  Cookie: auth0_session_transfer_token=" + shortened(ticket),
                "Welcome, Ada Lovelace, and the cookie deleted",
                () -> {
                    webView.plant(world.issuer(), TRANSFER, ticket);
                    var page = webView.open(world.shop().loginUri());
                    var isGone = webView.cookie(world.issuer(), TRANSFER).isEmpty();
                    var greeting = greeted(page);
                    return new Outcome(
                            greeting.isAsExpected() && isGone,
                            greeting.text() + (isGone ? "; the cookie is deleted" : ""));
                });
    }

    private void steals() {
        var what = "A thief takes an unused ticket to another device: not hers, not valid";
        if (!Wire.isHere(ELSEWHERE)) {
            narrator.leftOut(what, "this machine has no address " + ELSEWHERE);
            return;
        }
        var ticket = phone.exchange().text("access_token");
        narrator.step(
                what,
                "GET /authorize  session_transfer_token="
                        + shortened(ticket)
                        + " from "
                        + ELSEWHERE,
                "the sign-in page",
                () -> {
                    var page = world.browser(ELSEWHERE).open(world.shop().loginUri(ticket));
                    return new Outcome(page.asksToSignIn(), seen(page));
                });
    }

    private void revokes() {
        narrator.step(
                "The app's refresh token is revoked",
                "POST /oauth/revoke  token=" + shortened(phone.refreshToken()),
                "200",
                () -> {
                    var answer = phone.revoke();
                    return new Outcome(answer.isOk(), said(answer));
                });
        ended("The session of her browser is gone with it", browser);
        ended("So is the session of the web view", webView);
        narrator.step(
                "And the refresh token that the shop was given in that session",
                "GET /refresh at the shop, which sends POST /oauth/token  refresh_token",
                "invalid_grant",
                () -> {
                    var page = browser.open(world.shop().refreshUri());
                    var isRefused = page.body().contains("invalid_grant");
                    return new Outcome(
                            isRefused, seen(page) + (isRefused ? ", invalid_grant" : ""));
                });
        narrator.step(
                "The app itself can't refresh any more, nor get another ticket",
                "POST /oauth/token  refresh_token="
                        + shortened(phone.refreshToken())
                        + ", and again for a ticket",
                "403 invalid_grant, twice",
                () -> {
                    var refresh = phone.refresh();
                    var exchange = phone.exchange();
                    return new Outcome(
                            refresh.text("error").equals("invalid_grant")
                                    && exchange.text("error").equals("invalid_grant"),
                            said(refresh).equals(said(exchange))
                                    ? said(refresh) + " (twice)"
                                    : said(refresh) + "; " + said(exchange));
                });
    }

    private void ended(String what, BrowserJar which) {
        narrator.step(
                what,
                "GET /authorize  prompt=none",
                LOGIN_REQUIRED,
                () -> {
                    var page = which.openUntil(silently(), this::isCallback);
                    var error = page.parameter("error").orElse("");
                    return new Outcome(
                            error.equals(LOGIN_REQUIRED),
                            page.status()
                                    + " back to the shop, "
                                    + (error.isEmpty() ? "no error" : "error=" + error));
                });
    }

    private URI silently() {
        return world.shop().loginUri(Map.of("prompt", "none"));
    }

    private boolean isCallback(URI place) {
        return place.toString().startsWith(world.shop().callbackUri().toString());
    }

    private static Outcome greeted(Page page) {
        return new Outcome(page.heading().equals("Welcome, Ada Lovelace"), seen(page));
    }

    private static String seen(Page page) {
        return page.status() + " “" + page.heading() + "”";
    }

    private static String said(Answer answer) {
        return switch (answer) {
            case Answer.Granted it -> Integer.toString(it.status());
            case Answer.Refused it -> it.status() + " " + it.error() + ": " + it.description();
        };
    }
}
