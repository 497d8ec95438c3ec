package segue.server.authorize;

import segue.domain.authorize.PushedRequest;
import segue.domain.authorize.ResponseType;
import segue.domain.token.KeyThumbprint;
import segue.server.authorize.AuthorizeRequest.Parsed;
import segue.server.authorize.RequestReader.Opened;
import segue.server.dpop.DpopProofs;
import segue.server.dpop.DpopProofs.Checked;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.oauth.Body;
import segue.server.oauth.Callers;
import segue.server.oauth.Callers.Identified;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Terms;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.storage.PushedRequests;

import tools.jackson.databind.json.JsonMapper;

import java.util.Optional;

/// `POST /oauth/par`: a client sends its authorization request ahead, and the browser only brings a
/// reference to it (RFC 9126, contract authentication-api §7).
public final class PushEndpoint {
    private static final JsonMapper JSON = new JsonMapper();
    private static final OAuthError OTHER_KEY =
            OAuthError.of(Code.INVALID_DPOP_PROOF, "The DPoP proof is not by the key of dpop_jkt.");

    private final PushedRequests requests;
    private final Callers callers;
    private final DpopProofs proofs;
    private final Terms terms;
    private final RequestReader reader;
    private final Mint mint;

    public PushEndpoint(
            PushedRequests requests,
            Callers callers,
            DpopProofs proofs,
            Terms terms,
            RequestReader reader,
            Mint mint) {
        this.requests = requests;
        this.callers = callers;
        this.proofs = proofs;
        this.terms = terms;
        this.reader = reader;
        this.mint = mint;
    }

    /// Answers.
    public Response handle(Request request) {
        return switch (Body.of(request)) {
            case Body.Malformed(var error) -> error.response();
            case Body.Read(var parameters) ->
                    switch (callers.identify(request, parameters)) {
                        case Identified.Unknown unknown -> unknown.response(terms);
                        case Identified.Known client -> proved(request, parameters, client);
                    };
        };
    }

    private Response proved(Request request, Parameters parameters, Identified.Known client) {
        return switch (proofs.check(request)) {
            case Checked.Absent _ -> handle(request, parameters, client, Optional.empty());
            case Checked.Refused(var error) -> proofs.withNonce(refused(client, error));
            case Checked.Proved(var key) ->
                    proofs.withNonce(handle(request, parameters, client, Optional.of(key)));
        };
    }

    private Response handle(
            Request request,
            Parameters parameters,
            Identified.Known client,
            Optional<KeyThumbprint> key) {
        // RFC 9126 §2.1.
        if (parameters.one("request_uri").isPresent())
            return refused(client, invalid("request_uri can't be pushed"));
        var sent = bare(parameters).with("client_id", client.client().id().value());
        return switch (reader.open(sent, request)) {
            case Opened.Plainly _ when client.client().requiresSignedRequests() ->
                    refused(client, AuthorizeRequest.NOT_SIGNED);
            case Opened.Plainly(var asked) -> bound(request, asked, client, key);
            // RFC 9126 §3: only what is inside counts.
            case Opened.Signed(var inside) -> bound(request, bare(inside), client, key);
            case Opened.Flawed(_, var error) -> refused(client, error);
        };
    }

    private static Parameters bare(Parameters parameters) {
        return parameters.without(Callers.CREDENTIALS.toArray(String[]::new));
    }

    /// RFC 9449 §10.1: a proof that comes along binds the code to its key.
    private Response bound(
            Request request,
            Parameters asked,
            Identified.Known client,
            Optional<KeyThumbprint> key) {
        if (key.isEmpty()) return understood(request, asked, client);
        var proved = key.get().value();
        return asked.one("dpop_jkt").filter(it -> !it.equals(proved)).isPresent()
                ? refused(client, OTHER_KEY)
                : understood(request, asked.with("dpop_jkt", proved), client);
    }

    private Response understood(Request request, Parameters asked, Identified.Known client) {
        return switch (reader.read(asked, request)) {
            case Parsed.Accepted(var accepted) when accepted.responseType() == ResponseType.CODE ->
                    pushed(asked, client);
            case Parsed.Accepted _ ->
                    refused(
                            client,
                            OAuthError.of(
                                    Code.UNSUPPORTED_RESPONSE_TYPE,
                                    "A pushed request is for a code"));
            case Parsed.Refused(_, var error) -> refused(client, error);
            case Parsed.Stopped(_, var text) -> refused(client, invalid(text));
        };
    }

    private Response pushed(Parameters asked, Identified.Known client) {
        var reference = mint.secret(SecretType.PUSHED_REQUEST);
        requests.push(
                reference.hash(),
                client.client().id(),
                new PushedRequest(asked.without(Sent.TRANSFER).encoded(), Sent.transfer(asked)));
        var body =
                JSON.createObjectNode()
                        .put("request_uri", PushedUri.of(reference))
                        .put("expires_in", PushedRequests.LIFETIME.toSeconds());
        return Response.json(201, body.toString()).withHeader("Pragma", "no-cache");
    }

    private static OAuthError invalid(String description) {
        return OAuthError.of(Code.INVALID_REQUEST, description);
    }

    /// RFC 9126 §2.3: what `/authorize` would tell the client by redirect, told at once.
    private Response refused(Identified.Known client, OAuthError error) {
        requests.refused(client.caller(), error.description(), client.origin());
        return error.withStatus(400).response();
    }
}
