package segue.server.keys;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;

/// A signing key in the form of a certificate, for those who load keys from one. It certifies
/// nothing: the key has signed itself. The same key gives the same certificate on every node.
///
/// @param pem the certificate
/// @param pkcs7 the same as a PKCS #7 bundle
public record SelfSigned(String pem, String pkcs7) {
    private static final Duration LIFETIME = Duration.ofDays(5_110);

    /// @param kid becomes the subject
    static SelfSigned of(String kid, PublicKey key, PrivateKey signer, Instant createdAt) {
        try {
            var name = new X500Name("CN=" + kid);
            var builder =
                    new JcaX509v3CertificateBuilder(
                            name,
                            new BigInteger(1, kid.getBytes(StandardCharsets.US_ASCII))
                                    .mod(BigInteger.ONE.shiftLeft(127))
                                    .add(BigInteger.ONE),
                            Date.from(createdAt),
                            Date.from(createdAt.plus(LIFETIME)),
                            name,
                            key);
            var certificate =
                    new JcaX509CertificateConverter()
                            .getCertificate(
                                    builder.build(
                                            new JcaContentSignerBuilder("SHA256withRSA")
                                                    .build(signer)));
            return new SelfSigned(
                    pem("CERTIFICATE", certificate.getEncoded()),
                    pem("PKCS7", bundle(certificate)));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("every Java platform signs with RSA", e);
        }
    }

    private static byte[] bundle(X509Certificate certificate) throws GeneralSecurityException {
        return CertificateFactory.getInstance("X.509")
                .generateCertPath(List.of(certificate))
                .getEncoded("PKCS7");
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(
                        label,
                        Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der),
                        label);
    }
}
