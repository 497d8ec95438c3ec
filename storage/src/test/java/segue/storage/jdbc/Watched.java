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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicBoolean;

import javax.sql.DataSource;

/// Real databases whose every statement a test sees before it is executed. What the test throws
/// then looks like a failure of the database, which has not seen the statement.
public final class Watched {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private Watched() {}

    /// Called before a statement is executed, and with `COMMIT` before a commit. Of statements that
    /// travel together, none is executed if one of them isn't: that comes to the same.
    @FunctionalInterface
    public interface Before {
        /// Throw, and the statement isn't executed.
        void statement(String sql) throws SQLException;

        /// Called before whatever makes the client wait for the server once.
        default void roundTrip() {}
    }

    /// Hears how the server means to execute a statement with the values that it has.
    @FunctionalInterface
    public interface Plans {
        /// @param plan as `EXPLAIN` tells it
        void plan(String sql, String plan);
    }

    private record Binding(Method method, Object[] arguments) {
        Binding moved(int back) {
            var moved = arguments.clone();
            moved[0] = (int) moved[0] - back;
            return new Binding(method, moved);
        }
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

    /// A server that explains every statement before it executes it.
    public static PostgresDatabase explained(String url, Plans plans) {
        return PostgresDatabase.open(
                url,
                Optional.of("postgres"),
                Optional.of(new Secret("postgres")),
                4,
                real ->
                        wrapped(
                                DataSource.class,
                                real,
                                Connection.class,
                                (connection, _) -> explained(connection, plans)));
    }

    private static Connection explained(Connection real, Plans plans) {
        return wrapped(
                Connection.class,
                real,
                PreparedStatement.class,
                (statement, arguments) -> explained(statement, real, (String) arguments[0], plans));
    }

    private static PreparedStatement explained(
            PreparedStatement real, Connection connection, String sql, Plans plans) {
        var bindings = new ArrayList<Binding>();
        return proxy(
                PreparedStatement.class,
                (_, method, arguments) -> {
                    if (method.getName().startsWith("set"))
                        bindings.add(new Binding(method, arguments));
                    if (method.getName().startsWith("execute"))
                        explainEach(sql, connection, bindings, plans);
                    return invoke(real, method, arguments);
                });
    }

    private static String[] parts(String sql) {
        return sql.split(";\n", -1);
    }

    private static void explainEach(
            String sql, Connection connection, List<Binding> bindings, Plans plans)
            throws Throwable {
        var used = 0;
        for (var part : parts(sql)) {
            var own = (int) part.chars().filter(it -> it == '?').count();
            var before = used;
            var moved =
                    bindings.subList(used, used + own).stream()
                            .map(it -> it.moved(before))
                            .toList();
            used += own;
            plans.plan(part, explain(connection, part, moved));
        }
    }

    private static String explain(Connection connection, String sql, List<Binding> bindings)
            throws Throwable {
        // What reads may be executed to see what it threw away; what writes must not be done twice.
        var explain = sql.startsWith("SELECT") ? "EXPLAIN (ANALYZE, TIMING OFF) " : "EXPLAIN ";
        try (var statement = connection.prepareStatement(explain + sql)) {
            for (var each : bindings) invoke(statement, each.method(), each.arguments());
            var plan = new StringJoiner("\n");
            try (var rows = statement.executeQuery()) {
                while (rows.next()) plan.add(rows.getString(1));
            }
            return plan.toString();
        }
    }

    /// What wraps a result of one type that a method returns.
    private interface Wrapping<R> {
        R around(R result, Object[] arguments) throws SQLException;
    }

    private static <T, R> T wrapped(Class<T> type, T real, Class<R> inner, Wrapping<R> wrapping) {
        return proxy(
                type,
                (_, method, arguments) -> {
                    var result = invoke(real, method, arguments);
                    return inner.isInstance(result)
                            ? wrapping.around(inner.cast(result), arguments)
                            : result;
                });
    }

    private static DataSource around(DataSource real, Before before) {
        return wrapped(
                DataSource.class,
                real,
                Connection.class,
                (connection, _) -> around(connection, before));
    }

    private static Connection around(Connection real, Before before) {
        // What was committed together with the last statements isn't committed again.
        var isCommitted = new AtomicBoolean();
        return proxy(
                Connection.class,
                (_, method, arguments) -> {
                    if (method.getName().equals("commit") && !isCommitted.getAndSet(false)) {
                        before.roundTrip();
                        before.statement("COMMIT");
                    }
                    var result = invoke(real, method, arguments);
                    return result instanceof PreparedStatement statement
                            ? around(statement, (String) arguments[0], before, isCommitted)
                            : result;
                });
    }

    private static PreparedStatement around(
            PreparedStatement real, String sql, Before before, AtomicBoolean isCommitted) {
        return proxy(
                PreparedStatement.class,
                (_, method, arguments) -> {
                    if (!method.getName().startsWith("execute"))
                        return invoke(real, method, arguments);
                    before.roundTrip();
                    for (var part : parts(sql)) before.statement(part);
                    var result = invoke(real, method, arguments);
                    isCommitted.set(sql.endsWith("COMMIT"));
                    return result;
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
