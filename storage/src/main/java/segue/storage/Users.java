package segue.storage;

import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.revocation.Cause;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Query;
import segue.storage.jdbc.Tx;
import segue.storage.jdbc.UserDirectory.Found;
import segue.storage.jdbc.UserDirectory.Keys;
import segue.storage.jdbc.UserDirectory.Row;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Users, as the Management API creates, changes and ends them. Whoever blocks or deletes a user,
/// or changes their password, ends everything that they have, in the same transaction.
public final class Users {
    private final Database database;

    public Users(Database database) {
        this.database = database;
    }

    /// What came of a change.
    public enum Changed {
        DONE,
        /// Another user has the id, the e-mail address or the user name.
        TAKEN,
        UNKNOWN
    }

    /// Stores a new user.
    public Changed create(
            UserId id, ConnectionId connection, Keys keys, String document, LogEvent event) {
        return database.inTransaction(
                tx -> {
                    if (!tx.directory().insert(id, connection, keys, document))
                        return Changed.TAKEN;
                    tx.log().append(event);
                    return Changed.DONE;
                });
    }

    /// Changes a user.
    ///
    /// @param passwordChanged whether the password hash is another one
    public Changed update(
            UserId id, Keys keys, String document, boolean passwordChanged, LogEvent event) {
        return database.inTransaction(
                tx -> {
                    tx.users().lockExclusive(id);
                    var before = tx.directory().find(id);
                    if (before.isEmpty()) return Changed.UNKNOWN;
                    if (tx.directory().isTaken(id, before.get().connection(), keys))
                        return Changed.TAKEN;
                    tx.directory().update(id, keys, document, passwordChanged);
                    if (keys.blocked() && !before.get().keys().blocked())
                        Revocations.endEverything(tx, id, Cause.USER_BLOCKED);
                    // THREATS decision 10.
                    if (passwordChanged) {
                        Revocations.endEverything(tx, id, Cause.PASSWORD_CHANGED);
                        tx.log()
                                .append(
                                        LogEvent.of("scp", event.origin().orElseThrow())
                                                .about(
                                                        id,
                                                        before.get().connection(),
                                                        Optional.empty()));
                    }
                    tx.log().append(event);
                    return Changed.DONE;
                });
    }

    /// Deletes a user with everything that they have; tells whether there was one.
    public boolean delete(UserId id, LogEvent event) {
        return database.inTransaction(
                tx -> {
                    var existed = delete(tx, id);
                    if (existed) tx.log().append(event);
                    return existed;
                });
    }

    private static boolean delete(Tx tx, UserId id) {
        tx.users().lockExclusive(id);
        Revocations.endEverything(tx, id, Cause.USER_DELETED);
        tx.families().erase(id);
        tx.sessions().erase(id);
        tx.transfers().erase(id);
        return tx.directory().delete(id);
    }

    /// A user by id.
    public Optional<Row> find(UserId id) {
        return database.read(tx -> tx.directory().find(id));
    }

    /// Users by e-mail address.
    ///
    /// @param email lower case
    public List<Row> byEmail(String email) {
        return database.read(tx -> tx.directory().byEmail(email));
    }

    /// Searches; empty if the query names a field that isn't searchable.
    public Optional<Found> search(Query query, int offset, int limit) {
        return database.read(tx -> tx.directory().search(query, offset, limit));
    }

    /// Deletes a connection with its users.
    public boolean deleteConnection(ConnectionId id, LogEvent event) {
        return database.inTransaction(
                tx -> {
                    tx.directory().of(id).forEach(user -> delete(tx, user));
                    var existed = tx.configuration().delete(Kind.CONNECTION, id.value());
                    if (existed) tx.log().append(event);
                    return existed;
                });
    }

    /// Takes users out of an organization, and ends what they have through it (contract
    /// native-to-web §8).
    public void removeMembers(OrganizationId organization, List<UserId> members, LogEvent event) {
        database.inTransaction(
                tx -> {
                    members.stream()
                            .sorted(Comparator.comparing(UserId::value))
                            .forEach(
                                    user -> {
                                        Revocations.endMembership(tx, user, organization);
                                        tx.configuration().member(organization, user, false);
                                    });
                    tx.log().append(event);
                    return true;
                });
    }

    /// Deletes an organization, and ends what its members have through it.
    public boolean deleteOrganization(OrganizationId organization, LogEvent event) {
        return database.inTransaction(
                tx -> {
                    tx.configuration()
                            .members(organization)
                            .forEach(user -> Revocations.endMembership(tx, user, organization));
                    var existed =
                            tx.configuration().delete(Kind.ORGANIZATION, organization.value());
                    if (existed) tx.log().append(event);
                    return existed;
                });
    }
}
