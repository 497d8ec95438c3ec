package segue.demo.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/// Proof Key for Code Exchange (RFC 7636): who redeems a code is who asked for it.
///
/// @param verifier stays here until the code is redeemed
public record Pkce(String verifier) {
    private static final SecureRandom RANDOM = new SecureRandom();

    /// With a verifier that nobody has seen.
    public static Pkce fresh() {
        return new Pkce(nonce());
    }

    /// 256 bits that nobody can guess, for a `state`, a `nonce` or a verifier.
    public static String nonce() {
        var bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /// `code_challenge` for the method S256.
    public String challenge() {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(digest.digest(verifier.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
