package segue.server.settings;

import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Puts the record together and looks for what can't be true together.
final class Assembly {
    private static final String SQLITE = "jdbc:sqlite:";
    private static final Pattern PASSWORD_IN_URL =
            Pattern.compile("[?&](password|sslpassword)=", Pattern.CASE_INSENSITIVE);

    private final Collected collected;

    private Assembly(Collected collected) {
        this.collected = collected;
    }

    static Settings.Loaded assemble(Collected collected) {
        var settings = new Assembly(collected).settings();
        var problems = collected.problems();
        return problems.isEmpty()
                ? new Settings.Loaded.Accepted(settings)
                : new Settings.Loaded.Refused(problems);
    }

    private Settings settings() {
        var server = server();
        var dataDirectory = collected.required(Keys.DATA_DIR);
        var database = database(dataDirectory);
        var masterKey = collected.optional(Keys.MASTER_KEY);
        var bootstrap = bootstrap();
        if (database instanceof Settings.Database.Postgres) {
            demand(Keys.MASTER_KEY, "a shared database needs the same key on every node");
            demand(Keys.BOOTSTRAP_ID, "a shared database needs a client that you choose");
            demand(Keys.BOOTSTRAP_SECRET, "a shared database needs a client that you choose");
        } else if (isGiven(Keys.BOOTSTRAP_ID)) {
            demand(Keys.BOOTSTRAP_SECRET, "bootstrap.client-id goes with it");
        } else if (isGiven(Keys.BOOTSTRAP_SECRET)) {
            demand(Keys.BOOTSTRAP_ID, "bootstrap.client-secret goes with it");
        }
        return new Settings(
                issuing(server),
                server,
                dataDirectory,
                database,
                masterKey,
                new Settings.SigningKeys(collected.required(Keys.ROTATE_EVERY)),
                bootstrap,
                new Settings.Tenant(
                        collected.required(Keys.TENANT_NAME), collected.optional(Keys.TENANT_FILE)),
                new Settings.Network(
                        collected.optional(Keys.ASN_DATABASE),
                        collected.optional(Keys.CITY_DATABASE)),
                limits(),
                new Settings.Actions(
                        collected.required(Keys.ACTION_DEADLINE),
                        collected.required(Keys.ACTION_HOSTS),
                        collected.required(Keys.ACTION_WORKERS)),
                new Settings.Outbound(collected.required(Keys.ALLOWED_PRIVATE)),
                new Settings.Retention(
                        collected.required(Keys.RETENTION_ENDED),
                        collected.required(Keys.RETENTION_LOGS)),
                new Settings.Log(
                        collected.optional(Keys.LOG_FORMAT),
                        collected.required(Keys.LOG_LEVEL),
                        collected.required(Keys.LOG_ACCESS)),
                tracing());
    }

    private Optional<Settings.Tracing> tracing() {
        var endpoint = collected.optional(Keys.TRACING_ENDPOINT);
        if (!isGiven(Keys.TRACING_ENDPOINT))
            refuse(
                    Keys.TRACING_SAMPLE,
                    "nothing is traced without tracing.endpoint",
                    "set tracing.endpoint, or leave it out");
        var sample = collected.required(Keys.TRACING_SAMPLE);
        return endpoint.map(to -> new Settings.Tracing(to, sample));
    }

    private Settings.Issuing issuing(Settings.Server server) {
        var issuer = collected.optional(Keys.ISSUER);
        var sameSite = collected.required(Keys.SAME_SITE);
        var speaksTls = !(server.tls() instanceof Settings.Tls.Off);
        issuer.ifPresent(uri -> judge(uri, speaksTls, !server.trustedProxies().isEmpty()));
        var isHttps = issuer.map(uri -> "https".equals(uri.getScheme())).orElse(speaksTls);
        if (sameSite == SameSite.NONE && !isHttps) {
            complain(
                    Keys.SAME_SITE,
                    "browsers drop a SameSite=None cookie that isn't Secure",
                    "use an https issuer, or lax");
        }
        return new Settings.Issuing(issuer, collected.required(Keys.CUSTOM_DOMAINS), sameSite);
    }

    private void judge(URI issuer, boolean speaksTls, boolean hasProxy) {
        var isHttp = "http".equals(issuer.getScheme());
        if (isHttp && !isLoopback(issuer.getHost())) {
            complain(
                    Keys.ISSUER,
                    "an http issuer is for loopback hosts only",
                    "give https://" + issuer.getHost() + "/");
        } else if (isHttp && speaksTls) {
            complain(
                    Keys.ISSUER,
                    "server.tls.mode makes this server speak https",
                    "give an https issuer, or server.tls.mode=off");
        } else if (!isHttp && !speaksTls && !hasProxy) {
            complain(
                    Keys.ISSUER,
                    "an https issuer needs someone who speaks TLS",
                    "set server.tls.mode, or server.trusted-proxies to the addresses of your"
                            + " proxy");
        }
    }

