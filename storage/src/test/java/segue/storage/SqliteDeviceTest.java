package segue.storage;

import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

import segue.storage.jdbc.Database;
import segue.storage.jdbc.SqlRunner;
import segue.storage.jdbc.SqliteDatabase;

import java.nio.file.Path;
import java.time.Clock;

class SqliteDeviceTest extends DeviceContract {
    @TempDir private Path folder = Path.of("");

    @Override
    Database open() {
        return SqliteDatabase.open(folder.resolve("segue.db"), Clock.systemUTC());
    }

    @Override
    void run(String sql) {
        var source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + folder.resolve("segue.db"));
        SqlRunner.run(source, sql);
    }
}
