package segue.storage.jdbc;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What an operator configures, as documents: JSON texts that the Management API shows, with the
/// columns beside them that SQL must see. Nothing here reads a document.
public final class ConfigurationTable {
    private final Tx tx;

    ConfigurationTable(Tx tx) {
        this.tx = tx;
    }

    /// The kinds of documents that are found by an id and by one more key.
    public enum Kind {
        CLIENT("client", "client_id", "client_id"),
        RESOURCE_SERVER("resource_server", "id", "identifier"),
        CLIENT_GRANT("client_grant", "id", "id"),
        CONNECTION("connection", "id", "name"),
        ORGANIZATION("organization", "id", "name");

        private final String table;
        private final String id;
        private final String key;

        Kind(String table, String id, String key) {
            this.table = table;
            this.id = id;
            this.key = key;
        }
    }

    /// A stored document.
    ///
    /// @param sealedSecret of a client or an API
    public record Stored(String id, String document, Optional<byte[]> sealedSecret) {}

    /// By its id.
    public Optional<Stored> find(Kind kind, String id) {
        return tx.one(select(kind) + " WHERE " + kind.id + " = ?", row -> stored(kind, row), id);
    }

    /// By its key: an API's identifier, a connection's or an organization's name.
    public Optional<Stored> findByKey(Kind kind, String key) {
        return tx.one(select(kind) + " WHERE " + kind.key + " = ?", row -> stored(kind, row), key);
    }

    /// All of a kind, in the order in which they were created.
    public List<Stored> all(Kind kind) {
        return tx.all(select(kind) + " ORDER BY created_at, " + kind.id, row -> stored(kind, row));
    }

    private static String select(Kind kind) {
        var secret =
                kind == Kind.CLIENT || kind == Kind.RESOURCE_SERVER
                        ? "sealed_secret"
                        : "NULL AS sealed_secret";
        return "SELECT " + kind.id + " AS id, document, " + secret + " FROM " + kind.table;
    }

    private static Stored stored(Kind kind, ResultSet row) throws SQLException {
        var hasSecret = kind == Kind.CLIENT || kind == Kind.RESOURCE_SERVER;
        return new Stored(
                row.getString("id"),
                row.getString("document"),
                hasSecret ? Optional.ofNullable(row.getBytes("sealed_secret")) : Optional.empty());
    }

    /// Deletes; tells whether it was there. What refers to it in the configuration goes along.
    public boolean delete(Kind kind, String id) {
        return tx.configure("DELETE FROM " + kind.table + " WHERE " + kind.id + " = ?", id) == 1;
    }

    /// Replaces a document that nobody has changed or deleted meanwhile; tells whether it did. A
    /// change is made of what was read, so it must not overwrite what it didn't see.
    public boolean replace(Kind kind, String id, String seen, String document) {
        return tx.configure(
                        "UPDATE "
                                + kind.table
                                + " SET document = ? WHERE "
                                + kind.id
                                + " = ? AND document = ?",
                        document,
                        id,
                        seen)
                == 1;
    }

    /// Stores a new client; false if the id is taken.
    public boolean insertClient(
            ClientId id, String document, byte[] sealedSecret, ClientTable.Flags flags) {
        return tx.configure(
                        """
                        INSERT INTO client (client_id, document, sealed_secret, can_create, cascades, online,
                            logout_initiators, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                        """,
                        id.value(),
                        document,
                        sealedSecret,
                        flags.mayCreate(),
                        flags.cascades(),
                        flags.online(),
                        ClientTable.initiators(flags.hears()),
                        tx.now().toEpochMilli())
                == 1;
    }

    /// Replaces a client's document and flags, as [#replace] does; its secret stays.
    public boolean replaceClient(
            ClientId id, String seen, String document, ClientTable.Flags flags) {
        return tx.configure(
                        """
                        UPDATE client SET document = ?, can_create = ?, cascades = ?, online = ?, logout_initiators = ?
                         WHERE client_id = ? AND document = ?
                        """,
                        document,
                        flags.mayCreate(),
                        flags.cascades(),
                        flags.online(),
                        ClientTable.initiators(flags.hears()),
                        id.value(),
                        seen)
                == 1;
    }

    /// Gives a client another secret; false if there is no such client.
    public boolean putSecret(ClientId id, byte[] sealedSecret) {
        return tx.configure(
                        "UPDATE client SET sealed_secret = ? WHERE client_id = ?",
                        sealedSecret,
                        id.value())
                == 1;
    }

