package segue.server.management;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.network.Device;
import segue.domain.token.TokenFamily;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.oauth.Domains;
import segue.storage.Observations;
import segue.storage.Revocations;
import segue.storage.Revocations.Selection;
import segue.storage.jdbc.FamilyTable;
import segue.storage.jdbc.Place;
import segue.storage.jdbc.SessionTable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Sessions and refresh tokens (contract management-api §6). What a DELETE or a revocation names is
/// dead when it answers.
public final class SessionApi {
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_-]{1,255}");
    private static final List<String> BOTH = List.of("delete:sessions", "delete:refresh_tokens");

    static final ManagementError NO_SESSION =
            ManagementError.notFound("The session does not exist", "inexistent_session");
    static final ManagementError NO_TOKEN =
            ManagementError.notFound(
                    "The refresh token does not exist", "inexistent_refresh_token");

    private final Observations observations;
    private final Revocations revocations;
    private final Domains domains;

    public SessionApi(Observations observations, Revocations revocations, Domains domains) {
        this.observations = observations;
        this.revocations = revocations;
        this.domains = domains;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(Method.GET, "/sessions/{id}", "read:sessions", this::session),
                Operation.any(
                        Method.PATCH,
                        "/sessions/{id}",
                        List.of("update:sessions", "update:session"),
                        this::patchSession),
                Operation.of(
                        Method.DELETE, "/sessions/{id}", "delete:sessions", this::deleteSession),
                Operation.all(Method.POST, "/sessions/{id}/revoke", BOTH, this::revokeSession),
                Operation.of(Method.GET, "/users/{id}/sessions", "read:sessions", this::sessionsOf),
                Operation.of(
                        Method.DELETE,
                        "/users/{id}/sessions",
                        "delete:sessions",
                        this::deleteSessionsOf),
                Operation.of(Method.GET, "/refresh-tokens", "read:refresh_tokens", this::tokens),
                Operation.of(
                        Method.GET, "/refresh-tokens/{id}", "read:refresh_tokens", this::token),
                Operation.of(
                        Method.PATCH,
                        "/refresh-tokens/{id}",
                        "update:refresh_tokens",
                        this::patchToken),
                Operation.of(
                        Method.DELETE,
                        "/refresh-tokens/{id}",
                        "delete:refresh_tokens",
                        this::deleteToken),
                Operation.of(
                        Method.POST,
                        "/refresh-tokens/revoke",
                        "delete:refresh_tokens",
                        this::revokeTokens),
                Operation.of(
                        Method.GET,
                        "/users/{id}/refresh-tokens",
                        "read:refresh_tokens",
                        this::tokensOf),
                Operation.of(
                        Method.DELETE,
                        "/users/{id}/refresh-tokens",
                        "delete:refresh_tokens",
                        this::deleteTokensOf),
                Operation.all(Method.POST, "/users/{id}/revoke-access", BOTH, this::revokeAccess));
    }

    private static SessionId sessionId(Call call) {
        return new SessionId(call.request().pathParameter("id"));
    }

    private static FamilyId familyId(Call call) {
        return new FamilyId(call.request().pathParameter("id"));
    }

    private static UserId userId(Call call) {
        return new UserId(call.request().pathParameter("id"));
    }

    private static Result<Response> found(Optional<ObjectNode> item, ManagementError otherwise) {
        return item.<Result<Response>>map(it -> new Result.Ok<>(Page.json(200, it)))
                .orElseGet(() -> new Result.Failed<>(otherwise));
    }

    private Result<Response> session(Call call) {
        return found(observations.session(sessionId(call)).map(SessionApi::shown), NO_SESSION);
    }

    private Result<Response> patchSession(Call call) {
        return metadata(call, "session_metadata")
                .then(
                        metadata ->
                                found(
                                        metadata.map(
                                                        it ->
                                                                observations.putMetadata(
                                                                        sessionId(call),
                                                                        it,
                                                                        call.event(
                                                                                "Update a"
                                                                                    + " session")))
                                                .orElseGet(
                                                        () -> observations.session(sessionId(call)))
                                                .map(SessionApi::shown),
                                        NO_SESSION));
    }

    /// The whole of it is replaced; `null` and `{}` remove all (contract management-api §6.1).
    /// Empty if the change doesn't speak of it: then it stays as it was.
    private static Result<Optional<Map<String, String>>> metadata(Call call, String name) {
        var schema = new Schema().with(name, Schema.anyObject()).nullable(name);
        return call.object()
                .then(
                        body -> {
                            var problems = schema.problems(body);
                            if (!problems.isEmpty())
                                return new Result.Failed<>(ManagementError.body(problems));
                            if (!body.has(name)) return new Result.Ok<>(Optional.empty());
                            var metadata = new TreeMap<String, String>();
                            for (var entry : body.path(name).properties()) {
                                if (!isFine(entry.getKey(), entry.getValue()))
                                    return new Result.Failed<>(TOO_MUCH);
                                metadata.put(entry.getKey(), entry.getValue().asString());
                            }
                            return metadata.size() > 25
                                    ? new Result.Failed<>(TOO_MUCH)
                                    : new Result.Ok<>(Optional.of(metadata));
                        });
    }

    private static final ManagementError TOO_MUCH =
            new ManagementError(
                    400,
                    "Bad Request",
                    Optional.of("invalid_body"),
                    "Metadata must not exceed 25 entries. Each key and value must be ≤ 255"
                            + " characters.");

    private static boolean isFine(String key, JsonNode value) {
        return KEY.matcher(key).matches() && value.isString() && value.asString().length() <= 255;
    }

    private Result<Response> deleteSession(Call call) {
        return Receipts.accepted(
                revocations.endSession(sessionId(call), call.event("Delete a session", 202)));
    }

    private Result<Response> revokeSession(Call call) {
        if (observations.session(sessionId(call)).isEmpty()) return new Result.Failed<>(NO_SESSION);
        return Receipts.accepted(
                revocations.revokeSession(sessionId(call), call.event("Revoke a session", 202)));
    }

    private Result<Response> sessionsOf(Call call) {
        return Page.of(call)
                .then(
                        page ->
                                page.keyset(
                                        (after, limit) ->
                                                observations.sessions(userId(call), after, limit),
                                        it ->
                                                new Place(
                                                        it.session().createdAt(),
                                                        it.session().id().value()),
                                        SessionApi::shown,
                                        "sessions",
                                        call));
    }

    private Result<Response> deleteSessionsOf(Call call) {
        return Receipts.accepted(
                revocations.endSessions(
                        userId(call), call.event("Delete the sessions of a user", 202)));
    }

    private Result<Response> tokens(Call call) {
        var user = call.query("user_id");
        if (user.isEmpty())
            return new Result.Failed<>(
                    ManagementError.query("Missing required property: user_id", "user_id"));
        return tokens(
                new UserId(user.get()),
                call.query("client_id").map(ClientId::new),
                "refresh_tokens",
                call);
    }

    private Result<Response> tokens(UserId user, Optional<ClientId> client, String key, Call call) {
        return Page.of(call)
                .then(
                        page ->
                                page.keyset(
                                        (after, limit) ->
                                                observations.families(user, client, after, limit),
                                        it ->
                                                new Place(
                                                        it.family().createdAt(),
                                                        it.family().id().value()),
                                        this::shown,
                                        key,
                                        call));
    }

    private Result<Response> token(Call call) {
        return found(observations.family(familyId(call)).map(this::shown), NO_TOKEN);
    }

    private Result<Response> patchToken(Call call) {
        return metadata(call, "refresh_token_metadata")
                .then(
                        metadata ->
                                found(
                                        metadata.map(
                                                        it ->
                                                                observations.putMetadata(
                                                                        familyId(call),
                                                                        it,
                                                                        call.event(
                                                                                "Update a refresh"
                                                                                    + " token")))
                                                .orElseGet(
                                                        () -> observations.family(familyId(call)))
                                                .map(this::shown),
                                        NO_TOKEN));
    }

    private Result<Response> deleteToken(Call call) {
        return Receipts.accepted(
                revocations.revokeFamilies(
                        List.of(familyId(call)), call.event("Delete a refresh token", 202)));
    }

    private Result<Response> revokeTokens(Call call) {
        var schema =
                new Schema()
                        .with("ids", Schema.array(Schema.text(), 100))
                        .with(Schema.text(), "user_id", "client_id", "audience");
        return call.object()
                .then(
                        body -> {
                            var problems = schema.problems(body);
                            return problems.isEmpty()
                                    ? revokeTokens(call, body)
                                    : new Result.Failed<>(ManagementError.body(problems));
                        });
    }

    private Result<Response> revokeTokens(Call call, ObjectNode body) {
        var event = call.event("Revoke refresh tokens", 202);
        var ids = ids(body);
        if (!ids.isEmpty()) return Receipts.accepted(revocations.revokeFamilies(ids, event));
        return selection(body)
                .map(it -> Receipts.accepted(revocations.revokeFamilies(it, event)))
                .orElseGet(
                        () ->
                                new Result.Failed<>(
                                        ManagementError.body(
                                                "Unsupported combination of properties")));
    }

    private static List<FamilyId> ids(ObjectNode body) {
        if (!Set.copyOf(body.propertyNames()).equals(Set.of("ids"))) return List.of();
        return body.path("ids")
                .valueStream()
                .map(JsonNode::asString)
                .filter(id -> !id.isEmpty())
                .map(FamilyId::new)
                .toList();
    }

    /// An empty filter is never "everything" (THREATS R47.5).
    private Optional<Selection> selection(ObjectNode body) {
        for (var value : body) if (value.asString("").isEmpty()) return Optional.empty();
        var names = Set.copyOf(body.propertyNames());
        if (!names.contains("user_id")) return Optional.empty();
        var user = new UserId(body.path("user_id").asString());
        if (names.equals(Set.of("user_id"))) return Optional.of(new Selection.OfUser(user));
        if (!names.contains("client_id")) return Optional.empty();
        var client = new ClientId(body.path("client_id").asString());
        if (names.equals(Set.of("user_id", "client_id")))
            return Optional.of(new Selection.OfClient(user, client));
        if (!names.equals(Set.of("user_id", "client_id", "audience"))) return Optional.empty();
        var audience = Optional.of(body.path("audience").asString());
        return Optional.of(
                new Selection.OfApi(user, client, audience.filter(it -> !domains.isUserinfo(it))));
    }

    /// What a refresh token is for, as it is shown.
    private String audience(TokenFamily family) {
        return family.audience().orElseGet(domains::userinfoAudience);
    }

    private Result<Response> tokensOf(Call call) {
        return tokens(userId(call), Optional.empty(), "tokens", call);
    }

    private Result<Response> deleteTokensOf(Call call) {
        return Receipts.accepted(
                revocations.revokeFamilies(
                        new Selection.OfUser(userId(call)),
                        call.event("Delete the refresh tokens of a user", 202)));
    }

    private Result<Response> revokeAccess(Call call) {
        var schema =
                new Schema()
                        .with("session_id", Schema.text())
                        .with("preserve_refresh_tokens", Schema.flag());
        var body =
                call.request().body().length == 0
                        ? new Result.Ok<>(Page.JSON.createObjectNode())
                        : call.object();
        return body.then(
                wanted -> {
                    var problems = schema.problems(wanted);
                    if (!problems.isEmpty())
                        return new Result.Failed<>(ManagementError.body(problems));
                    var event = call.event("Revoke the access of a user", 202);
                    var keepsTokens = wanted.path("preserve_refresh_tokens").asBoolean(false);
                    var session = wanted.path("session_id").asString("");
                    if (!session.isEmpty()) {
                        var id = new SessionId(session);
                        var isTheirs =
                                observations
                                        .session(id)
                                        .filter(it -> it.session().user().equals(userId(call)))
                                        .isPresent();
                        if (!isTheirs) return new Result.Failed<>(NO_SESSION);
                        return Receipts.accepted(
                                keepsTokens
                                        ? revocations.endSession(id, event)
                                        : revocations.revokeSession(id, event));
                    }
                    return Receipts.accepted(
                            revocations.revokeAccess(userId(call), keepsTokens, event));
                });
    }

    private static ObjectNode shown(SessionTable.Shown shown) {
        var session = shown.session();
        var item = Page.JSON.createObjectNode();
        item.put("id", session.id().value())
                .put("user_id", session.user().value())
                .put("created_at", Documents.time(session.createdAt()))
                .put("updated_at", Documents.time(shown.updatedAt()))
                .put("authenticated_at", Documents.time(session.authentication().at()))
                .put("idle_expires_at", Documents.time(session.idleExpiresAt()))
                .put("expires_at", Documents.time(session.expiresAt()))
                .put("last_interacted_at", Documents.time(shown.lastInteractedAt()));
        item.set("device", device(shown.initial(), shown.last()));
        var clients = item.putArray("clients");
        shown.clients().forEach(client -> clients.addObject().put("client_id", client.value()));
        var methods = item.putObject("authentication").putArray("methods");
        session.authentication()
                .methods()
                .forEach(
                        method ->
                                methods.addObject()
                                        .put("name", method.name())
                                        .put("timestamp", Documents.time(method.at())));
        item.putObject("cookie")
                .put("mode", session.persistent() ? "persistent" : "non-persistent");
        putMetadata(item, "session_metadata", shown.metadata());
        session.parent()
                .ifPresent(
                        parent ->
                                item.putObject("session_transfer")
                                        .putObject("parent_refresh_token")
                                        .put("id", parent.value()));
        return item;
    }

    private static void putMetadata(ObjectNode item, String name, Map<String, String> metadata) {
        if (metadata.isEmpty()) return;
        var object = item.putObject(name);
        metadata.forEach(object::put);
    }

    private static ObjectNode device(Device initial, Device last) {
        return Page.JSON
                .createObjectNode()
                .put("initial_user_agent", initial.userAgent())
                .put("initial_ip", initial.address().toString())
                .put("last_user_agent", last.userAgent())
                .put("last_ip", last.address().toString());
    }

    private ObjectNode shown(FamilyTable.Shown shown) {
        var family = shown.family();
        var item = Page.JSON.createObjectNode();
        item.put("id", family.id().value())
                .put("user_id", family.user().value())
                .put("created_at", Documents.time(family.createdAt()))
                .put("idle_expires_at", family.idleExpiresAt().map(Documents::time).orElse(null))
                .put("expires_at", family.expiresAt().map(Documents::time).orElse(null))
                .put("client_id", family.client().value())
                .put("session_id", family.session().map(SessionId::value).orElse(null))
                .put("rotating", family.rotating());
        item.putArray("resource_servers")
                .addObject()
                .put("audience", audience(family))
                .put("scopes", family.scope());
        item.set("device", device(shown.initial(), shown.last()));
        putMetadata(item, "refresh_token_metadata", shown.metadata());
        shown.lastExchangedAt().ifPresent(at -> item.put("last_exchanged_at", Documents.time(at)));
        family.parent()
                .ifPresent(
                        parent ->
                                item.putObject("session_transfer")
                                        .putObject("parent_refresh_token")
                                        .put("id", parent.value()));
        return item;
    }
}
