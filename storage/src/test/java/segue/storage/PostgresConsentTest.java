package segue.storage;

import org.junit.jupiter.api.extension.RegisterExtension;

import segue.storage.jdbc.Database;

class PostgresConsentTest extends ConsentContract {
    @RegisterExtension private static final PostgresProcess SERVER = new PostgresProcess();

    @Override
    Database open() {
        return SERVER.open();
    }
}
