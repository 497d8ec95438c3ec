package segue.server.settings;

import segue.domain.secret.Secret;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The table of all settings (contract operator §2), in the order of the documentation. What isn't
/// here is unknown.
public final class Keys {
    static final Key<URI> ISSUER =
            Key.optional(
                    "issuer",
                    Type.issuer(),
                    "`http://localhost:<port>/`, with TLS `https://localhost:<port>/`",
                    "Public base URL; ends in `/`. `http` for loopback hosts only; a public issuer"
                            + " needs `https` by `server.tls.mode` or `server.trusted-proxies`.");
    static final Key<List<String>> CUSTOM_DOMAINS =
            Key.of(
                    "custom-domains",
                    Type.listOf(Type.hostName()),
                    "",
                    "Further host names on which the tenant answers; any other Host is refused"
                            + " (421).");
    static final Key<SameSite> SAME_SITE =
            Key.of(
                    "session-cookie.same-site",
                    Type.oneOf(SameSite.class),
                    "lax",
                    "`none` where single-page apps on other sites use silent authentication in a"
                            + " frame.");

    static final Key<String> HOST =
            Key.of("server.host", Type.listenHost(), "127.0.0.1", "Address to listen on.");
    static final Key<Integer> PORT =
            Key.of("server.port", Type.port(), "8080", "Port to listen on; `0` is any free one.");
    static final Key<Integer> MANAGEMENT_PORT =
            Key.optional(
                    "server.management-port",
                    Type.port(),
                    "the same port",
                    "Port of its own for `/health/*` and `/metrics`; on the shared port `/metrics`"
                            + " answers loopback peers only.");
    static final Key<TlsMode> TLS_MODE =
            Key.of(
                    "server.tls.mode",
                    Type.oneOf(TlsMode.class),
                    "off",
                    "`off`; `file` (reloaded on change); `dev` (a local CA and a localhost"
                            + " certificate under `data-dir`).");
    static final Key<Path> TLS_FILE =
            Key.optional(
                    "server.tls.file",
                    Type.path(),
                    "none",
                    "For mode `file`: a PKCS#12 key store, or a PEM file with the certificate"
                            + " chain.");
    static final Key<Path> TLS_KEY_FILE =
            Key.optional(
                    "server.tls.key-file",
                    Type.path(),
                    "none",
                    "The private key in PEM, where `server.tls.file` is PEM and doesn't hold it.");
    static final Key<Secret> TLS_PASSWORD =
            Key.optional(
                    "server.tls.password",
                    Type.secret(),
                    "none",
                    "Password of the PKCS#12 key store.");
    static final Key<List<Cidr>> TRUSTED_PROXIES =
            Key.of(
                    "server.trusted-proxies",
                    Type.listOf(Type.cidr()),
                    "",
                    "Ranges whose `X-Forwarded-For`, `Forwarded` and `X-Forwarded-Proto` are"
                            + " believed, right to left.");
    static final Key<Duration> DRAIN =
            Key.of(
                    "server.drain",
                    Type.duration(),
                    "20s",
                    "How long requests under way may take after `SIGTERM` and"
                            + " `server.drain-notice`.");
    static final Key<Duration> DRAIN_NOTICE =
            Key.of(
                    "server.drain-notice",
                    Type.duration(),
                    "5s",
                    "How long after `SIGTERM` connections are still accepted while `/health/ready`"
                            + " says no; not at all if nobody has asked that for a minute.");

    static final Key<Path> DATA_DIR =
            Key.of(
                    "data-dir",
                    Type.path(),
                    "./data",
                    "Folder of the embedded database, the master key and the dev certificates.");

