package segue.storage;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import segue.storage.jdbc.Database;
import segue.storage.jdbc.SqlRunner;
import segue.storage.jdbc.Watched;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresFailureTest extends FailureContract {
    private static final AtomicInteger NEXT = new AtomicInteger();
    private Optional<EmbeddedPostgres> server = Optional.empty();

    @BeforeAll
    void start() throws IOException {
        server = Optional.of(EmbeddedPostgres.start());
    }

    @AfterAll
    void stop() throws IOException {
        server.orElseThrow().close();
    }

    @Override
    Database open(Watched.Before before) {
        var name = "failing" + NEXT.incrementAndGet();
        var running = server.orElseThrow();
        SqlRunner.run(running.getPostgresDatabase(), "CREATE DATABASE " + name);
        return Watched.postgres(running.getJdbcUrl("postgres", name), before);
    }

    @Test
    void aSerializationFailureIsTriedOnceMoreAndDoneOnce() {
        retryAtEveryStatement("40001");
    }

    @Test
    void aDeadlockIsTriedOnceMoreAndDoneOnce() {
        retryAtEveryStatement("40P01");
    }
}
