package segue.actions;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.SandboxPolicy;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// One Action in a JavaScript context of its own. The module is loaded in the first run and stays,
/// as contract 4 §1 allows.
final class Guest {
    private static final Source PRELUDE = resource("prelude.js");
    private static final Source PLATFORM = resource("platform.js");

    /// The strictest policy that runs without Oracle's own runtime: no host classes, files,
    /// threads, processes, environment or other languages (THREATS R46.1).
    private static final SandboxPolicy POLICY = SandboxPolicy.CONSTRAINED;

    private static final HostAccess NO_HOST_ACCESS =
            HostAccess.newBuilder(HostAccess.NONE)
                    .methodScoping(true)
                    .allowMutableTargetMappings()
                    .build();

    private final String code;
    private final Context context;
    private final Host host;
    private final Value start;
    private final Value answer;
    private final Value fire;
    private int runs;

    Guest(Engine engine, Wire wire, String code) {
        this.code = code;
        host = new Host(wire);
        context =
                Context.newBuilder("js")
                        .engine(engine)
                        .sandbox(POLICY)
                        .allowHostAccess(NO_HOST_ACCESS)
                        .out(OutputStream.nullOutputStream())
                        .err(OutputStream.nullOutputStream())
                        // No text becomes code but the Action's own, so that what a reviewer read
                        // is what runs.
                        .option("js.allow-eval", "false")
                        .option("js.console", "false")
                        .option("js.graal-builtin", "false")
                        .option("js.load", "false")
                        .option("js.print", "false")
                        .option("js.text-encoding", "true")
                        .option("js.webassembly", "false")
                        .build();
        var prelude = context.eval(PRELUDE).execute(context.eval(PLATFORM), host.functions());
        start = prelude.getMember("start");
        answer = prelude.getMember("answer");
        fire = prelude.getMember("fire");
    }

    static Engine engine() {
        return Engine.newBuilder("js")
                .sandbox(POLICY)
                .out(OutputStream.nullOutputStream())
                .err(OutputStream.nullOutputStream())
                .build();
    }

    private static Source resource(String name) {
        try (var in = Guest.class.getResourceAsStream(name)) {
            var text = new String(in.readAllBytes(), UTF_8);
            return Source.newBuilder("js", text, name).internal(true).build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isOf(String code) {
        return this.code.equals(code);
    }

    int runs() {
        return runs;
    }

    /// From any thread: ends what is running, and this context with it.
    void cancel() {
        context.close(true);
    }

    /// Runs until the handler's promise is settled, or the execution has failed. It is over when
    /// this returns: what the script left behind is answered no more.
    void run(Message.Run run, Execution execution, BlockingQueue<Message> inbox) {
        try {
            var number = host.begin(execution);
            var module = runs++ == 0 ? context.eval(module()) : null;
            start.execute(number, run.handler(), run.request(), module);
            while (!execution.isSettled()) {
                awaitNext(Duration.ofMillis(run.deadlineMillis()), execution, inbox);
            }
        } catch (PolyglotException e) {
            execution.fail(failure(e));
        } catch (StackOverflowError e) {
            execution.fail(tooDeep());
        } catch (InterruptedException | RuntimeException e) {
            execution.fail(Failure.ofPlatform(e));
        }
    }

    /// A CommonJS module is the body of a function; the first line stays the first.
    private Source module() {
        var text = "(function (exports, require, module) {" + code + "\n})";
        return Source.newBuilder("js", text, "action.js").buildLiteral();
    }

    private void awaitNext(Duration time, Execution execution, BlockingQueue<Message> inbox)
            throws InterruptedException {
        if (execution.waitsForNothing()) {
            execution.fail(Failure.ofAction("Error", "the Action's promise never settled"));
            return;
        }
        var timer = execution.nextTimer();
        var due = timer.map(Execution.Timer::due).orElse(Long.MAX_VALUE);
        var wait = Math.min(due, time.toNanos()) - execution.age();
        switch (inbox.poll(wait, TimeUnit.NANOSECONDS)) {
            case Message.Answer it when execution.endCall(it.callId()) ->
                    answer.execute(it.callId(), it.json());
            case Message.Answer _ -> {} // to a run that is over
            case Message.Run _ -> throw new IllegalStateException("A second run at once");
            case null -> {
                if (execution.age() >= time.toNanos()) {
                    execution.fail(Failure.timeout());
                } else if (timer.isPresent() && execution.age() >= due) {
                    execution.stopTimer(timer.get().id());
                    fire.execute(timer.get().id());
                }
            }
        }
    }

    private static Failure failure(PolyglotException e) {
        if (e.isCancelled()) return Failure.timeout();
        if (e.isResourceExhausted()) return tooDeep();
        var message = String.valueOf(e.getMessage());
        if (e.isSyntaxError()) {
            // The lines that follow quote the source, with what we put around it.
            var first = message.lines().findFirst().orElse("");
            return Failure.ofAction("SyntaxError", first.replaceFirst("^SyntaxError: ", ""));
        }
        return e.isGuestException() ? Failure.ofAction("Error", message) : Failure.ofPlatform(e);
    }

    private static Failure tooDeep() {
        return Failure.ofAction("RangeError", "Maximum call stack size exceeded");
    }
}
