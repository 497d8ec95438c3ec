package segue.server.oauth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.SignedJWT;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A key that a client has registered to sign its assertions or its requests with. It is for one
/// algorithm, so that nobody can choose another (THREATS R44.1).
///
/// @param expiresAt from when on it counts no more
public record ClientKey(
        String kid, JWSAlgorithm algorithm, PublicKey key, Optional<Instant> expiresAt) {
    private static final int ED25519_BYTES = 32;

    /// For which algorithms a key can be registered, the usual one first; none for a key that is
    /// too weak, too large to verify cheaply, or of a kind that nobody needs.
    public static List<JWSAlgorithm> algorithms(PublicKey key) {
        return switch (key) {
            case RSAPublicKey rsa when isOfUsualSize(rsa) ->
                    List.of(JWSAlgorithm.RS256, JWSAlgorithm.RS384, JWSAlgorithm.PS256);
            case ECPublicKey ec when Curve.P_256.equals(curve(ec)) -> List.of(JWSAlgorithm.ES256);
            case EdECPublicKey ed when ed.getParams().getName().equals("Ed25519") ->
                    List.of(JWSAlgorithm.EdDSA);
            default -> List.of();
        };
    }

    private static boolean isOfUsualSize(RSAPublicKey key) {
        var bits = key.getModulus().bitLength();
        return bits >= 2048 && bits <= 4096;
    }

    private static Curve curve(ECPublicKey key) {
        return Curve.forECParameterSpec(key.getParams());
    }

    /// What libraries call a key that nobody has named (RFC 7638).
    ///
    /// @param key one that has [#algorithms]
    public static String thumbprint(PublicKey key) {
        try {
            return jwk(key).computeThumbprint().toString();
        } catch (JOSEException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static JWK jwk(PublicKey key) {
        return switch (key) {
            case RSAPublicKey rsa -> new RSAKey.Builder(rsa).build();
            case ECPublicKey ec -> new ECKey.Builder(curve(ec), ec).build();
            default -> {
                // RFC 8410 §4: the key itself stands at the end.
                var encoded = key.getEncoded();
                var raw =
                        Arrays.copyOfRange(encoded, encoded.length - ED25519_BYTES, encoded.length);
                yield new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(raw)).build();
            }
        };
    }

    /// Whether one of these keys signed. A `kid` chooses; without one every key is tried, for there
    /// are few. No key that the JWT brings along or points to is ever looked at (THREATS T-44).
    static boolean anySigned(List<ClientKey> keys, SignedJWT jwt, Instant now) {
        var kid = jwt.getHeader().getKeyID();
        return keys.stream()
                .filter(key -> kid == null || kid.equals(key.kid()))
                .filter(key -> key.isValidAt(now))
                .anyMatch(key -> key.signed(jwt));
    }

    /// Whether it counts now.
    private boolean isValidAt(Instant now) {
        return expiresAt.filter(end -> !now.isBefore(end)).isEmpty();
    }

    /// Whether it signed, by its one algorithm.
    private boolean signed(SignedJWT jwt) {
        if (!jwt.getHeader().getAlgorithm().equals(algorithm)) return false;
        try {
            return switch (key) {
                case RSAPublicKey rsa -> jwt.verify(new RSASSAVerifier(rsa));
                case ECPublicKey ec -> jwt.verify(new ECDSAVerifier(ec));
                default -> signedByEd25519(jwt);
            };
        } catch (JOSEException | GeneralSecurityException e) {
            return false;
        }
    }

    /// Nimbus would need another library for it; the JDK doesn't.
    private boolean signedByEd25519(SignedJWT jwt) throws GeneralSecurityException {
        var signature = Signature.getInstance(NamedParameterSpec.ED25519.getName());
        signature.initVerify(key);
        signature.update(jwt.getSigningInput());
        return signature.verify(jwt.getSignature().decode());
    }
}
