package segue.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.revocation.Cause;
import segue.domain.secret.Secret;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Lists stay fast at size: the statements behind the lists of the Management API, its log pages
/// and every revocation find their rows by an index. The server is asked for its plans, by the
/// statements themselves; time is not measured. `-Dsegue.rows=1000000` for the full size.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresPlanTest {
    /// How many sessions, transfers and log entries there are; of refresh tokens, twice as many.
    private static final int ROWS = Integer.getInteger("segue.rows", 20_000);

    private static final int PER_USER = 20;
    private static final UserId USER = new UserId("auth0|7");
    private static final ClientId CLIENT = new ClientId("client7");
    private static final List<SessionId> SESSIONS =
            List.of(new SessionId("sid1007"), new SessionId("sid2007"));
    private static final List<FamilyId> FAMILIES =
            List.of(new FamilyId("rt1007"), new FamilyId("rt2007"));

    /// A table that grows with use is read from end to end, or an index is, to throw most of it
    /// away; the other tables are what an operator configures.
    private static final Pattern WHOLE =
            Pattern.compile(
                    "Seq Scan on"
                        + " (session|token_family|refresh_token|session_transfer_token|tenant_log|session_client|logout_notice|app_user|user_login)\\b|Rows"
                        + " Removed by Filter: \\d{4}");

    private Optional<EmbeddedPostgres> server = Optional.empty();
    private Optional<Database> opened = Optional.empty();
    private final List<String> plans = new ArrayList<>();

    @BeforeAll
    void fill() throws IOException {
        var running = EmbeddedPostgres.start();
        server = Optional.of(running);
        opened =
                Optional.of(
                        Watched.explained(
                                running.getJdbcUrl("postgres", "postgres"),
                                (sql, plan) -> plans.add(sql + "\n" + plan)));
        SqlRunner.run(
                running.getPostgresDatabase(),
                FILL.replace(":rows", Integer.toString(ROWS))
                        .replace(":users", Integer.toString(ROWS / PER_USER)));
    }

    @AfterAll
    void stop() throws IOException {
        opened.orElseThrow().close();
        server.orElseThrow().close();
    }

    /// A user has 20 sessions and 40 refresh tokens, a client one in a thousand of all. Half of the
    /// sessions and tokens stem from transfers; one of ten sessions has expired.
    private static final String FILL =
            """
            INSERT INTO client (client_id, document, sealed_secret, can_create, cascades, online, logout_initiators, created_at)
            SELECT 'client' || n, '{}', '', TRUE, TRUE, TRUE, ' rp-logout session-revoked ', n
              FROM generate_series(1, 1000) AS n;

            INSERT INTO connection (id, name, strategy, document, created_at) VALUES ('con_1', 'Users', 'auth0', '{}', 0);

            INSERT INTO app_user (user_id, connection_id, email, blocked, document, created_at, updated_at)
            SELECT 'auth0|' || n, 'con_1', n || '@example.org', FALSE, '{}', n, n FROM generate_series(1, :users) AS n;

            INSERT INTO user_login (user_id, last_login_at, last_ip, logins_count)
            SELECT 'auth0|' || n, n, '127.0.0.1', 1 FROM generate_series(1, :users) AS n;

            INSERT INTO session (id, secret_hash, user_id, connection_id, parent_id, transfer_id, created_at, updated_at,
                authenticated_at, methods, last_interacted_at, expires_at, idle_expires_at, idle_millis, due_at,
                persistent, pending, initial_ip, initial_user_agent, last_ip, last_user_agent, metadata, ended_at)
            SELECT 'sid' || n, sha256(('sid' || n)::bytea), 'auth0|' || n % :users, 'con_1',
                CASE WHEN n % 2 = 0 THEN 'rt' || n END, CASE WHEN n % 2 = 0 THEN 'stt' || n END, n, n, n, 'pwd', n,
                32503680000000, CASE WHEN n % 10 = 3 THEN n ELSE 32503680000000 END, 1000,
                CASE WHEN n % 10 = 3 THEN n ELSE 32503680000000 END, TRUE, FALSE, '\\x7f000001', '',
                '\\x7f000001', '', '', CASE WHEN n % 10 = 1 THEN n END
              FROM generate_series(1, :rows) AS n;

            INSERT INTO session_client (session_id, client_id, host)
            SELECT 'sid' || n, 'client' || n % 997, 'localhost' FROM generate_series(1, :rows) AS n;

            INSERT INTO token_family (id, user_id, client_id, connection_id, session_id, parent_id, scope, authenticated_at,
                methods, rotating, generation, created_at, expires_at, initial_ip, initial_user_agent, last_ip,
                last_user_agent, metadata, ended_at)
            SELECT 'rt' || n, 'auth0|' || n % :users, 'client' || n % 997, 'con_1',
                CASE WHEN n > :rows THEN 'sid' || n - :rows END, CASE WHEN n > :rows THEN 'rt' || n - :rows END, 'openid',
                n, 'pwd', TRUE, 1, n, 32503680000000, '\\x7f000001', '', '\\x7f000001', '', '',
                CASE WHEN n % 10 = 1 THEN n END
              FROM generate_series(1, 2 * :rows) AS n;

            INSERT INTO refresh_token (hash, family_id, generation, issued_at)
            SELECT sha256(('rt' || n)::bytea), 'rt' || n, 1, n FROM generate_series(1, 2 * :rows) AS n;

            INSERT INTO session_transfer_token (hash, id, family_id, client_id, user_id, connection_id, scope,
                authenticated_at, methods, issued_at, expires_at, ip, user_agent)
            SELECT sha256(('stt' || n)::bytea), 'stt' || n, 'rt' || n, 'client' || n % 997, 'auth0|' || n % :users, 'con_1',
                'openid', n, 'pwd', n, 32503680000000, '\\x7f000001', ''
              FROM generate_series(1, :rows) AS n;

            INSERT INTO tenant_log (at, type, user_id, details)
            SELECT n, 's', 'auth0|' || n % :users, '' FROM generate_series(1, :rows) AS n;

            INSERT INTO logout_notice (session_id, client_id, host, user_id, initiator, attempts, due_at)
            SELECT 'sid' || n, 'other', 'localhost', 'auth0|' || n % :users, 'rp-logout', 0,
                CASE WHEN n % 100 = 0 THEN n ELSE 32503680000000 END
              FROM generate_series(1, :rows) AS n;

            ANALYZE
            """;

    private record Named(String name, Consumer<Tx> work) {}

    @TestFactory
    Stream<DynamicTest> aStatementFindsItsRowsByAnIndex() {
        return Stream.of(lists(), logs(), locks(), endings(), notices(), retention())
                .flatMap(it -> it)
                .map(it -> DynamicTest.dynamicTest(it.name(), () -> findsByIndex(it)));
    }

    private void findsByIndex(Named named) {
        plans.clear();
        // Undone, so that each finds the tables as they were filled.
        opened.orElseThrow()
                .rehearse(
                        tx -> {
                            named.work().accept(tx);
                            return true;
                        });
        assertThat(plans)
                .as("statements but that for the time")
                .hasSizeGreaterThan(1)
                .allSatisfy(plan -> assertThat(plan).doesNotContainPattern(WHOLE));
    }

    /// Otherwise each would write to all indexes of the table (docs/scaling.md).
    @Test
    void whatAUseChangesIsInNoIndex() {
        opened.orElseThrow()
                .rehearse(
                        tx -> {
                            var session = tx.sessions().seen(SESSIONS.getFirst()).orElseThrow();
                            var device = session.initial();
                            var before = written(tx);
                            tx.sessions().recordUse(session.session(), device);
                            tx.families()
                                    .recordExchange(
                                            FAMILIES.getFirst(), 2, true, Optional.empty(), device);
                            tx.families().supersede(FAMILIES.getFirst(), 1);
                            assertThat(written(tx))
                                    .isEqualTo(before.stream().map(it -> it + 1).toList());
                            return true;
                        });
    }

    /// How many rows of each table got a new version beside the old one.
    private static List<Long> written(Tx tx) {
        return Stream.of("session", "token_family", "refresh_token")
                .map(
                        table ->
                                tx.number(
                                        "SELECT pg_stat_get_xact_tuples_hot_updated(CAST(? AS"
                                                + " regclass))",
                                        table))
                .toList();
    }

    private static Stream<Named> lists() {
        var first = Optional.<Place>empty();
        var later = Optional.of(new Place(Instant.ofEpochMilli(ROWS / 2), "x"));
        var anyClient = Optional.<ClientId>empty();
        var client = Optional.of(CLIENT);
        return Stream.of(
                new Named("a user", tx -> assertThat(tx.directory().find(USER)).isPresent()),
                new Named(
                        "sessions of a user",
                        tx -> assertThat(tx.sessions().shownOf(USER, first, 5)).hasSize(5)),
                new Named(
                        "a later page of them",
                        tx -> assertThat(tx.sessions().shownOf(USER, later, 5)).hasSize(5)),
                new Named(
                        "refresh tokens of a user",
                        tx ->
                                assertThat(tx.families().shownOf(USER, anyClient, first, 5))
                                        .hasSize(5)),
                new Named(
                        "a later page of those",
                        tx ->
                                assertThat(tx.families().shownOf(USER, anyClient, later, 5))
                                        .hasSize(5)),
                new Named(
                        "refresh tokens of a user for a client",
                        tx ->
                                assertThat(tx.families().shownOf(USER, client, first, 5))
                                        .isNotEmpty()));
    }

    private static Stream<Named> logs() {
        return Stream.of(
                new Named(
                        "newest events",
                        tx -> assertThat(found(tx, new Query.All(), false, 0)).hasSize(50)),
                new Named(
                        "oldest events",
                        tx -> assertThat(found(tx, new Query.All(), true, 0)).hasSize(50)),
                new Named(
                        "the last page that can be reached",
                        tx -> assertThat(found(tx, new Query.All(), false, 950)).hasSize(50)),
                new Named(
                        "events of a user",
                        tx ->
                                assertThat(
                                                found(
                                                        tx,
                                                        new Query.Term("user_id", "auth0|7"),
                                                        false,
                                                        0))
                                        .hasSize(PER_USER)),
                new Named(
                        "events after one",
                        tx -> assertThat(tx.log().after(ROWS / 2, 0, 50)).hasSize(50)),
                new Named("an event", tx -> assertThat(tx.log().find(7, 7)).isPresent()));
    }

    private static List<LogTable.Entry> found(Tx tx, Query query, boolean oldestFirst, int offset) {
        return tx.log().search(query, oldestFirst, offset, 50, false).orElseThrow().entries();
    }

    private static Stream<Named> locks() {
        return Stream.of(
                new Named("tokens of a user", tx -> some(tx.families().lockOf(USER))),
                new Named(
                        "tokens of a user for a client",
                        tx -> some(tx.families().lockOf(USER, CLIENT))),
                new Named(
                        "tokens of a user for a client and an API",
                        tx -> some(tx.families().lockOf(USER, CLIENT, Optional.empty()))),
                new Named("tokens of a client", tx -> some(tx.families().lockOf(CLIENT))),
                new Named(
                        "tokens issued in sessions",
                        tx -> some(tx.families().lockIssuedIn(SESSIONS))),
                new Named("sessions of a user", tx -> some(tx.sessions().lockOf(USER))),
                new Named("expired sessions", tx -> some(tx.sessions().lockDue(200))),
                new Named("sessions that live on", tx -> tx.sessions().postpone(SESSIONS)));
    }

    private static Stream<Named> endings() {
        var cause = Cause.REVOKED;
        return Stream.of(
                new Named("end tokens", tx -> some(tx.families().end(FAMILIES, cause))),
                new Named(
                        "end what was born of tokens",
                        tx -> some(tx.families().endBornOf(FAMILIES, cause))),
                new Named(
                        "end what is bound to sessions",
                        tx -> some(tx.families().endOnlineOf(SESSIONS, cause))),
                new Named("forget where transfers went", tx -> tx.transfers().erase(USER)),
                new Named("forget where sessions were used", tx -> tx.sessions().erase(USER)),
                new Named("forget where tokens were used", tx -> tx.families().erase(USER)),
                new Named("which cascade", tx -> some(tx.families().cascading(FAMILIES))),
                new Named("end sessions", tx -> some(tx.sessions().end(SESSIONS, cause))),
                new Named(
                        "end the sessions that tokens opened",
                        tx ->
                                some(
                                        tx.sessions()
                                                .endOpenedBy(
                                                        List.of(new FamilyId("rt1008")), cause))),
                new Named(
                        "transfers of a while",
                        tx ->
                                assertThat(
                                                tx.transfers()
                                                        .askCount(
                                                                new Secret("rt1007").hash(),
                                                                Duration.ofDays(30_000))
                                                        .get())
                                        .isOne()),
                new Named(
                        "transfers that wait", tx -> some(tx.transfers().outstandingOf(FAMILIES))),
                new Named(
                        "a family's view",
                        tx -> {
                            var root = new FamilyId("rt1008");
                            some(tx.members().transfersOf(root));
                            some(tx.members().sessionsOf(root));
                            some(tx.members().familiesBornOf(root));
                        }));
    }

    private static Stream<Named> notices() {
        return Stream.of(
                new Named(
                        "note who hears of an end",
                        tx -> {
                            tx.logoutNotices().insert(SESSIONS, Cause.REVOKED);
                            assertThat(
                                            tx.number(
                                                    "SELECT count(*) FROM logout_notice WHERE"
                                                            + " session_id = 'sid1007'"))
                                    .isEqualTo(2);
                        }),
                new Named(
                        "take notices that are due",
                        tx -> some(tx.logoutNotices().take(20, Duration.ofMinutes(1)))));
    }

    private static Stream<Named> retention() {
        var later = Optional.<Object>of("rt1007");
        return Stream.of(
                new Named(
                        "families that are over",
                        tx ->
                                assertThat(
                                                ExpiredTable.FAMILY
                                                        .olderThan(tx, tx.now(), later)
                                                        .last())
                                        .isPresent()),
                new Named(
                        "sessions that are over",
                        tx ->
                                some(
                                        ExpiredTable.SESSION
                                                .olderThan(tx, tx.now(), Optional.empty())
                                                .over())));
    }

    private static void some(List<?> found) {
        assertThat(found).isNotEmpty();
    }
}
