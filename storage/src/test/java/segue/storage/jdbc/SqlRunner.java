package segue.storage.jdbc;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;

import javax.sql.DataSource;

/// Runs a statement outside any transaction of ours.
public final class SqlRunner {
    /// As a later program leaves Flyway's table.
    static final String NEWER_SCHEMA = newerSchema("later");

    /// The same, by a migration that is described like this.
    static String newerSchema(String description) {
        return """
        INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, checksum,
            installed_by, installed_on, execution_time, success)
        SELECT 9999, '9999', '%s', type, 'V9999__later.sql', checksum, installed_by, installed_on,
            execution_time, success FROM flyway_schema_history WHERE version = '1'
        """
                .formatted(description);
    }

    /// As a program with another first migration leaves it.
    static final String OTHER_CHECKSUM =
            "UPDATE flyway_schema_history SET checksum = checksum + 1 WHERE version = '1'";

    private SqlRunner() {}

    /// Runs it.
    public static void run(DataSource source, String sql) {
        try (var connection = source.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Does something while another connection holds the rows that a query locks.
    public static void whileHeld(DataSource source, String query, Runnable work) {
        try (var connection = source.getConnection();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            try (var rows = statement.executeQuery(query)) {
                if (!rows.next()) throw new IllegalStateException("nothing is locked: " + query);
            }
            work.run();
            connection.rollback();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Does something while another connection holds the write lock of a SQLite file.
    static void whileLocked(Path file, Runnable work) {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            work.run();
            statement.execute("ROLLBACK");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
