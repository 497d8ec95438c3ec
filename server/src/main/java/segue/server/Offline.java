package segue.server;

import segue.domain.client.Client;
import segue.domain.client.Delivery;
import segue.domain.keys.SigningKeyRow;
import segue.domain.network.DeviceBinding;
import segue.server.management.TenantFile;
import segue.server.registry.Views;
import segue.server.settings.Settings;
import segue.storage.jdbc.ConfigurationTable.Kind;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
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
    public TenantFile.Report importTenant(String yaml, Map<String, String> environment) {
        return new TenantFile(foundation.tenancy).read(yaml, environment);
    }

    /// The tenant's resources as a tenant file.
    public String exportTenant() {
        return new TenantFile(foundation.tenancy).write();
    }

    /// Adds the next signing key; empty if one is waiting already.
    public Optional<SigningKeyRow> rotateKeys() {
        return foundation.keys.rotate();
    }

    /// How far this machine's clock is ahead of the database's (THREATS R45.3).
    public Duration clockOffset() {
        return Duration.between(foundation.database.time(), Instant.now());
    }

    /// The names of clients that take a transfer from a URL without binding it to a device (THREATS
    /// decision 6).
    public List<String> riskyClients() {
        return foundation.configuration.all(Kind.CLIENT).stream()
                .map(stored -> Views.client(stored.document()))
                .filter(
                        client ->
                                client.transfer().accepted().contains(Delivery.QUERY)
                                        && client.transfer().binding() == DeviceBinding.NONE)
                .map(Client::name)
                .toList();
    }

    /// Which database this is.
    public String database() {
        return foundation.database.describe();
    }

    @Override
    public void close() {
        foundation.close();
    }
}
