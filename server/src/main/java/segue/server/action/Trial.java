package segue.server.action;

import segue.domain.action.Effect;
import segue.domain.action.Verdict.Failure;
import segue.domain.secret.Secret;
import segue.server.action.Workers.Hiring;
import segue.server.http.Outbound;
import segue.server.settings.Settings;

import tools.jackson.databind.node.ObjectNode;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Runs one script once, without a sign-in, for whoever writes it.
public final class Trial {
    private Trial() {}

    /// What a script did.
    public record Result(
            List<Effect> effects, String console, Optional<Failure> failure, Duration took) {}

    /// Runs it in a worker of its own.
    ///
    /// @param event as contract actions §3 spells it; parts may be missing
    public static Result run(
            String code,
            ObjectNode event,
            Map<String, Secret> secrets,
            Settings.Actions settings,
            Outbound outbound)
            throws InterruptedException {
        var script = new Script("trial", "trial", "1", code, secrets);
        var runner = new ScriptRunner(new Fetch(outbound, settings.allowedHosts()));
        var told =
                new ScriptRunner.Told(
                        Pipeline.POST_LOGIN,
                        "onExecutePostLogin",
                        event,
                        Map.of(),
                        Redirection.first(true));
        try (var workers = new Workers(Workers.installed(), 1)) {
            switch (workers.hire()) {
                case Hiring.Hired(var worker) -> {
                    var redactor = new Redactor(secrets.values());
                    var begin = System.nanoTime();
                    var ran = runner.run(worker, script, told, redactor, settings.deadline());
                    var took = Duration.ofNanos(System.nanoTime() - begin);
                    workers.giveBack(worker);
                    return new Result(ran.effects(), ran.console(), ran.failure(), took);
                }
                case Hiring.Busy _ -> throw new IllegalStateException("nobody else uses it");
                case Hiring.Impossible(var reason) -> {
                    var failure =
                            new Failure(
                                    "platform_error",
                                    Optional.empty(),
                                    "no_worker",
                                    reason,
                                    "Error",
                                    "");
                    return new Result(List.of(), "", Optional.of(failure), Duration.ZERO);
                }
            }
        }
    }
}
