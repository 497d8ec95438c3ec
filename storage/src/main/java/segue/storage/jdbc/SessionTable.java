package segue.storage.jdbc;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.identifier.UserId;
import segue.domain.network.Device;
import segue.domain.revocation.Cause;
import segue.domain.secret.SecretHash;
import segue.domain.session.Session;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Supplier;

/// Web sessions and the clients that used them.
public final class SessionTable {
    private final Tx tx;

    SessionTable(Tx tx) {
        this.tx = tx;
    }

    /// The session whose cookie has this secret, without a lock.
    public Optional<Session> find(SecretHash secret) {
        return tx.one(
                "SELECT * FROM session WHERE secret_hash = ?",
                SessionTable::session,
                secret.bytes());
    }

    /// The secret of a session's cookie, as it is stored.
    public Optional<SecretHash> secretOf(SessionId id) {
        return tx.one(
                "SELECT secret_hash FROM session WHERE id = ?",
                row -> new SecretHash(row.getBytes(1)),
                id.value());
    }

    /// A session by its id, without a lock.
    public Optional<Session> find(SessionId id) {
        return tx.one("SELECT * FROM session WHERE id = ?", SessionTable::session, id.value());
    }

    /// Locks the session so that it can't end until this transaction has.
    ///
    /// @return the session; the lock is taken before whatever is asked next
    public Supplier<Optional<Session>> lockShared(SessionId id) {
        return tx.ask(
                        "SELECT * FROM session WHERE id = ?" + tx.dialect().forShare(),
                        SessionTable::session,
                        id.value())
                ::get;
    }

    /// Locks the session for a change, if the cookie still has this secret.
    public Optional<Session> lockExclusive(SecretHash secret) {
        return tx.one(
                "SELECT * FROM session WHERE secret_hash = ?" + tx.dialect().forUpdate(),
                SessionTable::session,
                secret.bytes());
    }

    /// Locks the session for a change.
    public Optional<Session> lockExclusive(SessionId id) {
        return tx.one(
                "SELECT * FROM session WHERE id = ?" + tx.dialect().forUpdate(),
                SessionTable::session,
                id.value());
    }

    private static Session session(ResultSet row) throws SQLException {
        return new Session(
                new SessionId(row.getString("id")),
                new UserId(row.getString("user_id")),
                new ConnectionId(row.getString("connection_id")),
                Columns.textIfAny(row, "parent_id").map(FamilyId::new),
                Columns.authentication(row),
                Columns.instant(row, "created_at"),
                Columns.instant(row, "expires_at"),
                Columns.instant(row, "idle_expires_at"),
                Duration.ofMillis(row.getLong("idle_millis")),
                row.getBoolean("persistent"),
                row.getBoolean("pending"),
                Columns.instantIfAny(row, "ended_at").isPresent(),
                Columns.instantIfAny(row, "latest_end"),
                Columns.scopeBound(row));
    }

    /// Stores a new session.
    ///
    /// @param transfer the session transfer token that opens it
    public void insert(
            Session session, Optional<TransferId> transfer, SecretHash secret, Device device) {
        var created = session.createdAt().toEpochMilli();
        tx.later(
                """
                INSERT INTO session (id, secret_hash, user_id, connection_id, parent_id, transfer_id, created_at, updated_at,
                    authenticated_at, methods, last_interacted_at, expires_at, idle_expires_at, idle_millis, due_at,
                    persistent, pending, initial_ip, initial_asn, initial_user_agent, last_ip, last_asn, last_user_agent,
                    latest_end, scope_bound, metadata)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')
                """,
                session.id().value(),
                secret.bytes(),
                session.user().value(),
                session.connection().value(),
                session.parent().map(FamilyId::value).orElse(null),
                transfer.map(TransferId::value).orElse(null),
                created,
                created,
                session.authentication().at().toEpochMilli(),
                Columns.methods(session.authentication()),
                created,
                session.expiresAt().toEpochMilli(),
                session.idleExpiresAt().toEpochMilli(),
                session.idle().toMillis(),
                session.idleExpiresAt().toEpochMilli(),
                session.persistent(),
                session.pending(),
                device.address().bytes(),
                Columns.asn(device),
                device.userAgent(),
                device.address().bytes(),
                Columns.asn(device),
                device.userAgent(),
                Columns.millis(session.latestEnd()),
                session.scopeBound().most().orElse(null));
    }

    /// Nobody looks later than the session ends. If it ends later than it did, the column stays as
    /// it is, so that PostgreSQL writes to no index.
    private static final String DUE = "due_at = CASE WHEN due_at > ? THEN ? ELSE due_at END";

