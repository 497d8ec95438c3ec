package segue.server.logout;

import segue.domain.client.Client;
import segue.domain.client.LogoutUris;
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
import segue.server.oauth.Origins;
import segue.server.oauth.Registry;
import segue.server.page.Onward;
import segue.server.page.Pages;
import segue.storage.Revocations;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Ends the session of this browser, and sends it to where the client may have it sent.
public final class LogoutEndpoint {
    private final Revocations revocations;
    private final Registry registry;
    private final Origins origins;
    private final Domains domains;
    private final Jwts jwts;
    private final BrowserCookies cookies;
    private final Pages pages;

    public LogoutEndpoint(
            Revocations revocations,
            Registry registry,
            Origins origins,
            Domains domains,
            Jwts jwts,
            BrowserCookies cookies,
            Pages pages) {
        this.revocations = revocations;
        this.registry = registry;
        this.origins = origins;
        this.domains = domains;
        this.jwts = jwts;
        this.cookies = cookies;
        this.pages = pages;
    }

    /// `GET /v2/logout`: acts at once, because the contract gives it no hint to ask for; but only
    /// for a navigation, so that a picture on somebody's page can't sign anyone out (THREATS
    /// R24.3). `federated` has nothing to reach yet: there is no provider behind us.
    public Response logout(Request request) {
        if (!request.isTopLevelNavigation())
            return refused(request, "This address can only be opened as a page.");
        var query = request.query();
        if (!query.repeated().isEmpty()) return refused(request, MALFORMED);
        var client = query.one("client_id").map(ClientId::new).flatMap(this::client);
        var allowed =
                query.one("client_id").isPresent()
                        ? new LogoutUris(client.map(Client::logoutUris).orElse(List.of()))
                        : new LogoutUris(registry.tenant().logoutUris());
        var wanted = query.one("returnTo");
        if (wanted.filter(uri -> !allowed.allows(uri)).isPresent())
            return refused(
                    request, "The \"returnTo\" URL is not in the list of allowed logout URLs.");
        return end(request, client, wanted.or(allowed::first));
    }

    private static final String MALFORMED = "The request is malformed.";

    /// What `/oidc/logout` is asked, once its hint is verified.
    ///
    /// @param sid the session that the hint names
    /// @param to where to send the browser, with `state`
    private record Asked(Optional<Client> client, Optional<String> sid, Optional<String> to) {}

    /// What became of reading it.
    private sealed interface Read {
        record Understood(Asked asked) implements Read {}

        record Refused(String text) implements Read {}
    }

    /// `GET` and `POST /oidc/logout` (OpenID Connect RP-Initiated Logout 1.0): at once if the hint
    /// is this session's, else after a question, so that nobody is signed out by a link (THREATS
    /// R24.3).
    public Response oidcLogout(Request request) {
        var sent = request.method() == Method.POST ? request.form() : Optional.of(request.query());
        if (sent.isEmpty()) return refused(request, MALFORMED);
        return switch (read(sent.get())) {
            case Read.Refused(var text) -> refused(request, text);
            case Read.Understood(var asked) ->
                    isClear(request, asked)
                            ? end(request, asked.client(), asked.to())
                            : ask(request, sent.get(), asked);
        };
    }

    /// Whether nobody needs to be asked: nobody is signed in, the hint names this session, or the
    /// tenant doesn't want it. Then too a page that embeds us must not sign anyone out.
    private boolean isClear(Request request, Asked asked) {
        var current =
                cookies.session(request)
                        .flatMap(secret -> revocations.liveSession(secret.hash()))
                        .map(session -> session.id().value());
        return current.isEmpty()
                || asked.sid().equals(current)
                || (!registry.tenant().asksBeforeLogout() && request.isTopLevelNavigation());
    }

