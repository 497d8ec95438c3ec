package segue.storage.jdbc;

import org.jspecify.annotations.Nullable;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.network.Device;
import segue.domain.revocation.Cause;
import segue.domain.secret.SecretHash;
import segue.domain.token.KeyThumbprint;
import segue.domain.token.Link;
import segue.domain.token.TokenFamily;
import segue.domain.user.UserState;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Supplier;

/// Refresh-token families and their links.
public final class FamilyTable {
    private final Tx tx;

    FamilyTable(Tx tx) {
        this.tx = tx;
    }

    /// Whose token this is, read without a lock: it only tells which rows to lock.
    ///
    /// @param session the web session that the family was issued in
    /// @param rotating how its newest token was issued
    public record Owner(
            FamilyId family,
            UserId user,
            ClientId client,
            Optional<SessionId> session,
            Optional<FamilyId> parent,
            boolean rotating) {}

    /// Empty if no link has this hash.
    public Optional<Owner> owner(SecretHash link) {
        return tx.one(
                """
                SELECT id, user_id, client_id, session_id, parent_id, rotating FROM refresh_token
                  JOIN token_family ON id = family_id WHERE hash = ?
                """,
                FamilyTable::owner,
                link.bytes());
    }

    /// Empty if there is no such family, ended or not.
    public Optional<Owner> owner(FamilyId family) {
        return tx.one(
                "SELECT id, user_id, client_id, session_id, parent_id, rotating FROM token_family"
                        + " WHERE id = ?",
                FamilyTable::owner,
                family.value());
    }

    private static Owner owner(ResultSet row) throws SQLException {
        return new Owner(
                new FamilyId(row.getString("id")),
                new UserId(row.getString("user_id")),
                new ClientId(row.getString("client_id")),
                Columns.textIfAny(row, "session_id").map(SessionId::new),
                Columns.textIfAny(row, "parent_id").map(FamilyId::new),
                row.getBoolean("rotating"));
    }

    /// Locks the family so that it can't end until this transaction has. Taken before a transfer is
    /// claimed: the other order deadlocks (THREATS section 0).
    ///
    /// @return the family; the lock is taken before whatever is asked next
    public Supplier<Optional<TokenFamily>> lockShared(FamilyId family) {
        return locking(family, tx.dialect().forShare())::get;
    }

    /// Locks the family for a change.
    public Optional<TokenFamily> lockExclusive(FamilyId family) {
        return locking(family, tx.dialect().forUpdate()).get();
    }

    private Tx.Asked<Optional<TokenFamily>> locking(FamilyId family, String suffix) {
        return tx.ask(
                "SELECT * FROM token_family WHERE id = ?" + suffix,
                FamilyTable::family,
                family.value());
    }

    private static TokenFamily family(ResultSet row) throws SQLException {
        return new TokenFamily(
                new FamilyId(row.getString("id")),
                new UserId(row.getString("user_id")),
                new ClientId(row.getString("client_id")),
                new ConnectionId(row.getString("connection_id")),
                Columns.textIfAny(row, "organization_id").map(OrganizationId::new),
                Columns.textIfAny(row, "session_id").map(SessionId::new),
                Columns.textIfAny(row, "parent_id").map(FamilyId::new),
                row.getString("scope"),
                Columns.scopeBound(row),
                Columns.textIfAny(row, "audience"),
                Columns.textIfAny(row, "requested_claims"),
                Columns.authentication(row),
                row.getBoolean("rotating"),
                row.getLong("generation"),
                Columns.instant(row, "created_at"),
                Columns.instantIfAny(row, "expires_at"),
                Columns.instantIfAny(row, "idle_expires_at"),
                Columns.textIfAny(row, "cause").map(Cause::valueOf),
                Columns.textIfAny(row, "jkt").map(KeyThumbprint::new));
    }

    /// A refresh token as it came in, with all that decides about it, under lock.
    ///
    /// @param profile of the user, unless they are blocked
    public record Presented(Link link, UserState user, Optional<UserTable.Profile> profile) {}

