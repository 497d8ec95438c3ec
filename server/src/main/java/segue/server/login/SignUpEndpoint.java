package segue.server.login;

import segue.domain.secret.Secret;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.login.LoginFlow.Waiting;
import segue.server.oauth.Origins;
import segue.server.page.Pages;
import segue.server.page.SignUpView;
import segue.server.password.PasswordPolicy.Flaw;
import segue.server.password.PasswordPolicy.Rule;
import segue.server.signup.SignUps;
import segue.server.signup.SignUps.Offer;

import tools.jackson.databind.node.JsonNodeFactory;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `/u/signup`: lets somebody who has no account yet make one on behalf of a waiting authorization
/// request, and signs them in (`screen_hint=signup`, contract authentication-api §3.1).
public final class SignUpEndpoint {
    private final LoginFlow flow;
    private final SignUps signUps;
    private final Origins origins;
    private final Pages pages;

    public SignUpEndpoint(LoginFlow flow, SignUps signUps, Origins origins, Pages pages) {
        this.flow = flow;
        this.signUps = signUps;
        this.origins = origins;
        this.pages = pages;
    }

    /// What was typed, but for the password.
    private record Typed(String email, String username) {}

    private Optional<Offer> offer(Waiting waiting) {
        return flow.connection(waiting).flatMap(it -> signUps.offer(waiting.client().id(), it));
    }

    /// Shows the form; the one for signing in where nobody can sign up.
    public Response show(Request request) {
        var found = flow.opened(request);
        if (found.isEmpty()) return flow.expired(request);
        var waiting = found.get();
        var hint = waiting.parameters().one("login_hint").orElse("");
        var typed = hint.contains("@") ? new Typed(hint, "") : new Typed("", hint);
        return offer(waiting)
                .map(offer -> page(waiting, offer, 200, typed, List.of()))
                .orElseGet(() -> flow.toSignIn(request, waiting));
    }

    /// Takes the form.
    public Response submit(Request request) {
        var filled = flow.filled(request);
        if (filled.isEmpty()) return flow.expired(request);
        var waiting = filled.get().waiting();
        return offer(waiting)
                .map(offer -> submit(request, waiting, offer, filled.get().form()))
                .orElseGet(() -> flow.toSignIn(request, waiting));
    }

    private Response submit(Request request, Waiting waiting, Offer offer, Parameters form) {
        var typed =
                new Typed(
                        form.one("email").map(String::strip).orElse(""),
                        form.one("username").map(String::strip).orElse(""));
        var wanted =
                new SignUps.Wanted(
                        offer.connection(),
                        typed.email(),
                        Optional.of(typed.username()).filter(it -> !it.isEmpty()),
                        new Secret(form.one("password").orElse("")),
                        Map.of(),
                        JsonNodeFactory.instance.objectNode());
        return switch (signUps.signUp(waiting.client(), wanted, origins.of(request))) {
            case SignUps.Outcome.Created(var user, _) ->
                    flow.complete(
                            request,
                            waiting,
                            user,
                            (status, text) -> page(waiting, offer, status, typed, List.of(text)));
            case SignUps.Outcome.Invalid _ ->
                    page(
                            waiting,
                            offer,
                            400,
                            typed,
                            List.of(
                                    "This account can't be created. If you have one already, sign"
                                            + " in."));
            case SignUps.Outcome.Flawed(var flaw) ->
                    page(waiting, offer, 400, typed, described(flaw));
            case SignUps.Outcome.TooMany(var backoff) ->
                    page(
                                    waiting,
                                    offer,
                                    429,
                                    typed,
                                    List.of("Too many attempts. Wait a while, then try again."))
                            .withHeader("Retry-After", Long.toString(backoff.seconds()));
            case SignUps.Outcome.Busy _ ->
                    page(
                                    waiting,
                                    offer,
                                    503,
                                    typed,
                                    List.of("We are busy right now. Try again in a moment."))
                            .withHeader("Retry-After", "1");
        };
    }

    /// What to do about it, one thing each.
    private static List<String> described(Flaw flaw) {
        return switch (flaw) {
            case Flaw.Weak(var rules) ->
                    rules.stream().filter(it -> !it.isFollowed()).map(Rule::text).toList();
            case Flaw.Common _ ->
                    List.of("This password is known to everybody who guesses. Take another one.");
            case Flaw.Personal _ ->
                    List.of("The password contains your name or address. Take another one.");
        };
    }

    private Response page(
            Waiting waiting, Offer offer, int status, Typed typed, List<String> problems) {
        return pages.signUp(
                status,
                new SignUpView(
                        waiting.client().name(),
                        waiting.state().reveal(),
                        waiting.csrf(),
                        typed.email(),
                        typed.username(),
                        offer.asksForUserName(),
                        offer.shortestPassword(),
                        problems),
                waiting.onward());
    }
}
