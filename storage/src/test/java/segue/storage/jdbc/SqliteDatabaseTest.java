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
