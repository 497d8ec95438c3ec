package segue.storage.jdbc;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// The tables whose rows come to an end, and how to tell.
public enum ExpiredTable {
    TRANSFER("session_transfer_token", "id", Kind.ENDED, "expires_at < ?"),
    CODE("authorization_code", "hash", Kind.ENDED, "expires_at < ?"),
    ACCESS_TOKEN("access_token", "hash", Kind.ENDED, "expires_at < ?"),
    FAMILY(
            "token_family",
            "id",
            Kind.ENDED,
            """
            (ended_at IS NULL OR ended_at < ?) AND (expires_at < ? OR idle_expires_at < ?
                OR (ended_at IS NOT NULL AND expires_at IS NULL AND idle_expires_at IS NULL))\
            """),
    SESSION(
            "session",
            "id",
            Kind.ENDED,
            "(ended_at IS NULL OR ended_at < ?) AND (expires_at < ? OR idle_expires_at < ?)"),
    INTERACTION("interaction", "hash", Kind.FLEETING, "expires_at < ?"),
    ATTEMPT("sign_in_attempt", "account", Kind.FLEETING, "since < ?"),
    LOG("tenant_log", "seq", Kind.LOG, "at < ?");

    private static final int STEP = 500;

    private final String table;
    private final String key;
    private final Kind kind;
    private final String isOlder;
    private final long moments;

    /// How long its rows are kept.
    public enum Kind {
        /// As tombstones, which outlive what they stand for (contract native-to-web §8): a token
        /// that is revoked early is known until it would have expired.
        ENDED,
        /// As the tenant log.
        LOG,
        /// Hardly.
        FLEETING
    }

    /// @param isOlder a condition; each `?` in it is the moment before which a row must have ended
    ExpiredTable(String table, String key, Kind kind, String isOlder) {
        this.table = table;
        this.key = key;
        this.kind = kind;
        this.isOlder = isOlder;
        this.moments = isOlder.chars().filter(it -> it == '?').count();
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
        return Stream.generate(then::toEpochMilli).limit(moments).toArray();
    }
}
