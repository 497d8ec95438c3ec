package segue.server.action;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import segue.server.action.Frames.Said;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// A process that runs scripts, one after the other (THREATS R46.1): without environment, with
/// little memory, in an empty folder of its own. Whatever is wrong with it ends it.
final class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /// What a worker may take beyond a run's deadline: it says itself that time is up.
    private static final Duration GRACE = Duration.ofMillis(250);

    /// The most frames that wait to be looked at; a worker that says more is flooding us.
    private static final int MOST_UNREAD = 64;

    /// The most bytes of its error stream that are logged.
    private static final int MOST_ERRORS = 16 * 1024;

    /// How a JVM ends that was told to by `-XX:+ExitOnOutOfMemoryError`.
    private static final int OUT_OF_MEMORY = 3;

    /// What the worker program counts on (see its package), and nothing that is written anywhere
    /// when the JVM itself breaks.
    private static final List<String> FLAGS =
            List.of(
                    "-Xmx128m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+ExitOnOutOfMemoryError",
                    "-XX:+DisplayVMOutputToStderr",
                    "-XX:-UsePerfData",
                    "-XX:+DisableAttachMechanism",
                    "-XX:+ErrorFileToStderr",
                    "-XX:-CreateCoredumpOnCrash",
                    "--illegal-native-access=deny",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-Dpolyglotimpl.AttachLibraryFailureAction=ignore",
                    "-Dtruffle.attach.library=none");

    /// What became of a run.
    sealed interface Outcome {
        /// @param json what the worker says about it
        record Done(String json) implements Outcome {}

        /// Not even the worker's own watch ended it in time. The worker is gone.
        record TimedOut() implements Outcome {}

        /// The script took more memory than there is. The worker is gone.
        record OutOfMemory() implements Outcome {}

        /// The worker is gone, for another reason.
        record Ended(String reason) implements Outcome {}
    }

    /// Does what a script asks the server for.
    interface Calls {
        /// The answer, JSON.
        String answer(String kind, String json);
    }

    /// What is heard of a process.
    private sealed interface Heard {
        record Frame(Said said) implements Heard {}

        record End(int exitCode, String reason) implements Heard {}
    }

    private final Process process;
    private final Path folder;
    private final OutputStream out;
    private final ReentrantLock writing = new ReentrantLock();
    private final ScheduledExecutorService timer;
    private final BlockingQueue<Heard> inbox = new LinkedBlockingQueue<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private volatile boolean isSpent;
    private volatile boolean isExpired;

    private Worker(Process process, Path folder, ScheduledExecutorService timer) {
        this.process = process;
        this.folder = folder;
        this.out = process.getOutputStream();
        this.timer = timer;
    }

    /// Starts a process.
    ///
    /// @param timer kills it when its time is up
    /// @param ended hears, once, when it is gone
    static Worker start(String classPath, ScheduledExecutorService timer, Consumer<Worker> ended)
            throws IOException {
        var folder = Files.createTempDirectory("segue-action-");
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(FLAGS);
        command.addAll(List.of("-cp", classPath, "segue.actions.Worker"));
        var builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().clear();
        try {
            var worker = new Worker(builder.start(), folder, timer);
            var name = "segue-action-" + worker.process.pid();
            Thread.ofPlatform().daemon().name(name).start(() -> worker.listen(ended));
            Thread.ofPlatform().daemon().name(name + "-errors").start(worker::drainErrors);
            return worker;
        } catch (IOException e) {
            Files.delete(folder);
            throw e;
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isUsable() {
        return !isSpent && process.isAlive();
    }

    /// Waits until it can run something; false if it can't in time.
    boolean awaitReady(Duration patience) throws InterruptedException {
        return inbox.poll(patience.toMillis(), TimeUnit.MILLISECONDS)
                instanceof Heard.Frame(Said.Ready _);
    }

    /// Ends the process; whoever waits for it hears so.
    void kill() {
        isSpent = true;
        var _ = process.toHandle().destroyForcibly();
    }

    private void expire() {
        isExpired = true;
        kill();
    }

    /// Waits, not for long, until nothing is left of a process that was killed.
    void awaitEnd() throws InterruptedException {
        var _ = end.await(2, TimeUnit.SECONDS);
    }

    /// Runs something. Nobody else may do so at the same time.
    ///
    /// @param time what it may take
    Outcome run(Frames.Job job, Duration time, Calls calls) {
        var alarm =
                timer.schedule(this::expire, time.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
        var overdue = System.nanoTime() + time.plus(GRACE).toNanos();
        try {
            write(Frames.run(job, (int) Math.min(time.toMillis(), Integer.MAX_VALUE)));
            return converse(overdue, calls);
        } catch (IOException e) {
            kill();
            return isExpired
                    ? new Outcome.TimedOut()
                    : new Outcome.Ended("the worker doesn't listen");
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
            return new Outcome.Ended("interrupted");
        } finally {
            alarm.cancel(false);
        }
    }

    private Outcome converse(long overdue, Calls calls) throws InterruptedException, IOException {
        while (true) {
            // The alarm ends the process, and that is heard; the second beyond is for a process
            // that
            // not even the kernel can end.
            var patience = overdue - System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            switch (inbox.poll(patience, TimeUnit.NANOSECONDS)) {
                case Heard.Frame(Said.Done(var json)) -> {
                    return new Outcome.Done(json);
                }
                case Heard.Frame(Said.Call call) ->
                        Thread.startVirtualThread(() -> answer(call, calls));
                case Heard.Frame(Said.Ready _) -> throw new IOException("ready twice");
                case Heard.End end -> {
                    if (isExpired) return new Outcome.TimedOut();
                    return end.exitCode() == OUT_OF_MEMORY
                            ? new Outcome.OutOfMemory()
                            : new Outcome.Ended(end.reason());
                }
                case null -> {
                    return new Outcome.TimedOut();
                }
            }
        }
    }

    private void answer(Said.Call call, Calls calls) {
        try {
            write(Frames.answer(call.id(), calls.answer(call.kind(), call.json())));
        } catch (IOException gone) {
            LOG.debug("worker {} is gone before it was answered", pid());
        } catch (RuntimeException e) {
            LOG.error("a call of worker {} can't be answered", pid(), e);
            kill();
        }
    }

    private void write(byte[] frame) throws IOException {
        writing.lock();
        try {
            Frames.write(out, frame);
        } finally {
            writing.unlock();
        }
    }

    private void listen(Consumer<Worker> ended) {
        var reason = "the worker ended";
        try (var in = new DataInputStream(new BufferedInputStream(process.getInputStream()))) {
            for (var said = Frames.read(in); said.isPresent(); said = Frames.read(in)) {
                if (inbox.size() >= MOST_UNREAD) throw new IOException("too many frames");
                inbox.add(new Heard.Frame(said.get()));
            }
        } catch (IOException e) {
            reason = "the worker said what isn't understood: " + e.getMessage();
            LOG.warn("worker {}: {}", pid(), reason);
        }
        kill();
        var exitCode = exitCode();
        LOG.debug("worker {} ended with {}", pid(), exitCode);
        inbox.add(new Heard.End(exitCode, reason));
        deleteFolder();
        ended.accept(this);
        end.countDown();
    }

    private int exitCode() {
        try {
            return process.waitFor(1, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    /// A pipe that nobody reads would stop the worker when it is full.
    private void drainErrors() {
        var left = MOST_ERRORS;
        var buffer = new byte[4096];
        try (InputStream errors = process.getErrorStream()) {
            for (var count = errors.read(buffer); count >= 0; count = errors.read(buffer)) {
                var kept = Math.min(count, left);
                left -= kept;
                if (kept > 0)
                    LOG.debug(
                            "worker {}: {}",
                            pid(),
                            new String(buffer, 0, kept, StandardCharsets.UTF_8).strip());
            }
        } catch (IOException e) {
            LOG.debug("worker {} can't be heard", pid(), e);
        }
    }

    private void deleteFolder() {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        } catch (IOException e) {
            LOG.warn("{} can't be deleted", folder, e);
        }
    }
}
