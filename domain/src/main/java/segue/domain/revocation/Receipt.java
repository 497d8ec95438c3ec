package segue.domain.revocation;

import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;

import java.util.ArrayList;
import java.util.List;

/// What an ending ended, itself included. Nothing named here works once the receipt has been
/// returned (invariant I2).
public record Receipt(List<SessionId> sessions, List<FamilyId> families) {
    /// Nothing was ended.
    public static final Receipt NOTHING = new Receipt(List.of(), List.of());

    public Receipt {
        sessions = List.copyOf(sessions);
        families = List.copyOf(families);
    }

    /// Both together.
    public Receipt and(Receipt other) {
        var allSessions = new ArrayList<>(sessions);
        allSessions.addAll(other.sessions);
        var allFamilies = new ArrayList<>(families);
        allFamilies.addAll(other.families);
        return new Receipt(allSessions, allFamilies);
    }
}
