package segue.server.management;

import segue.domain.identifier.ActionId;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.secret.Mint;
import segue.storage.Actions;
import segue.storage.Actions.Place;
import segue.storage.Actions.Written;
import segue.storage.jdbc.ActionTable.Action;
import segue.storage.jdbc.ActionTable.Binding;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Triggers, and which Actions run at them in which order (contract management-api §12).
public final class TriggerApi {
    /// Its Action is the one that a profile names (contract actions §7), so that nothing is bound.
    static final String TOKEN_EXCHANGE = "custom-token-exchange";

    private static final Schema BINDINGS =
            new Schema()
                    .required("bindings")
                    .with(
                            "bindings",
                            Schema.array(
                                    Schema.object(
                                            new Schema()
                                                    .required("ref")
                                                    .with(
                                                            "ref",
                                                            Schema.object(
                                                                    new Schema()
                                                                            .required(
                                                                                    "type", "value")
                                                                            .with(
                                                                                    "type",
                                                                                    Schema.oneOf(
                                                                                            "action_id",
                                                                                            "action_name",
                                                                                            "binding_id"))
                                                                            .with(
                                                                                    "value",
                                                                                    Schema.text())))
                                                    .with(
                                                            "display_name",
                                                            Schema.text(
                                                                    TriggerApi
                                                                            ::displayNameProblems))),
                                    100));

    private final Actions actions;
    private final Mint mint;

    public TriggerApi(Actions actions, Mint mint) {
        this.actions = actions;
        this.mint = mint;
    }

