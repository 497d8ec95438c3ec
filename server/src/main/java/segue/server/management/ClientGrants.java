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
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What clients may have of APIs (contract management-api §4).
public final class ClientGrants {
    static final Schema SCHEMA =
            new Schema()
                    .required("client_id", "audience")
                    .with(
                            Schema.text(Pattern.compile("(?s).{1,600}"), "1 to 600 characters"),
                            "client_id",
                            "audience")
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
                                                                            "allow_any_organization")
                                                                    && isWanted(
                                                                            grant,
                                                                            call,
                                                                            "subject_type"))
                                            .toList();
                            return page.render(shown, "client_grants", "id", call);
                        });
    }

    private static boolean isWanted(ObjectNode grant, Call call, String name) {
        var isFlag = name.equals("allow_any_organization");
        var value = grant.path(name).asString(isFlag ? "false" : "");
        return call.query(name).map(value::equals).orElse(true);
    }

    private Result<Stored> find(Call call) {
        return find(call.request().pathParameter("id"));
    }

    private Result<Stored> find(String id) {
        return configuration
                .find(Kind.CLIENT_GRANT, id)
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
        var problems = SCHEMA.problems(body);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var client = new ClientId(body.path("client_id").asString());
        var audience = domains.canonicalAudience(body.path("audience").asString());
        if (configuration.find(Kind.CLIENT, client.value()).isEmpty())
            return new Result.Failed<>(
                    ManagementError.notFound("The client does not exist", "inexistent_client"));
        var api = configuration.findByKey(Kind.RESOURCE_SERVER, audience);
        if (api.isEmpty())
            return new Result.Failed<>(
                    ManagementError.notFound(
                            "The resource server does not exist", "inexistent_resource_server"));
        var refusal = refusal(body, audience, api.get(), call);
        if (refusal.isPresent()) return new Result.Failed<>(refusal.get());
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

    /// A scope that the API doesn't define, or one of this API that the caller lacks: nobody grants
    /// what they don't have (THREATS R47.3).
    private Optional<ManagementError> refusal(
            ObjectNode body, String audience, Stored api, Call call) {
        var defined = Views.resourceServer(api.document()).scopes();
        var asked =
                body.path("scope")
                        .valueStream()
                        .map(JsonNode::asString)
                        .collect(Collectors.toSet());
        if (body.path("allow_all_scopes").asBoolean(false)) asked.addAll(defined);
        var problems = new ArrayList<String>();
        for (var scope : new TreeSet<>(asked))
            if (!defined.contains(scope))
                Schema.problem(
                        "The API doesn't define " + Schema.shortened(scope), "scope", problems);
        if (!problems.isEmpty()) return Optional.of(ManagementError.body(problems));
        if (!audience.equals(domains.managementAudience())) return Optional.empty();
        asked.removeAll(call.scopes());
        return asked.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        ManagementError.insufficientScope("all", asked.stream().sorted().toList()));
    }

    private Result<Response> patch(Call call) {
        return find(call)
                .then(stored -> call.object().then(body -> patch(stored, body, call)))
                .then(document -> new Result.Ok<>(Page.json(200, document)));
    }

    /// Changes a grant.
    Result<ObjectNode> patch(Stored stored, ObjectNode body, Call call) {
        var problems = SCHEMA.changes(body, "client_id", "audience", "subject_type");
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var document = Page.object(stored.document());
        var audience = document.path("audience").asString();
        var refusal =
                configuration
                        .findByKey(Kind.RESOURCE_SERVER, audience)
                        .flatMap(api -> refusal(body, audience, api, call));
        if (refusal.isPresent()) return new Result.Failed<>(refusal.get());
        body.properties()
                .forEach(
                        it -> {
                            if (it.getValue().isNull()) document.remove(it.getKey());
                            else document.set(it.getKey(), it.getValue());
                        });
        var changed =
                configuration.change(
                        call.event("Update a client grant"),
                        tx ->
                                tx.configuration()
                                        .replace(
                                                Kind.CLIENT_GRANT,
                                                stored.id(),
                                                stored.document(),
                                                document.toString()));
        // Somebody was faster: the change is made of what they left.
        return changed
                ? new Result.Ok<>(document)
                : find(stored.id()).then(fresh -> patch(fresh, body, call));
    }

    /// The grant of a client for an API, if there is one.
    Optional<Stored> find(ClientId client, String audience, String subjectType) {
        return configuration.grant(client, domains.canonicalAudience(audience), subjectType);
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
