package segue.server.oauth;

import segue.domain.identifier.ClientId;
import segue.server.http.Request;
import segue.server.http.Response;

import java.util.Optional;

/// Which web pages may read an answer (contract authentication-api §1.3). Credentials are never
/// allowed, so that no cookie takes part.
public final class Cors {
    private static final String ALLOW = "Access-Control-Allow-Origin";

    private final Registry registry;

    public Cors(Registry registry) {
        this.registry = registry;
    }

    /// The answer to a preflight for something that every page may read.
    public static Response preflightForAll(Request request) {
        return preflight().withHeader(ALLOW, "*");
    }

    /// The answer to a preflight for a client's endpoint. A preflight doesn't name the client, so
    /// it is let through for any web page: it only makes the browser send the request, and whether
    /// the page may read the answer is decided then.
    public static Response preflight(Request request) {
        var answer = preflight().withHeader("Vary", "Origin");
        return request.headers()
                .first("Origin")
                .flatMap(WebOrigin::of)
                .map(origin -> answer.withHeader(ALLOW, origin.value()))
                .orElse(answer);
    }

    private static Response preflight() {
        return Response.of(204)
                .withHeader("Access-Control-Allow-Methods", "GET, POST")
                .withHeader(
                        "Access-Control-Allow-Headers",
                        "Content-Type, Auth0-Client, Authorization, DPoP")
                .withHeader("Access-Control-Max-Age", "600");
    }

    /// The answer, readable by the page that asks if the client has its origin.
    ///
    /// @param client that the request concerns, whether or not it was authenticated
    public Response readable(Request request, Optional<ClientId> client, Response answer) {
        var varied = answer.withHeader("Vary", "Origin");
        var origin = request.headers().first("Origin").flatMap(WebOrigin::of);
        if (origin.isEmpty() || client.isEmpty()) return varied;
        var isAllowed =
                registry.client(client.get())
                        .filter(it -> it.client().origins().contains(origin.get().value()))
                        .isPresent();
        return isAllowed
                ? varied.withHeader(ALLOW, origin.get().value())
                        .withHeader(
                                "Access-Control-Expose-Headers",
                                "DPoP-Nonce, Retry-After, WWW-Authenticate, X-RateLimit-Limit,"
                                        + " X-RateLimit-Remaining, X-RateLimit-Reset")
                : varied;
    }
}
