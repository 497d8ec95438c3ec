package segue.benchmark;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Locale;
import java.util.concurrent.Callable;

/// Fills the PostgreSQL of a server that was measured by [FlowRate], as years of use would: its app
/// has users with sessions and refresh tokens whose secrets are known to [Population].
@Command(
        name = "Growth",
        description =
                "Adds users, sessions, refresh tokens and log entries to a PostgreSQL that FlowRate"
                        + " has used.",
        mixinStandardHelpOptions = true)
public final class Growth implements Callable<Integer> {
    /// Families that are added together. Their users and sessions are their own.
    static final int COHORT = 500_000;

    /// The sessions of a cohort; the families of the same numbers were issued in them.
    static final int SESSIONS = COHORT / 2;

    @Option(
            names = "--families",
            paramLabel = "N",
            defaultValue = "10000000",
            description =
                    "How many refresh-token families there are in the end, in whole cohorts of"
                            + " 500000 (default: ${DEFAULT-VALUE}).")
    private long families;

    @Option(
            names = "--from",
            paramLabel = "N",
            defaultValue = "0",
            description = "How many there are already (default: ${DEFAULT-VALUE}).")
    private long from;

    @Option(
            names = "--url",
            paramLabel = "URL",
            required = true,
            description = "The database, as JDBC names it, with its user.")
    private String url = "";

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private Growth() {}

    /// Exits with 0 if all was added.
    public static void main(String[] arguments) {
        var growth = new Growth();
        Machine.describe(growth.out, "Growth", arguments);
        System.exit(new CommandLine(growth).execute(arguments));
    }

    @Override
    public Integer call() throws SQLException {
        if (families % COHORT != 0 || from % COHORT != 0)
            throw new IllegalArgumentException("whole cohorts of " + COHORT);
        try (var database = DriverManager.getConnection(url)) {
            database.setAutoCommit(false);
            fill(database);
            database.commit();
            database.setAutoCommit(true);
            run(database, "VACUUM ANALYZE");
            sizes(database);
        }
        return 0;
    }

    /// In one transaction, so that a fill that is broken off leaves no database without indexes.
    private void fill(Connection database) throws SQLException {
        var start = System.nanoTime();
        var indexes = Indexes.drop(database);
        for (var at = from; at < families; at += COHORT) {
            add(database, at, COHORT);
            out.printf(Locale.ROOT, "%,d families after %.0f s%n", at + COHORT, since(start));
        }
        indexes.create(database);
        out.printf(Locale.ROOT, "their indexes after %.0f s%n", since(start));
    }

    private static double since(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1e9;
    }

    /// Adds users with ten families each, half of which were issued in a session.
    ///
    /// @param database in a transaction, which stays open
    /// @param first the number of the first family
    /// @param many how many families
    static void add(Connection database, long first, int many) throws SQLException {
        run(
                database,
                SQL.replace(":first", Long.toString(first))
                        .replace(":families", Integer.toString(many))
                        .replace(":sessions", Integer.toString(many / 2))
                        .replace(":users", Integer.toString(many / 10))
                        .replace(":app", "'" + Subject.APP + "'")
                        .replace(":web", "'" + Subject.WEB + "'")
                        .replace(":member", "'" + Subject.EMAIL + "'"));
    }

    private static void run(Connection database, String sql) throws SQLException {
        try (var statement = database.createStatement()) {
            var _ = statement.execute(sql);
        }
    }

    private void sizes(Connection database) throws SQLException {
        out.printf("%n%-40s %14s %10s %9s%n", "table or index", "rows", "MiB", "B per row");
        try (var statement = database.createStatement();
                var rows = statement.executeQuery(SIZES)) {
            while (rows.next())
                out.printf(
                        Locale.ROOT,
                        "%-40s %,14d %,10d %9d%n",
                        rows.getString(1),
                        rows.getLong(2),
                        rows.getLong(3) >> 20,
                        rows.getLong(3) / Math.max(1, rows.getLong(2)));
        }
    }

    private static final String SIZES =
            """
            SELECT relname, reltuples::bigint, pg_relation_size(c.oid) FROM pg_class c
              JOIN pg_namespace n ON n.oid = relnamespace
             WHERE relkind IN ('r', 'i') AND nspname = 'public' AND pg_relation_size(c.oid) > 1000000
             ORDER BY coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = c.oid), c.oid), relkind DESC, relname
            """;

