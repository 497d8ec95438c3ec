package segue.domain.logout;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;

/// A client that is to hear that a session it used has ended. Kept until it has heard, or until we
/// have tried often enough ([Backoff]).
///
/// @param attempts how many deliveries have begun, this one included
public record Notice(
        SessionId session, ClientId client, UserId user, Initiator initiator, int attempts) {}
