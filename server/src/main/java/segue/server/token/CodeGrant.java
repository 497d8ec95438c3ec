package segue.server.token;

import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;

import segue.domain.secret.Secret;
import segue.domain.token.RedeemCode;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.storage.Codes;

import java.util.Optional;

/// `authorization_code` (contract authentication-api §4.4).
final class CodeGrant implements Grant {
    private final Codes codes;
    private final Tokens tokens;
    private final Domains domains;
    private final Mint mint;

    CodeGrant(Codes codes, Tokens tokens, Domains domains, Mint mint) {
        this.codes = codes;
        this.tokens = tokens;
        this.domains = domains;
        this.mint = mint;
    }

    @Override
    public Answer answer(Request request, Parameters parameters, Callers.Identified.Known client) {
        var text = parameters.one("code");
        if (text.isEmpty()) return new Answer.Refused(OAuthError.missing("code"));
        var audience = parameters.one("audience").filter(Domains::looksLikeTransfer);
        if (audience.isPresent())
            // Contract native-to-web §3.4; the code is as good as before.
            return new Answer.Refused(OAuthError.serviceNotFound(audience.get()));
        // A code of another shape is looked up too, finds nothing, and is logged like any unknown
        // one.
        var code =
                SecretType.AUTHORIZATION_CODE
                        .parse(text.get())
                        .orElseGet(() -> new Secret(text.get()));
        var refreshToken = mint.secret(SecretType.REFRESH_TOKEN);
        var accessToken = mint.secret(SecretType.ACCESS_TOKEN);
        var exchange =
                new Codes.Exchange(
                        code.hash(),
                        client.caller(),
                        parameters.one("redirect_uri"),
                        parameters.one("code_verifier").map(CodeGrant::challenge),
                        mint.family(),
                        refreshToken.hash(),
                        mint.grant(),
                        accessToken.hash(),
                        tokens::lifetime,
                        client.origin());
        return switch (codes.exchange(exchange)) {
            case Codes.Exchanged.Refused(var reason) -> refused(reason);
            case Codes.Exchanged.Granted granted ->
                    issue(granted, request, client, accessToken, refreshToken);
        };
    }

    private Answer issue(
            Codes.Exchanged.Granted granted,
            Request request,
            Callers.Identified.Known client,
            Secret accessToken,
            Secret refreshToken) {
        var code = granted.code();
        return tokens.issue(
                        Tokens.Granted.of(domains.issuer(request.host()), code, granted.session()),
                        client,
                        accessToken,
                        code.offline() ? Optional.of(refreshToken) : Optional.empty())
                .<Answer>map(Answer.Issued::new)
                .orElseGet(() -> refused(RedeemCode.Refusal.INVALID));
    }

    /// A verifier that RFC 7636 §4.1 doesn't allow fits no challenge.
    private static String challenge(String verifier) {
        try {
            return CodeChallenge.compute(CodeChallengeMethod.S256, new CodeVerifier(verifier))
                    .getValue();
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static Answer refused(RedeemCode.Refusal reason) {
        var description =
                switch (reason) {
                    case INVALID, REPLAYED -> "Invalid authorization code";
                    case REDIRECT_URI -> "The redirect_uri provided does not match.";
                    case VERIFIER -> "Failed to verify code verifier";
                    case KEY -> "The DPoP proof is not by the key of the authorization request.";
                };
        return new Answer.Refused(OAuthError.of(Code.INVALID_GRANT, description));
    }
}
