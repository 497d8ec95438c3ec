package segue.storage;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.storage.jdbc.ConfigurationTable;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

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

    /// The tenant's settings.
    ///
    /// @throws IllegalStateException before the first start has written them
    public String tenant() {
        return database.read(tx -> tx.configuration().tenant())
                .orElseThrow(() -> new IllegalStateException("the tenant has no settings yet"));
    }

    /// The document of a user who is there and not blocked.
    public Optional<String> activeUser(UserId user) {
        return database.read(tx -> tx.users().activeDocument(user));
    }

    /// Several changes as one: all of them, or none.
    public <T> T change(Function<ConfigurationTable, T> changes) {
        return database.inTransaction((Tx tx) -> changes.apply(tx.configuration()));
    }
}
