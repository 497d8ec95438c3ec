package segue.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import segue.domain.secret.Secret;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

/// What we ask of a PostgreSQL server, and what we don't start on (promise P8).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresDatabaseTest {
    private static final AtomicInteger NEXT = new AtomicInteger();
    private Optional<EmbeddedPostgres> server = Optional.empty();

    @BeforeAll
    void start() throws IOException {
        server = Optional.of(EmbeddedPostgres.start());
    }

    @AfterAll
    void stop() throws IOException {
        server.orElseThrow().close();
    }

    /// The URL of a new, empty database.
    private String created() {
        var running = server.orElseThrow();
        var name = "asked" + NEXT.incrementAndGet();
        SqlRunner.run(running.getPostgresDatabase(), "CREATE DATABASE " + name);
        return running.getJdbcUrl("postgres", name);
    }

    private static PostgresDatabase open(String url) {
        return PostgresDatabase.open(
                url, Optional.of("postgres"), Optional.of(new Secret("postgres")), 4);
    }

    private static Database.Found look(String url) {
        return PostgresDatabase.look(
                url, Optional.of("postgres"), Optional.of(new Secret("postgres")));
    }

    @Test
    void aLookMakesNothingAndFindsWhatAStartWouldFind() {
        var url = created();
        for (var time = 0; time < 2; time++)
            assertThat(look(url)).isInstanceOf(Database.Found.Nothing.class);
        open(url).close();
        assertThat(look(url))
                .isInstanceOfSatisfying(
                        Database.Found.Current.class, found -> found.database().close());
        try (var database = open(url)) {
            database.inTransaction(tx -> tx.change(SqlRunner.NEWER_SCHEMA));
        }
        assertThatThrownBy(() -> look(url)).hasMessageContaining("version 9999");
    }

    /// THREATS R3.3.
    @Test
    void everyTransactionIsReadCommitted() {
        try (var database = open(created())) {
            String writing = database.inTransaction(tx -> tx.text("SHOW transaction_isolation"));
            String reading = database.read(tx -> tx.text("SHOW transaction_isolation"));
            assertThat(writing).isEqualTo("read committed");
            assertThat(reading).isEqualTo("read committed");
        }
    }

    /// docs/postgresql.md creates such a one.
    @Test
    void aUserWhoOwnsTheDatabaseAndNothingElseIsEnough() {
        var source = server.orElseThrow().getPostgresDatabase();
        SqlRunner.run(source, "CREATE USER plain");
        SqlRunner.run(source, "CREATE DATABASE owned OWNER plain");
        var url = server.orElseThrow().getJdbcUrl("plain", "owned");
        try (var database = PostgresDatabase.open(url, Optional.of("plain"), Optional.empty(), 2)) {
            assertThat(database.isReachable()).isTrue();
        }
    }

    /// THREATS R3.5. A server without a primary above it stands for any replica: what counts is
    /// that it is in recovery.
    @Test
    void aStandbyIsRefusedInOneLine(@TempDir Path folder) throws Exception {
        var data = folder.resolve("data");
        var builder =
                EmbeddedPostgres.builder().setDataDirectory(data).setCleanDataDirectory(false);
        builder.start().close();
        Files.createFile(data.resolve("standby.signal"));
        try (var standby = builder.start()) {
            var url = standby.getJdbcUrl("postgres", "postgres");
            assertThatThrownBy(() -> open(url))
                    .isInstanceOf(StorageUnavailable.class)
                    .hasMessageContaining("targetServerType: primary")
                    .hasMessageNotContainingAny("\n");
            assertThatThrownBy(() -> open(url + "&targetServerType=any"))
                    .isInstanceOf(StorageUnavailable.class)
                    .hasMessageStartingWith("the database is a standby");
        }
    }

    @Test
    void aNewerSchemaIsRefusedInOneLine() {
        var url = created();
        try (var database = open(url)) {
            database.inTransaction(tx -> tx.change(SqlRunner.NEWER_SCHEMA));
        }
        assertThatThrownBy(() -> open(url))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessage(
                        "the database has version 9999 of the schema, which this program doesn't"
                                + " know: start the newer program that made it");
    }

    /// docs/adr/0022.
    @Test
    void aNewerSchemaThatSuitsTheVersionWeKnowIsUsed() {
        var url = created();
        try (var database = open(url)) {
            database.inTransaction(tx -> tx.change(SqlRunner.newerSchema("since 1 more")));
        }
        try (var database = open(url)) {
            assertThat(database.isReachable()).isTrue();
        }
    }

    /// docs/adr/0022: the server refuses what it has prepared for fewer columns.
    @Test
    void whatWasPreparedBeforeATableGotAColumnIsPreparedAgain() {
        try (var database = open(created())) {
            database.inTransaction(tx -> tx.change("CREATE TABLE expanding (a TEXT)"));
            database.inTransaction(tx -> tx.change("INSERT INTO expanding VALUES ('a')"));
            for (var time = 0; time < 10; time++)
                assertThat(database.read(PostgresDatabaseTest::expanding)).isEqualTo("a");
            database.inTransaction(tx -> tx.change("ALTER TABLE expanding ADD COLUMN b TEXT"));
            assertThat(database.read(PostgresDatabaseTest::expanding)).isEqualTo("a");
            assertThat(database.inTransaction(PostgresDatabaseTest::expanding)).isEqualTo("a");
        }
    }

    private static String expanding(Tx tx) {
        return tx.text("SELECT * FROM expanding");
    }

    @Test
    void anotherFirstMigrationIsRefusedInOneLine() {
        var url = created();
        try (var database = open(url)) {
            database.inTransaction(tx -> tx.change(SqlRunner.OTHER_CHECKSUM));
        }
        assertThatThrownBy(() -> open(url))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("checksum mismatch for migration version 1")
                .hasMessageNotContainingAny("\n");
    }

    @Test
    void aServerThatIsNotThereIsToldInOneLine() {
        assertThatThrownBy(() -> open("jdbc:postgresql://127.0.0.1:1/nowhere"))
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageStartingWith("the database can't be reached: ")
                .hasMessageNotContainingAny("\n");
    }

    /// THREATS R45.1: here the database's clock runs five minutes ahead of ours, and it decides.
    @Test
    void theClockOfTheDatabaseIsEverybodysClock() {
        var url = created();
        try (var database = open(url)) {
            database.inTransaction(
                    tx -> {
                        tx.change("CREATE SCHEMA shifted");
                        return tx.change(
                                """
                                CREATE FUNCTION shifted.now() RETURNS timestamptz LANGUAGE sql STABLE
                                    AS 'SELECT pg_catalog.now() + make_interval(mins => 5)'
                                """);
                    });
            assertThat(database.time()).isBefore(Instant.now().plusSeconds(60));
        }
        try (var database = open(url + "&currentSchema=public,shifted,pg_catalog")) {
            var ahead = Instant.now().plus(Duration.ofMinutes(4));
            assertThat(database.time()).isAfter(ahead);
            assertThat(database.inTransaction(Tx::now)).isAfter(ahead);
        }
    }

    @Test
    void aServerThatMayNotWriteIsUnavailable() {
        try (var database = open(created())) {
            assertThatThrownBy(
                            () ->
                                    database.inTransaction(
                                            tx -> {
                                                tx.change("SET TRANSACTION READ ONLY");
                                                return tx.change("DELETE FROM tenant");
                                            }))
                    .isInstanceOf(StorageUnavailable.class);
        }
    }

    @Test
    void aLockThatSomebodyKeepsIsUnavailable() throws Exception {
        try (var database = open(created());
                var pool = Executors.newFixedThreadPool(1)) {
            database.inTransaction(tx -> tx.configuration().claimTenant());
            var locked = new CountDownLatch(1);
            var mayGoOn = new CountDownLatch(1);
            var keeping =
                    pool.submit(
                            () ->
                                    database.inTransaction(
                                            tx -> {
                                                tx.keys().lock();
                                                locked.countDown();
                                                return hold(mayGoOn);
                                            }));
            locked.await();
            assertThatThrownBy(
                            () ->
                                    database.inTransaction(
                                            tx -> {
                                                tx.keys().lock();
                                                return true;
                                            }))
                    .isInstanceOf(StorageUnavailable.class);
            mayGoOn.countDown();
            assertThat(keeping.get()).isTrue();
        }
    }

    private static boolean hold(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final String SLOW = "SELECT CAST(pg_sleep(3) AS TEXT)";

    /// Promise P5.
    @Test
    void aServerThatDoesNotAnswerARequestIsUnavailable() {
        try (var database = open(created())) {
            assertThatThrownBy(() -> database.inTransaction(tx -> tx.text(SLOW)))
                    .isInstanceOf(StorageUnavailable.class);
            assertThatThrownBy(() -> database.read(tx -> tx.text(SLOW)))
                    .isInstanceOf(StorageUnavailable.class);
            assertThat(database.isReachable()).isTrue();
        }
    }

    /// Promise P5, and it isn't left to whoever has the connection next.
    @Test
    void whatItTookToGetAConnectionIsPartOfTheWaitForAnAnswer() {
        var isLate = new AtomicBoolean();
        var user = Optional.of("postgres");
        var password = Optional.of(new Secret("postgres"));
        try (var database =
                PostgresDatabase.open(
                        created(), user, password, 1, source -> late(source, isLate))) {
            var second = "SELECT CAST(pg_sleep(1) AS TEXT)";
            assertThat(database.<String>read(tx -> tx.text(second))).isEmpty();
            isLate.set(true);
            assertThatThrownBy(() -> database.read(tx -> tx.text(second)))
                    .isInstanceOf(StorageUnavailable.class);
            assertThat(database.isReachable()).isTrue();
            isLate.set(false);
            assertThat(database.<String>read(tx -> tx.text(second))).isEmpty();
        }
    }

    /// Gives its connections a second late, as a pool does that has found some of them broken.
    private static DataSource late(DataSource source, AtomicBoolean isLate) {
        return (DataSource)
                Proxy.newProxyInstance(
                        PostgresDatabaseTest.class.getClassLoader(),
                        new Class<?>[] {DataSource.class},
                        (_, method, arguments) -> {
                            if (isLate.get() && method.getName().equals("getConnection"))
                                Thread.sleep(1_000);
                            return method.invoke(source, arguments);
                        });
    }

    /// The patience isn't left to whoever has the connection next.
    @Test
    void aSearchMayTakeLongerThanARequest() {
        var url = created();
        var user = Optional.of("postgres");
        var password = Optional.of(new Secret("postgres"));
        try (var database = PostgresDatabase.open(url, user, password, 1)) {
            String slept = database.search(tx -> tx.text(SLOW));
            assertThat(slept).isEmpty();
            assertThatThrownBy(() -> database.read(tx -> tx.text(SLOW)))
                    .isInstanceOf(StorageUnavailable.class);
        }
    }

    @Test
    void aMigrationMayTakeLongerThanARequest() throws Exception {
        var source =
                PostgresDatabase.unhurried(
                        created(), Optional.of("postgres"), Optional.of(new Secret("postgres")));
        try (var connection = source.getConnection();
                var statement = connection.createStatement()) {
            assertThat(statement.execute(SLOW)).isTrue();
        }
    }

    /// Nobody is overtaken by those who come back again and again.
    @Test
    void whoWaitsForAConnectionIsNotOvertaken() throws Exception {
        var user = Optional.of("postgres");
        var password = Optional.of(new Secret("postgres"));
        try (var database = PostgresDatabase.open(created(), user, password, 1);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var begun = new CountDownLatch(1);
            var mayGoOn = new CountDownLatch(1);
            var isServed = new AtomicBoolean();
            var uses = new AtomicInteger();
            var busy =
                    threads.submit(
                            () -> {
                                database.read(
                                        tx -> {
                                            uses.incrementAndGet();
                                            begun.countDown();
                                            return hold(mayGoOn);
                                        });
                                while (!isServed.get()) database.read(_ -> uses.incrementAndGet());
                                return 0;
                            });
            begun.await();
            var patient =
                    threads.submit(
                            () -> {
                                int before = database.read(_ -> uses.get());
                                isServed.set(true);
                                return before;
                            });
            while (database.pending() < 2) Thread.onSpinWait();
            mayGoOn.countDown();
            assertThat(patient.get()).isEqualTo(1);
            busy.get();
        }
    }

    /// Promise P5. What fails for want of the pool's patience has a cause, and what was refused
    /// before that has none.
    @Test
    void whoWaitedBehindSomebodyWhoseConnectionBrokeDoesNotWaitForAnother() throws Exception {
        var url = created();
        var user = Optional.of("postgres");
        var password = Optional.of(new Secret("postgres"));
        try (var database = PostgresDatabase.open(url, user, password, 1);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            SqlRunner.run(
                    server.orElseThrow().getPostgresDatabase(),
                    "ALTER DATABASE asked" + NEXT.get() + " ALLOW_CONNECTIONS false");
            var begun = new CountDownLatch(1);
            var mayGoOn = new CountDownLatch(1);
            var broken =
                    threads.submit(
                            () ->
                                    database.read(
                                            tx -> {
                                                begun.countDown();
                                                return hold(mayGoOn) ? tx.text(SUICIDE) : "";
                                            }));
            begun.await();
            var behind = new ArrayList<Future<String>>();
            for (var i = 0; i < 3; i++)
                behind.add(threads.submit(() -> database.read(tx -> tx.text("SELECT '1'"))));
            while (database.pending() < 4) Thread.onSpinWait();
            mayGoOn.countDown();
            assertThatThrownBy(broken::get).hasCauseInstanceOf(StorageUnavailable.class);
            assertThat(behind)
                    .allSatisfy(
                            one ->
                                    assertThatThrownBy(one::get)
                                            .cause()
                                            .isInstanceOf(StorageUnavailable.class)
                                            .hasMessage("no connection to the database")
                                            .hasNoCause());
            assertThat(database.pending()).isZero();
        }
    }

    private static final String SUICIDE =
            "SELECT CAST(pg_terminate_backend(pg_backend_pid()) AS TEXT)";

    @Test
    void aConnectionThatBreaksIsUnavailableAndTheNextOneWorks() {
        try (var database = open(created())) {
            assertThatThrownBy(() -> database.inTransaction(tx -> tx.text(SUICIDE)))
                    .isInstanceOf(StorageUnavailable.class);
            assertThat(database.isReachable()).isTrue();
        }
    }
}
