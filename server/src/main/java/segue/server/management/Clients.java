package segue.server.management;

import segue.domain.client.TransferPolicy;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.secret.Secret;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.keys.MasterKey;
import segue.server.keys.SigningKeys;
import segue.server.oauth.Domains;
import segue.server.registry.StoredRegistry;
import segue.server.registry.Views;
import segue.server.secret.Mint;
import segue.storage.Configuration;
import segue.storage.jdbc.ClientTable;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;
import segue.storage.jdbc.Tx;

import tools.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Clients (contract management-api §2).
public final class Clients {
    private static final List<String> READING =
            List.of(
                    "read:clients",
                    "read:client_keys",
                    "read:client_credentials",
                    "read:client_summary");

    private final Configuration configuration;
    private final MasterKey master;
    private final SigningKeys keys;
    private final Mint mint;
    private final Domains domains;
    private final String tenant;
    private final boolean knowsNetworks;
    private final Clock clock;

    /// @param knowsNetworks whether there is a database of autonomous systems
    public Clients(
            Configuration configuration,
            MasterKey master,
            SigningKeys keys,
            Mint mint,
            Domains domains,
            String tenant,
            boolean knowsNetworks,
            Clock clock) {
        this.configuration = configuration;
        this.master = master;
        this.keys = keys;
        this.mint = mint;
        this.domains = domains;
        this.tenant = tenant;
        this.knowsNetworks = knowsNetworks;
        this.clock = clock;
    }

    List<Operation> operations() {
        return List.of(
                Operation.any(Method.GET, "/clients", READING, this::list),
                Operation.of(Method.POST, "/clients", "create:clients", this::create),
                Operation.any(Method.GET, "/clients/{id}", READING, this::get),
                Operation.any(
                        Method.PATCH,
                        "/clients/{id}",
                        List.of(
                                "update:clients",
                                "update:client_keys",
                                "update:client_credentials"),
                        this::patch),
                Operation.of(Method.DELETE, "/clients/{id}", "delete:clients", this::delete),
                Operation.of(
                        Method.POST,
                        "/clients/{id}/rotate-secret",
                        "update:client_keys",
                        this::rotateSecret));
    }

    /// A client as a tenant file wants it, in which the keys that it has are no news.
    ObjectNode recognised(Stored stored, ObjectNode wanted) {
        ClientCredentials.recognise(Page.object(stored.document()), wanted, clock.instant());
        return wanted;
    }

    private static final ManagementError UNKNOWN =
            ManagementError.notFound("The client does not exist", "inexistent_client");

    private static final Search.Fields FIELDS =
            new Search.Fields(Set.of(), List.of(), (_, value) -> value);
    private static final Set<String> SEARCHED = Set.of("client_id", "name", "app_type");

    private Result<Response> list(Call call) {
        var filter =
                Search.parse(call.query("q").orElse(""), FIELDS)
                        .flatMap(query -> Search.filter(query, SEARCHED));
        if (filter.isEmpty())
            return new Result.Failed<>(ManagementError.query("The query can't be evaluated", "q"));
        return Page.of(call)
                .then(
                        page -> {
                            var beyond = clientsBeyond(call);
                            var shown =
                                    configuration.all(Kind.CLIENT).stream()
                                            .map(it -> shown(it, !beyond.contains(it.id()), call))
                                            .filter(filter.get())
                                            .filter(client -> matches(client, call, "app_type"))
                                            .filter(
                                                    client ->
                                                            matches(client, call, "is_first_party"))
                                            .filter(
                                                    client ->
                                                            matches(
                                                                    client,
                                                                    call,
                                                                    "global",
                                                                    "is_global"))
                                            .toList();
                            return page.render(shown, "clients", "client_id", call);
                        })
                .then(response -> new Result.Ok<>(traced("Get clients", response, call)));
    }

    /// A read that reveals a secret leaves a trace (contract management-api §8).
    private Response traced(String description, Response response, Call call) {
        if (call.scopes().contains("read:client_keys")
                && Page.JSON.readTree(response.text()).findValue("client_secret") != null)
            configuration.change(call.event(description, 200).as("mgmt_api_read"), _ -> true);
        return response;
    }

