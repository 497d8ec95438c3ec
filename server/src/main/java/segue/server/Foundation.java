package segue.server;

import segue.server.keys.MasterKey;
import segue.server.keys.MasterKeyFile;
import segue.server.keys.SigningKeys;
import segue.server.keys.SigningProvider;
import segue.server.management.Bootstrap;
import segue.server.management.Tenancy;
import segue.server.oauth.Domains;
import segue.server.password.PasswordLane;
import segue.server.secret.Mint;
import segue.server.settings.MasterKeyText;
import segue.server.settings.Settings;
import segue.storage.Actions;
import segue.storage.Configuration;
import segue.storage.Keys;
import segue.storage.Users;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.PostgresDatabase;
import segue.storage.jdbc.SqliteDatabase;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Optional;

/// What the server and the commands beside it stand on: the database, prepared, and the keys that
/// open it.
final class Foundation implements AutoCloseable {
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<?> OWNERS_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    final Database database;
    final Configuration configuration;
    final MasterKey master;
    final Mint mint = new Mint();
    final Domains domains;
    final PasswordLane passwords;
    final SigningProvider provider;
    final SigningKeys keys;
    final Tenancy tenancy;

    /// Where the credentials of the first management client were written, if they were made now.
    final Optional<Path> bootstrapFile;

    /// Makes the data directory; what is in it is for its owner only, password hashes included.
    static void makeFolder(Settings settings) throws IOException {
        var folder = settings.dataDirectory();
        if (!Files.isDirectory(folder)) Files.createDirectories(folder, OWNERS_FOLDER);
    }

    /// What is lost of an installation, in one line. The first start makes the database and then
    /// the master key, so a key without a database is no first start: an empty server in its place
    /// would know nobody, and nothing that was ever revoked (promise P8, docs/adr/0021).
    static Optional<String> loss(Settings settings) throws IOException {
        if (!(settings.database() instanceof Settings.Database.Embedded(var file)))
            return Optional.empty();
        var key = masterKeyFile(settings);
        var isWhole = Files.exists(file) && Files.size(file) > 0;
        if (isWhole || !Files.exists(key)) return Optional.empty();
        return Optional.of(
                file
                        + " is missing or empty, but "
                        + key
                        + " is there: restore the database, or move the key away to begin anew");
    }

    static Path masterKeyFile(Settings settings) {
        return settings.dataDirectory().resolve("master.key");
    }

    /// Opens the database, and brings its schema up to date.
    ///
    /// @throws IOException if there was one, and it is lost
    static Database openDatabase(Settings settings, Clock clock) throws IOException {
        var loss = loss(settings);
        if (loss.isPresent()) throw new IOException(loss.get());
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

    /// Prepares what is new.
    ///
    /// @param issuer under the canonical name
    /// @param database is closed if this fails
    /// @throws IOException if the data directory can't be used
    static Foundation on(Database database, Settings settings, String issuer, Clock clock)
            throws IOException {
        try {
            return new Foundation(settings, issuer, database, clock);
        } catch (RuntimeException | IOException e) {
            database.close();
            throw e;
        }
    }

    private Foundation(Settings settings, String issuer, Database database, Clock clock)
            throws IOException {
        this.database = database;
        this.configuration = new Configuration(database);
        this.master = new MasterKey(masterKey(settings));
        this.domains = new Domains(issuer, settings.issuing().customDomains());
        this.passwords =
                new PasswordLane(
                        settings.limits().passwordHashes(), settings.limits().passwordWait());
        this.bootstrapFile = prepare(settings);
        this.provider = SigningProvider.load();
        this.keys = new SigningKeys(new Keys(database), master, provider, clock);
        this.tenancy =
                new Tenancy(
                        configuration,
                        new Actions(database),
                        new Users(database),
                        master,
                        keys,
                        mint,
                        domains,
                        passwords,
                        settings.tenant().name(),
                        settings.network().asnDatabase().isPresent(),
                        clock);
    }

    /// The operator's key, or the one in the data directory, made at the first start and readable
    /// by its owner only.
    private static byte[] masterKey(Settings settings) throws IOException {
        if (settings.masterKey().isPresent())
            return MasterKeyText.decode(settings.masterKey().get()).orElseThrow();
        return MasterKeyFile.readOrMake(masterKeyFile(settings));
    }

    private static void write(Path file, String text) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, OWNER_ONLY);
        Files.writeString(file, text);
    }

    /// The credentials that are made for a new database are written once, for their owner only
    /// (THREATS R47.8).
    private Optional<Path> prepare(Settings settings) throws IOException {
        var chosen =
                settings.bootstrap()
                        .map(it -> new Bootstrap.Credentials(it.clientId(), it.clientSecret()));
        var made =
                new Bootstrap(configuration, master, mint, domains)
                        .prepare(settings.tenant().name(), chosen);
        if (made.isEmpty() || chosen.isPresent()) return Optional.empty();
        var file = settings.dataDirectory().resolve("bootstrap-client.json");
        write(file, made.get().json());
        return Optional.of(file);
    }

    @Override
    public void close() {
        database.close();
    }
}
