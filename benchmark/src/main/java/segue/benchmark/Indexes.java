package segue.benchmark;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// The indexes of a PostgreSQL that are away while very many rows are added, and the constraints
/// that need them: to build an index at the end takes a fraction of the time.
final class Indexes {
    /// What they have in common with those that were filled in the course of years: entries that
    /// come in no order leave a page about 70 % full.
    private static final String AGED = " WITH (fillfactor = 70)";

    /// Foreign keys first: they need a primary key, and their tables' rows aren't looked at one by
    /// one when they are added at the end.
    private static final String CONSTRAINTS =
            """
            SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
                format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
                    || CASE contype WHEN 'f' THEN '' ELSE ':aged' END
              FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'p', 'u')
             ORDER BY contype = 'f' DESC, conname
            """;

    /// Those of no constraint; a condition comes last.
    private static final String OTHERS =
            """
            SELECT format('DROP INDEX %s', indexrelid::regclass),
                regexp_replace(replace(pg_get_indexdef(indexrelid), ' WITH (fillfactor=''70'')', ''), '( WHERE .*)?$',
                    ':aged\\1')
              FROM pg_index JOIN pg_class c ON c.oid = indexrelid
             WHERE relnamespace = 'public'::regnamespace
               AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
             ORDER BY 1
            """;

    private final List<String> creations;

    private Indexes(List<String> creations) {
        this.creations = creations;
    }

    /// Drops them all.
    ///
    /// @param database in a transaction, which stays open
    static Indexes drop(Connection database) throws SQLException {
        var creations = new ArrayList<String>();
        for (var query : List.of(OTHERS, CONSTRAINTS)) {
            var found = new ArrayList<String>();
            try (var statement = database.createStatement();
                    var rows = statement.executeQuery(query.replace(":aged", AGED))) {
                while (rows.next()) {
                    found.add(rows.getString(1));
                    creations.addFirst(rows.getString(2));
                }
            }
            run(database, found);
        }
        return new Indexes(creations);
    }

    /// Creates them again.
    void create(Connection database) throws SQLException {
        run(database, List.of("SET LOCAL maintenance_work_mem = '1GB'"));
        run(database, creations);
    }

    private static void run(Connection database, List<String> statements) throws SQLException {
        try (var statement = database.createStatement()) {
            for (var one : statements) {
                var _ = statement.execute(one);
            }
        }
    }
}
