package segue.domain.transfer;

import segue.domain.secret.Secret;

import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/// `transfer_challenge` (native-to-web §14): what a redemption must prove to know by a
/// `transfer_verifier`. It is PKCE's S256 (RFC 7636 §4), between an app and the browser that it
/// opens.
///
/// @param value `BASE64URL(SHA256(verifier))`, 43 characters
public record Challenge(String value) {
    /// How many wrong verifiers burn a token.
    public static final int TRIES = 3;

    private static final Pattern S256 = Pattern.compile("[A-Za-z0-9_-]{43}");

    /// As a mint names it; empty if it is none.
    public static Optional<Challenge> parse(String text) {
        return S256.matcher(text).matches() ? Optional.of(new Challenge(text)) : Optional.empty();
    }

    /// The one that a verifier fits.
    public static Challenge of(Secret verifier) {
        return new Challenge(
                Base64.getUrlEncoder().withoutPadding().encodeToString(verifier.hash().bytes()));
    }
}
