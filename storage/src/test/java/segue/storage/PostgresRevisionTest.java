package segue.storage;

import org.junit.jupiter.api.extension.RegisterExtension;

import segue.storage.jdbc.Database;

class PostgresRevisionTest extends RevisionContract {
    @RegisterExtension private static final PostgresProcess SERVER = new PostgresProcess();

    @Override
    Database open() {
        return SERVER.open();
    }

    @Override
    Database reopen() {
        return SERVER.reopen();
    }
}
