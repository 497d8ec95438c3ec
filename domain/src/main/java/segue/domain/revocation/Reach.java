package segue.domain.revocation;

/// A set of things that end together with something else. Unredeemed transfers, codes and opaque
/// access tokens need no mention: none of them works without its parent family or session.
public enum Reach {
    /// Web sessions that transfers of the family opened.
    SESSIONS_IT_OPENED,
    /// Web refresh-token families that stem from transfers of the family.
    FAMILIES_BORN_OF_IT,
    /// Refresh-token families issued in the session that are bound to it.
    ONLINE_FAMILIES_OF_THE_SESSION,
    /// Refresh-token families issued in the session, bound to it or not.
    ALL_FAMILIES_OF_THE_SESSION
}
