package segue.server.authorize;

import segue.domain.action.Policy;
import segue.domain.authorize.Interaction;
import segue.domain.client.Delivery;
import segue.domain.identifier.UserId;
import segue.domain.network.DeviceBinding;
import segue.domain.secret.Secret;
import segue.domain.transfer.Challenge;
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
import segue.server.oauth.Origins;
import segue.server.oauth.Registry;
import segue.server.page.ConfirmView;
import segue.server.page.Onward;
import segue.server.page.Pages;
import segue.server.postlogin.Occasion;
import segue.server.postlogin.PostLogin;
import segue.server.profile.MaskedName;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.storage.Authorizations;
import segue.storage.Authorizations.Arrival;
import segue.storage.Authorizations.Authorized;
import segue.storage.Transfers;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// `GET` and `POST /authorize`, and the two places where a request goes on that had to wait in its
/// browser: `/authorize/resume`, which answers it, and `/u/confirm`, which asks whether the user of
/// a transfer is meant (THREATS decision 6).
public final class AuthorizeEndpoint {
    private static final String TRANSFER = "session_transfer_token";

    /// Marks what our own page posts on behalf of another.
    private static final String AGAIN = "segue_again";

    private final Authorizations authorizations;
    private final Registry registry;
    private final Origins origins;
    private final Domains domains;
    private final Jwts jwts;
    private final BrowserCookies cookies;
    private final Pages pages;
    private final Mint mint;
    private final Transfers.Limit mismatches;
    private final PostLogin postLogin;
    private final Answers answers;

    /// @param mismatches how many sessions of others one user's transfers may end
    public AuthorizeEndpoint(
            Authorizations authorizations,
            Registry registry,
            Origins origins,
            Domains domains,
            Jwts jwts,
            BrowserCookies cookies,
            Pages pages,
            Mint mint,
            Transfers.Limit mismatches,
            PostLogin postLogin) {
        this.authorizations = authorizations;
        this.registry = registry;
        this.origins = origins;
        this.domains = domains;
        this.jwts = jwts;
        this.cookies = cookies;
        this.pages = pages;
        this.mint = mint;
        this.mismatches = mismatches;
        this.postLogin = postLogin;
        this.answers = new Answers(domains, cookies, pages, mismatches);
    }

    /// `/authorize`.
    public Response authorize(Request request) {
        var sent = request.method() == Method.POST ? request.form() : Optional.of(request.query());
        if (sent.isEmpty())
            return pages.message(400, "Bad request", "The form is malformed.", Optional.empty());
        var parameters = sent.get();
        return switch (parse(parameters, request)) {
            case Parsed.Accepted(var accepted) -> authorize(accepted, parameters, request);
            case Parsed.Refused refused -> refused(refused, request);
            case Parsed.Stopped stopped -> stopped(stopped, request);
        };
    }

    private Response refused(Parsed.Refused refused, Request request) {
        return Answers.afterPost(request, refused.channel().error(refused.error(), pages));
    }

    private Response stopped(Parsed.Stopped stopped, Request request) {
        return pages.message(403, stopped.title(), stopped.text(), Optional.of(request.id()));
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
        var isByQuery =
                wasLookedAt(presented)
                        && !inQuery.isEmpty()
                        && accepted.client().transfer().accepted().contains(Delivery.QUERY);
        var fresh = Fresh.from(mint);
        var command =
                command(
                        accepted,
                        presented,
                        arrival(isByQuery, accepted, request),
                        parameters.without(TRANSFER),
                        fresh,
                        request);
        var outcome =
                heard(authorizations.authorize(command), command, accepted, parameters, request);
        var response = answers.render(outcome, accepted, fresh, request);
        return wasLookedAt(presented) ? cookies.withoutTransfer(response, request) : response;
    }

    /// What comes of it once Actions have been heard, if they must be.
    private Authorized heard(
            Authorized outcome,
            Authorizations.Authorize command,
            AuthorizeRequest accepted,
            Parameters parameters,
            Request request) {
        return outcome instanceof Authorized.Asking(var matter)
                ? authorizations.conclude(
                        command.heard(
                                postLogin.hear(
                                        matter.scene(),
                                        occasion(command, accepted, parameters, request))),
                        matter)
                : outcome;
    }

    private Occasion occasion(
            Authorizations.Authorize command,
            AuthorizeRequest accepted,
            Parameters parameters,
            Request request) {
        return new Occasion(
                request,
                command.origin().device(),
                accepted.client(),
                accepted.channel().device().isPresent() ? Occasion.DEVICE_CODE : Occasion.CODE,
                parameters,
                accepted.request().scope(),
                accepted.request().organization(),
                accepted.request().audience(),
                accepted.request()
                        .audience()
                        .filter(domains.managementAudience()::equals)
                        .isPresent(),
                true,
                Optional.empty());
    }

