package segue.server.oauth;

import segue.domain.client.Client;
import segue.domain.client.OrganizationUsage;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.resource.ResourceServer;
import segue.domain.secret.Secret;
import segue.domain.tenant.TenantSettings;
import segue.storage.jdbc.UserTable;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The configuration as the OAuth endpoints look it up. Users are always read from the database.
public interface Registry {

    /// A client and what it may prove itself by.
    ///
    /// @param keys for `private_key_jwt`; those that have expired too
    /// @param requestKeys the same for request objects
    record Registered(
            Client client, Secret secret, List<ClientKey> keys, List<ClientKey> requestKeys) {
        public Registered {
            keys = List.copyOf(keys);
            requestKeys = List.copyOf(requestKeys);
        }
    }

    /// An API and, for HS256, its signing secret.
    record Api(ResourceServer server, Optional<Secret> secret) {}

    /// @param name lower case
    record Organization(OrganizationId id, String name) {}

    Optional<Registered> client(ClientId id);

    /// The secret of a client whose ID tokens it signs; empty for all others.
    default Optional<Secret> sharedSecret(ClientId id) {
        return client(id)
                .filter(it -> it.client().idTokenAlgorithm().equals("HS256"))
                .map(Registered::secret);
    }

    /// @param audience the identifier
    Optional<Api> api(String audience);

    /// The secret of an API whose access tokens it signs; empty for all others.
    default Optional<Secret> sharedSecret(String audience) {
        return api(audience)
                .filter(it -> it.server().signingAlgorithm().equals("HS256"))
                .flatMap(Api::secret);
    }

    /// What a client may have of an API.
    ///
    /// @param organizations whether a token may, or must, be for an organization
    /// @param anyOrganization `allow_any_organization`
    record ClientGrant(
            Set<String> scopes, OrganizationUsage organizations, boolean anyOrganization) {
        public ClientGrant {
            scopes = Set.copyOf(scopes);
        }
    }

    /// Empty if there is no such grant.
    ///
    /// @param subjectType `client` or `user`
    Optional<ClientGrant> grant(ClientId client, String audience, String subjectType);

    /// The scopes of a grant; empty if there is none.
    ///
    /// @param subjectType `client` or `user`
    default Optional<Set<String>> granted(ClientId client, String audience, String subjectType) {
        return grant(client, audience, subjectType).map(ClientGrant::scopes);
    }

    /// @param idOrName an id, or a name if the tenant allows names
    Optional<Organization> organization(String idOrName);

    Optional<Organization> organization(OrganizationId id);

    Optional<ConnectionId> connection(String name);

    /// The database connection that a sign-in page of this client asks for; the first one if there
    /// are several.
    Optional<ConnectionId> loginConnection(ClientId client, Optional<OrganizationId> organization);

    TenantSettings tenant();

    /// What is told about a user; empty if they are gone or blocked.
    Optional<UserTable.Profile> activeUser(UserId user);
}
