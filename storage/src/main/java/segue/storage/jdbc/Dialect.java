package segue.storage.jdbc;

/// Where the two databases differ, by name.
enum Dialect {
    SQLITE("db/sqlite") {
        // One writer at a time: the transaction itself is the lock.
        @Override
        String forShare() {
            return "";
        }

        @Override
        String forUpdate() {
            return "";
        }

        @Override
        String forUpdateSkippingLocked() {
            return "";
        }

        @Override
        String openWritersSince() {
            return "SELECT NULL";
        }
    },

    POSTGRES("db/postgres") {
        @Override
        String forShare() {
            return " FOR SHARE";
        }

        @Override
        String forUpdate() {
            return " FOR UPDATE";
        }

        @Override
        String forUpdateSkippingLocked() {
            return " FOR UPDATE SKIP LOCKED";
        }

        @Override
        String openWritersSince() {
            return """
            SELECT CAST(floor(extract(epoch FROM least(now(), min(xact_start))) * 1000) AS BIGINT)
                      FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'segue'
               AND xact_start IS NOT NULL AND pid <> pg_backend_pid()\
            """;
        }
    };

    private final String migrations;

    Dialect(String migrations) {
        this.migrations = migrations;
    }

    /// Where Flyway finds the migrations on the class path.
    String migrations() {
        return "classpath:" + migrations;
    }

    /// Suffix of a SELECT that lets others read and lock in share, but not change, the rows until
    /// the transaction ends.
    abstract String forShare();

    /// Suffix of a SELECT that keeps everyone else from locking or changing the rows until the
    /// transaction ends.
    abstract String forUpdate();

    /// The same, passing over rows that somebody else has locked.
    abstract String forUpdateSkippingLocked();

    /// A SELECT of the start, in epoch milliseconds, of the oldest transaction that might still
    /// write; NULL if none.
    abstract String openWritersSince();
}
