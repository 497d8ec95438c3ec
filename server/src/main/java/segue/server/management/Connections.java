package segue.server.management;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.password.PasswordPolicy;
import segue.server.secret.Mint;
import segue.storage.Configuration;
import segue.storage.Users;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;
import segue.storage.jdbc.Tx;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Connections, of the database strategy (contract management-api §9).
public final class Connections {
    private static final Schema.Check SWITCH =
            Schema.openObject(new Schema().with("enable", Schema.flag()));

    /// Those that mean something here; all others are stored and returned as they came.
    private static final Schema OPTIONS =
            new Schema()
                    .with(
                            "passwordPolicy",
                            Schema.oneOf(PasswordPolicy.levels().toArray(String[]::new)))
                    .with(
                            "password_complexity_options",
                            Schema.openObject(
                                    new Schema().with("min_length", Schema.whole(1, 128))))
                    .with(
                            "password_dictionary",
                            Schema.openObject(
                                    new Schema()
                                            .with("enable", Schema.flag())
                                            .with(
                                                    "dictionary",
                                                    Schema.array(
                                                            Schema.text(
                                                                    Pattern.compile("(?s).{1,50}"),
                                                                    "a word"),
                                                            200))))
                    .with("password_no_personal_info", SWITCH)
                    .with(
                            Schema.flag(),
                            "requires_username",
                            "disable_signup",
                            "disable_self_service_change_password")
                    .nullable(
                            "passwordPolicy",
                            "password_complexity_options",
                            "password_dictionary",
                            "password_no_personal_info");

    static final Schema SCHEMA =
            new Schema()
                    .required("name", "strategy")
                    .with(
                            "name",
                            Schema.text(
                                    Pattern.compile("(?=.{1,128}$)[A-Za-z0-9](-?[A-Za-z0-9])*"),
                                    "letters, digits, hyphens"))
                    .with("strategy", Schema.oneOf("auth0"))
                    .with("display_name", Schema.text())
                    .with("options", Schema.openObject(OPTIONS))
                    .with("enabled_clients", Schema.unique(Schema.array(Schema.text(), 1_000)))
                    .with("realms", Schema.array(Schema.text(), 10))
                    .with("metadata", Schema.anyObject())
                    .with(Schema.flag(), "is_domain_connection", "show_as_button");

    private static final Schema.Check CLIENTS =
            Schema.array(
                    Schema.object(
                            new Schema()
                                    .required("client_id", "status")
                                    .with(
                                            "client_id",
                                            Schema.text(Pattern.compile(".{1,64}"), "a client id"))
                                    .with("status", Schema.flag())),
                    50);

    private static final ManagementError UNKNOWN =
            ManagementError.notFound("The connection does not exist", "inexistent_connection");

    private final Configuration configuration;
    private final Users users;
    private final Mint mint;
    private final Clock clock;

