package segue.storage.jdbc;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Sign-in attempts by account and network, counted before the password is verified so that
/// parallel guesses can't pass the counter (THREATS R35.1).
public final class AttemptTable {
    private final Tx tx;

    AttemptTable(Tx tx) {
        this.tx = tx;
    }

    /// The attempts of the current window.
    ///
    /// @param since when the first of them was made
    public record Counted(long attempts, Instant since) {}

    /// Counts one more attempt.
    public Counted count(String account, String network, Duration window) {
        var now = tx.now().toEpochMilli();
        var stale = now - window.toMillis();
        return tx.one(
                        """
                        INSERT INTO sign_in_attempt (account, network, attempts, since) VALUES (?, ?, 1, ?)
                            ON CONFLICT (account, network) DO UPDATE SET
                                attempts = CASE WHEN sign_in_attempt.since < ? THEN 1
                                           ELSE sign_in_attempt.attempts + 1 END,
                                since = CASE WHEN sign_in_attempt.since < ? THEN excluded.since
                                        ELSE sign_in_attempt.since END
                            RETURNING attempts, since
                        """,
                        row -> new Counted(row.getLong(1), Columns.instant(row, "since")),
                        account,
                        network,
                        now,
                        stale,
                        stale)
                .orElseThrow();
    }

    /// The attempts so far, if there were any in the current window.
    public Optional<Counted> counted(String account, String network, Duration window) {
        return tx.one(
                """
                SELECT attempts, since FROM sign_in_attempt
                 WHERE account = ? AND network = ? AND since >= ?
                """,
                row -> new Counted(row.getLong(1), Columns.instant(row, "since")),
                account,
                network,
                tx.now().toEpochMilli() - window.toMillis());
    }

    /// Takes one attempt back, if there are any.
    public void giveBack(String account, String network) {
        tx.later(
                """
                UPDATE sign_in_attempt SET attempts = attempts - 1
                 WHERE account = ? AND network = ? AND attempts > 0
                """,
                account,
                network);
    }

    /// Forgets the attempts after a success.
    public void clear(String account, String network) {
        tx.later("DELETE FROM sign_in_attempt WHERE account = ? AND network = ?", account, network);
    }
}
