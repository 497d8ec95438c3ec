package segue.acceptance;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;

/// A client that proves who it is by assertions (RFC 7523 §2.2).
///
/// @param audience its idea of us
record Assertions(String client, String audience, JWSAlgorithm algorithm, Signer signer) {
    static final String TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// Whatever can sign.
    interface Signer {
        byte[] sign(JWSHeader header, byte[] input) throws JOSEException, GeneralSecurityException;
    }

    /// A key pair for one algorithm.
    static KeyPair keys(JWSAlgorithm algorithm) {
        try {
            if (algorithm.equals(JWSAlgorithm.EdDSA))
                return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            if (algorithm.equals(JWSAlgorithm.ES256)) {
                var generator = KeyPairGenerator.getInstance("EC");
                generator.initialize(new ECGenParameterSpec("secp256r1"));
                return generator.generateKeyPair();
            }
            return KeyPairGenerator.getInstance("RSA").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static Signer signer(KeyPair keys, JWSAlgorithm algorithm) {
        if (algorithm.equals(JWSAlgorithm.EdDSA))
            return (_, input) -> {
                var signature = Signature.getInstance("Ed25519");
                signature.initSign(keys.getPrivate());
                signature.update(input);
                return signature.sign();
            };
        return keys.getPrivate() instanceof ECPrivateKey key
                ? (header, input) -> new ECDSASigner(key).sign(header, input).decode()
                : (header, input) ->
                        new RSASSASigner(keys.getPrivate()).sign(header, input).decode();
    }

    static Signer signer(String secret) {
        return (header, input) -> new MACSigner(secret).sign(header, input).decode();
    }

    static Assertions by(KeyPair keys, JWSAlgorithm algorithm, String client, URI issuer) {
        return new Assertions(client, issuer.toString(), algorithm, signer(keys, algorithm));
    }

    /// The public key, as one registers it.
    static String pem(KeyPair keys) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(keys.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    String fresh() {
        return with(it -> it);
    }

    /// One with other claims than it should have.
    String with(UnaryOperator<JWTClaimsSet.Builder> change) {
        return with(it -> it, change);
    }

    String withHeader(UnaryOperator<JWSHeader.Builder> change) {
        return with(change, it -> it);
    }

    String with(
            UnaryOperator<JWSHeader.Builder> header, UnaryOperator<JWTClaimsSet.Builder> claims) {
        var now = Instant.now();
        var set =
                new JWTClaimsSet.Builder()
                        .issuer(client)
                        .subject(client)
                        .audience(audience)
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plusSeconds(60)))
                        .jwtID(UUID.randomUUID().toString());
        return signed(
                header.apply(new JWSHeader.Builder(algorithm).type(JOSEObjectType.JWT)).build(),
                claims.apply(set).build().toString());
    }

    /// Signed by hand, so that no library has an opinion about what.
    String signed(JWSHeader header, String claims) {
        var input = header.toBase64URL() + "." + Base64URL.encode(claims);
        try {
            var signature = signer.sign(header, input.getBytes(StandardCharsets.UTF_8));
            return input + "." + Base64URL.encode(signature);
        } catch (JOSEException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The parameters that carry an assertion.
    static Map<String, String> parameters(String assertion) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("client_assertion_type", TYPE);
        fields.put("client_assertion", assertion);
        return fields;
    }
}
