package segue.domain.keys;

import java.time.Instant;
import java.util.Optional;

/// A key pair that was just made and isn't stored yet. Making one takes long, so it is made before
/// the transaction that stores it begins, even if it then turns out not to be needed.
///
/// @param kid names it in JWT headers and in the JWKS
/// @param publicKey X.509 SubjectPublicKeyInfo
/// @param sealedPrivateKey sealed PKCS #8
public record FreshKey(
        String kid, SigningAlgorithm algorithm, byte[] publicKey, byte[] sealedPrivateKey) {

    /// The row to store.
    public SigningKeyRow storedAt(Instant now, Instant activatesAt) {
        return new SigningKeyRow(
                kid, algorithm, publicKey, sealedPrivateKey, now, activatesAt, Optional.empty());
    }
}
