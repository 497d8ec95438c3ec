package segue.storage.jdbc;

import segue.domain.authorize.Interaction;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.secret.SecretHash;

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
        tx.change(
                """
                INSERT INTO interaction (hash, cookie_hash, request, client_id, created_at, expires_at, session_id,
                    parent_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                hash.bytes(),
                cookie.bytes(),
                interaction.request(),
                interaction.client().value(),
                interaction.createdAt().toEpochMilli(),
                interaction.expiresAt().toEpochMilli(),
                interaction.completedBy().map(SessionId::value).orElse(null),
                interaction.parent().map(FamilyId::value).orElse(null));
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

    /// Takes a completed interaction away: it is answered once.
    public Optional<Interaction> claimCompleted(SecretHash hash, SecretHash cookie) {
        return tx.one(
                """
                DELETE FROM interaction WHERE hash = ? AND cookie_hash = ? AND expires_at > ?
                   AND session_id IS NOT NULL RETURNING *
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
        tx.change(
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
                Instant.ofEpochMilli(row.getLong("created_at")),
                Instant.ofEpochMilli(row.getLong("expires_at")),
                Columns.textIfAny(row, "session_id").map(SessionId::new),
                Columns.textIfAny(row, "parent_id").map(FamilyId::new));
    }
}
