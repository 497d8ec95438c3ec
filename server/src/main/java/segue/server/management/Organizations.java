package segue.server.management;

import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.secret.Mint;
import segue.storage.Configuration;
import segue.storage.Users;
import segue.storage.jdbc.ConfigurationTable.EnabledConnection;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Organizations, their members and connections (contract management-api §10).
public final class Organizations {
    private static final Schema CONNECTION =
            new Schema()
                    .required("connection_id")
                    .with("connection_id", Schema.text())
                    .with(
                            Schema.flag(),
                            "assign_membership_on_login",
                            "show_as_button",
                            "is_signup_enabled");

    static final Schema SCHEMA =
            new Schema()
                    .required("name")
                    .with(
                            "name",
                            Schema.text(
                                    Pattern.compile("(?!org_)[a-z0-9_-]{1,50}"),
                                    "lower-case, not org_…"))
                    .with(
                            "display_name",
                            Schema.text(Pattern.compile("(?s).{1,255}"), "1 to 255 characters"))
                    .with("branding", Schema.anyObject())
                    .with("metadata", Schema.anyObject())
                    .with("enabled_connections", Schema.array(Schema.object(CONNECTION), 10))
                    .with("token_quota", Schema.anything())
                    .nullable("branding", "metadata");

    private static final Schema MEMBERS =
            new Schema()
                    .required("members")
                    .with(
                            "members",
                            Schema.unique(
                                    Schema.array(
                                            Schema.text(Pattern.compile(".{1,255}"), "a user id"),
                                            1,
                                            50)));

    private static final ManagementError UNKNOWN_CONNECTION =
            ManagementError.notFound("The connection does not exist", "inexistent_connection");

    private static final ManagementError UNKNOWN =
            ManagementError.notFound("No organization found by that id or name");

    private static final ManagementError TAKEN =
            ManagementError.conflict("An organization with this name already exists.", "conflict");

    private final Configuration configuration;
    private final Users users;
    private final Mint mint;

    public Organizations(Configuration configuration, Users users, Mint mint) {
        this.configuration = configuration;
        this.users = users;
        this.mint = mint;
    }

    List<Operation> operations() {
        var operations =
                new ArrayList<>(
                        List.of(
                                Operation.of(
                                        Method.GET,
                                        "/organizations",
                                        "read:organizations",
                                        this::list),
                                Operation.of(
                                        Method.POST,
                                        "/organizations",
                                        "create:organizations",
                                        this::create),
                                Operation.of(
                                        Method.GET,
                                        "/organizations/name/{name}",
                                        "read:organizations",
                                        this::getByName),
                                Operation.of(
                                        Method.GET,
                                        "/organizations/{id}",
                                        "read:organizations",
                                        this::get),
                                Operation.of(
                                        Method.PATCH,
                                        "/organizations/{id}",
                                        "update:organizations",
                                        this::patch),
                                Operation.of(
                                        Method.DELETE,
                                        "/organizations/{id}",
                                        "delete:organizations",
                                        this::delete),
                                Operation.of(
                                        Method.GET,
                                        "/organizations/{id}/members",
                                        "read:organization_members",
                                        this::members),
                                Operation.of(
                                        Method.POST,
                                        "/organizations/{id}/members",
                                        "create:organization_members",
                                        this::addMembers),
                                Operation.of(
                                        Method.DELETE,
                                        "/organizations/{id}/members",
                                        "delete:organization_members",
                                        this::removeMembers),
                                Operation.of(
                                        Method.GET,
                                        "/users/{id}/organizations",
                                        "read:organizations",
                                        this::ofUser)));
        operations.addAll(connectionOperations("/organizations/{id}/enabled_connections"));
        operations.addAll(connectionOperations("/organizations/{id}/connections"));
        return List.copyOf(operations);
    }

