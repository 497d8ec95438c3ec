package segue.actions;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// The process: reads RUN, answers DONE, one after the other, until its server is gone.
public final class Worker {
    /// What became of the process: its server is gone, it didn't understand its server, it was
    /// given up with the script in it.
    private static final int GONE = 0;

    private static final int MISUNDERSTOOD = 2;
    private static final int GIVEN_UP = 3;

    private static final String TIMED_OUT = timedOut();

    private final Wire wire;
    private final Guests guests;
    private final Watchdog watchdog = new Watchdog();
    private final BlockingQueue<Message> inbox = new LinkedBlockingQueue<>();

    private Worker(Wire wire) {
        this.wire = wire;
        guests = new Guests(wire);
    }

    public static void main(String[] args) throws InterruptedException {
        // Whatever a library prints must not end up between two frames.
        System.setOut(System.err);
        var out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
        var worker = new Worker(new Wire(System.in, out));
        Thread.ofPlatform().daemon().name("inbox").start(worker::read);
        worker.warmUp();
        worker.wire.ready();
        while (true) {
            // An answer here is to a run that is over.
            if (worker.inbox.take() instanceof Message.Run run) worker.run(run);
        }
    }

    private void read() {
        try {
            for (var it = wire.read(); it.isPresent(); it = wire.read()) inbox.add(it.get());
            Runtime.getRuntime().halt(GONE);
        } catch (IOException | RuntimeException e) {
            System.err.println("The server sent what we don't understand: " + e.getMessage());
            Runtime.getRuntime().halt(MISUNDERSTOOD);
        }
    }

    /// The first run costs a second, most of it loading classes: rather before there is a login
    /// that waits.
    private void warmUp() {
        var code =
                """
                exports.warm = async (event, api) => {
                  await undefined;
                  if (event.user) api.idToken.setCustomClaim("ready", new URL("https://a.example/").host);
                };
                """;
        var request =
                "{\"trigger\":\"post-login\",\"event\":{\"user\":{}},\"cache\":{},\"redirect\":{}}";
        var execution = new Execution();
        guests.of("", code)
                .run(new Message.Run(60_000, "", code, "warm", request), execution, inbox);
        guests.discard("");
        if (execution.hasFailed()) throw new IllegalStateException(execution.json());
    }

    private void run(Message.Run run) {
        var execution = new Execution();
        var guest = guests.of(run.key(), run.code());
        var time = Duration.ofMillis(run.deadlineMillis());
        var watch = watchdog.over(time, guest::cancel, this::giveUp);
        guest.run(run, execution, inbox);
        if (!watch.finish()) {
            execution.timeOut();
            if (!watch.answer()) return; // the process is ending
        }
        if (execution.hasFailed()) guests.discard(run.key());
        wire.done(execution.json());
    }

    /// Made beforehand: there may be no memory left to make it of.
    private static String timedOut() {
        var execution = new Execution();
        execution.fail(Failure.timeout());
        return execution.json();
    }

    private void giveUp() {
        wire.done(TIMED_OUT);
        Runtime.getRuntime().halt(GIVEN_UP);
    }
}
