package segue.server.secret;

import segue.domain.secret.Secret;

import java.util.Optional;
import java.util.regex.Pattern;

/// What an app proves with that it asked for a session transfer token (contract native-to-web §14):
/// made by the app, so its shape is RFC 7636's and not one of ours.
public final class TransferVerifier {
    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9._~-]{43,128}");

    private TransferVerifier() {}

    /// The text as a verifier, if RFC 7636 §4.1 allows it.
    public static Optional<Secret> parse(String text) {
        return SHAPE.matcher(text).matches() ? Optional.of(new Secret(text)) : Optional.empty();
    }
}
