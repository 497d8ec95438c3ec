package segue.server.action;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import segue.server.http.Admission;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The processes that run scripts. There is none until one is asked for; from then on there is one
/// to spare, so that nobody waits while one that had to be killed is replaced. So many run scripts
/// at once, so many sign-ins wait for their turn, and the rest is refused (THREATS R46.5).
public final class Workers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

    /// Whoever waits gives up after so many processes didn't start; one may have been killed.
    private static final int MOST_FAILED_STARTS = 2;

    /// What one has to wait for, and how long.
    ///
    /// @param queue the most sign-ins that wait for a worker
    /// @param turn how long each waits
    /// @param start how long a process may take until it is ready
    record Patience(int queue, Duration turn, Duration start) {
        static final Patience USUAL =
                new Patience(64, Duration.ofSeconds(10), Duration.ofSeconds(30));
    }

    /// What became of the wish for a worker.
    sealed interface Hiring {
        /// To be given back with [Workers#giveBack].
        record Hired(Worker worker) implements Hiring {}

        /// All are busy, and enough others wait, or one has waited long enough.
        record Busy() implements Hiring {}

        /// There are none.
        record Impossible(String reason) implements Hiring {}
    }

    private final Optional<String> classPath;
    private final int limit;
    private final Patience patience;
    private final ScheduledThreadPoolExecutor timer;

    /// Held for moments only: nobody who holds it waits for a process.
    private final ReentrantLock lock = new ReentrantLock(true);

    private final Condition changed = lock.newCondition();
    private final Set<Worker> alive = new HashSet<>();
    private final Deque<Worker> ready = new ArrayDeque<>();
    private int starting;
    private int busy;
    private int waiting;
    private long failedStarts;
    private long losses;
    private boolean isClosed;

    /// @param classPath of the worker program; empty where there is none
    /// @param limit how many run scripts at once
    public Workers(Optional<String> classPath, int limit) {
        this(classPath, limit, Patience.USUAL);
    }

    Workers(Optional<String> classPath, int limit, Patience patience) {
        this.classPath = classPath;
        this.limit = limit;
        this.patience = patience;
        this.timer =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name("segue-action-timer").factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    /// Where the launcher says that the worker program lies.
    public static Optional<String> installed() {
        return Optional.ofNullable(System.getProperty("segue.actions"));
    }

    /// How many processes there are.
    public int alive() {
        lock.lock();
        try {
            return alive.size();
        } finally {
            lock.unlock();
        }
    }

    /// How many processes have ended or were killed since the start.
    public long losses() {
        lock.lock();
        try {
            return losses;
        } finally {
            lock.unlock();
        }
    }

    /// Waits for a worker that nobody else uses.
    Hiring hire() throws InterruptedException {
        if (classPath.isEmpty()) return new Hiring.Impossible("the worker program is missing");
        Admission.leave();
        var left = patience.turn().toNanos();
        lock.lockInterruptibly();
        try {
            if (waiting >= patience.queue()) return new Hiring.Busy();
            waiting++;
            var failuresBefore = failedStarts;
            try {
                while (true) {
                    if (isClosed) return new Hiring.Impossible("the server is stopping");
                    if (busy < limit) {
                        var worker = nextReady();
                        if (worker.isPresent()) {
                            busy++;
                            return new Hiring.Hired(worker.get());
                        }
                    }
                    if (failedStarts - failuresBefore >= MOST_FAILED_STARTS)
                        return new Hiring.Impossible("a worker doesn't start");
                    stock();
                    if (left <= 0)
                        return busy < limit
                                ? new Hiring.Impossible("no worker is ready in time")
                                : new Hiring.Busy();
                    left = changed.awaitNanos(left);
                }
            } finally {
                waiting--;
                stock();
            }
        } finally {
            lock.unlock();
        }
    }

    private Optional<Worker> nextReady() {
        while (!ready.isEmpty()) {
            var worker = ready.pop();
            if (worker.isUsable()) return Optional.of(worker);
        }
        return Optional.empty();
    }

    /// Takes a worker back, which may have ended.
    void giveBack(Worker worker) {
        lock.lock();
        try {
            busy--;
            if (worker.isUsable()) ready.push(worker);
            stock();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Starts what is missing: as many as are waited for, and one to spare when nobody waits: the
    /// spare mustn't slow the one that somebody waits for.
    private void stock() {
        var wanted = Math.max(Math.min(waiting, limit - busy), 1);
        var room = limit + 1 - busy;
        while (!isClosed && ready.size() + starting < Math.min(wanted, room)) {
            starting++;
            Thread.ofPlatform().daemon().name("segue-action-start").start(this::start);
        }
    }

    private void start() {
        var worker = started();
        lock.lock();
        try {
            starting--;
            if (worker.isPresent()) ready.push(worker.get());
            else failedStarts++;
            if (worker.isEmpty() && !isClosed) LOG.warn("a worker for Actions didn't start");
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private Optional<Worker> started() {
        try {
            var worker = Worker.start(classPath.orElseThrow(), timer, this::ended);
            if (enlist(worker) && worker.awaitReady(patience.start())) return Optional.of(worker);
            worker.kill();
        } catch (IOException e) {
            LOG.error("a worker for Actions can't be started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    /// False if there is no use for it any more. One that has ended already was struck off before.
    private boolean enlist(Worker worker) {
        lock.lock();
        try {
            if (worker.isUsable()) alive.add(worker);
            return !isClosed;
        } finally {
            lock.unlock();
        }
    }

    private void ended(Worker worker) {
        lock.lock();
        try {
            alive.remove(worker);
            ready.remove(worker);
            if (!isClosed) losses++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Ends all processes, with whatever they run.
    @Override
    public void close() {
        List<Worker> left;
        lock.lock();
        try {
            isClosed = true;
            left = List.copyOf(alive);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        left.forEach(Worker::kill);
        timer.shutdownNow();
        awaitEnd();
    }

    private void awaitEnd() {
        lock.lock();
        try {
            var left = TimeUnit.SECONDS.toNanos(2);
            while (!alive.isEmpty() && left > 0) left = changed.awaitNanos(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }
}
