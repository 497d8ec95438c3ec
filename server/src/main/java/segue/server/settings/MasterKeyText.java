package segue.server.settings;

import segue.domain.secret.Secret;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/// The 256 bits of `master-key` as text: 64 hexadecimal digits, or 32 bytes in Base64 of either
/// alphabet.
public final class MasterKeyText {
    private static final Pattern HEX = Pattern.compile("[0-9A-Fa-f]{64}");
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]{43}=?");
    private static final Pattern BASE64_URL = Pattern.compile("[A-Za-z0-9_-]{43}=?");

    private MasterKeyText() {}

    /// The 32 bytes; empty if the text doesn't hold exactly so many.
    public static Optional<byte[]> decode(Secret text) {
        var value = text.reveal();
        try {
            if (HEX.matcher(value).matches()) return Optional.of(HexFormat.of().parseHex(value));
            if (BASE64.matcher(value).matches()) {
                return Optional.of(Base64.getDecoder().decode(value));
            }
            if (BASE64_URL.matcher(value).matches()) {
                return Optional.of(Base64.getUrlDecoder().decode(value));
            }
            return Optional.empty();
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    /// How 32 bytes are written into a key file: [#decode(Secret)] reads it back.
    public static Secret encode(byte[] key) {
        if (key.length != 32) throw new IllegalArgumentException("a master key has 32 bytes");
        return new Secret(Base64.getEncoder().encodeToString(key));
    }
}
