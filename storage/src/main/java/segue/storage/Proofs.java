package segue.storage;

import segue.domain.secret.SecretHash;
import segue.storage.jdbc.Database;

import java.time.Duration;

/// Proofs, each good for one request: of possession (RFC 9449 §11.1, THREATS R21.1), and of who a
/// client is (RFC 7523 §3, THREATS R19.2).
public final class Proofs {
    private final Database database;

    public Proofs(Database database) {
        this.database = database;
    }

    /// Claims a proof: true for exactly one request on any node. It is a transaction of its own
    /// before whatever the request asks for, so that a proof that comes again changes nothing; one
    /// whose request fails for another reason is spent all the same.
    ///
    /// @param proof the hash of what makes it this one
    /// @param lifetime how long somebody might still find it fresh
    public boolean claim(SecretHash proof, Duration lifetime) {
        return database.inTransaction(tx -> tx.proofs().claim(proof, tx.now().plus(lifetime)));
    }
}
