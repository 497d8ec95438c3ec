package segue.storage;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.storage.jdbc.ConfigurationTable;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;
import segue.storage.jdbc.ConfigurationTable.Tenant;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;
import segue.storage.jdbc.UserTable;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// What an operator configures: clients, APIs, grants, connections, organizations, tenant settings.
public final class Configuration {
    private final Database database;

    public Configuration(Database database) {
        this.database = database;
    }

    /// By its id.
    public Optional<Stored> find(Kind kind, String id) {
        return database.read(tx -> tx.configuration().find(kind, id));
    }

    /// By its key: an API's identifier, a connection's or an organization's name.
    public Optional<Stored> findByKey(Kind kind, String key) {
        return database.read(tx -> tx.configuration().findByKey(kind, key));
    }

    /// All of a kind, in the order in which they were created.
    public List<Stored> all(Kind kind) {
        return database.read(tx -> tx.configuration().all(kind));
    }

    /// The grant of a client for an API.
    public Optional<Stored> grant(ClientId client, String audience, String subjectType) {
        return database.read(tx -> tx.configuration().grant(client, audience, subjectType));
    }

    /// The database connections whose users may sign in to a client, oldest first.
    public List<ConnectionId> loginConnections(
            ClientId client, Optional<OrganizationId> organization) {
        return database.read(tx -> tx.configuration().loginConnections(client, organization));
    }

    /// The clients of a connection.
    public List<ClientId> enabledClients(ConnectionId connection) {
        return database.read(tx -> tx.configuration().enabledClients(connection));
    }

    /// The members of an organization.
    public List<UserId> members(OrganizationId organization) {
        return database.read(tx -> tx.configuration().members(organization));
    }

    /// The organizations of a user, in the order in which they were created.
    public List<Stored> organizations(UserId user) {
        return database.read(tx -> tx.configuration().organizations(user));
    }

    /// The connections of an organization.
    public List<ConfigurationTable.EnabledConnection> connections(OrganizationId organization) {
        return database.read(tx -> tx.configuration().connections(organization));
    }

    /// The tenant's settings and the revision of its Actions, in one statement.
    ///
    /// @throws IllegalStateException before the first start has written them
    public Tenant tenant() {
        return database.read(tx -> tx.configuration().tenant())
                .orElseThrow(() -> new IllegalStateException("the tenant has no settings yet"));
    }

    /// What is told about a user who is there and not blocked.
    public Optional<UserTable.Profile> activeUser(UserId user) {
        return database.read(tx -> tx.users().activeProfile(user));
    }

    /// Several changes as one: all of them and the event, or none.
    ///
    /// @param changes tells whether it changed anything; if not, there is nothing to log
    public boolean change(LogEvent event, Predicate<Tx> changes) {
        return database.inTransaction(
                tx -> {
                    var changed = changes.test(tx);
                    if (changed) tx.log().append(event);
                    return changed;
                });
    }

    /// What the first start writes, unless somebody was faster; tells whether it did.
    public boolean begin(Consumer<ConfigurationTable> first) {
        return database.inTransaction(
                tx -> {
                    if (!tx.configuration().claimTenant()) return false;
                    first.accept(tx.configuration());
                    return true;
                });
    }

    /// Deletes a client, and ends its refresh tokens, codes and transfers; its flag decides what
    /// ends with them (contract native-to-web §8).
    public boolean deleteClient(ClientId client, LogEvent event) {
        return database.inTransaction(
                tx -> {
                    var receipt = Revocations.endFamilies(tx, client);
                    tx.configuration().endPendingOf(client);
                    var existed = tx.configuration().delete(Kind.CLIENT, client.value());
                    if (existed) tx.log().append(event.with(receipt));
                    return existed;
                });
    }
}
