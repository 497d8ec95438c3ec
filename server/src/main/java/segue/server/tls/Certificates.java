package segue.server.tls;

import segue.domain.secret.Secret;
import segue.server.settings.Settings;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// Turns `server.tls.*` into an SSL context (contract operator §2).
public final class Certificates {
    private static final Pattern PRIVATE_KEY =
            Pattern.compile(
                    "-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    private static final Pattern CERTIFICATE =
            Pattern.compile(
                    "-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----");

    private Certificates() {}

    /// The certificate can't be used; the message says why, in one line.
    public static final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        Unusable(String message, Throwable cause) {
            super(message, cause);
        }

        Unusable(String message) {
            super(message);
        }
    }

    /// The context; empty if TLS is off.
    ///
    /// @param dataDirectory where certificates for development live
    /// @throws Unusable if a file is missing, unreadable or not what it should be
    public static Optional<ServerTls> context(Settings.Tls tls, Path dataDirectory)
            throws Unusable {
        try {
            return switch (tls) {
                case Settings.Tls.Off _ -> Optional.empty();
                case Settings.Tls.Dev _ ->
                        Optional.of(
                                context(DevAuthority.in(dataDirectory).serverKeys(), NO_PASSWORD));
                case Settings.Tls.Files(var chain, var key, var password) ->
                        Optional.of(files(chain, key, password));
            };
        } catch (IOException | GeneralSecurityException e) {
            throw new Unusable("the TLS certificate can't be used: " + e.getMessage(), e);
        }
    }

    static final char[] NO_PASSWORD = new char[0];

    private static ServerTls files(Path chain, Optional<Path> key, Optional<Secret> password)
            throws IOException, GeneralSecurityException, Unusable {
        var text = Files.readAllBytes(chain);
        var isPem = new String(text, StandardCharsets.ISO_8859_1).contains("-----BEGIN");
        var secret = password.map(it -> it.reveal().toCharArray()).orElse(NO_PASSWORD);
        if (isPem) return context(pem(chain, key.orElse(chain)), NO_PASSWORD);
        var store = KeyStore.getInstance("PKCS12");
        try (InputStream stream = Files.newInputStream(chain)) {
            store.load(stream, secret);
        }
        return context(store, secret);
    }

    private static KeyStore pem(Path chain, Path key)
            throws IOException, GeneralSecurityException, Unusable {
        // The file may hold the key, too, which the factory would take for a certificate.
        var blocks =
                CERTIFICATE
                        .matcher(Files.readString(chain))
                        .results()
                        .map(MatchResult::group)
                        .collect(Collectors.joining("\n"))
                        .getBytes(StandardCharsets.US_ASCII);
        var certificates =
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(new ByteArrayInputStream(blocks));
        if (certificates.isEmpty()) throw new Unusable("no certificate in " + chain);
        var match = PRIVATE_KEY.matcher(Files.readString(key));
        if (!match.find())
            throw new Unusable("no PKCS #8 private key (BEGIN PRIVATE KEY) in " + key);
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "server",
                privateKey(Base64.getMimeDecoder().decode(match.group(1))),
                NO_PASSWORD,
                certificates.toArray(Certificate[]::new));
        return store;
    }

    private static PrivateKey privateKey(byte[] pkcs8) throws GeneralSecurityException {
        try {
            return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (InvalidKeySpecException e) {
            return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        }
    }

    static ServerTls context(KeyStore store, char[] password) throws GeneralSecurityException {
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, new SecureRandom());
        return ServerTls.of(context);
    }
}
