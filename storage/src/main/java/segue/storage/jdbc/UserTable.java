package segue.storage.jdbc;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.network.ClientAddress;
import segue.domain.user.UserState;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// The user row as a lock, and what a sign-in reads and writes about a user.
public final class UserTable {
    private final Tx tx;

    UserTable(Tx tx) {
        this.tx = tx;
    }

    /// Whatever creates or extends a credential of a user takes this lock first.
    ///
    /// @return their state; the lock is taken before whatever is asked next
    public Supplier<UserState> lockShared(UserId user) {
        return lock(user, tx.dialect().forShare());
    }

    /// Whatever ends a user, or changes how they authenticate, takes this lock first.
    ///
    /// @return their state; the lock is taken before whatever is asked next
    public Supplier<UserState> lockExclusive(UserId user) {
        return lock(user, tx.dialect().forUpdate());
    }

    private Supplier<UserState> lock(UserId user, String suffix) {
        var blocked =
                tx.ask(
                        "SELECT blocked FROM app_user WHERE user_id = ?" + suffix,
                        row -> row.getBoolean(1),
                        user.value());
        return () ->
                blocked.get()
                        .map(is -> is ? UserState.BLOCKED : UserState.ACTIVE)
                        .orElse(UserState.GONE);
    }

    /// A user as a sign-in finds them.
    ///
    /// @param passwordHash empty if they have none
    public record Credentials(UserId user, Optional<String> passwordHash) {}

    /// The user of a connection by e-mail address or user name.
    ///
    /// @param login lower case
    public Optional<Credentials> credentials(ConnectionId connection, String login) {
        return tx.one(
                """
                SELECT user_id, password_hash FROM app_user
                 WHERE connection_id = ? AND (email = ? OR username = ?) ORDER BY email = ? DESC LIMIT 1
                """,
                row ->
                        new Credentials(
                                new UserId(row.getString(1)),
                                Columns.textIfAny(row, "password_hash")),
                connection.value(),
                login,
                login,
                login);
    }

    /// Replaces the hash of an unchanged password by a better one, unless the password was changed
    /// in the meantime.
    public void rehash(Credentials verified, String better) {
        tx.later(
                "UPDATE app_user SET password_hash = ? WHERE user_id = ? AND password_hash = ?",
                better,
                verified.user().value(),
                verified.passwordHash().orElseThrow());
    }

    /// What is told about a user.
    ///
    /// @param document a JSON object, as the Management API takes it
    /// @param updatedAt when the document was last changed
    public record Profile(String document, Instant createdAt, Instant updatedAt) {}

    /// The user's profile, if they are there and not blocked.
    public Optional<Profile> activeProfile(UserId user) {
        return askActiveProfile(user).get();
    }

    /// The same, together with what is asked next.
    public Supplier<Optional<Profile>> askActiveProfile(UserId user) {
        return tx.ask(
                        """
                        SELECT document, created_at, updated_at FROM app_user WHERE user_id = ? AND NOT blocked
                        """,
                        row ->
                                new Profile(
                                        row.getString("document"),
                                        Columns.instant(row, "created_at"),
                                        Columns.instant(row, "updated_at")),
                        user.value())
                ::get;
    }

    /// A user as Actions are told of them.
    ///
    /// @param document a JSON object, as the Management API takes it
    /// @param logins how often they have signed in so far
    public record Person(
            String document,
            ConnectionId connection,
            Instant createdAt,
            Instant updatedAt,
            Optional<Instant> passwordChangedAt,
            long logins) {}

    /// Empty if there is no such user.
    public Optional<Person> person(UserId user) {
        return tx.one(
                """
                SELECT u.document, u.connection_id, u.created_at, u.updated_at, u.password_changed_at,
                    coalesce(l.logins_count, 0) AS logins
                  FROM app_user u LEFT JOIN user_login l ON l.user_id = u.user_id WHERE u.user_id = ?
                """,
                row ->
                        new Person(
                                row.getString("document"),
                                new ConnectionId(row.getString("connection_id")),
                                Columns.instant(row, "created_at"),
                                Columns.instant(row, "updated_at"),
                                Columns.instantIfAny(row, "password_changed_at"),
                                row.getLong("logins")),
                user.value());
    }

