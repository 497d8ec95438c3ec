package segue.storage.jdbc;

import segue.domain.keys.SigningAlgorithm;
import segue.domain.keys.SigningKeyRow;

import java.time.Instant;
import java.util.List;

/// Signing keys.
public final class KeyTable {
    private final Tx tx;

    KeyTable(Tx tx) {
        this.tx = tx;
    }

    /// All keys, oldest first.
    public List<SigningKeyRow> all() {
        return tx.all(
                "SELECT * FROM signing_key ORDER BY created_at, kid",
                row ->
                        new SigningKeyRow(
                                row.getString("kid"),
                                SigningAlgorithm.valueOf(row.getString("algorithm")),
                                row.getBytes("public_spki"),
                                row.getBytes("sealed_private"),
                                Columns.instant(row, "created_at"),
                                Columns.instant(row, "activates_at"),
                                Columns.instantIfAny(row, "retires_at")));
    }

    /// Stores a new key.
    public void insert(SigningKeyRow key) {
        tx.change(
                """
                INSERT INTO signing_key (kid, algorithm, public_spki, sealed_private, created_at, activates_at, retires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                key.kid(),
                key.algorithm().name(),
                key.publicKey(),
                key.sealedPrivateKey(),
                key.createdAt().toEpochMilli(),
                key.activatesAt().toEpochMilli(),
                Columns.millis(key.retiresAt()));
    }

    /// Decides when the keys that are there now for an algorithm stop being published.
    public void retireAllAt(SigningAlgorithm algorithm, Instant end) {
        tx.change(
                "UPDATE signing_key SET retires_at = ? WHERE algorithm = ? AND retires_at IS NULL",
                end.toEpochMilli(),
                algorithm.name());
    }

    /// Decides anew when a key stops being published.
    public void retireAt(String kid, Instant end) {
        tx.change("UPDATE signing_key SET retires_at = ? WHERE kid = ?", end.toEpochMilli(), kid);
    }

    /// Decides anew from when on a key signs.
    public void activateAt(String kid, Instant start) {
        tx.change(
                "UPDATE signing_key SET activates_at = ? WHERE kid = ?", start.toEpochMilli(), kid);
    }

    /// Keeps others from adding a key until this transaction has ended.
    public void lock() {
        tx.one("SELECT only_row FROM tenant" + tx.dialect().forUpdate(), row -> row.getInt(1));
    }
}
