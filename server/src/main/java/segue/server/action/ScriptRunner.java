package segue.server.action;

import segue.domain.action.Verdict.Failure;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// Runs one script in a worker: tells it what it may know, answers what it asks, and looks at what
/// it says.
final class ScriptRunner {
    /// The most that a script may fetch.
    private static final int MOST_CALLS = 20;

    /// The most that is kept of what a script printed (contract actions §6).
    private static final int LONGEST_CONSOLE = 256;

    private static final int LONGEST_STACK = 2000;

    private final Fetch fetch;

    ScriptRunner(Fetch fetch) {
        this.fetch = fetch;
    }

    /// What a script is told.
    ///
    /// @param trigger for example `post-login`
    /// @param handler the name of the export to call
    /// @param event without secrets
    record Told(
            String trigger,
            String handler,
            ObjectNode event,
            Map<String, ActionCache.Entry> cache,
            Redirection redirection) {}

    /// Runs it. A worker whose word can't be relied on any more is killed.
    ///
    /// @param left what it may take
    /// @param reading understands the calls that it made
    <E> Ran<E> run(
            Worker worker,
            Script script,
            Told told,
            Redactor redactor,
            Duration left,
            Function<JsonNode, Asked<E>> reading) {
        var job =
                new Frames.Job(
                        script.actionId() + "/" + script.versionId(),
                        script.code(),
                        told.handler(),
                        request(script, told).toString());
        var naming = new Naming(script.name(), redactor);
        return switch (worker.run(job, left, new Calls(left))) {
            case Worker.Outcome.Done(var json) -> done(worker, json, naming, reading);
            case Worker.Outcome.TimedOut _ -> naming.timedOut();
            case Worker.Outcome.OutOfMemory _ ->
                    naming.failed("action_error", "out_of_memory", "it took too much memory");
            case Worker.Outcome.Ended(var reason) ->
                    naming.failed("platform_error", "worker_ended", reason);
        };
    }

    private static ObjectNode request(Script script, Told told) {
        var json = Json.MAPPER.createObjectNode().put("trigger", told.trigger());
        var event = told.event().deepCopy();
        var secrets = event.putObject("secrets");
        script.secrets().forEach((name, secret) -> secrets.put(name, secret.reveal()));
        json.set("event", event);
        var cache = json.putObject("cache");
        told.cache()
                .forEach(
                        (key, entry) ->
                                cache.putObject(key)
                                        .put("value", entry.value())
                                        .put("expires_at", entry.expiresAt().toEpochMilli()));
        var redirect = json.putObject("redirect");
        redirect.put("possible", told.redirection().isPossible());
        redirect.put("host", event.path("request").path("hostname").asString(""));
        redirect.put("subject", event.path("user").path("user_id").asString(""));
        redirect.put("ip", event.path("request").path("ip").asString(""));
        told.redirection()
                .state()
                .ifPresentOrElse(it -> redirect.put("state", it), () -> redirect.putNull("state"));
        redirect.set("query", Json.MAPPER.valueToTree(told.redirection().query()));
        redirect.set("body", Json.MAPPER.valueToTree(told.redirection().body()));
        return json;
    }

    private static <E> Ran<E> done(
            Worker worker, String text, Naming naming, Function<JsonNode, Asked<E>> reading) {
        try {
            var json = Json.MAPPER.readTree(text);
            if (!json.isObject() || !json.path("effects").isArray()) return unclear(worker, naming);
            var console = naming.console(json.path("console").asString(""));
            if (json.hasNonNull("error")) return failed(worker, json.get("error"), console, naming);
            var asked = reading.apply(json.get("effects"));
            return new Ran<>(asked.effects(), asked.cache(), console, Optional.empty());
        } catch (JacksonException e) {
            return unclear(worker, naming);
        }
    }

    private static <E> Ran<E> unclear(Worker worker, Naming naming) {
        worker.kill();
        return naming.failed(
                "platform_error", "worker_unclear", "the worker said what isn't understood");
    }

    private static <E> Ran<E> failed(Worker worker, JsonNode error, String console, Naming naming) {
        return switch (error.path("class").asString("")) {
            case "action_timeout" -> {
                // It may be about to give itself up, with a script that doesn't hear.
                worker.kill();
                yield naming.timedOut();
            }
            case "action_error" ->
                    Ran.failed(console, naming.failure("action_error", "action_error", error));
            default -> {
                worker.kill();
                yield Ran.failed(
                        console, naming.failure("platform_error", "platform_error", error));
            }
        };
    }

    /// Puts failures into words, without secrets.
    private record Naming(String action, Redactor redactor) {
        String console(String text) {
            return redactor.redact(clip(text, LONGEST_CONSOLE));
        }

        <E> Ran<E> timedOut() {
            return failed("action_timeout", "action_timeout", "it took too long");
        }

        <E> Ran<E> failed(String errorClass, String code, String message) {
            return Ran.failed(
                    "", new Failure(errorClass, Optional.of(action), code, message, "Error", ""));
        }

        Failure failure(String errorClass, String code, JsonNode error) {
            return new Failure(
                    errorClass,
                    Optional.of(action),
                    code,
                    text(error, "message"),
                    text(error, "name"),
                    text(error, "stack"));
        }

        private String text(JsonNode error, String field) {
            return redactor.redact(clip(error.path(field).asString(""), LONGEST_STACK));
        }

        private static String clip(String text, int length) {
            return text.length() <= length ? text : text.substring(0, length);
        }
    }

    /// What a script asks for while it runs.
    private final class Calls implements Worker.Calls {
        private final AtomicInteger count = new AtomicInteger();
        private final long end;

        private Calls(Duration left) {
            this.end = System.nanoTime() + left.toNanos();
        }

        @Override
        public String answer(String kind, String json) {
            if (!kind.equals("fetch")) return Fetch.failed("this can't be asked for");
            if (count.incrementAndGet() > MOST_CALLS)
                return Fetch.failed("more than " + MOST_CALLS + " requests");
            var left = Duration.ofNanos(end - System.nanoTime());
            return left.isPositive() ? fetch.answer(json, left) : Fetch.failed("no time is left");
        }
    }
}
