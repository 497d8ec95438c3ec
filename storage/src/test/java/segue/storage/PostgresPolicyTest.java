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

/// One server process for the class, a fresh database for each test.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresPolicyTest extends PolicyContract {
    private Optional<EmbeddedPostgres> server = Optional.empty();
    private int databases;

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

    private String name() {
        return "segue" + databases;
    }

    @Override
    Database open() {
        databases++;
        var running = server.orElseThrow();
        SqlRunner.run(running.getPostgresDatabase(), "CREATE DATABASE " + name());
        return PostgresDatabase.open(
                running.getJdbcUrl("postgres", name()),
                Optional.of("postgres"),
                Optional.of(new Secret("postgres")),
                20);
    }

    @Override
    void run(String sql) {
        SqlRunner.run(server.orElseThrow().getDatabase("postgres", name()), sql);
    }
}
