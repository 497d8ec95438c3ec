package segue.server.management;

import segue.domain.identifier.ActionId;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.registry.ActionSecrets;
import segue.server.secret.Mint;
import segue.storage.Actions;
import segue.storage.Actions.Written;
import segue.storage.jdbc.ActionTable.Action;
import segue.storage.jdbc.ActionTable.Content;
import segue.storage.jdbc.ActionTable.Version;

import tools.jackson.databind.node.ObjectNode;

import java.time.Clock;
import java.util.List;
import java.util.Optional;

/// Actions, their versions and what they did (contract management-api §12). A draft never runs; a
/// version runs with the secrets that the draft had when it was deployed, and so does what is made
/// of it by rolling back.
public final class ActionApi {
    static final ManagementError UNKNOWN = ManagementError.notFound("That action does not exist.");

    private static final ManagementError UNKNOWN_VERSION =
            ManagementError.notFound("That action version does not exist.");

    private static final ManagementError TAKEN =
            ManagementError.conflict("An action with the same name already exists.", "conflict");

    private static final Schema ROLL_BACK = new Schema().with("update_draft", Schema.flag());

    private final Actions actions;
    private final ActionSecrets secrets;
    private final Mint mint;
    private final Clock clock;

    public ActionApi(Actions actions, ActionSecrets secrets, Mint mint, Clock clock) {
        this.actions = actions;
        this.secrets = secrets;
        this.mint = mint;
        this.clock = clock;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(Method.GET, "/actions/actions", "read:actions", this::list),
                Operation.of(Method.POST, "/actions/actions", "create:actions", this::create),
                Operation.of(Method.GET, "/actions/actions/{id}", "read:actions", this::get),
                Operation.of(Method.PATCH, "/actions/actions/{id}", "update:actions", this::patch),
                Operation.of(
                        Method.DELETE, "/actions/actions/{id}", "delete:actions", this::delete),
                Operation.of(
                        Method.POST,
                        "/actions/actions/{id}/deploy",
                        "create:actions",
                        this::deploy),
                Operation.of(
                        Method.GET,
                        "/actions/actions/{id}/versions",
                        "read:actions",
                        this::versions),
                Operation.of(
                        Method.GET,
                        "/actions/actions/{id}/versions/{version}",
                        "read:actions",
                        this::version),
                Operation.of(
                        Method.POST,
                        "/actions/actions/{id}/versions/{version}/deploy",
                        "create:actions",
                        this::rollBack),
                Operation.of(
                        Method.GET, "/actions/executions/{id}", "read:actions", this::execution));
    }

    private Result<Response> list(Call call) {
        return Page.of(call)
                .then(
                        page -> {
                            var found =
                                    actions.all().stream()
                                            .filter(action -> isWanted(action, call))
                                            .toList();
                            var shown =
                                    found.stream()
                                            .skip((long) page.number() * page.size())
                                            .limit(page.size())
                                            .map(ActionDocument::shown)
                                            .toList();
                            return new Result.Ok<>(page.counted(shown, found.size(), "actions"));
                        });
    }

    /// None of ours was installed from elsewhere.
    private static boolean isWanted(Action action, Call call) {
        var isDeployed = Boolean.toString(action.deployed().isPresent());
        return call.query("actionName").map(action.name()::equals).orElse(true)
                && call.query("triggerId")
                        .map(it -> ActionDocument.supports(action, it))
                        .orElse(true)
                && call.query("deployed").map(isDeployed::equals).orElse(true)
                && call.query("installed").map("false"::equals).orElse(true);
    }

    private static ActionId id(Call call) {
        return new ActionId(call.request().pathParameter("id"));
    }

    private Result<Action> find(ActionId id) {
        return actions.find(id)
                .<Result<Action>>map(Result.Ok::new)
                .orElseGet(() -> new Result.Failed<>(UNKNOWN));
    }

    private Result<Response> get(Call call) {
        return find(id(call)).then(action -> shown(200, action));
    }

    private static Result<Response> shown(int status, Action action) {
        return new Result.Ok<>(Page.json(status, ActionDocument.shown(action)));
    }

    private Result<Response> create(Call call) {
        return call.objectWithCode()
                .then(body -> create(body, call))
                .then(action -> shown(201, action));
    }

    /// Creates an action, and deploys it if the body says so.
    Result<Action> create(ObjectNode body, Call call) {
        var problems = ActionDocument.SCHEMA.problems(body);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var id = mint.action();
        var version =
                body.path("deploy").asBoolean(false)
                        ? Optional.of(mint.uuid())
                        : Optional.<String>empty();
        return ActionDocument.content(id, body, secrets, clock.instant())
                .then(
                        content ->
                                written(
                                        actions.create(
                                                id,
                                                body.path("name").asString(),
                                                content,
                                                version,
                                                call.event("Create an action"))))
                .then(_ -> find(id));
    }

    /// What a write says, but for those that can say more.
    private static Result<Written> written(Written written) {
        return switch (written) {
            case DONE, STALE -> new Result.Ok<>(written);
            case UNKNOWN -> new Result.Failed<>(UNKNOWN);
            case TAKEN -> new Result.Failed<>(TAKEN);
            case BOUND ->
                    refused("The action is bound to a trigger; force=true takes it away there.");
            case NAMED -> refused("A token exchange profile names the action.");
            case NOT_DEPLOYED -> refused("The action is not deployed.");
        };
    }

    private static Result<Written> refused(String message) {
        return new Result.Failed<>(ManagementError.refused(message));
    }

    private Result<Response> patch(Call call) {
        return find(id(call))
                .then(
                        action ->
                                call.objectWithCode()
                                        .then(body -> patch(action, body, false, call)))
                .then(action -> shown(200, action));
    }

    /// Changes the draft of an action.
    ///
    /// @param deploys whether what comes of it is deployed at once
    Result<Action> patch(Action action, ObjectNode body, boolean deploys, Call call) {
        var problems = ActionDocument.SCHEMA.changes(body, "deploy");
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var version = deploys ? Optional.of(mint.uuid()) : Optional.<String>empty();
        return ActionDocument.changed(action.id(), action.draft(), body, secrets, clock.instant())
                .then(
                        content ->
                                written(
                                        actions.change(
                                                action,
                                                body.path("name").asString(action.name()),
                                                content,
                                                version,
                                                call.event("Update an action"))))
                .then(
                        written ->
                                // Somebody was faster: the change is made of what they left.
                                written == Written.STALE
                                        ? find(action.id())
                                                .then(fresh -> patch(fresh, body, deploys, call))
                                        : find(action.id()));
    }

    /// Whether a change would say anything new, or anything wrong.
    boolean isNews(Action action, ObjectNode body) {
        if (!ActionDocument.SCHEMA.changes(body, "deploy").isEmpty()) return true;
        var content =
                ActionDocument.changed(action.id(), action.draft(), body, secrets, clock.instant());
        return !(content instanceof Result.Ok<Content>(var changed)
                && changed.isSameAs(action.draft()));
    }

    private Result<Response> delete(Call call) {
        var isForced = call.query("force").filter("true"::equals).isPresent();
        return written(actions.delete(id(call), isForced, call.event("Delete an action")))
                .then(_ -> new Result.Ok<>(Response.of(204)));
    }

    private Result<Response> deploy(Call call) {
        return deploy(id(call), call)
                .then(version -> new Result.Ok<>(Page.json(200, ActionDocument.shown(version))));
    }

    /// Deploys the draft of an action.
    Result<Version> deploy(ActionId id, Call call) {
        var version = mint.uuid();
        return written(actions.deploy(id, version, call.event("Deploy an action", 200)))
                .then(_ -> findVersion(id, version));
    }

    private Result<Version> findVersion(ActionId action, String id) {
        return actions.version(action, id)
                .<Result<Version>>map(Result.Ok::new)
                .orElseGet(() -> new Result.Failed<>(UNKNOWN_VERSION));
    }

    private Result<Response> versions(Call call) {
        return find(id(call))
                .then(
                        action ->
                                Page.of(call)
                                        .then(
                                                page -> {
                                                    var found =
                                                            actions.versions(
                                                                    action.id(),
                                                                    (long) page.number()
                                                                            * page.size(),
                                                                    page.size());
                                                    var shown =
                                                            found.versions().stream()
                                                                    .map(ActionDocument::shown)
                                                                    .toList();
                                                    return new Result.Ok<>(
                                                            page.counted(
                                                                    shown,
                                                                    found.total(),
                                                                    "versions"));
                                                }));
    }

    private Result<Response> version(Call call) {
        return find(id(call))
                .then(action -> findVersion(action.id(), call.request().pathParameter("version")))
                .then(version -> new Result.Ok<>(Page.json(200, ActionDocument.shown(version))));
    }

    /// The body is optional.
    private Result<Response> rollBack(Call call) {
        Result<ObjectNode> body =
                call.request().body().length == 0
                        ? new Result.Ok<>(Page.JSON.createObjectNode())
                        : call.object();
        return body.then(it -> rollBack(it, call));
    }

    private Result<Response> rollBack(ObjectNode body, Call call) {
        var problems = ROLL_BACK.problems(body);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var version = mint.uuid();
        return find(id(call))
                .then(action -> findVersion(action.id(), call.request().pathParameter("version")))
                .then(
                        earlier ->
                                written(
                                        actions.rollBack(
                                                earlier.action(),
                                                earlier.id(),
                                                version,
                                                body.path("update_draft").asBoolean(false),
                                                call.event("Roll an action back", 200))))
                .then(_ -> findVersion(id(call), version))
                .then(fresh -> new Result.Ok<>(Page.json(200, ActionDocument.shown(fresh))));
    }

    private Result<Response> execution(Call call) {
        return actions.execution(call.request().pathParameter("id"))
                .<Result<Response>>map(
                        execution -> {
                            var shown = Page.object(execution.document());
                            var at = Documents.time(execution.at());
                            shown.put("id", execution.id())
                                    .put("trigger_id", execution.trigger())
                                    .put("created_at", at)
                                    .put("updated_at", at);
                            return new Result.Ok<>(Page.json(200, shown));
                        })
                .orElseGet(
                        () ->
                                new Result.Failed<>(
                                        ManagementError.notFound(
                                                "That execution does not exist.")));
    }
}
