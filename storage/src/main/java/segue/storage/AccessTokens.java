package segue.storage;

import segue.domain.secret.SecretHash;
import segue.domain.token.AccessTokenRecord;
import segue.storage.jdbc.AccessTokenTable.Issued;
import segue.storage.jdbc.Database;

import java.util.Optional;

/// What is kept of access tokens, as `/userinfo` and introspection meet them.
public final class AccessTokens {
    private final Database database;

    public AccessTokens(Database database) {
        this.database = database;
    }

    /// What is kept under this hash of a token, if it, its session and its family haven't ended.
    public Optional<AccessTokenRecord> find(SecretHash hash) {
        return database.read(tx -> tx.accessTokens().findLive(hash)).map(Issued::token);
    }
}
