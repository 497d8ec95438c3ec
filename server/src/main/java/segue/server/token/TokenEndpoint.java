package segue.server.token;

import segue.domain.identifier.ClientId;
import segue.server.dpop.DpopProofs;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.oauth.Body;
import segue.server.oauth.Callers;
import segue.server.oauth.Cors;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;

import java.util.Map;
import java.util.Optional;

/// `POST /oauth/token` (contract authentication-api §4).
public final class TokenEndpoint {
    private static final String ERROR_URI = "https://auth0.com/docs/clients/client-grant-types";

    private final Callers callers;
    private final Cors cors;
    private final DpopProofs proofs;
    private final Map<String, Grant> grants;

    TokenEndpoint(Callers callers, Cors cors, DpopProofs proofs, Map<String, Grant> grants) {
        this.callers = callers;
        this.cors = cors;
        this.proofs = proofs;
        this.grants = Map.copyOf(grants);
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
        var type = parameters.one("grant_type");
        if (type.isEmpty()) return OAuthError.missing("grant_type").response();
        var grant = Optional.ofNullable(grants.get(type.get()));
        if (grant.isEmpty())
            return OAuthError.of(
                            Code.UNSUPPORTED_GRANT_TYPE, "Unsupported grant type: " + type.get())
                    .response();
        return switch (callers.identify(request, parameters)) {
            case Callers.Identified.Unknown unknown -> unknown.response();
            case Callers.Identified.Known client when !client.client().mayUse(type.get()) ->
                    OAuthError.explained(
                                    Code.UNAUTHORIZED_CLIENT,
                                    "Grant type '" + type.get() + "' not allowed for the client.",
                                    ERROR_URI)
                            .response();
            case Callers.Identified.Known client
                    when client.client().requiresProof() && !DpopProofs.isSent(request) ->
                    proofs.withNonce(
                            OAuthError.of(
                                            Code.INVALID_DPOP_PROOF,
                                            "The client must prove possession of a key.")
                                    .response());
            case Callers.Identified.Known client ->
                    answer(grant.get(), request, parameters, client);
        };
    }

    /// The proof comes first: one that isn't accepted changes nothing, and none is spent for a
    /// client that may not ask.
    private Response answer(
            Grant grant, Request request, Parameters parameters, Callers.Identified.Known client) {
        var answer =
                switch (proofs.check(request)) {
                    case DpopProofs.Checked.Absent _ -> grant.answer(request, parameters, client);
                    case DpopProofs.Checked.Proved(var key) ->
                            grant.answer(request, parameters, client.possessing(key));
                    case DpopProofs.Checked.Refused(var error) -> new Answer.Refused(error);
                };
        // RFC 9449 §8.2: so that the next proof needs no second try.
        return DpopProofs.isSent(request) || asksForProof(answer)
                ? proofs.withNonce(answer.response())
                : answer.response();
    }

    private static boolean asksForProof(Answer answer) {
        return answer instanceof Answer.Refused(var error) && error.is(Code.INVALID_DPOP_PROOF);
    }
}
