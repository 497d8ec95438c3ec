package segue.storage.jdbc;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.TransferId;
import segue.domain.identifier.UserId;
import segue.domain.secret.SecretHash;
import segue.domain.transfer.Bounds;
import segue.domain.transfer.Challenge;
import segue.domain.transfer.Claim;
import segue.domain.transfer.Transfer;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Session transfer tokens.
public final class TransferTable {
    /// What became of a token that was honoured; otherwise it is the reason code of the refusal.
    public static final String ACCEPTED = "accepted";

    private final Tx tx;

    TransferTable(Tx tx) {
        this.tx = tx;
    }

    /// What a token was issued for, read without a lock: nothing of it changes, and it tells which
    /// rows to lock before the claim.
    public record Owner(
            FamilyId parent,
            UserId user,
            ClientId issuer,
            ConnectionId connection,
            Optional<OrganizationId> organization,
            Instant expiresAt) {
        /// The one of a token that is known.
        public static Owner of(Transfer transfer) {
            return new Owner(
                    transfer.parent(),
                    transfer.user(),
                    transfer.issuer(),
                    transfer.connection(),
                    transfer.organization(),
                    transfer.expiresAt());
        }
    }

    /// Empty if no token has this hash, used or not.
    public Optional<Owner> owner(SecretHash hash) {
        return tx.one(
                """
                SELECT family_id, user_id, client_id, connection_id, organization_id, expires_at
                  FROM session_transfer_token WHERE hash = ?
                """,
                row ->
                        new Owner(
                                new FamilyId(row.getString(1)),
                                new UserId(row.getString(2)),
                                new ClientId(row.getString(3)),
                                new ConnectionId(row.getString(4)),
                                Columns.textIfAny(row, "organization_id").map(OrganizationId::new),
                                Columns.instant(row, "expires_at")),
                hash.bytes());
    }

    /// A token by its id, used or not.
    public Optional<Transfer> find(TransferId id) {
        return tx.one(
                "SELECT * FROM session_transfer_token WHERE id = ?",
                TransferTable::transfer,
                id.value());
    }

    /// Asks how many tokens the family of a refresh token has got in the time before now.
    ///
    /// @param refreshToken its hash
    public Supplier<Long> askCount(SecretHash refreshToken, Duration within) {
        var since = tx.ago(within);
        var count =
                tx.ask(
                        """
                        SELECT count(*) FROM session_transfer_token
                         WHERE family_id = (SELECT family_id FROM refresh_token WHERE hash = ?) AND issued_at > \
                        """
                                + since.sql(),
                        row -> row.getLong(1),
                        refreshToken.bytes(),
                        since.parameter());
        return () -> count.get().orElseThrow();
    }

    /// Claims the token: one conditional statement decides the race (THREATS R3.1). Of a token that
    /// has a challenge, the same statement claims it, or counts a wrong try, and the last one burns
    /// it.
    ///
    /// @param proof the challenge that the verifier fits which came with it
    /// @return what came of it; it is claimed before whatever is asked next
    public Supplier<Claim> claim(SecretHash hash, ClientId redeemer, Optional<Challenge> proof) {
        var proven = proof.map(it -> askProving(hash, redeemer, it));
        var free = askBurn(hash, redeemer, "AND challenge IS NULL");
        return () ->
                proven.flatMap(Tx.Asked::get)
                        .or(() -> free.get().map(Claim.Taken::new))
                        .orElseGet(() -> unclaimable(hash));
    }

    private Tx.Asked<Optional<Claim>> askProving(
            SecretHash hash, ClientId redeemer, Challenge proof) {
        return tx.ask(
                """
                UPDATE session_transfer_token SET
                    wrong_tries = CASE WHEN challenge = ? THEN wrong_tries ELSE wrong_tries + 1 END,
                    proven = (challenge = ?),
                    claimed_at = CASE WHEN challenge = ? OR wrong_tries + 1 >= ? THEN ? END,
                    redeemed_by = CASE WHEN challenge = ? OR wrong_tries + 1 >= ? THEN ? END
                 WHERE hash = ? AND claimed_at IS NULL AND expires_at > ? AND challenge IS NOT NULL RETURNING *
                """,
                TransferTable::proved,
                proof.value(),
                proof.value(),
                proof.value(),
                Challenge.TRIES,
                tx.now().toEpochMilli(),
                proof.value(),
                Challenge.TRIES,
                redeemer.value(),
                hash.bytes(),
                tx.now().toEpochMilli());
    }

    private static Claim proved(ResultSet row) throws SQLException {
        var transfer = transfer(row);
        return transfer.proven() ? new Claim.Taken(transfer) : new Claim.VerifierWrong(transfer);
    }

    /// Uses a token up, whatever challenge it has; empty if it isn't there, used or expired.
    public Optional<Transfer> burn(SecretHash hash, ClientId redeemer) {
        return askBurn(hash, redeemer, "").get();
    }

