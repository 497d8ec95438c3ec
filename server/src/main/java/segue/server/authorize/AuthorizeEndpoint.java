package segue.server.authorize;

import segue.domain.action.Policy;
import segue.domain.authorize.Interaction;
import segue.domain.client.Client;
import segue.domain.client.Delivery;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.UserId;
import segue.domain.network.DeviceBinding;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;
import segue.domain.token.AuthorizationCode;
import segue.domain.transfer.Challenge;
import segue.domain.transfer.Presented;
import segue.server.authorize.AuthorizeRequest.Parsed;
import segue.server.authorize.RequestReader.Opened;
import segue.server.browser.BrowserCookies;
import segue.server.http.Method;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.Origins;
import segue.server.oauth.Registry;
import segue.server.page.ConfirmView;
import segue.server.page.ConsentView;
import segue.server.page.Onward;
import segue.server.page.Pages;
import segue.server.postlogin.Occasion;
import segue.server.postlogin.PostLogin;
import segue.server.profile.MaskedName;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.server.token.Tokens;
import segue.server.trail.Trail;
import segue.storage.Authorizations;
import segue.storage.Authorizations.Arrival;
import segue.storage.Authorizations.Authorized;
import segue.storage.PushedRequests;
import segue.storage.Transfers;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// `GET` and `POST /authorize`, and the three places where a request goes on that had to wait in
/// its browser: `/authorize/resume`, which answers it, `/u/confirm`, which asks whether the user of
/// a transfer is meant (THREATS decision 6), and `/u/consent`, which asks whether the client may
/// have what it asks for.
public final class AuthorizeEndpoint {
    /// Marks what our own page posts on behalf of another.
    private static final String AGAIN = "segue_again";

    /// What is read beside a reference to a pushed request.
    private static final Set<String> BESIDE_REFERENCE =
            Set.of("client_id", "request_uri", Sent.TRANSFER);

    private final Authorizations authorizations;
    private final Registry registry;
    private final Origins origins;
    private final Domains domains;
    private final RequestReader reader;
    private final PushedRequests pushedRequests;
    private final BrowserCookies cookies;
    private final Pages pages;
    private final Mint mint;
    private final Transfers.Limit mismatches;
    private final PostLogin postLogin;
    private final Answers answers;

    /// @param mismatches how many sessions of others one user's transfers may end
    /// @param tokens makes the ID tokens that are answered here
    public AuthorizeEndpoint(
            Authorizations authorizations,
            Registry registry,
            Origins origins,
            Domains domains,
            RequestReader reader,
            PushedRequests pushedRequests,
            BrowserCookies cookies,
            Pages pages,
            Mint mint,
            Transfers.Limit mismatches,
            PostLogin postLogin,
            Tokens tokens) {
        this.authorizations = authorizations;
        this.registry = registry;
        this.origins = origins;
        this.domains = domains;
        this.reader = reader;
        this.pushedRequests = pushedRequests;
        this.cookies = cookies;
        this.pages = pages;
        this.mint = mint;
        this.mismatches = mismatches;
        this.postLogin = postLogin;
        this.answers = new Answers(domains, cookies, pages, mismatches, registry, tokens);
    }

    /// `/authorize`.
    public Response authorize(Request request) {
        var sent = request.method() == Method.POST ? request.form() : Optional.of(request.query());
        if (sent.isEmpty())
            return pages.message(400, "Bad request", "The form is malformed.", Optional.empty());
        var parameters = sent.get();
        // A request object by reference to somewhere else is refused with the other parameters.
        return parameters
                .one("request_uri")
                .flatMap(PushedUri::parse)
                .map(reference -> byReference(reference, parameters, request))
                .orElseGet(() -> byValue(parameters, request));
    }

    /// The parameters themselves, or in a request object.
    private Response byValue(Parameters sent, Request request) {
        return switch (reader.open(sent, request)) {
            case Opened.Plainly(var parameters) ->
                    authorize(Sent.plainly(parameters), parameters, request);
            case Opened.Signed(var inside) -> authorize(Sent.signed(inside, sent), inside, request);
            case Opened.Flawed flawed ->
                    switch (reader.refused(flawed, sent, request)) {
                        case Parsed.Refused refused -> refused(refused, request);
                        case Parsed.Stopped stopped -> stopped(stopped, request);
                    };
        };
    }

    /// RFC 9126 §4. Whoever loads the page in advance must not use it up.
    private Response byReference(Secret reference, Parameters beside, Request request) {
        if (!Collections.disjoint(beside.repeated(), BESIDE_REFERENCE))
            return stopped(AuthorizeRequest.REPEATED, request);
        if (request.isAhead())
            return pages.message(
                    400,
                    "Not in advance",
                    "This link works once, and only when it is opened.",
                    Optional.of(request.id()));
        return beside.one("client_id")
                .flatMap(id -> pushedRequests.take(reference.hash(), new ClientId(id)))
                .map(pushed -> Sent.byReference(pushed, beside))
                .map(sent -> authorize(sent, sent.parameters(), request))
                .orElseGet(() -> expired(request));
    }

