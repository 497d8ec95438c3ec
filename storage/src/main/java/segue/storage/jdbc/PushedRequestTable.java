package segue.storage.jdbc;

import segue.domain.authorize.PushedRequest;
import segue.domain.identifier.ClientId;
import segue.domain.secret.SecretHash;

import java.time.Instant;
import java.util.Optional;

/// Authorization requests that were pushed and not used yet (RFC 9126).
public final class PushedRequestTable {
    private final Tx tx;

    PushedRequestTable(Tx tx) {
        this.tx = tx;
    }

    /// Stores a new one.
    public void insert(
            SecretHash reference, ClientId client, PushedRequest request, Instant expiresAt) {
        tx.later(
                """
                INSERT INTO pushed_request (hash, client_id, request, transfer_hash, expires_at)
                VALUES (?, ?, ?, ?, ?)
                """,
                reference.bytes(),
                client.value(),
                request.text(),
                request.transfer().map(SecretHash::bytes).orElse(null),
                expiresAt.toEpochMilli());
    }

    /// Takes one away that is the client's and still good.
    public Optional<PushedRequest> take(SecretHash reference, ClientId client) {
        return tx.one(
                """
                DELETE FROM pushed_request WHERE hash = ? AND client_id = ? AND expires_at > ?
                RETURNING request, transfer_hash
                """,
                row ->
                        new PushedRequest(
                                row.getString("request"),
                                Optional.ofNullable(row.getBytes("transfer_hash"))
                                        .map(SecretHash::new)),
                reference.bytes(),
                client.value(),
                tx.now().toEpochMilli());
    }
}
