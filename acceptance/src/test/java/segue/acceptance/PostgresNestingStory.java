package segue.acceptance;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.AfterAll;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

class PostgresNestingStory extends NestingContract {
    private Optional<EmbeddedPostgres> server = Optional.empty();

    @Override
    Map<String, String> database() throws IOException {
        var started = EmbeddedPostgres.builder().start();
        server = Optional.of(started);
        return Map.of(
                "database.url",
                started.getJdbcUrl("postgres", "postgres"),
                "database.user",
                "postgres",
                "database.password",
                "postgres",
                "master-key",
                "0123456789abcdef".repeat(4),
                "bootstrap.client-id",
                "bootstrapClientAAAAAAAAAAAAAAAAA",
                "bootstrap.client-secret",
                "a bootstrap secret of more than thirty-two characters");
    }

    @AfterAll
    void stopServer() throws IOException {
        if (server.isPresent()) server.get().close();
    }
}
