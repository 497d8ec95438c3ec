package segue.server.registry;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import org.jspecify.annotations.Nullable;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.secret.Secret;
import segue.domain.tenant.TenantSettings;
import segue.server.keys.MasterKey;
import segue.server.oauth.Registry;
import segue.storage.Configuration;
import segue.storage.Revision;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;
import segue.storage.jdbc.UserTable;

import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// Remembers what it has found until the revision of the configuration is another one, so that the
/// hot path asks the database for nothing that doesn't change (DESIGN section 3). What isn't there
/// is asked for again each time: what strangers make up must not fill the memory (THREATS R49.4).
public final class StoredRegistry implements Registry {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int REMEMBERED = 10_000;

    private final Configuration configuration;
    private final Revision revision;
    private final MasterKey master;
    private final AtomicReference<Edition> latest = new AtomicReference<>(new Edition(-1));

    public StoredRegistry(Configuration configuration, Revision revision, MasterKey master) {
        this.configuration = configuration;
        this.revision = revision;
        this.master = master;
    }

    /// What was found since the configuration has this revision; nothing in it is older.
    private static final class Edition {
        private final long revision;
        private final Cache<ClientId, Registered> clients = cache();
        private final Cache<String, Api> apis = cache();
        private final Cache<GrantKey, ClientGrant> grants = cache();
        private final Cache<OrganizationId, Organization> organizations = cache();
        private final AtomicReference<@Nullable TenantSettings> tenant = new AtomicReference<>();

        Edition(long revision) {
            this.revision = revision;
        }

        private static <K, V> Cache<K, V> cache() {
            return Caffeine.newBuilder().maximumSize(REMEMBERED).build();
        }
    }

    private record GrantKey(ClientId client, String audience, String subjectType) {}

    /// Whoever loads into an edition that has been replaced meanwhile keeps its old answer for
    /// itself.
    private Edition edition() {
        var now = revision.current();
        return latest.updateAndGet(known -> known.revision == now ? known : new Edition(now));
    }

    /// Without a lock: two may load the same thing.
    private static <K, V> Optional<V> remembered(
            Cache<K, V> cache, K key, Supplier<Optional<V>> load) {
        var known = Optional.ofNullable(cache.getIfPresent(key));
        if (known.isPresent()) return known;
        var found = load.get();
        found.ifPresent(it -> cache.put(key, it));
        return found;
    }

    @Override
    public Optional<Registered> client(ClientId id) {
        return remembered(
                edition().clients,
                id,
                () -> configuration.find(Kind.CLIENT, id.value()).map(this::registered));
    }

    private Registered registered(Stored stored) {
        return new Registered(
                Views.client(stored.document()),
                open(stored.sealedSecret().orElseThrow(), clientPurpose(stored.id())),
                Views.clientKeys(stored.document()),
                Views.requestKeys(stored.document()));
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
        return remembered(
                edition().apis,
                audience,
                () ->
                        configuration
                                .findByKey(Kind.RESOURCE_SERVER, audience)
                                .map(this::registeredApi));
    }

    private Api registeredApi(Stored stored) {
        return new Api(
                Views.resourceServer(stored.document()),
                stored.sealedSecret().map(bytes -> open(bytes, apiPurpose(stored.id()))));
    }

    @Override
    public Optional<ClientGrant> grant(ClientId client, String audience, String subjectType) {
        return remembered(
                edition().grants,
                new GrantKey(client, audience, subjectType),
                () ->
                        configuration
                                .grant(client, audience, subjectType)
                                .map(
                                        stored ->
                                                Views.clientGrant(
                                                        stored.document(), scopes(audience))));
    }

    private Set<String> scopes(String audience) {
        return api(audience).map(api -> api.server().scopes()).orElse(Set.of());
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
        return remembered(
                edition().organizations,
                id,
                () ->
                        configuration
                                .find(Kind.ORGANIZATION, id.value())
                                .map(stored -> new Organization(id, name(stored.document()))));
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
        var edition = edition();
        var known = edition.tenant.get();
        if (known != null) return known;
        var stored = configuration.tenant();
        var settings = Views.tenant(stored.document(), stored.actionsRevision());
        edition.tenant.set(settings);
        return settings;
    }

    @Override
    public Optional<UserTable.Profile> activeUser(UserId user) {
        return configuration.activeUser(user);
    }
}