    private static boolean matches(ObjectNode client, Call call, String name) {
        return matches(client, call, name, name);
    }

    private static boolean matches(ObjectNode client, Call call, String name, String parameter) {
        return call.query(parameter)
                .map(
                        wanted ->
                                List.of(wanted.split(",", -1))
                                        .contains(client.path(name).asString("")))
                .orElse(true);
    }

    /// The clients that may do more with this API than the caller. Whoever could read or change the
    /// secret of one could act as it, and so have scopes that they lack (THREATS R47.3).
    private Set<String> clientsBeyond(Call call) {
        return configuration.all(Kind.CLIENT_GRANT).stream()
                .map(stored -> Page.object(stored.document()))
                .filter(
                        grant ->
                                grant.path("audience")
                                        .asString("")
                                        .equals(domains.managementAudience()))
                .filter(grant -> !call.scopes().containsAll(granted(grant)))
                .map(grant -> grant.path("client_id").asString(""))
                .collect(Collectors.toSet());
    }

    private Set<String> granted(ObjectNode grant) {
        var api = configuration.findByKey(Kind.RESOURCE_SERVER, domains.managementAudience());
        return Views.clientGrant(
                        grant.toString(),
                        api.map(it -> Views.resourceServer(it.document()).scopes())
                                .orElse(Set.of()))
                .scopes();
    }

    private ObjectNode shown(Stored stored, Call call) {
        return shown(stored, !clientsBeyond(call).contains(stored.id()), call);
    }

    /// The secret is shown to those who may read it.
    private ObjectNode shown(Stored stored, boolean isWithin, Call call) {
        var document = withKeys(Page.object(stored.document()), call);
        if (isWithin && call.scopes().contains("read:client_keys"))
            document.put("client_secret", secret(stored).reveal());
        return document;
    }

    /// What a client can verify our signatures with.
    private ObjectNode withKeys(ObjectNode document, Call call) {
        ClientCredentials.hide(document);
        var certificate = keys.certificate();
        var key = document.putArray("signing_keys").addObject().put("cert", certificate.pem());
        if (call.scopes().contains("read:client_keys")) key.put("pkcs7", certificate.pkcs7());
        return document;
    }

