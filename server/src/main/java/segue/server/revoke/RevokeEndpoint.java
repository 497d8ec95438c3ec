package segue.server.revoke;

import segue.domain.identifier.ClientId;
import segue.domain.secret.Secret;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.oauth.Body;
import segue.server.oauth.Callers;
import segue.server.oauth.Cors;
import segue.server.oauth.OAuthError;
import segue.server.oauth.Registry;
import segue.server.oauth.Terms;
import segue.storage.Revocations;

/// Ends a refresh token's family, and what hangs below it, before it answers. A token that is
/// unknown, or somebody else's, is answered in the same way and ends nothing (contract
/// authentication-api §5.1).
public final class RevokeEndpoint {
    private final Revocations revocations;
    private final Callers callers;
    private final Terms terms;
    private final Cors cors;
    private final Registry registry;

    public RevokeEndpoint(Revocations revocations, Callers callers, Registry registry) {
        this.revocations = revocations;
        this.callers = callers;
        this.terms = new Terms(registry);
        this.cors = new Cors(registry);
        this.registry = registry;
    }

    /// Answers.
    public Response handle(Request request) {
        return switch (Body.of(request)) {
            case Body.Malformed(var error) -> error.response();
            case Body.Read(var parameters) ->
                    cors.readable(
                            request,
                            parameters.one("client_id").map(ClientId::new),
                            handle(request, parameters));
        };
    }

    private Response handle(Request request, Parameters parameters) {
        return switch (callers.identify(request, parameters)) {
            case Callers.Identified.Unknown unknown -> unknown.response(terms);
            case Callers.Identified.Known client -> {
                var token = parameters.one("token");
                if (token.isEmpty()) yield OAuthError.missing("token").response();
                revocations.revokeToken(
                        new Secret(token.get()).hash(),
                        client.caller(),
                        registry.tenant().revokesWholeGrant(),
                        client.origin());
                yield Response.of(200);
            }
        };
    }
}