    /// Replaces the document of a user whose row this transaction has for itself.
    public void putDocument(UserId user, String document) {
        tx.later(
                "UPDATE app_user SET document = ?, updated_at = ? WHERE user_id = ?",
                document,
                tx.now().toEpochMilli(),
                user.value());
    }

    /// The connection that the user belongs to.
    public Optional<ConnectionId> connection(UserId user) {
        return tx.one(
                "SELECT connection_id FROM app_user WHERE user_id = ?",
                row -> new ConnectionId(row.getString(1)),
                user.value());
    }

    /// Counts a login; kept apart from the user row, whose lock every sign-in shares.
    public void recordLogin(UserId user, ClientAddress address) {
        tx.later(
                """
                INSERT INTO user_login (user_id, last_login_at, last_ip, logins_count) VALUES (?, ?, ?, 1)
                    ON CONFLICT (user_id) DO UPDATE SET last_login_at = excluded.last_login_at,
                        last_ip = excluded.last_ip, logins_count = user_login.logins_count + 1
                """,
                user.value(),
                tx.now().toEpochMilli(),
                address.toString());
    }

    /// Whether the user belongs to the organization.
    public boolean isMember(UserId user, OrganizationId organization) {
        return askIsMember(user, organization).get();
    }

    /// The same, together with what is asked next.
    public Supplier<Boolean> askIsMember(UserId user, OrganizationId organization) {
        var found =
                tx.ask(
                        "SELECT 1 FROM organization_member WHERE organization_id = ? AND user_id ="
                                + " ?",
                        row -> true,
                        organization.value(),
                        user.value());
        return () -> found.get().isPresent();
    }

    /// Whether the user belongs to the organization, or comes to belong to it by signing in through
    /// the connection (contract authentication-api §11).
    public boolean mayBelong(UserId user, ConnectionId connection, OrganizationId organization) {
        return isMember(user, organization) || assignsMembership(connection, organization);
    }

    private boolean assignsMembership(ConnectionId connection, OrganizationId organization) {
        return tx.number(
                        """
                        SELECT count(*) FROM organization_connection
                         WHERE connection_id = ? AND organization_id = ? AND assigns_membership = ?
                        """,
                        connection.value(),
                        organization.value(),
                        true)
                > 0;
    }

    /// Makes the user a member if signing in through the connection does.
    public void joinBySigningIn(UserId user, ConnectionId connection, OrganizationId organization) {
        if (!isMember(user, organization) && assignsMembership(connection, organization))
            tx.configuration().member(organization, user, true);
    }

    /// Whether users of the connection may sign in to the client, in the organization if one is
    /// named.
    public boolean isEnabled(
            ConnectionId connection, ClientId client, Optional<OrganizationId> organization) {
        return askIsEnabled(connection, client, organization).get();
    }

    /// The same, together with what is asked next.
    public Supplier<Boolean> askIsEnabled(
            ConnectionId connection, ClientId client, Optional<OrganizationId> organization) {
        var forClient =
                tx.ask(
                        "SELECT 1 FROM connection_client WHERE connection_id = ? AND client_id = ?",
                        row -> true,
                        connection.value(),
                        client.value());
        var forOrganization =
                organization.map(
                        of ->
                                tx.ask(
                                        "SELECT 1 FROM organization_connection WHERE connection_id"
                                                + " = ? AND organization_id = ?",
                                        row -> true,
                                        connection.value(),
                                        of.value()));
        return () ->
                forClient.get().isPresent()
                        && forOrganization.map(it -> it.get().isPresent()).orElse(true);
    }
}
