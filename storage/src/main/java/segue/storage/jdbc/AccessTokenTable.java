package segue.storage.jdbc;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.secret.SecretHash;
import segue.domain.token.AccessTokenRecord;
import segue.domain.token.KeyThumbprint;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/// What is kept of access tokens. It carries no rule of its own: each is as alive as its session,
/// its family and its user.
public final class AccessTokenTable {
    private final Tx tx;

    AccessTokenTable(Tx tx) {
        this.tx = tx;
    }

    /// Stores a new token; `issuedBy` is the code that it was issued for, if any.
    public void insert(SecretHash hash, AccessTokenRecord token, Optional<SecretHash> issuedBy) {
        tx.later(
                """
                INSERT INTO access_token (hash, user_id, client_id, session_id, family_id, code_hash, scope,
                    requested_claims, custom_claims, jkt, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                hash.bytes(),
                token.user().value(),
                token.client().value(),
                token.session().map(SessionId::value).orElse(null),
                token.family().map(FamilyId::value).orElse(null),
                issuedBy.map(SecretHash::bytes).orElse(null),
                token.scope(),
                token.requestedClaims().orElse(null),
                Columns.flat(token.customClaims()),
                token.boundTo().map(KeyThumbprint::value).orElse(null),
                tx.now().toEpochMilli(),
                token.expiresAt().toEpochMilli());
    }

    /// A token, and when it was issued.
    public record Issued(AccessTokenRecord token, Instant at) {}

    /// The token with this hash, if it, its session and its family are alive; an expired session or
    /// family doesn't end it, its own lifetime does.
    public Optional<Issued> findLive(SecretHash hash) {
        return tx.one(
                """
                SELECT t.* FROM access_token t
                  LEFT JOIN session s ON s.id = t.session_id
                  LEFT JOIN token_family f ON f.id = t.family_id
                 WHERE t.hash = ? AND t.expires_at > ? AND t.ended_at IS NULL
                   AND s.ended_at IS NULL AND f.ended_at IS NULL
                """,
                row -> new Issued(token(row), Columns.instant(row, "issued_at")),
                hash.bytes(),
                tx.now().toEpochMilli());
    }

    private static AccessTokenRecord token(ResultSet row) throws SQLException {
        return new AccessTokenRecord(
                new UserId(row.getString("user_id")),
                new ClientId(row.getString("client_id")),
                Columns.textIfAny(row, "session_id").map(SessionId::new),
                Columns.textIfAny(row, "family_id").map(FamilyId::new),
                row.getString("scope"),
                Columns.textIfAny(row, "requested_claims"),
                Columns.flat(row.getString("custom_claims")),
                Columns.instant(row, "expires_at"),
                Columns.textIfAny(row, "jkt").map(KeyThumbprint::new));
    }

    /// Ends what the first use of a code issued.
    public void endIssuedBy(SecretHash code) {
        tx.later(
                "UPDATE access_token SET ended_at = ? WHERE code_hash = ? AND ended_at IS NULL",
                tx.now().toEpochMilli(),
                code.bytes());
    }
}
