package segue.acceptance;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import java.io.IOException;
import java.util.Map;

/// A PostgreSQL of its own.
final class PostgresServer implements AutoCloseable {
    private static final String USER = "postgres";

    private final EmbeddedPostgres server;

    PostgresServer() throws IOException {
        server = EmbeddedPostgres.start();
    }

    /// Settings of a server that keeps everything there.
    Map<String, String> settings() {
        return Map.of(
                "database.url",
                url(),
                "database.user",
                USER,
                "database.password",
                USER,
                "master-key",
                "0123456789abcdef".repeat(4),
                "bootstrap.client-id",
                "bootstrapClientAAAAAAAAAAAAAAAAA",
                "bootstrap.client-secret",
                "a bootstrap secret of more than thirty-two characters");
    }

    TimeTravel timeTravel() {
        return new TimeTravel(url(), USER, USER);
    }

    private String url() {
        return server.getJdbcUrl(USER, "postgres");
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
