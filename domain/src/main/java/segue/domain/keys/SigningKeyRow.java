package segue.domain.keys;

import java.time.Instant;
import java.util.Optional;

/// A signing key as it is stored: its private half sealed under the master key.
///
/// @param kid names it in JWT headers and in the JWKS
/// @param publicKey X.509 SubjectPublicKeyInfo
/// @param sealedPrivateKey sealed PKCS #8
/// @param activatesAt from when on it signs; it is published before (THREATS R44.3)
/// @param retiresAt from when on it is no longer published, once that is known
public record SigningKeyRow(
        String kid,
        SigningAlgorithm algorithm,
        byte[] publicKey,
        byte[] sealedPrivateKey,
        Instant createdAt,
        Instant activatesAt,
        Optional<Instant> retiresAt) {}
