package segue.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import segue.domain.secret.Secret;
import segue.server.secret.SecretType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

@Timeout(120)
class GrowthTest {
    private static final int MANY = 100;

    @Test
    void theSecretsOfWhatItAddsAreKnown() throws IOException, SQLException {
        try (var server = EmbeddedPostgres.start();
                var database = server.getPostgresDatabase().getConnection()) {
            run(database, schema());
            run(
                    database,
                    """
                    INSERT INTO connection (id, name, strategy, document, created_at)
                    VALUES ('con_1', 'Users', 'auth0', '{}', 0);
                    INSERT INTO client (client_id, document, sealed_secret, can_create, cascades, online,
                        logout_initiators, created_at)
                    SELECT id, '{}', '', TRUE, TRUE, FALSE, '', 0 FROM unnest(ARRAY['%s', '%s']) AS id;
                    INSERT INTO app_user (user_id, connection_id, email, blocked, document, created_at, updated_at)
                    VALUES ('auth0|1', 'con_1', '%s', FALSE, '{}', 0, 0)
                    """
                            .formatted(Subject.APP, Subject.WEB, Subject.EMAIL));
            database.setAutoCommit(false);
            var before = indexes(database);
            for (var first = 0; first < 2 * MANY; first += MANY) {
                var indexes = Indexes.drop(database);
                assertThat(indexes(database)).isEmpty();
                Growth.add(database, first, MANY);
                indexes.create(database);
                assertThat(indexes(database)).isEqualTo(before);
            }
            for (var family = 0; family < 2 * MANY; family++) {
                var token =
                        SecretType.REFRESH_TOKEN
                                .parse(Population.refreshToken(family))
                                .orElseThrow();
                assertThat(found(database, "refresh_token", "hash", token)).isTrue();
            }
            // Those whose families were issued in it: the first half of each cohort.
            for (var session = MANY; session < MANY + MANY / 2; session++) {
                var cookie =
                        SecretType.SESSION_COOKIE.parse(Population.session(session)).orElseThrow();
                assertThat(found(database, "session", "secret_hash", cookie)).isTrue();
            }
        }
    }

    @Test
    void eachFamilyIsUsedOnce() {
        var population = new Population(Growth.COHORT, 0);
        var used = new HashSet<Long>();
        for (var turn = 0; turn < Growth.COHORT; turn++)
            assertThat(used.add(population.nextFamily())).isTrue();
        assertThatThrownBy(population::nextFamily).hasMessage("each has had a turn");
    }

    @Test
    void aSessionIsOneOfItsCohort() {
        var population = new Population(2 * Growth.COHORT, 1);
        for (var turn = 0; turn < 1000; turn++)
            assertThat(population.nextSession() % Growth.COHORT).isLessThan(Growth.SESSIONS);
    }

    private static String schema() throws IOException {
        try (var file = GrowthTest.class.getResourceAsStream("/db/postgres/V1__first.sql")) {
            return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void run(Connection database, String sql) throws SQLException {
        try (var statement = database.createStatement()) {
            var _ = statement.execute(sql);
        }
    }

    /// And the constraints that need one.
    private static List<String> indexes(Connection database) throws SQLException {
        try (var statement = database.createStatement();
                var rows =
                        statement.executeQuery(
                                """
                                SELECT replace(definition, ' WITH (fillfactor=''70'')', '')
                                  FROM (SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
                                        UNION ALL
                                        SELECT conrelid::regclass || conname || pg_get_constraintdef(oid)
                                          FROM pg_constraint
                                         WHERE connamespace = 'public'::regnamespace
                                           AND contype IN ('p', 'u', 'f')) AS it (definition)
                                 ORDER BY 1
                                """)) {
            var all = new ArrayList<String>();
            while (rows.next()) all.add(rows.getString(1));
            return all;
        }
    }

    private static boolean found(Connection database, String table, String column, Secret secret)
            throws SQLException {
        try (var statement =
                database.prepareStatement("SELECT 1 FROM " + table + " WHERE " + column + " = ?")) {
            statement.setBytes(1, secret.hash().bytes());
            try (var rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }
}