    /// @param asked as they came; a token that is repeated stands among them
    private Response authorize(Sent sent, Parameters asked, Request request) {
        return switch (reader.read(asked, request)) {
            case Parsed.Accepted(var accepted) ->
                    accepted.problem(sent.way())
                            .map(error -> new Parsed.Refused(accepted.channel(), error))
                            .map(refused -> refused(refused, request))
                            .orElseGet(() -> authorize(accepted, sent, request));
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

    private Response authorize(AuthorizeRequest accepted, Sent sent, Request request) {
        var presented =
                Presented.in(
                        accepted.client().transfer().accepted(),
                        request.isTopLevelNavigation(),
                        cookies.transfers(request).stream().map(Secret::hash).toList(),
                        sent.transfers());
        var isByQuery =
                wasLookedAt(presented)
                        && !sent.transfers().isEmpty()
                        && accepted.client().transfer().accepted().contains(Delivery.QUERY);
        var fresh = Fresh.from(mint);
        var command =
                command(
                        accepted,
                        presented,
                        isByQuery
                                ? byQuery(sent.tokenIsInUrl(), accepted, request)
                                : arrival(accepted, request),
                        sent.parameters(),
                        fresh,
                        request);
        var outcome =
                heard(
                        authorizations.authorize(command),
                        command,
                        accepted,
                        sent.parameters(),
                        request);
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
                accepted.channel().device().isPresent()
                        ? Occasion.DEVICE_CODE
                        : switch (accepted.responseType()) {
                            case CODE -> Occasion.CODE;
                            case ID_TOKEN -> Occasion.IMPLICIT;
                        },
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

    /// A link leads to our own hand-off page as well, and the browser comes from the web app then.
    private Arrival arrival(AuthorizeRequest accepted, Request request) {
        return new Arrival(false, false, isUnbound(accepted) && cookies.isHandedOff(request));
    }

    private Arrival byQuery(boolean tokenIsInUrl, AuthorizeRequest accepted, Request request) {
        // Whoever typed the address, or came from a page of this site, wasn't sent by a stranger.
        var mayBeAStrangersLink =
                request.headers().first("Sec-Fetch-Site").map("cross-site"::equals).orElse(true);
        return new Arrival(
                tokenIsInUrl,
                accepted.channel().isPage(),
                isUnbound(accepted) && mayBeAStrangersLink);
    }

    private boolean isUnbound(AuthorizeRequest accepted) {
        return registry.tenant().confirmsUnboundTransfers()
                && accepted.client().transfer().binding() == DeviceBinding.NONE;
    }

    private Authorizations.Authorize command(
            AuthorizeRequest accepted,
            Presented presented,
            Arrival arrival,
            Parameters parameters,
            Fresh fresh,
            Request request) {
        var tenant = registry.tenant();
        Trail.by(accepted.client().id());
        if (presented instanceof Presented.Once(var transfer)) Trail.presented(transfer);
        return new Authorizations.Authorize(
                presented,
                cookies.verifier(request).map(Challenge::of),
                arrival,
                Callers.caller(accepted.client()),
                accepted.responseType(),
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
                accepted.consent(),
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

    Response goOn(Waiting waiting, Request request, Step step) {
        return switch (reader.read(waiting.interaction(), request)) {
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
        var accepted = (Parsed.Accepted) reader.read(waiting.interaction(), request);
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
                                        onward(waiting, client)));
    }

    private static Onward onward(Waiting waiting, Client client) {
        return new Onward(
                waiting.parameters()
                        .one("redirect_uri")
                        .or(() -> client.callbacks().stream().findFirst()),
                client.origins());
    }

    /// `POST /u/confirm`: the user has said whether they are meant.
    public Response confirmed(Request request) {
        return answered(
                request, Map.of("continue", true, "decline", false), authorizations::confirm);
    }

    /// `GET /u/consent`: asks whether the client may have what it asks for.
    public Response consent(Request request) {
        return waiting(request, request.query().one("state"))
                .flatMap(
                        it ->
                                authorizations
                                        .sought(it.state().hash(), it.browser().hash())
                                        .flatMap(code -> consent(it, code)))
                .orElseGet(() -> expired(request));
    }

    private Optional<Response> consent(Waiting waiting, AuthorizationCode sought) {
        return registry.client(waiting.interaction().client())
                .map(Registry.Registered::client)
                .map(
                        client ->
                                pages.consent(
                                        new ConsentView(
                                                client.name(),
                                                waiting.state().reveal(),
                                                BrowserCookies.csrf(
                                                        waiting.browser(),
                                                        waiting.state().reveal()),
                                                registry.activeUser(sought.user())
                                                        .flatMap(MaskedName::of),
                                                Wishes.ofAccount(sought),
                                                sought.request()
                                                        .audience()
                                                        .flatMap(registry::api)
                                                        .map(
                                                                api ->
                                                                        Wishes.at(
                                                                                api.server(),
                                                                                sought))),
                                        onward(waiting, client)));
    }

    /// `POST /u/consent`: the user has said whether the client may have it.
    public Response consented(Request request) {
        return answered(request, Map.of("allow", true, "deny", false), authorizations::consent);
    }

    /// What becomes of a request whose user has answered.
    @FunctionalInterface
    private interface Verdict {
        Optional<Authorized> of(
                Authorizations.Authorize command,
                SecretHash state,
                SecretHash browser,
                boolean yes);
    }

    /// @param choices what the buttons of the page say
    private Response answered(Request request, Map<String, Boolean> choices, Verdict verdict) {
        var form = request.form().filter(it -> it.repeated().isEmpty());
        var found = form.flatMap(it -> waiting(request, it.one("state")));
        if (found.isEmpty()) return expired(request);
        var waiting = found.get();
        var expected = BrowserCookies.csrf(waiting.browser(), waiting.state().reveal());
        var choice = form.get().one("choice").filter(choices::containsKey).map(choices::get);
        var isOurs =
                BrowserCookies.isOurForm(
                        request, domains.issuer(request.host()), expected, form.get().one("csrf"));
        if (!isOurs || choice.isEmpty()) return expired(request);
        return goOn(
                waiting,
                request,
                command ->
                        verdict.of(
                                command,
                                waiting.state().hash(),
                                waiting.browser().hash(),
                                choice.get()));
    }

    Response expired(Request request) {
        return pages.message(
                403,
                "This page has expired",
                "Go back to the application and start again.",
                Optional.of(request.id()));
    }
}