    /// Asks for the locks of a token's user, its family and the token itself, in that order and in
    /// one statement. PostgreSQL locks in the order in which the suffixes name the tables, and
    /// having waited for one takes the newest version of all three.
    ///
    /// @param client whose token it must be
    /// @param rotating how its newest token must have been issued
    /// @param alone whether the user's lock keeps everyone else out, too
    /// @return empty if there is no such token. Nothing is locked then, unless it was there and
    ///   became another while this waited: the user may be locked in share, so that who locks it
    ///   for a change next may meet another who does, and is tried again (40P01)
    public Supplier<Optional<Presented>> present(
            SecretHash link, ClientId client, boolean rotating, boolean alone) {
        var user = alone ? tx.dialect().forUpdate("u") : tx.dialect().forShare("u");
        return tx.ask(
                        """
                        SELECT f.*, r.generation AS link_generation, r.superseded_at,
                            u.blocked, u.document, u.created_at AS user_created_at, u.updated_at AS user_updated_at
                          FROM refresh_token r JOIN token_family f ON f.id = r.family_id JOIN app_user u ON u.user_id = f.user_id
                         WHERE r.hash = ? AND f.client_id = ? AND f.rotating = ?\
                        """
                                + user
                                + tx.dialect().forUpdate("f", "r"),
                        FamilyTable::presented,
                        link.bytes(),
                        client.value(),
                        rotating)
                ::get;
    }

    private static Presented presented(ResultSet row) throws SQLException {
        var link =
                new Link(
                        family(row),
                        row.getLong("link_generation"),
                        Columns.instantIfAny(row, "superseded_at"));
        if (row.getBoolean("blocked"))
            return new Presented(link, UserState.BLOCKED, Optional.empty());
        var profile =
                new UserTable.Profile(
                        row.getString("document"),
                        Columns.instant(row, "user_created_at"),
                        Columns.instant(row, "user_updated_at"));
        return new Presented(link, UserState.ACTIVE, Optional.of(profile));
    }

    /// Locks the family for a change, and reads the link with this hash under the lock; empty if
    /// either isn't there.
    public Optional<Link> lockExclusive(FamilyId family, SecretHash link) {
        var locked = locking(family, tx.dialect().forUpdate());
        var position = position(link, family);
        return locked.get().flatMap(it -> position.get().map(at -> at.of(it)));
    }

    /// The link with this hash, as it is now.
    public Optional<Link> link(SecretHash hash, TokenFamily family) {
        return position(hash, family.id()).get().map(at -> at.of(family));
    }

    private record Position(long generation, Optional<Instant> superseded) {
        Link of(TokenFamily family) {
            return new Link(family, generation, superseded);
        }
    }

    private Tx.Asked<Optional<Position>> position(SecretHash hash, FamilyId family) {
        return tx.ask(
                "SELECT generation, superseded_at FROM refresh_token WHERE hash = ? AND family_id ="
                        + " ?",
                row -> new Position(row.getLong(1), Columns.instantIfAny(row, "superseded_at")),
                hash.bytes(),
                family.value());
    }

    /// When a link was issued; empty if there is none with this hash.
    public Optional<Instant> issuedAt(SecretHash link) {
        return tx.one(
                "SELECT issued_at FROM refresh_token WHERE hash = ?",
                row -> Columns.instant(row, "issued_at"),
                link.bytes());
    }

    /// Stores a new family and its first link.
    public void insert(TokenFamily family, Device device, SecretHash first) {
        tx.later(
                """
                INSERT INTO token_family (id, user_id, client_id, connection_id, organization_id, session_id, parent_id,
                    scope, scope_bound, audience, requested_claims, authenticated_at, methods, rotating, generation, created_at,
                    expires_at, idle_expires_at, initial_ip, initial_asn, initial_user_agent, last_ip, last_asn,
                    last_user_agent, metadata, jkt)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?)
                """,
                family.id().value(),
                family.user().value(),
                family.client().value(),
                family.connection().value(),
                family.organization().map(OrganizationId::value).orElse(null),
                family.session().map(SessionId::value).orElse(null),
                family.parent().map(FamilyId::value).orElse(null),
                family.scope(),
                family.scopeBound().most().orElse(null),
                family.audience().orElse(null),
                family.requestedClaims().orElse(null),
                family.authentication().at().toEpochMilli(),
                Columns.methods(family.authentication()),
                family.rotating(),
                family.generation(),
                family.createdAt().toEpochMilli(),
                Columns.millis(family.expiresAt()),
                Columns.millis(family.idleExpiresAt()),
                device.address().bytes(),
                Columns.asn(device),
                device.userAgent(),
                device.address().bytes(),
                Columns.asn(device),
                device.userAgent(),
                family.boundTo().map(KeyThumbprint::value).orElse(null));
        insertLink(first, family.id(), family.generation());
    }

    /// Stores one more link of a family.
    public void insertLink(SecretHash hash, FamilyId family, long generation) {
        tx.later(
                "INSERT INTO refresh_token (hash, family_id, generation, issued_at) VALUES (?, ?,"
                        + " ?, ?)",
                hash.bytes(),
                family.value(),
                generation,
                tx.now().toEpochMilli());
    }

