package segue.storage;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

import segue.domain.secret.Secret;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.PostgresDatabase;
import segue.storage.jdbc.SqlRunner;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// One server process for the class, a fresh database for each test.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresTransferTest extends TransferContract {
    private static final AtomicInteger NEXT = new AtomicInteger();
    private Optional<EmbeddedPostgres> server = Optional.empty();

    @BeforeAll
    void start() throws IOException {
        server =
                Optional.of(
                        EmbeddedPostgres.builder()
                                .setServerConfig("max_connections", "200")
                                .start());
    }

    @AfterAll
    void stop() throws IOException {
        server.orElseThrow().close();
    }

    @Override
    Database open() {
        var name = "segue" + NEXT.incrementAndGet();
        var running = server.orElseThrow();
        SqlRunner.run(running.getPostgresDatabase(), "CREATE DATABASE " + name);
        return PostgresDatabase.open(
                running.getJdbcUrl("postgres", name),
                Optional.of("postgres"),
                Optional.of(new Secret("postgres")),
                20);
    }
}