    static final Key<String> DATABASE_URL =
            Key.optional(
                    "database.url",
                    Type.databaseUrl(),
                    "the file `segue.db` in `data-dir`",
                    "`jdbc:postgresql://…` for production and for several nodes, or"
                            + " `jdbc:sqlite:<file>`.");
    static final Key<String> DATABASE_USER =
            Key.optional("database.user", Type.text(), "none", "PostgreSQL user.");
    static final Key<Secret> DATABASE_PASSWORD =
            Key.optional("database.password", Type.secret(), "none", "PostgreSQL password.");
    static final Key<Integer> DATABASE_POOL =
            Key.optional(
                    "database.pool-size",
                    Type.number(2, 1000),
                    "four for each processor, and 8 at least",
                    "The most connections to PostgreSQL that this node opens; 2 at least. More of"
                            + " them than work at a time cost more than they bring.");

    static final Key<Secret> MASTER_KEY =
            Key.optional(
                    "master-key",
                    Type.masterKey(),
                    "created in `data-dir` with mode 0600",
                    "256 bits in Base64 or hexadecimal that encrypt signing keys and client secrets"
                            + " at rest; required with PostgreSQL.");
    static final Key<Optional<Duration>> ROTATE_EVERY =
            Key.of(
                    "keys.rotate-every",
                    Type.period(),
                    "90d",
                    "How long a signing key signs before the next one is made, as by `keys rotate`;"
                            + " `off` leaves it to the command.");
    static final Key<String> BOOTSTRAP_ID =
            Key.optional(
                    "bootstrap.client-id",
                    Type.text(),
                    "created once per database, written to `data-dir/bootstrap-client.json` (0600)",
                    "Machine-to-machine client with every Management API scope; required with"
                            + " PostgreSQL.");
    static final Key<Secret> BOOTSTRAP_SECRET =
            Key.optional(
                    "bootstrap.client-secret",
                    Type.secret(),
                    "as `bootstrap.client-id`",
                    "Its secret; given together with `bootstrap.client-id` or not at all.");
    static final Key<String> TENANT_NAME =
            Key.of(
                    "tenant.name",
                    Type.text(),
                    "segue",
                    "Value of `tenant` on clients and of `event.tenant.id`.");
    static final Key<Path> TENANT_FILE =
            Key.optional(
                    "tenant-file",
                    Type.path(),
                    "none",
                    "Tenant file that is imported at every start, as by `tenant import`.");

    static final Key<Path> ASN_DATABASE =
            Key.optional(
                    "network.asn-database",
                    Type.path(),
                    "none",
                    "MaxMind-format `.mmdb` file of autonomous systems, such as GeoLite2-ASN;"
                            + " reloaded on change. Without it no client can be bound by `asn`.");
    static final Key<Path> CITY_DATABASE =
            Key.optional(
                    "network.city-database",
                    Type.path(),
                    "none",
                    "MaxMind-format `.mmdb` file of places, such as GeoLite2-City; reloaded on"
                            + " change.");

