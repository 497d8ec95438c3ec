package segue.acceptance;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/// A PostgreSQL primary and a synchronous standby: what the primary acknowledges, both have on
/// disk.
final class PostgresPair implements AutoCloseable {
    private static final String STANDBY = "standby";
    private static final String USER = "postgres";

    private final One first;
    private final One second;

    /// One of the two servers, which may be killed and started again.
    static final class One implements AutoCloseable {
        private final Path data;
        private final int port = Cluster.freePort();
        private Optional<EmbeddedPostgres> running = Optional.empty();

        private One(Path data) throws IOException {
            this.data = data;
        }

        /// @param standbys who must have a commit before it is acknowledged; empty if nobody
        void start(String standbys) throws IOException {
            running =
                    Optional.of(
                            EmbeddedPostgres.builder()
                                    .setDataDirectory(data)
                                    .setCleanDataDirectory(false)
                                    .setPort(port)
                                    .setServerConfig("synchronous_commit", "on")
                                    .setServerConfig("synchronous_standby_names", standbys)
                                    .start());
        }

        /// `kill -9`, of the server and of all that it has started.
        void kill() throws IOException {
            var pid = Files.readString(data.resolve("postmaster.pid")).lines().findFirst();
            var server = ProcessHandle.of(Long.parseLong(pid.orElseThrow())).orElseThrow();
            var children = server.descendants().toList();
            server.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
            server.onExit().join();
            children.forEach(child -> child.onExit().join());
            close();
        }

        /// The standby becomes the primary, and answers as one when this returns.
        void promote() throws SQLException {
            if (!ask("SELECT pg_promote()").equals("t")) throw new AssertionError("not promoted");
        }

        /// The first column of the first row.
        String ask(String sql) throws SQLException {
            try (var connection = DriverManager.getConnection(url(), USER, USER);
                    var statement = connection.createStatement();
                    var rows = statement.executeQuery(sql)) {
                return rows.next() ? rows.getString(1) : "";
            }
        }

        private String url() {
            return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?loginTimeout=2";
        }

        @Override
        public void close() throws IOException {
            if (running.isPresent()) running.get().close();
            running = Optional.empty();
        }
    }

    PostgresPair(Path folder) throws Exception {
        first = new One(folder.resolve("first"));
        first.start("");
        first.close();
        copy(folder.resolve("first"), folder.resolve("second"));
        second = new One(folder.resolve("second"));
        Files.createFile(folder.resolve("second").resolve("standby.signal"));
        Files.writeString(
                folder.resolve("second").resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=%d user=%s application_name=%s'%n"
                        .formatted(first.port, USER, STANDBY),
                StandardOpenOption.APPEND);
        try {
            first.start(STANDBY);
            second.start("");
            Cluster.await("the standby is synchronous", this::isSynchronous);
        } catch (Exception | AssertionError e) {
            close();
            throw e;
        }
    }

    private boolean isSynchronous() {
        try {
            return first.ask("SELECT sync_state FROM pg_stat_replication").equals("sync");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var all = Files.walk(from)) {
            for (var each : all.toList())
                Files.copy(
                        each,
                        to.resolve(from.relativize(each)),
                        StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    One first() {
        return first;
    }

    One second() {
        return second;
    }

    /// Settings of a node that knows both; the first one comes first.
    Map<String, String> settings() {
        return Map.of(
                "database.url",
                "jdbc:postgresql://127.0.0.1:%d,127.0.0.1:%d/postgres"
                        .formatted(first.port, second.port),
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

    @Override
    public void close() throws IOException {
        second.close();
        first.close();
    }
}
