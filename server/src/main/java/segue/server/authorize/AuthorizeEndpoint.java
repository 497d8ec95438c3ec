package segue.server.authorize;

import segue.domain.authorize.SignOn;
import segue.domain.identifier.UserId;
import segue.domain.secret.Secret;
import segue.domain.transfer.Presented;
import segue.server.authorize.AuthorizeRequest.Parsed;
import segue.server.browser.BrowserCookies;
import segue.server.http.Method;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.jwt.Jwts;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.page.Pages;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.storage.Authorizations;
import segue.storage.Authorizations.Authorized;
import segue.storage.Transfers;

import java.util.List;
import java.util.Optional;

/// `GET` and `POST /authorize`, and `/authorize/resume`, which answers a request that had to wait
/// for its user.
public final class AuthorizeEndpoint {
    private static final String TRANSFER = "session_transfer_token";

    private final Authorizations authorizations;
    private final Registry registry;
    private final Domains domains;
    private final Jwts jwts;
    private final BrowserCookies cookies;
    private final Pages pages;
    private final Mint mint;
    private final Transfers.Limit mismatches;

    /// @param mismatches how many sessions of others one user's transfers may end
    public AuthorizeEndpoint(
            Authorizations authorizations,
            Registry registry,
            Domains domains,
            Jwts jwts,
            BrowserCookies cookies,
            Pages pages,
            Mint mint,
            Transfers.Limit mismatches) {
        this.authorizations = authorizations;
        this.registry = registry;
        this.domains = domains;
        this.jwts = jwts;
        this.cookies = cookies;
        this.pages = pages;
        this.mint = mint;
        this.mismatches = mismatches;
    }

    /// The fresh secrets of one request; which of them are used is decided in the transaction.
    private record Fresh(
            Secret session,
            Secret code,
            Secret interaction,
            Secret interactionCookie,
            Authorizations.Minted minted) {}

    private Fresh fresh() {
        var session = mint.secret(SecretType.SESSION_COOKIE);
        var code = mint.secret(SecretType.AUTHORIZATION_CODE);
        var interaction = mint.secret(SecretType.INTERACTION);
        var cookie = mint.secret(SecretType.INTERACTION_COOKIE);
        return new Fresh(
                session,
                code,
                interaction,
                cookie,
                new Authorizations.Minted(
                        mint.session(),
                        session.hash(),
                        code.hash(),
                        interaction.hash(),
                        cookie.hash()));
    }

    /// `/authorize`.
    public Response authorize(Request request) {
        var sent = request.method() == Method.POST ? request.form() : Optional.of(request.query());
        if (sent.isEmpty())
            return pages.message(400, "Bad request", "The form is malformed.", Optional.empty());
        var parameters = sent.get();
        return switch (parse(parameters, request)) {
            case Parsed.Stopped(var title, var text) ->
                    pages.message(403, title, text, Optional.of(request.id()));
            case Parsed.Refused(var channel, var error) -> channel.error(error, pages);
            case Parsed.Accepted(var accepted) -> authorize(accepted, parameters, request);
        };
    }

    private Parsed parse(Parameters parameters, Request request) {
        return AuthorizeRequest.parse(
                parameters,
                domains.issuer(request.host()),
                registry,
                new AuthorizeRequest.Audiences() {
                    @Override
                    public Optional<Registry.Api> find(String audience) {
                        // A session transfer token is never an access token (contract native-to-web
                        // §3.1).
                        return Domains.looksLikeTransfer(audience)
                                ? Optional.empty()
                                : registry.api(domains.canonicalAudience(audience));
                    }

                    @Override
                    public boolean isUserinfo(String audience) {
                        return domains.isUserinfo(audience);
                    }
                },
                this::hintedUser);
    }

    private Optional<UserId> hintedUser(String idToken) {
        return jwts.idTokenHint(idToken, domains.issuers(), registry::sharedSecret)
                .map(Jwts.IdTokenHint::user);
    }

    private Response authorize(AuthorizeRequest accepted, Parameters parameters, Request request) {
        var inQuery = parameters.one(TRANSFER).map(Secret::new).map(List::of).orElse(List.of());
        var presented =
                Presented.in(
                        accepted.client().transfer().accepted(),
                        request.isTopLevelNavigation(),
                        cookies.transfers(request),
                        inQuery);
        // Contract native-to-web §4.1: no page is ever rendered at a URL that holds a token.
        var parks =
                !inQuery.isEmpty()
                        && accepted.channel().mode() != ResponseMode.QUERY
                        && wasLookedAt(presented);
        var fresh = fresh();
        var outcome =
                authorizations.authorize(
                        command(
                                accepted,
                                presented,
                                parameters.without(TRANSFER),
                                parks,
                                fresh,
                                request));
        var response = render(outcome, accepted, fresh, parameters, request);
        return wasLookedAt(presented)
                ? BrowserCookies.withoutTransfer(response, request)
                : response;
    }

