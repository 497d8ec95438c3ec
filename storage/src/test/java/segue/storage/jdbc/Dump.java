package segue.storage.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Everything that a database holds, as its thief would read it.
public final class Dump {
    private Dump() {}

    /// The rows of each table, as text and in the order of that text. Flyway's own table is left
    /// out.
    public static SortedMap<String, List<String>> of(Database database) {
        return database.read(
                tx -> {
                    var dump = new TreeMap<String, List<String>>();
                    for (var table : tables(tx))
                        dump.put(
                                table,
                                tx.all("SELECT * FROM " + table, Dump::text).stream()
                                        .sorted()
                                        .toList());
                    return dump;
                });
    }

    private static List<String> tables(Tx tx) {
        var all =
                switch (tx.dialect()) {
                    case SQLITE -> "SELECT name FROM sqlite_master WHERE type = 'table'";
                    case POSTGRES -> "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
                };
        return tx.all(all, row -> row.getString(1)).stream()
                .filter(it -> !it.startsWith("sqlite_") && !it.startsWith("flyway_"))
                .toList();
    }

    private static String text(ResultSet row) throws SQLException {
        var columns = row.getMetaData();
        var values = new ArrayList<String>();
        for (var i = 1; i <= columns.getColumnCount(); i++) {
            var value = row.getObject(i);
            values.add(
                    columns.getColumnName(i)
                            + "="
                            + (value instanceof byte[] bytes
                                    ? HexFormat.of().formatHex(bytes)
                                    : value));
        }
        return String.join(" ", values);
    }
}
