package segue.server.action;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import segue.domain.action.Effect;
import segue.domain.action.Event;
import segue.domain.action.Verdict.Failure;
import segue.server.action.spi.PostLoginAction;
import segue.server.http.Admission;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Calls Actions in Java, each on a thread that can be left behind.
final class JavaActions {
    private static final Logger LOG = LoggerFactory.getLogger(JavaActions.class);

    private static final int LONGEST_STACK = 2000;

    /// What one that was interrupted has to react.
    private static final Duration GRACE = Duration.ofMillis(100);

    private final List<PostLoginAction> actions;

    /// One permit for each thread, those left behind included.
    private final Semaphore threads;

    /// @param most the most threads at once
    JavaActions(List<PostLoginAction> actions, int most) {
        this.actions = List.copyOf(actions);
        this.threads = new Semaphore(most);
    }

    /// Those on the class path.
    static List<PostLoginAction> found() {
        return ServiceLoader.load(PostLoginAction.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    List<PostLoginAction> all() {
        return actions;
    }

    /// Calls one.
    ///
    /// @param left what it may take
    Ran<Effect> run(PostLoginAction action, Event event, Duration left) {
        if (!threads.tryAcquire())
            return failed(action, "rate_limited", "busy", "too many Java Actions run", "", "");
        Admission.leave();
        var task = new FutureTask<>(() -> action.onPostLogin(event));
        var thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("segue-java-action")
                        .start(
                                () -> {
                                    try {
                                        task.run();
                                    } finally {
                                        threads.release();
                                    }
                                });
        try {
            var effects = task.get(left.toMillis(), TimeUnit.MILLISECONDS);
            if (effects.stream().anyMatch(Effect.Redirect.class::isInstance))
                return failed(
                        action, "action_error", "redirect", "a Java Action can't redirect", "", "");
            return new Ran<>(Effects.checked(effects), List.of(), "", Optional.empty());
        } catch (TimeoutException e) {
            leave(action, task, thread);
            return failed(action, "action_timeout", "action_timeout", "it took too long", "", "");
        } catch (ExecutionException e) {
            var cause = Optional.ofNullable(e.getCause()).orElse(e);
            LOG.warn("the Java Action {} failed", action.name(), cause);
            return failed(
                    action,
                    "action_error",
                    "action_error",
                    Optional.ofNullable(cause.getMessage()).orElse(""),
                    cause.getClass().getName(),
                    stack(cause));
        } catch (InterruptedException e) {
            task.cancel(true);
            Thread.currentThread().interrupt();
            return failed(action, "platform_error", "interrupted", "interrupted", "", "");
        }
    }

    private static void leave(PostLoginAction action, FutureTask<?> task, Thread thread) {
        task.cancel(true);
        try {
            if (!thread.join(GRACE))
                LOG.error("the Java Action {} doesn't end, and is left behind", action.name());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String stack(Throwable cause) {
        var text = new StringWriter();
        cause.printStackTrace(new PrintWriter(text));
        var whole = text.toString();
        return whole.substring(0, Math.min(whole.length(), LONGEST_STACK));
    }

    private static Ran<Effect> failed(
            PostLoginAction action,
            String errorClass,
            String code,
            String message,
            String name,
            String stack) {
        return Ran.failed(
                "",
                new Failure(errorClass, Optional.of(action.name()), code, message, name, stack));
    }
}
