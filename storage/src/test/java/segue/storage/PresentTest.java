package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import segue.domain.identifier.ClientId;
import segue.domain.revocation.Cause;
import segue.domain.user.UserState;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.FamilyTable;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// A refresh token that comes in, with its family and user, locked in one statement of PostgreSQL's
/// (docs/adr/0006 and 0020): what others do at the same moment.
class PresentTest {
    private static final String USER = "SELECT 1 FROM app_user WHERE user_id = 'auth0|kim'";
    private static final String FAMILY = "SELECT 1 FROM token_family";
    private static final String LINK = "SELECT 1 FROM refresh_token";

    @RegisterExtension private static final PostgresProcess SERVER = new PostgresProcess();

    private final Database database = SERVER.open();
    private final Fixture fixture = new Fixture(database).stored();
    private final Fixture.Native app = fixture.signIn(Fixture.KIM);

    @AfterEach
    void close() {
        database.close();
    }

    private Optional<FamilyTable.Presented> present(ClientId client) {
        return database.inTransaction(
                tx -> tx.families().present(app.token().hash(), client, true, false).get());
    }

    /// Somebody else's transaction, which does something while the token comes in and waits.
    private Optional<FamilyTable.Presented> presentedDuring(String change, Work meanwhile)
            throws SQLException {
        try (var other = begin();
                var statement = other.createStatement()) {
            statement.execute(change);
            var presented = CompletableFuture.supplyAsync(() -> present(Fixture.APP));
            awaitWaiting(statement);
            meanwhile.run();
            other.commit();
            return presented.join();
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws SQLException;
    }

    private static Connection begin() throws SQLException {
        var connection = SERVER.newest().getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    private static void awaitWaiting(Statement statement) throws SQLException {
        var end = Instant.now().plusSeconds(20);
        while (Instant.now().isBefore(end))
            try (var rows =
                    statement.executeQuery("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1")) {
                if (rows.next()) return;
            }
        throw new IllegalStateException("nobody waits");
    }

    private static boolean isFree(String query) throws SQLException {
        try (var other = begin();
                var statement = other.createStatement();
                var rows = statement.executeQuery(query + " FOR UPDATE SKIP LOCKED")) {
            return rows.next();
        }
    }

    @Test
    void havingWaitedItFindsTheTokenAsItIsNow() throws SQLException {
        var found =
                presentedDuring(
                        "UPDATE token_family SET generation = generation + 1",
                        () -> {
                            try (var other = SERVER.newest().getConnection();
                                    var statement = other.createStatement()) {
                                statement.execute("UPDATE refresh_token SET superseded_at = 7");
                            }
                        });
        var link = found.orElseThrow().link();
        assertThat(link.supersededAt()).contains(Instant.ofEpochMilli(7));
        assertThat(link.family().generation()).isEqualTo(link.generation() + 1);
    }

    @Test
    void havingWaitedItFindsTheFamilyEnded() throws SQLException {
        var found =
                presentedDuring(
                        "UPDATE token_family SET ended_at = 7, cause = 'REVOKED'", () -> {});
        assertThat(found.orElseThrow().link().family().cause()).contains(Cause.REVOKED);
    }

    @Test
    void havingWaitedItFindsTheUserBlocked() throws SQLException {
        var found = presentedDuring("UPDATE app_user SET blocked = TRUE", () -> {});
        assertThat(found.orElseThrow().user()).isEqualTo(UserState.BLOCKED);
        assertThat(found.orElseThrow().profile()).isEmpty();
    }

    @Test
    void havingWaitedItFindsNothingThatWasDeleted() throws SQLException {
        assertThat(presentedDuring("DELETE FROM token_family", () -> {})).isEmpty();
    }

    @Test
    void theUserIsLockedBeforeTheFamily() throws SQLException {
        presentedDuring(
                USER + " FOR UPDATE",
                () -> {
                    assertThat(isFree(FAMILY)).isTrue();
                    assertThat(isFree(LINK)).isTrue();
                });
    }

    @Test
    void theFamilyIsLockedBeforeTheToken() throws SQLException {
        presentedDuring(
                FAMILY + " FOR UPDATE",
                () -> {
                    assertThat(isFree(USER)).isFalse();
                    assertThat(isFree(LINK)).isTrue();
                });
    }

    @Test
    void theTokenIsLockedLast() throws SQLException {
        presentedDuring(
                LINK + " FOR UPDATE",
                () -> {
                    assertThat(isFree(USER)).isFalse();
                    assertThat(isFree(FAMILY)).isFalse();
                });
    }

    @Test
    void someoneElsesTokenLocksNothing() {
        database.inTransaction(
                tx -> {
                    var found = tx.families().present(app.token().hash(), Fixture.WEB, true, false);
                    assertThat(found.get()).isEmpty();
                    for (var query : new String[] {USER, FAMILY, LINK})
                        assertThat(isFreeNow(query)).isTrue();
                    return true;
                });
    }

    private static boolean isFreeNow(String query) {
        try {
            return isFree(query);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
