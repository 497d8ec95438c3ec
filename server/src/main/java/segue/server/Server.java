package segue.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import segue.domain.identifier.ClientId;
import segue.domain.keys.SigningKeyRow;
import segue.domain.secret.Secret;
import segue.server.authorize.AuthorizeEndpoint;
import segue.server.browser.BrowserCookies;
import segue.server.discovery.DiscoveryEndpoint;
import segue.server.health.HealthEndpoint;
import segue.server.http.HttpServer;
import segue.server.http.Listener;
import segue.server.http.Method;
import segue.server.http.Router;
import segue.server.http.Site;
import segue.server.jwt.Jwts;
import segue.server.keys.MasterKey;
import segue.server.keys.SigningKeys;
import segue.server.login.LoginEndpoint;
import segue.server.logout.LogoutEndpoint;
import segue.server.management.Bootstrap;
import segue.server.management.Tenancy;
import segue.server.management.TenantFile;
import segue.server.metrics.Metrics;
import segue.server.oauth.Domains;
import segue.server.oauth.Registry;
import segue.server.page.Pages;
import segue.server.password.PasswordLane;
import segue.server.registry.StoredRegistry;
import segue.server.revoke.RevokeEndpoint;
import segue.server.secret.Mint;
import segue.server.settings.MasterKeyText;
import segue.server.settings.SameSite;
import segue.server.settings.Settings;
import segue.server.tls.Certificates;
import segue.server.token.TokenModule;
import segue.server.userinfo.UserinfoEndpoint;
import segue.storage.AccessTokens;
import segue.storage.Authorizations;
import segue.storage.Configuration;
import segue.storage.Keys;
import segue.storage.Revocations;
import segue.storage.SignIns;
import segue.storage.Users;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.PostgresDatabase;
import segue.storage.jdbc.SqliteDatabase;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Supplier;

