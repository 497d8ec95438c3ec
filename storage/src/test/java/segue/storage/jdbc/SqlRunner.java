package segue.storage.jdbc;

import java.sql.SQLException;

import javax.sql.DataSource;

/// Runs a statement outside any transaction of ours.
public final class SqlRunner {
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
}
