package segue.server.authorize;

import segue.domain.authorize.Interaction.Stage;
import segue.domain.client.Client;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;
import segue.server.authorize.AuthorizeEndpoint.Waiting;
import segue.server.browser.BrowserCookies;
import segue.server.device.UserCodes;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.Origins;
import segue.server.oauth.Registry;
import segue.server.page.DeviceView;
import segue.server.page.Onward;
import segue.server.page.Pages;
import segue.server.page.UserCodeView;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.storage.Authorizations;
import segue.storage.DeviceAuthorizations;
import segue.storage.DeviceAuthorizations.Entered;

import java.util.Optional;

/// `/activate`: the user of a device without a browser types its code here, says that the device is
/// theirs, and signs in as for any other request (RFC 8628 §3.3).
///
/// The code alone never does anything: whoever got it from a stranger, in a link or by phone, is
/// shown for which application it is and asked whether they see it on a device in front of them
/// (RFC 8628 §5.4). So a link that holds the code saves the typing, and nothing else.
public final class ActivateEndpoint {
    /// In place of an interaction, which begins when a code is found.
    private static final String FORM = "activate";

    private static final String UNKNOWN =
            "No device waits for this code. Check it, or let your device show a new one.";

    private final DeviceAuthorizations devices;
    private final Authorizations authorizations;
    private final AuthorizeEndpoint authorize;
    private final UserCodes userCodes;
    private final Registry registry;
    private final Origins origins;
    private final Domains domains;
    private final BrowserCookies cookies;
    private final Pages pages;
    private final Mint mint;
    private final int attempts;

    /// @param authorize goes on once the user has said yes
    /// @param attempts codes that one address may try in fifteen minutes
    public ActivateEndpoint(
            DeviceAuthorizations devices,
            Authorizations authorizations,
            AuthorizeEndpoint authorize,
            UserCodes userCodes,
            Registry registry,
            Origins origins,
            Domains domains,
            BrowserCookies cookies,
            Pages pages,
            Mint mint,
            int attempts) {
        this.devices = devices;
        this.authorizations = authorizations;
        this.authorize = authorize;
        this.userCodes = userCodes;
        this.registry = registry;
        this.origins = origins;
        this.domains = domains;
        this.cookies = cookies;
        this.pages = pages;
        this.mint = mint;
        this.attempts = attempts;
    }

    /// `GET /activate`: asks for the code. One in the link is filled in, and isn't looked at.
    public Response show(Request request) {
        return form(request, 200, request.query().one("user_code").orElse(""), Optional.empty());
    }

    private Response form(Request request, int status, String code, Optional<String> problem) {
        var known = cookies.interaction(request);
        var browser = known.orElseGet(() -> mint.secret(SecretType.INTERACTION_COOKIE));
        var view = new UserCodeView(BrowserCookies.csrf(browser, FORM), code, problem);
        var page = pages.userCode(status, view);
        return known.isPresent() ? page : cookies.withInteraction(page, browser);
    }

    /// `POST /activate`: takes the code, and asks whether the device is the user's.
    public Response enter(Request request) {
        var form = request.form().filter(it -> it.repeated().isEmpty());
        if (form.isEmpty()) return authorize.expired(request);
        var typed = form.get().one("user_code").map(String::strip).orElse("");
        var browser = cookies.interaction(request);
        var isOurs =
                browser.filter(
                                secret ->
                                        BrowserCookies.isOurForm(
                                                request,
                                                domains.issuer(request.host()),
                                                BrowserCookies.csrf(secret, FORM),
                                                form.get().one("csrf")))
                        .isPresent();
        if (!isOurs)
            return form(
                    request, 403, typed, Optional.of("This page has expired. Please try again."));
        return userCodes
                .parse(typed)
                .map(code -> enter(request, code, typed, browser.get()))
                .orElseGet(() -> form(request, 400, typed, Optional.of(UNKNOWN)));
    }

    private Response enter(Request request, SecretHash code, String typed, Secret browser) {
        var newBrowser = mint.secret(SecretType.INTERACTION_COOKIE);
        var state = mint.secret(SecretType.INTERACTION);
        var entered =
                devices.enter(
                        new DeviceAuthorizations.Entry(
                                code,
                                Optional.of(browser.hash()),
                                newBrowser.hash(),
                                state.hash(),
                                attempts,
                                origins.of(request)));
        return switch (entered) {
            case Entered.Unknown _ -> form(request, 400, typed, Optional.of(UNKNOWN));
            case Entered.TooMany(var backoff) ->
                    form(
                                    request,
                                    429,
                                    typed,
                                    Optional.of("Too many attempts. Wait a while, then try again."))
                            .withHeader("Retry-After", Long.toString(backoff.seconds()));
            case Entered.Found(var interaction, var isNewBrowser) -> {
                var waiting = new Waiting(state, isNewBrowser ? newBrowser : browser, interaction);
                var page = question(waiting, typed).orElseGet(() -> authorize.expired(request));
                yield isNewBrowser ? cookies.withInteraction(page, newBrowser) : page;
            }
        };
    }

    private Optional<Response> question(Waiting waiting, String typed) {
        return client(waiting)
                .map(
                        client ->
                                pages.device(
                                        new DeviceView(
                                                client.name(),
                                                registry.tenant().userCodes().tidy(typed),
                                                waiting.state().reveal(),
                                                BrowserCookies.csrf(
                                                        waiting.browser(),
                                                        waiting.state().reveal())),
                                        new Onward(
                                                client.callbacks().stream().findFirst(),
                                                client.origins())));
    }

    private Optional<Client> client(Waiting waiting) {
        return registry.client(waiting.interaction().client()).map(Registry.Registered::client);
    }

    /// `POST /activate/confirm`: the user has said whether the device is theirs.
    public Response confirm(Request request) {
        var form = request.form().filter(it -> it.repeated().isEmpty());
        var found =
                form.flatMap(it -> authorize.waiting(request, it.one("state")))
                        .filter(it -> it.interaction().stage() instanceof Stage.Activating);
        if (found.isEmpty()) return authorize.expired(request);
        var waiting = found.get();
        var expected = BrowserCookies.csrf(waiting.browser(), waiting.state().reveal());
        if (!BrowserCookies.isOurForm(
                request, domains.issuer(request.host()), expected, form.get().one("csrf")))
            return authorize.expired(request);
        return switch (form.get().one("choice").orElse("")) {
            case "continue" ->
                    authorize.goOn(
                            waiting,
                            request,
                            command ->
                                    authorizations.activate(
                                            command,
                                            waiting.state().hash(),
                                            waiting.browser().hash()));
            case "cancel" -> cancel(waiting, request);
            default -> authorize.expired(request);
        };
    }

    private Response cancel(Waiting waiting, Request request) {
        var isCancelled =
                client(waiting)
                        .filter(
                                client ->
                                        devices.cancel(
                                                waiting.state().hash(),
                                                waiting.browser().hash(),
                                                Callers.caller(client),
                                                origins.of(request)))
                        .isPresent();
        return isCancelled
                ? pages.message(
                        200,
                        "Your device is not signed in",
                        "You have cancelled it. You can close this page.",
                        Optional.empty())
                : authorize.expired(request);
    }
}
