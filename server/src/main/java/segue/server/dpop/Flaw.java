package segue.server.dpop;

import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;

/// Why a proof isn't accepted (RFC 9449 §4.3).
enum Flaw {
    TWICE("Exactly one DPoP header is allowed."),
    OVERSIZED("The DPoP proof is too long."),
    MALFORMED("The DPoP proof is no JWS with a public key in its header."),
    TYPE("The typ of the DPoP proof must be dpop+jwt."),
    ALGORITHM("The DPoP proof must be signed by ES256."),
    SIGNATURE("The signature of the DPoP proof is not that of its key."),
    METHOD("The htm of the DPoP proof is not the method of the request."),
    URI("The htu of the DPoP proof is not the URL of the request."),
    TIME("The iat of the DPoP proof is missing, too old or in the future."),
    ID("The jti of the DPoP proof must have 1 to 128 characters."),
    TOKEN("The ath of the DPoP proof is not the hash of the access token."),
    NONCE("The DPoP proof must have the nonce of the DPoP-Nonce header."),
    REPLAYED("The DPoP proof was used before.");

    private final String description;

    Flaw(String description) {
        this.description = description;
    }

    /// What the client hears. A proof without a valid nonce has an error of its own, which tells
    /// the client to try again with the one of the answer (§8).
    OAuthError error() {
        return OAuthError.of(
                this == NONCE ? Code.USE_DPOP_NONCE : Code.INVALID_DPOP_PROOF, description);
    }
}
