package segue.storage.jdbc;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.logout.Initiator;
import segue.domain.logout.Notice;
import segue.domain.revocation.Cause;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Logout tokens that wait for delivery: written in the transaction that ended the session, so that
/// none is lost in a crash and none is sent for what didn't happen.
public final class LogoutNoticeTable {
    private final Tx tx;

    LogoutNoticeTable(Tx tx) {
        this.tx = tx;
    }

    /// Notes which clients of the sessions want to hear of such an end.
    public void insert(List<SessionId> sessions, Cause cause) {
        var initiator = Initiator.of(cause).wire();
        tx.allIn(
                """
                INSERT INTO logout_notice (session_id, client_id, host, user_id, initiator, attempts, due_at)
                SELECT session.id, client.client_id, session_client.host, session.user_id, ?, 0, ?
                  FROM session JOIN session_client ON session_client.session_id = session.id
                  JOIN client ON client.client_id = session_client.client_id
                 WHERE client.logout_initiators LIKE ? AND session.id IN (?)
                RETURNING session_id AS id
                """,
                row -> new SessionId(row.getString("id")),
                sessions.stream().map(SessionId::value).toList(),
                initiator,
                tx.now().toEpochMilli(),
                "% " + initiator + " %");
    }

    /// Takes some that are due, each for as long as a delivery may take: if this node dies, another
    /// takes them then.
    public List<Notice> take(int most, Duration lease) {
        return tx.all(
                """
                UPDATE logout_notice SET attempts = attempts + 1, due_at = ? WHERE (session_id, client_id) IN
                    (SELECT session_id, client_id FROM logout_notice WHERE due_at <= ? ORDER BY due_at LIMIT ?\
                """
                        + tx.dialect().forUpdateSkippingLocked()
                        + ") RETURNING *",
                LogoutNoticeTable::notice,
                tx.now().plus(lease).toEpochMilli(),
                tx.now().toEpochMilli(),
                most);
    }

    /// Tries again at that time.
    public void postpone(Notice notice, Instant until) {
        tx.later(
                "UPDATE logout_notice SET due_at = ? WHERE session_id = ? AND client_id = ?",
                until.toEpochMilli(),
                notice.session().value(),
                notice.client().value());
    }

    /// Forgets a notice; tells whether it was still there.
    public boolean remove(Notice notice) {
        return tx.change(
                        "DELETE FROM logout_notice WHERE session_id = ? AND client_id = ?",
                        notice.session().value(),
                        notice.client().value())
                == 1;
    }

    private static Notice notice(ResultSet row) throws SQLException {
        return new Notice(
                new SessionId(row.getString("session_id")),
                new ClientId(row.getString("client_id")),
                row.getString("host"),
                new UserId(row.getString("user_id")),
                Initiator.parse(row.getString("initiator")).orElseThrow(),
                row.getInt("attempts"));
    }
}
