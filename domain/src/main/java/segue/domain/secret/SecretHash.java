package segue.domain.secret;

import java.security.MessageDigest;
import java.util.Arrays;

/// The SHA-256 of a [Secret]: 32 bytes, the only form in which a minted secret is stored or looked
/// up.
public final class SecretHash {
    private final byte[] bytes;

    /// @param bytes exactly 32 bytes; copied
    /// @throws IllegalArgumentException if there are more or fewer
    public SecretHash(byte[] bytes) {
        if (bytes.length != 32)
            throw new IllegalArgumentException("a SHA-256 has 32 bytes, not " + bytes.length);
        this.bytes = bytes.clone();
    }

    /// A copy of the 32 bytes.
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SecretHash hash && MessageDigest.isEqual(bytes, hash.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "SecretHash[***]";
    }
}
