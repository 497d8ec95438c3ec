package segue.server.action;

import segue.domain.action.Effect;
import segue.domain.action.Verdict.Failure;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The record of a run, as the Management API shows it.
final class ExecutionRecord {
    private ExecutionRecord() {}

    /// What became of one Action.
    ///
    /// @param actionId empty for one in Java
    record Result(
            Optional<String> actionId, String name, Instant started, Instant ended, Ran<?> ran) {}

    /// JSON.
    ///
    /// @param failure if no Action was reached
    static String json(
            String id,
            String trigger,
            Instant created,
            Instant updated,
            List<Result> results,
            Optional<Failure> failure) {
        var json = Json.MAPPER.createObjectNode();
        json.put("id", id);
        json.put("trigger_id", trigger);
        json.put("status", status(results, failure));
        var list = json.putArray("results");
        for (var it : results) {
            var result = list.addObject().put("action_name", it.name());
            it.actionId().ifPresent(action -> result.put("action_id", action));
            result.put("started_at", EventJson.moment(it.started()));
            result.put("ended_at", EventJson.moment(it.ended()));
            it.ran()
                    .failure()
                    .ifPresent(
                            error ->
                                    result.putObject("error")
                                            .put("id", error.code())
                                            .put("msg", error.message())
                                            .put("name", error.name())
                                            .put("stack", error.stack()));
            result.put("logs", it.ran().console());
        }
        json.put("created_at", EventJson.moment(created));
        json.put("updated_at", EventJson.moment(updated));
        return json.toString();
    }

    private static String status(List<Result> results, Optional<Failure> failure) {
        if (failure.isPresent()) return "partial";
        var isPaused =
                results.stream()
                        .flatMap(it -> it.ran().effects().stream())
                        .anyMatch(Effect.Redirect.class::isInstance);
        return isPaused ? "suspended" : "final";
    }
}
