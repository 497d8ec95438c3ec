package segue.server.token;

import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;

import segue.domain.secret.Secret;
import segue.domain.token.RedeemCode;
import segue.domain.token.RefreshScope;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.oauth.ResourceIndicator;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.server.trail.Trail;
import segue.storage.Codes;

import java.util.Optional;

/// `authorization_code` (contract authentication-api §4.4).
final class CodeGrant implements Grant {
    private final Codes codes;
    private final Tokens tokens;
    private final Registry registry;
    private final Domains domains;
    private final Mint mint;

    CodeGrant(Codes codes, Tokens tokens, Registry registry, Domains domains, Mint mint) {
        this.codes = codes;
        this.tokens = tokens;
        this.registry = registry;
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
        // No audience is asked for here (contract authentication-api §4.2).
        return switch (ResourceIndicator.read(parameters.without("audience"), registry, domains)) {
            case ResourceIndicator.Read.Refused(var error) -> new Answer.Refused(error);
            case ResourceIndicator.Read.Understood(var named) ->
                    exchange(
                            text.get(),
                            request,
                            parameters,
                            client,
                            RefreshGrant.target(
                                    named.one("audience").map(domains::canonicalAudience),
                                    domains));
        };
    }

    private Answer exchange(
            String text,
            Request request,
            Parameters parameters,
            Callers.Identified.Known client,
            RefreshScope.Target target) {
        // A code of another shape is looked up too, finds nothing, and is logged like any unknown
        // one.
        var code = SecretType.AUTHORIZATION_CODE.parse(text).orElseGet(() -> new Secret(text));
        var refreshToken = mint.secret(SecretType.REFRESH_TOKEN);
        var accessToken = mint.secret(SecretType.ACCESS_TOKEN);
        var exchange =
                new Codes.Exchange(
                        code.hash(),
                        client.caller(),
                        parameters.one("redirect_uri"),
                        parameters.one("code_verifier").map(CodeGrant::challenge),
                        target,
                        mint.family(),
                        refreshToken.hash(),
                        mint.grant(),
                        accessToken.hash(),
                        tokens::lifetime,
                        client.origin());
        Trail.presented(code.hash());
        return switch (codes.exchange(exchange)) {
            case Codes.Exchanged.Refused(var reason) -> refused(reason);
            case Codes.Exchanged.Granted granted -> {
                if (granted.code().offline()) Trail.about(exchange.family());
                granted.code().parent().ifPresent(Trail::about);
                yield issue(granted, request, client, accessToken, refreshToken);
            }
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
                        granted.profile(),
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
                    case TARGET -> "The resource is another than in the authorization request.";
                    case KEY -> "The DPoP proof is not by the key of the authorization request.";
                };
        return new Answer.Refused(
                OAuthError.of(
                        reason == RedeemCode.Refusal.TARGET
                                ? Code.INVALID_TARGET
                                : Code.INVALID_GRANT,
                        description));
    }
}
