package segue.server.handoff;

import segue.domain.client.Client;
import segue.domain.client.Delivery;
import segue.domain.identifier.ClientId;
import segue.server.browser.BrowserCookies;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.oauth.Domains;
import segue.server.oauth.Registry;
import segue.server.oauth.WebOrigin;
import segue.server.page.HandOffView;
import segue.server.page.Pages;
import segue.server.secret.SecretType;
import segue.server.secret.TransferVerifier;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// `/hand-off`: an app opens it with a session transfer token in the fragment, which no server, log
/// or `Referer` ever sees. The page posts the token here, gets it back as a cookie, and goes to
/// where the web app's own sign-in begins; `/authorize` then finds the cookie. Nothing here looks a
/// token up, so nothing that comes here, a link scanner least of all, uses one up (THREATS T-4,
/// T-5).
public final class HandOffEndpoint {
    private static final String NOBODY = "There is no application here that takes a hand-off.";

    private final Registry registry;
    private final Domains domains;
    private final BrowserCookies cookies;
    private final Pages pages;

    public HandOffEndpoint(
            Registry registry, Domains domains, BrowserCookies cookies, Pages pages) {
        this.registry = registry;
        this.domains = domains;
        this.cookies = cookies;
        this.pages = pages;
    }

    /// Where a hand-off leads.
    ///
    /// @param login where the client's own sign-in begins, with our `iss`
    private record Target(Client client, String login) {}

    private Optional<Target> target(Parameters parameters, Request request) {
        return parameters
                .one("client_id")
                .map(ClientId::new)
                .flatMap(registry::client)
                .map(Registry.Registered::client)
                .filter(client -> client.transfer().accepted().contains(Delivery.COOKIE))
                .flatMap(
                        client ->
                                client.initiateLoginUri()
                                        .map(uri -> new Target(client, login(uri, request))));
    }

    /// OIDC Core §4: `iss` says who wants the client to begin; the query that is registered stays.
    private String login(String uri, Request request) {
        var issuer = URLEncoder.encode(domains.issuer(request.host()), StandardCharsets.UTF_8);
        return uri + (uri.contains("?") ? "&" : "?") + "iss=" + issuer;
    }

    /// Shows the page. It is never a redirect: a browser carries the fragment along to wherever
    /// that leads.
    public Response show(Request request) {
        return target(request.query(), request)
                .map(
                        it ->
                                pages.handOff(
                                        new HandOffView(
                                                it.client().id().value(),
                                                it.client().name(),
                                                it.login())))
                .orElseGet(() -> pages.noHandOff(NOBODY));
    }

    /// Takes what the page posts.
    public Response take(Request request) {
        if (!isOurPage(request))
            return refused(403, "A hand-off is posted by our own page only.", request);
        var form = request.form().filter(it -> it.repeated().isEmpty());
        if (form.isEmpty()) return refused(400, "The form is malformed.", request);
        var target = target(form.get(), request);
        if (target.isEmpty()) return refused(400, NOBODY, request);
        // A cookie's value is ours before a browser keeps it: nothing but these characters.
        var token =
                form.get()
                        .one("session_transfer_token")
                        .flatMap(SecretType.SESSION_TRANSFER_TOKEN::parse);
        var given = form.get().one("transfer_verifier");
        var verifier = given.flatMap(TransferVerifier::parse);
        if (token.isEmpty() || given.isPresent() != verifier.isPresent())
            return refused(400, "What was handed over is malformed.", request);
        return cookies.withTransfer(
                Response.redirect(303, target.get().login()), token.get(), verifier);
    }

    /// A page of another site could otherwise sign its visitors in as somebody else (THREATS T-1).
    /// Browsers that don't say what a request is for say where a script's POST comes from.
    private boolean isOurPage(Request request) {
        var site = request.headers().all("Sec-Fetch-Site");
        if (!site.isEmpty()) return site.equals(List.of("same-origin"));
        var origin = request.headers().all("Origin");
        return WebOrigin.of(domains.issuer(request.host()))
                .filter(ours -> origin.equals(List.of(ours.value())))
                .isPresent();
    }

    private Response refused(int status, String text, Request request) {
        return pages.message(status, "Not handed over", text, Optional.of(request.id()));
    }
}
