package segue.domain.transfer;

import java.util.Locale;
import java.util.Optional;

/// Why a transfer wasn't honoured. The name in lower case is the reason code, which is stable: it
/// stands in the tenant log, in metrics, in the family view, in explanations and, if the client
/// wants it, in `error_description` (contract native-to-web §14). The warning is the `description`
/// of the `w` event, word for word (§10.1; those of §5.2 and of our own checks are ours).
public enum Reason {
    METHOD_NOT_ALLOWED(
            "Single Sign-On failed: Session Transfer Token authentication method not allowed."),
    UNKNOWN_OR_USED(Warning.NOT_FOUND),
    EXPIRED(Warning.NOT_FOUND),
    CONFLICT(Warning.NOT_FOUND),
    OTHER_DEVICE(Warning.DEVICE),
    UNKNOWN_NETWORK(Warning.DEVICE),
    PARENT_ENDED(
            "Single Sign-On failed: Parent refresh token not found. Session Transfer Token won't be"
                    + " used for session establishment."),
    /// Logged as a failed login, not as a warning.
    USER_GONE,
    /// Logged as a failed login, not as a warning.
    USER_BLOCKED,
    ISSUER_NOT_ALLOWED(
            "Single Sign-On failed: Session Transfer Token issuing client is not allowed to create"
                    + " tokens."),
    ORGANIZATION("Single Sign-On failed: Session Transfer Token organization mismatch detected."),
    CONNECTION(
            "Single Sign-On failed: Session Transfer Token connection is not enabled for the"
                    + " client."),
    OTHER_USER("Single Sign-On failed: Session Transfer Token user mismatch detected."),
    TARGET("Single Sign-On failed: Session Transfer Token was issued for another client."),
    VERIFIER_MISSING(
            "Single Sign-On failed: Session Transfer Token was presented without its verifier."),
    VERIFIER_WRONG(
            "Single Sign-On failed: Session Transfer Token was presented with a wrong verifier."),
    REAUTHENTICATION_REQUIRED(
            "Single Sign-On failed: Session Transfer Token can't replace the authentication that"
                    + " the request demands."),
    /// Logged as a failed login, with the Action's words.
    DENIED_BY_ACTION;

    private final Optional<String> warning;

    Reason() {
        this.warning = Optional.empty();
    }

    Reason(String warning) {
        this.warning = Optional.of(warning);
    }

    /// The reason code.
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The text of the warning in the tenant log, if this reason is logged as one.
    public Optional<String> warning() {
        return warning;
    }

    private static final class Warning {
        static final String NOT_FOUND =
                "Single Sign-On failed: Session Transfer Token not found or expired. This may"
                        + " indicate token reuse or expiration.";
        static final String DEVICE =
                "Single Sign-On failed: Session Transfer Token device binding validation failed"
                        + " due to IP/ASN mismatch.";
    }
}