    private static List<String> displayNameProblems(String name) {
        return name.isBlank() || name.length() > 255
                ? List.of("String is not between 1 and 255 characters")
                : List.of();
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(Method.GET, "/actions/triggers", "read:actions", this::list),
                Operation.of(
                        Method.GET,
                        "/actions/triggers/{id}/bindings",
                        "read:actions",
                        this::bindings),
                Operation.of(
                        Method.PATCH,
                        "/actions/triggers/{id}/bindings",
                        "update:actions",
                        this::bind));
    }

    private Result<Response> list(Call call) {
        var answer = Page.JSON.createObjectNode();
        var list = answer.putArray("triggers");
        list.add(trigger("post-login", "v3", "trigger-bound"));
        list.add(trigger(TOKEN_EXCHANGE, "v1", "entity-bound"));
        list.add(trigger("credentials-exchange", "v2", "trigger-bound"));
        return new Result.Ok<>(Page.json(200, answer));
    }

    private static ObjectNode trigger(String id, String version, String policy) {
        var trigger = Page.JSON.createObjectNode();
        trigger.put("id", id).put("version", version).put("status", "CURRENT");
        trigger.putArray("runtimes").add("node22");
        trigger.put("default_runtime", "node22").put("binding_policy", policy);
        trigger.putArray("compatible_triggers");
        return trigger;
    }

    /// Any name that a trigger could have: what we don't run is kept (contract management-api §12).
    private static Result<String> trigger(String id) {
        return ActionDocument.TRIGGER.matcher(id).matches()
                ? new Result.Ok<>(id)
                : new Result.Failed<>(ManagementError.notFound("That trigger does not exist."));
    }

    private static Result<String> trigger(Call call) {
        return trigger(call.request().pathParameter("id"));
    }

    private Result<Response> bindings(Call call) {
        return trigger(call)
                .then(
                        trigger ->
                                Page.of(call)
                                        .then(
                                                page -> {
                                                    var all = shown(trigger);
                                                    var shown =
                                                            all.stream()
                                                                    .skip(
                                                                            (long) page.number()
                                                                                    * page.size())
                                                                    .limit(page.size())
                                                                    .toList();
                                                    return new Result.Ok<>(
                                                            page.counted(
                                                                    shown, all.size(), "bindings"));
                                                }));
    }

    private List<ObjectNode> shown(String trigger) {
        var known =
                actions.all().stream().collect(Collectors.toMap(Action::id, Function.identity()));
        return actions.bindings(trigger).stream()
                .flatMap(
                        binding ->
                                Optional.ofNullable(known.get(binding.action()))
                                        .map(action -> shown(binding, action))
                                        .stream())
                .toList();
    }

    private static ObjectNode shown(Binding binding, Action action) {
        var shown =
                Page.JSON
                        .createObjectNode()
                        .put("id", binding.id())
                        .put("trigger_id", binding.trigger())
                        .put("display_name", binding.displayName());
        shown.set("action", ActionDocument.summary(action));
        return shown.put("created_at", Documents.time(binding.createdAt()))
                .put("updated_at", Documents.time(binding.updatedAt()));
    }

    private Result<Response> bind(Call call) {
        return trigger(call)
                .then(
                        trigger ->
                                call.object()
                                        .then(body -> bindAt(trigger, body, call))
                                        .then(
                                                _ -> {
                                                    var answer = Page.JSON.createObjectNode();
                                                    answer.putArray("bindings")
                                                            .addAll(shown(trigger));
                                                    return new Result.Ok<>(Page.json(200, answer));
                                                }));
    }

    /// Replaces what is bound to a trigger.
    Result<Written> bind(String id, ObjectNode body, Call call) {
        return trigger(id).then(trigger -> bindAt(trigger, body, call));
    }

    private Result<Written> bindAt(String trigger, ObjectNode body, Call call) {
        var problems = BINDINGS.problems(body);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var wanted = body.path("bindings");
        if (trigger.equals(TOKEN_EXCHANGE) && !wanted.isEmpty())
            return new Result.Failed<>(
                    ManagementError.refused(
                            "Nothing is bound to this trigger: a token exchange profile names its"
                                    + " action."));
        var places = places(trigger, wanted, problems);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        return switch (actions.bind(trigger, places, call.event("Update trigger bindings"))) {
            case NOT_DEPLOYED ->
                    new Result.Failed<>(
                            ManagementError.refused(
                                    "Only a deployed action can be bound to a trigger."));
            case Written written -> new Result.Ok<>(written);
        };
    }

    private List<Place> places(String trigger, JsonNode wanted, List<String> problems) {
        var known = actions.all();
        var now =
                actions.bindings(trigger).stream()
                        .collect(Collectors.toMap(Binding::id, Function.identity()));
        var places = new ArrayList<Place>();
        var seen = new HashSet<ActionId>();
        for (var i = 0; i < wanted.size(); i++) {
            var path = "bindings." + i;
            var ref = wanted.get(i).path("ref");
            var action = action(ref, known, now);
            if (action.isEmpty())
                Schema.problem(
                        "Unknown action: " + Schema.shortened(ref.path("value").asString()),
                        path + ".ref",
                        problems);
            else if (!ActionDocument.supports(action.get(), trigger))
                Schema.problem("The action does not support the trigger", path + ".ref", problems);
            else if (!seen.add(action.get().id()))
                Schema.problem("The action is bound already", path + ".ref", problems);
            else
                places.add(
                        new Place(
                                mint.uuid(),
                                wanted.get(i)
                                        .path("display_name")
                                        .asString(displayName(ref, now, action.get().name())),
                                action.get().id()));
        }
        return places;
    }

    private static Optional<Action> action(
            JsonNode ref, List<Action> known, Map<String, Binding> now) {
        var value = ref.path("value").asString();
        return switch (ref.path("type").asString()) {
            case "action_name" -> known.stream().filter(it -> it.name().equals(value)).findFirst();
            case "binding_id" ->
                    Optional.ofNullable(now.get(value))
                            .flatMap(
                                    binding ->
                                            known.stream()
                                                    .filter(it -> it.id().equals(binding.action()))
                                                    .findFirst());
            default -> known.stream().filter(it -> it.id().value().equals(value)).findFirst();
        };
    }

    /// What a binding is called already, or the action's name.
    private static String displayName(JsonNode ref, Map<String, Binding> now, String name) {
        return Optional.ofNullable(now.get(ref.path("value").asString()))
                .map(Binding::displayName)
                .orElse(name);
    }
}
