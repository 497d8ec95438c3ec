package segue.server.login;

import segue.domain.authorize.Interaction;
import segue.domain.authorize.Interaction.Stage;
import segue.domain.client.Client;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.secret.Secret;
import segue.server.browser.BrowserCookies;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.Origins;
import segue.server.oauth.Registry;
import segue.server.page.Onward;
import segue.server.page.Pages;
import segue.server.postlogin.PostLogin;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.storage.Authorizations;
import segue.storage.SignIns;
import segue.storage.SignIns.Completed;

import java.util.Optional;

/// What the pages have in common on which a user proves who they are: the authorization request
/// that waits for it, in the browser that started it, and the session that comes of it.
public final class LoginFlow {
    private final Authorizations authorizations;
    private final SignIns signIns;
    private final Registry registry;
    private final Origins origins;
    private final Domains domains;
    private final BrowserCookies cookies;
    private final Pages pages;
    private final Mint mint;
    private final PostLogin postLogin;

    public LoginFlow(
            Authorizations authorizations,
            SignIns signIns,
            Registry registry,
            Origins origins,
            Domains domains,
            BrowserCookies cookies,
            Pages pages,
            Mint mint,
            PostLogin postLogin) {
        this.authorizations = authorizations;
        this.signIns = signIns;
        this.registry = registry;
        this.origins = origins;
        this.domains = domains;
        this.cookies = cookies;
        this.pages = pages;
        this.mint = mint;
        this.postLogin = postLogin;
    }

    /// A waiting request, with what its page needs.
    record Waiting(
            Secret state,
            Secret browser,
            Interaction interaction,
            Parameters parameters,
            Client client) {
        Onward onward() {
            return new Onward(
                    parameters
                            .one("redirect_uri")
                            .or(() -> client.callbacks().stream().findFirst()),
                    client.origins());
        }

        /// The synchroniser token of its forms.
        String csrf() {
            return BrowserCookies.csrf(browser, state.reveal());
        }
    }

    /// The request that a page was opened for.
    Optional<Waiting> opened(Request request) {
        return waiting(request, request.query().one("state"));
    }

    /// A form of ours that came back, and its request.
    record Filled(Waiting waiting, Parameters form) {}

    /// The form that a request brings; empty if it isn't ours, or nothing waits for it.
    Optional<Filled> filled(Request request) {
        var form = request.form().filter(it -> it.repeated().isEmpty());
        return form.flatMap(it -> waiting(request, it.one("state")))
                .map(waiting -> new Filled(waiting, form.orElseThrow()))
                .filter(
                        it ->
                                BrowserCookies.isOurForm(
                                        request,
                                        domains.issuer(request.host()),
                                        it.waiting().csrf(),
                                        it.form().one("csrf")));
    }

    private Optional<Waiting> waiting(Request request, Optional<String> named) {
        var state = named.flatMap(SecretType.INTERACTION::parse);
        var browser = cookies.interaction(request);
        if (state.isEmpty() || browser.isEmpty()) return Optional.empty();
        return authorizations
                .interaction(state.get().hash(), browser.get().hash())
                .filter(interaction -> interaction.stage() instanceof Stage.SigningIn)
                .flatMap(
                        interaction ->
                                registry.client(interaction.client())
                                        .map(
                                                registered ->
                                                        new Waiting(
                                                                state.get(),
                                                                browser.get(),
                                                                interaction,
                                                                Parameters.parse(
                                                                                interaction
                                                                                        .request())
                                                                        .orElseThrow(),
                                                                registered.client())));
    }

    private Optional<OrganizationId> organization(Waiting waiting) {
        return waiting.parameters()
                .one("organization")
                .flatMap(registry::organization)
                .map(Registry.Organization::id);
    }

    /// The connection that its users are in.
    Optional<ConnectionId> connection(Waiting waiting) {
        return waiting.parameters()
                .one("connection")
                .flatMap(registry::connection)
                .or(() -> registry.loginConnection(waiting.client().id(), organization(waiting)));
    }

    /// How a page says that something can't be.
    @FunctionalInterface
    interface Problem {
        Response say(int status, String text);
    }

    /// Opens a session for a user who has proved who they are, and goes on with the request.
    Response complete(Request request, Waiting waiting, UserId user, Problem problem) {
        var session = mint.secret(SecretType.SESSION_COOKIE);
        var browser = mint.secret(SecretType.INTERACTION_COOKIE);
        var tenant = registry.tenant();
        var completed =
                signIns.complete(
                        new SignIns.Completion(
                                waiting.state().hash(),
                                waiting.browser().hash(),
                                browser.hash(),
                                cookies.session(request).map(Secret::hash),
                                user,
                                Callers.caller(waiting.client()),
                                organization(waiting),
                                mint.session(),
                                session.hash(),
                                tenant.sessions(),
                                postLogin.policy(tenant),
                                origins.of(request)));
        return switch (completed) {
            case Completed.SignedIn(var maxAge) -> {
                var location =
                        domains.issuer(request.host())
                                + "authorize/resume?state="
                                + waiting.state().reveal();
                var response =
                        cookies.withSession(Response.redirect(303, location), session, maxAge);
                yield cookies.withInteraction(response, browser);
            }
            // Said only to someone who knows the password; to all others it is a wrong one (THREATS
            // R34.1).
            case Completed.Blocked _ -> problem.say(403, "This account is blocked.");
            case Completed.ConnectionDisabled _ ->
                    problem.say(403, "This account can't sign in to this application.");
            case Completed.Expired _ -> expired(request);
        };
    }

    /// Off to the sign-in page.
    Response toSignIn(Request request, Waiting waiting) {
        return Response.redirect(
                303, domains.issuer(request.host()) + "u/login?state=" + waiting.state().reveal());
    }

    /// Nothing waits in this browser, or a form isn't ours.
    Response expired(Request request) {
        return pages.message(
                403,
                "This page has expired",
                "Go back to the application and start again.",
                Optional.of(request.id()));
    }
}