/// A running node: everything wired together, by hand, in one place.
public final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    private final Settings settings;
    private final HttpServer http;
    private final Database database;
    private final String issuer;
    private final HealthEndpoint health;
    private final Metrics metrics;
    private final Tenancy tenancy;
    private final SigningKeys keys;

    /// The node can't start; the message says why, in one line.
    public static final class StartFailed extends Exception {
        private static final long serialVersionUID = 1L;

        StartFailed(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /// Starts a node, ready to answer when this returns.
    ///
    /// @throws StartFailed if anything that it needs is missing; nothing is left running (promise
    ///   P8)
    public static Server start(Settings settings) throws StartFailed {
        return start(settings, Clock.systemUTC());
    }

    static Server start(Settings settings, Clock clock) throws StartFailed {
        try {
            Files.createDirectories(settings.dataDirectory());
            var tls = Certificates.context(settings.server().tls(), settings.dataDirectory());
            var http =
                    HttpServer.bind(
                            new Listener(
                                    settings.server().host(),
                                    settings.server().port(),
                                    tls,
                                    settings.limits().requests(),
                                    settings.server().trustedProxies(),
                                    settings.server().drain()));
            try {
                var database = open(settings, clock);
                try {
                    return new Server(settings, http, database, clock);
                } catch (RuntimeException | IOException e) {
                    database.close();
                    throw e;
                }
            } catch (RuntimeException | IOException e) {
                http.close();
                throw e;
            }
        } catch (RuntimeException | IOException | Certificates.Unusable e) {
            throw new StartFailed(Optional.ofNullable(e.getMessage()).orElse(e.toString()), e);
        }
    }

    private static Database open(Settings settings, Clock clock) {
        return switch (settings.database()) {
            case Settings.Database.Embedded embedded -> SqliteDatabase.open(embedded.file(), clock);
            case Settings.Database.Postgres postgres ->
                    PostgresDatabase.open(
                            postgres.url(),
                            postgres.user(),
                            postgres.password(),
                            postgres.poolSize());
        };
    }

    private Server(Settings settings, HttpServer http, Database database, Clock clock)
            throws IOException {
        this.settings = settings;
        this.http = http;
        this.database = database;
        this.issuer = settings.issuer(http.port());
        var mint = new Mint();
        var domains = new Domains(issuer, settings.issuing().customDomains());
        var master = new MasterKey(masterKey(settings));
        var configuration = new Configuration(database);
        var registry = new StoredRegistry(configuration, master);
        this.health = new HealthEndpoint(database::isReachable);
        this.metrics = new Metrics();
        metrics.gauge("segue.database.pending", "Units of work that wait or run", database::pending);
        var passwords =
                new PasswordLane(
                        settings.limits().passwordHashes(), settings.limits().passwordWait());
        this.tenancy =
                new Tenancy(
                        configuration,
                        new Users(database),
                        master,
                        mint,
                        domains,
                        passwords,
                        settings.tenant().name(),
                        clock);
        var bootstrap = new Bootstrap(configuration, master, mint, domains);
        prepare(bootstrap);
        this.keys = new SigningKeys(new Keys(database), master, clock);
        var jwts = new Jwts(keys, clock);
        var router = router(database, registry, domains, keys, jwts, passwords, mint);
        tenancy.api(database, jwts, registry, settings.limits().management()).addTo(router);
        importTenantFile();
        http.serve(
                new Site(router, domains::isOurs, domains.isSecure(), mint::correlation, new Seen()));
    }

    /// Prepares a new database; the credentials that were made for it are written once, for their owner only (THREATS
    /// R47.8).
    private void prepare(Bootstrap bootstrap) throws IOException {
        var chosen =
                settings.bootstrap()
                        .map(it -> new Bootstrap.Credentials(new ClientId(it.clientId()), it.clientSecret()));
        var made = bootstrap.prepare(settings.tenant().name(), chosen);
        if (made.isEmpty() || chosen.isPresent()) return;
        var file = settings.dataDirectory().resolve("bootstrap-client.json");
        Files.deleteIfExists(file);
        Files.createFile(file, OWNER_ONLY);
        Files.writeString(file, made.get().json());
        LOG.info("the first management client is in {}", file.toAbsolutePath());
    }

    private void importTenantFile() throws IOException {
        if (settings.tenant().file().isEmpty()) return;
        var report = importTenant(Files.readString(settings.tenant().file().get()));
        report.warnings().forEach(warning -> LOG.warn("tenant file: {}", warning));
        if (!report.problems().isEmpty())
            throw new IOException("tenant file: " + String.join("; ", report.problems()));
    }

    /// Imports a tenant file (contract operator §4).
    public TenantFile.Report importTenant(String yaml) {
        return new TenantFile(tenancy).read(yaml, System.getenv());
    }

    /// The tenant's resources as a tenant file.
    public String exportTenant() {
        return new TenantFile(tenancy).write();
    }

    /// Adds the next signing key; empty if one is waiting already.
    public Optional<SigningKeyRow> rotateKeys() {
        return keys.rotate();
    }

    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    /// The operator's key, or the one in the data directory, made at the first start and readable
    /// by its owner only.
    private static byte[] masterKey(Settings settings) throws IOException {
        if (settings.masterKey().isPresent())
            return MasterKeyText.decode(settings.masterKey().get()).orElseThrow();
        var file = settings.dataDirectory().resolve("master.key");
        if (!Files.exists(file)) {
            var fresh = new byte[32];
            new SecureRandom().nextBytes(fresh);
            Files.createFile(file, OWNER_ONLY);
            Files.writeString(file, Base64.getEncoder().encodeToString(fresh));
        }
        return MasterKeyText.decode(new Secret(Files.readString(file).strip()))
                .orElseThrow(() -> new IOException(file + " doesn't hold a 256-bit key"));
    }

    private Router router(
            Database database,
            Registry registry,
            Domains domains,
            SigningKeys keys,
            Jwts jwts,
            PasswordLane passwords,
            Mint mint) {
        var limits = settings.limits();
        Supplier<String> nonces = mint::correlation;
        var pages = new Pages(nonces);
        var sameSite = settings.issuing().sessionCookieSameSite() == SameSite.NONE ? "None" : "Lax";
        var cookies = new BrowserCookies(domains.isSecure(), sameSite);
        var authorizations = new Authorizations(database);
        var revocations = new Revocations(database);
        var authorize =
                new AuthorizeEndpoint(
                        authorizations,
                        registry,
                        domains,
                        jwts,
                        cookies,
                        pages,
                        mint,
                        limits.mismatchRevocations().count());
        var login =
                new LoginEndpoint(
                        authorizations,
                        new SignIns(database),
                        registry,
                        domains,
                        cookies,
                        pages,
                        passwords,
                        mint,
                        limits.loginAttempts());
        var token =
                TokenModule.endpoint(
                        database, registry, domains, jwts, passwords, mint, limits.loginAttempts());
        var userinfo = new UserinfoEndpoint(new AccessTokens(database), registry, domains, jwts);
        var logout = new LogoutEndpoint(revocations, registry, domains, jwts, cookies, pages);
        var discovery = new DiscoveryEndpoint(domains, registry, keys);
        var revoke = new RevokeEndpoint(revocations, registry);
        return new Router()
                .add(Method.GET, "/health/live", health::live)
                .add(Method.GET, "/health/ready", health::ready)
                .add(Method.GET, "/health/started", health::started)
                .add(Method.GET, "/metrics", metrics::scrape)
                .add(Method.GET, "/.well-known/openid-configuration", discovery::metadata)
                .add(Method.GET, "/.well-known/oauth-authorization-server", discovery::metadata)
                .add(Method.GET, "/.well-known/jwks.json", discovery::jwks)
                .add(Method.GET, "/authorize", authorize::authorize)
                .add(Method.HEAD, "/authorize", authorize::authorize)
                .add(Method.POST, "/authorize", authorize::authorize)
                .add(Method.GET, "/authorize/resume", authorize::resume)
                .add(Method.GET, "/u/login", login::show)
                .add(Method.POST, "/u/login", login::submit)
                .add(Method.POST, "/oauth/token", token::handle)
                .add(Method.POST, "/oauth/revoke", revoke::handle)
                .add(Method.GET, "/userinfo", userinfo::handle)
                .add(Method.POST, "/userinfo", userinfo::handle)
                .add(Method.GET, "/v2/logout", logout::logout)
                .add(Method.GET, "/oidc/logout", logout::oidcLogout)
                .add(Method.POST, "/oidc/logout", logout::oidcLogout)
                .add(Method.POST, "/oidc/logout/confirm", logout::confirmed);
    }

    /// What the log hears of an answer.
    private final class Seen implements Site.Observer {
        @Override
        public void served(
                String template, Method method, int status, Duration took, String requestId) {
            metrics.served(template, method, status, took);
            LOG.debug(
                    "{} {} {} {}us {}", method, template, status, took.toNanos() / 1000, requestId);
        }

        @Override
        public void failed(String requestId, Throwable cause) {
            LOG.error("request {} failed", requestId, cause);
        }
    }

    /// The issuer, under the canonical name.
    public String issuer() {
        return issuer;
    }

    /// The port that is listened on.
    public int port() {
        return http.port();
    }

    /// For the start line: which database this is.
    public String database() {
        return database.describe();
    }

    /// Stops accepting, finishes what is under way, and closes the database.
    @Override
    public void close() {
        health.drain();
        http.close();
        database.close();
    }
}
