package segue.storage;

import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.revocation.Cause;
import segue.domain.revocation.Receipt;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Query;
import segue.storage.jdbc.Tx;
import segue.storage.jdbc.UserDirectory.Found;
import segue.storage.jdbc.UserDirectory.Keys;
import segue.storage.jdbc.UserDirectory.Order;
import segue.storage.jdbc.UserDirectory.Row;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
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
        /// Somebody changed the user after the change was prepared.
        STALE,
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
    /// @param keys with a password hash only if there is a new password
    /// @param seen the document that the change was made of
    public Changed update(UserId id, Keys keys, String seen, String document, LogEvent event) {
        return database.inTransaction(
                tx -> {
                    tx.users().lockExclusive(id);
                    var before = tx.directory().find(id);
                    if (before.isEmpty()) return Changed.UNKNOWN;
                    if (tx.directory().isTaken(id, before.get().connection(), keys))
                        return Changed.TAKEN;
                    if (!tx.directory().update(id, keys, seen, document)) return Changed.STALE;
                    var receipt = Receipt.NOTHING;
                    if (keys.blocked() && !before.get().keys().blocked())
                        receipt = Revocations.endEverything(tx, id, Cause.USER_BLOCKED);
                    // THREATS decision 10.
                    if (keys.passwordHash().isPresent()) {
                        receipt =
                                receipt.and(
                                        Revocations.endEverything(tx, id, Cause.PASSWORD_CHANGED));
                        tx.log()
                                .append(
                                        LogEvent.of("scp", event.origin().orElseThrow())
                                                .about(
                                                        id,
                                                        before.get().connection(),
                                                        Optional.empty()));
                    }
                    tx.log().append(event.with(receipt));
                    return Changed.DONE;
                });
    }

    /// Deletes a user with everything that they have; tells whether there was one.
    public boolean delete(UserId id, LogEvent event) {
        return database.inTransaction(
                tx -> {
                    var receipt = end(tx, id);
                    var existed = tx.directory().delete(id);
                    if (existed) tx.log().append(event.with(receipt));
                    return existed;
                });
    }

    private static Receipt end(Tx tx, UserId id) {
        tx.users().lockExclusive(id);
        var receipt = Revocations.endEverything(tx, id, Cause.USER_DELETED);
        tx.families().erase(id);
        tx.sessions().erase(id);
        tx.transfers().erase(id);
        return receipt;
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
    public Optional<Found> search(
            Query query, Order order, boolean descending, int offset, int limit) {
        return database.search(
                tx -> tx.directory().search(query, order, descending, offset, limit));
    }

    /// The user of a connection by e-mail address or user name.
    public Optional<Row> byLogin(ConnectionId connection, String login) {
        return database.read(
                tx ->
                        tx.users()
                                .credentials(connection, login.toLowerCase(Locale.ROOT))
                                .flatMap(found -> tx.directory().find(found.user())));
    }

    /// Deletes a connection with its users.
    public boolean deleteConnection(ConnectionId id, LogEvent event) {
        return database.inTransaction(
                tx -> {
                    var receipt = Receipt.NOTHING;
                    for (var user : tx.directory().of(id)) {
                        receipt = receipt.and(end(tx, user));
                        tx.directory().delete(user);
                    }
                    var existed = tx.configuration().delete(Kind.CONNECTION, id.value());
                    if (existed) tx.log().append(event.with(receipt));
                    return existed;
                });
    }

    /// Takes users out of an organization, and ends what they have through it (contract
    /// native-to-web §8).
    public void removeMembers(OrganizationId organization, List<UserId> members, LogEvent event) {
        database.inTransaction(
                tx -> {
                    var receipt = Receipt.NOTHING;
                    for (var user :
                            members.stream().sorted(Comparator.comparing(UserId::value)).toList()) {
                        receipt = receipt.and(Revocations.endMembership(tx, user, organization));
                        tx.configuration().member(organization, user, false);
                    }
                    tx.log().append(event.with(receipt));
                    return true;
                });
    }

    /// Deletes an organization, and ends what its members have through it.
    public boolean deleteOrganization(OrganizationId organization, LogEvent event) {
        return database.inTransaction(
                tx -> {
                    var receipt = Receipt.NOTHING;
                    for (var user : tx.configuration().members(organization))
                        receipt = receipt.and(Revocations.endMembership(tx, user, organization));
                    var existed =
                            tx.configuration().delete(Kind.ORGANIZATION, organization.value());
                    if (existed) tx.log().append(event.with(receipt));
                    return existed;
                });
    }
}
