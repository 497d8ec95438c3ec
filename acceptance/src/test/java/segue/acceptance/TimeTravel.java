package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/// Lets time pass for a session or for a refresh token, by moving all that the database remembers
/// of its times into the past.
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
                    "idle_expires_at");
    private static final List<String> FAMILY =
            List.of(
                    "authenticated_at",
                    "created_at",
                    "expires_at",
                    "idle_expires_at",
                    "last_exchanged_at");
    private static final List<String> LINK = List.of("issued_at", "superseded_at");

    void ageSession(String id, Duration by) {
        age("session", SESSION, "id", id, by);
    }

    void ageFamily(String id, Duration by) {
        age("token_family", FAMILY, "id", id, by);
        age("refresh_token", LINK, "family_id", id, by);
    }

    private void age(String table, List<String> times, String key, String id, Duration by) {
        var changes =
                times.stream()
                        .map(time -> time + " = " + time + " - " + by.toMillis())
                        .collect(Collectors.joining(", "));
        var sql = "UPDATE " + table + " SET " + changes + " WHERE " + key + " = ?";
        try (var connection = DriverManager.getConnection(url, user, password);
                var statement = connection.prepareStatement(sql)) {
            statement.setString(1, id);
            assertThat(statement.executeUpdate()).as("rows of %s", id).isPositive();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
