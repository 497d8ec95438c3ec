package segue.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

class WatchedDatabaseTest {
    @TempDir private Path folder = Path.of("");

    private static final String CHANGE = "UPDATE configuration_revision SET revision = revision";

    private final List<Boolean> seen = new ArrayList<>();

    private final WatchedDatabase.Around around =
            new WatchedDatabase.Around() {
                @Override
                public <T> T unit(boolean isWriting, Supplier<T> work) {
                    seen.add(isWriting);
                    return work.get();
                }
            };

    @Test
    void eachUnitOfWorkIsSeenAndReturnsItsValue() {
        try (var inner = SqliteDatabase.open(folder.resolve("a.db"), Clock.systemUTC())) {
            var watched = new WatchedDatabase(inner, around);
            assertThat(watched.<Long>read(tx -> tx.number("SELECT 1"))).isEqualTo(1);
            assertThat(watched.<Long>inTransaction(tx -> tx.number("SELECT 2"))).isEqualTo(2);
            assertThat(watched.<Long>rehearse(tx -> tx.number("SELECT 3"))).isEqualTo(3);
            assertThat(seen).containsExactly(false, true, true);
        }
    }

    /// Caches of the configuration ask for it, and would keep what was changed beside the watch.
    @Test
    void changesOfTheConfigurationAreCountedWhoeverMadeThem() {
        try (var inner = SqliteDatabase.open(folder.resolve("a.db"), Clock.systemUTC())) {
            var watched = new WatchedDatabase(inner, around);
            inner.inTransaction(tx -> tx.configure(CHANGE));
            assertThat(watched.timesConfigured()).isEqualTo(1);
            watched.inTransaction(tx -> tx.configure(CHANGE));
            assertThat(watched.timesConfigured()).isEqualTo(2);
        }
    }
}
