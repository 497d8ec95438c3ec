package segue.server.management;

import segue.domain.identifier.ClientId;
import segue.domain.secret.Secret;
import segue.server.keys.MasterKey;
import segue.server.oauth.Domains;
import segue.server.registry.StoredRegistry;
import segue.server.secret.Mint;
import segue.storage.Configuration;
import segue.storage.jdbc.ClientTable;

import tools.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What a new database is given: settings, the database connection, the Management API, and one
/// client that may use all of it (contract operator §2, `bootstrap.*`).
public final class Bootstrap {
    private static final String CONNECTION = "Username-Password-Authentication";

    /// Every scope of the Management API (contract management-api). A test compares them with the
    /// operations; the rest belongs to operations that are still to come, so that a grant of today
    /// opens them.
    static final List<String> SCOPES =
            Stream.of(
                            "clients",
                            "client_keys",
                            "client_credentials",
                            "client_summary",
                            "client_grants",
                            "resource_servers",
                            "connections",
                            "users",
                            "users_app_metadata",
                            "sessions",
                            "session",
                            "refresh_tokens",
                            "session_transfers",
                            "logs",
                            "logs_users",
                            "tenant_settings",
                            "organizations",
                            "organization_members",
                            "organization_connections",
                            "grants",
                            "device_credentials",
                            "stats",
                            "roles",
                            "actions",
                            "token_exchange_profiles")
                    .flatMap(
                            thing ->
                                    Stream.of("create:", "read:", "update:", "delete:")
                                            .map(verb -> verb + thing))
                    .toList();

    private final Configuration configuration;
    private final MasterKey master;
    private final Mint mint;
    private final Domains domains;

    public Bootstrap(Configuration configuration, MasterKey master, Mint mint, Domains domains) {
        this.configuration = configuration;
        this.master = master;
        this.mint = mint;
        this.domains = domains;
    }

    /// The first client.
    public record Credentials(ClientId id, Secret secret) {
        public Credentials(String id, Secret secret) {
            this(new ClientId(id), secret);
        }

        /// As the file in the data directory holds them.
        public String json() {
            return Page.JSON
                    .createObjectNode()
                    .put("client_id", id.value())
                    .put("client_secret", secret.reveal())
                    .toPrettyString();
        }
    }

    /// Prepares a database that nobody has prepared. Empty if it was prepared before, or another
    /// node is faster.
    ///
    /// @param chosen by the operator; fresh ones are made otherwise
    public Optional<Credentials> prepare(String tenant, Optional<Credentials> chosen) {
        var credentials =
                chosen.orElseGet(() -> new Credentials(mint.client(), mint.clientSecret()));
        var client = client(credentials, tenant);
        return configuration.begin(
                        table -> {
                            table.putTenant(Tenants.defaults(CONNECTION).toString());
                            var connection = mint.connection();
                            var document = Connections.document(connection, CONNECTION);
                            table.insertConnection(
                                    connection, CONNECTION, "auth0", document.toString());
                            var api = managementApi();
                            table.insertResourceServer(
                                    api.path("id").asString(),
                                    domains.managementAudience(),
                                    api.toString(),
                                    Optional.empty());
                            table.insertClient(
                                    credentials.id(),
                                    client.toString(),
                                    master.seal(
                                            credentials
                                                    .secret()
                                                    .reveal()
                                                    .getBytes(StandardCharsets.UTF_8),
                                            StoredRegistry.clientPurpose(credentials.id().value())),
                                    new ClientTable.Flags(false, true, true, Set.of()));
                            var grant = grant(credentials.id());
                            table.insertGrant(
                                    grant.path("id").asString(),
                                    credentials.id(),
                                    domains.managementAudience(),
                                    "client",
                                    grant.toString());
                        })
                ? Optional.of(credentials)
                : Optional.empty();
    }

    private static ObjectNode client(Credentials credentials, String tenant) {
        var wanted =
                Page.JSON
                        .createObjectNode()
                        .put("name", "Bootstrap")
                        .put("app_type", "non_interactive");
        wanted.putArray("grant_types").add("client_credentials");
        return switch (ClientDocument.create(wanted, credentials.id(), tenant)) {
            case Result.Ok<ObjectNode>(var document) -> document;
            case Result.Failed<ObjectNode>(var error) ->
                    throw new IllegalStateException(error.message());
        };
    }

    private ObjectNode managementApi() {
        var api = Page.JSON.createObjectNode();
        api.put("id", mint.hexadecimal())
                .put("name", "Auth0 Management API")
                .put("identifier", domains.managementAudience())
                .put("is_system", true)
                .put("allow_offline_access", false)
                .put("skip_consent_for_verifiable_first_party_clients", false)
                .put("token_lifetime", 86_400)
                .put("token_lifetime_for_web", 7_200)
                .put("signing_alg", "RS256");
        var list = api.putArray("scopes");
        SCOPES.forEach(scope -> list.addObject().put("value", scope).put("description", scope));
        return api;
    }

    private ObjectNode grant(ClientId client) {
        var grant = Page.JSON.createObjectNode();
        grant.put("id", mint.clientGrant())
                .put("client_id", client.value())
                .put("audience", domains.managementAudience());
        var list = grant.putArray("scope");
        SCOPES.forEach(list::add);
        return grant.put("subject_type", "client");
    }
}
