package segue.server.action;

import segue.domain.action.Effect;
import segue.domain.action.Verdict.Failure;
import segue.domain.secret.Secret;
import segue.server.http.Outbound;
import segue.server.settings.Settings;

import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;

/// Runs one script once, without a sign-in, for whoever writes it.
public final class Trial {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private Trial() {}

    /// There is no worker to run it.
    public static final class Impossible extends Exception {
        private static final long serialVersionUID = 1L;

        private Impossible(String reason) {
            super(reason);
        }
    }

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
            throws InterruptedException, Impossible {
        var script = new Script("trial", "trial", "1", code, secrets);
        var runner = new ScriptRunner(new Fetch(outbound, settings.allowedHosts()));
        var told =
                new ScriptRunner.Told(
                        Pipeline.POST_LOGIN,
                        "onExecutePostLogin",
                        event,
                        Map.of(),
                        Redirection.first(true));
        var program = Workers.installed();
        if (program.isEmpty()) throw new Impossible("the worker program is missing");
        var timer = Executors.newSingleThreadScheduledExecutor();
        try {
            var worker = Worker.start(program.get(), timer, _ -> {});
            try {
                if (!worker.awaitReady(PATIENCE)) throw new Impossible("the worker doesn't start");
                var redactor = new Redactor(secrets.values());
                var begin = System.nanoTime();
                var ran =
                        runner.run(
                                worker, script, told, redactor, settings.deadline(), Effects::read);
                var took = Duration.ofNanos(System.nanoTime() - begin);
                return new Result(ran.effects(), ran.console(), ran.failure(), took);
            } finally {
                worker.kill();
                worker.awaitEnd();
            }
        } catch (IOException e) {
            throw new Impossible("the worker can't be started: " + e.getMessage());
        } finally {
            timer.shutdownNow();
        }
    }
}
