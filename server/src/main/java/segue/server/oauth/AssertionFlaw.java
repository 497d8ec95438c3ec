package segue.server.oauth;

import segue.server.oauth.OAuthError.Code;

/// Why a client assertion isn't accepted (RFC 7523 §3). What is said before the signature was
/// verified is true of the assertion whoever the client is, so that nothing is told of clients that
/// exist or not (THREATS T-34).
enum AssertionFlaw {
    METHOD("client_assertion_type must be " + ClientAssertion.TYPE + "."),
    OVERSIZED("client_assertion is too long."),
    MALFORMED("client_assertion is no signed JWT."),
    HEADER("The header of client_assertion has a typ or a crit that is not for here."),
    ALGORITHM(
            "client_assertion must be signed by RS256, RS384, PS256, ES256 or EdDSA, or by HS256"
                    + " with the client's secret."),
    CLIENT("iss and sub of client_assertion must both be the client_id."),
    AUDIENCE("aud of client_assertion must be the issuer or the token endpoint, and nobody else."),
    EXPIRY("exp of client_assertion must lie ahead, by at most 5 minutes."),
    FUTURE("iat or nbf of client_assertion lies in the future."),
    ID("jti of client_assertion must have 1 to 255 characters."),
    SIGNATURE("No key of this client for this alg and kid has signed client_assertion."),
    FAPI_ALGORITHM("FAPI: client_assertion must be signed by PS256, ES256 or EdDSA."),
    FAPI_AUDIENCE("FAPI: aud of client_assertion must be the issuer, as a string."),
    REPLAYED("client_assertion was used before.");

    private final String description;

    AssertionFlaw(String description) {
        this.description = description;
    }

    OAuthError error() {
        return OAuthError.of(Code.INVALID_CLIENT, description);
    }
}
