package segue.server;

import segue.server.action.Pipeline;
import segue.server.keys.MasterKey;
import segue.server.keys.MasterKeyFile;
import segue.server.keys.SigningKeys;
import segue.server.registry.Views;
import segue.server.settings.MasterKeyText;
import segue.server.settings.Settings;
import segue.storage.Actions;
import segue.storage.Configuration;
import segue.storage.Keys;
import segue.storage.jdbc.ActionTable.Deployed;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Database.Found;
import segue.storage.jdbc.PostgresDatabase;
import segue.storage.jdbc.SqliteDatabase;
import segue.storage.jdbc.StorageUnavailable;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a start would find in data directory and database, without changing anything: nothing is
/// made, migrated, renewed or imported.
public final class Checkup {
    private static final Duration TOLERANCE = Duration.ofSeconds(1);

    private final Settings settings;
    private final List<Finding> findings = new ArrayList<>();

    private Checkup(Settings settings) {
        this.settings = settings;
    }

    /// Looks at network databases, database, schema, clock, keys and clients, in this order; what
    /// can't be seen because of something before it is left out.
    public static List<Finding> of(Settings settings) {
        var checkup = new Checkup(settings);
        checkup.findings.addAll(NetworkCheckup.of(settings.network(), Instant.now()));
        checkup.look();
        return List.copyOf(checkup.findings);
    }

    private void look() {
        try {
            switch (found()) {
                case Found.Nothing _ -> {
                    var loss = Foundation.loss(settings);
                    if (loss.isPresent()) {
                        findings.add(Finding.fail("database", loss.get()));
                        return;
                    }
                    findings.add(home());
                    findings.add(Finding.ok("schema", "none yet: the first start makes it"));
                    findings.add(keysOfNothing());
                }
                case Found.Older _ -> {
                    findings.add(Finding.ok("database", name()));
                    findings.add(
                            Finding.warn("schema", "older: the next start brings it up to date"));
                }
                case Found.Current(var version, var database) -> {
                    try (database) {
                        findings.add(Finding.ok("database", database.describe()));
                        findings.add(Finding.ok("schema", "version " + version + ", up to date"));
                        lookInto(database);
                    }
                }
            }
        } catch (StorageUnavailable | IOException e) {
            findings.add(
                    Finding.fail(
                            "database", Optional.ofNullable(e.getMessage()).orElse(e.toString())));
        }
    }

    private Found found() {
        return switch (settings.database()) {
            case Settings.Database.Embedded(var file) ->
                    SqliteDatabase.look(file, Clock.systemUTC());
            case Settings.Database.Postgres(var url, var user, var password, _) ->
                    PostgresDatabase.look(url, user, password);
        };
    }

    private String name() {
        return switch (settings.database()) {
            case Settings.Database.Embedded(var file) -> "sqlite:" + file;
            case Settings.Database.Postgres _ -> "postgresql";
        };
    }

    /// Whether the first start can make what isn't there.
    private Finding home() {
        var folder = settings.dataDirectory().toAbsolutePath();
        while (!Files.exists(folder) && folder.getParent() != null) folder = folder.getParent();
        return Files.isDirectory(folder) && Files.isWritable(folder)
                ? Finding.ok("database", name() + ", empty or not there yet")
                : Finding.fail("database", folder + " can't be written to");
    }

    private Finding keysOfNothing() {
        if (settings.masterKey().isEmpty() && !Files.exists(Foundation.masterKeyFile(settings)))
            return Finding.ok("keys", "none yet: the first start makes them");
        return judged(Optional.empty());
    }

    private void lookInto(Database database) {
        findings.add(clock(Duration.between(database.time(), Instant.now())));
        findings.add(judged(Optional.of(new Keys(database))));
        findings.addAll(clients(database));
    }

    /// @param ahead how far this machine's clock is ahead of the database's (THREATS R45.3)
    static Finding clock(Duration ahead) {
        var text = ahead.toMillis() + " ms ahead of the database's";
        return ahead.abs().compareTo(TOLERANCE) > 0
                ? Finding.fail("clock", text + ": set it, or its tokens are refused")
                : Finding.ok("clock", text);
    }

    private Finding judged(Optional<Keys> stored) {
        try {
            var key = settings.masterKey().flatMap(MasterKeyText::decode);
            var master =
                    new MasterKey(
                            key.isPresent()
                                    ? key.get()
                                    : MasterKeyFile.read(Foundation.masterKeyFile(settings)));
            stored.ifPresent(keys -> SigningKeys.tryAll(keys.ring(), master));
            return Finding.ok("keys", "the master key opens them");
        } catch (SigningKeys.WrongMasterKey e) {
            return Finding.fail("keys", Optional.ofNullable(e.getMessage()).orElse(e.toString()));
        } catch (IOException e) {
            return Finding.fail("keys", "the master key can't be read: " + e.getMessage());
        }
    }

    /// The tenant has settings as soon as it has a client.
    private List<Finding> clients(Database database) {
        var configuration = new Configuration(database);
        var clients =
                configuration.all(Kind.CLIENT).stream()
                        .map(stored -> Views.client(stored.document()))
                        .toList();
        if (clients.isEmpty()) return List.of();
        var tenant = configuration.tenant();
        var codes =
                new Actions(database)
                        .deployed(Pipeline.POST_LOGIN).stream().map(Deployed::code).toList();
        return new ClientCheckup(
                        ClientCheckup.limitsTransfers(
                                Views.tenant(tenant.document(), tenant.actionsRevision()), codes),
                        settings.network().asnDatabase().isPresent())
                .of(clients);
    }
}
