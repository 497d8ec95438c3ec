package segue.server.token;

import segue.domain.secret.Secret;
import segue.domain.token.RefreshRefusal;
import segue.domain.token.TokenFamily;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.oauth.Scopes;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.storage.Families;

import java.util.Optional;

/// `refresh_token` (contract authentication-api §4.5). With the session-transfer audience it is the
/// hand-off's exchange.
final class RefreshGrant implements Grant {
    private final Families families;
    private final TransferExchange transfers;
    private final Tokens tokens;
    private final Registry registry;
    private final Domains domains;
    private final Mint mint;

    RefreshGrant(
            Families families,
            TransferExchange transfers,
            Tokens tokens,
            Registry registry,
            Domains domains,
            Mint mint) {
        this.families = families;
        this.transfers = transfers;
        this.tokens = tokens;
        this.registry = registry;
        this.domains = domains;
        this.mint = mint;
    }

    @Override
    public Answer answer(Request request, Parameters parameters, Callers.Identified.Known client) {
        var text = parameters.one("refresh_token");
        if (text.isEmpty()) return new Answer.Refused(OAuthError.missing("refresh_token"));
        // A token of another shape is looked up too, finds nothing, and is logged like any unknown
        // one.
        var presented =
                SecretType.REFRESH_TOKEN.parse(text.get()).orElseGet(() -> new Secret(text.get()));
        var audience = parameters.one("audience");
        if (audience.filter(Domains::looksLikeTransfer).isPresent())
            return transfers.answer(
                    request, presented, audience.get(), parameters.one("scope"), client);
        return refresh(
                request, parameters, client, presented, audience.map(domains::canonicalAudience));
    }

    private Answer refresh(
            Request request,
            Parameters parameters,
            Callers.Identified.Known client,
            Secret presented,
            Optional<String> audience) {
        var successor = mint.secret(SecretType.REFRESH_TOKEN);
        var accessToken = mint.secret(SecretType.ACCESS_TOKEN);
        var refreshed =
                families.refresh(
                        new Families.Refresh(
                                presented.hash(),
                                client.caller(),
                                audience.filter(it -> !domains.isUserinfo(it)),
                                parameters.one("scope"),
                                successor.hash(),
                                accessToken.hash(),
                                Tokens.OPAQUE_LIFETIME,
                                client.origin()));
        return switch (refreshed) {
            case Families.Refreshed.Refused(var reason) -> new Answer.Refused(error(reason));
            case Families.Refreshed.Replayed _ -> new Answer.Refused(error(RefreshRefusal.ENDED));
            case Families.Refreshed.OtherAudience _ ->
                    new Answer.Refused(
                            registry.api(audience.orElseThrow()).isPresent()
                                    ? OAuthError.of(
                                            Code.INVALID_GRANT,
                                            "Unauthorized audience for this refresh token.")
                                    : OAuthError.serviceNotFound(audience.orElseThrow()));
            case Families.Refreshed.Granted(var family, var rotated) ->
                    tokens.issue(
                                    granted(family, request, parameters.one("scope")),
                                    client,
                                    accessToken,
                                    rotated ? Optional.of(successor) : Optional.empty())
                            .<Answer>map(Answer.Issued::new)
                            .orElseGet(() -> new Answer.Refused(error(RefreshRefusal.ENDED)));
        };
    }

    private Tokens.Granted granted(TokenFamily family, Request request, Optional<String> scope) {
        return granted(
                family, domains.issuer(request.host()), Scopes.narrowed(scope, family.scope()));
    }

    /// What a family grants now; the original sign-in stays what it was.
    static Tokens.Granted granted(TokenFamily family, String issuer, String scope) {
        return new Tokens.Granted(
                issuer,
                family.user(),
                scope,
                family.audience(),
                family.organization(),
                family.session(),
                family.requestedClaims(),
                family.authentication(),
                Optional.of("refresh_token"),
                Optional.empty(),
                true);
    }

    /// Contract native-to-web §3.4, and the words of a tombstone (§8).
    static OAuthError error(RefreshRefusal reason) {
        return OAuthError.of(
                Code.INVALID_GRANT,
                switch (reason) {
                    case USER_GONE ->
                            "The refresh_token was generated for a user who doesn't exist anymore.";
                    case USER_BLOCKED -> "user is blocked";
                    case GRANT_GONE -> "Grant not found, cannot refresh access token";
                    case UNKNOWN, OTHER_CLIENT, ENDED, EXPIRED, SESSION_ENDED ->
                            "Unknown or invalid refresh token.";
                });
    }
}
