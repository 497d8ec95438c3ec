package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import segue.storage.jdbc.Database;
import segue.storage.jdbc.Rows;
import segue.storage.jdbc.SqlRunner;
import segue.storage.jdbc.Watched;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/// Two nodes on one PostgreSQL that forget at the same moment, while others work.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresRetentionTest {
    private static final Duration MONTH = Duration.ofDays(30);

    /// As many of each kind as make several steps.
    private static final int OVER = 1_200;

    private static final String FILL =
            """
            INSERT INTO session (id, secret_hash, user_id, connection_id, created_at, updated_at, authenticated_at,
                methods, last_interacted_at, expires_at, idle_expires_at, idle_millis, due_at, persistent, pending,
                initial_ip, initial_user_agent, last_ip, last_user_agent, metadata)
            SELECT 'over' || n, sha256(('over' || n)::bytea), 'auth0|kim', 'con_1', n, n, n, 'pwd', n, n, n, 1, n, TRUE, FALSE,
                '\\x7f000001', '', '\\x7f000001', '', '' FROM generate_series(1, 1200) AS n;

            INSERT INTO token_family (id, user_id, client_id, connection_id, scope, authenticated_at, methods, rotating,
                generation, created_at, expires_at, initial_ip, initial_user_agent, last_ip, last_user_agent, metadata)
            SELECT 'over' || n, 'auth0|kim', 'app', 'con_1', 'openid', n, 'pwd', TRUE, 1, n, n, '\\x7f000001', '',
                '\\x7f000001', '', '' FROM generate_series(1, 1200) AS n;

            INSERT INTO refresh_token (hash, family_id, generation, issued_at)
            SELECT sha256(('over' || n)::bytea), 'over' || n, 1, n FROM generate_series(1, 1200) AS n;

            INSERT INTO session_transfer_token (hash, id, family_id, client_id, user_id, connection_id, scope,
                authenticated_at, methods, issued_at, expires_at, ip, user_agent)
            SELECT sha256(('over' || n)::bytea), 'over' || n, 'over' || n, 'app', 'auth0|kim', 'con_1', 'openid', n,
                'pwd', n, n, '\\x7f000001', '' FROM generate_series(1, 1200) AS n
            """;

    private Optional<EmbeddedPostgres> server = Optional.empty();
    private final List<Database> nodes = new ArrayList<>();
    private final AtomicInteger most = new AtomicInteger();
    private String family = "";
    private String session = "";
    private int databases;

    private String name() {
        return "forgetting" + databases;
    }

    @BeforeAll
    void start() throws IOException {
        server = Optional.of(EmbeddedPostgres.start());
    }

    @AfterAll
    void stop() throws IOException {
        server.orElseThrow().close();
    }

    @BeforeEach
    void fill() {
        var running = server.orElseThrow();
        databases++;
        SqlRunner.run(running.getPostgresDatabase(), "CREATE DATABASE " + name());
        for (var i = 0; i < 2; i++)
            nodes.add(Watched.postgres(running.getJdbcUrl("postgres", name()), counted()));
        var fixture = new Fixture(nodes.getFirst()).stored();
        var alive = fixture.signIn(Fixture.KIM);
        family = alive.family().value();
        session = fixture.redeem(fixture.exchange(alive.token()).transfer()).session().value();
        SqlRunner.run(running.getDatabase("postgres", name()), FILL);
    }

    @AfterEach
    void close() {
        nodes.forEach(Database::close);
        nodes.clear();
    }

    /// Of the deletions of one transaction the most that there were.
    private Watched.Before counted() {
        var deletions = ThreadLocal.withInitial(AtomicInteger::new);
        return sql -> {
            if (sql.contains("epoch FROM now()")) deletions.get().set(0);
            if (sql.startsWith("DELETE"))
                most.accumulateAndGet(deletions.get().incrementAndGet(), Math::max);
        };
    }

    private long forget(Database node) {
        return new Retention(node).forget(MONTH, MONTH);
    }

    private long count(String table) {
        return Rows.count(nodes.getFirst(), "SELECT count(*) FROM " + table);
    }

    private void whileHeld(String query, Runnable work) {
        var running = server.orElseThrow();
        SqlRunner.whileHeld(running.getDatabase("postgres", name()), query, work);
    }

    @Test
    void twoNodesAtOnceForgetEachRowOnceAndInSmallSteps() throws Exception {
        var barrier = new CyclicBarrier(2);
        var sum = 0L;
        try (var pool = Executors.newFixedThreadPool(2)) {
            var forgetting = new ArrayList<Future<Long>>();
            for (var node : nodes)
                forgetting.add(
                        pool.submit(
                                () -> {
                                    barrier.await();
                                    return forget(node);
                                }));
            for (var each : forgetting) sum += each.get();
        }
        assertThat(sum + forget(nodes.getFirst())).isEqualTo(3 * OVER);
        assertThat(List.of(count("session"), count("token_family"), count("refresh_token")))
                .containsExactly(1L, 1L, 2L);
        assertThat(most.get()).isLessThanOrEqualTo(500);
    }

    @Test
    void whoeverHoldsALiveRowIsNotWaitedFor() throws Exception {
        var held =
                """
                SELECT 1 FROM session, token_family
                 WHERE session.id = '%s' AND token_family.id = '%s' FOR UPDATE\
                """
                        .formatted(session, family);
        whileHeld(held, () -> assertThat(forget(nodes.getFirst())).isEqualTo(3 * OVER));
        assertThat(List.of(count("session"), count("token_family"))).containsExactly(1L, 1L);
    }

    @Test
    void whoeverHoldsARowThatIsOverIsNotWaitedForEither() throws Exception {
        var held =
                """
                SELECT 1 FROM session, token_family, session_transfer_token AS transfer
                 WHERE session.id = 'over7' AND token_family.id = 'over7' AND transfer.id = 'over7' FOR UPDATE\
                """;
        whileHeld(held, () -> assertThat(forget(nodes.getFirst())).isEqualTo(3 * OVER - 3));
        assertThat(forget(nodes.getFirst())).isEqualTo(3);
    }
}
