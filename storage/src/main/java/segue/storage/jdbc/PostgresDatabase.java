package segue.storage.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;

import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

import segue.domain.secret.Secret;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import javax.sql.DataSource;

/// PostgreSQL 15 or newer, READ COMMITTED, shared by as many nodes as one likes. Its clock is
/// everybody's clock.
public final class PostgresDatabase extends Database {
    /// A lock that somebody keeps is told by the server, before we would give it up.
    private static final long LOCK_MILLIS = 1_200;

    /// A server that hangs is noticed within the two seconds of promise P5, of which the rest is
    /// for whoever is to be told. What it takes to get a connection is part of it. Whatever was
    /// sent to it may have been done.
    private static final Duration ANSWER = Duration.ofMillis(1_600);

    /// But for a connection that came late there is that much.
    private static final Duration LEAST_ANSWER = Duration.ofMillis(100);

    private static final Duration SEARCH = Duration.ofSeconds(10);

    /// Who gets no connection is told so within the two seconds of promise P5.
    private static final long CONNECTION_MILLIS = 1_500;

    /// The start of the transaction on the database's clock, which every node shares (DESIGN
    /// section 6).
    private static final String CLOCK =
            "SELECT CAST(floor(extract(epoch FROM now()) * 1000) AS BIGINT)";

    private final HikariDataSource pool;
    private final Jdbi jdbi;

    /// A permit for each connection, had in the order in which they are asked for. The pool gives a
    /// free connection to whoever happens to look, so that under load some would be overtaken again
    /// and again.
    private final Semaphore turns;

    /// How often a connection broke or wasn't to be had.
    private final AtomicInteger losses = new AtomicInteger();

    /// @param url a `jdbc:postgresql:` URL
    /// @param connections the most that this node opens, at least 1
    /// @throws StorageUnavailable if the server can't be reached or migrated, or is a standby
    public static PostgresDatabase open(
            String url, Optional<String> user, Optional<Secret> password, int connections) {
        return open(url, user, password, connections, UnaryOperator.identity());
    }

