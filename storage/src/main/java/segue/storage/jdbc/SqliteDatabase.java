package segue.storage.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.sql.DataSource;

/// One file, one writer, group commit. SQLite lets one connection write at a time and every commit
/// waits for the disk; so one thread owns the writing connection, takes whatever units of work have
/// queued up, runs each in a savepoint of one transaction, commits once, and only then answers them
/// all. Throughput grows with concurrency instead of stopping at the disk's flush rate. Readers
/// have connections of their own (WAL) and never wait for the writer.
public final class SqliteDatabase extends Database {
    private static final int QUEUE = 4096;
    private static final int BATCH = 256;

    /// How many read at once.
    static final int READERS = 8;

    /// So long a unit of work waits for its turn, and so long again for another process's lock:
    /// together less than promise P5 allows, so that whoever is to be told is told in time.
    private static final Duration PATIENCE = Duration.ofMillis(800);

    /// For what the writer has begun; past it the disk is stuck, and the outcome isn't known.
    private static final Duration LAST_PATIENCE = Duration.ofSeconds(10);

    /// The most that a clock is set back while it is right.
    private static final Duration ADJUSTMENT = Duration.ofSeconds(1);

    private final Path file;
    private final Clock clock;
    private final Duration patience;
    private final Connection connection;
    private final Handle writer;
    private final HikariDataSource readers;
    private final Jdbi reading;
    private final ArrayBlockingQueue<Unit<?>> queue = new ArrayBlockingQueue<>(QUEUE);
    private final AtomicInteger pending = new AtomicInteger();
    private final Thread thread;
    private volatile boolean open = true;
    private Instant latest = Instant.EPOCH;

    /// Opens or creates the file; its folder must exist.
    ///
    /// @throws StorageUnavailable if the file can't be opened, migrated or made durable
    public static SqliteDatabase open(Path file, Clock clock) {
        return open(file, clock, PATIENCE, UnaryOperator.identity());
    }

    /// Looks at the file without changing or making it.
    ///
    /// @throws StorageUnavailable if it isn't one of ours, or a newer program made it
    public static Found look(Path file, Clock clock) {
        if (!Files.exists(file)) return new Found.Nothing();
        requireReadable(file);
        return look(
                plainSource(file),
                Dialect.SQLITE,
                () -> connected(file, clock, PATIENCE, UnaryOperator.identity()));
    }

    /// Flyway would take a file that it can't read for an empty one, or tell of it in many words.
    private static void requireReadable(Path file) {
        try {
            Jdbi.create(plainSource(file))
                    .useHandle(it -> it.execute("SELECT count(*) FROM sqlite_master"));
        } catch (JdbiException e) {
            throw new StorageUnavailable(
                    file + " isn't a whole database of SQLite, or is locked", e);
        }
    }

