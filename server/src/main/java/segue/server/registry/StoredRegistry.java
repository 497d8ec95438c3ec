package segue.server.registry;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import segue.domain.client.Client;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.resource.ResourceServer;
import segue.domain.secret.Secret;
import segue.domain.tenant.TenantSettings;
import segue.server.keys.MasterKey;
import segue.server.oauth.ClientKey;
import segue.server.oauth.Registry;
import segue.storage.Configuration;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Tenant;
import segue.storage.jdbc.UserTable;

import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads every document from the database each time, so that a change is in force at once on every
/// node; only the parsing is remembered, by the text that was parsed, which can't go stale.
public final class StoredRegistry implements Registry {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int PARSED = 1_000;

    private final Configuration configuration;
    private final MasterKey master;
    private final Cache<String, Parsed> clients = Caffeine.newBuilder().maximumSize(PARSED).build();
    private final Cache<String, ResourceServer> servers =
            Caffeine.newBuilder().maximumSize(PARSED).build();
    private final Cache<Tenant, TenantSettings> tenants =
            Caffeine.newBuilder().maximumSize(4).build();

    public StoredRegistry(Configuration configuration, MasterKey master) {
        this.configuration = configuration;
        this.master = master;
    }

    /// What a client's document says.
    private record Parsed(Client client, List<ClientKey> keys, List<ClientKey> requestKeys) {
        static Parsed of(String document) {
            return new Parsed(
                    Views.client(document),
                    Views.clientKeys(document),
                    Views.requestKeys(document));
        }
    }

    @Override
    public Optional<Registered> client(ClientId id) {
        return configuration
                .find(Kind.CLIENT, id.value())
                .map(
                        stored -> {
                            var parsed = clients.get(stored.document(), Parsed::of);
                            var sealed = stored.sealedSecret().orElseThrow();
                            return new Registered(
                                    parsed.client(),
                                    open(sealed, clientPurpose(id.value())),
                                    parsed.keys(),
                                    parsed.requestKeys());
                        });
    }

    /// What a client's secret is sealed for.
    public static String clientPurpose(String id) {
        return "client-secret:" + id;
    }

    /// What an API's signing secret is sealed for.
    public static String apiPurpose(String id) {
        return "signing-secret:" + id;
    }

    private Secret open(byte[] sealed, String purpose) {
        var plain =
                master.open(sealed, purpose)
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "the master key does not open " + purpose));
        return new Secret(new String(plain, StandardCharsets.UTF_8));
    }

    @Override
    public Optional<Api> api(String audience) {
        return configuration
                .findByKey(Kind.RESOURCE_SERVER, audience)
                .map(
                        stored ->
                                new Api(
                                        servers.get(stored.document(), Views::resourceServer),
                                        stored.sealedSecret()
                                                .map(
                                                        bytes ->
                                                                open(
                                                                        bytes,
                                                                        apiPurpose(stored.id())))));
    }

    @Override
    public Optional<ClientGrant> grant(ClientId client, String audience, String subjectType) {
        return configuration
                .grant(client, audience, subjectType)
                .map(
                        stored ->
                                Views.clientGrant(
                                        stored.document(),
                                        api(audience)
                                                .map(api -> api.server().scopes())
                                                .orElse(Set.of())));
    }

    @Override
    public Optional<Organization> organization(String idOrName) {
        if (idOrName.startsWith("org_")) return organization(new OrganizationId(idOrName));
        if (!tenant().organizationNames()) return Optional.empty();
        return configuration
                .findByKey(Kind.ORGANIZATION, idOrName)
                .map(
                        stored ->
                                new Organization(
                                        new OrganizationId(stored.id()), name(stored.document())));
    }

    @Override
    public Optional<Organization> organization(OrganizationId id) {
        return configuration
                .find(Kind.ORGANIZATION, id.value())
                .map(stored -> new Organization(id, name(stored.document())));
    }

    private static String name(String document) {
        return JSON.readTree(document).path("name").asString();
    }

    @Override
    public Optional<ConnectionId> connection(String name) {
        return configuration
                .findByKey(Kind.CONNECTION, name)
                .map(stored -> new ConnectionId(stored.id()));
    }

    @Override
    public Optional<ConnectionId> loginConnection(
            ClientId client, Optional<OrganizationId> organization) {
        return configuration.loginConnections(client, organization).stream().findFirst();
    }

    @Override
    public TenantSettings tenant() {
        return tenants.get(
                configuration.tenant(), it -> Views.tenant(it.document(), it.actionsRevision()));
    }

    @Override
    public Optional<UserTable.Profile> activeUser(UserId user) {
        return configuration.activeUser(user);
    }
}
