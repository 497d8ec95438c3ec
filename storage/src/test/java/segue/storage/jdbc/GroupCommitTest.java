package segue.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.domain.secret.Secret;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/// The promises of the single writer: durable, together, and answered after the flush only.
class GroupCommitTest {
    @TempDir private Path folder = Path.of("");

    /// Stands between the writer and SQLite, and sees every COMMIT.
    private static final class Gate implements Watched.Before {
        private final AtomicInteger commits = new AtomicInteger();
        private final AtomicBoolean shut = new AtomicBoolean();
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch opened = new CountDownLatch(1);

        @Override
        public void statement(String sql) throws SQLException {
            if (!sql.equals("COMMIT")) return;
            commits.incrementAndGet();
            if (!shut.get()) return;
            reached.countDown();
            try {
                opened.await();
            } catch (InterruptedException e) {
                throw new SQLException(e);
            }
        }
    }

    private SqliteDatabase open(Watched.Before before) {
        return Watched.sqlite(folder.resolve("a.db"), Clock.systemUTC(), before);
    }

    /// One whose callers wait for each other, however slow the machine is.
    private SqliteDatabase patient(Watched.Before before) {
        return Watched.sqlite(
                folder.resolve("a.db"), Clock.systemUTC(), Duration.ofMinutes(5), before);
    }

    /// Read from the connections themselves, the first time, when the file is there already, and
    /// from the one that Flyway has.
    @Test
    void everyWritingConnectionIsDurable() {
        for (var opening = 0; opening < 2; opening++) {
            try (var database = SqliteDatabase.open(folder.resolve("a.db"), Clock.systemUTC())) {
                long synchronous = database.inTransaction(tx -> tx.number("PRAGMA synchronous"));
                String journal = database.inTransaction(tx -> tx.text("PRAGMA journal_mode"));
                assertThat(synchronous).isEqualTo(2);
                assertThat(journal).isEqualTo("wal");
            }
        }
    }

    /// So there is no other connection that writes.
    @Test
    void aReadingConnectionCanNotWrite() {
        try (var database = open(sql -> {})) {
            assertThatThrownBy(() -> database.read(tx -> tx.change("DELETE FROM tenant")))
                    .isInstanceOf(StorageUnavailable.class)
                    .hasStackTraceContaining("readonly");
        }
    }

    @Test
    void nobodyIsAnsweredBeforeTheFlushOfTheirBatch() throws Exception {
        var gate = new Gate();
        try (var database = patient(gate);
                var pool = Executors.newFixedThreadPool(8)) {
            gate.shut.set(true);
            var answers = new ArrayList<Future<Long>>();
            for (var i = 0; i < 8; i++)
                answers.add(pool.submit(() -> database.inTransaction(tx -> tx.number("SELECT 1"))));
            gate.reached.await();
            assertThat(answers).noneMatch(Future::isDone);
            gate.opened.countDown();
            for (var answer : answers) assertThat(answer.get()).isEqualTo(1);
        }
    }

    /// The same, without a race between the writer and those who watch: whoever was answered before
    /// the flush has the answer, whatever the flush then says.
    @Test
    void aFlushThatFailsHasAcknowledgedNothing() throws Exception {
        var breaks = new AtomicBoolean();
        Watched.Before before =
                sql -> {
                    if (sql.equals("COMMIT") && breaks.get()) throw new SQLException("no disk");
                };
        try (var database = open(before);
                var pool = Executors.newFixedThreadPool(8)) {
            breaks.set(true);
            var answers = new ArrayList<Future<Long>>();
            for (var i = 0; i < 8; i++) answers.add(pool.submit(() -> attempt(database)));
            for (var answer : answers)
                assertThatThrownBy(answer::get).hasCauseInstanceOf(StorageUnavailable.class);
            breaks.set(false);
            assertThat(attempt(database)).isEqualTo(1);
        }
    }

    private static long attempt(SqliteDatabase database) {
        return database.inTransaction(
                tx -> tx.attempts().count("kim", "n", Duration.ofHours(1)).attempts());
    }

    /// The first caller waits past its patience, because its work has begun; the second gives up.
    @Test
    void whoWaitedLongHearsTheSameFailure() throws Exception {
        var gate = new Gate();
        var impatient = Duration.ofMillis(1);
        try (var database =
                        Watched.sqlite(folder.resolve("a.db"), Clock.systemUTC(), impatient, gate);
                var pool = Executors.newFixedThreadPool(1)) {
            var begun = new CountDownLatch(1);
            var mayGoOn = new CountDownLatch(1);
            var failing =
                    pool.submit(
                            () ->
                                    untilItsTurn(
                                            begun,
                                            () ->
                                                    database.<Long>inTransaction(
                                                            tx -> {
                                                                begun.countDown();
                                                                hold(mayGoOn);
                                                                throw new IllegalStateException(
                                                                        "on purpose");
                                                            })));
            begun.await();
            // The writer is busy with the first one, so the second gives up before its turn.
            assertThatThrownBy(() -> attempt(database))
                    .isInstanceOf(StorageUnavailable.class)
                    .hasMessageContaining("busy");
            mayGoOn.countDown();
            assertThatThrownBy(failing::get)
                    .hasCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("on purpose");
        }
    }

    /// With so little patience one may give up before the writer has woken.
    private static long untilItsTurn(CountDownLatch begun, LongSupplier work) {
        while (true)
            try {
                return work.getAsLong();
            } catch (StorageUnavailable e) {
                if (begun.getCount() == 0) throw e;
            }
    }

