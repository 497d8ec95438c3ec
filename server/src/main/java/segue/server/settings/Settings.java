package segue.server.settings;

import segue.domain.secret.Secret;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// All that an operator may set (contract operator §2), checked as a whole. Every key and its
/// meaning: [Keys] and docs/configuration.md.
public record Settings(
        Issuing issuing,
        Server server,
        Path dataDirectory,
        Database database,
        Optional<Secret> masterKey,
        SigningKeys keys,
        Optional<Bootstrap> bootstrap,
        Tenant tenant,
        Network network,
        Limits limits,
        Actions actions,
        Outbound outbound,
        Retention retention,
        Log log,
        Optional<Tracing> tracing) {

    /// Who we are on the wire.
    ///
    /// @param issuer as configured; empty means the local one, see [Settings#issuer(int)]
    public record Issuing(
            Optional<URI> issuer, List<String> customDomains, SameSite sessionCookieSameSite) {}

    /// Where we listen.
    ///
    /// @param port 0 is any free one
    /// @param managementPort empty if health and metrics share the port
    /// @param drain how long requests under way may take after we stopped accepting
    /// @param drainNotice how long before that whoever asks for our health is told
    public record Server(
            String host,
            int port,
            Optional<Integer> managementPort,
            Tls tls,
            List<Cidr> trustedProxies,
            Duration drain,
            Duration drainNotice) {}

    /// What our own TLS needs.
    public sealed interface Tls {
        /// None: loopback, or a proxy speaks it for us.
        record Off() implements Tls {}

        /// @param chain a PKCS#12 key store, or a PEM file
        /// @param key the private key, where the PEM file doesn't hold it
        /// @param password of the key store
        record Files(Path chain, Optional<Path> key, Optional<Secret> password) implements Tls {}

        /// A local CA and a localhost certificate made by us under the data directory.
        record Dev() implements Tls {}
    }

    /// Where we remember.
    public sealed interface Database {
        /// SQLite.
        record Embedded(Path file) implements Database {}

        /// PostgreSQL, which other nodes may share.
        ///
        /// @param url a JDBC URL without a password
        /// @param poolSize the most connections that this node opens
        record Postgres(String url, Optional<String> user, Optional<Secret> password, int poolSize)
                implements Database {}
    }

    /// @param rotateEvery how long a key signs before the next one is made; empty if only the
    ///   command makes one
    public record SigningKeys(Optional<Duration> rotateEvery) {}

    /// The first machine-to-machine client, where the operator chose it.
    public record Bootstrap(String clientId, Secret clientSecret) {}

    /// What the tenant is called, and what is imported at the start.
    public record Tenant(String name, Optional<Path> file) {}

    /// Databases about networks, in MaxMind DB format.
    public record Network(Optional<Path> asnDatabase, Optional<Path> cityDatabase) {}

    /// Past these the answer is 429, 503 or 413 (THREATS I10).
    ///
    /// @param passwordHashes how many passwords are hashed at once
    /// @param passwordWait how long a sign-in waits for its turn to be hashed
    public record Limits(
            int loginAttempts,
            int networkLoginAttempts,
            int clientSecretAttempts,
            Rate signUps,
            Rate exchangesPerFamily,
            Rate management,
            Rate mismatchRevocations,
            Rate userinfo,
            Requests requests,
            int passwordHashes,
            Duration passwordWait) {}

    /// What one request, and all of them together, may take (THREATS R49.1, R51.2).
    ///
    /// @param concurrent requests worked on at once
    /// @param connections open connections
    /// @param idleTimeout how long a connection may be silent
    public record Requests(
            int concurrent,
            int connections,
            int urlBytes,
            int headerBytes,
            int headers,
            int parameters,
            int bodyBytes,
            int managementBodyBytes,
            Duration idleTimeout) {}

    /// Bounds of Actions.
    ///
    /// @param deadline of all Actions of a sign-in together
    /// @param allowedHosts that their `fetch` may reach
    /// @param workers the most sign-ins whose Actions run at once
    public record Actions(Duration deadline, List<String> allowedHosts, int workers) {}

    /// What our own requests may reach.
    public record Outbound(List<Cidr> allowedPrivate) {}

    /// How long we remember what has ended, and the tenant log.
    public record Retention(Duration ended, Duration logs) {}

    /// @param format empty means: text on a terminal, else JSON
    /// @param access whether each request gets a line
    public record Log(Optional<LogFormat> format, LogLevel level, boolean access) {}

    /// Where spans go, and how many.
    ///
    /// @param sample from 0 to 1
    public record Tracing(URI endpoint, double sample) {}

    /// Settings, or all that is wrong with them.
    public sealed interface Loaded {
        /// They hold together.
        record Accepted(Settings settings) implements Loaded {}

        /// @param problems at least one
        record Refused(List<Problem> problems) implements Loaded {
            /// Copies what it is given.
            public Refused {
                problems = List.copyOf(problems);
            }
        }
    }

    /// Reads all sources and judges them together.
    public static Loaded load(Sources sources) {
        return Assembly.assemble(Collected.from(sources));
    }

    /// Settings of a program that starts a server itself, by key.
    ///
    /// @throws IllegalArgumentException with every problem, one per line
    public static Settings of(Map<String, String> values) {
        var flags =
                values.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(value -> value.getKey() + "=" + value.getValue())
                        .toList();
        return switch (load(new Sources(Optional.empty(), Map.of(), flags))) {
            case Loaded.Accepted(var settings) -> settings;
            case Loaded.Refused(var problems) ->
                    throw new IllegalArgumentException(
                            problems.stream().map(Problem::line).collect(Collectors.joining("\n")));
        };
    }

    /// The issuer, byte for byte as clients compare it.
    ///
    /// @param port the one we really listen on, for the case that the operator left the issuer to
    ///   us
    public String issuer(int port) {
        var scheme = server.tls() instanceof Tls.Off ? "http" : "https";
        return issuing.issuer()
                .map(URI::toString)
                .orElseGet(() -> scheme + "://localhost:" + port + "/");
    }

    /// Whether other nodes may use the same database.
    public boolean databaseIsShared() {
        return switch (database) {
            case Database.Postgres _ -> true;
            case Database.Embedded _ -> false;
        };
    }
}
