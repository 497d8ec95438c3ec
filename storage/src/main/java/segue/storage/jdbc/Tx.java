package segue.storage.jdbc;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// An open transaction: its one time, and the tables. Locks are taken in the one order that doesn't
/// deadlock (docs/adr: lock order): user, native family, session, web family, token.
public final class Tx {
    private final Handle handle;
    private final Dialect dialect;
    private final Optional<String> clock;
    private final List<Asked<?>> unsent = new ArrayList<>();
    private Supplier<Instant> time;
    private boolean configures;

    /// On a database whose clock is the node's.
    Tx(Handle handle, Dialect dialect, Instant now) {
        this.handle = handle;
        this.dialect = dialect;
        this.clock = Optional.empty();
        this.time = () -> now;
    }

    /// On a database that has a clock of its own, which is asked when the time is needed.
    ///
    /// @param clock a statement that tells the start of the transaction in epoch milliseconds
    Tx(Handle handle, Dialect dialect, String clock) {
        this.handle = handle;
        this.dialect = dialect;
        this.clock = Optional.of(clock);
        this.time =
                () -> {
                    askTime(clock);
                    return now();
                };
    }

    /// Asks for the time together with what is asked first: whoever writes needs it.
    Tx askTime(String clock) {
        var asked = ask(clock, row -> Instant.ofEpochMilli(row.getLong(1)));
        time = () -> asked.get().orElseThrow();
        return this;
    }

    /// The transaction's time, by the database's clock.
    public Instant now() {
        return time.get();
    }

    /// A moment in SQL.
    ///
    /// @param sql an expression with one parameter
    record Moment(String sql, long parameter) {}

    /// So long before the transaction's time, for a statement that is sent before that is known.
    Moment ago(Duration time) {
        return clock.map(it -> new Moment("(" + it + ") - ?", time.toMillis()))
                .orElseGet(() -> new Moment("?", now().minus(time).toEpochMilli()));
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

    /// How what a statement gave becomes a value.
    @FunctionalInterface
    private interface Result<T> {
        T read(PreparedStatement done) throws SQLException;
    }

    /// The answer to a statement that may not have been sent yet. Statements are executed in the
    /// order in which they were made, each on what its predecessors left behind; but those that are
    /// waiting when an answer is needed go to the database together, so that a transaction costs as
    /// many round trips as it has answers that the next question depends on (DESIGN section 3).
    public final class Asked<T> {
        private final String sql;
        private final @Nullable Object[] values;
        private final Result<T> result;
        private @Nullable T answer;
        private boolean isAnswered;

        private Asked(String sql, Result<T> result, @Nullable Object... values) {
            this.sql = sql;
            this.result = result;
            this.values = values;
        }

        /// Waits for the database unless it has answered.
        public T get() {
            if (!isAnswered) send();
            return Objects.requireNonNull(answer);
        }

        private void read(PreparedStatement done) throws SQLException {
            answer = result.read(done);
            isAnswered = true;
        }
    }

    private <T> Asked<T> asked(Asked<T> statement) {
        unsent.add(statement);
        return statement;
    }

    /// Sends what is waiting.
    private void send() {
        var now = List.copyOf(unsent);
        unsent.clear();
        if (dialect.joins()) execute(now);
        else now.forEach(it -> execute(List.of(it)));
    }

    private void execute(List<Asked<?>> statements) {
        var sql = statements.stream().map(it -> it.sql.strip()).collect(Collectors.joining(";\n"));
        try (var query = handle.createQuery(sql)) {
            var position = 0;
            for (var statement : statements)
                for (var value : statement.values) query.bind(position++, value);
            query.execute(
                    (executed, _) -> {
                        var done = executed.get();
                        for (var i = 0; i < statements.size(); i++) {
                            if (i > 0) done.getMoreResults();
                            statements.get(i).read(done);
                        }
                        return done;
                    });
        }
    }

    /// Sends what is still waiting, at the end of the work.
    ///
    /// @param last what follows it in the same round trip
    void finish(String... last) {
        // The row is the last that is locked, so that nobody waits for it who holds up others.
        if (configures) later("UPDATE configuration_revision SET revision = revision + 1");
        for (var sql : last) asked(new Asked<>(sql, _ -> true));
        if (!unsent.isEmpty()) send();
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
        return askChange(sql, values).get();
    }

    /// The same, together with what is asked next.
    Asked<Integer> askChange(String sql, @Nullable Object... values) {
        return asked(new Asked<>(sql, PreparedStatement::getUpdateCount, values));
    }

    /// As [#change], for what configures the server: the nodes learn of it by the revision.
    int configure(String sql, @Nullable Object... values) {
        configures = true;
        return change(sql, values);
    }

    /// Whether this transaction may have changed the configuration.
    boolean configures() {
        return configures;
    }

    /// Executes some time before the next answer or the end of the transaction, whichever is first.
    void later(String sql, @Nullable Object... values) {
        asked(new Asked<>(sql, _ -> true, values));
    }

    /// Asks for a row; the answer is empty if there is none.
    <T> Asked<Optional<T>> ask(String sql, Row<T> row, @Nullable Object... values) {
        return asked(
                new Asked<>(
                        sql,
                        done -> {
                            var found = rows(done, row);
                            if (found.size() > 1)
                                throw new IllegalStateException("more than one row");
                            return found.stream().findFirst();
                        },
                        values));
    }

    private static <T> List<T> rows(PreparedStatement done, Row<T> row) throws SQLException {
        var found = new ArrayList<T>();
        try (var rows = done.getResultSet()) {
            while (rows.next()) found.add(row.read(rows));
        }
        return found;
    }

    <T> List<T> all(String sql, Row<T> row, @Nullable Object... values) {
        return askAll(sql, row, values).get();
    }

    /// Asks for rows.
    <T> Asked<List<T>> askAll(String sql, Row<T> row, @Nullable Object... values) {
        return asked(new Asked<>(sql, done -> rows(done, row), values));
    }

    <T> Optional<T> one(String sql, Row<T> row, @Nullable Object... values) {
        return ask(sql, row, values).get();
    }

    long number(String sql, @Nullable Object... values) {
        return one(sql, row -> row.getLong(1), values).orElseThrow();
    }

    String text(String sql, @Nullable Object... values) {
        return one(sql, row -> row.getString(1), values).orElseThrow();
    }
}
