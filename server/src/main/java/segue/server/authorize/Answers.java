package segue.server.authorize;

import segue.domain.authorize.Denial;
import segue.domain.identifier.OrganizationId;
import segue.domain.transfer.Reason;
import segue.server.browser.BrowserCookies;
import segue.server.http.Method;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.page.Pages;
import segue.server.token.Tokens;
import segue.server.trail.Trail;
import segue.storage.Authorizations;
import segue.storage.Authorizations.Authorized;
import segue.storage.Authorizations.Next;
import segue.storage.Transfers;

import java.util.Map;
import java.util.Optional;

/// What was decided about an authorization request, as an HTTP answer.
final class Answers {
    private final Domains domains;
    private final BrowserCookies cookies;
    private final Pages pages;
    private final Transfers.Limit mismatches;
    private final Registry registry;
    private final Tokens tokens;

    Answers(
            Domains domains,
            BrowserCookies cookies,
            Pages pages,
            Transfers.Limit mismatches,
            Registry registry,
            Tokens tokens) {
        this.domains = domains;
        this.cookies = cookies;
        this.pages = pages;
        this.mismatches = mismatches;
        this.registry = registry;
        this.tokens = tokens;
    }

    Response render(Authorized outcome, AuthorizeRequest accepted, Fresh fresh, Request request) {
        return afterPost(
                request,
                switch (outcome) {
                    case Authorized.Granted(var cookie) -> {
                        Trail.issued(fresh.code().hash());
                        yield with(cookie, granted(accepted, "code", fresh.code().reveal()), fresh);
                    }
                    case Authorized.Identified identified ->
                            with(
                                    identified.cookie(),
                                    identified(identified, accepted, request),
                                    fresh);
                    case Authorized.Paused(var cookie, var next, var isNewBrowser) -> {
                        var paused = with(cookie, paused(next, accepted, fresh, request), fresh);
                        yield isNewBrowser
                                ? cookies.withInteraction(paused, fresh.interactionCookie())
                                : paused;
                    }
                    case Authorized.SentElsewhere(var url, var isNewBrowser) -> {
                        var away = Response.redirect(302, withState(url, fresh));
                        yield isNewBrowser
                                ? cookies.withInteraction(away, fresh.interactionCookie())
                                : away;
                    }
                    case Authorized.Asking _ ->
                            throw new IllegalStateException("Actions haven't been heard");
                    case Authorized.Denied(var cookie, var denial) ->
                            with(cookie, denied(denial, accepted, request), fresh);
                });
    }

    private Response granted(AuthorizeRequest accepted, String name, String value) {
        return accepted.channel().success(Map.of(name, value), pages);
    }

    /// What was granted is committed when it is signed. Who is gone or blocked by now, user or
    /// client, gets nothing.
    private Response identified(
            Authorized.Identified identified, AuthorizeRequest accepted, Request request) {
        return registry.client(accepted.client().id())
                .flatMap(
                        client ->
                                tokens.idToken(
                                        Tokens.Granted.of(
                                                domains.issuer(request.host()),
                                                identified.grant(),
                                                identified.session()),
                                        client.client(),
                                        client.secret()))
                .map(token -> granted(accepted, "id_token", token))
                .orElseGet(
                        () ->
                                refused(
                                        accepted,
                                        OAuthError.of(Code.LOGIN_REQUIRED, "Login required")));
    }

    private static String withState(String url, Fresh fresh) {
        return url + (url.contains("?") ? "&" : "?") + "state=" + fresh.interaction().reveal();
    }

    private Response paused(Next next, AuthorizeRequest accepted, Fresh fresh, Request request) {
        var path =
                switch (next) {
                    case SIGN_IN -> accepted.wantsAccount() ? "u/signup" : "u/login";
                    case CONFIRM -> "u/confirm";
                    case CONSENT -> "u/consent";
                    case RESUME -> "authorize/resume";
                };
        var location =
                domains.issuer(request.host()) + path + "?state=" + fresh.interaction().reveal();
        return Response.redirect(next == Next.SIGN_IN ? 302 : 303, location);
    }

    private Response denied(Denial denial, AuthorizeRequest accepted, Request request) {
        return switch (denial) {
            case Denial.LoginRequired(var refusal) ->
                    refused(
                            accepted,
                            OAuthError.of(
                                    Code.LOGIN_REQUIRED,
                                    refusal.filter(_ -> explains(accepted))
                                            .map(Reason::code)
                                            .orElse("Login required")));
            case Denial.InteractionRequired _ ->
                    refused(
                            accepted,
                            OAuthError.of(Code.INTERACTION_REQUIRED, "Interaction required"));
            case Denial.ConsentRequired _ ->
                    refused(accepted, OAuthError.of(Code.CONSENT_REQUIRED, "Consent required"));
            case Denial.ConsentRefused _ ->
                    refused(
                            accepted,
                            OAuthError.of(
                                    Code.ACCESS_DENIED, "User did not authorize the request"));
            case Denial.NotAMember(var user) ->
                    refused(
                            accepted,
                            OAuthError.of(
                                    Code.ACCESS_DENIED,
                                    "user %s is not part of the %s organization"
                                            .formatted(
                                                    user,
                                                    accepted.request()
                                                            .organization()
                                                            .map(OrganizationId::value)
                                                            .orElseThrow())));
            case Denial.ByAction(var error, var description) ->
                    refused(accepted, OAuthError.byAction(error, description));
            case Denial.DeviceGone _ ->
                    refused(
                            accepted,
                            OAuthError.of(Code.EXPIRED_TOKEN, "The device code has expired."));
            case Denial.TooManyMismatches _ ->
                    pages.message(
                                    429,
                                    "Too many requests",
                                    "Too many sign-ins were handed to this browser. Try again"
                                            + " later.",
                                    Optional.of(request.id()))
                            .withHeader(
                                    "Retry-After", Long.toString(mismatches.window().toSeconds()));
        };
    }

    /// `explain_refusals` (contract native-to-web §14).
    private static boolean explains(AuthorizeRequest accepted) {
        return accepted.client().transfer().explainsRefusals();
    }

    private Response refused(AuthorizeRequest accepted, OAuthError error) {
        return accepted.channel().error(error, pages);
    }

    /// RFC 9700 §4.12: after a POST only a 303 keeps a browser from posting what it sent us, maybe
    /// a password, to the client.
    static Response afterPost(Request request, Response response) {
        return request.method() == Method.POST && response.status() == 302
                ? new Response(303, response.headers(), response.body())
                : response;
    }

    private Response with(Authorizations.Cookie cookie, Response response, Fresh fresh) {
        return switch (cookie) {
            case Authorizations.Cookie.Unchanged _ -> response;
            case Authorizations.Cookie.Renewed(var maxAge) ->
                    cookies.withSession(response, fresh.session(), maxAge);
            case Authorizations.Cookie.Cleared _ -> cookies.withoutSession(response);
        };
    }
}
