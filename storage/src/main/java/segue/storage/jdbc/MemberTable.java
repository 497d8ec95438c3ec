package segue.storage.jdbc;

import segue.domain.family.Member;
import segue.domain.family.Member.Kind;
import segue.domain.family.Member.State;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.network.ClientAddress;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Families as one looks at them, tombstones included: one query a level, however many members.
public final class MemberTable {
    private final Tx tx;

    MemberTable(Tx tx) {
        this.tx = tx;
    }

    /// A member, and what it hangs below.
    ///
    /// @param session of a refresh token: the session that it was issued in
    /// @param transfer of a session: the transfer that opened it
    public record Placed(Member member, Optional<String> session, Optional<String> transfer) {}

    /// A refresh-token family by itself.
    public Optional<Placed> family(FamilyId id) {
        return tx.one("SELECT * FROM token_family WHERE id = ?", this::refreshToken, id.value());
    }

    /// The transfers of a native family, oldest first.
    public List<Placed> transfersOf(FamilyId parent) {
        return tx.all(
                """
                SELECT session_transfer_token.*, token_family.ended_at AS parent_ended_at FROM session_transfer_token
                  JOIN token_family ON token_family.id = family_id WHERE family_id = ? ORDER BY issued_at,
                    session_transfer_token.id
                """,
                this::transfer,
                parent.value());
    }

    /// The sessions that transfers of a native family opened, oldest first.
    public List<Placed> sessionsOf(FamilyId parent) {
        return tx.all(
                SESSIONS + "parent_id = ? ORDER BY created_at, id", this::session, parent.value());
    }

    /// The refresh tokens that stem from transfers of a native family, oldest first.
    public List<Placed> familiesBornOf(FamilyId parent) {
        return tx.all(
                "SELECT * FROM token_family WHERE parent_id = ? ORDER BY created_at, id",
                this::refreshToken,
                parent.value());
    }

    /// A session by itself.
    public Optional<Placed> session(SessionId id) {
        return tx.one(SESSIONS + "id = ?", this::session, id.value());
    }

    /// The refresh tokens that were issued in a session, oldest first.
    public List<Placed> familiesIssuedIn(SessionId session) {
        return tx.all(
                "SELECT * FROM token_family WHERE session_id = ? ORDER BY created_at, id",
                this::refreshToken,
                session.value());
    }

    private static final String SESSIONS =
            """
            SELECT session.*, (SELECT redeemed_by FROM session_transfer_token
                WHERE session_transfer_token.id = transfer_id) AS redeemed_by FROM session
             WHERE
            """;

    private Placed refreshToken(ResultSet row) throws SQLException {
        var ended = Columns.instantIfAny(row, "ended_at");
        var member =
                new Member(
                        Kind.REFRESH_TOKEN,
                        row.getString("id"),
                        Optional.of(new ClientId(row.getString("client_id"))),
                        lasting(row, ended),
                        Columns.instant(row, "created_at"),
                        ended,
                        cause(row),
                        Optional.of(ClientAddress.of(row.getBytes("initial_ip"))),
                        List.of());
        return new Placed(member, Columns.textIfAny(row, "session_id"), Optional.empty());
    }

    private Placed session(ResultSet row) throws SQLException {
        var ended = Columns.instantIfAny(row, "ended_at");
        var member =
                new Member(
                        Kind.SESSION,
                        row.getString("id"),
                        Columns.textIfAny(row, "redeemed_by").map(ClientId::new),
                        lasting(row, ended),
                        Columns.instant(row, "created_at"),
                        ended,
                        cause(row),
                        Optional.of(ClientAddress.of(row.getBytes("initial_ip"))),
                        List.of());
        return new Placed(member, Optional.empty(), Columns.textIfAny(row, "transfer_id"));
    }

    private Placed transfer(ResultSet row) throws SQLException {
        var claimed = Columns.instantIfAny(row, "claimed_at");
        var parentEnded = Columns.instantIfAny(row, "parent_ended_at");
        var expires = Columns.instant(row, "expires_at");
        var outcome = Columns.textIfAny(row, "outcome");
        var state = state(claimed, outcome, parentEnded, expires);
        var member =
                new Member(
                        Kind.SESSION_TRANSFER_TOKEN,
                        row.getString("id"),
                        Optional.of(new ClientId(row.getString("client_id"))),
                        state,
                        Columns.instant(row, "issued_at"),
                        state == State.ENDED ? parentEnded : claimed,
                        state == State.REFUSED ? outcome : Optional.empty(),
                        Optional.of(ClientAddress.of(row.getBytes("ip"))),
                        List.of());
        return new Placed(member, Optional.empty(), Optional.empty());
    }

    /// A token that was still waiting when its parent ended, ended with it.
    private State state(
            Optional<Instant> claimed,
            Optional<String> outcome,
            Optional<Instant> parentEnded,
            Instant expires) {
        if (claimed.isPresent())
            return outcome.filter(TransferTable.ACCEPTED::equals).isPresent()
                    ? State.REDEEMED
                    : State.REFUSED;
        if (parentEnded.filter(at -> at.isBefore(expires)).isPresent()) return State.ENDED;
        return tx.now().isBefore(expires) ? State.ISSUED : State.EXPIRED;
    }

    private State lasting(ResultSet row, Optional<Instant> ended) throws SQLException {
        if (ended.isPresent()) return State.ENDED;
        var isOver =
                Columns.instantIfAny(row, "expires_at").filter(this::isPast).isPresent()
                        || Columns.instantIfAny(row, "idle_expires_at")
                                .filter(this::isPast)
                                .isPresent();
        return isOver ? State.EXPIRED : State.ACTIVE;
    }

    private boolean isPast(Instant moment) {
        return !tx.now().isBefore(moment);
    }

    private static Optional<String> cause(ResultSet row) throws SQLException {
        return Columns.textIfAny(row, "cause").map(name -> name.toLowerCase(Locale.ROOT));
    }
}
