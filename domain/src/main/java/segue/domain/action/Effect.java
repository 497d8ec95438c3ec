package segue.domain.action;

import java.time.Instant;
import java.util.Optional;

/// One thing that a post-login Action asks for (contract actions §4), in the order in which it
/// asked. Nothing is checked here; [Rule] does that.
///
/// Values of claims and of user metadata are JSON texts, complete and well-formed.
public sealed interface Effect {

    /// `api.access.deny`: the sign-in ends after this Action.
    record Deny(String reason) implements Effect {}

    /// `api.validation.error`: like [Deny], with an error code of its own.
    record Invalidate(String code, String message) implements Effect {}

    /// `api.idToken.setCustomClaim`: also told at `/userinfo`.
    ///
    /// @param value JSON, empty to remove the claim
    record SetIdTokenClaim(String name, Optional<String> value) implements Effect {}

    /// `api.accessToken.setCustomClaim`.
    ///
    /// @param value JSON, empty to remove the claim
    record SetAccessTokenClaim(String name, Optional<String> value) implements Effect {}

    /// `api.accessToken.addScope`.
    record AddScope(String scope) implements Effect {}

    /// `api.accessToken.removeScope`.
    record RemoveScope(String scope) implements Effect {}

    /// `api.session.setExpiresAt`: the earliest of several counts.
    record SetSessionExpiresAt(Instant at) implements Effect {}

    /// `api.session.setIdleExpiresAt`: holds until the session's next use.
    record SetSessionIdleExpiresAt(Instant at) implements Effect {}

    /// `api.session.setCookieMode`: the last of several counts.
    ///
    /// @param persistent whether the cookie outlives the browser
    record SetCookieMode(boolean persistent) implements Effect {}

    /// `api.session.revoke`: the session ends, and the sign-in with it.
    ///
    /// @param preservesRefreshTokens whether the refresh tokens that were issued in it live on
    record RevokeSession(String reason, boolean preservesRefreshTokens) implements Effect {}

    /// `api.session.setMetadata`, `deleteMetadata`, `evictMetadata`.
    record EditSessionMetadata(MetadataEdit edit) implements Effect {}

    /// `api.refreshToken.setExpiresAt`: only ever earlier.
    record SetRefreshTokenExpiresAt(Instant at) implements Effect {}

    /// `api.refreshToken.setIdleExpiresAt`: only ever earlier.
    record SetRefreshTokenIdleExpiresAt(Instant at) implements Effect {}

    /// `api.refreshToken.revoke`: the presented token's family ends, and the exchange with it.
    record RevokeRefreshToken(String reason) implements Effect {}

    /// `api.refreshToken.setMetadata`, `deleteMetadata`, `evictMetadata`.
    record EditRefreshTokenMetadata(MetadataEdit edit) implements Effect {}

    /// `api.user.setAppMetadata`.
    ///
    /// @param value JSON, empty to delete the entry
    record SetAppMetadata(String key, Optional<String> value)
            implements Effect, TokenExchangeEffect {}

    /// `api.user.setUserMetadata`.
    ///
    /// @param value JSON, empty to delete the entry
    record SetUserMetadata(String key, Optional<String> value)
            implements Effect, TokenExchangeEffect {}

    /// `api.transaction.setMetadata`: told to later Actions of the same sign-in.
    ///
    /// @param value JSON of a text, a number or a truth value, empty to delete the entry
    record SetTransactionMetadata(String key, Optional<String> value) implements Effect {}

    /// `api.redirect.sendUserTo`: the browser goes to another site and comes back.
    ///
    /// @param url absolute, with its query, without `state`
    record Redirect(String url) implements Effect {}

    /// A call whose arguments make no sense: of the wrong type, or out of range.
    ///
    /// @param problem what is wrong, for the tenant's eyes
    record Malformed(String problem) implements Effect, TokenExchangeEffect {}
}
