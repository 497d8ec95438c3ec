package segue.storage.jdbc;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.secret.SecretHash;
import segue.domain.token.AuthorizationCode;
import segue.domain.token.KeyThumbprint;
import segue.domain.token.TokenTerms;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// Authorization codes.
public final class CodeTable {
    private final Tx tx;

    CodeTable(Tx tx) {
        this.tx = tx;
    }

    /// A code as it stands, without a lock: it tells which rows to lock, and what a second use must
    /// end.
    ///
    /// @param claimed whether it was used before
    /// @param family what its first use issued
    public record Found(AuthorizationCode code, boolean claimed, Optional<FamilyId> family) {}

    /// Empty if no code has this hash.
    public Optional<Found> find(SecretHash hash) {
        return tx.one(
                "SELECT * FROM authorization_code WHERE hash = ?",
                row ->
                        new Found(
                                code(row),
                                Columns.instantIfAny(row, "claimed_at").isPresent(),
                                Columns.textIfAny(row, "family_id").map(FamilyId::new)),
                hash.bytes());
    }

    /// Claims the code: true for exactly one caller, whatever it does with it then. It is claimed
    /// before whatever is asked next.
    public Supplier<Boolean> claim(SecretHash hash) {
        var changed =
                tx.askChange(
                        "UPDATE authorization_code SET claimed_at = ? WHERE hash = ? AND claimed_at"
                                + " IS NULL",
                        tx.now().toEpochMilli(),
                        hash.bytes());
        return () -> changed.get() == 1;
    }

    /// Takes a code away that nobody was given; empty if it ended meanwhile.
    public Optional<AuthorizationCode> take(SecretHash hash) {
        return tx.one(
                "DELETE FROM authorization_code WHERE hash = ? AND claimed_at IS NULL RETURNING *",
                CodeTable::code,
                hash.bytes());
    }

    /// Ends the codes by which a client could still get what its user has taken back.
    public void endOf(UserId user, ClientId client, Optional<String> audience) {
        tx.later(
                """
                UPDATE authorization_code SET claimed_at = ? WHERE expires_at > ? AND claimed_at IS NULL
                   AND user_id = ? AND client_id = ? AND COALESCE(audience, '') = ?
                """,
                tx.now().toEpochMilli(),
                tx.now().toEpochMilli(),
                user.value(),
                client.value(),
                audience.orElse(""));
    }

    /// Remembers what the first use issued, for the case of a second (RFC 6749 §4.1.2).
    public void recordFamily(SecretHash hash, FamilyId family) {
        tx.later(
                "UPDATE authorization_code SET family_id = ? WHERE hash = ?",
                family.value(),
                hash.bytes());
    }

    /// Stores a new code.
    public void insert(SecretHash hash, AuthorizationCode code) {
        tx.later(
                """
                INSERT INTO authorization_code (hash, client_id, user_id, session_id, parent_id, organization_id,
                    redirect_uri, code_challenge, nonce, scope, scope_bound, audience, requested_claims, tells_auth_time, offline,
                    id_token_claims, access_token_claims, refresh_expires_at, refresh_idle_expires_at,
                    refresh_metadata, jkt, issued_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                hash.bytes(),
                code.client().value(),
                code.user().value(),
                code.session().value(),
                code.parent().map(FamilyId::value).orElse(null),
                code.request().organization().map(OrganizationId::value).orElse(null),
                code.request().redirectUri().orElse(null),
                code.request().codeChallenge().orElse(null),
                code.request().nonce().orElse(null),
                code.request().scope(),
                code.scopeBound().most().orElse(null),
                code.request().audience().orElse(null),
                code.request().requestedClaims().orElse(null),
                code.request().tellsAuthTime(),
                code.offline(),
                Columns.flat(code.terms().idTokenClaims()),
                Columns.flat(code.terms().accessTokenClaims()),
                Columns.millis(code.terms().refreshTokenExpiresAt()),
                Columns.millis(code.terms().refreshTokenIdleExpiresAt()),
                Columns.flat(code.terms().refreshTokenMetadata()),
                code.request().boundTo().map(KeyThumbprint::value).orElse(null),
                tx.now().toEpochMilli(),
                code.expiresAt().toEpochMilli());
    }

    private static AuthorizationCode code(ResultSet row) throws SQLException {
        return new AuthorizationCode(
                new ClientId(row.getString("client_id")),
                new UserId(row.getString("user_id")),
                new SessionId(row.getString("session_id")),
                Columns.textIfAny(row, "parent_id").map(FamilyId::new),
                new AuthorizationCode.Request(
                        Columns.textIfAny(row, "organization_id").map(OrganizationId::new),
                        Columns.textIfAny(row, "redirect_uri"),
                        Columns.textIfAny(row, "code_challenge"),
                        Columns.textIfAny(row, "nonce"),
                        row.getString("scope"),
                        Columns.textIfAny(row, "audience"),
                        Columns.textIfAny(row, "requested_claims"),
                        row.getBoolean("tells_auth_time"),
                        Columns.textIfAny(row, "jkt").map(KeyThumbprint::new)),
                row.getBoolean("offline"),
                new TokenTerms(
                        Columns.flat(row.getString("id_token_claims")),
                        Columns.flat(row.getString("access_token_claims")),
                        Columns.instantIfAny(row, "refresh_expires_at"),
                        Columns.instantIfAny(row, "refresh_idle_expires_at"),
                        Columns.flat(row.getString("refresh_metadata"))),
                Columns.scopeBound(row),
                Instant.ofEpochMilli(row.getLong("expires_at")));
    }
}
