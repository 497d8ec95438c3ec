package segue.server.management;

import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.UserId;
import segue.domain.secret.Secret;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.password.PasswordLane;
import segue.server.password.PasswordPolicy;
import segue.server.profile.UserDocument;
import segue.server.secret.Mint;
import segue.storage.Configuration;
import segue.storage.Users;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;
import segue.storage.jdbc.Query;
import segue.storage.jdbc.UserDirectory.Order;
import segue.storage.jdbc.UserDirectory.Row;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Users (contract management-api §5).
public final class UserApi {
    private static final Set<String> METADATA = Set.of("user_metadata", "app_metadata");

    static final Schema SCHEMA =
            new Schema()
                    .with("connection", Schema.text())
                    .with("email", Schema.text(UserDocument.EMAIL, "an e-mail address"))
                    .with(
                            "username",
                            Schema.text(UserDocument.USERNAME, "a user name without spaces"))
                    .with("password", Schema.text())
                    .with("user_id", Schema.text(UserDocument.LOCAL_ID, "letters, digits, _ . -"))
                    .with(
                            Schema.text(),
                            "phone_number",
                            "given_name",
                            "family_name",
                            "name",
                            "nickname",
                            "picture",
                            "client_id")
                    .with(
                            Schema.flag(),
                            "email_verified",
                            "verify_email",
                            "phone_verified",
                            "blocked",
                            "verify_password")
                    .with(Schema.anyObject(), "user_metadata", "app_metadata")
                    .nullable(
                            "given_name",
                            "family_name",
                            "name",
                            "nickname",
                            "picture",
                            "phone_number",
                            "user_metadata",
                            "app_metadata");

    static final ManagementError UNKNOWN =
            ManagementError.notFound("The user does not exist.", "inexistent_user");
    private static final ManagementError TAKEN =
            ManagementError.conflict("The user already exists.", "auth0_idp_error");

    private final Users users;
    private final Configuration configuration;
    private final PasswordLane passwords;
    private final Mint mint;

