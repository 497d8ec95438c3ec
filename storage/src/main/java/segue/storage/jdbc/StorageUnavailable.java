package segue.storage.jdbc;

import org.sqlite.SQLiteErrorCode;

import java.sql.SQLException;

/// The database can't do it now: unreachable, overloaded, or twice in conflict with others. Nothing
/// was promised; the edge answers 503 with `Retry-After` (promises P5 and P6).
public final class StorageUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StorageUnavailable(String message) {
        super(message);
    }

    StorageUnavailable(String message, Throwable cause) {
        super(message, cause);
    }

    /// Whether the disk is full: the database is there and answers at once, and keeps nothing new.
    public boolean isForWantOfRoom() {
        for (var cause = getCause(); cause != null; cause = cause.getCause())
            if (cause instanceof SQLException sql && isFull(sql)) return true;
        return false;
    }

    /// In the words of either database.
    private static boolean isFull(SQLException e) {
        return "53100".equals(e.getSQLState())
                || e.getErrorCode() == SQLiteErrorCode.SQLITE_FULL.code;
    }
}
