package segue.domain.secret;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// A credential in the clear: a token, a password, a client secret, a cookie's value. It can't be
/// printed, compared as text or bound to a column; search for [#reveal()] to review every place
/// where a credential leaves us.
public final class Secret {
    private final String value;

    /// @param value the credential as it travels; may be empty, never null
    public Secret(String value) {
        this.value = value;
    }

    /// The credential itself, for the wire or a cryptographic function.
    public String reveal() {
        return value;
    }

    /// What a database sees: SHA-256 over the UTF-8 bytes. A minted secret has at least 256 random
    /// bits, so a plain hash is enough (THREATS R38.1); passwords are hashed elsewhere.
    public SecretHash hash() {
        return new SecretHash(sha256(value));
    }

    /// Whether both are the same, in a time that tells nothing about where they differ (THREATS
    /// R19.3).
    public boolean sameAs(Secret other) {
        return MessageDigest.isEqual(sha256(value), sha256(other.value));
    }

    @Override
    public String toString() {
        return "Secret[***]";
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
