package segue.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import segue.domain.keys.SigningAlgorithm;
import segue.server.action.Pipeline;
import segue.server.action.Trial;
import segue.server.authorize.ActivateEndpoint;
import segue.server.authorize.AuthorizeEndpoint;
import segue.server.authorize.PushEndpoint;
import segue.server.authorize.RequestReader;
import segue.server.backchannel.LogoutDelivery;
import segue.server.backchannel.LogoutTokens;
import segue.server.browser.BrowserCookies;
import segue.server.device.DeviceAuthorizationEndpoint;
import segue.server.device.UserCodes;
import segue.server.discovery.DiscoveryEndpoint;
import segue.server.dpop.DpopProofs;
import segue.server.handoff.HandOffEndpoint;
import segue.server.health.HealthEndpoint;
import segue.server.http.Endpoint;
import segue.server.http.HttpServer;
import segue.server.http.Listener;
import segue.server.http.Method;
import segue.server.http.Outbound;
import segue.server.http.Route;
import segue.server.http.Router;
import segue.server.http.Site;
import segue.server.introspect.IntrospectEndpoint;
import segue.server.jwt.Jwts;
import segue.server.keys.SigningProvider;
import segue.server.login.LoginEndpoint;
import segue.server.login.LoginFlow;
import segue.server.login.SignUpEndpoint;
import segue.server.logout.LogoutEndpoint;
import segue.server.management.TenantFile;
import segue.server.metrics.Metrics;
import segue.server.network.NetworkFile;
import segue.server.network.Networks;
import segue.server.oauth.Callers;
import segue.server.oauth.Cors;
import segue.server.oauth.Origins;
import segue.server.oauth.RateLimit;
import segue.server.oauth.Registry;
import segue.server.oauth.SecretGate;
import segue.server.oauth.Terms;
import segue.server.page.Pages;
import segue.server.postlogin.PostLogin;
import segue.server.postlogin.SubjectTokens;
import segue.server.registry.StoredRegistry;
import segue.server.registry.StoredScripts;
import segue.server.revoke.RevokeEndpoint;
import segue.server.settings.Rate;
import segue.server.settings.SameSite;
import segue.server.settings.Settings;
import segue.server.signup.DbConnectionsEndpoint;
import segue.server.signup.SignUps;
import segue.server.tls.CertificateWatch;
import segue.server.tls.Certificates;
import segue.server.token.TokenModule;
import segue.server.token.Tokens;
import segue.server.userinfo.UserinfoEndpoint;
import segue.storage.AccessTokens;
import segue.storage.Actions;
import segue.storage.Attempts;
import segue.storage.Authorizations;
import segue.storage.DeviceAuthorizations;
import segue.storage.Grants;
import segue.storage.Introspections;
import segue.storage.LogoutNotices;
import segue.storage.Proofs;
import segue.storage.PushedRequests;
import segue.storage.Retention;
import segue.storage.Revision;
import segue.storage.Revocations;
import segue.storage.SignIns;
import segue.storage.Transfers;
import segue.storage.Users;
import segue.storage.jdbc.Database;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/// A running node: everything wired together, by hand, in one place.
public final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    private final Settings settings;
    private final HttpServer http;
    private final Foundation foundation;
    private final String issuer;
    private final HealthEndpoint health;
    private final Metrics metrics = new Metrics();
    private final Witness witness;
    private final Database database;
    private final Housekeeping deliveries = new Housekeeping("segue-logout-delivery");
    private final Housekeeping housekeeping = new Housekeeping("segue-housekeeping");
    private final Revocations revocations;
    private final Outbound outbound;
    private final Optional<HttpServer> operations;
    private final Router router;
    private final Pipeline pipeline;

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

    /// The database is opened, and the library that signs is loaded, while the socket is bound: all
    /// take their time, and none needs the others.
    static Server start(Settings settings, Clock clock) throws StartFailed {
        try {
            var networks =
                    Networks.open(
                            settings.network().asnDatabase(), settings.network().cityDatabase());
            Foundation.makeFolder(settings);
            Thread.ofPlatform().name("segue-load").daemon().start(SigningProvider::load);
            var opening = new FutureTask<>(() -> Foundation.openDatabase(settings, clock));
            Thread.ofPlatform().name("segue-open").start(opening);
            HttpServer http;
            try {
                http = bind(settings);
            } catch (RuntimeException | Certificates.Unusable e) {
                opened(opening).close();
                throw e;
            }
            try {
                return start(settings, clock, http, opened(opening), networks);
            } catch (RuntimeException | IOException e) {
                http.close();
                throw e;
            }
        } catch (RuntimeException | IOException | Certificates.Unusable | NetworkFile.Unusable e) {
            throw new StartFailed(Optional.ofNullable(e.getMessage()).orElse(e.toString()), e);
        }
    }

    private static Server start(
            Settings settings, Clock clock, HttpServer http, Database database, Networks networks)
            throws IOException {
        var issuer = settings.issuer(http.port());
        var foundation = Foundation.on(database, settings, issuer, clock);
        try {
            return new Server(settings, http, foundation, networks, clock);
        } catch (RuntimeException | IOException e) {
            foundation.close();
            throw e;
        }
    }

    private static Database opened(FutureTask<Database> opening) throws IOException {
        try {
            return opening.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException itself) throw itself;
            if (e.getCause() instanceof IOException itself) throw itself;
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the database was opened", e);
        }
    }

    private static HttpServer bind(Settings settings) throws Certificates.Unusable {
        return HttpServer.bind(
                new Listener(
                        settings.server().host(),
                        settings.server().port(),
                        Certificates.context(settings.server().tls(), settings.dataDirectory()),
                        settings.limits().requests(),
                        settings.server().trustedProxies(),
                        settings.server().drain()));
    }

    private Server(
            Settings settings,
            HttpServer http,
            Foundation foundation,
            Networks networks,
            Clock clock)
            throws IOException {
        this.settings = settings;
        this.http = http;
        this.foundation = foundation;
        this.issuer = settings.issuer(http.port());
        LOG.info("tokens are signed by {}", foundation.provider.description());
        this.witness = new Witness(settings, metrics, clock);
        this.database = witness.watched(foundation.database);
        var domains = foundation.domains;
        this.health = new HealthEndpoint(database::isReachable);
        this.revocations = new Revocations(database, metrics);
        this.outbound = new Outbound(settings.outbound().allowedPrivate());
        metrics.gauge(
                "segue.database.pending", "Units of work that wait or run", database::pending);
        metrics.gauge(
                "segue.password.hashes",
                "Passwords hashed since the start",
                foundation.passwords::operations);
        metrics.gauge(
                "segue.password.waiting",
                "Callers that wait for a password to be hashed",
                foundation.passwords::waiting);
        for (var algorithm : SigningAlgorithm.values())
            metrics.signingKey(algorithm.name(), () -> foundation.keys.age(algorithm).toSeconds());
        metrics.admission(http.admission());
        metrics.gauge(
                "segue.admission.late",
                "Connections that wait for a refusal, since they asked again at once",
                http::answeredLate);
        var registry =
                new StoredRegistry(
                        foundation.configuration, new Revision(database), foundation.master);
        var jwts = new Jwts(foundation.keys, clock);
        var origins = new Origins(networks);
        this.pipeline =
                new Pipeline(
                        new StoredScripts(new Actions(database), foundation.master),
                        settings.actions(),
                        outbound,
                        metrics,
                        foundation.mint::uuid,
                        clock);
        var postLogin =
                new PostLogin(
                        pipeline,
                        registry,
                        foundation.configuration,
                        domains,
                        networks,
                        settings.tenant().name());
        var subjectTokens =
                new SubjectTokens(
                        pipeline,
                        foundation.configuration,
                        domains,
                        networks,
                        settings.tenant().name());
        var proofs = new DpopProofs(new Proofs(database), foundation.master, domains, clock);
        this.router = router(registry, origins, postLogin, subjectTokens, jwts, proofs, clock);
        foundation
                .tenancy
                .api(
                        database,
                        revocations,
                        new Grants(database, metrics),
                        new Trial(settings.actions(), outbound),
                        jwts,
                        proofs,
                        registry,
                        origins,
                        settings.limits().management())
                .addTo(router);
        if (settings.tenant().file().isPresent()) importTenantFile(settings.tenant().file().get());
        pipeline.warmUp(registry.tenant().actionsRevision());
        this.operations = settings.server().managementPort().map(this::operations);
        if (operations.isEmpty()) addOperations(router, metrics::scrapeFromHere);
        keepHouse(clock);
        watch(networks, clock);
        deliverLogouts(registry, jwts);
        http.serve(
                new Site(
                        router,
                        domains::isOurs,
                        domains.isSecure(),
                        foundation.mint::correlation,
                        witness));
    }

    /// Health and metrics on a port of their own: plain HTTP, whatever the host is called.
    private HttpServer operations(int port) {
        var listener =
                new Listener(
                        settings.server().host(),
                        port,
                        Optional.empty(),
                        settings.limits().requests(),
                        List.of(),
                        settings.server().drain());
        var router = new Router();
        addOperations(router, metrics::scrape);
        var server = HttpServer.bind(listener);
        server.serve(new Site(router, _ -> true, false, foundation.mint::correlation, witness));
        LOG.info("health and metrics listen on port {}", server.port());
        return server;
    }

    private void addOperations(Router router, Endpoint scrape) {
        router.add(Method.GET, "/health/live", health::live)
                .add(Method.GET, "/health/ready", health::ready)
                .add(Method.GET, "/health/started", health::started)
                .add(Method.GET, "/metrics", scrape);
    }

    private void keepHouse(Clock clock) {
        var clocks = new ClockWatch(foundation.database::time, clock);
        clocks.look();
        metrics.gauge(
                "segue.clock.offset.seconds",
                "How far this node's clock is ahead of the database's",
                clocks::seconds);
        housekeeping.every(Duration.ofMinutes(1), "comparing clocks", clocks::look);
        var retention = new Retention(foundation.database);
        var kept = settings.retention();
        housekeeping.every(
                Duration.ofHours(1),
                "forgetting what ended",
                () -> retention.forget(kept.ended(), kept.logs()));
        settings.keys().rotateEvery().ifPresent(this::rotateKeys);
        housekeeping.every(Duration.ofSeconds(30), "ending expired sessions", this::expireSessions);
        if (settings.server().tls() instanceof Settings.Tls.Files files)
            housekeeping.every(
                    Duration.ofSeconds(10),
                    "looking at the certificate",
                    new CertificateWatch(files, http::reloadTls)::look);
    }

    /// All nodes look, and one of them adds the next key (THREATS R44.3).
    private void rotateKeys(Duration age) {
        housekeeping.every(
                Duration.ofSeconds(10),
                "rotating the signing keys",
                () ->
                        foundation
                                .keys
                                .rotateAfter(age)
                                .forEach(
                                        key ->
                                                LOG.info(
                                                        "next signing key {} ({}), signs from {}",
                                                        key.kid(),
                                                        key.algorithm(),
                                                        key.activatesAt())));
    }

    /// THREATS R33.2, R33.3.
    private void watch(Networks networks, Clock clock) {
        for (var file : networks.files())
            metrics.networkFile(
                    file.kind().word(),
                    () -> Duration.between(file.current().built(), clock.instant()).toSeconds());
        if (!networks.files().isEmpty())
            housekeeping.every(
                    Duration.ofSeconds(10),
                    "looking at the network databases",
                    () -> networks.look(kind -> metrics.networkFileRefused(kind.word())));
    }

    /// In small steps, so that nobody waits long; nodes may do it at the same time.
    private void expireSessions() {
        while (revocations.expireSessions(200).isPresent()) LOG.debug("looked at sessions");
    }

    /// Tells clients of ended sessions, apart from the housekeeping: a client that is slow to
    /// answer holds up nothing else.
    private void deliverLogouts(Registry registry, Jwts jwts) {
        var delivery =
                new LogoutDelivery(
                        new LogoutNotices(foundation.database),
                        registry,
                        foundation.domains,
                        new LogoutTokens(jwts, foundation.mint::correlation),
                        outbound);
        deliveries.every(Duration.ofSeconds(1), "delivering logout tokens", delivery::deliver);
    }

    private void importTenantFile(Path file) throws IOException {
        var report = new TenantFile(foundation.tenancy).read(file, System.getenv());
        report.warnings().forEach(warning -> LOG.warn("tenant file: {}", warning));
        if (!report.problems().isEmpty())
            throw new IOException("tenant file: " + String.join("; ", report.problems()));
    }

    private Router router(
            Registry registry,
            Origins origins,
            PostLogin postLogin,
            SubjectTokens subjectTokens,
            Jwts jwts,
            DpopProofs proofs,
            Clock clock) {
        var domains = foundation.domains;
        var mint = foundation.mint;
        var passwords = foundation.passwords;
        var limits = settings.limits();
        var guesses = new Attempts.Limits(limits.loginAttempts(), limits.networkLoginAttempts());
        var attempts = new Attempts(database);
        var gate = new SecretGate(attempts, limits.clientSecretAttempts());
        var signIns = new SignIns(database);
        Supplier<String> nonces = mint::correlation;
        var pages = new Pages(nonces);
        var sameSite = settings.issuing().sessionCookieSameSite() == SameSite.NONE ? "None" : "Lax";
        var cookies = new BrowserCookies(domains.isSecure(), sameSite);
        var authorizations = new Authorizations(database, witness);
        var transfers = new Transfers(database, limit(limits.exchangesPerFamily()), witness);
        var tokens = new Tokens(jwts, registry, mint);
        var reader = new RequestReader(domains, registry, jwts, clock);
        var pushedRequests = new PushedRequests(database);
        var callers = new Callers(registry, origins, domains, new Proofs(database), gate, clock);
        var push =
                new PushEndpoint(
                        pushedRequests, callers, proofs, new Terms(registry), reader, mint);
        var authorize =
                new AuthorizeEndpoint(
                        authorizations,
                        registry,
                        origins,
                        domains,
                        reader,
                        pushedRequests,
                        cookies,
                        pages,
                        mint,
                        limit(limits.mismatchRevocations()),
                        postLogin,
                        tokens);
        var signUps =
                new SignUps(
                        foundation.configuration,
                        new Users(database),
                        signIns,
                        attempts,
                        limits.signUps(),
                        passwords,
                        mint);
        var flow =
                new LoginFlow(
                        authorizations,
                        signIns,
                        registry,
                        origins,
                        domains,
                        cookies,
                        pages,
                        mint,
                        postLogin);
        var login = new LoginEndpoint(flow, signIns, signUps, origins, pages, passwords, guesses);
        var signUp = new SignUpEndpoint(flow, signUps, origins, pages);
        var token =
                TokenModule.endpoint(
                        database,
                        callers,
                        registry,
                        domains,
                        tokens,
                        proofs,
                        passwords,
                        mint,
                        guesses,
                        transfers,
                        postLogin,
                        subjectTokens);
        var devices = new DeviceAuthorizations(database);
        var userCodes = new UserCodes(foundation.master);
        var deviceAuthorization =
                new DeviceAuthorizationEndpoint(
                        devices, callers, new Terms(registry), registry, domains, userCodes, mint);
        var activate =
                new ActivateEndpoint(
                        devices,
                        authorizations,
                        authorize,
                        userCodes,
                        registry,
                        origins,
                        domains,
                        cookies,
                        pages,
                        mint,
                        limits.loginAttempts());
        var userinfo =
                new UserinfoEndpoint(
                        new AccessTokens(database),
                        registry,
                        domains,
                        jwts,
                        proofs,
                        new RateLimit(limits.userinfo(), clock));
        var logout =
                new LogoutEndpoint(revocations, registry, origins, domains, jwts, cookies, pages);
        var handOff = new HandOffEndpoint(registry, domains, cookies, pages);
        var dbConnections =
                new DbConnectionsEndpoint(
                        signUps,
                        foundation.configuration,
                        signIns,
                        attempts,
                        limits.signUps(),
                        registry,
                        origins);
        var discovery = new DiscoveryEndpoint(domains, registry, foundation.keys);
        var introspect =
                new IntrospectEndpoint(
                        new Introspections(database), callers, registry, domains, jwts);
        var revoke = new RevokeEndpoint(revocations, callers, registry);
        return new Router()
                .add(Method.GET, "/.well-known/openid-configuration", discovery::metadata)
                .add(Method.GET, "/.well-known/oauth-authorization-server", discovery::metadata)
                .add(Method.GET, "/.well-known/jwks.json", discovery::jwks)
                .add(Method.OPTIONS, "/.well-known/openid-configuration", Cors::preflightForAll)
                .add(
                        Method.OPTIONS,
                        "/.well-known/oauth-authorization-server",
                        Cors::preflightForAll)
                .add(Method.OPTIONS, "/.well-known/jwks.json", Cors::preflightForAll)
                .add(Method.GET, "/authorize", authorize::authorize)
                .add(Method.GET, "/continue", authorize::goOnAfterRedirect)
                .add(Method.POST, "/continue", authorize::goOnAfterRedirect)
                .add(Method.HEAD, "/authorize", authorize::authorize)
                .add(Method.POST, "/authorize", authorize::authorize)
                .add(Method.GET, "/authorize/resume", authorize::resume)
                .add(Method.GET, "/hand-off", handOff::show)
                .add(Method.HEAD, "/hand-off", handOff::show)
                .add(Method.POST, "/hand-off", handOff::take)
                .add(Method.GET, "/u/login", login::show)
                .add(Method.POST, "/u/login", login::submit)
                .add(Method.GET, "/u/signup", signUp::show)
                .add(Method.POST, "/u/signup", signUp::submit)
                .add(Method.GET, "/u/confirm", authorize::confirmation)
                .add(Method.POST, "/u/confirm", authorize::confirmed)
                .add(Method.GET, "/u/consent", authorize::consent)
                .add(Method.POST, "/u/consent", authorize::consented)
                .add(Method.POST, "/oauth/device/code", deviceAuthorization::handle)
                .add(Method.GET, "/activate", activate::show)
                .add(Method.POST, "/activate", activate::enter)
                .add(Method.POST, "/activate/confirm", activate::confirm)
                .add(Method.POST, "/oauth/par", push::handle)
                .add(Method.POST, "/oauth/token", token::handle)
                .add(Method.POST, "/oauth/revoke", revoke::handle)
                .add(Method.POST, "/oauth/introspect", introspect::handle)
                .add(Method.POST, "/dbconnections/signup", dbConnections::signUp)
                .add(Method.POST, "/dbconnections/change_password", dbConnections::changePassword)
                .add(Method.OPTIONS, "/dbconnections/signup", Cors::preflight)
                .add(Method.OPTIONS, "/dbconnections/change_password", Cors::preflight)
                .add(Method.GET, "/userinfo", userinfo::handle)
                .add(Method.POST, "/userinfo", userinfo::handle)
                .add(Method.OPTIONS, "/oauth/token", Cors::preflight)
                .add(Method.OPTIONS, "/oauth/revoke", Cors::preflight)
                .add(Method.OPTIONS, "/userinfo", Cors::preflight)
                .add(Method.GET, "/v2/logout", logout::logout)
                .add(Method.GET, "/oidc/logout", logout::oidcLogout)
                .add(Method.POST, "/oidc/logout", logout::oidcLogout)
                .add(Method.POST, "/oidc/logout/confirm", logout::confirmed);
    }

    private static Transfers.Limit limit(Rate rate) {
        return new Transfers.Limit(rate.count(), rate.per());
    }

    /// The issuer, under the canonical name.
    public String issuer() {
        return issuer;
    }

    /// The port that is listened on.
    public int port() {
        return http.port();
    }

    /// Where the credentials of the first management client stand, if this start made them
    /// (contract operator §2).
    public Optional<Path> bootstrapFile() {
        return foundation.bootstrapFile;
    }

    /// Everything that can be asked for, for tests that leave nothing out.
    public List<Route> routes() {
        return router.routes();
    }

    /// For the start line: which database this is.
    public String database() {
        return foundation.database.describe();
    }

    /// Lets whoever watches our health send nobody more (contract operator §3), stops accepting,
    /// finishes what is under way, and closes the database.
    @Override
    public void close() {
        health.drain();
        http.drain();
        if (health.isWatched()) giveNotice();
        deliveries.close();
        outbound.close();
        housekeeping.close();
        http.close();
        operations.ifPresent(HttpServer::close);
        pipeline.close();
        foundation.close();
        witness.close();
    }

    private void giveNotice() {
        try {
            Thread.sleep(settings.server().drainNotice());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
