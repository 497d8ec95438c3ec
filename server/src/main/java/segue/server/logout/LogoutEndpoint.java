package segue.server.logout;

import segue.domain.client.Client;
import segue.domain.identifier.ClientId;
import segue.domain.secret.Secret;
import segue.server.browser.BrowserCookies;
import segue.server.http.Method;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.jwt.Jwts;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.Registry;
import segue.server.page.Pages;
import segue.storage.Revocations;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// Ends the session of this browser, and sends it to where the client may have it sent.
public final class LogoutEndpoint {
    private final Revocations revocations;
    private final Registry registry;
    private final Domains domains;
    private final Jwts jwts;
    private final BrowserCookies cookies;
    private final Pages pages;

    public LogoutEndpoint(
            Revocations revocations,
            Registry registry,
            Domains domains,
            Jwts jwts,
            BrowserCookies cookies,
            Pages pages) {
        this.revocations = revocations;
        this.registry = registry;
        this.domains = domains;
        this.jwts = jwts;
        this.cookies = cookies;
        this.pages = pages;
    }

    /// `GET /v2/logout`: acts at once, because the contract gives it no hint to ask for; but only
    /// for a navigation, so that a picture on somebody's page can't sign anyone out (THREATS
    /// R24.3).
    public Response logout(Request request) {
        if (!request.isTopLevelNavigation())
            return refused(request, "This address can only be opened as a page.");
        var client = request.query().one("client_id").map(ClientId::new).flatMap(this::client);
        var allowed =
                request.query().one("client_id").isPresent()
                        ? client.map(Client::logoutUris).orElse(List.of())
                        : registry.tenant().logoutUris();
        var wanted = request.query().one("returnTo");
        if (wanted.filter(uri -> !allowed.contains(uri)).isPresent())
            return refused(
                    request, "The \"returnTo\" URL is not in the list of allowed logout URLs.");
        var to = wanted.or(() -> allowed.stream().findFirst());
        return end(
                request,
                client,
                to.map(uri -> Response.redirect(302, uri))
                        .orElseGet(() -> Response.text(200, "OK")));
    }

    /// What `/oidc/logout` is asked, once its hint is verified.
    private record Asked(
            Optional<Client> client,
            Optional<String> sid,
            Optional<String> to,
            Optional<String> state,
            boolean isAllowed) {}

    /// `GET` and `POST /oidc/logout` (OpenID Connect RP-Initiated Logout 1.0): at once if the hint
    /// is this session's, else after a question, so that nobody is signed out by a link (THREATS
    /// R24.3).
    public Response oidcLogout(Request request) {
        var sent = request.method() == Method.POST ? request.form() : Optional.of(request.query());
        if (sent.isEmpty() || !sent.get().repeated().isEmpty())
            return refused(request, "The request is malformed.");
        var asked = asked(sent.get());
        if (!asked.isAllowed())
            return refused(
                    request,
                    "The \"post_logout_redirect_uri\" is not in the list of allowed logout URLs.");
        var session = cookies.session(request);
        var current = session.flatMap(secret -> revocations.liveSession(secret.hash()));
        var isHinted =
                current.filter(it -> asked.sid().equals(Optional.of(it.id().value()))).isPresent();
        if (current.isEmpty() || isHinted || !registry.tenant().asksBeforeLogout())
            return end(request, asked.client(), after(asked));
        var parameters = sent.get().without("id_token_hint").encoded();
        var hinted =
                asked.client()
                        .map(client -> parameters + "&client_id=" + client.id().value())
                        .filter(_ -> sent.get().one("client_id").isEmpty())
                        .orElse(parameters);
        return pages.confirmLogout(
                BrowserCookies.csrf(session.orElseThrow(), hinted), hinted, asked.to());
    }

    /// `POST /oidc/logout/confirm`: the user said yes.
    public Response confirmed(Request request) {
        var form = request.form().filter(it -> it.repeated().isEmpty());
        var session = cookies.session(request);
        var text = form.flatMap(it -> it.one("request")).orElse("");
        if (session.isEmpty() || form.isEmpty())
            return refused(request, "The request is malformed.");
        var expected = BrowserCookies.csrf(session.get(), text);
        var isOurs =
                BrowserCookies.isOurForm(
                        request, domains.issuer(request.host()), expected, form.get().one("csrf"));
        var parameters = Parameters.parse(text);
        if (!isOurs || parameters.isEmpty()) return refused(request, "The request is malformed.");
        var asked = asked(parameters.get());
        return asked.isAllowed()
                ? end(request, asked.client(), after(asked))
                : refused(request, "Not allowed.");
    }

    private Asked asked(Parameters parameters) {
        var hint =
                parameters
                        .one("id_token_hint")
                        .flatMap(
                                text ->
                                        jwts.idTokenHint(
                                                text, domains.issuers(), registry::sharedSecret));
        var client =
                parameters
                        .one("client_id")
                        .map(ClientId::new)
                        .or(() -> hint.map(Jwts.IdTokenHint::client))
                        .flatMap(this::client);
        var sid = hint.flatMap(Jwts.IdTokenHint::session);
        var to = parameters.one("post_logout_redirect_uri");
        var isAllowed =
                to.isEmpty() || client.filter(it -> it.logoutUris().contains(to.get())).isPresent();
        return new Asked(client, sid, to, parameters.one("state"), isAllowed);
    }

    private static Response after(Asked asked) {
        if (asked.to().isEmpty()) return Response.text(200, "OK");
        var state =
                asked.state()
                        .map(
                                value ->
                                        (asked.to().get().contains("?") ? "&" : "?")
                                                + "state="
                                                + URLEncoder.encode(value, StandardCharsets.UTF_8)
                                                        .replace("+", "%20"))
                        .orElse("");
        return Response.redirect(303, asked.to().get() + state);
    }

    private Response end(Request request, Optional<Client> client, Response after) {
        var session = cookies.session(request);
        session.map(Secret::hash)
                .ifPresent(
                        hash ->
                                revocations.logOut(
                                        hash,
                                        client.map(Callers::caller),
                                        Callers.origin(request)));
        return cookies.withoutSession(after);
    }

    private Optional<Client> client(ClientId id) {
        return registry.client(id).map(Registry.Registered::client);
    }

    private Response refused(Request request, String text) {
        return pages.message(400, "Sign out", text, Optional.of(request.id()));
    }
}
