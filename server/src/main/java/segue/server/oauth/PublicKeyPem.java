package segue.server.oauth;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A public key as people register it: in PEM (RFC 7468), alone or in a certificate. Of the
/// certificate only its key and its end count; who issued it doesn't.
///
/// @param notAfter when the certificate ends, if it came in one
public record PublicKeyPem(PublicKey key, Optional<Instant> notAfter) {
    private static final Pattern BLOCK =
            Pattern.compile(
                    "\\s*-----BEGIN (PUBLIC KEY|CERTIFICATE)-----([A-Za-z0-9+/=\\s]+)-----END"
                            + " \\1-----\\s*");

    /// Empty if it is anything else than one public key or one certificate.
    public static Optional<PublicKeyPem> parse(String text) {
        var block = BLOCK.matcher(text);
        if (!block.matches()) return Optional.empty();
        try {
            var bytes = Base64.getMimeDecoder().decode(block.group(2));
            return block.group(1).equals("CERTIFICATE") ? certificate(bytes) : publicKey(bytes);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<PublicKeyPem> certificate(byte[] bytes) {
        try {
            var factory = CertificateFactory.getInstance("X.509");
            return factory.generateCertificate(new ByteArrayInputStream(bytes))
                            instanceof X509Certificate it
                    ? Optional.of(
                            new PublicKeyPem(
                                    it.getPublicKey(), Optional.of(it.getNotAfter().toInstant())))
                    : Optional.empty();
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    private static Optional<PublicKeyPem> publicKey(byte[] bytes) {
        return Stream.of("RSA", "EC", "Ed25519")
                .flatMap(algorithm -> publicKey(algorithm, bytes).stream())
                .findFirst()
                .map(key -> new PublicKeyPem(key, Optional.empty()));
    }

    private static Optional<PublicKey> publicKey(String algorithm, byte[] bytes) {
        try {
            return Optional.of(
                    KeyFactory.getInstance(algorithm)
                            .generatePublic(new X509EncodedKeySpec(bytes)));
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }
}
