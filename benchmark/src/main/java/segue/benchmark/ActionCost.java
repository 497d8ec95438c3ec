package segue.benchmark;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToLongFunction;

/// What one warm Action adds to a sign-in: the same flows against two servers that differ in the
/// Action only, in turns, so that whatever else the machine does meets both.
@Command(
        name = "ActionCost",
        description = "Measures what one warm Action adds to each flow.",
        mixinStandardHelpOptions = true)
public final class ActionCost implements Callable<Integer> {
    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "1000",
            description = "How often each flow is measured (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "500",
            description =
                    "How many rounds of it before that don't count (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--control",
            description = "Deploys no Action: what is measured then is the noise.")
    private boolean isControl;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "A setting of both servers; {} in it stands for 0 and 1.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = "--segue",
            paramLabel = "FILE",
            defaultValue = "segue",
            description =
                    "The launcher of the server that is measured (default: ${DEFAULT-VALUE}).")
    private Path segue = Path.of("");

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private ActionCost() {}

    /// Exits with 0 if everything could be measured.
    public static void main(String[] arguments) {
        var cost = new ActionCost();
        Machine.describe(cost.out, "ActionCost", arguments);
        System.exit(new CommandLine(cost).execute(arguments));
    }

    /// @param measured does it once, and says how long it took
    private record Flow(String title, ToLongFunction<Subject> measured) {}

    private static final List<Flow> FLOWS =
            List.of(
                    new Flow("refresh", Subject::refresh),
                    new Flow("silent sign-in", Subject::silentSignIn),
                    new Flow("redemption", Subject::redemption));

    @Override
    public Integer call() throws IOException {
        try (var scratch = new Scratch();
                var without = subject(scratch, 0);
                var with = subject(scratch, 1)) {
            if (!isControl) with.deployAction();
            out.printf(
                    "%n%-16s %10s %10s %10s %10s %10s %8s%n",
                    "ms",
                    "without",
                    "p95",
                    isControl ? "control" : "with",
                    "p95",
                    "added",
                    "ratio");
            for (var flow : FLOWS) measure(flow, without, with);
            out.println("without, with: medians; added, ratio: of the medians\n");
            out.printf("workers: %d and %d%n", without.workers(), with.workers());
        }
        out.println("load average afterwards: " + Machine.loadAverage());
        return 0;
    }

    private Subject subject(Scratch scratch, int number) throws IOException {
        var own = new LinkedHashMap<String, String>();
        settings.forEach(
                (key, value) -> own.put(key, value.replace("{}", Integer.toString(number))));
        var home = scratch.room(Integer.toString(number));
        return new Subject(segue.toAbsolutePath(), home, own);
    }

    private void measure(Flow flow, Subject without, Subject with) {
        for (var round = 0; round < warmUp; round++) inTurns(flow, round, without, with);
        var alone = new long[rounds];
        var heard = new long[rounds];
        for (var round = 0; round < rounds; round++) {
            var pair = inTurns(flow, round, without, with);
            alone[round] = pair.without();
            heard[round] = pair.with();
        }
        print(flow, new Times(alone), new Times(heard));
    }

    private record Pair(long without, long with) {}

    /// Whoever comes second finds the processor's caches cold, or warm, so that they take turns.
    private static Pair inTurns(Flow flow, int round, Subject without, Subject with) {
        if (round % 2 == 0) {
            var first = flow.measured().applyAsLong(without);
            return new Pair(first, flow.measured().applyAsLong(with));
        }
        var first = flow.measured().applyAsLong(with);
        return new Pair(flow.measured().applyAsLong(without), first);
    }

    private void print(Flow flow, Times without, Times with) {
        out.printf(
                Locale.ROOT,
                "%-16s %10.3f %10.3f %10.3f %10.3f %10.3f %8.2f%n",
                flow.title(),
                without.medianMillis(),
                without.p95Millis(),
                with.medianMillis(),
                with.p95Millis(),
                with.medianMillis() - without.medianMillis(),
                with.medianMillis() / without.medianMillis());
    }
}