    /// Both names that the contract knows for them.
    private List<Operation> connectionOperations(String path) {
        return List.of(
                Operation.of(Method.GET, path, "read:organization_connections", this::connections),
                Operation.of(
                        Method.POST, path, "create:organization_connections", this::addConnection),
                Operation.of(
                        Method.GET,
                        path + "/{connection}",
                        "read:organization_connections",
                        this::connection),
                Operation.of(
                        Method.PATCH,
                        path + "/{connection}",
                        "update:organization_connections",
                        this::patchConnection),
                Operation.of(
                        Method.DELETE,
                        path + "/{connection}",
                        "delete:organization_connections",
                        this::removeConnection));
    }

    private Result<Response> list(Call call) {
        return Page.of(call)
                .then(
                        page -> {
                            var shown =
                                    configuration.all(Kind.ORGANIZATION).stream()
                                            .map(stored -> Page.object(stored.document()))
                                            .toList();
                            return page.render(shown, "organizations", "id", call);
                        });
    }

    private Result<Response> ofUser(Call call) {
        var user = new UserId(call.request().pathParameter("id"));
        if (users.find(user).isEmpty()) return new Result.Failed<>(UserApi.UNKNOWN);
        var shown =
                configuration.organizations(user).stream()
                        .map(stored -> Page.object(stored.document()))
                        .toList();
        return Page.of(call).then(page -> page.render(shown, "organizations", "id", call));
    }

    private Result<Stored> find(Call call) {
        return find(call.request().pathParameter("id"));
    }

    private Result<Stored> find(String id) {
        return configuration
                .find(Kind.ORGANIZATION, id)
                .<Result<Stored>>map(Result.Ok::new)
                .orElseGet(() -> new Result.Failed<>(UNKNOWN));
    }

    private Result<Response> get(Call call) {
        return find(call)
                .then(stored -> new Result.Ok<>(Page.json(200, Page.object(stored.document()))));
    }

    private Result<Response> getByName(Call call) {
        return configuration
                .findByKey(Kind.ORGANIZATION, call.request().pathParameter("name"))
                .<Result<Response>>map(
                        stored -> new Result.Ok<>(Page.json(200, Page.object(stored.document()))))
                .orElseGet(() -> new Result.Failed<>(UNKNOWN));
    }

    private Result<Response> create(Call call) {
        return call.object()
                .then(body -> create(body, call))
                .then(document -> new Result.Ok<>(Page.json(201, document)));
    }

    /// Creates an organization.
    Result<ObjectNode> create(ObjectNode body, Call call) {
        var problems = SCHEMA.problems(body);
        if (problems.isEmpty())
            for (var item : body.path("enabled_connections"))
                problems.addAll(unknownConnection(item));
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var id = mint.organization();
        var document = Page.JSON.createObjectNode().put("id", id.value());
        merge(document, body);
        var isNew =
                configuration.change(
                        call.event("Create an organization"),
                        tx -> {
                            var name = body.path("name").asString();
                            if (!tx.configuration()
                                    .insertOrganization(id, name, document.toString()))
                                return false;
                            for (var item : body.path("enabled_connections"))
                                tx.configuration().putConnection(id, enabled((ObjectNode) item));
                            return true;
                        });
        return isNew ? new Result.Ok<>(document) : new Result.Failed<>(TAKEN);
    }

    private List<String> unknownConnection(JsonNode item) {
        var id = item.path("connection_id").asString();
        return configuration.find(Kind.CONNECTION, id).isPresent()
                ? List.of()
                : List.of("'Unknown connection' on property connection_id");
    }

    private static EnabledConnection enabled(ObjectNode item) {
        var document = item.deepCopy();
        document.remove("connection_id");
        return new EnabledConnection(
                new ConnectionId(item.path("connection_id").asString()),
                item.path("assign_membership_on_login").asBoolean(false),
                document.toString());
    }

    private Result<Response> patch(Call call) {
        return find(call)
                .then(stored -> call.object().then(body -> patch(stored, body, call)))
                .then(document -> new Result.Ok<>(Page.json(200, document)));
    }