    private static void hold(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anErrorDoesNotEndTheWriter() {
        var broken = new AtomicBoolean(true);
        Watched.Before before =
                sql -> {
                    if (sql.equals("COMMIT") && broken.getAndSet(false))
                        throw new StackOverflowError();
                };
        try (var database = open(before)) {
            assertThatThrownBy(() -> attempt(database)).isInstanceOf(StorageUnavailable.class);
            assertThat(attempt(database)).isEqualTo(1);
        }
    }

    @Test
    void aFullDiskIsUnavailableAndAcknowledgesNothing() {
        try (var database = open(sql -> {})) {
            // The file may not grow by a page: what a full disk does to a write.
            database.inTransaction(tx -> tx.number("PRAGMA max_page_count = 1"));
            var big = "x".repeat(100_000);
            assertThatThrownBy(
                            () ->
                                    database.inTransaction(
                                            tx ->
                                                    tx.attempts()
                                                            .count(big, "n", Duration.ofHours(1))))
                    .isInstanceOf(StorageUnavailable.class);
            database.inTransaction(tx -> tx.number("PRAGMA max_page_count = 1000000"));
            assertThat(Dump.of(database).get("sign_in_attempt")).isEmpty();
            assertThat(attempt(database)).isEqualTo(1);
        }
    }

    @Test
    void aFileThatAnotherProcessKeepsLockedIsUnavailable() {
        var file = folder.resolve("a.db");
        try (var database = open(sql -> {})) {
            SqlRunner.whileLocked(
                    file,
                    () ->
                            assertThatThrownBy(() -> attempt(database))
                                    .isInstanceOf(StorageUnavailable.class));
            assertThat(attempt(database)).isEqualTo(1);
        }
    }

    @Test
    void manyCallersShareOneCommit() throws Exception {
        var gate = new Gate();
        try (var database = patient(gate);
                var pool = Executors.newFixedThreadPool(64)) {
            gate.shut.set(true);
            var first = pool.submit(() -> database.inTransaction(tx -> tx.number("SELECT 1")));
            gate.reached.await();
            var answers = new ArrayList<Future<Long>>();
            for (var i = 0; i < 60; i++)
                answers.add(pool.submit(() -> database.inTransaction(tx -> tx.number("SELECT 1"))));
            while (database.pending() < 61) Thread.onSpinWait();
            gate.shut.set(false);
            gate.opened.countDown();
            first.get();
            for (var answer : answers) answer.get();
            assertThat(gate.commits).hasValue(2);
        }
    }

    @Test
    void oneCallersExceptionDoesNotTouchItsNeighbours() throws Exception {
        var gate = new Gate();
        try (var database = patient(gate);
                var pool = Executors.newFixedThreadPool(3)) {
            gate.shut.set(true);
            var first = pool.submit(() -> database.inTransaction(tx -> tx.number("SELECT 1")));
            gate.reached.await();
            var good =
                    pool.submit(
                            () ->
                                    database.inTransaction(
                                            tx ->
                                                    tx.attempts()
                                                            .count(
                                                                    "kim",
                                                                    "n",
                                                                    Duration.ofHours(1))));
            Future<Long> bad =
                    pool.submit(
                            () ->
                                    database.<Long>inTransaction(
                                            tx -> {
                                                tx.attempts()
                                                        .count("kim", "n", Duration.ofHours(1));
                                                throw new IllegalStateException("on purpose");
                                            }));
            while (database.pending() < 3) Thread.onSpinWait();
            gate.shut.set(false);
            gate.opened.countDown();
            first.get();
            assertThat(good.get().attempts()).isEqualTo(1);
            assertThatThrownBy(bad::get).hasMessageContaining("on purpose");
            long counted =
                    database.inTransaction(
                            tx -> tx.attempts().count("kim", "n", Duration.ofHours(1)).attempts());
            assertThat(counted).isEqualTo(2);
        }
    }

    @Test
    void aSecretCanNotBeBoundToAColumn() {
        try (var database = SqliteDatabase.open(folder.resolve("a.db"), Clock.systemUTC())) {
            assertThatThrownBy(
                            () ->
                                    database.inTransaction(
                                            tx ->
                                                    tx.change(
                                                            "UPDATE tenant SET document = ?",
                                                            new Secret("x"))))
                    .hasMessageContaining("can't be stored in a column");
        }
    }

    @Test
    void bothSchemasHaveTheSameTablesAndColumns() throws Exception {
        var sqlite = columns("/db/sqlite/V1__first.sql");
        assertThat(sqlite).hasSizeGreaterThan(100).isEqualTo(columns("/db/postgres/V1__first.sql"));
    }

    private static List<String> columns(String resource) throws Exception {
        var found = new ArrayList<String>();
        try (var stream = GroupCommitTest.class.getResourceAsStream(resource)) {
            var table = "";
            for (var line :
                    new String(
                                    Objects.requireNonNull(stream).readAllBytes(),
                                    StandardCharsets.UTF_8)
                            .split("\n", -1)) {
                if (line.startsWith("CREATE TABLE ")) table = line.split(" ", -1)[2];
                else if (line.matches(" {4}[a-z_]+ +.*"))
                    found.add(table + "." + line.strip().split(" ", -1)[0]);
            }
        }
        return found;
    }
}
