package segue.domain.authorize;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// An authorization request that waits for its user, in one browser.
///
/// @param request its parameters, form-encoded, without any session transfer token
/// @param completedBy the session that the user completed it with, empty while they haven't
/// @param parent the native family of the transfer that was redeemed in it
public record Interaction(
        String request,
        ClientId client,
        Instant createdAt,
        Instant expiresAt,
        Optional<SessionId> completedBy,
        Optional<FamilyId> parent) {
    /// How long a user may take.
    public static final Duration LIFETIME = Duration.ofMinutes(30);
}
