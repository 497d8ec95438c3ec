package segue.storage.jdbc;

import segue.domain.authorize.Denial;
import segue.domain.authorize.Interaction;
import segue.domain.authorize.Interaction.Stage;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.identifier.UserId;
import segue.domain.secret.SecretHash;
import segue.domain.transfer.Reason;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/// Authorization requests that wait for the user, each bound to one browser by a cookie.
public final class InteractionTable {
    private final Tx tx;

    InteractionTable(Tx tx) {
        this.tx = tx;
    }

    /// Stores a new one.
    public void insert(SecretHash hash, SecretHash cookie, Interaction interaction) {
        var stage = columns(interaction.stage());
        tx.later(
                """
                INSERT INTO interaction (hash, cookie_hash, request, client_id, created_at, expires_at, session_id,
                    transfer_id, continuation, withheld_code, denial, denied_user, refusal, device_hash, activating)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                hash.bytes(),
                cookie.bytes(),
                interaction.request(),
                interaction.client().value(),
                interaction.createdAt().toEpochMilli(),
                interaction.expiresAt().toEpochMilli(),
                stage.session().map(SessionId::value).orElse(null),
                stage.transfer().map(TransferId::value).orElse(null),
                stage.continuation().orElse(null),
                stage.withheld().map(SecretHash::bytes).orElse(null),
                stage.denial().orElse(null),
                stage.deniedUser().map(UserId::value).orElse(null),
                stage.refusal().map(Reason::name).orElse(null),
                interaction.device().map(SecretHash::bytes).orElse(null),
                interaction.stage() instanceof Stage.Activating);
    }

    /// A stage as a row has it.
    private record StageColumns(
            Optional<SessionId> session,
            Optional<TransferId> transfer,
            Optional<String> continuation,
            Optional<SecretHash> withheld,
            Optional<String> denial,
            Optional<UserId> deniedUser,
            Optional<Reason> refusal) {
        static StageColumns of(Optional<SessionId> session, Optional<TransferId> transfer) {
            return new StageColumns(
                    session,
                    transfer,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
        }
    }

    private static StageColumns columns(Stage stage) {
        return switch (stage) {
            case Stage.SigningIn _, Stage.Activating _ ->
                    StageColumns.of(Optional.empty(), Optional.empty());
            case Stage.Confirming(var transfer) ->
                    StageColumns.of(Optional.empty(), Optional.of(transfer));
            case Stage.Completed(var by, var transfer) ->
                    StageColumns.of(Optional.of(by), transfer);
            case Stage.Elsewhere(var by, var transfer, var continuation) ->
                    new StageColumns(
                            Optional.of(by),
                            transfer,
                            Optional.of(continuation),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty());
            case Stage.Consenting(var by, var transfer, var code) ->
                    new StageColumns(
                            Optional.of(by),
                            transfer,
                            Optional.empty(),
                            Optional.of(code),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty());
            case Stage.Refused(var denial) ->
                    new StageColumns(
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(name(denial)),
                            denial instanceof Denial.NotAMember(var user)
                                    ? Optional.of(user)
                                    : Optional.empty(),
                            denial instanceof Denial.LoginRequired(var refusal)
                                    ? refusal
                                    : Optional.empty());
        };
    }

    private static final String LOGIN_REQUIRED = "login_required";
    private static final String INTERACTION_REQUIRED = "interaction_required";
    private static final String NOT_A_MEMBER = "not_a_member";
    private static final String TOO_MANY_MISMATCHES = "too_many_mismatches";

    private static String name(Denial denial) {
        return switch (denial) {
            case Denial.LoginRequired _ -> LOGIN_REQUIRED;
            case Denial.InteractionRequired _ -> INTERACTION_REQUIRED;
            case Denial.NotAMember _ -> NOT_A_MEMBER;
            case Denial.TooManyMismatches _ -> TOO_MANY_MISMATCHES;
            case Denial.ByAction _,
                    Denial.ConsentRequired _,
                    Denial.ConsentRefused _,
                    Denial.DeviceGone _ ->
                    throw new IllegalStateException("is told at once");
        };
    }

    private static Stage stage(ResultSet row) throws SQLException {
        if (row.getBoolean("activating")) return new Stage.Activating();
        var transfer = Columns.textIfAny(row, "transfer_id").map(TransferId::new);
        var session = Columns.textIfAny(row, "session_id").map(SessionId::new);
        var continuation = Columns.textIfAny(row, "continuation");
        if (continuation.isPresent())
            return new Stage.Elsewhere(session.orElseThrow(), transfer, continuation.get());
        var withheld = Optional.ofNullable(row.getBytes("withheld_code")).map(SecretHash::new);
        if (withheld.isPresent())
            return new Stage.Consenting(session.orElseThrow(), transfer, withheld.get());
        if (session.isPresent()) return new Stage.Completed(session.get(), transfer);
        if (transfer.isPresent()) return new Stage.Confirming(transfer.get());
        var denial = Columns.textIfAny(row, "denial");
        if (denial.isEmpty()) return new Stage.SigningIn();
        return new Stage.Refused(
                switch (denial.get()) {
                    case LOGIN_REQUIRED ->
                            new Denial.LoginRequired(
                                    Columns.textIfAny(row, "refusal").map(Reason::valueOf));
                    case INTERACTION_REQUIRED -> new Denial.InteractionRequired();
                    case NOT_A_MEMBER ->
                            new Denial.NotAMember(new UserId(row.getString("denied_user")));
                    case TOO_MANY_MISMATCHES -> new Denial.TooManyMismatches();
                    default -> throw new IllegalStateException("no denial: " + denial.get());
                });
    }

    /// The interaction of this browser, if it hasn't expired.
    public Optional<Interaction> find(SecretHash hash, SecretHash cookie) {
        return tx.one(
                "SELECT * FROM interaction WHERE hash = ? AND cookie_hash = ? AND expires_at > ?",
                InteractionTable::interaction,
                hash.bytes(),
                cookie.bytes(),
                tx.now().toEpochMilli());
    }

    /// Takes an interaction away that waits for nothing more than its answer: it is answered once.
    public Optional<Interaction> claimAnswerable(SecretHash hash, SecretHash cookie) {
        return tx.one(
                """
                DELETE FROM interaction WHERE hash = ? AND cookie_hash = ? AND expires_at > ?
                   AND continuation IS NULL AND withheld_code IS NULL
                   AND (session_id IS NOT NULL OR denial IS NOT NULL) RETURNING *
                """,
                InteractionTable::interaction,
                hash.bytes(),
                cookie.bytes(),
                tx.now().toEpochMilli());
    }

    /// Takes an interaction away whose user has said whether they mean to be a transfer's user:
    /// they say it once.
    public Optional<Interaction> claimConfirming(SecretHash hash, SecretHash cookie) {
        return tx.one(
                """
                DELETE FROM interaction WHERE hash = ? AND cookie_hash = ? AND expires_at > ?
                   AND transfer_id IS NOT NULL AND session_id IS NULL RETURNING *
                """,
                InteractionTable::interaction,
                hash.bytes(),
                cookie.bytes(),
                tx.now().toEpochMilli());
    }

    /// Takes an interaction away whose user has said whether the device is theirs: they say it
    /// once.
    public Optional<Interaction> claimActivating(SecretHash hash, SecretHash cookie) {
        return tx.one(
                """
                DELETE FROM interaction WHERE hash = ? AND cookie_hash = ? AND expires_at > ?
                   AND activating RETURNING *
                """,
                InteractionTable::interaction,
                hash.bytes(),
                cookie.bytes(),
                tx.now().toEpochMilli());
    }

    /// Takes an interaction away whose browser comes back from elsewhere: it comes back once.
    public Optional<Interaction> claimAbsent(SecretHash hash, SecretHash cookie) {
        return tx.one(
                """
                DELETE FROM interaction WHERE hash = ? AND cookie_hash = ? AND expires_at > ?
                   AND continuation IS NOT NULL RETURNING *
                """,
                InteractionTable::interaction,
                hash.bytes(),
                cookie.bytes(),
                tx.now().toEpochMilli());
    }

    /// Takes an interaction away whose user has said whether the client may have what it asks for:
    /// they say it once.
    public Optional<Interaction> claimConsenting(SecretHash hash, SecretHash cookie) {
        return tx.one(
                """
                DELETE FROM interaction WHERE hash = ? AND cookie_hash = ? AND expires_at > ?
                   AND withheld_code IS NOT NULL RETURNING *
                """,
                InteractionTable::interaction,
                hash.bytes(),
                cookie.bytes(),
                tx.now().toEpochMilli());
    }

    /// Whether we gave this secret to a browser that still has an interaction open.
    public boolean knows(SecretHash cookie) {
        return tx.number(
                        "SELECT count(*) FROM interaction WHERE cookie_hash = ? AND expires_at > ?",
                        cookie.bytes(),
                        tx.now().toEpochMilli())
                > 0;
    }

    /// Records which session completed it, and gives all interactions of the browser its new secret
    /// (THREATS R24.4).
    public void complete(
            SecretHash hash, SessionId session, SecretHash cookie, SecretHash renewed) {
        tx.later(
                """
                UPDATE interaction SET cookie_hash = ?,
                    session_id = CASE WHEN hash = ? THEN ? ELSE session_id END WHERE cookie_hash = ?
                """,
                renewed.bytes(),
                hash.bytes(),
                session.value(),
                cookie.bytes());
    }

    private static Interaction interaction(ResultSet row) throws SQLException {
        return new Interaction(
                row.getString("request"),
                new ClientId(row.getString("client_id")),
                Optional.ofNullable(row.getBytes("device_hash")).map(SecretHash::new),
                Instant.ofEpochMilli(row.getLong("created_at")),
                Instant.ofEpochMilli(row.getLong("expires_at")),
                stage(row));
    }
}
