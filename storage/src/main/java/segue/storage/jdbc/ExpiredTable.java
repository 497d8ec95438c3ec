package segue.storage.jdbc;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The tables whose rows come to an end, and how to tell.
public enum ExpiredTable {
    TRANSFER("session_transfer_token", "id", Walk.BY_END, Kind.ENDED, "expires_at < ?"),
    CODE("authorization_code", "hash", Walk.BY_END, Kind.ENDED, "expires_at < ?"),
    ACCESS_TOKEN("access_token", "hash", Walk.BY_END, Kind.ENDED, "expires_at < ?"),
    FAMILY(
            "token_family",
            "id",
            Walk.BY_KEY,
            Kind.ENDED,
            """
            (ended_at IS NULL OR ended_at < ?) AND (expires_at < ? OR idle_expires_at < ?
                OR (ended_at IS NOT NULL AND expires_at IS NULL AND idle_expires_at IS NULL))\
            """),
    SESSION(
            "session",
            "id",
            Walk.BY_KEY,
            Kind.ENDED,
            "(ended_at IS NULL OR ended_at < ?) AND (expires_at < ? OR idle_expires_at < ?)"),
    DEVICE("device_authorization", "hash", Walk.BY_END, Kind.FLEETING, "expires_at < ?"),
    INTERACTION("interaction", "hash", Walk.BY_END, Kind.FLEETING, "expires_at < ?"),
    ATTEMPT("sign_in_attempt", "account", Walk.BY_KEY, Kind.FLEETING, "since < ?"),
    PUSHED_REQUEST("pushed_request", "hash", Walk.BY_END, Kind.SPENT, "expires_at < ?"),
    PROOF("used_proof", "hash", Walk.BY_END, Kind.SPENT, "expires_at < ?"),
    SIGNING_KEY("signing_key", "kid", Walk.BY_KEY, Kind.SPENT, "retires_at < ?"),
    EXECUTION("action_execution", "id", Walk.BY_END, Kind.EXECUTION, "at < ?"),
    LOG("tenant_log", "seq", Walk.BY_END, Kind.LOG, "at < ?");

    private static final int STEP = 500;

    private final String table;
    private final String key;
    private final Walk walk;
    private final Kind kind;
    private final String isOlder;
    private final long moments;

    /// How long its rows are kept.
    public enum Kind {
        /// As tombstones, which outlive what they stand for (contract native-to-web §8): a token
        /// that is revoked early is known until it would have expired.
        ENDED,
        /// As executions of Actions (contract actions §6).
        EXECUTION,
        /// As the tenant log.
        LOG,
        /// Hardly.
        FLEETING,
        /// Not at all: their end is when nobody needs to recognise them any more.
        SPENT
    }

    /// How a pass finds what is over, reading nothing twice.
    private enum Walk {
        /// An index has the ends in order, so that what is over stands in front, and is gone when
        /// the next step looks.
        BY_END,
        /// No index tells what is over, so the pass reads the table once, in the order of its key.
        BY_KEY
    }

    /// @param isOlder a condition; each `?` in it is the moment before which a row must have ended
    ExpiredTable(String table, String key, Walk walk, Kind kind, String isOlder) {
        this.table = table;
        this.key = key;
        this.walk = walk;
        this.kind = kind;
        this.isOlder = isOlder;
        this.moments = isOlder.chars().filter(it -> it == '?').count();
    }

    /// How long its rows are kept.
    public Kind kind() {
        return kind;
    }

    /// A piece of a pass.
    ///
    /// @param over the keys of rows that ended before then
    /// @param last behind which the next piece begins; empty if this is the end
    public record Piece(List<Object> over, Optional<Object> last) {
        public Piece {
            over = List.copyOf(over);
        }
    }

    /// What ended before then, in the next piece. However much there is that hasn't, a piece is
    /// read in no time.
    ///
    /// @param after the last key of the piece before; what was over in it is deleted by now
    public Piece olderThan(Tx tx, Instant then, Optional<Object> after) {
        return switch (walk) {
            case BY_END -> inFront(tx, then);
            case BY_KEY -> behind(tx, then, after);
        };
    }

    private Piece inFront(Tx tx, Instant then) {
        var over =
                tx.all(
                        "SELECT " + key + " FROM " + table + " WHERE " + isOlder + " LIMIT " + STEP,
                        row -> row.getObject(1),
                        moments(then));
        return new Piece(over, over.stream().reduce((_, last) -> last));
    }

    private record Row(Object key, boolean isOver) {}

    private Piece behind(Tx tx, Instant then, Optional<Object> after) {
        var rows =
                tx.all(
                        "SELECT %1$s, CASE WHEN %2$s THEN 1 ELSE 0 END FROM %3$s %4$s ORDER BY %1$s LIMIT %5$d"
                                .formatted(
                                        key,
                                        isOlder,
                                        table,
                                        after.isPresent() ? "WHERE " + key + " > ?" : "",
                                        STEP),
                        row -> new Row(row.getObject(1), row.getInt(2) == 1),
                        Stream.concat(Arrays.stream(moments(then)), after.stream()).toArray());
        var over = rows.stream().filter(Row::isOver).map(Row::key).distinct().toList();
        return new Piece(
                over, rows.size() < STEP ? Optional.empty() : Optional.of(rows.getLast().key()));
    }

    /// Deletes those of them that still are what they were when they were found, and what hangs
    /// below them. What somebody else holds is left to them or to another pass: nobody waits.
    public long delete(Tx tx, List<Object> keys, Instant then) {
        var sql =
                "DELETE FROM %1$s WHERE %2$s IN (SELECT %2$s FROM %1$s WHERE %2$s = ? AND (%3$s)%4$s) AND (%3$s)"
                        .formatted(table, key, isOlder, tx.dialect().forUpdateSkippingLocked());
        var times = moments(then);
        var deleted = 0L;
        for (var each : keys)
            deleted +=
                    tx.change(
                            sql,
                            Stream.of(Stream.of(each), Arrays.stream(times), Arrays.stream(times))
                                    .flatMap(it -> it)
                                    .toArray());
        return deleted;
    }

    private Object[] moments(Instant then) {
        return Stream.generate(then::toEpochMilli).limit(moments).toArray();
    }
}