    private Secret secret(Stored stored) {
        var plain =
                master.open(
                                stored.sealedSecret().orElseThrow(),
                                StoredRegistry.clientPurpose(stored.id()))
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "the master key doesn't open the client's secret"));
        return new Secret(new String(plain, StandardCharsets.UTF_8));
    }

    private Result<Response> get(Call call) {
        return find(call)
                .then(
                        stored ->
                                new Result.Ok<>(
                                        traced(
                                                "Get a client",
                                                Page.json(
                                                        200,
                                                        Page.fields(shown(stored, call), call)),
                                                call)));
    }

    private Result<Stored> find(Call call) {
        return find(call.request().pathParameter("id"));
    }

    private Result<Stored> find(String id) {
        return configuration
                .find(Kind.CLIENT, id)
                .<Result<Stored>>map(Result.Ok::new)
                .orElseGet(() -> new Result.Failed<>(UNKNOWN));
    }

    private Result<Response> create(Call call) {
        return call.object()
                .then(
                        body ->
                                create(
                                        body,
                                        mint.client(),
                                        secret(body).orElseGet(mint::clientSecret),
                                        call))
                .then(document -> new Result.Ok<>(Page.json(201, document)));
    }

    private static Optional<Secret> secret(ObjectNode body) {
        return body.path("client_secret").isString()
                ? Optional.of(new Secret(body.path("client_secret").asString()))
                : Optional.empty();
    }

    /// Creates a client of a given id and secret; the document tells the secret.
    Result<ObjectNode> create(ObjectNode body, ClientId id, Secret secret, Call call) {
        return ClientDocument.create(body, id, tenant)
                .then(document -> bindable(body, document))
                .then(this::withCredentials)
                .then(
                        document -> {
                            var isNew =
                                    configuration.change(
                                            call.event("Create a client"),
                                            tx -> insert(tx, id, document, sealed(id, secret)));
                            return isNew
                                    ? new Result.Ok<>(
                                            withKeys(document.deepCopy(), call)
                                                    .put("client_secret", secret.reveal()))
                                    : new Result.Failed<>(
                                            ManagementError.conflict(
                                                    "A client with the same id already exists.",
                                                    "conflict"));
                        });
    }

    private Result<ObjectNode> withCredentials(ObjectNode document) {
        return ClientCredentials.takenIn(document, mint::credential, clock.instant());
    }

    /// Without a database of autonomous systems a client that is bound by them would refuse every
    /// transfer (THREATS R33.4).
    private Result<ObjectNode> bindable(ObjectNode body, ObjectNode document) {
        var transfer = body.path("session_transfer");
        var isByNetwork =
                Stream.of(transfer, transfer.path("delegation"))
                        .anyMatch(
                                it -> it.path("enforce_device_binding").asString("").equals("asn"));
        return isByNetwork && !knowsNetworks
                ? new Result.Failed<>(
                        ManagementError.refused(
                                "enforce_device_binding can't be asn: this server has no"
                                        + " network.asn-database"))
                : new Result.Ok<>(document);
    }

    private static boolean insert(Tx tx, ClientId id, ObjectNode document, byte[] sealed) {
        var table = tx.configuration();
        if (!table.insertClient(id, document.toString(), sealed, flags(document))) return false;
        // Contract management-api §9: the database connections are there for every first-party
        // client.
        if (Views.client(document.toString()).isFirstParty())
            for (var connection : table.all(Kind.CONNECTION))
                table.enable(new ConnectionId(connection.id()), id, true);
        return true;
    }

    private byte[] sealed(ClientId id, Secret secret) {
        return master.seal(
                secret.reveal().getBytes(StandardCharsets.UTF_8),
                StoredRegistry.clientPurpose(id.value()));
    }

    private static ClientTable.Flags flags(ObjectNode document) {
        TransferPolicy policy = Views.transfer(document.path("session_transfer"));
        return new ClientTable.Flags(
                policy.mayCreate(),
                policy.cascades(),
                policy.online(),
                Views.backchannelLogout(document).initiators());
    }

    private Result<Response> patch(Call call) {
        return find(call)
                .then(stored -> call.object().then(body -> permittedPatch(stored, body, call)))
                .then(stored -> new Result.Ok<>(Page.json(200, shown(stored, call))));
    }

    /// The secret is for those who may change secrets, the keys for those who may change keys,
    /// everything else for those who may change clients (THREATS R47.2).
    private Result<Stored> permittedPatch(Stored stored, ObjectNode body, Call call) {
        var names = Set.copyOf(body.propertyNames());
        var needed =
                PROOFS.entrySet().stream()
                        .filter(proof -> names.contains(proof.getKey()))
                        .map(Map.Entry::getValue)
                        .distinct()
                        .sorted()
                        .toList();
        if (!call.scopes().containsAll(needed))
            return new Result.Failed<>(ManagementError.insufficientScope("all", needed));
        var isOnlyProofs = !names.isEmpty() && PROOFS.keySet().containsAll(names);
        if (!isOnlyProofs && !call.scopes().contains("update:clients"))
            return new Result.Failed<>(
                    ManagementError.insufficientScope("any", List.of("update:clients")));
        if (!needed.isEmpty()) {
            var refusal = refusal(stored, call);
            if (refusal.isPresent()) return new Result.Failed<>(refusal.get());
        }
        return patch(stored, body, call);
    }

    /// What a client proves itself by, and who may change it.
    private static final Map<String, String> PROOFS =
            Map.of(
                    "client_secret",
                    "update:client_keys",
                    "client_authentication_methods",
                    "update:client_credentials",
                    "signed_request_object",
                    "update:client_credentials");

    private Optional<ManagementError> refusal(Stored stored, Call call) {
        return clientsBeyond(call).contains(stored.id())
                ? Optional.of(
                        ManagementError.insufficientScope(
                                "all",
                                configuration
                                        .grant(
                                                new ClientId(stored.id()),
                                                domains.managementAudience(),
                                                "client")
                                        .map(it -> granted(Page.object(it.document())))
                                        .orElse(Set.of())
                                        .stream()
                                        .sorted()
                                        .toList()))
                : Optional.empty();
    }

    /// Changes a client.
    Result<Stored> patch(Stored stored, ObjectNode body, Call call) {
        return ClientDocument.patch(Page.object(stored.document()), body)
                .then(document -> bindable(body, document))
                .then(this::withCredentials)
                .then(
                        document -> {
                            var id = new ClientId(stored.id());
                            var sealed = secret(body).map(secret -> sealed(id, secret));
                            var changed =
                                    configuration.change(
                                            call.event("Update a client"),
                                            tx -> replace(tx, stored, document, sealed));
                            // Somebody was faster: the change is made of what they left.
                            return changed
                                    ? find(stored.id())
                                    : find(stored.id()).then(fresh -> patch(fresh, body, call));
                        });
    }

    /// The document of the client that is asked for, with its credentials.
    Result<ObjectNode> document(Call call) {
        return find(call).then(stored -> new Result.Ok<>(Page.object(stored.document())));
    }

    /// Changes what the client that is asked for may prove itself by, if the caller may do all that
    /// it may (THREATS R47.3).
    Result<ObjectNode> change(
            Call call, String description, Function<ObjectNode, Result<ObjectNode>> change) {
        return find(call)
                .then(
                        stored -> {
                            var refusal = refusal(stored, call);
                            return refusal.isPresent()
                                    ? new Result.Failed<>(refusal.get())
                                    : change(stored, call, description, change);
                        });
    }

    private Result<ObjectNode> change(
            Stored stored,
            Call call,
            String description,
            Function<ObjectNode, Result<ObjectNode>> change) {
        return change.apply(Page.object(stored.document()))
                .then(
                        document ->
                                configuration.change(
                                                call.event(description),
                                                tx ->
                                                        replace(
                                                                tx,
                                                                stored,
                                                                document,
                                                                Optional.empty()))
                                        ? new Result.Ok<>(document)
                                        // Somebody was faster: the change is made of what they
                                        // left.
                                        : change(call, description, change));
    }

    private static boolean replace(
            Tx tx, Stored stored, ObjectNode document, Optional<byte[]> sealed) {
        var id = new ClientId(stored.id());
        var table = tx.configuration();
        if (!table.replaceClient(id, stored.document(), document.toString(), flags(document)))
            return false;
        sealed.ifPresent(secret -> table.putSecret(id, secret));
        return true;
    }

    private Result<Response> rotateSecret(Call call) {
        return find(call)
                .then(
                        stored -> {
                            var refusal = refusal(stored, call);
                            if (refusal.isPresent()) return new Result.Failed<>(refusal.get());
                            var secret = mint.clientSecret();
                            putSecret(stored, secret, call);
                            return find(stored.id()).then(fresh -> rotated(fresh, secret, call));
                        });
    }

    private Result<Response> rotated(Stored stored, Secret secret, Call call) {
        var document = withKeys(Page.object(stored.document()), call);
        return new Result.Ok<>(Page.json(200, document.put("client_secret", secret.reveal())));
    }

    /// Gives a client another secret.
    void putSecret(Stored stored, Secret secret, Call call) {
        var id = new ClientId(stored.id());
        configuration.change(
                call.event("Rotate a client secret", 200),
                tx -> tx.configuration().putSecret(id, sealed(id, secret)));
    }

    /// Whether a client has this secret.
    boolean hasSecret(Stored stored, Secret secret) {
        return secret(stored).sameAs(secret);
    }

    private Result<Response> delete(Call call) {
        var id = call.request().pathParameter("id");
        configuration.deleteClient(new ClientId(id), call.event("Delete a client"));
        return new Result.Ok<>(Response.of(204));
    }

    /// A client by its id or, failing that, its name: what a tenant file knows it by.
    Optional<Stored> byName(String name) {
        return configuration.all(Kind.CLIENT).stream()
                .filter(
                        stored ->
                                Page.object(stored.document()).path("name").asString().equals(name))
                .findFirst();
    }
}
