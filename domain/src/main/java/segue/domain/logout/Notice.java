package segue.domain.logout;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;

/// A client that is to hear that a session it used has ended. Kept until it has heard, or until we
/// have tried often enough ([Backoff]).
///
/// @param host under which of our names the client used it
/// @param attempts how many deliveries have begun, this one included
public record Notice(
        SessionId session,
        ClientId client,
        String host,
        UserId user,
        Initiator initiator,
        int attempts) {}
