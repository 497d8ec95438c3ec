package segue.storage;

import segue.domain.secret.SecretHash;
import segue.domain.token.OpaqueAccessToken;
import segue.storage.jdbc.AccessTokenTable.Issued;
import segue.storage.jdbc.Database;

import java.util.Optional;

/// Opaque access tokens, as `/userinfo` and introspection meet them.
public final class AccessTokens {
    private final Database database;

    public AccessTokens(Database database) {
        this.database = database;
    }

    /// The token with this hash, if it, its session and its family haven't ended.
    public Optional<OpaqueAccessToken> find(SecretHash hash) {
        return database.read(tx -> tx.accessTokens().findLive(hash)).map(Issued::token);
    }
}