    /// Changes an organization.
    Result<ObjectNode> patch(Stored stored, ObjectNode body, Call call) {
        var problems = SCHEMA.changes(body, "enabled_connections");
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var document = Page.object(stored.document());
        merge(document, body);
        var name = document.path("name").asString();
        var changed =
                configuration.change(
                        call.event("Update an organization"),
                        tx ->
                                tx.configuration()
                                        .replaceOrganization(
                                                new OrganizationId(stored.id()),
                                                stored.document(),
                                                name,
                                                document.toString()));
        if (changed) return new Result.Ok<>(document);
        var namesake = configuration.findByKey(Kind.ORGANIZATION, name);
        if (namesake.isPresent() && !namesake.get().id().equals(stored.id()))
            return new Result.Failed<>(TAKEN);
        // Somebody was faster: the change is made of what they left.
        return find(stored.id()).then(fresh -> patch(fresh, body, call));
    }

    private static void merge(ObjectNode document, ObjectNode body) {
        for (var property : body.properties()) {
            if (property.getValue().isNull()) document.remove(property.getKey());
            else if (!property.getKey().equals("enabled_connections"))
                document.set(property.getKey(), property.getValue());
        }
    }

    private Result<Response> delete(Call call) {
        users.deleteOrganization(
                new OrganizationId(call.request().pathParameter("id")),
                call.event("Delete an organization"));
        return new Result.Ok<>(Response.of(204));
    }

    private Result<Response> members(Call call) {
        return find(call)
                .then(
                        stored ->
                                Page.of(call)
                                        .then(
                                                page -> {
                                                    var shown = new ArrayList<ObjectNode>();
                                                    for (var user :
                                                            configuration.members(
                                                                    new OrganizationId(
                                                                            stored.id()))) {
                                                        var item =
                                                                Page.JSON
                                                                        .createObjectNode()
                                                                        .put(
                                                                                "user_id",
                                                                                user.value());
                                                        users.find(user)
                                                                .map(
                                                                        found ->
                                                                                Page.object(
                                                                                        found
                                                                                                .document()))
                                                                .ifPresent(
                                                                        profile -> {
                                                                            for (var name :
                                                                                    List.of(
                                                                                            "picture",
                                                                                            "name",
                                                                                            "email"))
                                                                                if (profile.has(
                                                                                        name))
                                                                                    item.set(
                                                                                            name,
                                                                                            profile
                                                                                                    .get(
                                                                                                            name));
                                                                        });
                                                        shown.add(item);
                                                    }
                                                    return page.render(
                                                            shown, "members", "user_id", call);
                                                }));
    }

    private Result<Response> addMembers(Call call) {
        return find(call)
                .then(
                        stored ->
                                call.object()
                                        .then(
                                                body ->
                                                        addMembers(
                                                                new OrganizationId(stored.id()),
                                                                body,
                                                                call)));
    }

    /// Makes users members.
    Result<Response> addMembers(OrganizationId organization, ObjectNode body, Call call) {
        var problems = MEMBERS.problems(body);
        var members = body.path("members").valueStream().map(JsonNode::asString).toList();
        if (problems.isEmpty())
            for (var member : members)
                if (users.find(new UserId(member)).isEmpty())
                    Schema.problem(
                            "Unknown user: " + Schema.shortened(member), "members", problems);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        configuration.change(
                call.event("Add members to an organization", 204),
                tx -> {
                    members.forEach(
                            member ->
                                    tx.configuration()
                                            .member(organization, new UserId(member), true));
                    return true;
                });
        return new Result.Ok<>(Response.of(204));
    }

    private Result<Response> removeMembers(Call call) {
        return find(call)
                .then(
                        stored ->
                                call.object()
                                        .then(
                                                body -> {
                                                    var problems = MEMBERS.problems(body);
                                                    if (!problems.isEmpty())
                                                        return new Result.Failed<>(
                                                                ManagementError.body(problems));
                                                    var members =
                                                            body.path("members")
                                                                    .valueStream()
                                                                    .map(JsonNode::asString)
                                                                    .map(UserId::new)
                                                                    .toList();
                                                    users.removeMembers(
                                                            new OrganizationId(stored.id()),
                                                            members,
                                                            call.event(
                                                                    "Delete members from an"
                                                                            + " organization"));
                                                    return new Result.Ok<>(Response.of(204));
                                                }));
    }

