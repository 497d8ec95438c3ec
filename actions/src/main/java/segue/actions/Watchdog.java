package segue.actions;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// Ends a run that doesn't end itself. Cancelling reaches a script between two of its steps; a
/// built-in function that takes minutes is one step, and only the end of the process stops it.
final class Watchdog {
    /// What a cancelled script has to be gone.
    static final Duration GRACE = Duration.ofMillis(100);

    private final ScheduledThreadPoolExecutor threads;

    Watchdog() {
        // Two, because cancelling waits for the script that doesn't hear.
        threads = new ScheduledThreadPoolExecutor(2, Thread.ofPlatform().daemon().factory());
        threads.setRemoveOnCancelPolicy(true);
        threads.prestartAllCoreThreads();
    }

    /// @param cancel stops the script
    /// @param abandon answers in the run's place and ends the process
    Watch over(Duration time, Runnable cancel, Runnable abandon) {
        return new Watch(time, cancel, abandon);
    }

    private enum State {
        RUNNING,
        FINISHED,
        CANCELLED,
        ANSWERED
    }

    /// Whoever changes the state first has the right to answer, so that each run has one answer.
    final class Watch {
        private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);
        private final Runnable cancel;
        private final Runnable abandon;
        private final Future<?> alarm;

        private Watch(Duration time, Runnable cancel, Runnable abandon) {
            this.cancel = cancel;
            this.abandon = abandon;
            alarm = threads.schedule(this::cancel, time.toNanos(), TimeUnit.NANOSECONDS);
        }

        private void cancel() {
            if (!state.compareAndSet(State.RUNNING, State.CANCELLED)) return;
            var last = threads.schedule(this::abandon, GRACE.toMillis(), TimeUnit.MILLISECONDS);
            cancel.run();
            if (state.get() == State.ANSWERED) last.cancel(false);
        }

        private void abandon() {
            if (state.compareAndSet(State.CANCELLED, State.ANSWERED)) abandon.run();
        }

        /// Whether the run ended before its time was up; if so, its context is unharmed.
        boolean finish() {
            alarm.cancel(false);
            return state.compareAndSet(State.RUNNING, State.FINISHED);
        }

        /// Whether a cancelled run may still answer for itself.
        boolean answer() {
            return state.compareAndSet(State.CANCELLED, State.ANSWERED);
        }
    }
}
