package segue.server.management;

import segue.domain.identifier.ClientId;
import segue.domain.keys.SigningAlgorithm;
import segue.domain.secret.Secret;
import segue.server.action.Trial;
import segue.server.dpop.DpopProofs;
import segue.server.http.Header;
import segue.server.http.Headers;
import segue.server.http.Method;
import segue.server.http.Outbound;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.http.Router;
import segue.server.jwt.Jwts;
import segue.server.keys.MasterKey;
import segue.server.keys.SigningKeys;
import segue.server.keys.SigningProvider;
import segue.server.network.Networks;
import segue.server.oauth.Domains;
import segue.server.oauth.Origins;
import segue.server.password.PasswordLane;
import segue.server.registry.StoredRegistry;
import segue.server.secret.Mint;
import segue.server.settings.Rate;
import segue.server.settings.Settings;
import segue.storage.Actions;
import segue.storage.Configuration;
import segue.storage.Grants;
import segue.storage.Keys;
import segue.storage.Observer;
import segue.storage.Proofs;
import segue.storage.Revision;
import segue.storage.Revocations;
import segue.storage.Users;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.SqliteDatabase;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// The Management API of a new tenant, without a socket.
final class Api implements AutoCloseable {
    static final Instant NOW = Instant.parse("2026-03-02T09:00:00Z");
    static final ClientId FIRST = new ClientId("first");

    private static final JsonMapper JSON = new JsonMapper();
    private static final Rate PLENTY = new Rate(1_000_000, Duration.ofSeconds(1));

    final Database database;
    final Configuration configuration;
    final StoredRegistry registry;
    final ManagementApi management;
    final Bootstrap bootstrap;
    final Domains domains = new Domains("https://id.example/", List.of());
    final Tenancy tenancy;
    private final Jwts jwts;
    private final Router router = new Router();
    private final Map<String, String> tokens = new HashMap<>();

    Api(Path folder) {
        this(folder, PLENTY);
    }

    Api(Path folder, Rate rate) {
        this(folder, rate, true);
    }

    Api(Path folder, Rate rate, boolean knowsNetworks) {
        var clock = Clock.fixed(NOW, ZoneOffset.UTC);
        var master = new MasterKey(new byte[32]);
        var mint = new Mint(new Random(1));
        this.database = SqliteDatabase.open(folder.resolve("segue.db"), clock);
        this.configuration = new Configuration(database);
        this.registry = new StoredRegistry(configuration, new Revision(database), master);
        this.bootstrap = new Bootstrap(configuration, master, mint, domains);
        bootstrap.prepare(
                "example",
                Optional.of(new Bootstrap.Credentials(FIRST, new Secret("s".repeat(64)))));
        var keys = new SigningKeys(new Keys(database), master, SigningProvider.load(), clock);
        this.jwts = new Jwts(keys, clock);
        this.tenancy =
                new Tenancy(
                        configuration,
                        new Actions(database),
                        new Users(database),
                        master,
                        keys,
                        mint,
                        domains,
                        new PasswordLane(1, Duration.ofSeconds(5)),
                        "example",
                        knowsNetworks,
                        clock);
        this.management =
                tenancy.api(
                        database,
                        new Revocations(database, Observer.NONE),
                        new Grants(database, Observer.NONE),
                        new Trial(
                                new Settings.Actions(Duration.ofSeconds(5), List.of(), 1),
                                new Outbound(List.of())),
                        jwts,
                        new DpopProofs(new Proofs(database), master, domains, clock),
                        registry,
                        new Origins(Networks.NONE),
                        rate);
        management.addTo(router);
    }

    /// An access token of the first client.
    String token(String scope) {
        return tokens.computeIfAbsent(
                scope, it -> token(FIRST, it, domains.managementAudience(), 3600));
    }

    String token(ClientId client, String scope, String audience, long lifetime) {
        return token(client + "@clients", client, scope, audience, lifetime);
    }

    String token(String subject, ClientId client, String scope, String audience, long lifetime) {
        return jwts.sign(
                Map.of(
                        "iss",
                        "https://id.example/",
                        "sub",
                        subject,
                        "azp",
                        client.value(),
                        "aud",
                        audience,
                        "scope",
                        scope,
                        "exp",
                        NOW.getEpochSecond() + lifetime),
                "JWT",
                new Jwts.Signature.Ours(SigningAlgorithm.RS256));
    }

    /// What is answered.
    Response send(Request request) {
        var match = router.match(request);
        return match.endpoint().handle(match.request());
    }

    Response get(String path, String scope) {
        return send(authorized(Method.GET, path, scope));
    }

    Response send(Method method, String path, String scope, String body) {
        return send(method, path, scope, body.getBytes(StandardCharsets.UTF_8));
    }

    Response send(Method method, String path, String scope, byte[] body) {
        var it = authorized(method, path, scope);
        return send(
                new Request(
                        method,
                        it.path(),
                        it.pathParameters(),
                        it.query(),
                        it.headers(),
                        body,
                        it.client(),
                        it.host(),
                        it.id()));
    }

    private Request authorized(Method method, String path, String scope) {
        var plain = Request.to(method, "/api/v2" + path);
        return new Request(
                method,
                plain.path(),
                plain.pathParameters(),
                plain.query(),
                new Headers(List.of(new Header("Authorization", "Bearer " + token(scope)))),
                plain.body(),
                plain.client(),
                plain.host(),
                plain.id());
    }

    /// A call that must succeed, by somebody who may do everything.
    JsonNode ok(Method method, String path, String body) {
        var response = send(method, path, everything(), body.replace('\'', '"'));
        if (response.status() / 100 != 2)
            throw new AssertionError(
                    method + " " + path + ": " + response.status() + " " + response.text());
        return response.text().isEmpty() ? JSON.createObjectNode() : JSON.readTree(response.text());
    }

    JsonNode ok(String path) {
        return ok(Method.GET, path, "");
    }

    /// A call that must be refused; the error.
    JsonNode refused(Method method, String path, String body) {
        var response = send(method, path, everything(), body.replace('\'', '"'));
        if (response.status() / 100 != 4)
            throw new AssertionError(
                    method + " " + path + ": " + response.status() + " " + response.text());
        return JSON.readTree(response.text());
    }

    static String everything() {
        return String.join(" ", Bootstrap.SCOPES);
    }

    static JsonNode json(Response response) {
        return JSON.readTree(response.text());
    }

    @Override
    public void close() {
        database.close();
    }
}
