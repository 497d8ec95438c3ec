package segue.domain.revocation;

/// Why a session or a refresh-token family ended before its time. Kept on the tombstone; the name
/// is stored.
public enum Cause {
    /// On request: `/oauth/revoke`, the Management API.
    REVOKED,
    /// A rotated refresh token was used again.
    REPLAYED,
    /// The native family that it stems from ended, and that client cascades.
    PARENT_ENDED,
    /// The authorization code that issued it was used again.
    CODE_REPLAYED,
    /// The user signed out.
    LOGGED_OUT,
    /// The user signed in anew and a new session took its place.
    REPLACED,
    /// A valid transfer of another user arrived in the same browser.
    OTHER_USER_TRANSFERRED,
    /// The web session that it is bound to ended.
    SESSION_ENDED,
    /// The session reached its idle or absolute end, and housekeeping came by.
    EXPIRED,
    USER_BLOCKED,
    USER_DELETED,
    PASSWORD_CHANGED,
    CLIENT_DELETED,
    GRANT_DELETED,
    /// The user left the organization, or the organization was deleted.
    MEMBERSHIP_ENDED,
    /// An Action denied the sign-in that was to open it, or revoked it.
    ACTION,
    /// The user didn't allow the client what it asked for, or nothing came of the question, so that
    /// the transfer that was to open it opens nothing.
    CONSENT_REFUSED,
    /// The oldest of more than 200 families of one user and client (contract authentication-api
    /// §4.5).
    OVERFLOWED,
    /// The client was switched between rotating and non-rotating tokens, and another token of the
    /// same user and API was the first to be exchanged since.
    ROTATION_SWITCHED
}
