package segue.server.login;

import segue.domain.identifier.ConnectionId;
import segue.domain.secret.Secret;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.login.LoginFlow.Waiting;
import segue.server.oauth.Callers;
import segue.server.oauth.Origins;
import segue.server.page.LoginView;
import segue.server.page.Pages;
import segue.server.password.PasswordLane;
import segue.server.signup.SignUps;
import segue.storage.Attempts;
import segue.storage.SignIns;

import java.util.Optional;

/// `/u/login`: asks for a password on behalf of a waiting authorization request, in the browser
/// that started it.
public final class LoginEndpoint {
    private final LoginFlow flow;
    private final SignIns signIns;
    private final SignUps signUps;
    private final Origins origins;
    private final Pages pages;
    private final PasswordLane passwords;
    private final Attempts.Limits limits;

    /// @param limits how often it may be tried
    public LoginEndpoint(
            LoginFlow flow,
            SignIns signIns,
            SignUps signUps,
            Origins origins,
            Pages pages,
            PasswordLane passwords,
            Attempts.Limits limits) {
        this.flow = flow;
        this.signIns = signIns;
        this.signUps = signUps;
        this.origins = origins;
        this.pages = pages;
        this.passwords = passwords;
        this.limits = limits;
    }

    /// Shows the form.
    public Response show(Request request) {
        return flow.opened(request)
                .map(
                        waiting ->
                                page(
                                        waiting,
                                        200,
                                        waiting.parameters().one("login_hint").orElse(""),
                                        Optional.empty()))
                .orElseGet(() -> flow.expired(request));
    }

    /// Takes the form.
    public Response submit(Request request) {
        var filled = flow.filled(request);
        if (filled.isEmpty()) return flow.expired(request);
        var waiting = filled.get().waiting();
        var form = filled.get().form();
        var username = form.one("username").map(String::strip).orElse("");
        var password = new Secret(form.one("password").orElse(""));
        var connection = flow.connection(waiting);
        if (connection.isEmpty())
            return problem(
                    waiting,
                    403,
                    username,
                    "Nobody can sign in to this application with a password.");
        return verify(request, waiting, connection.get(), username, password);
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
                yield flow.complete(
                        request,
                        waiting,
                        user.user(),
                        (status, text) -> problem(waiting, status, username, text));
            }
        };
    }

    private Response problem(Waiting waiting, int status, String username, String text) {
        return page(waiting, status, username, Optional.of(text));
    }

    private Response page(Waiting waiting, int status, String username, Optional<String> problem) {
        var offersSignUp =
                flow.connection(waiting)
                        .flatMap(it -> signUps.offer(waiting.client().id(), it))
                        .isPresent();
        return pages.login(
                status,
                new LoginView(
                        waiting.client().name(),
                        waiting.state().reveal(),
                        waiting.csrf(),
                        username,
                        problem,
                        offersSignUp),
                waiting.onward());
    }
}
