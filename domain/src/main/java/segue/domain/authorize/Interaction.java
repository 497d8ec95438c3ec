package segue.domain.authorize;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.secret.SecretHash;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// An authorization request that waits in one browser.
///
/// @param request its parameters, form-encoded, without any session transfer token
/// @param device the hash of the device code, if the request is one of a device that waits for its
///   end (RFC 8628)
public record Interaction(
        String request,
        ClientId client,
        Optional<SecretHash> device,
        Instant createdAt,
        Instant expiresAt,
        Stage stage) {

    /// What it waits for.
    public sealed interface Stage {
        /// The user signs in.
        record SigningIn() implements Stage {}

        /// The user says whether they mean to be the user of a transfer, which is claimed already
        /// (THREATS decision 6).
        record Confirming(TransferId transfer) implements Stage {}

        /// The user says whether the device that asks is theirs (RFC 8628 §3.3).
        record Activating() implements Stage {}

        /// Nothing but the answer: the client gets its code.
        ///
        /// @param by the session of the user
        /// @param transfer that was redeemed in it
        record Completed(SessionId by, Optional<TransferId> transfer) implements Stage {}

        /// An Action sent the browser elsewhere, and hears of it when it comes back (contract
        /// actions §5).
        ///
        /// @param by the session of the user, which may be pending
        /// @param transfer that is being redeemed
        /// @param continuation where the Actions go on
        record Elsewhere(SessionId by, Optional<TransferId> transfer, String continuation)
                implements Stage {}

        /// The user says whether the client may have what it asks for.
        ///
        /// @param by the session of the user; pending if a transfer is to open it
        /// @param transfer that is being redeemed
        /// @param code what the client gets if they allow it; until then nobody knows its secret
        record Consenting(SessionId by, Optional<TransferId> transfer, SecretHash code)
                implements Stage {}

        /// Nothing but the answer: there is no code.
        record Refused(Denial denial) implements Stage {}
    }

    /// How long a user may take to sign in, or to allow what a client asks for.
    public static final Duration LIFETIME = Duration.ofMinutes(30);

    /// How long a browser may stay elsewhere.
    public static final Duration ABSENCE = Duration.ofHours(1);

    /// How long a claimed transfer may wait for its user. A ticket whose minute is over lives on in
    /// it, so it is short.
    public static final Duration CONFIRMATION = Duration.ofMinutes(5);
}