    public UserApi(Users users, Configuration configuration, PasswordLane passwords, Mint mint) {
        this.users = users;
        this.configuration = configuration;
        this.passwords = passwords;
        this.mint = mint;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(Method.GET, "/users", "read:users", this::list),
                Operation.of(Method.POST, "/users", "create:users", this::create),
                Operation.of(Method.GET, "/users-by-email", "read:users", this::byEmail),
                Operation.of(Method.GET, "/users/{id}", "read:users", this::get),
                Operation.any(
                        Method.PATCH,
                        "/users/{id}",
                        List.of("update:users", "update:users_app_metadata"),
                        this::patch),
                Operation.of(Method.DELETE, "/users/{id}", "delete:users", this::delete));
    }

    private static final Search.Fields FIELDS =
            new Search.Fields(
                    Set.of("created_at", "updated_at", "last_login"),
                    List.of(),
                    // What users sign in with is kept in lower case.
                    (field, value) ->
                            field.equals("email") || field.equals("username")
                                    ? value.toLowerCase(Locale.ROOT)
                                    : value);

    private static final Pattern SORT =
            Pattern.compile(
                    "(user_id|email|username|name|created_at|updated_at|last_login):(1|-1)");

    private Result<Response> list(Call call) {
        var sort = SORT.matcher(call.query("sort").orElse("created_at:1"));
        if (!sort.matches())
            return new Result.Failed<>(
                    ManagementError.query(
                            "Expected a field that can be sorted by, with :1 or :-1", "sort"));
        var order = Order.valueOf(sort.group(1).toUpperCase(Locale.ROOT));
        var isDescending = sort.group(2).equals("-1");
        return Page.of(call)
                .then(
                        page -> {
                            var query = Search.parse(call.query("q").orElse(""), FIELDS);
                            var byConnection =
                                    call.query("connection")
                                            .<Query>map(name -> new Query.Term("connection", name))
                                            .orElse(new Query.All());
                            return query.flatMap(
                                            it ->
                                                    users.search(
                                                            new Query.And(it, byConnection),
                                                            order,
                                                            isDescending,
                                                            page.number() * page.size(),
                                                            page.size()))
                                    .<Result<Response>>map(
                                            found ->
                                                    new Result.Ok<>(
                                                            page.offset(
                                                                    found.rows().stream()
                                                                            .map(UserApi::shown)
                                                                            .toList(),
                                                                    found.total(),
                                                                    "users",
                                                                    call)))
                                    .orElseGet(
                                            () ->
                                                    new Result.Failed<>(
                                                            ManagementError.query(
                                                                    "The query can't be evaluated",
                                                                    "q")));
                        });
    }

    private Result<Response> byEmail(Call call) {
        var email = call.query("email");
        if (email.isEmpty())
            return new Result.Failed<>(
                    ManagementError.query("Missing required property: email", "email"));
        var array = Page.JSON.createArrayNode();
        users.byEmail(email.get().toLowerCase(Locale.ROOT))
                .forEach(row -> array.add(Page.fields(shown(row), call)));
        return new Result.Ok<>(Page.json(200, array));
    }

    private Result<Row> find(Call call) {
        return users.find(new UserId(call.request().pathParameter("id")))
                .<Result<Row>>map(Result.Ok::new)
                .orElseGet(() -> new Result.Failed<>(UNKNOWN));
    }

    private Result<Response> get(Call call) {
        return find(call)
                .then(row -> new Result.Ok<>(Page.json(200, Page.fields(shown(row), call))));
    }

    private Result<Response> create(Call call) {
        return call.object()
                .then(body -> create(body, Optional.empty(), call))
                .then(document -> new Result.Ok<>(Page.json(201, document)));
    }

    /// Creates a user.
    ///
    /// @param imported a password hash from elsewhere, instead of a password
    Result<ObjectNode> create(ObjectNode body, Optional<String> imported, Call call) {
        var problems = new ArrayList<>(SCHEMA.problems(body));
        if (body.path("connection").isMissingNode())
            problems.add("'Missing required property: connection'");
        if (body.path("email").isMissingNode() && body.path("username").isMissingNode())
            problems.add("'Missing required property: email'");
        var connection =
                configuration.findByKey(Kind.CONNECTION, body.path("connection").asString(""));
        connection
                .flatMap(it -> passwordProblem(it, body, Page.JSON.createObjectNode()))
                .ifPresent(problems::add);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        if (connection.isEmpty())
            return new Result.Failed<>(
                    ManagementError.notFound(
                            "The connection does not exist", "inexistent_connection"));
        var hash =
                body.has("password")
                        ? passwords.hash(new Secret(body.path("password").asString()))
                        : imported;
        if (body.has("password") && hash.isEmpty()) return new Result.Failed<>(BUSY);
        var local = body.path("user_id").asString(mint.hexadecimal());
        var id = UserDocument.id(local);
        var document = profile(body, id);
        var changed =
                users.create(
                        id,
                        new ConnectionId(connection.get().id()),
                        UserDocument.keys(document, hash),
                        document.toString(),
                        call.event("Create a User"));
        if (changed != Users.Changed.DONE) return new Result.Failed<>(TAKEN);
        // It may have been deleted already.
        return users.find(id)
                .<Result<ObjectNode>>map(row -> new Result.Ok<>(shown(row)))
                .orElseGet(() -> new Result.Failed<>(UNKNOWN));
    }

    private static final ManagementError BUSY =
            new ManagementError(
                    503,
                    "Service Unavailable",
                    Optional.empty(),
                    "Too many passwords are being hashed. Try again.");

    /// What the connection has against a new password.
    ///
    /// @param document the user as they are so far
    private static Optional<String> passwordProblem(
            Stored connection, ObjectNode body, ObjectNode document) {
        if (!body.path("password").isString()) return Optional.empty();
        var known = new ArrayList<>(UserDocument.personal(document));
        known.addAll(UserDocument.personal(body));
        return PasswordPolicy.of(Page.object(connection.document()).path("options"))
                .flaw(body.path("password").asString(), known)
                .map(flaw -> "'" + flaw.name() + ": " + flaw.message() + "'");
    }

    private static ObjectNode profile(ObjectNode body, UserId id) {
        var email =
                body.has("email")
                        ? Optional.of(body.path("email").asString())
                        : Optional.<String>empty();
        var login = email.orElseGet(() -> body.path("username").asString(""));
        var document = UserDocument.fresh(id, email, login);
        merge(document, body);
        return document;
    }

    private static void merge(ObjectNode document, ObjectNode body) {
        for (var property : body.properties()) {
            var name = property.getKey();
            var value = property.getValue();
            switch (name) {
                case "connection",
                        "password",
                        "verify_email",
                        "verify_password",
                        "client_id",
                        "user_id" -> {}
                case "user_metadata", "app_metadata" -> mergeMetadata(document, name, value);
                case "email" -> document.put(name, value.asString().toLowerCase(Locale.ROOT));
                default -> {
                    if (value.isNull()) document.remove(name);
                    else document.set(name, value);
                }
            }
        }
    }

    /// The first level merges, `null` deletes a key, `{}` removes all; an empty `app_metadata`
    /// disappears.
    private static void mergeMetadata(ObjectNode document, String name, JsonNode value) {
        var isReset = value.isNull() || value.isEmpty();
        var merged =
                !isReset && document.get(name) instanceof ObjectNode stored
                        ? stored
                        : Page.JSON.createObjectNode();
        if (!value.isNull())
            for (var entry : value.properties()) {
                if (entry.getValue().isNull()) merged.remove(entry.getKey());
                else merged.set(entry.getKey(), entry.getValue());
            }
        if (merged.isEmpty() && name.equals("app_metadata")) document.remove(name);
        else document.set(name, merged);
    }

    private Result<Response> patch(Call call) {
        return find(call)
                .then(row -> call.object().then(body -> patch(row, body, call)))
                .then(document -> new Result.Ok<>(Page.json(200, document)));
    }

    /// Changes a user.
    Result<ObjectNode> patch(Row row, ObjectNode body, Call call) {
        if (!call.scopes().contains("update:users") && !METADATA.containsAll(body.propertyNames()))
            return new Result.Failed<>(
                    ManagementError.insufficientScope("any", List.of("update:users")));
        var problems = new ArrayList<>(SCHEMA.changes(body, "user_id"));
        configuration
                .findByKey(Kind.CONNECTION, row.connectionName())
                .flatMap(it -> passwordProblem(it, body, Page.object(row.document())))
                .ifPresent(problems::add);
        if (body.has("connection")
                && !body.path("connection").asString("").equals(row.connectionName()))
            Schema.problem("Not the connection of the user", "connection", problems);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var hash =
                body.has("password")
                        ? passwords.hash(new Secret(body.path("password").asString()))
                        : Optional.<String>empty();
        if (body.has("password") && hash.isEmpty()) return new Result.Failed<>(BUSY);
        return patch(row, body, hash, call);
    }

    private Result<ObjectNode> patch(
            Row row, ObjectNode body, Optional<String> newHash, Call call) {
        var document = Page.object(row.document());
        // A changed address is nobody's until it is verified again.
        if (body.has("email")
                && !body.path("email")
                        .asString()
                        .toLowerCase(Locale.ROOT)
                        .equals(document.path("email").asString("")))
            document.put("email_verified", false);
        merge(document, body);
        var changed =
                users.update(
                        row.id(),
                        UserDocument.keys(document, newHash),
                        row.document(),
                        document.toString(),
                        call.event("Update a User"));
        return switch (changed) {
            case DONE ->
                    users.find(row.id())
                            .<Result<ObjectNode>>map(it -> new Result.Ok<>(shown(it)))
                            .orElseGet(() -> new Result.Failed<>(UNKNOWN));
            case TAKEN -> new Result.Failed<>(TAKEN);
            case UNKNOWN -> new Result.Failed<>(UNKNOWN);
            // Somebody was faster: the change is made of what they left.
            case STALE ->
                    users.find(row.id())
                            .<Result<ObjectNode>>map(fresh -> patch(fresh, body, newHash, call))
                            .orElseGet(() -> new Result.Failed<>(UNKNOWN));
        };
    }

    private Result<Response> delete(Call call) {
        users.delete(new UserId(call.request().pathParameter("id")), call.event("Delete a User"));
        return new Result.Ok<>(Response.of(204));
    }

    private static ObjectNode shown(Row row) {
        var document = Page.object(row.document());
        document.put("created_at", Documents.time(row.createdAt()));
        document.put("updated_at", Documents.time(row.updatedAt()));
        row.passwordChangedAt()
                .ifPresent(at -> document.put("last_password_reset", Documents.time(at)));
        row.logins()
                .ifPresent(
                        logins ->
                                document.put("last_login", Documents.time(logins.last()))
                                        .put("last_ip", logins.lastIp())
                                        .put("logins_count", logins.count()));
        var local = row.id().value().substring(row.id().value().indexOf('|') + 1);
        document.putArray("identities")
                .addObject()
                .put("connection", row.connectionName())
                .put("user_id", local)
                .put("provider", "auth0")
                .put("isSocial", false);
        return document;
    }
}