    private static boolean wasLookedAt(Presented presented) {
        return switch (presented) {
            case Presented.Once _, Presented.Conflicting _ -> true;
            case Presented.Nowhere _, Presented.NotAllowed _ -> false;
        };
    }

    private Arrival arrival(boolean isByQuery, AuthorizeRequest accepted, Request request) {
        var isUnbound =
                registry.tenant().confirmsUnboundTransfers()
                        && accepted.client().transfer().binding() == DeviceBinding.NONE;
        // A link leads to our own page as well, and the browser comes from the web app then.
        if (!isByQuery) return new Arrival(false, false, isUnbound && cookies.isHandedOff(request));
        // Whoever typed the address, or came from a page of this site, wasn't sent by a stranger.
        var mayBeAStrangersLink =
                request.headers().first("Sec-Fetch-Site").map("cross-site"::equals).orElse(true);
        return new Arrival(true, accepted.channel().isPage(), isUnbound && mayBeAStrangersLink);
    }

    private Authorizations.Authorize command(
            AuthorizeRequest accepted,
            Presented presented,
            Arrival arrival,
            Parameters parameters,
            Fresh fresh,
            Request request) {
        var tenant = registry.tenant();
        return new Authorizations.Authorize(
                presented,
                cookies.verifier(request).map(Challenge::of),
                arrival,
                Callers.caller(accepted.client()),
                accepted.ask(),
                accepted.connection(),
                cookies.session(request).map(Secret::hash),
                cookies.interaction(request).map(Secret::hash),
                accepted.request(),
                accepted.offline(),
                accepted.channel().device(),
                tenant.sessions(),
                tenant.transferredSessions(),
                mismatches,
                parameters.encoded(),
                postLogin.policy(tenant),
                fresh.minted(),
                origins.of(request));
    }

    /// An interaction of this browser, and what names it.
    ///
    /// @param state the value in the URL
    /// @param browser the value in the cookie
    record Waiting(Secret state, Secret browser, Interaction interaction) {
        Parameters parameters() {
            return Parameters.parse(interaction.request()).orElseThrow();
        }
    }

    Optional<Waiting> waiting(Request request, Optional<String> named) {
        var state = named.flatMap(SecretType.INTERACTION::parse);
        var browser = cookies.interaction(request);
        if (state.isEmpty() || browser.isEmpty()) return Optional.empty();
        return authorizations
                .interaction(state.get().hash(), browser.get().hash())
                .map(it -> new Waiting(state.get(), browser.get(), it));
    }

    /// How a waiting request goes on.
    @FunctionalInterface
    interface Step {
        Optional<Authorized> take(Authorizations.Authorize command);
    }

    private Parsed parse(Waiting waiting, Request request) {
        return waiting.interaction()
                .device()
                .map(
                        device ->
                                AuthorizeRequest.parse(
                                        waiting.parameters(), device, registry, domains))
                .orElseGet(() -> parse(waiting.parameters(), request));
    }

    Response goOn(Waiting waiting, Request request, Step step) {
        return switch (parse(waiting, request)) {
            case Parsed.Accepted(var accepted) -> {
                var fresh = Fresh.from(mint);
                var command =
                        command(
                                accepted,
                                new Presented.Nowhere(),
                                Arrival.PLAIN,
                                waiting.parameters(),
                                fresh,
                                request);
                yield step.take(command)
                        .map(
                                outcome ->
                                        heard(
                                                outcome,
                                                command,
                                                accepted,
                                                waiting.parameters(),
                                                request))
                        .map(outcome -> answers.render(outcome, accepted, fresh, request))
                        .orElseGet(() -> expired(request));
            }
            case Parsed.Refused refused -> refused(refused, request);
            case Parsed.Stopped stopped -> stopped(stopped, request);
        };
    }

    /// `/authorize/resume`: answers a request that waits for nothing more, once, in the browser
    /// that asked.
    public Response resume(Request request) {
        return waiting(request, request.query().one("state"))
                .map(
                        it ->
                                goOn(
                                        it,
                                        request,
                                        command ->
                                                authorizations.resume(
                                                        command,
                                                        it.state().hash(),
                                                        it.browser().hash())))
                .orElseGet(() -> expired(request));
    }

