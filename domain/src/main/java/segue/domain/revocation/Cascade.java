package segue.domain.revocation;

import java.util.List;

/// What ends when something ends: contract native-to-web §8. Downwards only; a session never ends
/// its parent family except by [Ending.SessionRevoked], which names all families of the session.
public final class Cascade {
    private Cascade() {}

    /// Something that ended.
    public sealed interface Ending {
        /// A refresh-token family was revoked, replayed, or ended with its user, client or session.
        ///
        /// @param cascades its client's `enforce_cascade_revocation` at this moment
        record FamilyEnded(boolean cascades) implements Ending {}

        /// A family reached its absolute or idle end.
        record FamilyExpired() implements Ending {}

        /// A session was deleted, signed out, replaced, expired, or met another user's transfer.
        record SessionEnded() implements Ending {}

        /// `POST /sessions/{id}/revoke`, or an Action's `session.revoke`.
        record SessionRevoked() implements Ending {}
    }

    /// The reach of an ending, in the order in which it is carried out: sessions are locked before
    /// the refresh tokens that stem from transfers.
    public static List<Reach> of(Ending ending) {
        return switch (ending) {
            case Ending.FamilyEnded(var cascades) when cascades ->
                    List.of(Reach.SESSIONS_IT_OPENED, Reach.FAMILIES_BORN_OF_IT);
            case Ending.FamilyEnded _, Ending.FamilyExpired _ -> List.of();
            case Ending.SessionEnded _ -> List.of(Reach.ONLINE_FAMILIES_OF_THE_SESSION);
            case Ending.SessionRevoked _ -> List.of(Reach.ALL_FAMILIES_OF_THE_SESSION);
        };
    }
}
