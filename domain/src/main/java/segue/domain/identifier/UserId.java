package segue.domain.identifier;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A user; `sub` on the wire: `<strategy>|<24 hex>`.
///
/// @param value never empty
public record UserId(String value) {
    public UserId {
        if (value.isEmpty()) throw new IllegalArgumentException("an identifier is never empty");
    }

    /// Tells users apart in a log without naming them: the first 16 hexadecimal digits of the
    /// SHA-256.
    public String pseudonym() {
        try {
            var digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(value.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