    /// Without the journal's mode, which would be set in a file that isn't ours, too.
    private static SQLiteDataSource plainSource(Path file) {
        var source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + file.toAbsolutePath());
        return source;
    }

    /// @param patience how long a unit of work waits for its turn
    /// @param seen lets a test stand between us and the connections
    static SqliteDatabase open(
            Path file, Clock clock, Duration patience, UnaryOperator<DataSource> seen) {
        if (Files.exists(file)) requireReadable(file);
        migrate(source(file), Dialect.SQLITE);
        return connected(file, clock, patience, seen);
    }

    private static SQLiteDataSource source(Path file) {
        var source = new SQLiteDataSource(writing());
        source.setUrl("jdbc:sqlite:" + file.toAbsolutePath());
        return source;
    }

    private static SqliteDatabase connected(
            Path file, Clock clock, Duration patience, UnaryOperator<DataSource> seen) {
        try {
            var writing = seen.apply(source(file)).getConnection();
            return new SqliteDatabase(file, clock, patience, writing, seen);
        } catch (SQLException e) {
            throw new StorageUnavailable("the database file " + file + " can't be opened", e);
        }
    }

    private SqliteDatabase(
            Path file,
            Clock clock,
            Duration patience,
            Connection connection,
            UnaryOperator<DataSource> seen) {
        this.file = file;
        this.clock = clock;
        this.patience = patience;
        this.connection = connection;
        this.writer = configured(Jdbi.create(connection)).open();
        requireDurability();
        this.readers = readers(file);
        this.reading = configured(Jdbi.create(seen.apply(readers)));
        this.thread = Thread.ofPlatform().name("segue-sqlite-writer").daemon().start(this::write);
    }

    private static SQLiteConfig writing() {
        var config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.enforceForeignKeys(true);
        // As PostgreSQL's: a search tells capital letters from small ones.
        config.enableCaseSensitiveLike(true);
        config.setBusyTimeout((int) PATIENCE.toMillis());
        // Two server processes on one file take turns: the write lock is taken at BEGIN, not at the
        // first write.
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        return config;
    }

    private static HikariDataSource readers(Path file) {
        var config = writing();
        config.setReadOnly(false);
        var pool = new HikariConfig();
        pool.setPoolName("segue-sqlite-readers");
        pool.setJdbcUrl("jdbc:sqlite:" + file.toAbsolutePath());
        pool.setDataSourceProperties(config.toProperties());
        pool.addDataSourceProperty("transaction_mode", "DEFERRED");
        pool.setConnectionInitSql("PRAGMA query_only = 1");
        pool.setMaximumPoolSize(READERS);
        pool.setMinimumIdle(1);
        pool.setConnectionTimeout(PATIENCE.toMillis());
        return new HikariDataSource(pool);
    }

    /// Durability is a promise (P3): a file system that can't keep it, or a driver that ignores it,
    /// stops the start.
    private void requireDurability() {
        var tx = new Tx(writer, Dialect.SQLITE, clock.instant());
        var journal = tx.text("PRAGMA journal_mode");
        var synchronous = tx.number("PRAGMA synchronous");
        if (!journal.equalsIgnoreCase("wal") || synchronous != 2)
            throw new StorageUnavailable(
                    "SQLite would not be durable: journal_mode="
                            + journal
                            + ", synchronous="
                            + synchronous
                            + " instead of wal and 2");
    }

    @Override
    public <T> T inTransaction(Function<Tx, T> work) {
        return enqueue(new Unit<>(work, true));
    }

    @Override
    public <T> T rehearse(Function<Tx, T> work) {
        return enqueue(new Unit<>(work, false));
    }

    private <T> T enqueue(Unit<T> unit) {
        if (!open || !queue.offer(unit))
            throw new StorageUnavailable("the queue of the database is full");
        pending.incrementAndGet();
        return unit.await(patience);
    }

    @Override
    public <T> T read(Function<Tx, T> work) {
        try (var handle = reading.open()) {
            return handle.inTransaction(
                    h -> work.apply(new Tx(h, Dialect.SQLITE, clock.instant())));
        } catch (ConnectionException e) {
            throw new StorageUnavailable("no connection to read the database", e);
        } catch (RuntimeException e) {
            throw told(e);
        }
    }

    /// What SQLite can't do now (busy, full, read-only, out of memory, I/O error and the like) is
    /// nobody's mistake; all else is ours.
    private static RuntimeException told(RuntimeException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause())
            if (cause instanceof SQLException sql && UNAVAILABLE.contains(sql.getErrorCode()))
                return new StorageUnavailable("the database can't do it now", e);
        return e;
    }

    private static final Set<Integer> UNAVAILABLE =
            Stream.of(
                            SQLiteErrorCode.SQLITE_BUSY,
                            SQLiteErrorCode.SQLITE_LOCKED,
                            SQLiteErrorCode.SQLITE_NOMEM,
                            SQLiteErrorCode.SQLITE_READONLY,
                            SQLiteErrorCode.SQLITE_INTERRUPT,
                            SQLiteErrorCode.SQLITE_IOERR,
                            SQLiteErrorCode.SQLITE_CORRUPT,
                            SQLiteErrorCode.SQLITE_FULL,
                            SQLiteErrorCode.SQLITE_CANTOPEN,
                            SQLiteErrorCode.SQLITE_PROTOCOL)
                    .map(code -> code.code)
                    .collect(Collectors.toUnmodifiableSet());

    @SuppressWarnings("ThreadPriorityCheck") // no need for the others to run, only a gain
    private void write() {
        var batch = new ArrayList<Unit<?>>(BATCH);
        while (true) {
            try {
                var first = queue.poll(100, TimeUnit.MILLISECONDS);
                if (first == null) {
                    if (open) continue;
                    return;
                }
                batch.add(first);
                // Where the processor is busy, those who are about to ask come along in this batch;
                // where it isn't, this takes no time. A commit costs more than a unit of work.
                Thread.yield();
                queue.drainTo(batch, BATCH - 1);
                commitTogether(batch);
            } catch (InterruptedException e) {
                // Nobody interrupts this thread; close() ends it by the flag, after the queue has
                // drained.
                Thread.currentThread().interrupt();
                return;
            } finally {
                pending.addAndGet(-batch.size());
                batch.clear();
            }
        }
    }

    private void commitTogether(List<Unit<?>> batch) {
        try {
            writer.execute("BEGIN IMMEDIATE");
            // After the lock, so that the times of two processes on one file rise with their
            // transactions.
            var now = now();
            for (var unit : batch) unit.run(writer, now);
            writer.execute("COMMIT");
        } catch (RuntimeException | Error e) {
            // An Error too: if this thread ended, everyone after would wait for nothing.
            rollBack();
            var reason = new StorageUnavailable("the database could not commit", e);
            for (var unit : batch) unit.fail(reason);
            return;
        }
        if (batch.stream().anyMatch(unit -> unit.configures)) configured();
        for (var unit : batch) unit.answer();
    }

    private void rollBack() {
        try {
            writer.execute("ROLLBACK");
        } catch (RuntimeException e) {
            // SQLite has already rolled back by itself (disk full, I/O error): there is nothing
            // left to undo.
        }
    }

    /// Times don't fall while the clock is only adjusted, so that who reads the log in pieces
    /// misses nothing. A clock that is set back by more was wrong, and is followed: if time stood
    /// still until it has caught up, nothing would expire.
    private Instant now() {
        var reading = clock.instant();
        var isAdjusted = reading.isBefore(latest) && !reading.plus(ADJUSTMENT).isBefore(latest);
        if (!isAdjusted) latest = reading;
        return latest;
    }

    @Override
    public String describe() {
        return "sqlite:" + file;
    }

    @Override
    public int pending() {
        return pending.get();
    }

    /// Finishes what has queued up, then closes. The last connection takes the journal into the
    /// file, so that whoever copies the file of a server that was stopped has everything.
    @Override
    public void close() {
        open = false;
        try {
            thread.join(Duration.ofSeconds(20));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        readers.close();
        writer.close();
        try {
            connection.close();
        } catch (SQLException e) {
            // Nothing is lost: what was committed stands in the journal, for the next start.
        }
    }

    /// One caller's work on its way through the writer. The caller and the writer agree through
    /// `state` who gave up first, so that work is never done for someone who was told that it
    /// wasn't.
    private static final class Unit<T> {
        private final Function<Tx, T> work;
        private final boolean isKept;
        private final CompletableFuture<T> promise = new CompletableFuture<>();
        private final AtomicInteger state = new AtomicInteger(WAITING);
        private boolean configures;
        private @Nullable T value;
        private @Nullable Throwable failure;

        private static final int WAITING = 0;
        private static final int TAKEN = 1;
        private static final int ABANDONED = 2;

        /// @param isKept false if what the work does is to be undone at once
        Unit(Function<Tx, T> work, boolean isKept) {
            this.work = work;
            this.isKept = isKept;
        }

        void run(Handle handle, Instant now) {
            if (!state.compareAndSet(WAITING, TAKEN)) return;
            handle.execute("SAVEPOINT unit");
            try {
                var tx = new Tx(handle, Dialect.SQLITE, now);
                value = work.apply(tx);
                tx.finish();
                configures = isKept && tx.configures();
                if (!isKept) handle.execute("ROLLBACK TO unit");
                handle.execute("RELEASE unit");
            } catch (RuntimeException e) {
                failure = told(e);
                undo(handle);
            } catch (Error e) {
                failure = e;
                undo(handle);
            }
        }

        /// If SQLite has rolled back everything by itself there is no savepoint any more: this
        /// throws, and the batch fails as one.
        private static void undo(Handle handle) {
            handle.execute("ROLLBACK TO unit");
            handle.execute("RELEASE unit");
        }

        void answer() {
            if (failure != null) promise.completeExceptionally(failure);
            else promise.complete(value);
        }

        void fail(StorageUnavailable reason) {
            promise.completeExceptionally(reason);
        }

        T await(Duration patience) {
            try {
                return promise.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (state.compareAndSet(WAITING, ABANDONED))
                    throw new StorageUnavailable("the database is too busy", e);
                return awaitFlush();
            } catch (InterruptedException e) {
                throw interrupted(e);
            } catch (ExecutionException e) {
                throw rethrown(e.getCause());
            }
        }

        private T awaitFlush() {
            try {
                return promise.get(LAST_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                throw new StorageUnavailable("the database doesn't answer", e);
            } catch (InterruptedException e) {
                throw interrupted(e);
            } catch (ExecutionException e) {
                throw rethrown(e.getCause());
            }
        }

        private static StorageUnavailable interrupted(InterruptedException e) {
            Thread.currentThread().interrupt();
            return new StorageUnavailable("interrupted while waiting for the database", e);
        }

        private static RuntimeException rethrown(@Nullable Throwable cause) {
            if (cause instanceof RuntimeException exception) throw exception;
            if (cause instanceof Error error) throw error;
            throw new IllegalStateException(cause);
        }
    }
}
