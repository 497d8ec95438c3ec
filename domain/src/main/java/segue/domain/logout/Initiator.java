package segue.domain.logout;

import segue.domain.revocation.Cause;

import java.util.Locale;
import java.util.Optional;

/// What ended a session, as a client chooses which of them it wants to hear of (contract
/// authentication-api §6.3). The name in lower case with hyphens is the name on the wire.
public enum Initiator {
    RP_LOGOUT,
    IDP_LOGOUT,
    PASSWORD_CHANGED,
    SESSION_EXPIRED,
    SESSION_REVOKED,
    ACCOUNT_DELETED,
    EMAIL_IDENTIFIER_CHANGED,
    MFA_PHONE_UNENROLLED,
    ACCOUNT_DEACTIVATED;

    /// The name on the wire.
    public String wire() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The initiator with a name, if there is one.
    public static Optional<Initiator> parse(String name) {
        for (var each : values()) if (each.wire().equals(name)) return Optional.of(each);
        return Optional.empty();
    }

    /// Which initiator stands for the cause of an ending.
    public static Initiator of(Cause cause) {
        return switch (cause) {
            case LOGGED_OUT -> RP_LOGOUT;
            case PASSWORD_CHANGED -> PASSWORD_CHANGED;
            case EXPIRED -> SESSION_EXPIRED;
            case USER_BLOCKED -> ACCOUNT_DEACTIVATED;
            case USER_DELETED -> ACCOUNT_DELETED;
            case REVOKED,
                    REPLAYED,
                    PARENT_ENDED,
                    CODE_REPLAYED,
                    REPLACED,
                    OTHER_USER_TRANSFERRED,
                    SESSION_ENDED,
                    CLIENT_DELETED,
                    GRANT_DELETED,
                    MEMBERSHIP_ENDED,
                    ACTION,
                    CONSENT_REFUSED,
                    OVERFLOWED,
                    ROTATION_SWITCHED ->
                    SESSION_REVOKED;
        };
    }
}
