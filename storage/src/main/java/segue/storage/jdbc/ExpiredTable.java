package segue.storage.jdbc;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/// The tables whose rows come to an end, and how to tell.
public enum ExpiredTable {
    TRANSFER("session_transfer_token", "id", Kind.ENDED, "expires_at"),
    CODE("authorization_code", "hash", Kind.ENDED, "expires_at"),
    ACCESS_TOKEN("access_token", "hash", Kind.ENDED, "expires_at", "ended_at"),
    FAMILY("token_family", "id", Kind.ENDED, "expires_at", "idle_expires_at", "ended_at"),
    SESSION("session", "id", Kind.ENDED, "expires_at", "idle_expires_at", "ended_at"),
    INTERACTION("interaction", "hash", Kind.FLEETING, "expires_at"),
    ATTEMPT("sign_in_attempt", "account", Kind.FLEETING, "since"),
    LOG("tenant_log", "seq", Kind.LOG, "at");

    private static final int STEP = 500;

    private final String table;
    private final String key;
    private final Kind kind;
    private final String isOlder;
    private final int moments;

    /// How long its rows are kept.
    public enum Kind {
        /// As tombstones.
        ENDED,
        /// As the tenant log.
        LOG,
        /// Hardly.
        FLEETING
    }

    ExpiredTable(String table, String key, Kind kind, String... ends) {
        this.table = table;
        this.key = key;
        this.kind = kind;
        this.isOlder = String.join(" < ? OR ", ends) + " < ?";
        this.moments = ends.length;
    }

    /// How long its rows are kept.
    public Kind kind() {
        return kind;
    }

    /// The keys of some rows that ended before then; empty if there are none.
    public List<Object> olderThan(Tx tx, Instant then) {
        return tx.all(
                "SELECT " + key + " FROM " + table + " WHERE " + isOlder + " LIMIT " + STEP,
                row -> row.getObject(1),
                moments(then));
    }

    /// Deletes those of them that still are what they were when they were found, and what hangs
    /// below them.
    public long delete(Tx tx, List<Object> keys, Instant then) {
        var sql = "DELETE FROM " + table + " WHERE " + key + " = ? AND (" + isOlder + ")";
        var deleted = 0L;
        for (var each : keys)
            deleted +=
                    tx.change(
                            sql,
                            Stream.concat(Stream.of(each), Arrays.stream(moments(then))).toArray());
        return deleted;
    }

    private Object[] moments(Instant then) {
        return Collections.nCopies(moments, then.toEpochMilli()).toArray();
    }
}
