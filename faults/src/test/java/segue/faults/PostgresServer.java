package segue.faults;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A PostgreSQL whose data survive it, with durable settings and a role without privileges for the
/// server.
final class PostgresServer implements AutoCloseable {
    static final String ROLE = "segue";

    private final Path data;
    private final int port;
    private EmbeddedPostgres server;

    /// @param data where it keeps everything
    PostgresServer(Path data, int port) throws IOException {
        this.data = data;
        this.port = port;
        server = started();
        administer("CREATE ROLE segue LOGIN PASSWORD 'segue'", "CREATE DATABASE segue OWNER segue");
    }

    private EmbeddedPostgres started() throws IOException {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPort(port)
                .setPGStartupWait(Duration.ofSeconds(60))
                // As an operator has it; embedded ones are fast by default, and forget.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("max_connections", "60")
                .setServerConfig("max_wal_size", "64MB")
                .setServerConfig("min_wal_size", "32MB")
                .setServerConfig("shared_buffers", "32MB")
                .start();
    }

    /// Settings of a server that keeps everything there.
    Map<String, String> settings() {
        return Map.of(
                "database.url",
                "jdbc:postgresql://127.0.0.1:" + port + "/segue",
                "database.user",
                ROLE,
                "database.password",
                ROLE,
                "database.pool-size",
                "8");
    }

    /// Says something as the superuser.
    void administer(String... statements) {
        try (var connection =
                        DriverManager.getConnection(
                                "jdbc:postgresql://127.0.0.1:" + port + "/postgres",
                                "postgres",
                                "postgres");
                var statement = connection.createStatement()) {
            statement.execute("SET default_transaction_read_only = off");
            for (var sql : statements) statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Stops it as `pg_ctl stop` does, whoever is connected.
    void stop() throws IOException {
        server.close();
    }

    /// Starts it again, however it ended.
    void start() throws IOException {
        // The one that was killed still holds a lock for this process.
        server.close();
        server = started();
    }

    boolean isRunning() throws IOException {
        return postmaster().isPresent();
    }

    private Optional<ProcessHandle> postmaster() throws IOException {
        var file = data.resolve("postmaster.pid");
        if (!Files.exists(file)) return Optional.empty();
        return ProcessHandle.of(Long.parseLong(Files.readAllLines(file).getFirst().strip()));
    }

    private List<ProcessHandle> processes() throws IOException {
        var first = postmaster().orElseThrow();
        return Stream.concat(Stream.of(first), first.descendants()).toList();
    }

    /// `kill -9` of all its processes.
    void kill() throws IOException {
        var all = processes();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(it -> it.onExit().join());
    }

    /// Holds all its processes.
    void stall() throws IOException, InterruptedException {
        signal("-STOP");
    }

    /// Lets them go on.
    void goOn() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        for (var process : processes())
            new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