    /// `/continue`: the browser comes back from where an Action sent it (contract actions §5).
    public Response goOnAfterRedirect(Request request) {
        var sent = request.method() == Method.POST ? request.form() : Optional.of(Parameters.NONE);
        if (sent.isEmpty()) return lost(request);
        var body = sent.get().without(AGAIN);
        var state = request.query().one("state").or(() -> body.one("state"));
        var waiting = waiting(request, state);
        if (waiting.isPresent())
            return goOn(
                    waiting.get(),
                    request,
                    command -> comeBack(waiting.get(), command, request, body));
        // What another site posts comes without our cookie; what our own page posts brings it.
        return request.method() == Method.POST && state.isPresent() && !sent.get().has(AGAIN)
                ? pages.formPost(
                        domains.issuer(request.host()) + "continue", Set.of(), again(request, body))
                : lost(request);
    }

    private static Map<String, String> again(Request request, Parameters body) {
        var fields = new LinkedHashMap<String, String>();
        for (var parameters : List.of(request.query(), body))
            for (var name : parameters.names())
                parameters.one(name).ifPresent(value -> fields.put(name, value));
        fields.put(AGAIN, "1");
        return fields;
    }

    private Response lost(Request request) {
        return pages.message(
                400,
                "invalid_request",
                "There is nothing that could go on from here. Go back to the application and start"
                        + " again.",
                Optional.of(request.id()));
    }

    private Optional<Authorized> comeBack(
            Waiting waiting, Authorizations.Authorize command, Request request, Parameters body) {
        return authorizations
                .comeBack(command, waiting.state().hash(), waiting.browser().hash())
                .map(
                        outcome ->
                                outcome instanceof Authorized.Asking(var matter)
                                        ? authorizations.conclude(
                                                command.heard(
                                                        hearAgain(
                                                                waiting, command, matter, request,
                                                                body)),
                                                matter)
                                        : outcome);
    }

    private Policy.Heard hearAgain(
            Waiting waiting,
            Authorizations.Authorize command,
            Authorizations.Matter matter,
            Request request,
            Parameters body) {
        var accepted = (Parsed.Accepted) parse(waiting, request);
        return postLogin.hearAgain(
                matter.scene(),
                occasion(command, accepted.request(), waiting.parameters(), request),
                matter.continuation().orElseThrow(),
                waiting.state().reveal(),
                request.query(),
                body);
    }

    /// `GET /u/confirm`: asks whether the user of a transfer is meant.
    public Response confirmation(Request request) {
        return waiting(request, request.query().one("state"))
                .flatMap(
                        it ->
                                authorizations
                                        .userToConfirm(it.state().hash(), it.browser().hash())
                                        .flatMap(user -> confirmation(it, user)))
                .orElseGet(() -> expired(request));
    }

    private Optional<Response> confirmation(Waiting waiting, UserId user) {
        return registry.client(waiting.interaction().client())
                .map(Registry.Registered::client)
                .map(
                        client ->
                                pages.confirm(
                                        new ConfirmView(
                                                client.name(),
                                                waiting.state().reveal(),
                                                BrowserCookies.csrf(
                                                        waiting.browser(),
                                                        waiting.state().reveal()),
                                                registry.activeUser(user).flatMap(MaskedName::of)),
                                        new Onward(
                                                waiting.parameters()
                                                        .one("redirect_uri")
                                                        .or(
                                                                () ->
                                                                        client.callbacks().stream()
                                                                                .findFirst()),
                                                client.origins())));
    }

    /// `POST /u/confirm`: the user has said whether they are meant.
    public Response confirmed(Request request) {
        var form = request.form().filter(it -> it.repeated().isEmpty());
        var found = form.flatMap(it -> waiting(request, it.one("state")));
        if (found.isEmpty()) return expired(request);
        var waiting = found.get();
        var expected = BrowserCookies.csrf(waiting.browser(), waiting.state().reveal());
        var choice = form.get().one("choice").flatMap(AuthorizeEndpoint::isTheirs);
        var isOurs =
                BrowserCookies.isOurForm(
                        request, domains.issuer(request.host()), expected, form.get().one("csrf"));
        if (!isOurs || choice.isEmpty()) return expired(request);
        return goOn(
                waiting,
                request,
                command ->
                        authorizations.confirm(
                                command,
                                waiting.state().hash(),
                                waiting.browser().hash(),
                                choice.get()));
    }

    private static Optional<Boolean> isTheirs(String choice) {
        return switch (choice) {
            case "continue" -> Optional.of(true);
            case "decline" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    Response expired(Request request) {
        return pages.message(
                403,
                "This page has expired",
                "Go back to the application and start again.",
                Optional.of(request.id()));
    }
}