    /// Records a use: the limits as they are after it, and where it came from.
    public void recordUse(Session session, Device device) {
        tx.later(
                """
                UPDATE session SET last_interacted_at = ?, updated_at = ?, expires_at = ?, idle_expires_at = ?,
                    idle_millis = ?, persistent = ?, pending = ?, last_ip = ?, last_asn = ?, last_user_agent = ?,\
                """
                        + DUE
                        + " WHERE id = ?",
                tx.now().toEpochMilli(),
                tx.now().toEpochMilli(),
                session.expiresAt().toEpochMilli(),
                session.idleExpiresAt().toEpochMilli(),
                session.idle().toMillis(),
                session.persistent(),
                session.pending(),
                device.address().bytes(),
                Columns.asn(device),
                device.userAgent(),
                session.idleExpiresAt().toEpochMilli(),
                session.idleExpiresAt().toEpochMilli(),
                session.id().value());
    }

    /// Changes the ends and the cookie mode of a session, without a use of it.
    public void limit(Session session) {
        tx.later(
                "UPDATE session SET expires_at = ?, idle_expires_at = ?, persistent = ?, updated_at"
                        + " = ?, "
                        + DUE
                        + " WHERE id = ?",
                session.expiresAt().toEpochMilli(),
                session.idleExpiresAt().toEpochMilli(),
                session.persistent(),
                tx.now().toEpochMilli(),
                session.idleExpiresAt().toEpochMilli(),
                session.idleExpiresAt().toEpochMilli(),
                session.id().value());
    }

    /// Records a new authentication in a kept session, and gives its cookie a new secret (THREATS
    /// R25.1).
    public void recordAuthentication(
            SessionId id, Authentication authentication, SecretHash secret) {
        tx.later(
                "UPDATE session SET authenticated_at = ?, methods = ?, secret_hash = ? WHERE id ="
                        + " ?",
                authentication.at().toEpochMilli(),
                Columns.methods(authentication),
                secret.bytes(),
                id.value());
    }

    /// Gives the cookie of a kept session a new secret; the old one is worthless from now on.
    public void renewSecret(SessionId id, SecretHash secret) {
        tx.later("UPDATE session SET secret_hash = ? WHERE id = ?", secret.bytes(), id.value());
    }

    /// Remembers that a client used the session, and under which of our names.
    public void recordClient(SessionId id, ClientId client, String host) {
        tx.later(
                "INSERT INTO session_client (session_id, client_id, host) VALUES (?, ?, ?) ON"
                        + " CONFLICT DO NOTHING",
                id.value(),
                client.value(),
                host);
    }

    /// Ends those of the sessions that haven't ended, and tells which.
    public List<SessionId> end(List<SessionId> sessions, Cause cause) {
        return endWhere("id IN (?)", cause, sessions.stream().map(SessionId::value).toList());
    }

    /// Ends the sessions that transfers of the families opened.
    public List<SessionId> endOpenedBy(List<FamilyId> parents, Cause cause) {
        return endWhere("parent_id IN (?)", cause, parents.stream().map(FamilyId::value).toList());
    }

    private List<SessionId> endWhere(String condition, Cause cause, List<String> keys) {
        return tx.allIn(
                "UPDATE session SET ended_at = ?, cause = ? WHERE ended_at IS NULL AND "
                        + condition
                        + " RETURNING id",
                SessionTable::id,
                keys,
                tx.now().toEpochMilli(),
                cause.name());
    }

    private static SessionId id(ResultSet row) throws SQLException {
        return new SessionId(row.getString("id"));
    }

    /// What the Management API shows of a session.
    public record Shown(
            Session session,
            Instant updatedAt,
            Instant lastInteractedAt,
            Device initial,
            Device last,
            List<ClientId> clients,
            SortedMap<String, String> metadata) {
        Shown usedBy(List<ClientId> by) {
            return new Shown(session, updatedAt, lastInteractedAt, initial, last, by, metadata);
        }
    }

    /// A live session, as the Management API shows it.
    public Optional<Shown> shown(SessionId id) {
        return tx.one(
                        "SELECT * FROM session WHERE id = ? AND ended_at IS NULL",
                        row -> shown(row, List.of()),
                        id.value())
                .map(it -> it.usedBy(clientsOf(List.of(id)).getOrDefault(id, List.of())))
                .filter(shown -> shown.session().isLiveAt(tx.now()));
    }

