package segue.server.management;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import segue.domain.identifier.ClientId;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.http.Router;
import segue.server.jwt.Jwts;
import segue.server.oauth.Domains;
import segue.server.oauth.Registry;
import segue.server.settings.Rate;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// `/api/v2`: who may do what, in one table (THREATS R47.1). An operation that isn't in it doesn't
/// exist, and none of them runs before its scopes were found in the access token.
public final class ManagementApi {
    private static final String PREFIX = "/api/v2";

    private final List<Operation> operations;
    private final Jwts jwts;
    private final Domains domains;
    private final Registry registry;
    private final Rate rate;
    private final Clock clock;
    private final Cache<String, AtomicInteger> calls;

    /// @param rate how often one client may call
    public ManagementApi(
            Clients clients,
            ResourceServers resourceServers,
            ClientGrants clientGrants,
            Connections connections,
            Organizations organizations,
            Tenants tenants,
            UserApi users,
            SessionApi sessions,
            LogApi logs,
            Jwts jwts,
            Domains domains,
            Registry registry,
            Rate rate,
            Clock clock) {
        var all = new ArrayList<Operation>();
        all.addAll(clients.operations());
        all.addAll(resourceServers.operations());
        all.addAll(clientGrants.operations());
        all.addAll(connections.operations());
        all.addAll(organizations.operations());
        all.addAll(tenants.operations());
        all.addAll(users.operations());
        all.addAll(sessions.operations());
        all.addAll(logs.operations());
        this.operations = List.copyOf(all);
        this.jwts = jwts;
        this.domains = domains;
        this.registry = registry;
        this.rate = rate;
        this.clock = clock;
        this.calls =
                Caffeine.newBuilder()
                        .maximumSize(10_000)
                        .expireAfterWrite(rate.per().plus(Duration.ofMinutes(1)))
                        .build();
    }

    List<Operation> operations() {
        return operations;
    }

    /// Adds the operations to a router.
    public void addTo(Router router) {
        for (var operation : operations)
            router.add(
                    operation.method(),
                    PREFIX + operation.path(),
                    request -> answer(operation, request));
    }

    private Response answer(Operation operation, Request request) {
        return switch (authorise(operation, request)) {
            case Result.Failed<Call>(var error) -> error.response();
            case Result.Ok<Call>(var call) -> {
                var response =
                        switch (operation.action().apply(call)) {
                            case Result.Ok<Response>(var ok) -> ok;
                            case Result.Failed<Response>(var error) -> error.response();
                        };
                yield limited(response, call.caller());
            }
        };
    }

    private Result<Call> authorise(Operation operation, Request request) {
        var header = request.headers().first("Authorization");
        if (header.isEmpty())
            return new Result.Failed<>(ManagementError.unauthorized("Missing authentication"));
        if (!header.get().regionMatches(true, 0, "Bearer ", 0, "Bearer ".length()))
            return new Result.Failed<>(ManagementError.unauthorized("Invalid token"));
        var token = header.get().substring("Bearer ".length()).strip();
        var verified =
                jwts.accessToken(token, domains.issuers(), Set.of(domains.managementAudience()));
        return switch (verified) {
            case Jwts.Verified.Invalid(var flaw) ->
                    new Result.Failed<>(ManagementError.unauthorized(words(flaw)));
            case Jwts.Verified.Valid(var claims) -> {
                var client = claims.getClaim("azp") instanceof String azp ? azp : "";
                // Promise P2: a JWT lives to its end, but not without its client and its grant.
                var granted =
                        client.isEmpty()
                                ? Optional.<Set<String>>empty()
                                : registry.granted(
                                        new ClientId(client),
                                        domains.managementAudience(),
                                        "client");
                if (granted.isEmpty())
                    yield new Result.Failed<>(ManagementError.unauthorized("Invalid token"));
                var scopes =
                        new LinkedHashSet<>(
                                List.of(
                                        (claims.getClaim("scope") instanceof String text
                                                        ? text
                                                        : "")
                                                .split(" ", -1)));
                scopes.retainAll(granted.get());
                yield permitted(
                        operation, new Call(request, new ClientId(client), Set.copyOf(scopes)));
            }
        };
    }

    private Result<Call> permitted(Operation operation, Call call) {
        var hasAny =
                operation.anyOf().isEmpty()
                        || operation.anyOf().stream().anyMatch(call.scopes()::contains);
        if (!hasAny)
            return new Result.Failed<>(ManagementError.insufficientScope(operation.anyOf()));
        if (!call.scopes().containsAll(operation.allOf()))
            return new Result.Failed<>(ManagementError.insufficientScope(operation.allOf()));
        var count = calls.get(window(call.caller()), _ -> new AtomicInteger()).incrementAndGet();
        return count > rate.count()
                ? new Result.Failed<>(ManagementError.tooMany())
                : new Result.Ok<>(call);
    }

    private String window(ClientId client) {
        return client.value() + "@" + clock.millis() / rate.per().toMillis();
    }

    /// Contract management-api §15.
    private Response limited(Response response, ClientId client) {
        var used = calls.get(window(client), _ -> new AtomicInteger()).get();
        var window = rate.per().toMillis();
        var reset = (clock.millis() / window + 1) * window / 1000;
        return response.withHeader("X-RateLimit-Limit", Integer.toString(rate.count()))
                .withHeader(
                        "X-RateLimit-Remaining", Integer.toString(Math.max(0, rate.count() - used)))
                .withHeader("X-RateLimit-Reset", Long.toString(reset));
    }

    private static String words(Jwts.Flaw flaw) {
        return switch (flaw) {
            case EXPIRED -> "Expired token received for JSON Web Token validation";
            case AUDIENCE -> "Bad audience";
            case MALFORMED, SIGNATURE -> "Invalid token";
        };
    }
}