    private Settings.Server server() {
        var port = collected.required(Keys.PORT);
        var management = collected.optional(Keys.MANAGEMENT_PORT);
        if (port != 0 && management.equals(Optional.of(port))) {
            complain(
                    Keys.MANAGEMENT_PORT,
                    "this is server.port",
                    "give another port, or leave it out to share the port");
        }
        return new Settings.Server(
                collected.required(Keys.HOST),
                port,
                management,
                tls(),
                collected.required(Keys.TRUSTED_PROXIES),
                collected.required(Keys.DRAIN),
                collected.required(Keys.DRAIN_NOTICE));
    }

    private Settings.Tls tls() {
        var chain = collected.optional(Keys.TLS_FILE);
        var key = collected.optional(Keys.TLS_KEY_FILE);
        var password = collected.optional(Keys.TLS_PASSWORD);
        var mode = collected.required(Keys.TLS_MODE);
        if (mode != TlsMode.FILE) {
            var because =
                    "it has no meaning with server.tls.mode="
                            + mode.name().toLowerCase(Locale.ROOT);
            refuse(Keys.TLS_FILE, because, "set server.tls.mode=file, or leave it out");
            refuse(Keys.TLS_KEY_FILE, because, "set server.tls.mode=file, or leave it out");
            refuse(Keys.TLS_PASSWORD, because, "set server.tls.mode=file, or leave it out");
        }
        return switch (mode) {
            case OFF -> new Settings.Tls.Off();
            case DEV -> new Settings.Tls.Dev();
            case FILE -> {
                demand(Keys.TLS_FILE, "server.tls.mode=file needs it");
                yield chain.<Settings.Tls>map(file -> new Settings.Tls.Files(file, key, password))
                        .orElseGet(Settings.Tls.Off::new);
            }
        };
    }

    private Settings.Database database(Path dataDirectory) {
        var url = collected.optional(Keys.DATABASE_URL);
        var user = collected.optional(Keys.DATABASE_USER);
        var password = collected.optional(Keys.DATABASE_PASSWORD);
        var pool =
                collected
                        .optional(Keys.DATABASE_POOL)
                        .orElseGet(
                                () -> Math.max(8, 4 * Runtime.getRuntime().availableProcessors()));
        if (url.isPresent() && !url.get().startsWith(SQLITE)) {
            if (PASSWORD_IN_URL.matcher(url.get()).find()) {
                complain(
                        Keys.DATABASE_URL,
                        "there is a password in it, and URLs get printed",
                        "put it in database.password");
            }
            return new Settings.Database.Postgres(url.get(), user, password, pool);
        }
        if (!isGiven(Keys.DATABASE_URL) || url.isPresent()) {
            var right = "set database.url=jdbc:postgresql://…, or leave it out";
            refuse(Keys.DATABASE_USER, "the embedded database has no users", right);
            refuse(Keys.DATABASE_PASSWORD, "the embedded database has no users", right);
        }
        var file =
                url.map(text -> Path.of(text.substring(SQLITE.length())))
                        .orElseGet(() -> dataDirectory.resolve("segue.db"));
        return new Settings.Database.Embedded(file);
    }

    private Optional<Settings.Bootstrap> bootstrap() {
        var id = collected.optional(Keys.BOOTSTRAP_ID);
        var secret = collected.optional(Keys.BOOTSTRAP_SECRET);
        return id.flatMap(name -> secret.map(value -> new Settings.Bootstrap(name, value)));
    }

    private Settings.Limits limits() {
        return new Settings.Limits(
                collected.required(Keys.LOGIN_ATTEMPTS),
                collected.required(Keys.NETWORK_LOGIN_ATTEMPTS),
                collected.required(Keys.CLIENT_SECRET_ATTEMPTS),
                collected.required(Keys.SIGN_UPS),
                collected.required(Keys.EXCHANGES),
                collected.required(Keys.MANAGEMENT),
                collected.required(Keys.MISMATCHES),
                collected.required(Keys.USERINFO),
                new Settings.Requests(
                        collected
                                .optional(Keys.CONCURRENT_REQUESTS)
                                .orElseGet(() -> 128 * Runtime.getRuntime().availableProcessors()),
                        collected.required(Keys.CONNECTIONS),
                        collected.required(Keys.URL_BYTES),
                        collected.required(Keys.HEADER_BYTES),
                        collected.required(Keys.HEADERS),
                        collected.required(Keys.PARAMETERS),
                        collected.required(Keys.BODY_BYTES),
                        collected.required(Keys.MANAGEMENT_BODY_BYTES),
                        collected.required(Keys.IDLE_TIMEOUT)),
                collected
                        .optional(Keys.PASSWORD_HASHES)
                        .orElseGet(() -> Runtime.getRuntime().availableProcessors()),
                collected.required(Keys.PASSWORD_WAIT));
    }

    private static boolean isLoopback(String host) {
        if (host.equals("localhost")) return true;
        var literal = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        return Cidr.parse(literal).filter(one -> one.network().isLoopbackAddress()).isPresent();
    }

    private boolean isGiven(Key<?> key) {
        return collected.given(key).isPresent();
    }

    private void demand(Key<?> key, String because) {
        if (!isGiven(key)) {
            complain(key, "this is missing: " + because, key.type().expected());
        }
    }

    private void refuse(Key<?> key, String because, String right) {
        if (isGiven(key)) complain(key, because, right);
    }

    private void complain(Key<?> key, String wrong, String right) {
        collected.complain(collected.source(key), key.name(), wrong, right);
    }
}
