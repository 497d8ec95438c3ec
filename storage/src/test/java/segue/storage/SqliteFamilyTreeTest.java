package segue.storage;

import org.junit.jupiter.api.io.TempDir;

import segue.storage.jdbc.Database;
import segue.storage.jdbc.Watched;

import java.nio.file.Path;
import java.time.Clock;

class SqliteFamilyTreeTest extends FamilyTreeContract {
    @TempDir private Path folder = Path.of("");

    @Override
    Database open(Watched.Before before) {
        return Watched.sqlite(folder.resolve("segue.db"), Clock.systemUTC(), before);
    }
}
