package segue.storage;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import segue.storage.jdbc.Database;

/// A small tenant in a new database for each test of a suite that every database must pass.
abstract class FixtureContract {
    Fixture fixture = new Fixture(unopened());
    Database database = fixture.database;

    /// A new, empty database.
    abstract Database open() throws Exception;

    @SuppressWarnings(
            "NullAway") // Replaced before each test; JUnit's lifecycle isn't the constructor's.
    private static Database unopened() {
        return null;
    }

    @BeforeEach
    void prepare() throws Exception {
        database = open();
        fixture = new Fixture(database).stored();
    }

    @AfterEach
    void close() {
        database.close();
    }
}
