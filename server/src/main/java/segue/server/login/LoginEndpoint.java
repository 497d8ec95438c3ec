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
import segue.server.page.LoginView;
import segue.server.page.Onward;
import segue.server.page.Pages;
import segue.server.password.PasswordLane;
import segue.server.postlogin.PostLogin;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.storage.Attempts;
import segue.storage.Authorizations;
import segue.storage.SignIns;
import segue.storage.SignIns.Completed;

import java.util.Optional;

/// `/u/login`: asks for a password on behalf of a waiting authorization request, in the browser
/// that started it.
public final class LoginEndpoint {
    private final Authorizations authorizations;
    private final SignIns signIns;
    private final Registry registry;
    private final Origins origins;
    private final Domains domains;
    private final BrowserCookies cookies;
    private final Pages pages;
    private final PasswordLane passwords;
    private final Mint mint;
    private final Attempts.Limits limits;
    private final PostLogin postLogin;

    /// @param limits how often it may be tried
    public LoginEndpoint(
            Authorizations authorizations,
            SignIns signIns,
            Registry registry,
            Origins origins,
            Domains domains,
            BrowserCookies cookies,
            Pages pages,
            PasswordLane passwords,
            Mint mint,
            Attempts.Limits limits,
            PostLogin postLogin) {
        this.authorizations = authorizations;
        this.signIns = signIns;
        this.registry = registry;
        this.origins = origins;
        this.domains = domains;
        this.cookies = cookies;
        this.pages = pages;
        this.passwords = passwords;
        this.mint = mint;
        this.limits = limits;
        this.postLogin = postLogin;
    }

    /// A waiting request, with what its page needs.
    private record Waiting(
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

        LoginView view(String username, Optional<String> problem) {
            return new LoginView(
                    client.name(),
                    state.reveal(),
                    BrowserCookies.csrf(browser, state.reveal()),
                    username,
                    problem);
        }
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

    /// Shows the form.
    public Response show(Request request) {
        return waiting(request, request.query().one("state"))
                .map(
                        waiting ->
                                pages.login(
                                        200,
                                        waiting.view(
                                                waiting.parameters().one("login_hint").orElse(""),
                                                Optional.empty()),
                                        waiting.onward()))
                .orElseGet(() -> expired(request));
    }

    /// Takes the form.
    public Response submit(Request request) {
        var form = request.form().filter(it -> it.repeated().isEmpty());
        var found = form.flatMap(it -> waiting(request, it.one("state")));
        if (found.isEmpty()) return expired(request);
        var waiting = found.get();
        var expected = BrowserCookies.csrf(waiting.browser(), waiting.state().reveal());
        if (!BrowserCookies.isOurForm(
                request, domains.issuer(request.host()), expected, form.get().one("csrf")))
            return expired(request);
        var username = form.get().one("username").map(String::strip).orElse("");
        var password = new Secret(form.get().one("password").orElse(""));
        var connection = connection(waiting);
        if (connection.isEmpty())
            return problem(
                    waiting,
                    403,
                    username,
                    "Nobody can sign in to this application with a password.");
        return verify(request, waiting, connection.get(), username, password);
    }

    private Optional<OrganizationId> organization(Waiting waiting) {
        return waiting.parameters()
                .one("organization")
                .flatMap(registry::organization)
                .map(Registry.Organization::id);
    }

    private Optional<ConnectionId> connection(Waiting waiting) {
        return waiting.parameters()
                .one("connection")
                .flatMap(registry::connection)
                .or(() -> registry.loginConnection(waiting.client().id(), organization(waiting)));
    }

    private Response verify(
            Request request,
            Waiting waiting,
            ConnectionId connection,
            String username,
            Secret password) {
        var origin = origins.of(request);
        var caller = Callers.caller(waiting.client());
        var attempt = signIns.attempt(caller, connection, username, origin, limits);
        if (attempt.backoff().isPresent())
            return problem(
                            waiting,
                            429,
                            username,
                            "Too many attempts. Wait a while, then try again.")
                    .withHeader("Retry-After", Long.toString(attempt.backoff().get().seconds()));
        var candidate = attempt.candidate();
        var verdict = passwords.verify(password, candidate.flatMap(it -> it.passwordHash()));
        return switch (verdict) {
            case BUSY ->
                    problem(waiting, 503, username, "We are busy right now. Try again in a moment.")
                            .withHeader("Retry-After", "1");
            case WRONG -> {
                var type = candidate.isPresent() ? "fp" : "fu";
                signIns.failed(
                        type,
                        caller,
                        connection,
                        candidate.map(it -> it.user()),
                        "Wrong email or password.",
                        origin);
                yield problem(waiting, 400, username, "Wrong email or password.");
            }
            case RIGHT -> {
                var user = candidate.orElseThrow();
                user.passwordHash()
                        .flatMap(hash -> passwords.renewed(password, hash))
                        .ifPresent(better -> signIns.rehash(user, better));
                yield complete(request, waiting, user.user(), username);
            }
        };
    }

    private Response complete(Request request, Waiting waiting, UserId user, String username) {
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
            case Completed.Blocked _ -> problem(waiting, 403, username, "This account is blocked.");
            case Completed.ConnectionDisabled _ ->
                    problem(
                            waiting,
                            403,
                            username,
                            "This account can't sign in to this application.");
            case Completed.Expired _ -> expired(request);
        };
    }

    private Response problem(Waiting waiting, int status, String username, String text) {
        return pages.login(status, waiting.view(username, Optional.of(text)), waiting.onward());
    }

    private Response expired(Request request) {
        return pages.message(
                403,
                "This page has expired",
                "Go back to the application and start again.",
                Optional.of(request.id()));
    }
}