    /// Marks the links of a generation as rotated away, now.
    public void supersede(FamilyId family, long generation) {
        tx.later(
                """
                UPDATE refresh_token SET superseded_at = ?
                 WHERE family_id = ? AND generation = ? AND superseded_at IS NULL
                """,
                tx.now().toEpochMilli(),
                family.value(),
                generation);
    }

    /// Records an exchange: the newest generation, the idle end, and where it came from. The family
    /// is locked, so exactly one row changes.
    public void recordExchange(
            FamilyId family,
            long generation,
            boolean rotating,
            Optional<Instant> idleExpiresAt,
            Device device) {
        tx.later(
                """
                UPDATE token_family SET generation = ?, rotating = ?, last_exchanged_at = ?, idle_expires_at = ?,
                    last_ip = ?, last_asn = ?, last_user_agent = ? WHERE id = ?
                """,
                generation,
                rotating,
                tx.now().toEpochMilli(),
                Columns.millis(idleExpiresAt),
                device.address().bytes(),
                Columns.asn(device),
                device.userAgent(),
                family.value());
    }

    /// Ends those of the families that haven't ended, and tells which.
    public List<FamilyId> end(List<FamilyId> families, Cause cause) {
        return endWhere("id IN (?)", cause, values(families));
    }

    /// Ends the families that stem from transfers of these.
    public List<FamilyId> endBornOf(List<FamilyId> parents, Cause cause) {
        return endWhere("parent_id IN (?)", cause, values(parents));
    }

    /// Ends the families of the sessions that are bound to them: born of a transfer, for a client
    /// that says so now.
    public List<FamilyId> endOnlineOf(List<SessionId> sessions, Cause cause) {
        return endWhere(
                """
                parent_id IS NOT NULL AND EXISTS
                    (SELECT 1 FROM client WHERE client.client_id = token_family.client_id AND online)
                    AND session_id IN (?)\
                """,
                cause,
                sessions.stream().map(SessionId::value).toList());
    }

    /// Those of the families whose client cascades at this moment; a client that is gone has no say
    /// any more.
    public List<FamilyId> cascading(List<FamilyId> families) {
        return tx.allIn(
                """
                SELECT id FROM token_family LEFT JOIN client ON client.client_id = token_family.client_id
                 WHERE coalesce(cascades, TRUE) AND id IN (?)
                """,
                FamilyTable::id,
                values(families));
    }

    /// The oldest of a user's families for one client, those beyond the newest so many, in the
    /// order in which they are to be locked. Expired ones don't count.
    ///
    /// @return asked together with what is asked next
    public Supplier<List<FamilyId>> askBeyond(int most, UserId user, ClientId client) {
        var found =
                tx.askAll(
                        """
                        SELECT id FROM token_family WHERE user_id = ? AND client_id = ? AND ended_at IS NULL
                            AND (expires_at IS NULL OR expires_at > ?) AND (idle_expires_at IS NULL OR idle_expires_at > ?)
                         ORDER BY created_at DESC, id DESC LIMIT 1000 OFFSET ?
                        """,
                        row -> new FamilyId(row.getString(1)),
                        user.value(),
                        client.value(),
                        tx.now().toEpochMilli(),
                        tx.now().toEpochMilli(),
                        most);
        return () -> found.get().stream().sorted(Comparator.comparing(FamilyId::value)).toList();
    }

    /// Locks the live families of a user for a change.
    public List<FamilyId> lockOf(UserId user) {
        return lockWhere("user_id = ?", user.value());
    }

    /// Locks the live families of a user for one client for a change.
    public List<FamilyId> lockOf(UserId user, ClientId client) {
        return lockWhere("user_id = ? AND client_id = ?", user.value(), client.value());
    }

    /// Locks the live families of a user for one client and one API for a change.
    ///
    /// @param audience empty: the families without an API
    public List<FamilyId> lockOf(UserId user, ClientId client, Optional<String> audience) {
        return audience.map(
                        api ->
                                lockWhere(
                                        "user_id = ? AND client_id = ? AND audience = ?",
                                        user.value(),
                                        client.value(),
                                        api))
                .orElseGet(
                        () ->
                                lockWhere(
                                        "user_id = ? AND client_id = ? AND audience IS NULL",
                                        user.value(),
                                        client.value()));
    }

    /// Locks the live families that a user has through an organization for a change.
    public List<FamilyId> lockOf(UserId user, OrganizationId organization) {
        return lockWhere("user_id = ? AND organization_id = ?", user.value(), organization.value());
    }

    /// Locks the live families of a client for a change.
    public List<FamilyId> lockOf(ClientId client) {
        return lockWhere("client_id = ?", client.value());
    }

