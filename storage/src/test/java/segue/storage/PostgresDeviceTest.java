package segue.storage;

import org.junit.jupiter.api.extension.RegisterExtension;

import segue.storage.jdbc.Database;
import segue.storage.jdbc.SqlRunner;

class PostgresDeviceTest extends DeviceContract {
    @RegisterExtension private static final PostgresProcess SERVER = new PostgresProcess();

    @Override
    Database open() {
        return SERVER.open();
    }

    @Override
    void run(String sql) {
        SqlRunner.run(SERVER.newest(), sql);
    }
}