    /// Identifiers and secrets are spread as those that the server makes up, since the order in
    /// which entries come decides what an index costs. The rows of a user lie apart, and their
    /// texts are as long as in life. Sessions are a day old and families ten, so that nothing has
    /// expired.
    private static final String SQL =
            """
            CREATE OR REPLACE FUNCTION pg_temp.identifier(text) RETURNS text IMMUTABLE LANGUAGE sql AS
                $$ SELECT translate(encode(substring(sha256($1::bytea) FROM 1 FOR 24), 'base64'), '+/', '-_') $$;
            CREATE OR REPLACE FUNCTION pg_temp.hash(prefix text, seed text) RETURNS bytea IMMUTABLE LANGUAGE sql AS
                $$ SELECT sha256((prefix || translate(rtrim(encode(sha256(seed::bytea), 'base64'), '='), '+/', '-_'))::bytea) $$;
            CREATE OR REPLACE FUNCTION pg_temp.person(bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
                $$ SELECT 'auth0|' || substr(md5('user ' || $1), 1, 24) $$;

            CREATE TEMPORARY TABLE common AS
            SELECT connection_id, (extract(epoch FROM now()) * 1000)::bigint AS now,
                'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile' AS agent
              FROM app_user WHERE email = :member;

            INSERT INTO app_user (user_id, connection_id, email, name, password_hash, blocked, document, created_at,
                updated_at)
            SELECT pg_temp.person(:first / 10 + n), connection_id, 'user' || :first / 10 + n || '@example.org',
                'user' || :first / 10 + n, '$argon2id$v=19$m=19456,t=2,p=1$' || repeat('A', 22) || '$' || repeat('B', 43),
                FALSE, json_build_object('user_id', pg_temp.person(:first / 10 + n),
                    'email', 'user' || :first / 10 + n || '@example.org', 'email_verified', FALSE,
                    'name', 'user' || :first / 10 + n, 'nickname', 'user' || :first / 10 + n,
                    'picture', 'https://s.gravatar.com/avatar/' || md5(n::text) || '?s=480&r=pg'), now - 864000000 + n, now
              FROM common, generate_series(0, :users - 1) AS n;

            INSERT INTO user_login (user_id, last_login_at, last_ip, logins_count)
            SELECT pg_temp.person(:first / 10 + n), now, '203.0.113.7', 10
              FROM common, generate_series(0, :users - 1) AS n;

            INSERT INTO user_grant (id, user_id, client_id, audience, scope, created_at)
            SELECT substr(md5(client || ' of ' || :first / 10 + n), 1, 24), pg_temp.person(:first / 10 + n), client, '',
                'openid offline_access', now - 864000000 + n
              FROM common, generate_series(0, :users - 1) AS n, unnest(ARRAY[:app, :web]) AS client;

            INSERT INTO session (id, secret_hash, user_id, connection_id, created_at, updated_at, authenticated_at, methods,
                last_interacted_at, expires_at, idle_expires_at, idle_millis, due_at, persistent, pending, initial_ip,
                initial_user_agent, last_ip, last_user_agent, metadata)
            SELECT pg_temp.identifier('session ' || :first + n), pg_temp.hash('s_', 'session ' || :first + n),
                pg_temp.person(:first / 10 + n % :users), connection_id, now - 86400000 + n, now, now - 86400000 + n,
                'pwd@' || now - 86400000 + n, now, now + 518400000, now + 259200000, 259200000, now + 259200000 - n, TRUE, FALSE,
                '\\xcb007107', agent, '\\xcb007107', agent, ''
              FROM common, generate_series(0, :sessions - 1) AS n;

            INSERT INTO session_client (session_id, client_id, host)
            SELECT pg_temp.identifier('session ' || :first + n), client, 'login.example.org'
              FROM generate_series(0, :sessions - 1) AS n, unnest(ARRAY[:app, :web]) AS client;

            INSERT INTO token_family (id, user_id, client_id, connection_id, session_id, scope, authenticated_at, methods,
                rotating, generation, created_at, expires_at, idle_expires_at, initial_ip, initial_user_agent, last_ip,
                last_user_agent, metadata)
            SELECT pg_temp.identifier('family ' || :first + n), pg_temp.person(:first / 10 + n % :users), :app,
                connection_id, CASE WHEN n < :sessions THEN pg_temp.identifier('session ' || :first + n) END,
                'openid offline_access', now - 864000000 + n, 'pwd@' || now - 864000000 + n, TRUE, 1,
                now - 864000000 + n, now + 2592000000, now + 1296000000, '\\xcb007107', agent, '\\xcb007107', agent, ''
              FROM common, generate_series(0, :families - 1) AS n;

            INSERT INTO refresh_token (hash, family_id, generation, issued_at)
            SELECT pg_temp.hash('v1.', 'refresh token ' || :first + n), pg_temp.identifier('family ' || :first + n), 1,
                now - 864000000 + n
              FROM common, generate_series(0, :families - 1) AS n;

            INSERT INTO tenant_log (at, type, client_id, client_name, user_id, user_name, connection, connection_id, ip,
                user_agent, hostname, details)
            SELECT now - 864000000 + n, 'sertft', :app, 'App', pg_temp.person(:first / 10 + n % :users),
                'user' || :first / 10 + n % :users || '@example.org', 'Username-Password-Authentication', connection_id,
                '203.0.113.7', agent, 'login.example.org', 'refresh_token.access=soffline&tokenCounter=n1'
              FROM common, generate_series(0, :families - 1) AS n;

            DROP TABLE common
            """;
}
