package segue.storage;

import org.junit.jupiter.api.extension.RegisterExtension;

import segue.storage.jdbc.Database;
import segue.storage.jdbc.Watched;

class PostgresFamilyTreeTest extends FamilyTreeContract {
    @RegisterExtension private static final PostgresProcess SERVER = new PostgresProcess();

    @Override
    Database open(Watched.Before before) {
        return Watched.postgres(SERVER.newUrl(), before);
    }
}