    static final Key<Integer> LOGIN_ATTEMPTS =
            Key.of(
                    "limits.login-attempts",
                    Type.number(1, 1000),
                    "10",
                    "Failed sign-ins per account and address within 15 minutes; then 429. IPv6"
                            + " addresses count by their /64, here and below.");
    static final Key<Integer> NETWORK_LOGIN_ATTEMPTS =
            Key.of(
                    "limits.network-login-attempts",
                    Type.number(1, 1_000_000),
                    "100",
                    "Failed sign-ins per address within 15 minutes, to whatever accounts; then"
                            + " 429.");
    static final Key<Integer> CLIENT_SECRET_ATTEMPTS =
            Key.of(
                    "limits.client-secret-attempts",
                    Type.number(1, 1000),
                    "50",
                    "Wrong secrets per client and address within 15 minutes; then 429.");
    static final Key<Rate> SIGN_UPS =
            Key.of(
                    "limits.sign-ups",
                    Type.rate(),
                    "50/h",
                    "Sign-ups per address, and as many requests to change a password; then 429.");
    static final Key<Rate> EXCHANGES =
            Key.of(
                    "limits.exchanges-per-family",
                    Type.rate(),
                    "600/min",
                    "Session transfer tokens per refresh-token family; then 429.");
    static final Key<Rate> MANAGEMENT =
            Key.of(
                    "limits.management",
                    Type.rate(),
                    "50/s",
                    "Management API requests per client; then 429.");
    static final Key<Rate> MISMATCHES =
            Key.of(
                    "limits.mismatch-revocations",
                    Type.rate(),
                    "5/h",
                    "Sessions of others that one user's transfer tokens may end; then 429.");
    static final Key<Rate> USERINFO =
            Key.of(
                    "limits.userinfo",
                    Type.rate(),
                    "50/s",
                    "Requests to `/userinfo` per user; then 429.");
    static final Key<Integer> CONCURRENT_REQUESTS =
            Key.optional(
                    "limits.concurrent-requests",
                    Type.number(1, 100_000),
                    "128 for each processor",
                    "The most requests worked on at once, and fewer while they make each other"
                            + " wait; past it the answer is 503 with `Retry-After`.");
    static final Key<Integer> CONNECTIONS =
            Key.of(
                    "limits.connections",
                    Type.number(1, 1_000_000),
                    "8192",
                    "Open connections; past it new ones are closed.");
    static final Key<Integer> URL_BYTES =
            Key.of("limits.url-bytes", Type.number(512, 65_536), "8192", "Longest request target.");
    static final Key<Integer> HEADER_BYTES =
            Key.of(
                    "limits.header-bytes",
                    Type.number(1024, 262_144),
                    "16384",
                    "All headers of a request together.");
    static final Key<Integer> HEADERS =
            Key.of(
                    "limits.headers",
                    Type.number(10, 1000),
                    "100",
                    "Number of headers of a request.");
    static final Key<Integer> PARAMETERS =
            Key.of(
                    "limits.parameters",
                    Type.number(10, 1000),
                    "100",
                    "Number of parameters of a request.");
    static final Key<Integer> BODY_BYTES =
            Key.of(
                    "limits.body-bytes",
                    Type.number(1024, 16_777_216),
                    "65536",
                    "Longest body, the Management API apart; past it 413.");
    static final Key<Integer> MANAGEMENT_BODY_BYTES =
            Key.of(
                    "limits.management-body-bytes",
                    Type.number(1024, 67_108_864),
                    "1048576",
                    "Longest body of a Management API request; past it 413.");
    static final Key<Duration> IDLE_TIMEOUT =
            Key.of(
                    "limits.idle-timeout",
                    Type.duration(),
                    "30s",
                    "How long a connection may be silent.");
    static final Key<Integer> PASSWORD_HASHES =
            Key.optional(
                    "limits.password-hashes",
                    Type.number(1, 1024),
                    "the number of processors",
                    "Passwords hashed at once.");
    static final Key<Duration> PASSWORD_WAIT =
            Key.of(
                    "limits.password-wait",
                    Type.duration(),
                    "1s",
                    "How long a sign-in waits for its turn to be hashed; then 503.");