    private Optional<ObjectNode> shown(EnabledConnection connection) {
        return configuration
                .find(Kind.CONNECTION, connection.connection().value())
                .map(
                        stored -> {
                            var found = Page.object(stored.document());
                            var item = Page.JSON.createObjectNode();
                            item.put("connection_id", connection.connection().value())
                                    .put(
                                            "assign_membership_on_login",
                                            connection.assignsMembership());
                            item.setAll(Page.object(connection.document()));
                            item.putObject("connection")
                                    .put("name", found.path("name").asString())
                                    .put("strategy", found.path("strategy").asString());
                            return item;
                        });
    }

    private Result<Response> connections(Call call) {
        return find(call)
                .then(
                        stored ->
                                Page.of(call)
                                        .then(
                                                page -> {
                                                    var shown =
                                                            configuration
                                                                    .connections(
                                                                            new OrganizationId(
                                                                                    stored.id()))
                                                                    .stream()
                                                                    .map(this::shown)
                                                                    .flatMap(Optional::stream)
                                                                    .toList();
                                                    return page.render(
                                                            shown,
                                                            "enabled_connections",
                                                            "connection_id",
                                                            call);
                                                }));
    }

    private Result<Response> addConnection(Call call) {
        return find(call)
                .then(
                        stored ->
                                call.object()
                                        .then(
                                                body ->
                                                        enable(
                                                                new OrganizationId(stored.id()),
                                                                body,
                                                                call)));
    }

    /// Gives an organization a connection.
    Result<Response> enable(OrganizationId organization, ObjectNode body, Call call) {
        var problems = CONNECTION.problems(body);
        if (problems.isEmpty()) problems.addAll(unknownConnection(body));
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        return put(organization, enabled(body), 201, call);
    }

    private Result<Response> put(
            OrganizationId organization, EnabledConnection connection, int status, Call call) {
        var isThere =
                configuration.change(
                        call.event("Change the connections of an organization", status),
                        tx -> tx.configuration().putConnection(organization, connection));
        return isThere ? rendered(status, connection) : new Result.Failed<>(UNKNOWN_CONNECTION);
    }

    /// The connection may have been deleted meanwhile.
    private Result<Response> rendered(int status, EnabledConnection connection) {
        return shown(connection)
                .<Result<Response>>map(item -> new Result.Ok<>(Page.json(status, item)))
                .orElseGet(() -> new Result.Failed<>(UNKNOWN_CONNECTION));
    }

    private Result<EnabledConnection> findConnection(Stored stored, Call call) {
        return configuration.connections(new OrganizationId(stored.id())).stream()
                .filter(
                        it ->
                                it.connection()
                                        .value()
                                        .equals(call.request().pathParameter("connection")))
                .findFirst()
                .<Result<EnabledConnection>>map(Result.Ok::new)
                .orElseGet(() -> new Result.Failed<>(UNKNOWN_CONNECTION));
    }

    private Result<Response> connection(Call call) {
        return find(call)
                .then(stored -> findConnection(stored, call))
                .then(found -> rendered(200, found));
    }

    private Result<Response> patchConnection(Call call) {
        return find(call)
                .then(
                        stored ->
                                findConnection(stored, call)
                                        .then(found -> patchConnection(stored, found, call)));
    }

    private Result<Response> patchConnection(Stored stored, EnabledConnection found, Call call) {
        return call.object()
                .then(
                        body -> {
                            var problems = CONNECTION.changes(body, "connection_id");
                            if (!problems.isEmpty())
                                return new Result.Failed<>(ManagementError.body(problems));
                            var merged = Page.object(found.document());
                            merged.setAll(body);
                            merged.put("connection_id", found.connection().value());
                            return put(new OrganizationId(stored.id()), enabled(merged), 200, call);
                        });
    }

    private Result<Response> removeConnection(Call call) {
        return find(call)
                .then(
                        stored -> {
                            var connection =
                                    new ConnectionId(call.request().pathParameter("connection"));
                            configuration.change(
                                    call.event("Change the connections of an organization"),
                                    tx ->
                                            tx.configuration()
                                                    .removeConnection(
                                                            new OrganizationId(stored.id()),
                                                            connection));
                            return new Result.Ok<>(Response.of(204));
                        });
    }
}
