package segue.storage.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;

import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

import segue.domain.secret.Secret;

import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// PostgreSQL 15 or newer, READ COMMITTED, shared by as many nodes as one likes. Its clock is
/// everybody's clock.
public final class PostgresDatabase extends Database {
    private static final long PATIENCE_MILLIS = 2_000;

    private final HikariDataSource pool;
    private final Jdbi jdbi;

    /// @param url a `jdbc:postgresql:` URL
    /// @param connections the most that this node opens, at least 1
    /// @throws StorageUnavailable if the server can't be reached or migrated
    public static PostgresDatabase open(
            String url, Optional<String> user, Optional<Secret> password, int connections) {
        var config = new HikariConfig();
        config.setPoolName("segue-postgres");
        config.setJdbcUrl(url);
        user.ifPresent(config::setUsername);
        password.ifPresent(secret -> config.setPassword(secret.reveal()));
        config.setMaximumPoolSize(connections);
        config.setConnectionTimeout(PATIENCE_MILLIS);
        config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        // The tenant log finds our open transactions by this name.
        config.addDataSourceProperty("ApplicationName", "segue");
        config.addDataSourceProperty("socketTimeout", "10");
        config.addDataSourceProperty("prepareThreshold", "3");
        try {
            return new PostgresDatabase(new HikariDataSource(config));
        } catch (HikariPool.PoolInitializationException e) {
            throw new StorageUnavailable("the database can't be reached", e);
        }
    }

    private PostgresDatabase(HikariDataSource pool) {
        this.pool = pool;
        this.jdbi = configured(Jdbi.create(pool));
        try {
            migrate(pool, Dialect.POSTGRES);
        } catch (StorageUnavailable e) {
            pool.close();
            throw e;
        }
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
                                        return work.apply(
                                                new Tx(handle, Dialect.POSTGRES, now(handle)));
                                    } finally {
                                        handle.rollback();
                                    }
                                }));
    }

    private static <T> T twiceIfNeedBe(Supplier<T> attempt) {
        try {
            return attempt.get();
        } catch (RuntimeException e) {
            if (!isConflict(e)) throw e;
        }
        try {
            return attempt.get();
        } catch (RuntimeException e) {
            if (isConflict(e))
                throw new StorageUnavailable("twice in conflict with other transactions", e);
            throw e;
        }
    }

    @Override
    public <T> T read(Function<Tx, T> work) {
        return once(work);
    }

    private <T> T once(Function<Tx, T> work) {
        return withHandle(
                handle ->
                        handle.inTransaction(h -> work.apply(new Tx(h, Dialect.POSTGRES, now(h)))));
    }

    private <T> T withHandle(Function<Handle, T> work) {
        try (var handle = jdbi.open()) {
            return work.apply(handle);
        } catch (ConnectionException e) {
            throw new StorageUnavailable("no connection to the database", e);
        } catch (RuntimeException e) {
            if (sqlState(e).startsWith("08") || sqlState(e).startsWith("57P"))
                throw new StorageUnavailable("the connection to the database broke", e);
            throw e;
        }
    }

    /// The start of the transaction on the database's clock, which every node shares (DESIGN
    /// section 6).
    private static Instant now(Handle handle) {
        return Instant.ofEpochMilli(
                handle.select("SELECT CAST(floor(extract(epoch FROM now()) * 1000) AS BIGINT)")
                        .mapTo(Long.class)
                        .one());
    }

    /// 40001 serialization failure, 40P01 deadlock: worth one more try.
    private static boolean isConflict(RuntimeException e) {
        var state = sqlState(e);
        return state.equals("40001") || state.equals("40P01");
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
        var beans = pool.getHikariPoolMXBean();
        return beans.getActiveConnections() + beans.getThreadsAwaitingConnection();
    }

    @Override
    public void close() {
        pool.close();
    }
}
