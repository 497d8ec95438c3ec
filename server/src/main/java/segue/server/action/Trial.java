package segue.server.action;

import segue.domain.action.Rule;
import segue.domain.action.Ruling;
import segue.domain.action.Verdict;
import segue.domain.action.Verdict.Failure;
import segue.domain.secret.Secret;
import segue.server.http.Outbound;
import segue.server.settings.Settings;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/// Runs one post-login script once, without a sign-in, for whoever writes it. Nothing that it asks
/// for happens. Each run has a worker of its own, which ends with it, so that no sign-in waits for
/// one or meets what it left behind; there is one run at a time.
public final class Trial {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /// The latest end there is: without a tenant, nothing is capped.
    private static final Instant NEVER = Instant.parse("9999-12-31T23:59:59.999Z");

    private final Duration deadline;
    private final ScriptRunner runner;
    private final Semaphore turn = new Semaphore(1);

    public Trial(Settings.Actions settings, Outbound outbound) {
        this.deadline = settings.deadline();
        this.runner = new ScriptRunner(new Fetch(outbound, settings.allowedHosts()));
    }

    /// What became of the wish to run a script.
    public sealed interface Outcome {
        record Done(Report report) implements Outcome {}

        /// Another one runs.
        record Busy() implements Outcome {}

        /// There is no worker to run it.
        record Impossible(String reason) implements Outcome {}
    }

    /// What a script did, without its secrets.
    ///
    /// @param effects what it asked for, as the contract spells the calls
    /// @param ruling what the sign-in would come to
    public record Report(
            List<String> effects,
            String console,
            Optional<Failure> failure,
            Ruling ruling,
            Duration took) {
        public Report {
            effects = List.copyOf(effects);
        }
    }

    /// Runs it.
    ///
    /// @param name what a failure calls it
    /// @param event as contract actions §3 spells it; parts may be missing
    public Outcome run(String name, String code, ObjectNode event, Map<String, Secret> secrets)
            throws InterruptedException {
        var program = Workers.installed();
        if (program.isEmpty()) return new Outcome.Impossible("the worker program is missing");
        if (!turn.tryAcquire()) return new Outcome.Busy();
        var timer = Executors.newSingleThreadScheduledExecutor();
        try {
            var worker = Worker.start(program.get(), timer, _ -> {});
            try {
                return worker.awaitReady(PATIENCE)
                        ? in(worker, new Script("trial", name, "1", code, secrets), event)
                        : new Outcome.Impossible("the worker doesn't start");
            } finally {
                worker.kill();
                worker.awaitEnd();
            }
        } catch (IOException e) {
            return new Outcome.Impossible("the worker can't be started: " + e.getMessage());
        } finally {
            timer.shutdownNow();
            turn.release();
        }
    }

    private Outcome in(Worker worker, Script script, ObjectNode event) {
        var told =
                new ScriptRunner.Told(
                        Pipeline.POST_LOGIN,
                        Pipeline.HANDLER,
                        event,
                        Map.of(),
                        Redirection.first(true));
        var redactor = new Redactor(script.secrets().values());
        var begin = System.nanoTime();
        var ran = runner.run(worker, script, told, redactor, deadline, Effects::read);
        var took = Duration.ofNanos(System.nanoTime() - begin);
        var ruling =
                ran.failure()
                        .map(Verdict::rulingOn)
                        .orElseGet(() -> Rule.decide(ran.effects(), facts(event)));
        return new Outcome.Done(
                new Report(
                        ran.effects().stream().map(EffectText::of).map(redactor::redact).toList(),
                        ran.console(),
                        ran.failure(),
                        redacted(ruling, redactor),
                        took));
    }

    private static Ruling redacted(Ruling ruling, Redactor redactor) {
        return switch (ruling) {
            case Ruling.Allowed allowed -> allowed;
            case Ruling.Denied it ->
                    new Ruling.Denied(
                            redactor.redact(it.error()),
                            redactor.redact(it.description()),
                            it.keepsUserChanges(),
                            it.ends());
            case Ruling.Redirected(var url) -> new Ruling.Redirected(redactor.redact(url));
        };
    }

    private static Rule.Facts facts(ObjectNode event) {
        var session =
                event.hasNonNull("session")
                        ? Optional.of(
                                new Rule.SessionFacts(
                                        metadata(event.path("session")), NEVER, NEVER))
                        : Optional.<Rule.SessionFacts>empty();
        var refreshToken =
                new Rule.RefreshTokenFacts(
                        event.hasNonNull("refresh_token"),
                        metadata(event.path("refresh_token")),
                        Optional.empty(),
                        Optional.empty());
        return new Rule.Facts(session, refreshToken, false);
    }

    private static SortedMap<String, String> metadata(JsonNode of) {
        var metadata = new TreeMap<String, String>();
        of.path("metadata")
                .properties()
                .forEach(it -> metadata.put(it.getKey(), it.getValue().asString("")));
        return metadata;
    }
}
