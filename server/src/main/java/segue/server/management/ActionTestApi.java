package segue.server.management;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import segue.domain.action.Ruling;
import segue.domain.action.Verdict.Failure;
import segue.domain.identifier.ActionId;
import segue.server.action.Trial;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.registry.ActionSecrets;
import segue.storage.Actions;
import segue.storage.jdbc.ActionTable.Action;

import tools.jackson.databind.node.ObjectNode;

import java.util.List;

/// Tries the draft of an Action with an event that the caller made up (contract management-api
/// §12), before it is deployed. Nothing changes, and no sign-in is held up.
final class ActionTestApi {
    private static final Logger LOG = LoggerFactory.getLogger(ActionTestApi.class);

    private static final Schema SCHEMA =
            new Schema().required("payload").with("payload", Schema.anyObject());

    private final Actions actions;
    private final ActionSecrets secrets;
    private final Trial trial;

    ActionTestApi(Actions actions, ActionSecrets secrets, Trial trial) {
        this.actions = actions;
        this.secrets = secrets;
        this.trial = trial;
    }

    /// It runs code, so it asks for the scope of those who may write code.
    List<Operation> operations() {
        return List.of(
                Operation.of(
                        Method.POST, "/actions/actions/{id}/test", "create:actions", this::test));
    }

    private Result<Response> test(Call call) {
        return call.object().then(body -> test(body, call));
    }

    private Result<Response> test(ObjectNode body, Call call) {
        var problems = SCHEMA.problems(body);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var action = actions.find(new ActionId(call.request().pathParameter("id")));
        if (action.isEmpty()) return new Result.Failed<>(ActionApi.UNKNOWN);
        if (!ActionDocument.supports(action.get(), "post-login"))
            return new Result.Failed<>(
                    ManagementError.refused("Only an action of post-login can be tested."));
        return run(action.get(), (ObjectNode) body.path("payload"));
    }

    private Result<Response> run(Action action, ObjectNode event) {
        var draft = action.draft();
        try {
            var opened = secrets.open(action.id(), draft.sealedSecrets());
            return switch (trial.run(action.name(), draft.code(), event, opened)) {
                case Trial.Outcome.Done(var report) ->
                        new Result.Ok<>(Page.json(200, shown(action, report)));
                case Trial.Outcome.Busy _ -> new Result.Failed<>(ManagementError.tooMany());
                case Trial.Outcome.Impossible(var reason) -> unavailable(reason);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return unavailable("interrupted");
        }
    }

    private static Result<Response> unavailable(String reason) {
        LOG.warn("an Action can't be tested: {}", reason);
        return new Result.Failed<>(ManagementError.plain(503, "Service Unavailable"));
    }

    /// As an entry of an execution's `results`, and what came of it.
    private static ObjectNode shown(Action action, Trial.Report report) {
        var json = Page.JSON.createObjectNode();
        var payload = json.putObject("payload");
        payload.put("action_id", action.id().value()).put("action_name", action.name());
        payload.put("logs", report.console());
        report.failure().ifPresent(it -> payload.set("error", error(it)));
        var effects = payload.putArray("effects");
        report.effects().forEach(effects::add);
        payload.set("ruling", ruling(report.ruling()));
        payload.put("took_ms", report.took().toMillis());
        return json;
    }

    private static ObjectNode error(Failure failure) {
        return Page.JSON
                .createObjectNode()
                .put("id", failure.code())
                .put("msg", failure.message())
                .put("name", failure.name())
                .put("stack", failure.stack());
    }

    private static ObjectNode ruling(Ruling ruling) {
        var json = Page.JSON.createObjectNode();
        switch (ruling) {
            case Ruling.Allowed(var terms) -> {
                var warnings = json.put("outcome", "allowed").putArray("warnings");
                terms.warnings().forEach(warnings::add);
            }
            case Ruling.Denied denied ->
                    json.put("outcome", "denied")
                            .put("error", denied.error())
                            .put("error_description", denied.description());
            case Ruling.Redirected(var url) -> json.put("outcome", "redirected").put("url", url);
        }
        return json;
    }
}
