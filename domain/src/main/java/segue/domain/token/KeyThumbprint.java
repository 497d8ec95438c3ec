package segue.domain.token;

import java.util.regex.Pattern;

/// The SHA-256 thumbprint of a client's public key (RFC 7638), `jkt` on the wire (RFC 9449 §6): 43
/// characters of base64url.
public record KeyThumbprint(String value) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{43}");

    public KeyThumbprint {
        if (!isOne(value))
            throw new IllegalArgumentException("a SHA-256 thumbprint has 43 characters");
    }

    /// Whether a text has the form of one.
    public static boolean isOne(String text) {
        return FORM.matcher(text).matches();
    }

    @Override
    public String toString() {
        return value;
    }
}
