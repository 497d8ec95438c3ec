package segue.storage;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.revocation.Cascade;
import segue.domain.revocation.Cascade.Ending;
import segue.domain.revocation.Cause;
import segue.domain.revocation.Receipt;
import segue.storage.jdbc.ClientTable;
import segue.storage.jdbc.Tx;

import java.util.List;

/// Carries out [Cascade] inside a transaction that has taken the locks. Depth is fixed, so each
/// reach is one set-based statement.
final class Endings {
    private Endings() {}

    /// Ends a family, and what hangs below it if its client cascades at this moment.
    static Receipt endFamily(Tx tx, FamilyId family, ClientId client, Cause cause) {
        var cascades = tx.clients().flags(client).map(ClientTable.Flags::cascades).orElse(true);
        return endFamily(tx, family, cascades, cause);
    }

    /// Ends a family, and what hangs below it if `cascades`.
    static Receipt endFamily(Tx tx, FamilyId family, boolean cascades, Cause cause) {
        if (!tx.families().end(family, cause)) return Receipt.NOTHING;
        var receipt = new Receipt(List.of(), List.of(family));
        for (var reach : Cascade.of(new Ending.FamilyEnded(cascades)))
            receipt =
                    receipt.and(
                            switch (reach) {
                                case SESSIONS_IT_OPENED ->
                                        new Receipt(
                                                tx.sessions()
                                                        .endOpenedBy(family, Cause.PARENT_ENDED),
                                                List.of());
                                case FAMILIES_BORN_OF_IT ->
                                        new Receipt(
                                                List.of(),
                                                tx.families()
                                                        .endBornOf(family, Cause.PARENT_ENDED));
                                case ONLINE_FAMILIES_OF_THE_SESSION, ALL_FAMILIES_OF_THE_SESSION ->
                                        throw new IllegalStateException(
                                                "a family has no session to reach into");
                            });
        return receipt;
    }

    /// Ends a session and the refresh tokens that are bound to it.
    static Receipt endSession(Tx tx, SessionId session, Cause cause) {
        if (!tx.sessions().end(session, cause)) return Receipt.NOTHING;
        return new Receipt(
                List.of(session), tx.families().endOnlineOf(session, Cause.SESSION_ENDED));
    }
}
