package segue.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.domain.secret.Secret;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
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

/// The promises of the single writer: durable, together, and answered after the flush only.
class GroupCommitTest {
    @TempDir private Path folder = Path.of("");

    /// Stands between the writer and SQLite, and sees every COMMIT.
    private static final class Gate {
        private final AtomicInteger commits = new AtomicInteger();
        private final AtomicBoolean shut = new AtomicBoolean();
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch opened = new CountDownLatch(1);

        Connection around(Connection real) {
            return (Connection)
                    Proxy.newProxyInstance(
                            Gate.class.getClassLoader(),
                            new Class<?>[] {Connection.class},
                            (_, method, arguments) -> {
                                var isCommit =
                                        method.getName().equals("prepareStatement")
                                                && "COMMIT".equals(arguments[0]);
                                var result = invoke(real, method, arguments);
                                return isCommit ? counting((PreparedStatement) result) : result;
                            });
        }

        private Object counting(PreparedStatement real) {
            return Proxy.newProxyInstance(
                    Gate.class.getClassLoader(),
                    new Class<?>[] {PreparedStatement.class},
                    (_, method, arguments) -> {
                        if (method.getName().equals("execute")) {
                            commits.incrementAndGet();
                            if (shut.get()) {
                                reached.countDown();
                                opened.await();
                            }
                        }
                        return invoke(real, method, arguments);
                    });
        }

        private static Object invoke(Object target, Method method, Object[] arguments)
                throws Throwable {
            try {
                return method.invoke(target, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }
    }

    @Test
    void everyWritingConnectionIsDurable() {
        try (var database = SqliteDatabase.open(folder.resolve("a.db"), Clock.systemUTC())) {
            long synchronous = database.inTransaction(tx -> tx.number("PRAGMA synchronous"));
            String journal = database.inTransaction(tx -> tx.text("PRAGMA journal_mode"));
            assertThat(synchronous).isEqualTo(2);
            assertThat(journal).isEqualTo("wal");
        }
    }

    @Test
    void nobodyIsAnsweredBeforeTheFlushOfTheirBatch() throws Exception {
        var gate = new Gate();
        try (var database =
                        SqliteDatabase.open(
                                folder.resolve("a.db"), Clock.systemUTC(), gate::around);
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

    @Test
    void manyCallersShareOneCommit() throws Exception {
        var gate = new Gate();
        try (var database =
                        SqliteDatabase.open(
                                folder.resolve("a.db"), Clock.systemUTC(), gate::around);
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
        try (var database =
                        SqliteDatabase.open(
                                folder.resolve("a.db"), Clock.systemUTC(), gate::around);
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
