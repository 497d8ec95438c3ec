package segue.storage.jdbc;

import segue.domain.secret.SecretHash;

import java.time.Instant;

/// Proofs of possession and client assertions that were used (RFC 9449 §11.1, RFC 7523 §3).
public final class ProofTable {
    private final Tx tx;

    ProofTable(Tx tx) {
        this.tx = tx;
    }

    /// Claims a proof: true for exactly one caller.
    ///
    /// @param until when it may be forgotten
    public boolean claim(SecretHash proof, Instant until) {
        return tx.change(
                        "INSERT INTO used_proof (hash, expires_at) VALUES (?, ?) ON CONFLICT DO"
                                + " NOTHING",
                        proof.bytes(),
                        until.toEpochMilli())
                == 1;
    }
}
