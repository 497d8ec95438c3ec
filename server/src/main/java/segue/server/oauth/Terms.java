package segue.server.oauth;

import segue.domain.client.Client;

import java.util.Optional;

/// In whose terms an answer is given: Auth0's, which its SDKs know, or to the letter the RFCs', for
/// FAPI clients and, with the tenant flag `rfc_strict`, for all (contract management-api §13).
public final class Terms {
    private final Registry registry;

    public Terms(Registry registry) {
        this.registry = registry;
    }

    /// Whether the RFCs' count for a client, as far as it is known.
    public boolean areStrict(Optional<Client> client) {
        return client.filter(Client::isFapi).isPresent() || registry.tenant().isStrict();
    }

    /// An error as the client is to hear it.
    public OAuthError told(OAuthError error, Optional<Client> client) {
        return areStrict(client) ? error.strict() : error;
    }

    /// The same for a client that isn't known, or not authenticated.
    public OAuthError told(OAuthError error) {
        return told(error, Optional.empty());
    }
}
