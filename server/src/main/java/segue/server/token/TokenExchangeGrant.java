package segue.server.token;

import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;

/// Custom token exchange (RFC 8693). No profile can be configured yet, so every subject token is of
/// an unknown type; a request for a session transfer token is told that this isn't the way
/// (contract native-to-web §9.2).
final class TokenExchangeGrant implements Grant {
    @Override
    public Answer answer(Request request, Parameters parameters, Callers.Identified.Known client) {
        if (parameters.one("audience").filter(Domains::looksLikeTransfer).isPresent())
            return refused(
                    "Session Transfer Tokens cannot be requested using Custom Token Exchange.");
        return refused("No token exchange profile exists for this subject_token_type.");
    }

    private static Answer refused(String description) {
        return new Answer.Refused(OAuthError.of(Code.INVALID_REQUEST, description));
    }
}
