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
import segue.server.oauth.Terms;

import java.util.Map;
import java.util.Optional;

/// `POST /oauth/token` (contract authentication-api §4).
public final class TokenEndpoint {
    private static final String ERROR_URI = "https://auth0.com/docs/clients/client-grant-types";

    private final Callers callers;
    private final Terms terms;
    private final Cors cors;
    private final DpopProofs proofs;
    private final Map<String, Grant> grants;

    TokenEndpoint(
            Callers callers, Terms terms, Cors cors, DpopProofs proofs, Map<String, Grant> grants) {
        this.callers = callers;
        this.terms = terms;
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
            return terms.told(
                            OAuthError.of(
                                    Code.UNSUPPORTED_GRANT_TYPE,
                                    "Unsupported grant type: " + type.get()))
                    .response();
        return switch (callers.identify(request, parameters)) {
            case Callers.Identified.Unknown unknown -> unknown.response(terms);
            case Callers.Identified.Known client -> {
                var answer = answer(type.get(), grant.get(), request, parameters, client);
                var response =
                        switch (answer) {
                            case Answer.Issued issued -> issued.response();
                            case Answer.Refused(var error) ->
                                    terms.told(error, Optional.of(client.client())).response();
                        };
                // RFC 9449 §8.2: so that the next proof needs no second try.
                yield DpopProofs.isSent(request)
                                || client.client().mustProve()
                                || asksForProof(answer)
                        ? proofs.withNonce(response)
                        : response;
            }
        };
    }

    /// The proof comes first: one that isn't accepted changes nothing, and none is spent for a
    /// client that may not ask.
    private Answer answer(
            String type,
            Grant grant,
            Request request,
            Parameters parameters,
            Callers.Identified.Known client) {
        if (!client.client().mayUse(type))
            return new Answer.Refused(
                    OAuthError.explained(
                            Code.UNAUTHORIZED_CLIENT,
                            "Grant type '" + type + "' not allowed for the client.",
                            ERROR_URI));
        if (client.client().mustProve() && !DpopProofs.isSent(request))
            return new Answer.Refused(
                    OAuthError.of(
                            // RFC 6749 §5.2: a part of the request is missing. RFC 9449 §5 has
                            // the other code for a proof that is wrong.
                            terms.areStrict(Optional.of(client.client()))
                                    ? Code.INVALID_REQUEST
                                    : Code.INVALID_DPOP_PROOF,
                            "The client must prove possession of a key."));
        return switch (proofs.check(request)) {
            case DpopProofs.Checked.Absent _ -> grant.answer(request, parameters, client);
            case DpopProofs.Checked.Proved(var key) ->
                    grant.answer(request, parameters, client.possessing(key));
            case DpopProofs.Checked.Refused(var error) -> new Answer.Refused(error);
        };
    }

    private static boolean asksForProof(Answer answer) {
        return answer instanceof Answer.Refused(var error) && error.is(Code.INVALID_DPOP_PROOF);
    }
}