    static final Key<Duration> ACTION_DEADLINE =
            Key.of(
                    "actions.deadline",
                    Type.duration(),
                    "20s",
                    "What all Actions of a sign-in may take together; past it the sign-in is"
                            + " denied.");
    static final Key<List<String>> ACTION_HOSTS =
            Key.of(
                    "actions.allowed-hosts",
                    Type.listOf(Type.hostName()),
                    "",
                    "Hosts that an Action's `fetch` may reach, by https.");
    static final Key<Integer> ACTION_WORKERS =
            Key.of(
                    "actions.workers",
                    Type.number(1, 64),
                    "2",
                    "Sign-ins whose Actions run at once, each in a process of its own; one more"
                            + " process is kept to spare. There is none unless Actions are"
                            + " bound.");
    static final Key<List<Cidr>> ALLOWED_PRIVATE =
            Key.of(
                    "outbound.allowed-private",
                    Type.listOf(Type.cidr()),
                    "",
                    "Private addresses that logout tokens, and an Action's `fetch`, may be sent"
                            + " to.");
    static final Key<Duration> RETENTION_ENDED =
            Key.of(
                    "retention.ended",
                    Type.duration(),
                    "30d",
                    "How long ended sessions and tokens are remembered, counted from their end or,"
                            + " if they were ended early, from when they would have expired.");
    static final Key<Duration> RETENTION_LOGS =
            Key.of("retention.logs", Type.duration(), "30d", "How long the tenant log is kept.");
    static final Key<LogFormat> LOG_FORMAT =
            Key.optional(
                    "log.format",
                    Type.oneOf(LogFormat.class),
                    "`text` on a terminal, else `json`",
                    "`json` is one object per line.");
    static final Key<LogLevel> LOG_LEVEL =
            Key.of(
                    "log.level",
                    Type.oneOf(LogLevel.class),
                    "info",
                    "Least severe line that is written.");
    static final Key<Boolean> LOG_ACCESS =
            Key.of(
                    "log.access",
                    Type.onOff(),
                    "off",
                    "`on` writes a line of JSON per request, of [few fields](observability.md).");
    static final Key<URI> TRACING_ENDPOINT =
            Key.optional(
                    "tracing.endpoint",
                    Type.collector(),
                    "none; nothing is traced",
                    "URL to which spans are posted as OTLP over HTTP, such as"
                            + " `http://127.0.0.1:4318/v1/traces`.");
    static final Key<Double> TRACING_SAMPLE =
            Key.of(
                    "tracing.sample",
                    Type.share(),
                    "1",
                    "Share of the traces that are sent, from `0` to `1`; all requests about one"
                            + " refresh-token family are sent, or none.");

    private static final List<Key<?>> ALL =
            List.of(
                    ISSUER,
                    CUSTOM_DOMAINS,
                    SAME_SITE,
                    HOST,
                    PORT,
                    MANAGEMENT_PORT,
                    TLS_MODE,
                    TLS_FILE,
                    TLS_KEY_FILE,
                    TLS_PASSWORD,
                    TRUSTED_PROXIES,
                    DRAIN,
                    DRAIN_NOTICE,
                    DATA_DIR,
                    DATABASE_URL,
                    DATABASE_USER,
                    DATABASE_PASSWORD,
                    DATABASE_POOL,
                    MASTER_KEY,
                    ROTATE_EVERY,
                    BOOTSTRAP_ID,
                    BOOTSTRAP_SECRET,
                    TENANT_NAME,
                    TENANT_FILE,
                    ASN_DATABASE,
                    CITY_DATABASE,
                    LOGIN_ATTEMPTS,
                    NETWORK_LOGIN_ATTEMPTS,
                    CLIENT_SECRET_ATTEMPTS,
                    SIGN_UPS,
                    EXCHANGES,
                    MANAGEMENT,
                    MISMATCHES,
                    USERINFO,
                    CONCURRENT_REQUESTS,
                    CONNECTIONS,
                    URL_BYTES,
                    HEADER_BYTES,
                    HEADERS,
                    PARAMETERS,
                    BODY_BYTES,
                    MANAGEMENT_BODY_BYTES,
                    IDLE_TIMEOUT,
                    PASSWORD_HASHES,
                    PASSWORD_WAIT,
                    ACTION_DEADLINE,
                    ACTION_HOSTS,
                    ACTION_WORKERS,
                    ALLOWED_PRIVATE,
                    RETENTION_ENDED,
                    RETENTION_LOGS,
                    LOG_FORMAT,
                    LOG_LEVEL,
                    LOG_ACCESS,
                    TRACING_ENDPOINT,
                    TRACING_SAMPLE);

    private Keys() {}

    /// Every key there is, in the order of the documentation.
    public static List<Key<?>> all() {
        return ALL;
    }
}
