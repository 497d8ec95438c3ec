package segue.server.token;

import segue.domain.client.Client;
import segue.domain.resource.ResourceServer;
import segue.domain.secret.Secret;
import segue.domain.token.RefreshRefusal;
import segue.domain.token.RefreshScope;
import segue.domain.token.TokenFamily;
import segue.domain.token.TokenTerms;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.oauth.Scopes;
import segue.server.postlogin.Occasion;
import segue.server.postlogin.PostLogin;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.server.trail.Trail;
import segue.storage.Families;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// `refresh_token` (contract authentication-api §4.5). With the session-transfer audience it is the
/// hand-off's exchange.
final class RefreshGrant implements Grant {
    private final Families families;
    private final TransferExchange transfers;
    private final Tokens tokens;
    private final Registry registry;
    private final Domains domains;
    private final Mint mint;
    private final PostLogin postLogin;

    RefreshGrant(
            Families families,
            TransferExchange transfers,
            Tokens tokens,
            Registry registry,
            Domains domains,
            Mint mint,
            PostLogin postLogin) {
        this.families = families;
        this.transfers = transfers;
        this.tokens = tokens;
        this.registry = registry;
        this.domains = domains;
        this.mint = mint;
        this.postLogin = postLogin;
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
            return transfers.answer(request, parameters, presented, audience.get(), client);
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
        var command =
                new Families.Refresh(
                        presented.hash(),
                        client.caller(),
                        new RefreshScope.Asked(
                                target(audience, domains),
                                parameters.one("scope"),
                                policies(client.client())),
                        successor.hash(),
                        accessToken.hash(),
                        tokens::lifetime,
                        postLogin.policy(registry.tenant()),
                        client.origin());
        var refreshed = heard(families.refresh(command), command, request, parameters, client);
        return switch (refreshed) {
            case Families.Refreshed.Asking _ ->
                    throw new IllegalStateException("Actions haven't been heard");
            case Families.Refreshed.Denied(var error, var description) ->
                    new Answer.Refused(OAuthError.byAction(error, description));
            case Families.Refreshed.Refused(var reason) -> new Answer.Refused(error(reason));
            case Families.Refreshed.Replayed _ -> new Answer.Refused(error(RefreshRefusal.ENDED));
            case Families.Refreshed.OtherAudience _ ->
                    new Answer.Refused(
                            isKnown(audience.orElseThrow())
                                    ? OAuthError.of(
                                            Code.INVALID_GRANT,
                                            "Unauthorized audience for this refresh token.")
                                    : OAuthError.serviceNotFound(audience.orElseThrow()));
            case Families.Refreshed.AudienceGone(var gone) ->
                    new Answer.Refused(OAuthError.serviceNotFound(gone));
            case Families.Refreshed.Granted(
                            var family,
                            var scope,
                            var terms,
                            var rotated,
                            var profile) -> {
                Trail.about(family.parent().orElse(family.id()));
                yield tokens.issue(
                                granted(family, domains.issuer(request.host()), scope, terms),
                                profile,
                                client,
                                accessToken,
                                rotated ? Optional.of(successor) : Optional.empty())
                        .<Answer>map(Answer.Issued::new)
                        .orElseGet(() -> new Answer.Refused(error(RefreshRefusal.ENDED)));
            }
        };
    }

    /// What comes of it once Actions have been heard, if they must be.
    private Families.Refreshed heard(
            Families.Refreshed outcome,
            Families.Refresh command,
            Request request,
            Parameters parameters,
            Callers.Identified.Known client) {
        if (!(outcome instanceof Families.Refreshed.Asking(var scene, var scope))) return outcome;
        var occasion =
                new Occasion(
                        request,
                        client.origin().device(),
                        client.client(),
                        Occasion.REFRESH,
                        parameters,
                        scope.scope(),
                        scene.refreshToken().flatMap(it -> it.family().organization()),
                        scope.audience(),
                        scope.audience().filter(domains.managementAudience()::equals).isPresent(),
                        false,
                        Optional.empty());
        return families.refresh(command.heard(postLogin.hear(scene, occasion)));
    }

    private boolean isKnown(String audience) {
        return domains.isUserinfo(audience) || registry.api(audience).isPresent();
    }

    /// The API that a request names.
    static RefreshScope.Target target(Optional<String> audience, Domains domains) {
        return audience.<RefreshScope.Target>map(
                        named ->
                                domains.isUserinfo(named)
                                        ? new RefreshScope.Target.Userinfo()
                                        : new RefreshScope.Target.Api(named))
                .orElseGet(RefreshScope.Target.Original::new);
    }

    /// What of `refresh_token.policies` can be used: by a first-party client, for APIs that skip
    /// consent, never for the Management API, and no more than users may grant the client anyway.
    private Map<String, Set<String>> policies(Client client) {
        var usable = new HashMap<String, Set<String>>();
        if (!client.isFirstParty()) return usable;
        client.refreshPolicies()
                .forEach(
                        (audience, scopes) ->
                                available(client, audience)
                                        .ifPresent(
                                                available -> {
                                                    var both = new HashSet<>(scopes);
                                                    both.retainAll(available);
                                                    usable.put(audience, both);
                                                }));
        return usable;
    }

    private Optional<Set<String>> available(Client client, String audience) {
        if (domains.canonicalAudience(audience).equals(domains.managementAudience()))
            return Optional.empty();
        return registry.api(audience)
                .map(Registry.Api::server)
                .filter(ResourceServer::skipsConsent)
                .flatMap(
                        server ->
                                Scopes.ofUsers(
                                        server,
                                        client,
                                        registry.granted(client.id(), audience, "user")));
    }

    /// What a family grants now; the original sign-in stays what it was.
    static Tokens.Granted granted(
            TokenFamily family, String issuer, RefreshScope.Granted scope, TokenTerms terms) {
        return new Tokens.Granted(
                issuer,
                family.user(),
                scope.scope(),
                scope.audience(),
                family.organization(),
                family.session(),
                family.requestedClaims(),
                terms,
                family.authentication(),
                Optional.of("refresh_token"),
                Optional.empty(),
                true);
    }

    /// Contract native-to-web §3.4, and the words of a tombstone (§8).
    static OAuthError error(RefreshRefusal reason) {
        return OAuthError.of(
                reason == RefreshRefusal.UNPROVED ? Code.INVALID_DPOP_PROOF : Code.INVALID_GRANT,
                switch (reason) {
                    case USER_GONE ->
                            "The refresh_token was generated for a user who doesn't exist anymore.";
                    case USER_BLOCKED -> "user is blocked";
                    case GRANT_GONE -> "Grant not found, cannot refresh access token";
                    case UNPROVED ->
                            "The refresh token is bound to a key: a DPoP proof is required.";
                    // RFC 9449 §5: in the hands of whoever has another key it is no grant.
                    case UNKNOWN, OTHER_CLIENT, OTHER_KEY, ENDED, EXPIRED, SESSION_ENDED ->
                            "Unknown or invalid refresh token.";
                });
    }
}
