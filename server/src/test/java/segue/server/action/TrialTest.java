package segue.server.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.server.http.Outbound;
import segue.server.settings.Settings;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

final class TrialTest {
    private static final String ENDLESS =
            "exports.onExecutePostLogin = () => { for (;;); }; // for ever";

    private static String end(Trial.Outcome outcome) {
        return switch (outcome) {
            case Trial.Outcome.Done(var report) ->
                    report.failure().map(it -> it.errorClass()).orElse("done");
            case Trial.Outcome.Busy _ -> "busy";
            case Trial.Outcome.Impossible(var reason) -> reason;
        };
    }

    private static String run(Trial trial, String code) throws InterruptedException {
        return end(trial.run("tried", code, Json.MAPPER.createObjectNode(), Map.of()));
    }

    /// Whoever may try scripts can't take the machine from those who sign in.
    @Test
    void oneRunsAtATimeAndWithinTheDeadline() throws Exception {
        var settings = new Settings.Actions(Duration.ofSeconds(10), List.of(), 1);
        try (var outbound = new Outbound(List.of());
                var threads = Executors.newFixedThreadPool(2)) {
            var trial = new Trial(settings, outbound);
            var start = new CountDownLatch(1);
            Callable<String> attempt =
                    () -> {
                        start.await();
                        return run(trial, ENDLESS);
                    };
            var attempts = List.of(threads.submit(attempt), threads.submit(attempt));
            start.countDown();
            assertThat(List.of(attempts.getFirst().get(), attempts.getLast().get()))
                    .containsExactlyInAnyOrder("action_timeout", "busy");
            assertThat(run(trial, "")).isEqualTo("done");
        }
    }
}
