package segue.domain.token;

import segue.domain.revocation.Cause;

/// Why a refresh token was refused. What the client hears is the edge's business (contract
/// native-to-web §3.4, §8 "Tombstones").
public enum RefreshRefusal {
    UNKNOWN,
    OTHER_CLIENT,
    /// It is bound to a key, and the request proves possession of none.
    UNPROVED,
    /// It is bound to a key, and the request proves possession of another.
    OTHER_KEY,
    ENDED,
    EXPIRED,
    USER_GONE,
    USER_BLOCKED,
    GRANT_GONE,
    SESSION_ENDED;

    /// The tombstone's cause chooses the words.
    static RefreshRefusal of(Cause cause) {
        return switch (cause) {
            case USER_DELETED -> USER_GONE;
            case USER_BLOCKED -> USER_BLOCKED;
            case GRANT_DELETED -> GRANT_GONE;
            case SESSION_ENDED -> SESSION_ENDED;
            case REVOKED,
                    REPLAYED,
                    PARENT_ENDED,
                    CODE_REPLAYED,
                    LOGGED_OUT,
                    REPLACED,
                    OTHER_USER_TRANSFERRED,
                    PASSWORD_CHANGED,
                    CLIENT_DELETED,
                    MEMBERSHIP_ENDED,
                    ACTION,
                    CONSENT_REFUSED,
                    EXPIRED,
                    OVERFLOWED,
                    ROTATION_SWITCHED ->
                    ENDED;
        };
    }
}
