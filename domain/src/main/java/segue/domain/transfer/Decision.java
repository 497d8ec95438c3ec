package segue.domain.transfer;

import segue.domain.session.Session;

import java.util.Optional;

/// What becomes of a presented token. A refusal is a value: the transaction commits and the token
/// stays burnt.
public sealed interface Decision {

    /// The browser is the token's user from here on.
    ///
    /// @param kept the session of the same user that was there before and stays as it is; empty: a
    ///   new one is opened, once the rest of the request lets it
    record Accepted(Transfer transfer, Optional<Session> kept) implements Decision {}

    /// As if nothing had been sent and no session existed.
    ///
    /// @param transfer the token, if it was found
    /// @param ends the session that ends with this refusal: only another user's, and only for a
    ///   token that passed every other check (invariant I4)
    record Refused(Reason reason, Optional<Transfer> transfer, Optional<Session> ends)
            implements Decision {}
}
