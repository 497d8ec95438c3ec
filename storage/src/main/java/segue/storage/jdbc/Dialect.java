package segue.storage.jdbc;

/// Where the two databases differ, by name.
enum Dialect {
    SQLITE("db/sqlite") {
        @Override
        boolean joins() {
            return false;
        }

        // One writer at a time: the transaction itself is the lock.
        @Override
        String forShare(String... of) {
            return "";
        }

        @Override
        String forUpdate(String... of) {
            return "";
        }

        // What commits later has a later time: the writer reads the clock under the write lock.
        @Override
        String forUpdateSkippingLocked() {
            return "";
        }

        @Override
        String openWritersSince() {
            return "SELECT NULL";
        }

        @Override
        String logId() {
            return """
            ('900' || strftime('%Y%m%d%H%M%S', at / 1000, 'unixepoch') || printf('%03d', at % 1000)
                || printf('%036d', seq))\
            """;
        }
    },

    POSTGRES("db/postgres") {
        @Override
        boolean joins() {
            return true;
        }

        @Override
        String forShare(String... of) {
            return " FOR SHARE" + only(of);
        }

        @Override
        String forUpdate(String... of) {
            return " FOR UPDATE" + only(of);
        }

        private static String only(String... of) {
            return of.length == 0 ? "" : " OF " + String.join(", ", of);
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

        @Override
        String logId() {
            return """
            ('900' || to_char(to_timestamp(at / 1000) AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS')
                || lpad((at % 1000)::text, 3, '0') || lpad(seq::text, 36, '0'))\
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

    /// Whether statements that are joined by a semicolon travel together, with all their answers.
    abstract boolean joins();

    /// Suffix of a SELECT that lets others read and lock in share, but not change, the rows until
    /// the transaction ends.
    ///
    /// @param of which of the tables' rows, by their aliases; all if none is named. Several
    ///   suffixes may follow each other; the rows are locked in the order in which the tables are
    ///   named
    abstract String forShare(String... of);

    /// Suffix of a SELECT that keeps everyone else from locking or changing the rows until the
    /// transaction ends.
    ///
    /// @param of as above
    abstract String forUpdate(String... of);

    /// The same, passing over rows that somebody else has locked.
    abstract String forUpdateSkippingLocked();

    /// A SELECT of the start, in epoch milliseconds, of the oldest transaction that might still
    /// write; NULL if none.
    abstract String openWritersSince();

    /// An expression over `tenant_log`: the `log_id` as it is shown (contract management-api §8).
    abstract String logId();
}