    /// Ends what a client that is about to be deleted has on its way: codes it may still exchange,
    /// and session transfer tokens that it had issued.
    public void endPendingOf(ClientId client) {
        tx.change(
                "UPDATE authorization_code SET claimed_at = ? WHERE client_id = ? AND claimed_at IS"
                        + " NULL",
                tx.now().toEpochMilli(),
                client.value());
        tx.change(
                """
                UPDATE session_transfer_token SET claimed_at = ?, outcome = 'issuer_not_allowed'
                 WHERE client_id = ? AND claimed_at IS NULL
                """,
                tx.now().toEpochMilli(),
                client.value());
    }

    /// Stores a new API; false if the identifier is taken.
    public boolean insertResourceServer(
            String id, String identifier, String document, Optional<byte[]> sealedSecret) {
        return tx.configure(
                        """
                        INSERT INTO resource_server (id, identifier, document, sealed_secret, created_at)
                        VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                        """,
                        id,
                        identifier,
                        document,
                        sealedSecret.orElse(null),
                        tx.now().toEpochMilli())
                == 1;
    }

    /// Gives an API another signing secret.
    public void putSigningSecret(String id, byte[] sealedSecret) {
        tx.configure("UPDATE resource_server SET sealed_secret = ? WHERE id = ?", sealedSecret, id);
    }

    /// Stores a new client grant; false if there is one for the same client, API and kind of
    /// subject.
    public boolean insertGrant(
            String id, ClientId client, String audience, String subjectType, String document) {
        return tx.configure(
                        """
                        INSERT INTO client_grant (id, client_id, audience, subject_type, document, created_at)
                        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                        """,
                        id,
                        client.value(),
                        audience,
                        subjectType,
                        document,
                        tx.now().toEpochMilli())
                == 1;
    }

    /// The grant of a client for an API.
    public Optional<Stored> grant(ClientId client, String audience, String subjectType) {
        return tx.one(
                select(Kind.CLIENT_GRANT)
                        + " WHERE client_id = ? AND audience = ? AND subject_type = ?",
                row -> stored(Kind.CLIENT_GRANT, row),
                client.value(),
                audience,
                subjectType);
    }

    /// Deletes the grants for an API that is going.
    public void deleteGrantsFor(String audience) {
        tx.configure("DELETE FROM client_grant WHERE audience = ?", audience);
    }

    /// Stores a new connection; false if the name is taken.
    public boolean insertConnection(
            ConnectionId id, String name, String strategy, String document) {
        return tx.configure(
                        """
                        INSERT INTO connection (id, name, strategy, document, created_at) VALUES (?, ?, ?, ?, ?)
                            ON CONFLICT DO NOTHING
                        """,
                        id.value(),
                        name,
                        strategy,
                        document,
                        tx.now().toEpochMilli())
                == 1;
    }

    /// Lets users of a connection sign in to a client, or no longer.
    public void enable(ConnectionId connection, ClientId client, boolean isEnabled) {
        if (isEnabled)
            tx.configure(
                    """
                    INSERT INTO connection_client (connection_id, client_id)
                    SELECT ?, client_id FROM client WHERE client_id = ? ON CONFLICT DO NOTHING
                    """,
                    connection.value(),
                    client.value());
        else
            tx.configure(
                    "DELETE FROM connection_client WHERE connection_id = ? AND client_id = ?",
                    connection.value(),
                    client.value());
    }

    /// The clients of a connection.
    public List<ClientId> enabledClients(ConnectionId connection) {
        return tx.all(
                "SELECT client_id FROM connection_client WHERE connection_id = ? ORDER BY"
                        + " client_id",
                row -> new ClientId(row.getString(1)),
                connection.value());
    }

    /// The database connections whose users may sign in to a client, oldest first.
    public List<ConnectionId> loginConnections(
            ClientId client, Optional<OrganizationId> organization) {
        var any =
                tx.all(
                        """
                        SELECT id FROM connection JOIN connection_client ON connection_id = id
                         WHERE client_id = ? AND strategy = 'auth0' ORDER BY created_at, id
                        """,
                        row -> new ConnectionId(row.getString(1)),
                        client.value());
        if (organization.isEmpty()) return any;
        Set<String> ofOrganization =
                tx
                        .all(
                                "SELECT connection_id FROM organization_connection WHERE"
                                        + " organization_id = ?",
                                row -> row.getString(1),
                                organization.get().value())
                        .stream()
                        .collect(Collectors.toSet());
        return any.stream().filter(it -> ofOrganization.contains(it.value())).toList();
    }

    /// Stores a new organization; false if the name is taken.
    public boolean insertOrganization(OrganizationId id, String name, String document) {
        return tx.configure(
                        """
                        INSERT INTO organization (id, name, document, created_at) VALUES (?, ?, ?, ?)
                            ON CONFLICT DO NOTHING
                        """,
                        id.value(),
                        name,
                        document,
                        tx.now().toEpochMilli())
                == 1;
    }

