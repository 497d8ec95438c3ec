package segue.server;

import segue.domain.keys.SigningKeyRow;
import segue.server.management.TenantFile;
import segue.server.settings.Settings;
import segue.storage.Keys;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What an operator does to the database without the server: it may run at the same time.
public final class Offline implements AutoCloseable {
    private final Foundation foundation;

    private Offline(Foundation foundation) {
        this.foundation = foundation;
    }

    /// Opens the database; prepares it if it is new.
    ///
    /// @throws Server.StartFailed if it can't be opened; the message says why, in one line
    public static Offline open(Settings settings) throws Server.StartFailed {
        try {
            var issuer = settings.issuer(settings.server().port());
            Foundation.makeFolder(settings);
            var clock = Clock.systemUTC();
            var database = Foundation.openDatabase(settings, clock);
            return new Offline(Foundation.on(database, settings, issuer, clock));
        } catch (RuntimeException | IOException e) {
            throw new Server.StartFailed(
                    Optional.ofNullable(e.getMessage()).orElse(e.toString()), e);
        }
    }

    /// Imports a tenant file (contract operator §4).
    ///
    /// @param environment for `${NAME}`
    /// @throws IOException if it can't be read
    public TenantFile.Report importTenant(Path file, Map<String, String> environment)
            throws IOException {
        return new TenantFile(foundation.tenancy).read(file, environment);
    }

    /// The tenant's resources as a tenant file.
    public String exportTenant() {
        return new TenantFile(foundation.tenancy).write();
    }

    /// Adds a next signing key for each algorithm that none waits for.
    public List<SigningKeyRow> rotateKeys() {
        return foundation.keys.rotate();
    }

    /// Stops publishing a signing key; empty if no such key is published.
    public Optional<Keys.Revoked> revokeKey(String kid) {
        return foundation.keys.revoke(kid);
    }

    @Override
    public void close() {
        foundation.close();
    }
}
