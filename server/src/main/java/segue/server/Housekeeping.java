package segue.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// What is done from time to time, one thing after the other, on a thread that keeps nobody
/// waiting.
final class Housekeeping implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private final ScheduledExecutorService thread;

    /// @param name of its thread
    Housekeeping(String name) {
        this.thread =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name(name).daemon().factory());
    }

    /// Does it again and again; a failure is logged and doesn't keep it from being tried again.
    void every(Duration pause, String what, Runnable work) {
        var _ =
                thread.scheduleWithFixedDelay(
                        () -> attempt(what, work),
                        pause.toMillis(),
                        pause.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    private static void attempt(String what, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.warn("{} failed, and is tried again later", what, e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
