package segue.storage;

import segue.domain.client.RefreshPolicy;
import segue.domain.client.TransferPolicy;
import segue.domain.identifier.ClientId;
import segue.domain.token.KeyThumbprint;

import java.util.Optional;

/// The client that a request comes from, authenticated as far as it can be, with the settings that
/// rules read.
///
/// @param name for the tenant log
/// @param isPublic whether it can't be authenticated
/// @param key that the request proves possession of, if it does (RFC 9449)
public record Caller(
        ClientId id,
        String name,
        RefreshPolicy refresh,
        TransferPolicy transfer,
        boolean isPublic,
        Optional<KeyThumbprint> key) {

    /// What a new family of its is bound to. A confidential client's tokens are bound to the client
    /// already, by its authentication (RFC 9449 §5).
    Optional<KeyThumbprint> binding() {
        return isPublic ? key : Optional.empty();
    }
}
