package segue.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A server and its database, both to be broken. The server has the same port whenever it is
/// started: the issuer is part of what must survive.
final class Stage implements AutoCloseable {
    private final Path folder;
    private final int port = freePort();
    private final Optional<PostgresServer> postgres;
    private final List<String> options;
    private Optional<ServerProcess> server = Optional.empty();
    private boolean isImported = false;

    /// @param folder where everything lies
    /// @param postgres empty for SQLite
    /// @param options of the server's JVM
    Stage(Path folder, Optional<PostgresServer> postgres, List<String> options) throws IOException {
        this.folder = folder;
        this.postgres = postgres;
        this.options = List.copyOf(options);
        Files.writeString(folder.resolve("tenant.yaml"), Tenant.yaml());
    }

    static int freePort() throws IOException {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    URI issuer() {
        return URI.create("http://localhost:" + port + "/");
    }

    Path folder() {
        return folder;
    }

    Path dataFolder() {
        return folder.resolve("data");
    }

    /// Of SQLite.
    Path databaseFile() {
        return dataFolder().resolve("segue.db");
    }

    boolean hasPostgres() {
        return postgres.isPresent();
    }

    PostgresServer postgres() {
        return postgres.orElseThrow();
    }

    ServerProcess server() {
        return server.orElseThrow();
    }

    /// The tenant is imported once: the database has it afterwards, and each start is quicker.
    Map<String, String> settings() {
        var settings = new LinkedHashMap<>(Tenant.settings());
        settings.put("server.port", Integer.toString(port));
        settings.put("data-dir", dataFolder().toString());
        // On SQLite the key lies beside the database.
        postgres.ifPresent(
                it -> {
                    settings.putAll(it.settings());
                    settings.put("master-key", "0123456789abcdef".repeat(4));
                });
        if (!isImported) settings.put("tenant-file", folder.resolve("tenant.yaml").toString());
        return settings;
    }

    void start() throws IOException, InterruptedException {
        start(ServerProcess.start(settings(), folder, options));
    }

    /// Takes a server that was started with [#settings()].
    void start(ServerProcess started) {
        server = Optional.of(started);
        isImported = true;
    }

    void kill() {
        server().kill();
    }

    @Override
    public void close() throws IOException {
        server.ifPresent(ServerProcess::close);
        if (postgres.isPresent()) postgres.get().close();
    }
}