    private static boolean wasLookedAt(Presented presented) {
        return switch (presented) {
            case Presented.Once _, Presented.Conflicting _ -> true;
            case Presented.Nowhere _, Presented.NotAllowed _ -> false;
        };
    }

    private Authorizations.Authorize command(
            AuthorizeRequest accepted,
            Presented presented,
            Parameters parameters,
            boolean parks,
            Fresh fresh,
            Request request) {
        var tenant = registry.tenant();
        return new Authorizations.Authorize(
                presented,
                Callers.caller(accepted.client()),
                accepted.ask(),
                accepted.connection(),
                cookies.session(request).map(Secret::hash),
                cookies.interaction(request).map(Secret::hash),
                accepted.request(),
                accepted.offline(),
                tenant.sessions(),
                tenant.transferredSessions(),
                mismatches,
                parameters.encoded(),
                parks,
                fresh.minted(),
                Callers.origin(request));
    }

    private Response render(
            Authorized outcome,
            AuthorizeRequest accepted,
            Fresh fresh,
            Parameters parameters,
            Request request) {
        return switch (outcome) {
            case Authorized.Granted(var cookie) ->
                    with(cookie, accepted.channel().success(fresh.code(), pages), fresh);
            case Authorized.Paused(var cookie, var isComplete, var isNewBrowser) -> {
                var path = isComplete ? "authorize/resume" : "u/login";
                var location =
                        domains.issuer(request.host())
                                + path
                                + "?state="
                                + fresh.interaction().reveal();
                // The 303 turns a POST into a GET, and leaves a URL with a token in it (RFC 9700
                // §4.12).
                var status = isComplete || request.method() == Method.POST ? 303 : 302;
                var paused = with(cookie, Response.redirect(status, location), fresh);
                yield isNewBrowser
                        ? cookies.withInteraction(paused, fresh.interactionCookie())
                        : paused;
            }
            case Authorized.Denied(var cookie, var verdict, var user) ->
                    with(
                            cookie,
                            accepted.channel().error(error(verdict, user, parameters), pages),
                            fresh);
            case Authorized.TooManyMismatches _ ->
                    pages.message(
                                    429,
                                    "Too many requests",
                                    "Too many sign-ins were handed to this browser. Try again"
                                            + " later.",
                                    Optional.of(request.id()))
                            .withHeader("Retry-After", "3600");
        };
    }

    private Response with(Authorizations.Cookie cookie, Response response, Fresh fresh) {
        return switch (cookie) {
            case Authorizations.Cookie.Unchanged _ -> response;
            case Authorizations.Cookie.Renewed(var maxAge) ->
                    cookies.withSession(response, fresh.session(), maxAge);
            case Authorizations.Cookie.Cleared _ -> cookies.withoutSession(response);
        };
    }

    private static OAuthError error(
            SignOn.Verdict verdict, Optional<UserId> user, Parameters parameters) {
        return switch (verdict) {
            case LOGIN_REQUIRED -> OAuthError.of(Code.LOGIN_REQUIRED, "Login required");
            case NOT_A_MEMBER ->
                    OAuthError.of(
                            Code.ACCESS_DENIED,
                            "user "
                                    + user.map(UserId::value).orElse("")
                                    + " is not part of the "
                                    + parameters.one("organization").orElse("")
                                    + " organization");
            case PROCEED, LOGIN -> throw new IllegalStateException("not an error: " + verdict);
        };
    }

    /// `/authorize/resume`: answers a request whose user has done what was asked, once, in the
    /// browser that asked.
    public Response resume(Request request) {
        var state = request.query().one("state").flatMap(SecretType.INTERACTION::parse);
        var browser = cookies.interaction(request);
        var interaction =
                state.flatMap(
                        it ->
                                browser.flatMap(
                                        cookie ->
                                                authorizations.interaction(
                                                        it.hash(), cookie.hash())));
        if (interaction.isEmpty()) return expired(request);
        var parameters = Parameters.parse(interaction.get().request()).orElseThrow();
        return switch (parse(parameters, request)) {
            case Parsed.Stopped(var title, var text) ->
                    pages.message(403, title, text, Optional.of(request.id()));
            case Parsed.Refused(var channel, var error) -> channel.error(error, pages);
            case Parsed.Accepted(var accepted) -> {
                var fresh = fresh();
                var command =
                        command(
                                accepted,
                                new Presented.Nowhere(),
                                parameters,
                                false,
                                fresh,
                                request);
                yield authorizations
                        .resume(command, state.orElseThrow().hash(), browser.orElseThrow().hash())
                        .map(outcome -> render(outcome, accepted, fresh, parameters, request))
                        .orElseGet(() -> expired(request));
            }
        };
    }

    private Response expired(Request request) {
        return pages.message(
                403,
                "This sign-in has expired",
                "Go back to the application and start again.",
                Optional.of(request.id()));
    }
}
