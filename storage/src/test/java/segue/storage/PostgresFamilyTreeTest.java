package segue.storage;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import segue.storage.jdbc.Database;
import segue.storage.jdbc.Watched;

import java.io.IOException;
import java.util.Optional;

class PostgresFamilyTreeTest extends FamilyTreeContract {
    private Optional<EmbeddedPostgres> server = Optional.empty();

    @BeforeEach
    void start() throws IOException {
        server = Optional.of(EmbeddedPostgres.start());
    }

    @AfterEach
    void stop() throws IOException {
        server.orElseThrow().close();
    }

    @Override
    Database open(Watched.Before before) {
        return Watched.postgres(server.orElseThrow().getJdbcUrl("postgres", "postgres"), before);
    }
}