    public Connections(Configuration configuration, Users users, Mint mint, Clock clock) {
        this.configuration = configuration;
        this.users = users;
        this.mint = mint;
        this.clock = clock;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(Method.GET, "/connections", "read:connections", this::list),
                Operation.of(Method.POST, "/connections", "create:connections", this::create),
                Operation.of(Method.GET, "/connections/{id}", "read:connections", this::get),
                Operation.of(Method.PATCH, "/connections/{id}", "update:connections", this::patch),
                Operation.of(
                        Method.DELETE, "/connections/{id}", "delete:connections", this::delete),
                Operation.of(
                        Method.GET, "/connections/{id}/clients", "read:connections", this::clients),
                Operation.of(
                        Method.PATCH,
                        "/connections/{id}/clients",
                        "update:connections",
                        this::patchClients));
    }

    private ObjectNode shown(Stored stored) {
        var document = Page.object(stored.document());
        var clients = document.putArray("enabled_clients");
        configuration
                .enabledClients(new ConnectionId(stored.id()))
                .forEach(client -> clients.add(client.value()));
        return document;
    }

    private Result<Response> list(Call call) {
        return Page.of(call)
                .then(
                        page -> {
                            var shown =
                                    configuration.all(Kind.CONNECTION).stream()
                                            .map(this::shown)
                                            .filter(
                                                    it ->
                                                            call.query("name")
                                                                    .map(
                                                                            it.path("name")
                                                                                            .asString()
                                                                                    ::equals)
                                                                    .orElse(true))
                                            .filter(
                                                    it ->
                                                            call.query("strategy")
                                                                    .map(
                                                                            it.path("strategy")
                                                                                            .asString()
                                                                                    ::equals)
                                                                    .orElse(true))
                                            .toList();
                            return page.render(shown, "connections", "id", call);
                        });
    }

    private Result<Stored> find(Call call) {
        return find(call.request().pathParameter("id"));
    }

    private Result<Stored> find(String id) {
        return configuration
                .find(Kind.CONNECTION, id)
                .<Result<Stored>>map(Result.Ok::new)
                .orElseGet(() -> new Result.Failed<>(UNKNOWN));
    }

    private Result<Response> get(Call call) {
        return find(call).then(stored -> new Result.Ok<>(Page.json(200, shown(stored))));
    }

    private Result<Response> create(Call call) {
        return call.object()
                .then(body -> create(body, call))
                .then(document -> new Result.Ok<>(Page.json(201, document)));
    }

    /// Creates a connection.
    Result<ObjectNode> create(ObjectNode body, Call call) {
        var problems = SCHEMA.problems(body);
        if (problems.isEmpty()) problems.addAll(unknownClients(body));
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var id = mint.connection();
        var name = body.path("name").asString();
        var document = document(id, name);
        merge(document, body);
        var isNew =
                configuration.change(
                        call.event("Create a connection"),
                        tx -> {
                            if (!tx.configuration()
                                    .insertConnection(id, name, "auth0", document.toString()))
                                return false;
                            enable(tx, id, body);
                            return true;
                        });
        return isNew
                ? new Result.Ok<>(
                        shown(new Stored(id.value(), document.toString(), Optional.empty())))
                : new Result.Failed<>(
                        ManagementError.conflict(
                                "A connection with the same name already exists", "conflict"));
    }

    /// A database connection as it is before anything was said about it.
    static ObjectNode document(ConnectionId id, String name) {
        var document = Page.JSON.createObjectNode();
        document.put("id", id.value()).put("name", name).put("strategy", "auth0");
        document.putObject("options");
        document.putArray("realms").add(name);
        return document.put("is_domain_connection", false);
    }

    private List<String> unknownClients(ObjectNode body) {
        var known = new HashSet<>(configuration.all(Kind.CLIENT).stream().map(Stored::id).toList());
        return body.path("enabled_clients")
                .valueStream()
                .map(JsonNode::asString)
                .filter(id -> !known.contains(id))
                .map(
                        id ->
                                "'Unknown client: "
                                        + Schema.shortened(id)
                                        + "' on property enabled_clients")
                .toList();
    }

    private static void merge(ObjectNode document, ObjectNode body) {
        body.properties()
                .forEach(
                        it -> {
                            if (!it.getKey().equals("enabled_clients"))
                                document.set(it.getKey(), it.getValue());
                        });
    }

    private static void enable(Tx tx, ConnectionId id, ObjectNode body) {
        if (!body.has("enabled_clients")) return;
        var wanted = body.path("enabled_clients").valueStream().map(JsonNode::asString).toList();
        for (var client : tx.configuration().enabledClients(id))
            if (!wanted.contains(client.value())) tx.configuration().enable(id, client, false);
        wanted.forEach(client -> tx.configuration().enable(id, new ClientId(client), true));
    }

    private Result<Response> patch(Call call) {
        return find(call)
                .then(stored -> call.object().then(body -> patch(stored, body, call)))
                .then(document -> new Result.Ok<>(Page.json(200, document)));
    }

    /// Changes a connection.
    Result<ObjectNode> patch(Stored stored, ObjectNode body, Call call) {
        var problems = SCHEMA.changes(body, "name", "strategy");
        if (problems.isEmpty()) problems.addAll(unknownClients(body));
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var document = Page.object(stored.document());
        merge(document, body);
        var changed =
                configuration.change(
                        call.event("Update a connection"),
                        tx -> replace(tx, stored, document, body));
        // Somebody was faster: the change is made of what they left.
        return changed
                ? new Result.Ok<>(
                        shown(new Stored(stored.id(), document.toString(), Optional.empty())))
                : find(stored.id()).then(fresh -> patch(fresh, body, call));
    }

    private static boolean replace(Tx tx, Stored stored, ObjectNode document, ObjectNode body) {
        var isCurrent =
                tx.configuration()
                        .replace(
                                Kind.CONNECTION,
                                stored.id(),
                                stored.document(),
                                document.toString());
        if (isCurrent) enable(tx, new ConnectionId(stored.id()), body);
        return isCurrent;
    }

    private Result<Response> delete(Call call) {
        var id = new ConnectionId(call.request().pathParameter("id"));
        users.deleteConnection(id, call.event("Delete a connection", 202));
        var answer =
                Page.JSON.createObjectNode().put("deleted_at", Documents.time(clock.instant()));
        return new Result.Ok<>(Page.json(202, answer));
    }

    private Result<Response> clients(Call call) {
        return find(call).then(stored -> Page.of(call).then(page -> clients(stored, page, call)));
    }

    /// Always in checkpoint style (contract management-api §9).
    private Result<Response> clients(Stored stored, Page page, Call call) {
        var items =
                configuration.enabledClients(new ConnectionId(stored.id())).stream()
                        .map(
                                client ->
                                        Page.JSON
                                                .createObjectNode()
                                                .put("client_id", client.value()))
                        .toList();
        return page.checkpoint(items, "clients", "client_id", call);
    }

    private Result<Response> patchClients(Call call) {
        return find(call)
                .then(stored -> call.json().then(body -> patchClients(stored, body, call)));
    }

    private Result<Response> patchClients(Stored stored, JsonNode body, Call call) {
        var problems = new ArrayList<String>();
        CLIENTS.check(body, "", problems);
        if (problems.isEmpty())
            for (var entry : body)
                if (configuration.find(Kind.CLIENT, entry.path("client_id").asString()).isEmpty())
                    Schema.problem(
                            "Unknown client: "
                                    + Schema.shortened(entry.path("client_id").asString()),
                            "client_id",
                            problems);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var id = new ConnectionId(stored.id());
        configuration.change(
                call.event("Update the clients of a connection", 204),
                tx -> {
                    for (var entry : body)
                        tx.configuration()
                                .enable(
                                        id,
                                        new ClientId(entry.path("client_id").asString()),
                                        entry.path("status").asBoolean());
                    return true;
                });
        return new Result.Ok<>(Response.of(204));
    }
}
