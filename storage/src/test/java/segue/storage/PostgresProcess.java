package segue.storage;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import segue.domain.secret.Secret;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.PostgresDatabase;
import segue.storage.jdbc.SqlRunner;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

/// One server process for a class, a fresh database for each test.
final class PostgresProcess implements BeforeAllCallback, AfterAllCallback {
    private final AtomicInteger databases = new AtomicInteger();
    private Optional<EmbeddedPostgres> server = Optional.empty();

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        server =
                Optional.of(
                        EmbeddedPostgres.builder()
                                .setServerConfig("max_connections", "200")
                                .start());
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        server.orElseThrow().close();
    }

    /// The URL of a new, empty database.
    String newUrl() {
        var name = "segue" + databases.incrementAndGet();
        SqlRunner.run(server.orElseThrow().getPostgresDatabase(), "CREATE DATABASE " + name);
        return newestUrl();
    }

    private String newestUrl() {
        return server.orElseThrow().getJdbcUrl("postgres", "segue" + databases.get());
    }

    /// A new, empty database.
    Database open() {
        return open(newUrl());
    }

    /// The newest database once more, as another process opens it.
    Database reopen() {
        return open(newestUrl());
    }

    private static Database open(String url) {
        return PostgresDatabase.open(
                url, Optional.of("postgres"), Optional.of(new Secret("postgres")), 20);
    }

    /// The newest database, behind our back.
    DataSource newest() {
        return server.orElseThrow().getDatabase("postgres", "segue" + databases.get());
    }
}
