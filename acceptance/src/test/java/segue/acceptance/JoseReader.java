package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;

import java.nio.charset.StandardCharsets;
import java.security.Key;

/// Somebody who gets tokens of ours and knows nothing but our JWKS, with a library that the server
/// doesn't use.
///
/// @param jwks as it was fetched
record JoseReader(String jwks) {
    /// The published key that a token names.
    JsonWebKey key(String token) throws JoseException {
        var kid = unverified(token).getKeyIdHeaderValue();
        var keys =
                new JsonWebKeySet(jwks)
                        .getJsonWebKeys().stream()
                                .filter(key -> key.getKeyId().equals(kid))
                                .toList();
        assertThat(keys).as("published keys called %s", kid).hasSize(1);
        return keys.getFirst();
    }

    /// Whether a published key has signed it, which is for this algorithm.
    boolean isSigned(String token, String algorithm) throws JoseException {
        var key = key(token);
        assertThat(key.getAlgorithm()).isEqualTo(algorithm);
        assertThat(key.getUse()).isEqualTo("sig");
        return verifies(token, algorithm, key.getKey());
    }

    /// Whether a secret has signed it.
    static boolean isShared(String token, String secret) throws JoseException {
        var key = new HmacKey(secret.getBytes(StandardCharsets.UTF_8));
        return verifies(token, "HS256", key);
    }

    private static boolean verifies(String token, String algorithm, Key key) throws JoseException {
        var signature = unverified(token);
        signature.setAlgorithmConstraints(
                new AlgorithmConstraints(ConstraintType.PERMIT, algorithm));
        signature.setKey(key);
        return signature.verifySignature();
    }

    private static JsonWebSignature unverified(String token) throws JoseException {
        var signature = new JsonWebSignature();
        signature.setCompactSerialization(token);
        return signature;
    }
}