    private Tx.Asked<Optional<Transfer>> askBurn(
            SecretHash hash, ClientId redeemer, String condition) {
        return tx.ask(
                "UPDATE session_transfer_token SET claimed_at = ?, redeemed_by = ? WHERE hash = ?"
                        + " AND claimed_at IS NULL AND expires_at > ? "
                        + condition
                        + " RETURNING *",
                TransferTable::transfer,
                tx.now().toEpochMilli(),
                redeemer.value(),
                hash.bytes(),
                tx.now().toEpochMilli());
    }

    private Claim unclaimable(SecretHash hash) {
        return find(hash, " AND claimed_at IS NULL")
                .<Claim>map(
                        transfer ->
                                tx.now().isBefore(transfer.expiresAt())
                                        ? new Claim.VerifierMissing(transfer)
                                        : new Claim.Expired())
                .orElseGet(Claim.UnknownOrUsed::new);
    }

    /// A token by its hash, used or not.
    public Optional<Transfer> find(SecretHash hash) {
        return find(hash, "");
    }

    private Optional<Transfer> find(SecretHash hash, String condition) {
        return tx.one(
                "SELECT * FROM session_transfer_token WHERE hash = ?" + condition,
                TransferTable::transfer,
                hash.bytes());
    }

    /// The hash of a token.
    public Optional<SecretHash> hashOf(TransferId id) {
        return tx.one(
                "SELECT hash FROM session_transfer_token WHERE id = ?",
                row -> new SecretHash(row.getBytes(1)),
                id.value());
    }

    /// Keeps what became of a claimed token, for the family view.
    public void record(TransferId transfer, String outcome) {
        tx.later(
                "UPDATE session_transfer_token SET outcome = ? WHERE id = ?",
                outcome,
                transfer.value());
    }

    /// The tokens of these families that nobody has redeemed yet.
    public List<TransferId> outstandingOf(List<FamilyId> parents) {
        return tx.allIn(
                """
                SELECT id FROM session_transfer_token
                 WHERE claimed_at IS NULL AND expires_at > ? AND family_id IN (?)
                """,
                row -> new TransferId(row.getString("id")),
                parents.stream().map(FamilyId::value).toList(),
                tx.now().toEpochMilli());
    }

    /// Forgets where a user's tokens were issued to; what is left is a tombstone (contract
    /// native-to-web §8).
    public void erase(UserId user) {
        tx.later(
                """
                UPDATE session_transfer_token SET ip = ?, asn = NULL, user_agent = ''
                 WHERE family_id IN (SELECT id FROM token_family WHERE user_id = ?)
                """,
                Columns.NO_ADDRESS,
                user.value());
    }

    /// Stores a new token.
    ///
    /// @param challenge of the verifier that must come with it
    public void insert(SecretHash hash, Transfer transfer, Optional<Challenge> challenge) {
        tx.later(
                """
                INSERT INTO session_transfer_token (hash, id, family_id, client_id, user_id, connection_id,
                    organization_id, scope, authenticated_at, methods, issued_at, expires_at, ip, asn, user_agent,
                    target, scope_bound, session_millis, challenge)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                hash.bytes(),
                transfer.id().value(),
                transfer.parent().value(),
                transfer.issuer().value(),
                transfer.user().value(),
                transfer.connection().value(),
                transfer.organization().map(OrganizationId::value).orElse(null),
                transfer.scope(),
                transfer.authentication().at().toEpochMilli(),
                Columns.methods(transfer.authentication()),
                transfer.issuedAt().toEpochMilli(),
                transfer.expiresAt().toEpochMilli(),
                transfer.device().address().bytes(),
                Columns.asn(transfer.device()),
                transfer.device().userAgent(),
                transfer.bounds().target().map(ClientId::value).orElse(null),
                transfer.bounds().scope().most().orElse(null),
                transfer.bounds().sessionMaxAge().map(Duration::toMillis).orElse(null),
                challenge.map(Challenge::value).orElse(null));
    }

    private static Transfer transfer(ResultSet row) throws SQLException {
        return new Transfer(
                new TransferId(row.getString("id")),
                new FamilyId(row.getString("family_id")),
                new ClientId(row.getString("client_id")),
                new UserId(row.getString("user_id")),
                new ConnectionId(row.getString("connection_id")),
                Columns.textIfAny(row, "organization_id").map(OrganizationId::new),
                row.getString("scope"),
                Columns.authentication(row),
                Columns.device(row, ""),
                Columns.instant(row, "issued_at"),
                Columns.instant(row, "expires_at"),
                new Bounds(
                        Columns.textIfAny(row, "target").map(ClientId::new),
                        Columns.scopeBound(row),
                        Columns.durationIfAny(row, "session_millis")),
                row.getBoolean("proven"));
    }
}
