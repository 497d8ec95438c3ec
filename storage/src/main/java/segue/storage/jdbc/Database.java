package segue.storage.jdbc;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.MigrationVersion;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.argument.ArgumentFactory;
import org.jdbi.v3.core.statement.SqlStatements;

import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import javax.sql.DataSource;

/// A database and the two ways to use it. A unit of work gets a [Tx], returns a value and keeps
/// nothing of the `Tx`. A refusal is a value too and commits; only an exception rolls back. Opening
/// runs the migrations.
public abstract sealed class Database implements AutoCloseable
        permits SqliteDatabase, PostgresDatabase, WatchedDatabase {

    /// Runs the work in one writing transaction and returns its value after the commit is durable
    /// (promise P3). The work may run twice if the database asks for it, so it must not touch
    /// anything but its `Tx`.
    ///
    /// @throws StorageUnavailable if the database can't do it in time
    public abstract <T> T inTransaction(Function<Tx, T> work);

    /// Runs the work as [#inTransaction] would, returns its value, and undoes all of it: what would
    /// come of it now.
    ///
    /// @throws StorageUnavailable if the database can't do it in time
    public abstract <T> T rehearse(Function<Tx, T> work);

    /// Runs work that only reads, on a consistent and current view of the primary.
    ///
    /// @throws StorageUnavailable if the database can't do it in time
    public abstract <T> T read(Function<Tx, T> work);

    /// Whether a statement can be answered now.
    public final boolean isReachable() {
        try {
            return read(tx -> tx.number("SELECT 1")) == 1;
        } catch (StorageUnavailable e) {
            return false;
        }
    }

    /// What the database's clock says.
    public final Instant time() {
        return read(Tx::now);
    }

    private final AtomicLong configured = new AtomicLong();

    /// To be called after a transaction that may have changed the configuration, before it is
    /// answered.
    final void configured() {
        configured.incrementAndGet();
    }

    /// Counts the transactions of this process that may have changed the configuration.
    public long timesConfigured() {
        return configured.get();
    }

    /// For the start line and `doctor`: which database this is, without credentials.
    public abstract String describe();

    /// Units of work that wait or run at this moment; a gauge.
    public abstract int pending();

    @Override
    public abstract void close();

    /// The few types that a column can hold. Registered last, so it is asked first: a `Secret`
    /// bound by mistake fails here instead of being stored by its `toString`.
    private static final Set<Class<?>> BINDABLE =
            Set.of(String.class, Long.class, Integer.class, Boolean.class, byte[].class);

    private static final ArgumentFactory ONLY_BINDABLE =
            (type, value, config) -> {
                if (value == null || BINDABLE.contains(value.getClass())) return Optional.empty();
                throw new IllegalArgumentException(
                        "a " + value.getClass().getName() + " can't be stored in a column");
            };

    static Jdbi configured(Jdbi jdbi) {
        jdbi.registerArgument(ONLY_BINDABLE);
        jdbi.getConfig(SqlStatements.class).setUnusedBindingAllowed(false);
        return jdbi;
    }

    /// Brings the schema up to date. One that was made by a newer program, or that differs from
    /// what this program once made, stops the start (promise P8): Flyway alone would only warn of
    /// the former.
    static void migrate(DataSource source, Dialect dialect) {
        try {
            var flyway = flyway(source, dialect);
            refuseUnknown(flyway.info());
            flyway.migrate();
        } catch (FlywayException e) {
            throw new StorageUnavailable(
                    "the schema could not be brought up to date: " + oneLine(e), e);
        }
    }

    private static Flyway flyway(DataSource source, Dialect dialect) {
        return Flyway.configure()
                .dataSource(source)
                .locations(dialect.migrations())
                .loggers("slf4j")
                .load();
    }

    /// What stands where the database should be, looked at without changing anything.
    public sealed interface Found {
        /// Nothing yet; the first start makes it.
        record Nothing() implements Found {}

        /// What an older program made; the next start brings it up to date.
        record Older() implements Found {}

        /// @param version of the schema
        /// @param database to be closed; as a start would open it
        record Current(String version, Database database) implements Found {}
    }

    /// @param open opens the database if its schema is the one that this program knows
    /// @throws StorageUnavailable if no start would succeed on it
    static Found look(DataSource source, Dialect dialect, Supplier<Database> open) {
        try {
            var flyway = flyway(source, dialect);
            var info = flyway.info();
            refuseUnknown(info);
            if (info.applied().length == 0) return new Found.Nothing();
            if (info.pending().length > 0) return new Found.Older();
            flyway.validate();
            return new Found.Current(info.current().getVersion().toString(), open.get());
        } catch (FlywayException e) {
            throw new StorageUnavailable("the schema can't be used: " + oneLine(e), e);
        }
    }

    /// `V7__since_5_new_index.sql`: programs that know version 5 of the schema can work with what
    /// this migration makes of it (docs/adr/0022).
    private static final Pattern SINCE = Pattern.compile("since (\\d{1,9}) .*");

    private static void refuseUnknown(MigrationInfoService info) {
        var known =
                Arrays.stream(info.all())
                        .filter(migration -> migration.getState().isResolved())
                        .map(MigrationInfo::getVersion)
                        .max(Comparator.naturalOrder())
                        .orElse(MigrationVersion.EMPTY);
        for (var migration : info.applied())
            if (!migration.getState().isResolved() && !suits(known, migration))
                throw new StorageUnavailable(
                        "the database has version "
                                + migration.getVersion()
                                + " of the schema, which this program doesn't know: start the newer"
                                + " program that made it");
    }

    private static boolean suits(MigrationVersion known, MigrationInfo migration) {
        var since = SINCE.matcher(migration.getDescription());
        return migration.getState() == MigrationState.FUTURE_SUCCESS
                && since.matches()
                && known.isAtLeast(since.group(1));
    }

    /// What an operator is told about a failure at the start.
    static String oneLine(Throwable e) {
        return Objects.requireNonNullElse(e.getMessage(), e.toString())
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining(" "));
    }
}
