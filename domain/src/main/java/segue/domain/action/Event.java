package segue.domain.action;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;

/// What a post-login Action is told (contract actions §3). Names and meanings are the contract's:
/// `event.user.user_id` is `user().userId()`. Never a token, a password or a client's secret.
///
/// Open-ended documents, as metadata are, hold plain values: `String`, `Number`, `Boolean`, `List`
/// and `Map` of such, or null.
///
/// @param session exists wherever there is a browser, also at the first sign-in
/// @param sessionTransferToken only in the transaction that redeems it
/// @param refreshToken only where one is exchanged
/// @param resourceServer the API that is asked for; for an exchange for a session transfer token
///   its URN
public record Event(
        User user,
        Client client,
        Connection connection,
        Request request,
        Optional<Session> session,
        Optional<SessionTransferToken> sessionTransferToken,
        Optional<RefreshToken> refreshToken,
        Authentication authentication,
        Optional<Authorization> authorization,
        Optional<Organization> organization,
        Optional<ResourceServer> resourceServer,
        Stats stats,
        Tenant tenant,
        Optional<CustomDomain> customDomain,
        Transaction transaction) {

    /// The user who signs in.
    ///
    /// @param profile the standard fields beyond those named here: `email`, `name`, `picture` …
    /// @param lastPasswordReset when the password was last changed
    public record User(
            String userId,
            SequencedMap<String, @Nullable Object> profile,
            boolean emailVerified,
            Instant createdAt,
            Instant updatedAt,
            Optional<Instant> lastPasswordReset,
            Map<String, @Nullable Object> appMetadata,
            Map<String, @Nullable Object> userMetadata,
            List<Identity> identities) {}

    /// Where the user is kept.
    ///
    /// @param userId without the provider's prefix
    public record Identity(String connection, String provider, String userId, boolean isSocial) {}

    /// The client that the user signs in to.
    public record Client(String clientId, String name, Map<String, @Nullable Object> metadata) {}

    /// The connection of the user.
    public record Connection(
            String id, String name, String strategy, Map<String, @Nullable Object> metadata) {}

    /// The HTTP request.
    ///
    /// @param query of `/authorize`
    /// @param body of `/oauth/token`
    /// @param language of the browser, its first preference
    public record Request(
            String ip,
            Optional<String> asn,
            String method,
            String hostname,
            Optional<String> language,
            Optional<String> userAgent,
            Map<String, String> query,
            Map<String, String> body,
            SequencedMap<String, Object> geoip) {}

    /// The browser's session.
    ///
    /// @param sessionTransfer if it stems from a native app, or if that is just what happens
    public record Session(
            String id,
            String userId,
            Instant createdAt,
            Instant updatedAt,
            Instant authenticatedAt,
            Instant expiresAt,
            Instant idleExpiresAt,
            Instant lastInteractedAt,
            Device device,
            List<ClientReference> clients,
            Cookie cookie,
            SortedMap<String, String> metadata,
            Optional<SessionTransfer> sessionTransfer) {}

    /// A client that used the session.
    public record ClientReference(String clientId) {}

    /// @param mode `persistent` or `non-persistent`
    public record Cookie(String mode) {}

    /// Where a session or a refresh token was first and last used.
    public record Device(
            String initialIp,
            Optional<String> initialAsn,
            String initialUserAgent,
            String lastIp,
            Optional<String> lastAsn,
            String lastUserAgent) {}

    /// What ties a session or a refresh token to a native app.
    public record SessionTransfer(ParentRefreshToken parentRefreshToken) {}

    /// The native app's refresh token.
    ///
    /// @param metadata of a session's parent; empty for that of a refresh token
    public record ParentRefreshToken(String id, Optional<SortedMap<String, String>> metadata) {}

    /// A session transfer token that is being redeemed.
    ///
    /// @param clientId the native app's
    /// @param scope of its refresh token
    public record SessionTransferToken(String clientId, List<String> scope, Issuance request) {}

    /// The request in which a session transfer token was issued.
    public record Issuance(
            String ip,
            Optional<String> asn,
            Optional<String> userAgent,
            SequencedMap<String, Object> geoip) {}

    /// A refresh token that is being exchanged.
    public record RefreshToken(
            String id,
            String clientId,
            String userId,
            Optional<String> sessionId,
            Instant createdAt,
            Optional<Instant> expiresAt,
            Optional<Instant> idleExpiresAt,
            Optional<Instant> lastExchangedAt,
            boolean rotating,
            Device device,
            List<ResourceServerScopes> resourceServers,
            SortedMap<String, String> metadata,
            Optional<SessionTransfer> sessionTransfer) {}

    /// What a refresh token was granted.
    ///
    /// @param scopes space separated
    public record ResourceServerScopes(String audience, String scopes) {}

    /// How the user proved who they are, this time included.
    public record Authentication(List<Method> methods) {}

    /// @param name for example `pwd`
    public record Method(String name, Instant timestamp) {}

    /// What the user may do.
    public record Authorization(List<String> roles) {}

    /// The organization of the request.
    public record Organization(
            String id, String name, String displayName, Map<String, @Nullable Object> metadata) {}

    /// The API of the request.
    public record ResourceServer(String identifier) {}

    /// @param loginsCount this sign-in included
    public record Stats(long loginsCount) {}

    /// @param id the tenant's name
    public record Tenant(String id) {}

    /// The further host name under which the request came in.
    public record CustomDomain(String domain, Map<String, @Nullable Object> domainMetadata) {}

    /// The OAuth request.
    ///
    /// @param protocol for example `oidc-basic-profile` or `oauth2-refresh-token` (contract §2)
    /// @param tokenExchange if it is one
    /// @param metadata what earlier Actions of the same sign-in left here
    public record Transaction(
            Optional<String> id,
            String protocol,
            List<String> requestedScopes,
            Optional<String> redirectUri,
            List<String> responseType,
            Optional<String> responseMode,
            Optional<String> state,
            List<String> prompt,
            Optional<String> locale,
            List<String> uiLocales,
            List<String> acrValues,
            Optional<String> loginHint,
            Optional<String> correlationId,
            Optional<TokenExchange> tokenExchange,
            SortedMap<String, Object> metadata) {}

    /// A custom token exchange, without its tokens.
    ///
    /// @param actor who acts as the user: the `act` claim
    public record TokenExchange(
            String subjectTokenType,
            Optional<String> actorTokenType,
            Optional<Map<String, @Nullable Object>> actor) {}
}
