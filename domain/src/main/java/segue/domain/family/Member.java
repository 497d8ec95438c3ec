package segue.domain.family;

import segue.domain.identifier.ClientId;
import segue.domain.network.ClientAddress;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A credential with what hangs below it (contract native-to-web §14).
///
/// @param id of the kind: what a receipt and the Management API call it
/// @param client who holds it; of a session, the web client that it was opened for
/// @param createdAt when it was issued or opened
/// @param endedAt when it was ended, redeemed or refused; empty while it wasn't, and for what
///   merely expired
/// @param cause why it ended, or the reason code of a refusal
/// @param address where it was issued to
public record Member(
        Kind kind,
        String id,
        Optional<ClientId> client,
        State state,
        Instant createdAt,
        Optional<Instant> endedAt,
        Optional<String> cause,
        Optional<ClientAddress> address,
        List<Member> children) {
    public Member {
        children = List.copyOf(children);
    }

    /// What it is; the name in lower case is the word on the wire.
    public enum Kind {
        REFRESH_TOKEN,
        SESSION_TRANSFER_TOKEN,
        SESSION;

        /// The word on the wire.
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// How it stands; the name in lower case is the word on the wire.
    public enum State {
        /// A session or refresh token that works.
        ACTIVE,
        /// A transfer that nobody has presented yet.
        ISSUED,
        /// A transfer that opened a session, or proved the user of one.
        REDEEMED,
        /// A transfer that was presented and refused.
        REFUSED,
        /// Its time is over.
        EXPIRED,
        /// It was ended before its time.
        ENDED;

        /// The word on the wire.
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The same above these.
    public Member with(List<Member> below) {
        return new Member(kind, id, client, state, createdAt, endedAt, cause, address, below);
    }
}
