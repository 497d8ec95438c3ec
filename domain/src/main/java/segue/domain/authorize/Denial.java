package segue.domain.authorize;

import segue.domain.identifier.UserId;
import segue.domain.transfer.Reason;

import java.util.Optional;

/// Why a client doesn't get its code, though its request was in order (contract authentication-api
/// §3.2).
public sealed interface Denial {
    /// It would take the sign-in page, and the request is silent.
    ///
    /// @param refusal why the transfer that came with the request wasn't honoured
    record LoginRequired(Optional<Reason> refusal) implements Denial {}

    /// It would take another page, and the request is silent.
    record InteractionRequired() implements Denial {}

    /// The user must be asked whether the client may have what it asks for, and the request is
    /// silent.
    record ConsentRequired() implements Denial {}

    /// The user was asked, and said no.
    record ConsentRefused() implements Denial {}

    /// The user doesn't belong to the organization of the request.
    record NotAMember(UserId user) implements Denial {}

    /// An Action said so (contract actions §4).
    ///
    /// @param error the OAuth error code
    record ByAction(String error, String description) implements Denial {}

    /// The device that asked waits no more: its time is over, or somebody has answered it. Nothing
    /// that it could be told.
    record DeviceGone() implements Denial {}

    /// One user's transfers ended too many sessions of others (THREATS R2.3). Told on a page of
    /// ours: it is no business of the client.
    record TooManyMismatches() implements Denial {}
}
