package segue.domain.token;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.revocation.Cause;
import segue.domain.scope.ScopeBound;

import java.time.Instant;
import java.util.Optional;

/// All refresh tokens that descend from one grant by rotation. Ending it ends every one of them,
/// because none of them works without it.
///
/// @param session the web session it was issued in, if any
/// @param parent the native family of the transfer it stems from; then it can never mint a transfer
///   (invariant I5)
/// @param scope what was granted, space separated; a refresh never narrows it
/// @param scopeBound the most that it may yield for any API (native-to-web §14)
/// @param audience the API of its access tokens; empty means `/userinfo` only
/// @param requestedClaims the `claims` parameter of its authorization request, verbatim
/// @param rotating how its newest token was issued
/// @param generation the number of its newest token; the first has 1
/// @param expiresAt absolute end, fixed at its creation; empty is never
/// @param idleExpiresAt the end if it isn't used; empty is never
/// @param cause why it ended, empty while it hasn't
/// @param boundTo the key that every use of it must prove possession of (RFC 9449 §5); empty for
///   one that whoever bears it may use
public record TokenFamily(
        FamilyId id,
        UserId user,
        ClientId client,
        ConnectionId connection,
        Optional<OrganizationId> organization,
        Optional<SessionId> session,
        Optional<FamilyId> parent,
        String scope,
        ScopeBound scopeBound,
        Optional<String> audience,
        Optional<String> requestedClaims,
        Authentication authentication,
        boolean rotating,
        long generation,
        Instant createdAt,
        Optional<Instant> expiresAt,
        Optional<Instant> idleExpiresAt,
        Optional<Cause> cause,
        Optional<KeyThumbprint> boundTo) {

    /// Neither ended nor expired.
    public boolean isLiveAt(Instant now) {
        return cause.isEmpty() && !isExpiredAt(now);
    }

    /// Whether its absolute or its idle time has passed.
    public boolean isExpiredAt(Instant now) {
        return expiresAt.filter(end -> !now.isBefore(end)).isPresent()
                || idleExpiresAt.filter(end -> !now.isBefore(end)).isPresent();
    }
}
