package segue.storage.jdbc;

/// Looks at rows that no use case shows, and changes them as none does.
public final class Rows {
    private Rows() {}

    /// The number that a query answers.
    public static long count(Database database, String sql, Object... values) {
        return database.read(tx -> tx.number(sql, values));
    }

    /// Changes rows as no use case does.
    public static void change(Database database, String sql, Object... values) {
        database.inTransaction(tx -> tx.change(sql, values));
    }
}
