package segue.domain.revocation;

import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;

import java.util.ArrayList;
import java.util.List;

/// What an ending ended, itself included. Nothing named here works once the receipt has been
/// returned (invariant I2).
///
/// @param sessions browsers' logins
/// @param families refresh tokens
/// @param transfers session transfer tokens that nobody had redeemed yet
public record Receipt(
        List<SessionId> sessions, List<FamilyId> families, List<TransferId> transfers) {
    /// Nothing was ended.
    public static final Receipt NOTHING = new Receipt(List.of(), List.of(), List.of());

    public Receipt {
        sessions = List.copyOf(sessions);
        families = List.copyOf(families);
        transfers = List.copyOf(transfers);
    }

    /// Whether it names nothing.
    public boolean isEmpty() {
        return sessions.isEmpty() && families.isEmpty() && transfers.isEmpty();
    }

    /// Both together.
    public Receipt and(Receipt other) {
        return new Receipt(
                both(sessions, other.sessions),
                both(families, other.families),
                both(transfers, other.transfers));
    }

    private static <T> List<T> both(List<T> one, List<T> other) {
        var all = new ArrayList<>(one);
        all.addAll(other);
        return all;
    }
}
