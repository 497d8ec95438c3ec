package segue.storage.jdbc;

/// Looks at rows that no use case shows.
public final class Rows {
    private Rows() {}

    /// The number that a query answers.
    public static long count(Database database, String sql, Object... values) {
        return database.read(tx -> tx.number(sql, values));
    }
}
