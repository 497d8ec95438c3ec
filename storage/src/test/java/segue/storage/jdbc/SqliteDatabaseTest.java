package segue.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/// What SQLite's file must be like, or we don't start (promise P8).
class SqliteDatabaseTest {
    @TempDir private Path folder = Path.of("");

    private SqliteDatabase open() {
        return SqliteDatabase.open(folder.resolve("a.db"), Clock.systemUTC());
    }

    @Test
    void aNewerSchemaIsRefusedInOneLine() {
        try (var database = open()) {
            database.inTransaction(tx -> tx.change(SqlRunner.NEWER_SCHEMA));
        }
        assertThatThrownBy(this::open)
                .isInstanceOf(StorageUnavailable.class)
                .hasMessage(
                        "the database has version 9999 of the schema, which this program doesn't"
                                + " know: start the newer program that made it");
    }

    @Test
    void aFileThatWasClosedHasEverythingInIt() throws Exception {
        try (var database = open()) {
            database.inTransaction(tx -> tx.configuration().claimTenant());
        }
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(folder.resolve("a.db"));
        }
    }

    /// Promise P5.
    @Test
    void whoGetsNoConnectionToReadIsToldSo() throws Exception {
        try (var database = open();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var begun = new CountDownLatch(SqliteDatabase.READERS);
            var mayGoOn = new CountDownLatch(1);
            var others = new ArrayList<Future<Long>>();
            for (var i = 0; i < SqliteDatabase.READERS; i++)
                others.add(
                        threads.submit(
                                () ->
                                        database.read(
                                                tx -> {
                                                    begun.countDown();
                                                    hold(mayGoOn);
                                                    return tx.number("SELECT 1");
                                                })));
            begun.await();
            assertThatThrownBy(() -> database.read(tx -> tx.number("SELECT 1")))
                    .isInstanceOf(StorageUnavailable.class);
            mayGoOn.countDown();
            for (var other : others) assertThat(other.get()).isEqualTo(1);
            assertThat(database.isReachable()).isTrue();
        }
    }

    private static void hold(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Instant timeAfter(String... readings) {
        var left = new ArrayDeque<>(Stream.of(readings).map(Instant::parse).toList());
        // The opening reads it too.
        left.addFirst(left.element());
        InstantSource clock = left::remove;
        try (var database =
                SqliteDatabase.open(folder.resolve("a.db"), clock.withZone(ZoneOffset.UTC))) {
            while (left.size() > 1) database.inTransaction(Tx::now);
            return database.inTransaction(Tx::now);
        }
    }

    /// If time stood still until the clock has caught up, nothing would expire meanwhile.
    @Test
    void aClockThatIsSetBackIsFollowed() {
        var time =
                timeAfter("2026-03-02T09:00:00Z", "2036-03-02T09:00:00Z", "2026-03-02T09:01:00Z");
        assertThat(time).isEqualTo(Instant.parse("2026-03-02T09:01:00Z"));
    }

    /// Who reads the log from where they stopped must not miss what is written now.
    @Test
    void timeDoesNotFallWhileTheClockIsAdjusted() {
        assertThat(timeAfter("2026-03-02T09:00:01Z", "2026-03-02T09:00:00Z"))
                .isEqualTo(Instant.parse("2026-03-02T09:00:01Z"));
    }

    /// docs/adr/0022.
    @Test
    void aNewerSchemaThatSuitsTheVersionWeKnowIsUsed() {
        try (var database = open()) {
            database.inTransaction(tx -> tx.change(SqlRunner.newerSchema("since 1 more")));
        }
        try (var database = open()) {
            assertThat(database.isReachable()).isTrue();
        }
        assertThat(look())
                .isInstanceOfSatisfying(
                        Database.Found.Current.class, found -> found.database().close());
    }

    @ParameterizedTest
    @ValueSource(strings = {"since 2 more", "since 10 more", "since more", "more since 1 or so"})
    void aNewerSchemaThatDoesNotSuitTheVersionWeKnowIsRefused(String description) {
        try (var database = open()) {
            database.inTransaction(tx -> tx.change(SqlRunner.newerSchema(description)));
        }
        assertThatThrownBy(this::open)
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("version 9999");
    }

    @Test
    void anotherFirstMigrationIsRefusedInOneLine() {
        try (var database = open()) {
            database.inTransaction(tx -> tx.change(SqlRunner.OTHER_CHECKSUM));
        }
        assertThatThrownBy(this::open)
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageContaining("checksum mismatch for migration version 1")
                .hasMessageNotContainingAny("\n");
    }

    @Test
    void aFileOfAnotherKindIsRefusedInOneLine() throws Exception {
        Files.writeString(folder.resolve("a.db"), "a diary, not a database. ".repeat(100));
        assertThatThrownBy(this::open)
                .isInstanceOf(StorageUnavailable.class)
                .hasMessageNotContainingAny("\n");
    }

    private Database.Found look() {
        return SqliteDatabase.look(folder.resolve("a.db"), Clock.systemUTC());
    }

    @Test
    void aLookMakesNothingAndFindsWhatAStartWouldFind() throws Exception {
        assertThat(look()).isInstanceOf(Database.Found.Nothing.class);
        assertThat(folder).isEmptyDirectory();
        open().close();
        assertThat(look())
                .isInstanceOfSatisfying(
                        Database.Found.Current.class,
                        found -> {
                            assertThat(found.version()).isEqualTo("1");
                            found.database().close();
                        });
        try (var database = open()) {
            database.inTransaction(tx -> tx.change(SqlRunner.OTHER_CHECKSUM));
        }
        assertThatThrownBy(this::look).hasMessageContaining("checksum mismatch");
        Files.writeString(folder.resolve("a.db"), "a diary, not a database. ".repeat(100));
        assertThatThrownBy(this::look).isInstanceOf(StorageUnavailable.class);
    }
}
