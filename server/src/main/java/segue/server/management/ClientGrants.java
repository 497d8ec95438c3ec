package segue.server.management;

import segue.domain.identifier.ClientId;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.oauth.Domains;
import segue.server.registry.Views;
import segue.server.secret.Mint;
import segue.storage.Configuration;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// What clients may have of APIs (contract management-api §4).
public final class ClientGrants {
    private static final Schema SCHEMA =
            new Schema()
                    .with("client_id", Schema.text())
                    .with("audience", Schema.text())
                    .with("scope", Schema.unique(Schema.array(Schema.text(), 1_000)))
                    .with("organization_usage", Schema.oneOf("deny", "allow", "require"))
                    .with("subject_type", Schema.oneOf("client", "user"))
                    .with(Schema.flag(), "allow_any_organization", "allow_all_scopes")
                    .with(Schema.anything(), "authorization_details_types")
                    .nullable("organization_usage", "allow_any_organization");

    private final Configuration configuration;
    private final Domains domains;
    private final Mint mint;

    public ClientGrants(Configuration configuration, Domains domains, Mint mint) {
        this.configuration = configuration;
        this.domains = domains;
        this.mint = mint;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(Method.GET, "/client-grants", "read:client_grants", this::list),
                Operation.of(Method.POST, "/client-grants", "create:client_grants", this::create),
                Operation.of(Method.GET, "/client-grants/{id}", "read:client_grants", this::get),
                Operation.of(
                        Method.PATCH, "/client-grants/{id}", "update:client_grants", this::patch),
                Operation.of(
                        Method.DELETE,
                        "/client-grants/{id}",
                        "delete:client_grants",
                        this::delete));
    }

    private Result<Response> list(Call call) {
        return Page.of(call)
                .then(
                        page -> {
                            var shown =
                                    configuration.all(Kind.CLIENT_GRANT).stream()
                                            .map(stored -> Page.object(stored.document()))
                                            .filter(
                                                    grant ->
                                                            isWanted(grant, call, "client_id")
                                                                    && isWanted(
                                                                            grant, call, "audience")
                                                                    && isWanted(
                                                                            grant,
                                                                            call,
                                                                            "subject_type"))
                                            .toList();
                            return new Result.Ok<>(page.render(shown, "client_grants", "id", call));
                        });
    }

    private static boolean isWanted(ObjectNode grant, Call call, String name) {
        return call.query(name).map(grant.path(name).asString("")::equals).orElse(true);
    }

    private Result<Stored> find(Call call) {
        return configuration
                .find(Kind.CLIENT_GRANT, call.request().pathParameter("id"))
                .<Result<Stored>>map(Result.Ok::new)
                .orElseGet(
                        () ->
                                new Result.Failed<>(
                                        ManagementError.notFound(
                                                "The client grant does not exist",
                                                "inexistent_client_grant")));
    }

    private Result<Response> get(Call call) {
        return find(call)
                .then(stored -> new Result.Ok<>(Page.json(200, Page.object(stored.document()))));
    }

    private Result<Response> create(Call call) {
        return call.object()
                .then(body -> create(body, call))
                .then(document -> new Result.Ok<>(Page.json(201, document)));
    }

    /// Creates a grant.
    Result<ObjectNode> create(ObjectNode body, Call call) {
        var problems = new ArrayList<>(SCHEMA.problems(body));
        for (var name : List.of("client_id", "audience"))
            if (body.path(name).isMissingNode())
                problems.add("'Missing required property: " + name + "'");
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var client = new ClientId(body.path("client_id").asString("?"));
        var audience = domains.canonicalAudience(body.path("audience").asString());
        if (configuration.find(Kind.CLIENT, client.value()).isEmpty())
            return new Result.Failed<>(
                    ManagementError.notFound("The client does not exist", "inexistent_client"));
        var api = configuration.findByKey(Kind.RESOURCE_SERVER, audience);
        if (api.isEmpty())
            return new Result.Failed<>(
                    ManagementError.notFound(
                            "The resource server does not exist", "inexistent_resource_server"));
        var unknown = unknownScope(body, api.get());
        if (unknown.isPresent()) return new Result.Failed<>(unknown.get());
        var document = Page.JSON.createObjectNode();
        document.put("id", mint.clientGrant())
                .put("client_id", client.value())
                .put("audience", audience);
        document.putArray("scope");
        document.put("subject_type", "client");
        body.properties()
                .forEach(
                        it -> {
                            if (!it.getValue().isNull() && !it.getKey().equals("audience"))
                                document.set(it.getKey(), it.getValue());
                        });
        var isNew =
                configuration.change(
                        call.event("Create a client grant"),
                        tx ->
                                tx.configuration()
                                        .insertGrant(
                                                document.path("id").asString(),
                                                client,
                                                audience,
                                                document.path("subject_type").asString(),
                                                document.toString()));
        return isNew
                ? new Result.Ok<>(document)
                : new Result.Failed<>(
                        ManagementError.conflict(
                                "A client grant for this client and API already exists.",
                                "conflict"));
    }

    private static Optional<ManagementError> unknownScope(ObjectNode body, Stored api) {
        var asked =
                new HashSet<>(body.path("scope").valueStream().map(JsonNode::asString).toList());
        asked.removeAll(Views.resourceServer(api.document()).scopes());
        return asked.stream()
                .sorted()
                .findFirst()
                .map(
                        scope ->
                                ManagementError.body(
                                        "The scope " + scope + " is not defined by the API"));
    }

    private Result<Response> patch(Call call) {
        return find(call)
                .then(stored -> call.object().then(body -> patch(stored, body, call)))
                .then(document -> new Result.Ok<>(Page.json(200, document)));
    }

    /// Changes a grant.
    Result<ObjectNode> patch(Stored stored, ObjectNode body, Call call) {
        var problems = new ArrayList<>(SCHEMA.problems(body));
        for (var name : List.of("client_id", "audience", "subject_type"))
            if (body.has(name)) problems.add("'Additional properties not allowed: " + name + "'");
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var document = Page.object(stored.document());
        var api =
                configuration.findByKey(Kind.RESOURCE_SERVER, document.path("audience").asString());
        var unknown = api.flatMap(it -> unknownScope(body, it));
        if (unknown.isPresent()) return new Result.Failed<>(unknown.get());
        body.properties()
                .forEach(
                        it -> {
                            if (it.getValue().isNull()) document.remove(it.getKey());
                            else document.set(it.getKey(), it.getValue());
                        });
        configuration.change(
                call.event("Update a client grant"),
                tx -> {
                    tx.configuration().replace(Kind.CLIENT_GRANT, stored.id(), document.toString());
                    return true;
                });
        return new Result.Ok<>(document);
    }

    /// The grant of a client for an API, if there is one.
    Optional<Stored> find(ClientId client, String audience) {
        return configuration.grant(client, domains.canonicalAudience(audience), "client");
    }

    private Result<Response> delete(Call call) {
        configuration.change(
                call.event("Delete a client grant"),
                tx ->
                        tx.configuration()
                                .delete(Kind.CLIENT_GRANT, call.request().pathParameter("id")));
        return new Result.Ok<>(Response.of(204));
    }
}
