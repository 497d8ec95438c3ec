package segue.faults;

import java.util.List;
import java.util.Optional;

/// One request of one client, as it saw it.
///
/// @param used what it presented; nothing at a sign-in, and the family at a revocation
/// @param made what it was given
/// @param start when it was sent, in nanoseconds of one clock for all clients
/// @param end when its answer was there, or it was clear that none would come
record Operation(
        Action action,
        Optional<Thing> used,
        List<Thing> made,
        Outcome outcome,
        long start,
        long end) {
    Operation {
        made = List.copyOf(made);
    }

    enum Action {
        SIGN_IN,
        /// Consumes a refresh token, for a new one.
        REFRESH,
        /// Consumes a refresh token, for a new one and a transfer.
        EXCHANGE,
        /// Consumes a transfer, for a session and a code.
        REDEEM,
        /// A session, for a code.
        SILENT_SIGN_IN,
        /// Consumes a code.
        CODE,
        /// Ends a family.
        REVOKE,
        /// Ends a session.
        LOGOUT,
        /// Ends a session, through the Management API.
        DELETE;

        boolean consumes() {
            return switch (this) {
                case REFRESH, EXCHANGE, REDEEM, CODE -> true;
                case SIGN_IN, SILENT_SIGN_IN, REVOKE, LOGOUT, DELETE -> false;
            };
        }

        boolean ends() {
            return switch (this) {
                case REVOKE, LOGOUT, DELETE -> true;
                case SIGN_IN, REFRESH, EXCHANGE, REDEEM, SILENT_SIGN_IN, CODE -> false;
            };
        }
    }

    boolean isDone() {
        return outcome instanceof Outcome.Done;
    }

    boolean isRefused() {
        return outcome instanceof Outcome.Refused;
    }
}
