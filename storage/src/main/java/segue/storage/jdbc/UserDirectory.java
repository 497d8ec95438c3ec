package segue.storage.jdbc;

import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.UserId;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Users as the Management API knows them.
public final class UserDirectory {
    private static final Query.Searchable SEARCHABLE =
            new Query.Searchable(
                    Map.of(
                            "user_id", "u.user_id",
                            "email", "u.email",
                            "username", "u.username",
                            "name", "u.name",
                            "identities.connection", "c.name",
                            "connection", "c.name"),
                    Map.of(
                            "created_at", "u.created_at",
                            "updated_at", "u.updated_at",
                            "last_login", "l.last_login_at"));

    /// In which order a search answers.
    public enum Order {
        USER_ID("u.user_id"),
        EMAIL("u.email"),
        USERNAME("u.username"),
        NAME("u.name"),
        CREATED_AT("u.created_at"),
        UPDATED_AT("u.updated_at"),
        LAST_LOGIN("l.last_login_at");

        private final String column;

        Order(String column) {
            this.column = column;
        }
    }

    private static final String SELECT =
            """
            SELECT u.*, c.name AS connection_name, l.last_login_at, l.last_ip, l.logins_count FROM app_user u
              JOIN connection c ON c.id = u.connection_id LEFT JOIN user_login l ON l.user_id = u.user_id
            """;

    private final Tx tx;

    UserDirectory(Tx tx) {
        this.tx = tx;
    }

    /// What is stored beside a user's document.
    ///
    /// @param email lower case
    /// @param username lower case
    public record Keys(
            Optional<String> email,
            Optional<String> username,
            Optional<String> name,
            Optional<String> passwordHash,
            boolean blocked) {}

    /// How often and when a user signed in.
    public record Logins(Instant last, String lastIp, long count) {}

    /// A user.
    ///
    /// @param document profile and metadata, a JSON text
    public record Row(
            UserId id,
            ConnectionId connection,
            String connectionName,
            Keys keys,
            String document,
            Instant createdAt,
            Instant updatedAt,
            Optional<Instant> passwordChangedAt,
            Optional<Logins> logins) {}

    /// Stores a new user; false if the id, the e-mail address or the user name is taken. The id of
    /// an erased user stays taken for ever (THREATS R42.4): an API may still know them by it.
    public boolean insert(UserId id, ConnectionId connection, Keys keys, String document) {
        if (isErased(id)) return false;
        return tx.change(
                        """
                        INSERT INTO app_user (user_id, connection_id, email, username, name, password_hash, blocked,
                            document, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                            ON CONFLICT DO NOTHING
                        """,
                        id.value(),
                        connection.value(),
                        keys.email().orElse(null),
                        keys.username().orElse(null),
                        keys.name().orElse(null),
                        keys.passwordHash().orElse(null),
                        keys.blocked(),
                        document,
                        tx.now().toEpochMilli(),
                        tx.now().toEpochMilli())
                == 1;
    }

    /// Whether another user of the connection has the e-mail address or the user name.
    public boolean isTaken(UserId except, ConnectionId connection, Keys keys) {
        return tx.number(
                        """
                        SELECT count(*) FROM app_user WHERE connection_id = ? AND user_id <> ?
                           AND (email = ? OR username = ?)
                        """,
                        connection.value(),
                        except.value(),
                        keys.email().orElse(""),
                        keys.username().orElse(""))
                > 0;
    }

    private boolean isErased(UserId id) {
        return tx.number("SELECT count(*) FROM erased_user WHERE user_id = ?", id.value()) > 0;
    }

    /// Changes a user whose document nobody has changed meanwhile; tells whether it did.
    ///
    /// @param keys the password hash is a new one, or empty to keep the one that there is
    /// @param seen the document that the change was made of
    public boolean update(UserId id, Keys keys, String seen, String document) {
        var now = tx.now().toEpochMilli();
        return tx.change(
                        """
                        UPDATE app_user SET email = ?, username = ?, name = ?,
                            password_hash = coalesce(?, password_hash), blocked = ?, document = ?, updated_at = ?,
                            password_changed_at = CASE WHEN ? THEN ? ELSE password_changed_at END
                         WHERE user_id = ? AND document = ?
                        """,
                        keys.email().orElse(null),
                        keys.username().orElse(null),
                        keys.name().orElse(null),
                        keys.passwordHash().orElse(null),
                        keys.blocked(),
                        document,
                        now,
                        keys.passwordHash().isPresent(),
                        now,
                        id.value(),
                        seen)
                == 1;
    }

    /// Deletes a user, whose id is never given again (THREATS R42.4); tells whether there was one.
    public boolean delete(UserId id) {
        if (tx.change("DELETE FROM app_user WHERE user_id = ?", id.value()) == 0) return false;
        tx.later(
                "INSERT INTO erased_user (user_id, erased_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                id.value(),
                tx.now().toEpochMilli());
        return true;
    }

    /// A user by id.
    public Optional<Row> find(UserId id) {
        return tx.one(SELECT + " WHERE u.user_id = ?", UserDirectory::row, id.value());
    }

    /// Users by e-mail address, in all connections.
    public List<Row> byEmail(String email) {
        return tx.all(
                SELECT + " WHERE u.email = ? ORDER BY u.created_at, u.user_id",
                UserDirectory::row,
                email);
    }

    /// The users of a connection.
    public List<UserId> of(ConnectionId connection) {
        return tx.all(
                "SELECT user_id FROM app_user WHERE connection_id = ? ORDER BY user_id",
                row -> new UserId(row.getString(1)),
                connection.value());
    }

    /// A page of a search.
    public record Found(List<Row> rows, long total) {}

    /// Searches; empty if the query names a field that isn't searchable.
    public Optional<Found> search(
            Query query, Order order, boolean descending, int offset, int limit) {
        return Query.condition(query, SEARCHABLE)
                .map(
                        condition -> {
                            var from =
                                    """
                                     FROM app_user u JOIN connection c ON c.id = u.connection_id
                                      LEFT JOIN user_login l ON l.user_id = u.user_id WHERE\
                                    """;
                            var total =
                                    tx.number(
                                            "SELECT count(*)" + from + " " + condition.sql(),
                                            condition.values().toArray());
                            var values = new ArrayList<>(condition.values());
                            values.add(limit);
                            values.add(offset);
                            var rows =
                                    tx.all(
                                            SELECT
                                                    + " WHERE "
                                                    + condition.sql()
                                                    + " ORDER BY "
                                                    + order.column
                                                    + (descending ? " DESC" : "")
                                                    + ", u.user_id LIMIT ? OFFSET ?",
                                            UserDirectory::row,
                                            values.toArray());
                            return new Found(rows, total);
                        });
    }

    private static Row row(ResultSet row) throws SQLException {
        var logins = Columns.instantIfAny(row, "last_login_at");
        var lastIp = row.getString("last_ip");
        var count = row.getLong("logins_count");
        return new Row(
                new UserId(row.getString("user_id")),
                new ConnectionId(row.getString("connection_id")),
                row.getString("connection_name"),
                new Keys(
                        Columns.textIfAny(row, "email"),
                        Columns.textIfAny(row, "username"),
                        Columns.textIfAny(row, "name"),
                        Columns.textIfAny(row, "password_hash"),
                        row.getBoolean("blocked")),
                row.getString("document"),
                Columns.instant(row, "created_at"),
                Columns.instant(row, "updated_at"),
                Columns.instantIfAny(row, "password_changed_at"),
                logins.map(at -> new Logins(at, lastIp, count)));
    }
}
