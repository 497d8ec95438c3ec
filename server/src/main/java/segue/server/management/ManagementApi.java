package segue.server.management;

import com.nimbusds.jwt.JWTClaimsSet;

import segue.domain.identifier.ClientId;
import segue.server.dpop.DpopProofs;
import segue.server.dpop.PresentedToken;
import segue.server.dpop.PresentedToken.Scheme;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.http.Router;
import segue.server.jwt.Jwts;
import segue.server.oauth.Domains;
import segue.server.oauth.Origins;
import segue.server.oauth.RateLimit;
import segue.server.oauth.Registry;
import segue.server.settings.Rate;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// `/api/v2`: who may do what, in one table (THREATS R47.1). An operation that isn't in it doesn't
/// exist, and none of them runs before its scopes were found in the access token.
public final class ManagementApi {
    private static final String PREFIX = "/api/v2";

    private final List<Operation> operations;
    private final Jwts jwts;
    private final DpopProofs proofs;
    private final Domains domains;
    private final Registry registry;
    private final Origins origins;
    private final RateLimit limit;

    /// @param rate how often one client may call
    public ManagementApi(
            Clients clients,
            ClientCredentialApi clientCredentials,
            ResourceServers resourceServers,
            ClientGrants clientGrants,
            Connections connections,
            Organizations organizations,
            Tenants tenants,
            UserApi users,
            SessionApi sessions,
            FamilyApi families,
            ExplainApi explanations,
            GrantApi grants,
            DeviceCredentialApi deviceCredentials,
            ActionApi actions,
            ActionTestApi actionTests,
            TriggerApi triggers,
            TokenExchangeProfiles profiles,
            LogApi logs,
            Jwts jwts,
            DpopProofs proofs,
            Domains domains,
            Registry registry,
            Origins origins,
            Rate rate,
            Clock clock) {
        var all = new ArrayList<Operation>();
        all.addAll(clients.operations());
        all.addAll(clientCredentials.operations());
        all.addAll(resourceServers.operations());
        all.addAll(clientGrants.operations());
        all.addAll(connections.operations());
        all.addAll(organizations.operations());
        all.addAll(tenants.operations());
        all.addAll(users.operations());
        all.addAll(sessions.operations());
        all.addAll(families.operations());
        all.addAll(explanations.operations());
        all.addAll(grants.operations());
        all.addAll(deviceCredentials.operations());
        all.addAll(actions.operations());
        all.addAll(actionTests.operations());
        all.addAll(triggers.operations());
        all.addAll(profiles.operations());
        all.addAll(logs.operations());
        this.operations = List.copyOf(all);
        this.jwts = jwts;
        this.proofs = proofs;
        this.domains = domains;
        this.registry = registry;
        this.origins = origins;
        this.limit = new RateLimit(rate, clock);
    }

    List<Operation> operations() {
        return operations;
    }

    /// Adds the operations to a router, which also says in this API's words what isn't there.
    public void addTo(Router router) {
        router.otherwise(
                "api", (status, reason) -> ManagementError.plain(status, reason).response());
        for (var operation : operations)
            router.add(
                    operation.method(),
                    PREFIX + operation.path(),
                    request -> answer(operation, request));
    }

    private Response answer(Operation operation, Request request) {
        var authenticated = authenticate(request);
        var counted =
                limit.count(
                        switch (authenticated) {
                            case Result.Ok<Call>(var call) -> "client " + call.caller();
                            case Result.Failed<Call> _ -> "address " + request.client();
                        });
        if (counted.isTooMany()) return counted.on(ManagementError.tooMany().response());
        var result =
                authenticated.then(call -> permitted(operation, call)).then(operation.action());
        var scheme = PresentedToken.of(request).map(PresentedToken::scheme).orElse(Scheme.BEARER);
        var answer =
                counted.on(
                        switch (result) {
                            case Result.Ok<Response>(var response) -> response;
                            case Result.Failed<Response>(var error) -> error.response(scheme);
                        });
        // RFC 9449 §9.
        return scheme == Scheme.DPOP ? proofs.withNonce(answer) : answer;
    }

    private Result<Call> authenticate(Request request) {
        if (request.headers().first("Authorization").isEmpty())
            return unauthorized("Missing authentication");
        return PresentedToken.of(request)
                .map(token -> authenticate(request, token))
                .orElseGet(() -> unauthorized("Invalid token"));
    }

    private Result<Call> authenticate(Request request, PresentedToken token) {
        var verified =
                jwts.accessToken(
                        token.text(), domains.issuers(), Set.of(domains.managementAudience()));
        return switch (verified) {
            case Jwts.Verified.Invalid(var flaw) -> unauthorized(words(flaw, token.text()));
            case Jwts.Verified.Valid(var claims) ->
                    switch (proofs.use(request, token, Jwts.boundTo(claims))) {
                        case DpopProofs.Use.Permitted _ -> acting(request, claims);
                        case DpopProofs.Use.Refused(var error) ->
                                new Result.Failed<>(ManagementError.unproved(error));
                    };
        };
    }

    private Result<Call> acting(Request request, JWTClaimsSet claims) {
        var client = Jwts.actingClient(claims);
        // Promise P2: a JWT lives to its end, but not without its client and its grant.
        var text = claims.getClaim("scope") instanceof String scope ? scope : "";
        // A user's token says what the user may do, and no user may do any of this (THREATS T-47).
        return client.isEmpty()
                ? unauthorized("Invalid token")
                : standing(request, client.get(), text);
    }

    private Result<Call> standing(Request request, ClientId client, String scope) {
        var registered = registry.client(client);
        var granted = registry.granted(client, domains.managementAudience(), "client");
        if (registered.isEmpty() || granted.isEmpty()) return unauthorized("Invalid token");
        var scopes = new HashSet<>(List.of(scope.split(" ", -1)));
        scopes.retainAll(granted.get());
        var name = registered.get().client().name();
        return new Result.Ok<>(
                new Call(request, origins.of(request), client, name, Set.copyOf(scopes)));
    }

    private static Result<Call> unauthorized(String message) {
        return new Result.Failed<>(ManagementError.unauthorized(message));
    }

    private static Result<Call> permitted(Operation operation, Call call) {
        var hasAny =
                operation.anyOf().isEmpty()
                        || operation.anyOf().stream().anyMatch(call.scopes()::contains);
        if (!hasAny)
            return new Result.Failed<>(ManagementError.insufficientScope("any", operation.anyOf()));
        if (!call.scopes().containsAll(operation.allOf()))
            return new Result.Failed<>(ManagementError.insufficientScope("all", operation.allOf()));
        return new Result.Ok<>(call);
    }

    private static String words(Jwts.Flaw flaw, String token) {
        return switch (flaw) {
            case EXPIRED -> "Expired token received for JSON Web Token validation";
            case AUDIENCE -> "Bad audience: " + Jwts.refusedAudience(token).orElse("none");
            case MALFORMED, SIGNATURE -> "Invalid token";
        };
    }
}
