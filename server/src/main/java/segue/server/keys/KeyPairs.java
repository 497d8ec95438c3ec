package segue.server.keys;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;

import segue.domain.keys.SigningAlgorithm;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;

/// What keys are made of: RSA with 2048 bits, or the curve P-256.
final class KeyPairs {
    private final Optional<Provider> fast;

    KeyPairs(SigningProvider provider) {
        this.fast = provider.fast();
    }

    KeyPair generate(SigningAlgorithm algorithm) {
        try {
            var type = type(algorithm);
            var generator =
                    fast.isPresent()
                            ? KeyPairGenerator.getInstance(type, fast.get())
                            : KeyPairGenerator.getInstance(type);
            generator.initialize(size(algorithm));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has RSA and P-256", e);
        }
    }

    private static String type(SigningAlgorithm algorithm) {
        return switch (algorithm) {
            case RS256, PS256 -> "RSA";
            case ES256 -> "EC";
        };
    }

    private static AlgorithmParameterSpec size(SigningAlgorithm algorithm) {
        return switch (algorithm) {
            case RS256, PS256 -> new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4);
            case ES256 -> new ECGenParameterSpec("secp256r1");
        };
    }

    /// A provider is fast with keys of its own make only.
    private KeyFactory factory(SigningAlgorithm algorithm) throws GeneralSecurityException {
        var type = type(algorithm);
        return fast.isPresent()
                ? KeyFactory.getInstance(type, fast.get())
                : KeyFactory.getInstance(type);
    }

    PrivateKey privateKey(SigningAlgorithm algorithm, byte[] pkcs8) {
        try {
            return factory(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a sealed key is of another kind", e);
        }
    }

    PublicKey publicKey(SigningAlgorithm algorithm, byte[] spki) {
        try {
            return factory(algorithm).generatePublic(new X509EncodedKeySpec(spki));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a stored key is of another kind", e);
        }
    }

    /// RFC 7638: a name that anyone can compute from the key.
    static String thumbprint(SigningAlgorithm algorithm, PublicKey key) {
        try {
            return jwk(algorithm, key, "").computeThumbprint().toString();
        } catch (JOSEException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// The members that Auth0.Android looks at, and the key (contract authentication-api §2.2).
    static JWK jwk(SigningAlgorithm algorithm, PublicKey key, String kid) {
        var jws = JWSAlgorithm.parse(algorithm.name());
        return switch (algorithm) {
            case RS256, PS256 ->
                    new RSAKey.Builder((RSAPublicKey) key)
                            .keyUse(KeyUse.SIGNATURE)
                            .algorithm(jws)
                            .keyID(kid)
                            .build();
            case ES256 ->
                    new ECKey.Builder(Curve.P_256, (ECPublicKey) key)
                            .keyUse(KeyUse.SIGNATURE)
                            .algorithm(jws)
                            .keyID(kid)
                            .build();
        };
    }

    /// May be used by any number of threads at once.
    JWSSigner signer(SigningAlgorithm algorithm, PrivateKey key) {
        try {
            var signer =
                    switch (algorithm) {
                        case RS256, PS256 -> new RSASSASigner(key);
                        case ES256 -> new ECDSASigner(key, Curve.P_256);
                    };
            fast.ifPresent(signer.getJCAContext()::setProvider);
            return signer;
        } catch (JOSEException e) {
            throw new IllegalStateException("every Java platform has P-256", e);
        }
    }

    /// May be used by any number of threads at once.
    JWSVerifier verifier(SigningAlgorithm algorithm, PublicKey key) {
        try {
            var verifier =
                    switch (algorithm) {
                        case RS256, PS256 -> new RSASSAVerifier((RSAPublicKey) key);
                        case ES256 -> new ECDSAVerifier((ECPublicKey) key);
                    };
            fast.ifPresent(verifier.getJCAContext()::setProvider);
            return verifier;
        } catch (JOSEException e) {
            throw new IllegalStateException("every Java platform has P-256", e);
        }
    }
}
