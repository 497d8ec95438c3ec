package segue.demo.story;

import static segue.demo.story.Narrator.shortened;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Form;
import segue.demo.browser.Page;
import segue.demo.phone.Phone;
import segue.demo.story.Narrator.Outcome;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.io.PrintStream;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A whole hand-off (contract native-to-web §1, §14), step by step, over real HTTP: the app, three
/// browsers, a thief, and what is left when the app's sign-in ends.
public final class HandOff {
    private static final String HOME = "127.0.0.1";
    private static final String ELSEWHERE = "127.0.0.2";
    private static final String SCOPE = "openid profile email offline_access";
    private static final String TRANSFER = "auth0_session_transfer_token";
    private static final String TICKET = "session_transfer_token";
    private static final String LOGIN_REQUIRED = "login_required";

    private final World world;
    private final Narrator narrator;
    private final Phone phone;
    private final BrowserJar browser;
    private final BrowserJar webView;
    private final BrowserJar tab;

    /// @param colours whether the output goes to a terminal
    public HandOff(World world, PrintStream out, boolean colours) {
        this.world = world;
        this.narrator = new Narrator(out, colours);
        this.phone = world.phone(HOME);
        this.browser = world.browser(HOME);
        this.webView = world.browser(HOME);
        this.tab = world.browser(HOME);
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
        opensPage();
        steals();
        narrator.title("Then Ada loses her phone.");
        revokes();
        return narrator.summary(
                "One sign-in opened three browsers; one revocation closed them again.");
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

    private void opensPage() {
        var handedOver = new AtomicReference<>(URI.create(""));
        narrator.step(
                "For a browser tab it asks for a page to open: a ticket to this shop alone",
                "POST /oauth/token  refresh_token="
                        + shortened(phone.refreshToken())
                        + "  target_client_id="
                        + shortened(World.SHOP)
                        + "  hand_off=true",
                "a hand_off_uri with the ticket behind its #",
                () -> {
                    var answer =
                            phone.exchange(
                                    Map.of("target_client_id", World.SHOP, "hand_off", "true"));
                    var ticket = answer.text("access_token");
                    var page = answer.text("hand_off_uri");
                    var isBehind = !ticket.isEmpty() && page.endsWith("#" + TICKET + "=" + ticket);
                    if (isBehind) handedOver.set(URI.create(page));
                    return new Outcome(
                            isBehind,
                            isBehind
                                    ? "200, and the page /hand-off?client_id="
                                            + shortened(World.SHOP)
                                            + "#"
                                            + TICKET
                                            + "="
                                            + shortened(ticket)
                                    : said(answer));
                });
        narrator.step(
                "The tab opens it, and ends up in the shop by the shop's own sign-in",
                "GET /hand-off; POST /hand-off, which its script does where a browser runs"
                        + " scripts; GET /login at the shop; GET /authorize  Cookie: "
                        + TICKET,
                "Welcome, Ada Lovelace, the cookie deleted, and no URL with the ticket",
                () -> goesThrough(handedOver.get()));
    }

    /// Does with the page what its script does: [BrowserJar] runs none.
    private Outcome goesThrough(URI handOff) {
        var page = tab.open(handOff);
        var ticket = page.parameter(TICKET).orElseThrow();
        var fields = Map.of("client_id", World.SHOP, TICKET, ticket);
        var form = new Form(page.url(), world.issuer().resolve("hand-off"), true, fields);
        var posted = tab.submitUntil(form, _ -> true);
        var login = posted.location().filter(this::isLogin);
        if (login.isEmpty()) return new Outcome(false, seen(posted));
        var arrived = tab.followLink(page.url(), login.get());
        var urls = Stream.of(page, posted, arrived).flatMap(it -> it.visited().stream()).toList();
        // What stands behind the # stays in the browser.
        var isHidden =
                urls.stream().noneMatch(it -> it.getRawSchemeSpecificPart().contains(ticket));
        var isGone =
                tab.cookies(world.issuer()).stream().noneMatch(it -> it.value().equals(ticket));
        var greeting = greeted(arrived);
        return new Outcome(
                greeting.isAsExpected() && isHidden && isGone,
                greeting.text()
                        + (isGone ? "; the cookie is deleted, " : "; ")
                        + (isHidden
                                ? "and no URL had the ticket in it"
                                : "the ticket was in a URL"));
    }

    private void steals() {
        var ticket = phone.exchange().text("access_token");
        narrator.step(
                "Would a ticket of hers do on another device? The operator can ask",
                "POST /api/v2/session-transfers/explain  session_transfer_token="
                        + shortened(ticket)
                        + "  ip="
                        + ELSEWHERE,
                "the device binding, and nothing else, refuses it",
                () -> explained(explain(ticket)));
        var what = "A thief takes that very ticket to another device: not hers, not valid";
        if (!Wire.isHere(ELSEWHERE)) {
            narrator.leftOut(what, "this machine has no address " + ELSEWHERE);
            return;
        }
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

    private Answer explain(String ticket) {
        var wire = world.wire(HOME);
        var request = new HashMap<>(world.managementTokenRequest());
        request.put("scope", "read:session_transfers");
        var token = wire.post(world.issuer().resolve("oauth/token"), request, Map.of());
        return wire.post(
                world.issuer().resolve("api/v2/session-transfers/explain"),
                Map.of(TICKET, ticket, "method", "query", "client_id", World.SHOP, "ip", ELSEWHERE),
                Map.of("Authorization", "Bearer " + token.text("access_token")));
    }

    private static Outcome explained(Answer answer) {
        if (!answer.isOk()) return new Outcome(false, said(answer));
        var failed =
                answer.json()
                        .path("checks")
                        .valueStream()
                        .filter(it -> !it.path("passed").asBoolean(true))
                        .toList();
        return new Outcome(
                failed.size() == 1
                        && failed.getFirst().path("check").asString().equals("device_binding"),
                answer.status()
                        + " "
                        + answer.text("outcome")
                        + failed.stream()
                                .map(HandOff::shown)
                                .collect(Collectors.joining("; ", " by ", "")));
    }

    private static String shown(JsonNode check) {
        var inputs = check.path("inputs");
        return "%s (%s), issued to %s, presented by %s"
                .formatted(
                        check.path("check").asString(),
                        check.path("reason").asString(),
                        inputs.path("issued_to").path("ip").asString(""),
                        inputs.path("presented_by").path("ip").asString(""));
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
        ended("And that of the tab", tab);
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

    private boolean isLogin(URI place) {
        return place.toString().startsWith(world.shop().loginUri() + "?");
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
