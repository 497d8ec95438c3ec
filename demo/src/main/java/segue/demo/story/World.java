package segue.demo.story;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.phone.Wire;
import segue.demo.shop.Shop;
import segue.server.Offline;
import segue.server.Server;
import segue.server.logging.Logging;
import segue.server.settings.Settings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A server with the demo tenant on an embedded database in a fresh folder, and a shop in front of
/// it.
public final class World implements AutoCloseable {
    public static final String APP = "demoNativeAppAAAAAAAAAAAAAAAAAAA";
    public static final String SHOP = "demoWebShopBBBBBBBBBBBBBBBBBBBBB";
    public static final String ADA = "ada@example.org";

    private final Server server;
    private final Shop shop;
    private final Path folder;
    private final String password;
    private final String secret;

    /// Starts everything.
    ///
    /// @param port of the server, 0 for any free one
    /// @param more settings by key
    public World(int port, Map<String, String> more) throws IOException, Server.StartFailed {
        this.folder = Files.createTempDirectory("segue-demo");
        this.shop = new Shop();
        this.password = "a demo password, " + UUID.randomUUID().toString().substring(0, 8);
        this.secret = UUID.randomUUID().toString() + UUID.randomUUID();
        var values =
                new HashMap<>(
                        Map.of(
                                "server.port",
                                Integer.toString(port),
                                "data-dir",
                                folder.toString()));
        values.putAll(more);
        var settings = Settings.of(values);
        Logging.configure(settings.log());
        this.server = Server.start(settings);
        try (var offline = Offline.open(settings)) {
            var report =
                    offline.importTenant(
                            tenantFile(),
                            Map.of(
                                    "SHOP",
                                    shop.origin(),
                                    "SHOP_SECRET",
                                    secret,
                                    "ADA_PASSWORD",
                                    password));
            if (!report.problems().isEmpty())
                throw new IllegalStateException(report.problems().toString());
        }
        shop.use(new Shop.Provider(issuer(), SHOP, secret), wire("127.0.0.1"));
    }

    private static String tenantFile() {
        try (var stream = World.class.getResourceAsStream("/segue/demo/tenant.yaml")) {
            if (stream == null)
                throw new IllegalStateException("the tenant file is part of the demo");
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public URI issuer() {
        return URI.create(server.issuer());
    }

    public Shop shop() {
        return shop;
    }

    public Path folder() {
        return folder;
    }

    public String password() {
        return password;
    }

    /// The secret of the shop's client.
    public String shopSecret() {
        return secret;
    }

    /// A phone at an address of this machine.
    public Phone phone(String address) {
        return new Phone(wire(address), issuer(), APP);
    }

    /// A browser at an address of this machine.
    public BrowserJar browser(String address) {
        return new BrowserJar(wire(address));
    }

    /// The development CA, where the server speaks TLS.
    public Optional<Path> caFile() {
        return Optional.of(folder.resolve("tls").resolve("ca.pem")).filter(Files::exists);
    }

    private Optional<SSLContext> trust() {
        return caFile().map(World::trusting);
    }

    /// Trusts one CA and no other.
    public static SSLContext trusting(Path caFile) {
        try (var stream = Files.newInputStream(caFile)) {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(stream));
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), new SecureRandom());
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(caFile + " holds no certificate", e);
        }
    }

    /// HTTP from an address of this machine.
    public Wire wire(String address) {
        return new Wire(InetAddress.ofLiteral(address), trust());
    }

    @Override
    public void close() {
        shop.close();
        server.close();
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(World::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