    /// Locks the live families that were issued in the sessions for a change.
    public List<FamilyId> lockIssuedIn(List<SessionId> sessions) {
        return sessions.stream()
                .flatMap(session -> lockWhere("session_id = ?", session.value()).stream())
                .sorted(Comparator.comparing(FamilyId::value))
                .toList();
    }

    /// In ascending order, so that two who lock several can't wait for each other.
    private List<FamilyId> lockWhere(String condition, @Nullable Object... values) {
        return tx.all(
                "SELECT id FROM token_family WHERE "
                        + condition
                        + " AND ended_at IS NULL ORDER BY id"
                        + tx.dialect().forUpdate(),
                FamilyTable::id,
                values);
    }

    private static FamilyId id(ResultSet row) throws SQLException {
        return new FamilyId(row.getString("id"));
    }

    private static List<String> values(List<FamilyId> families) {
        return families.stream().map(FamilyId::value).toList();
    }

    /// What the Management API shows of a family.
    public record Shown(
            TokenFamily family,
            Optional<Instant> lastExchangedAt,
            Device initial,
            Device last,
            SortedMap<String, String> metadata) {}

    /// A live family, as the Management API shows it.
    public Optional<Shown> shown(FamilyId id) {
        return tx.one(
                        "SELECT * FROM token_family WHERE id = ? AND ended_at IS NULL",
                        FamilyTable::shown,
                        id.value())
                .filter(shown -> shown.family().isLiveAt(tx.now()));
    }

    /// Any family, as Actions are told of it.
    public Optional<Shown> seen(FamilyId id) {
        return tx.one("SELECT * FROM token_family WHERE id = ?", FamilyTable::shown, id.value());
    }

    /// Brings the absolute end of a family forward.
    public void limit(FamilyId id, Optional<Instant> expiresAt) {
        tx.later(
                "UPDATE token_family SET expires_at = ? WHERE id = ?",
                Columns.millis(expiresAt),
                id.value());
    }

    /// A page of the live families of a user, or of those for one client, oldest first.
    ///
    /// @param after the last one of the page before
    public List<Shown> shownOf(
            UserId user, Optional<ClientId> client, Optional<Place> after, int limit) {
        var from = after.orElse(Place.START);
        var values = new ArrayList<Object>(List.of(user.value()));
        client.ifPresent(it -> values.add(it.value()));
        values.addAll(
                List.of(
                        tx.now().toEpochMilli(),
                        tx.now().toEpochMilli(),
                        from.createdAt().toEpochMilli(),
                        from.id(),
                        limit));
        return tx.all(
                "SELECT * FROM token_family WHERE user_id = ? AND ended_at IS NULL"
                        + (client.isPresent() ? " AND client_id = ?" : "")
                        + " AND (expires_at IS NULL OR expires_at > ?)"
                        + " AND (idle_expires_at IS NULL OR idle_expires_at > ?)"
                        + " AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?",
                FamilyTable::shown,
                values.toArray());
    }

    private static Shown shown(ResultSet row) throws SQLException {
        return new Shown(
                family(row),
                Columns.instantIfAny(row, "last_exchanged_at"),
                Columns.device(row, "initial_"),
                Columns.device(row, "last_"),
                Columns.flat(row.getString("metadata")));
    }

    /// Replaces the metadata of a family, unless it has ended; tells whether it did. What ends
    /// while this waits stays a tombstone without personal data.
    public boolean putMetadata(FamilyId id, Map<String, String> metadata) {
        return tx.change(
                        "UPDATE token_family SET metadata = ? WHERE id = ? AND ended_at IS NULL",
                        Columns.flat(metadata),
                        id.value())
                == 1;
    }

    /// Forgets where a user's families were used from, and what apps noted about them; what is left
    /// is a tombstone (contract native-to-web §8).
    public void erase(UserId user) {
        tx.later(
                """
                UPDATE token_family SET initial_ip = ?, initial_asn = NULL, initial_user_agent = '', last_ip = ?,
                    last_asn = NULL, last_user_agent = '', metadata = '', requested_claims = NULL, jkt = NULL
                 WHERE user_id = ?
                """,
                Columns.NO_ADDRESS,
                Columns.NO_ADDRESS,
                user.value());
    }

    private List<FamilyId> endWhere(String condition, Cause cause, List<String> keys) {
        return tx.allIn(
                "UPDATE token_family SET ended_at = ?, cause = ? WHERE ended_at IS NULL AND "
                        + condition
                        + " RETURNING id",
                FamilyTable::id,
                keys,
                tx.now().toEpochMilli(),
                cause.name());
    }
}
