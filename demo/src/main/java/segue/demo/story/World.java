package segue.demo.story;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.shop.Shop;
import segue.demo.wire.Wire;
import segue.server.Server;
import segue.server.logging.Logging;
import segue.server.settings.Settings;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/// A server with the demo tenant on an embedded database in a fresh folder, and a shop in front of
/// it. Everything of it is gone when it is closed.
public final class World implements AutoCloseable {
    /// Client id of the native app.
    public static final String APP = "demoNativeAppAAAAAAAAAAAAAAAAAAA";

    /// Client id of the shop.
    public static final String SHOP = "demoWebShopBBBBBBBBBBBBBBBBBBBBB";

    /// Identifier of the API that the app uses.
    public static final String API = "https://orders.example";

    /// The user's name.
    public static final String ADA = "ada@example.org";

    private final AtomicBoolean closed = new AtomicBoolean();
    private final Map<String, Wire> wires = new ConcurrentHashMap<>();
    private final Path folder;
    private final Shop shop;
    private final Server server;
    // Fresh for every world: the server may be left running, and people reuse what they see.
    private final String password = "lovelace-" + UUID.randomUUID().toString().substring(0, 8);
    private final String secret = UUID.randomUUID().toString() + UUID.randomUUID();

    /// Starts everything.
    ///
    /// @param port of the server, 0 for any free one
    /// @param more settings by key
    /// @throws Server.StartFailed if the server can't start; nothing is left running
    public World(int port, Map<String, String> more) throws IOException, Server.StartFailed {
        this.folder = Files.createTempDirectory("segue-demo");
        this.shop = new Shop();
        try {
            var tenant = folder.resolve("tenant.yaml");
            Files.writeString(tenant, tenantFile());
            var values = new HashMap<String, String>();
            values.put("server.port", Integer.toString(port));
            values.put("data-dir", folder.toString());
            values.put("tenant-file", tenant.toString());
            values.putAll(more);
            var settings = Settings.of(values);
            Logging.configure(settings.log());
            this.server = Server.start(settings);
        } catch (IOException | Server.StartFailed | RuntimeException e) {
            shop.close();
            delete(folder);
            throw e;
        }
        shop.use(new Shop.Provider(issuer(), SHOP, secret), wire(here()));
    }

    /// The tenant file of the resources, with what is different in every world.
    private String tenantFile() throws IOException {
        try (var stream = World.class.getResourceAsStream("/segue/demo/tenant.yaml")) {
            if (stream == null)
                throw new IllegalStateException("the tenant file is part of the demo");
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("${SHOP}", shop.origin())
                    .replace("${SHOP_SECRET}", secret)
                    .replace("${ADA_PASSWORD}", password);
        }
    }

    /// The server.
    public Server server() {
        return server;
    }

    /// The server's name, with its trailing slash.
    public URI issuer() {
        return URI.create(server.issuer());
    }

    /// The address of this machine that the server can be reached from.
    public String here() {
        return issuer().getHost().equals("[::1]") ? "::1" : "127.0.0.1";
    }

    /// The web app.
    public Shop shop() {
        return shop;
    }

    /// Where the server keeps its data; nobody else can read it.
    public Path folder() {
        return folder;
    }

    /// The password of [#ADA].
    public String password() {
        return password;
    }

    /// The secret of the shop's client.
    public String shopSecret() {
        return secret;
    }

    /// What the bootstrap client sends to `/oauth/token` to manage the tenant.
    public Map<String, String> managementTokenRequest() {
        var client = new JsonMapper().readTree(folder.resolve("bootstrap-client.json").toFile());
        return Map.of(
                "grant_type", "client_credentials",
                "client_id", client.path("client_id").asString(),
                "client_secret", client.path("client_secret").asString(),
                "audience", issuer().resolve("api/v2/").toString());
    }

    /// The native app, as it is registered.
    public App app() {
        return new App(issuer(), APP).withAudience(API);
    }

    /// A phone with the app, at an address of this machine.
    public Phone phone(String address) {
        return new Phone(wire(address), app());
    }

    /// A browser that was never used, at an address of this machine.
    public BrowserJar browser(String address) {
        return new BrowserJar(wire(address));
    }

    /// HTTP from an address of this machine, which trusts the server: the same one each time, good
    /// until this is closed.
    public Wire wire(String address) {
        return wires.computeIfAbsent(
                address,
                _ -> new Wire(InetAddress.ofLiteral(address), caFile().map(Wire::trusting)));
    }

    /// The development CA, where the server speaks TLS.
    public Optional<Path> caFile() {
        return Optional.of(folder.resolve("tls").resolve("ca.pem")).filter(Files::exists);
    }

    @Override
    public void close() {
        if (closed.getAndSet(true)) return;
        shop.close();
        server.close();
        wires.values().forEach(Wire::close);
        delete(folder);
    }

    private static void delete(Path folder) {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList())
                Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