    private Response ask(Request request, Parameters sent, Asked asked) {
        // The page carries what was asked, without the hint: a token has no business in a page.
        var parameters = sent.without("id_token_hint", "logout_hint").encoded();
        var hinted =
                asked.client()
                        .filter(_ -> sent.one("client_id").isEmpty())
                        .map(client -> parameters + "&client_id=" + client.id().value())
                        .orElse(parameters);
        var session = cookies.session(request).orElseThrow();
        var origins = asked.client().map(Client::origins).orElse(Set.of());
        return pages.confirmLogout(
                BrowserCookies.csrf(session, hinted), hinted, new Onward(asked.to(), origins));
    }

    /// `POST /oidc/logout/confirm`: the user said yes.
    public Response confirmed(Request request) {
        var form = request.form().filter(it -> it.repeated().isEmpty());
        var session = cookies.session(request);
        var text = form.flatMap(it -> it.one("request")).orElse("");
        if (session.isEmpty() || form.isEmpty()) return refused(request, MALFORMED);
        var expected = BrowserCookies.csrf(session.get(), text);
        var isOurs =
                BrowserCookies.isOurForm(
                        request, domains.issuer(request.host()), expected, form.get().one("csrf"));
        var parameters = Parameters.parse(text);
        if (!isOurs || parameters.isEmpty()) return refused(request, MALFORMED);
        return switch (read(parameters.get())) {
            case Read.Refused(var why) -> refused(request, why);
            case Read.Understood(var asked) -> end(request, asked.client(), asked.to());
        };
    }

    private Read read(Parameters parameters) {
        if (!parameters.repeated().isEmpty()) return new Read.Refused(MALFORMED);
        var hint =
                parameters
                        .one("id_token_hint")
                        .flatMap(
                                text ->
                                        jwts.idTokenHint(
                                                text, domains.issuers(), registry::sharedSecret));
        var named = parameters.one("client_id").map(ClientId::new);
        var hinted = hint.map(Jwts.IdTokenHint::client);
        // RP-Initiated Logout §2: both name the same client.
        if (named.isPresent() && hinted.isPresent() && !named.equals(hinted))
            return new Read.Refused("The \"id_token_hint\" was issued to another application.");
        var client = named.or(() -> hinted).flatMap(this::client);
        var to = parameters.one("post_logout_redirect_uri");
        var allowed = new LogoutUris(client.map(Client::logoutUris).orElse(List.of()));
        if (to.filter(uri -> !allowed.allows(uri)).isPresent())
            return new Read.Refused(
                    "The \"post_logout_redirect_uri\" is not in the list of allowed logout URLs.");
        // THREATS R24.3: only an ID token shows that whoever asks was told of the session. A
        // logout_hint that contradicts it makes it worthless.
        var sid =
                hint.flatMap(Jwts.IdTokenHint::session)
                        .filter(it -> parameters.one("logout_hint").map(it::equals).orElse(true));
        return new Read.Understood(
                new Asked(client, sid, to.map(uri -> withState(uri, parameters.one("state")))));
    }

    private static String withState(String uri, Optional<String> state) {
        return state.map(
                        value ->
                                uri
                                        + (uri.contains("?") ? "&" : "?")
                                        + "state="
                                        + URLEncoder.encode(value, StandardCharsets.UTF_8)
                                                .replace("+", "%20"))
                .orElse(uri);
    }

    /// Ends the session, if there is one, and sends the browser on or says that it is done.
    private Response end(Request request, Optional<Client> client, Optional<String> to) {
        cookies.session(request)
                .map(Secret::hash)
                .ifPresent(
                        hash ->
                                revocations.logOut(
                                        hash, client.map(Callers::caller), origins.of(request)));
        // RFC 9700 §4.12: after a POST only a 303 doesn't post again.
        var status = request.method() == Method.POST ? 303 : 302;
        var after =
                to.map(uri -> Response.redirect(status, uri))
                        .orElseGet(
                                () ->
                                        pages.message(
                                                200,
                                                "OK",
                                                "You are signed out.",
                                                Optional.empty()));
        return cookies.withoutSession(after, request);
    }

    private Optional<Client> client(ClientId id) {
        return registry.client(id).map(Registry.Registered::client);
    }

    private Response refused(Request request, String text) {
        return pages.message(400, "Sign out", text, Optional.of(request.id()));
    }
}