    /// Replaces an organization's document and name, as [#replace] does; false also if the name is
    /// taken.
    public boolean replaceOrganization(
            OrganizationId id, String seen, String name, String document) {
        return tx.configure(
                        """
                        UPDATE organization SET name = ?, document = ? WHERE id = ? AND document = ?
                           AND NOT EXISTS (SELECT 1 FROM organization o WHERE o.name = ? AND o.id <> ?)
                        """,
                        name,
                        document,
                        id.value(),
                        seen,
                        name,
                        id.value())
                == 1;
    }

    /// Makes a user a member, or no longer.
    public void member(OrganizationId organization, UserId user, boolean isMember) {
        if (isMember)
            tx.change(
                    """
                    INSERT INTO organization_member (organization_id, user_id)
                    SELECT ?, user_id FROM app_user WHERE user_id = ? ON CONFLICT DO NOTHING
                    """,
                    organization.value(),
                    user.value());
        else
            tx.change(
                    "DELETE FROM organization_member WHERE organization_id = ? AND user_id = ?",
                    organization.value(),
                    user.value());
    }

    /// The members of an organization.
    public List<UserId> members(OrganizationId organization) {
        return tx.all(
                "SELECT user_id FROM organization_member WHERE organization_id = ? ORDER BY"
                        + " user_id",
                row -> new UserId(row.getString(1)),
                organization.value());
    }

    /// The organizations of a user, in the order in which they were created.
    public List<Stored> organizations(UserId user) {
        return tx.all(
                select(Kind.ORGANIZATION)
                        + " JOIN organization_member ON organization_id = id WHERE user_id = ?"
                        + " ORDER BY created_at, id",
                row -> stored(Kind.ORGANIZATION, row),
                user.value());
    }

    /// A connection of an organization.
    public record EnabledConnection(
            ConnectionId connection, boolean assignsMembership, String document) {}

    /// The connections of an organization.
    public List<EnabledConnection> connections(OrganizationId organization) {
        return tx.all(
                """
                SELECT connection_id, assigns_membership, document FROM organization_connection
                 WHERE organization_id = ? ORDER BY connection_id
                """,
                row ->
                        new EnabledConnection(
                                new ConnectionId(row.getString(1)),
                                row.getBoolean(2),
                                row.getString(3)),
                organization.value());
    }

    /// Adds or changes a connection of an organization; false if one of the two is gone.
    public boolean putConnection(OrganizationId organization, EnabledConnection connection) {
        return tx.configure(
                        """
                        INSERT INTO organization_connection
                            (organization_id, connection_id, document, assigns_membership)
                        SELECT o.id, c.id, ?, ? FROM organization o, connection c WHERE o.id = ? AND c.id = ?
                            ON CONFLICT (organization_id, connection_id)
                            DO UPDATE SET document = excluded.document, assigns_membership = excluded.assigns_membership
                        """,
                        connection.document(),
                        connection.assignsMembership(),
                        organization.value(),
                        connection.connection().value())
                == 1;
    }

    /// Takes a connection from an organization.
    public boolean removeConnection(OrganizationId organization, ConnectionId connection) {
        return tx.configure(
                        "DELETE FROM organization_connection WHERE organization_id = ? AND"
                                + " connection_id = ?",
                        organization.value(),
                        connection.value())
                == 1;
    }

    /// The tenant as it stands now.
    ///
    /// @param document its settings
    /// @param actionsRevision rises with every change of what Actions run
    public record Tenant(String document, long actionsRevision) {}

    /// The tenant; empty before the first start.
    public Optional<Tenant> tenant() {
        return tx.one(
                "SELECT document, actions_revision FROM tenant",
                row -> new Tenant(row.getString(1), row.getLong(2)));
    }

    /// Rises with every committed change of what is found here by id or key.
    public long revision() {
        return tx.number("SELECT revision FROM configuration_revision");
    }

    /// Makes the tenant; true for exactly one caller in the life of a database.
    public boolean claimTenant() {
        return tx.configure(
                        "INSERT INTO tenant (only_row, document, actions_revision) VALUES (1,"
                                + " '{}', 0) ON CONFLICT DO NOTHING")
                == 1;
    }

    /// Stores the settings of a new tenant.
    public void putTenant(String document) {
        tx.configure("UPDATE tenant SET document = ?", document);
    }

    /// Replaces the tenant's settings, as [#replace] does.
    public boolean replaceTenant(String seen, String document) {
        return tx.configure("UPDATE tenant SET document = ? WHERE document = ?", document, seen)
                == 1;
    }
}
