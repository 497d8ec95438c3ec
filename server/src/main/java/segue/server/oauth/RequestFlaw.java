package segue.server.oauth;

import segue.server.oauth.OAuthError.Code;

/// Why a request object isn't accepted (RFC 9101 §6, OpenID Connect Core §6.3).
enum RequestFlaw {
    OVERSIZED("request is too long."),
    MALFORMED("request is no signed JWT."),
    HEADER("The header of request has a typ or a crit that is not for here."),
    ALGORITHM("request must be signed by RS256, RS384, PS256, ES256 or EdDSA."),
    FAPI_ALGORITHM("FAPI: request must be signed by PS256, ES256 or EdDSA."),
    CLIENT("client_id of request must be there, and the one beside it."),
    ISSUER("iss of request must be the client_id."),
    AUDIENCE("aud of request must be the issuer."),
    SUBJECT("sub of request must not be the client_id, as in a client assertion."),
    EXPIRED("request has expired."),
    FUTURE("nbf of request lies in the future."),
    NESTED("request holds another request or a request_uri."),
    PARAMETER("A parameter in request is of a type that it can't have."),
    SIGNATURE("No key of this client for this alg and kid has signed request.");

    private final String description;

    RequestFlaw(String description) {
        this.description = description;
    }

    OAuthError error() {
        return OAuthError.of(Code.INVALID_REQUEST_OBJECT, description);
    }
}