    /// Any session, as Actions are told of it.
    public Optional<Shown> seen(SessionId id) {
        return tx.one(
                        "SELECT * FROM session WHERE id = ?",
                        row -> shown(row, List.of()),
                        id.value())
                .map(it -> it.usedBy(clientsOf(List.of(id)).getOrDefault(id, List.of())));
    }

    /// A page of the live sessions of a user, oldest first.
    ///
    /// @param after the last one of the page before
    public List<Shown> shownOf(UserId user, Optional<Place> after, int limit) {
        var from = after.orElse(Place.START);
        var rows =
                tx.all(
                        """
                        SELECT * FROM session WHERE user_id = ? AND ended_at IS NULL AND NOT pending
                            AND expires_at > ? AND idle_expires_at > ? AND (created_at, id) > (?, ?)
                         ORDER BY created_at, id LIMIT ?
                        """,
                        row -> shown(row, List.of()),
                        user.value(),
                        tx.now().toEpochMilli(),
                        tx.now().toEpochMilli(),
                        from.createdAt().toEpochMilli(),
                        from.id(),
                        limit);
        var clients = clientsOf(rows.stream().map(it -> it.session().id()).toList());
        return rows.stream()
                .map(row -> row.usedBy(clients.getOrDefault(row.session().id(), List.of())))
                .toList();
    }

    private Map<SessionId, List<ClientId>> clientsOf(List<SessionId> sessions) {
        var clients = new HashMap<SessionId, List<ClientId>>();
        tx
                .allIn(
                        "SELECT session_id AS id, client_id FROM session_client WHERE session_id"
                                + " IN (?)",
                        row -> Map.entry(id(row), new ClientId(row.getString("client_id"))),
                        sessions.stream().map(SessionId::value).toList())
                .stream()
                .sorted(Comparator.comparing(it -> it.getValue().value()))
                .forEach(
                        it ->
                                clients.computeIfAbsent(it.getKey(), _ -> new ArrayList<>())
                                        .add(it.getValue()));
        return clients;
    }

    private static Shown shown(ResultSet row, List<ClientId> clients) throws SQLException {
        return new Shown(
                session(row),
                Columns.instant(row, "updated_at"),
                Columns.instant(row, "last_interacted_at"),
                Columns.device(row, "initial_"),
                Columns.device(row, "last_"),
                clients,
                Columns.flat(row.getString("metadata")));
    }

    /// Replaces the metadata of a session, unless it has ended; tells whether it did. What ends
    /// while this waits stays a tombstone without personal data.
    public boolean putMetadata(SessionId id, Map<String, String> metadata) {
        return tx.change(
                        "UPDATE session SET metadata = ?, updated_at = ? WHERE id = ? AND ended_at"
                                + " IS NULL",
                        Columns.flat(metadata),
                        tx.now().toEpochMilli(),
                        id.value())
                == 1;
    }

    /// One that somebody should look at.
    ///
    /// @param hasExpired whether its time is over
    public record Due(SessionId id, boolean hasExpired) {}

    /// Locks sessions that haven't ended and may have expired, but for those that somebody else
    /// holds.
    public List<Due> lockDue(int most) {
        return tx.all(
                """
                SELECT id, idle_expires_at FROM session WHERE ended_at IS NULL AND due_at <= ?
                 ORDER BY due_at LIMIT ?\
                """
                        + tx.dialect().forUpdateSkippingLocked(),
                row -> new Due(id(row), !Columns.instant(row, "idle_expires_at").isAfter(tx.now())),
                tx.now().toEpochMilli(),
                most);
    }

    /// Lets nobody look at these again before they end, as things stand now.
    public void postpone(List<SessionId> sessions) {
        var _ =
                tx.allIn(
                        "UPDATE session SET due_at = idle_expires_at WHERE id IN (?) RETURNING id",
                        SessionTable::id,
                        sessions.stream().map(SessionId::value).toList());
    }

    /// Locks the live sessions of a user for a change, in ascending order.
    public List<SessionId> lockOf(UserId user) {
        return tx.all(
                "SELECT id FROM session WHERE user_id = ? AND ended_at IS NULL ORDER BY id"
                        + tx.dialect().forUpdate(),
                SessionTable::id,
                user.value());
    }

    /// Forgets where a user's sessions were used from, and what apps noted about them; what is left
    /// is a tombstone (contract native-to-web §8).
    public void erase(UserId user) {
        tx.later(
                """
                UPDATE session SET initial_ip = ?, initial_asn = NULL, initial_user_agent = '', last_ip = ?,
                    last_asn = NULL, last_user_agent = '', metadata = '' WHERE user_id = ?
                """,
                Columns.NO_ADDRESS,
                Columns.NO_ADDRESS,
                user.value());
    }
}