    /// @param seen lets a test stand between us and the pool
    static PostgresDatabase open(
            String url,
            Optional<String> user,
            Optional<Secret> password,
            int connections,
            UnaryOperator<DataSource> seen) {
        var database = connected(url, user, password, connections, seen);
        try {
            database.refuseStandby();
            migrate(unhurried(url, user, password), Dialect.POSTGRES);
            return database;
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /// Looks at the database without changing it.
    ///
    /// @throws StorageUnavailable if it can't be reached, is a standby, or a newer program made it
    public static Found look(String url, Optional<String> user, Optional<Secret> password) {
        var database = connected(url, user, password, 2, UnaryOperator.identity());
        try {
            database.refuseStandby();
            var found = look(database.pool, Dialect.POSTGRES, () -> database);
            if (!(found instanceof Found.Current)) database.close();
            return found;
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    private static PostgresDatabase connected(
            String url,
            Optional<String> user,
            Optional<Secret> password,
            int connections,
            UnaryOperator<DataSource> seen) {
        var config = new HikariConfig();
        config.setPoolName("segue-postgres");
        config.setMaximumPoolSize(connections);
        config.setConnectionTimeout(CONNECTION_MILLIS);
        // A server that hangs is noticed within our patience, too.
        config.setValidationTimeout(CONNECTION_MILLIS / 2);
        config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        // Nobody waits for a lock for ever. What we look up we look up by key: with the default,
        // which is for spinning disks, small tables are read whole instead.
        config.setConnectionInitSql(
                "SET lock_timeout = " + LOCK_MILLIS + "; SET random_page_cost = 1.1");
        config.setDataSource(new Primary(url, properties(user, password), ANSWER));
        try {
            return new PostgresDatabase(new HikariDataSource(config), seen);
        } catch (HikariPool.PoolInitializationException e) {
            throw new StorageUnavailable(
                    "the database can't be reached: "
                            + oneLine(Objects.requireNonNullElse(e.getCause(), e)),
                    e);
        }
    }

    /// For migrations: an index on millions of rows takes its time.
    static DataSource unhurried(String url, Optional<String> user, Optional<Secret> password) {
        return new Primary(url, properties(user, password), Duration.ZERO);
    }

    private static Properties properties(Optional<String> user, Optional<Secret> password) {
        var properties = new Properties();
        user.ifPresent(name -> properties.setProperty("user", name));
        password.ifPresent(secret -> properties.setProperty("password", secret.reveal()));
        // The tenant log finds our open transactions by this name.
        properties.setProperty("ApplicationName", "segue");
        properties.setProperty("loginTimeout", Integer.toString(Primary.LOGIN_SECONDS));
        properties.setProperty("socketTimeout", Integer.toString(Primary.LOGIN_SECONDS));
        properties.setProperty("prepareThreshold", "3");
        // A replica may not know yet what was revoked (THREATS R3.5). Each new connection looks.
        properties.setProperty("targetServerType", "primary");
        return properties;
    }

    private PostgresDatabase(HikariDataSource pool, UnaryOperator<DataSource> seen) {
        this.pool = pool;
        this.turns = new Semaphore(pool.getMaximumPoolSize(), true);
        this.jdbi = configured(Jdbi.create(seen.apply(pool)));
    }

    /// The URL may ask for any server, and then the driver doesn't look.
    private void refuseStandby() {
        if (read(tx -> tx.text("SELECT CAST(pg_is_in_recovery() AS TEXT)")).equals("true"))
            throw new StorageUnavailable(
                    "the database is a standby: name the primary, or all servers and"
                            + " targetServerType=primary");
    }

    @Override
    public <T> T inTransaction(Function<Tx, T> work) {
        return twiceIfNeedBe(() -> once(work));
    }

    @Override
    public <T> T rehearse(Function<Tx, T> work) {
        return twiceIfNeedBe(
                () ->
                        withHandle(
                                handle -> {
                                    handle.begin();
                                    try {
                                        var tx =
                                                new Tx(handle, Dialect.POSTGRES, CLOCK)
                                                        .askTime(CLOCK);
                                        var value = work.apply(tx);
                                        tx.finish();
                                        return value;
                                    } finally {
                                        handle.rollback();
                                    }
                                }));
    }

    private <T> T twiceIfNeedBe(Supplier<T> attempt) {
        try {
            return attempt.get();
        } catch (RuntimeException e) {
            if (!isConflict(e)) throw e;
            if (isOutdatedPlan(e)) pool.getHikariPoolMXBean().softEvictConnections();
        }
        try {
            return attempt.get();
        } catch (RuntimeException e) {
            if (isConflict(e))
                throw new StorageUnavailable("twice in conflict with other transactions", e);
            throw e;
        }
    }

    /// Without a transaction: at READ COMMITTED each statement sees what is committed anyway.
    @Override
    public <T> T read(Function<Tx, T> work) {
        return twiceIfNeedBe(
                () -> withHandle(handle -> work.apply(new Tx(handle, Dialect.POSTGRES, CLOCK))));
    }

    @Override
    public <T> T search(Function<Tx, T> work) {
        return twiceIfNeedBe(
                () ->
                        withHandle(
                                handle -> {
                                    waitForAnswers(handle.getConnection(), SEARCH);
                                    return work.apply(new Tx(handle, Dialect.POSTGRES, CLOCK));
                                }));
    }

    /// Until the pool has the connection back.
    private static void waitForAnswers(Connection connection, Duration time) {
        try {
            connection.setNetworkTimeout(Runnable::run, (int) time.toMillis());
        } catch (SQLException e) {
            throw new StorageUnavailable("the connection to the database broke", e);
        }
    }

    private <T> T once(Function<Tx, T> work) {
        return withHandle(
                handle ->
                        handle.inTransaction(
                                it -> {
                                    var tx = new Tx(it, Dialect.POSTGRES, CLOCK).askTime(CLOCK);
                                    try {
                                        var value = work.apply(tx);
                                        // With what is still to be written; the driver knows then
                                        // that nothing is left to commit.
                                        tx.finish("COMMIT");
                                        return value;
                                    } finally {
                                        // If the connection broke, it may have been committed.
                                        if (tx.configures()) configured();
                                    }
                                }));
    }

    private <T> T withHandle(Function<Handle, T> work) {
        awaitTurn();
        var begin = System.nanoTime();
        try (var handle = jdbi.open()) {
            countOpening(handle.getConnection(), Duration.ofNanos(System.nanoTime() - begin));
            return work.apply(handle);
        } catch (ConnectionException e) {
            losses.incrementAndGet();
            throw new StorageUnavailable("no connection to the database", e);
        } catch (RuntimeException e) {
            if (!isUnavailable(sqlState(e))) throw e;
            losses.incrementAndGet();
            throw new StorageUnavailable("the database can't do it now", e);
        } finally {
            turns.release();
        }
    }

    /// Where connections have broken the pool tries one after the other.
    private static void countOpening(Connection connection, Duration opening) {
        if (opening.toMillis() == 0) return;
        var left = ANSWER.minus(opening);
        waitForAnswers(connection, left.compareTo(LEAST_ANSWER) > 0 ? left : LEAST_ANSWER);
    }

    private void awaitTurn() {
        var before = losses.get();
        try {
            if (turns.tryAcquire(0, TimeUnit.MILLISECONDS)) return;
            if (!turns.tryAcquire(CONNECTION_MILLIS, TimeUnit.MILLISECONDS))
                throw new StorageUnavailable("all connections to the database are in use");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageUnavailable("interrupted while waiting for the database", e);
        }
        // Those before us waited for the database in vain. To do so after them would take too long
        // (promise P5).
        if (losses.get() != before && pool.getHikariPoolMXBean().getIdleConnections() == 0) {
            turns.release();
            throw new StorageUnavailable("no connection to the database");
        }
    }

    /// The connection broke (08), the server lacks memory, disk or connections (53), stops or was
    /// told to stop (57), has trouble with its files (58), has become a standby (25006), or
    /// somebody kept a lock for too long (55P03).
    private static boolean isUnavailable(String state) {
        return switch (state.length() < 2 ? "" : state.substring(0, 2)) {
            case "08", "53", "57", "58" -> true;
            default -> state.equals("25006") || state.equals("55P03");
        };
    }

    /// 40001 serialization failure, 40P01 deadlock: worth one more try.
    private static boolean isConflict(RuntimeException e) {
        var state = sqlState(e);
        return state.equals("40001") || state.equals("40P01") || isOutdatedPlan(e);
    }

    /// 0A000: a newer node has added a column to what a prepared statement returns (docs/adr/0022).
    /// Every connection may have prepared it.
    private static boolean isOutdatedPlan(RuntimeException e) {
        return sqlState(e).equals("0A000");
    }

    private static String sqlState(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause())
            if (cause instanceof SQLException sql && sql.getSQLState() != null)
                return sql.getSQLState();
        return "";
    }

    @Override
    public String describe() {
        return "postgresql";
    }

    @Override
    public int pending() {
        return pool.getMaximumPoolSize() - turns.availablePermits() + turns.getQueueLength();
    }

    @Override
    public void close() {
        pool.close();
    }
}
