package segue.storage.jdbc;

import segue.domain.secret.Secret;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

import javax.sql.DataSource;

/// Real databases whose every statement a test sees before it is executed. What the test throws
/// then looks like a failure of the database, which has not seen the statement.
public final class Watched {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private Watched() {}

    /// Called before a statement is executed, and with `COMMIT` before a commit.
    @FunctionalInterface
    public interface Before {
        /// Throw, and the statement isn't executed.
        void statement(String sql) throws SQLException;
    }

    /// A file of which every connection is watched.
    public static SqliteDatabase sqlite(Path file, Clock clock, Before before) {
        return sqlite(file, clock, PATIENCE, before);
    }

    /// @param patience how long a unit of work waits for its turn
    static SqliteDatabase sqlite(Path file, Clock clock, Duration patience, Before before) {
        return SqliteDatabase.open(file, clock, patience, real -> around(real, before));
    }

    /// A server of which every connection is watched.
    public static PostgresDatabase postgres(String url, Before before) {
        return PostgresDatabase.open(
                url,
                Optional.of("postgres"),
                Optional.of(new Secret("postgres")),
                4,
                real -> around(real, before));
    }

    private static DataSource around(DataSource real, Before before) {
        return proxy(
                DataSource.class,
                (_, method, arguments) -> {
                    var result = invoke(real, method, arguments);
                    return result instanceof Connection connection
                            ? around(connection, before)
                            : result;
                });
    }

    private static Connection around(Connection real, Before before) {
        return proxy(
                Connection.class,
                (_, method, arguments) -> {
                    if (method.getName().equals("commit")) before.statement("COMMIT");
                    var result = invoke(real, method, arguments);
                    return result instanceof PreparedStatement statement
                            ? around(statement, (String) arguments[0], before)
                            : result;
                });
    }

    private static PreparedStatement around(PreparedStatement real, String sql, Before before) {
        return proxy(
                PreparedStatement.class,
                (_, method, arguments) -> {
                    if (method.getName().startsWith("execute")) before.statement(sql);
                    return invoke(real, method, arguments);
                });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(
                        Watched.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object invoke(Object target, Method method, Object[] arguments)
            throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
