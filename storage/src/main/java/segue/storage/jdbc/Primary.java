package segue.storage.jdbc;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;

import javax.sql.DataSource;

/// Connections to the primary among the servers that a URL names. A promotion begins a new timeline
/// of PostgreSQL's: so a primary on an older timeline than the newest that was seen has come back
/// without knowing that it was replaced, and is never read from or written to.
///
/// What was seen is remembered by the process. One that has just started asks all servers, and is
/// misled only if it reaches the old primary and not the new one (docs/nodes.md).
final class Primary implements DataSource {
    private static final Logger LOG = LoggerFactory.getLogger(Primary.class);
    private static final String PREFIX = "jdbc:postgresql://";

    /// How long one attempt at one server may take.
    static final int LOGIN_SECONDS = 2;

    /// How long the pool's thread waits for another primary. Sent away, it would stay away for up
    /// to five seconds; requests don't wait for it longer than the pool lets them.
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration PAUSE = Duration.ofMillis(100);

    /// `pg_control_checkpoint` would only know of a promotion after the next checkpoint. A standby
    /// gets a timeline that is older than any.
    private static final String WHO =
            """
            SELECT CAST(system_identifier AS TEXT),
                   CASE WHEN pg_is_in_recovery() THEN '0'
                        ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END
              FROM pg_control_system()
            """;

    private final List<Server> servers;
    private final Properties properties;
    private final AtomicReference<Optional<Identity>> newest =
            new AtomicReference<>(Optional.empty());

    /// @param name host and port, as the URL has them
    record Server(String name, String url) {}

    /// What a server says that it is.
    ///
    /// @param system the same on a primary and its standbys, and on nothing else
    private record Identity(Server server, String system, long timeline) {
        boolean isOutdatedBy(Identity newest) {
            return !system.equals(newest.system) || timeline < newest.timeline;
        }
    }

    private record Answer(Connection connection, Identity identity) {}

    /// @param url names one server, or several with commas between them
    Primary(String url, Properties properties) {
        this.servers = servers(url);
        this.properties = properties;
    }

    static List<Server> servers(String url) {
        if (!url.startsWith(PREFIX)) return List.of(new Server("localhost", url));
        var parts = url.substring(PREFIX.length()).split("(?=[/?])", 2);
        var rest = parts.length > 1 ? parts[1] : "";
        return Arrays.stream(parts[0].split(",", -1))
                .map(name -> new Server(name, PREFIX + name + rest))
                .toList();
    }

    @Override
    public Connection getConnection() throws SQLException {
        var last = newest.get();
        if (last.isEmpty()) return accepted(newestOfAll());
        try {
            return accepted(ask(last.get().server()));
        } catch (SQLException moved) {
            LOG.debug("{} is not the primary now", last.get().server().name(), moved);
            return found();
        }
    }

    private Connection found() throws SQLException {
        var end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return accepted(newestOfAll());
            } catch (SQLException e) {
                if (System.nanoTime() - end > 0) {
                    LOG.warn("no primary: {}", Database.oneLine(e));
                    throw e;
                }
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new SQLException("interrupted while there was no primary", "08001", e);
            }
        }
    }

    private Answer newestOfAll() throws SQLException {
        var answers = new ArrayList<Answer>();
        var failures = new ArrayList<SQLException>();
        for (var server : servers) {
            try {
                answers.add(ask(server));
            } catch (SQLException e) {
                failures.add(e);
            }
        }
        if (answers.isEmpty()) throw failures.getFirst();
        answers.sort(Comparator.comparingLong(answer -> -answer.identity().timeline()));
        for (var outdated : answers.subList(1, answers.size())) {
            LOG.warn("{} is an old primary, and is not used", outdated.identity().server().name());
            outdated.connection().close();
        }
        return answers.getFirst();
    }

    private Answer ask(Server server) throws SQLException {
        var connection = DriverManager.getConnection(server.url(), properties);
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(WHO)) {
            row.next();
            var timeline = Long.parseLong(row.getString(2), 16);
            return new Answer(connection, new Identity(server, row.getString(1), timeline));
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private Connection accepted(Answer answer) throws SQLException {
        var identity = answer.identity();
        var before =
                newest.getAndUpdate(
                        last ->
                                last.isPresent() && identity.isOutdatedBy(last.get())
                                        ? last
                                        : Optional.of(identity));
        if (before.isPresent() && identity.isOutdatedBy(before.get())) {
            answer.connection().close();
            var name = identity.server().name();
            throw new SQLException(name + " is an old primary, or another database", "08004");
        }
        if (before.isPresent() && identity.timeline() > before.get().timeline())
            LOG.info("{} is the primary now", identity.server().name());
        return answer.connection();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("the user is a property");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) {}

    /// A property of the driver bounds each attempt.
    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return LOGIN_SECONDS;
    }

    @Override
    public java.util.logging.Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("we log by SLF4J");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLFeatureNotSupportedException("there is nothing inside");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
