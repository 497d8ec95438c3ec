package segue.server.tls;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;

/// A certificate authority for one developer's machine, and a certificate for localhost, both under
/// the data directory (`server.tls.mode=dev`). Its keys are readable by their owner only.
public final class DevAuthority {
    private static final String CA = "ca";
    private static final String SERVER = "server";
    private static final Duration CA_LIFETIME = Duration.ofDays(3650);
    // Browsers and Apple platforms refuse longer ones.
    private static final Duration SERVER_LIFETIME = Duration.ofDays(397);
    private static final Duration RENEWAL = Duration.ofDays(30);

    private final Path directory;
    private final KeyStore store;

    private DevAuthority(Path directory, KeyStore store) {
        this.directory = directory;
        this.store = store;
    }

    /// The authority under a data directory; made if there is none, its server certificate renewed
    /// when it is about to expire.
    public static DevAuthority in(Path dataDirectory) throws IOException, GeneralSecurityException {
        var directory = Files.createDirectories(dataDirectory.resolve("tls"));
        var file = directory.resolve("dev.p12");
        var store = KeyStore.getInstance("PKCS12");
        if (Files.exists(file)) {
            try (InputStream stream = Files.newInputStream(file)) {
                store.load(stream, Certificates.NO_PASSWORD);
            }
        } else store.load(null, null);
        var authority = new DevAuthority(directory, store);
        if (!store.containsAlias(CA)) authority.makeCa();
        if (authority.needsServerCertificate()) {
            authority.makeServerCertificate();
            authority.save(file);
        }
        return authority;
    }

    /// Where the CA's certificate lies, for clients to trust.
    public Path caFile() {
        return directory.resolve("ca.pem");
    }

    KeyStore serverKeys() throws GeneralSecurityException, IOException {
        var server = KeyStore.getInstance("PKCS12");
        server.load(null, null);
        server.setKeyEntry(
                SERVER,
                store.getKey(SERVER, Certificates.NO_PASSWORD),
                Certificates.NO_PASSWORD,
                store.getCertificateChain(SERVER));
        return server;
    }

    private boolean needsServerCertificate() throws GeneralSecurityException {
        return !(store.getCertificate(SERVER) instanceof X509Certificate certificate)
                || certificate.getNotAfter().toInstant().isBefore(Instant.now().plus(RENEWAL));
    }

    private void makeCa() throws GeneralSecurityException, IOException {
        var keys = keyPair();
        var name = new X500Name("CN=Segue development CA");
        var builder =
                builder(name, name, keys, CA_LIFETIME)
                        .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                        .addExtension(
                                Extension.keyUsage,
                                true,
                                new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        var certificate = signed(builder, keys.getPrivate());
        store.setKeyEntry(
                CA, keys.getPrivate(), Certificates.NO_PASSWORD, new Certificate[] {certificate});
        var pem =
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'})
                                .encodeToString(certificate.getEncoded())
                        + "\n-----END CERTIFICATE-----\n";
        Files.writeString(caFile(), pem);
    }

    private void makeServerCertificate() throws GeneralSecurityException, IOException {
        var ca = (X509Certificate) store.getCertificate(CA);
        var keys = keyPair();
        var names =
                new GeneralNames(
                        new GeneralName[] {
                            new GeneralName(GeneralName.dNSName, "localhost"),
                            new GeneralName(GeneralName.dNSName, "*.localhost"),
                            new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
                            new GeneralName(GeneralName.iPAddress, "::1")
                        });
        var builder =
                builder(
                                new X500Name("CN=Segue development CA"),
                                new X500Name("CN=localhost"),
                                keys,
                                SERVER_LIFETIME)
                        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                        .addExtension(
                                Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                        .addExtension(
                                Extension.extendedKeyUsage,
                                false,
                                new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
                        .addExtension(Extension.subjectAlternativeName, false, names);
        var certificate = signed(builder, (PrivateKey) store.getKey(CA, Certificates.NO_PASSWORD));
        store.setKeyEntry(
                SERVER,
                keys.getPrivate(),
                Certificates.NO_PASSWORD,
                new Certificate[] {certificate, ca});
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, KeyPair keys, Duration life) {
        var now = Instant.now();
        // An hour ago, for clients whose clock is behind.
        return new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(127, new SecureRandom()),
                Date.from(now.minus(Duration.ofHours(1))),
                Date.from(now.plus(life)),
                subject,
                keys.getPublic());
    }

    private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey key)
            throws GeneralSecurityException {
        try {
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(
                                    new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static KeyPair keyPair() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private void save(Path file) throws IOException, GeneralSecurityException {
        Files.deleteIfExists(file);
        var ownerOnly =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        Files.createFile(file, ownerOnly);
        try (OutputStream stream = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
            store.store(stream, Certificates.NO_PASSWORD);
        }
    }
}
