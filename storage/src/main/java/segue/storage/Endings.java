package segue.storage;

import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.revocation.Cascade;
import segue.domain.revocation.Cascade.Ending;
import segue.domain.revocation.Cause;
import segue.domain.revocation.Reach;
import segue.domain.revocation.Receipt;
import segue.storage.jdbc.Tx;

import java.util.List;

/// Carries out [Cascade] inside a transaction that has taken the locks. Depth is fixed, so each
/// reach is one set-based statement, however many there are.
final class Endings {
    private Endings() {}

    /// Ends families, and what hangs below those whose client cascades at this moment.
    static Receipt endFamilies(Tx tx, List<FamilyId> families, Cause cause) {
        var ended = tx.families().end(families, cause);
        var receipt = new Receipt(List.of(), ended, tx.transfers().outstandingOf(ended));
        var cascading = tx.families().cascading(ended);
        for (var reach : Cascade.of(new Ending.FamilyEnded(true)))
            receipt = receipt.and(carryOut(tx, reach, cascading, List.of()));
        return receipt;
    }

    /// Ends sessions, and the refresh tokens that are bound to them.
    static Receipt endSessions(Tx tx, List<SessionId> sessions, Cause cause) {
        return ended(tx, tx.sessions().end(sessions, cause), cause);
    }

    /// Ends a session and every refresh token that was issued in it. The user's row is locked
    /// exclusively, so no other is issued meanwhile.
    static Receipt revokeSession(Tx tx, SessionId session) {
        var receipt = Receipt.NOTHING;
        for (var reach : Cascade.of(new Ending.SessionRevoked()))
            receipt = receipt.and(carryOut(tx, reach, List.of(), List.of(session)));
        return receipt.and(endSessions(tx, List.of(session), Cause.REVOKED));
    }

    /// Ends all families and sessions of one user, each for this cause: nothing is left below them
    /// that could end for another.
    static Receipt endEverything(
            Tx tx, List<FamilyId> families, List<SessionId> sessions, Cause cause) {
        var ended = tx.families().end(families, cause);
        return new Receipt(List.of(), ended, tx.transfers().outstandingOf(ended))
                .and(endSessions(tx, sessions, cause));
    }

    /// What follows from the end of these sessions: the clients that want to hear of it will, and
    /// what is bound to them ends.
    private static Receipt ended(Tx tx, List<SessionId> sessions, Cause cause) {
        tx.logoutNotices().insert(sessions, cause);
        var receipt = new Receipt(sessions, List.of(), List.of());
        for (var reach : Cascade.of(new Ending.SessionEnded()))
            receipt = receipt.and(carryOut(tx, reach, List.of(), sessions));
        return receipt;
    }

    private static Receipt carryOut(
            Tx tx, Reach reach, List<FamilyId> families, List<SessionId> sessions) {
        return switch (reach) {
            case SESSIONS_IT_OPENED ->
                    ended(
                            tx,
                            tx.sessions().endOpenedBy(families, Cause.PARENT_ENDED),
                            Cause.PARENT_ENDED);
            case FAMILIES_BORN_OF_IT ->
                    families(tx.families().endBornOf(families, Cause.PARENT_ENDED));
            case ONLINE_FAMILIES_OF_THE_SESSION ->
                    families(tx.families().endOnlineOf(sessions, Cause.SESSION_ENDED));
            case ALL_FAMILIES_OF_THE_SESSION ->
                    endFamilies(tx, tx.families().lockIssuedIn(sessions), Cause.REVOKED);
        };
    }

    private static Receipt families(List<FamilyId> ended) {
        return new Receipt(List.of(), ended, List.of());
    }
}
