package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Lets time pass for a session, for a refresh token or for the signing keys, by moving all that
/// the database remembers of their times into the past.
///
/// @param url of the database, for JDBC
record TimeTravel(String url, String user, String password) {
    private static final List<String> SESSION =
            List.of(
                    "created_at",
                    "updated_at",
                    "authenticated_at",
                    "last_interacted_at",
                    "expires_at",
                    "idle_expires_at",
                    "due_at");
    private static final List<String> FAMILY =
            List.of(
                    "authenticated_at",
                    "created_at",
                    "expires_at",
                    "idle_expires_at",
                    "last_exchanged_at");
    private static final List<String> KEY = List.of("created_at", "activates_at", "retires_at");
    private static final List<String> LINK = List.of("issued_at", "superseded_at");

    void ageSession(String id, Duration by) {
        age("session", SESSION, "id", id, by);
    }

    void ageFamily(String id, Duration by) {
        age("token_family", FAMILY, "id", id, by);
        age("refresh_token", LINK, "family_id", id, by);
    }

    /// All keys.
    void ageKeys(Duration by) {
        update("UPDATE signing_key SET " + changes(KEY, by), Optional.empty());
    }

    private void age(String table, List<String> times, String key, String id, Duration by) {
        update(
                "UPDATE " + table + " SET " + changes(times, by) + " WHERE " + key + " = ?",
                Optional.of(id));
    }

    private static String changes(List<String> times, Duration by) {
        return times.stream()
                .map(time -> time + " = " + time + " - " + by.toMillis())
                .collect(Collectors.joining(", "));
    }

    private void update(String sql, Optional<String> id) {
        try (var connection = DriverManager.getConnection(url, user, password);
                var statement = connection.prepareStatement(sql)) {
            if (id.isPresent()) statement.setString(1, id.get());
            assertThat(statement.executeUpdate()).as("rows of %s", id).isPositive();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
