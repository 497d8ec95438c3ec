package segue.storage;

import org.junit.jupiter.api.io.TempDir;

import segue.storage.jdbc.Database;
import segue.storage.jdbc.SqliteDatabase;

import java.nio.file.Path;
import java.time.Clock;

class SqliteRevisionTest extends RevisionContract {
    @TempDir private Path folder = Path.of("");

    @Override
    Database open() {
        return reopen();
    }

    @Override
    Database reopen() {
        return SqliteDatabase.open(folder.resolve("segue.db"), Clock.systemUTC());
    }
}
