package segue.storage.jdbc;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// An open transaction: its one time, and the tables. Locks are taken in the one order that doesn't
/// deadlock (docs/adr: lock order): user, native family, session, web family, token.
public final class Tx {
    private final Handle handle;
    private final Dialect dialect;
    private final Instant now;

    Tx(Handle handle, Dialect dialect, Instant now) {
        this.handle = handle;
        this.dialect = dialect;
        this.now = now;
    }

    /// The transaction's time, by the database's clock.
    public Instant now() {
        return now;
    }

    /// Users as locks.
    public UserTable users() {
        return new UserTable(this);
    }

    /// Flags of clients.
    public ClientTable clients() {
        return new ClientTable(this);
    }

    /// Refresh-token families.
    public FamilyTable families() {
        return new FamilyTable(this);
    }

    /// Session transfer tokens.
    public TransferTable transfers() {
        return new TransferTable(this);
    }

    /// Web sessions.
    public SessionTable sessions() {
        return new SessionTable(this);
    }

    /// Authorization codes.
    public CodeTable codes() {
        return new CodeTable(this);
    }

    /// What devices without a browser asked for.
    public DeviceAuthorizationTable devices() {
        return new DeviceAuthorizationTable(this);
    }

    /// Opaque access tokens.
    public AccessTokenTable accessTokens() {
        return new AccessTokenTable(this);
    }

    /// Requests that wait for the user.
    public InteractionTable interactions() {
        return new InteractionTable(this);
    }

    /// Requests that were sent ahead.
    public PushedRequestTable pushedRequests() {
        return new PushedRequestTable(this);
    }

    /// What users have allowed clients.
    public GrantTable grants() {
        return new GrantTable(this);
    }

    /// Families as one looks at them.
    public MemberTable members() {
        return new MemberTable(this);
    }

    /// Logout tokens that wait for delivery.
    public LogoutNoticeTable logoutNotices() {
        return new LogoutNoticeTable(this);
    }

    /// The tenant log.
    public LogTable log() {
        return new LogTable(this);
    }

    /// Counted sign-in attempts.
    public AttemptTable attempts() {
        return new AttemptTable(this);
    }

    /// Proofs of possession and client assertions that were used.
    public ProofTable proofs() {
        return new ProofTable(this);
    }

    /// Signing keys.
    public KeyTable keys() {
        return new KeyTable(this);
    }

    /// What an operator configures.
    public ConfigurationTable configuration() {
        return new ConfigurationTable(this);
    }

    /// Actions and what they are bound to.
    public ActionTable actions() {
        return new ActionTable(this);
    }

    /// Token exchange profiles.
    public ProfileTable profiles() {
        return new ProfileTable(this);
    }

    /// Users as the Management API knows them.
    public UserDirectory directory() {
        return new UserDirectory(this);
    }

    Dialect dialect() {
        return dialect;
    }

    /// How a row becomes a value.
    @FunctionalInterface
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /// The most values of one list in a statement: SQLite takes 32,766 parameters, and a plan for a
    /// thousand is made quickly.
    private static final int MOST_IN_LIST = 1_000;

    /// A statement over many keys, in as many pieces as it takes.
    ///
    /// @param sql with one `(?)` where the list stands
    /// @param before values of the parameters before the list; there are none after it
    <T> List<T> allIn(String sql, Row<T> row, List<?> keys, @Nullable Object... before) {
        var found = new ArrayList<T>();
        for (var from = 0; from < keys.size(); from += MOST_IN_LIST) {
            var part = keys.subList(from, Math.min(keys.size(), from + MOST_IN_LIST));
            var values = new ArrayList<@Nullable Object>(Arrays.asList(before));
            values.addAll(part);
            var list = "(" + String.join(", ", Collections.nCopies(part.size(), "?")) + ")";
            found.addAll(all(sql.replace("(?)", list), row, values.toArray()));
        }
        return found;
    }

    /// Executes and returns how many rows changed.
    int change(String sql, @Nullable Object... values) {
        return handle.execute(sql, values);
    }

    <T> List<T> all(String sql, Row<T> row, @Nullable Object... values) {
        return handle.select(sql, values).map((rs, _) -> row.read(rs)).list();
    }

    <T> Optional<T> one(String sql, Row<T> row, @Nullable Object... values) {
        return handle.select(sql, values).map((rs, _) -> row.read(rs)).findOne();
    }

    long number(String sql, @Nullable Object... values) {
        return handle.select(sql, values).mapTo(Long.class).one();
    }

    String text(String sql, @Nullable Object... values) {
        return handle.select(sql, values).mapTo(String.class).one();
    }
}
