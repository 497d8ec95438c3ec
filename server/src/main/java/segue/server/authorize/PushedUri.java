package segue.server.authorize;

import segue.domain.secret.Secret;
import segue.server.secret.SecretType;

import java.util.Optional;

/// The `request_uri` of a pushed request (RFC 9126 §2.2): a name of ours that is hard to guess.
/// Nothing else is ever followed as one (THREATS R20.2).
final class PushedUri {
    private static final String PREFIX = "urn:ietf:params:oauth:request_uri:";

    private PushedUri() {}

    /// What stands behind it.
    static String of(Secret reference) {
        return PREFIX + reference.reveal();
    }

    /// The secret that it ends with; empty if it isn't one of ours.
    static Optional<Secret> parse(String uri) {
        return uri.startsWith(PREFIX)
                ? SecretType.PUSHED_REQUEST.parse(uri.substring(PREFIX.length()))
                : Optional.empty();
    }
}
