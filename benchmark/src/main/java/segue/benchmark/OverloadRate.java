package segue.benchmark;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Whether a server keeps promise P6 of overload, when ten times as much is asked of it as it can
/// do. Goodput is compared with the most that it reaches at any rate which is offered, while what
/// is accepted takes at most three times as long as without load: more may be done in a second
/// where clients wait for each other, or where everybody waits.
@Command(
        name = "OverloadRate",
        description =
                "Measures what a server can do, offers it many times as much, and exits 1 if it"
                        + " breaks the promise of overload.",
        mixinStandardHelpOptions = true)
public final class OverloadRate implements Callable<Integer> {
    private static final double LEAST_GOODPUT = 0.9;
    private static final double MOST_STRETCH = 3;
    private static final int MOST_RECOVERY = 10;

    /// Memory that a heap that is used more may take, in MiB; not more and more of it.
    private static final long MOST_GROWTH = 64;

    /// Seconds of the overload between which it is looked at by itself, too: its onset is the
    /// worst.
    private static final List<Integer> MARKS = List.of(0, 1, 5, 10, 20, 30, 60);

    @Option(
            names = "--visitors",
            paramLabel = "N",
            defaultValue = "600",
            description =
                    "How many ask, each on a connection of their own (default: ${DEFAULT-VALUE}).")
    private int visitors;

    @Option(
            names = "--connections",
            paramLabel = "N",
            split = ",",
            defaultValue = "8,12",
            description =
                    "Requests at a time with which it is seen what the server can do about"
                            + " (default: ${DEFAULT-VALUE}).")
    private List<Integer> connections = List.of();

    @Option(
            names = "--shares",
            paramLabel = "SHARE",
            split = ",",
            defaultValue = "0.6,0.7,0.8,0.9,1",
            description =
                    "Shares of that which are offered to find the highest goodput (default:"
                            + " ${DEFAULT-VALUE}).")
    private List<Double> shares = List.of();

    @Option(
            names = "--times",
            paramLabel = "N",
            defaultValue = "10",
            description = "How many times the most is offered (default: ${DEFAULT-VALUE}).")
    private double times;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "60",
            description = "How long it is offered (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(
            names = "--calm",
            paramLabel = "N",
            defaultValue = "40",
            description =
                    "Seconds in which it is seen how long answers take without load (default:"
                            + " ${DEFAULT-VALUE}).")
    private double calmSeconds;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "60",
            description = "Seconds before that don't count (default: ${DEFAULT-VALUE}).")
    private double warmUp;

    @Mixin private ServerOptions server = new ServerOptions();

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private OverloadRate() {}

    /// Exits with 0 if the promise was kept.
    public static void main(String[] arguments) {
        var measurement = new OverloadRate();
        Machine.describe(measurement.out, "OverloadRate", arguments);
        System.exit(new CommandLine(measurement).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        try (var scratch = new Scratch();
                var subject = server.start(scratch.room("0"), "RS256", true)) {
            var all = new ArrayList<Visitor>();
            for (var i = 0; i < visitors; i++) all.add(subject.visitor(i));
            try (var crowd = new Crowd(all, subject.port())) {
                return measure(subject, crowd);
            }
        }
    }

    private int measure(Subject subject, Crowd crowd) throws IOException {
        var _ = crowd.oneAfterTheOther(16, warmUp);
        out.printf(
                "%n%-24s %9s %9s %8s %8s %8s%n",
                "", "asked/s", "good/s", "p50 ms", "p99 ms", "max ms");
        var most = most(closedLoops(crowd).stream());
        var offered = offered(crowd, most);
        var calm = crowd.atRate(most / 10, calmSeconds);
        print("a tenth of the most", calm);
        var before = Spent.residentMebibytes(subject.process()).orElse(0L);
        var loaded = crowd.atRate(most * times, seconds);
        var after = Spent.residentMebibytes(subject.process()).orElse(0L);
        print("overload", loaded);
        for (var i = 1; i < MARKS.size(); i++) {
            var until = Math.min(MARKS.get(i), seconds);
            if (until > MARKS.get(i - 1))
                print(
                        "  seconds %d to %.0f".formatted(MARKS.get(i - 1), until),
                        loaded.between(MARKS.get(i - 1), until));
        }
        var afterwards = crowd.atRate(most / 10, Math.max(calmSeconds, MOST_RECOVERY + 2));
        print("a tenth, afterwards", afterwards);
        var recovery = recovery(afterwards, calm.accepted().millis(0.99) * MOST_STRETCH);
        // The machine becomes quicker or slower meanwhile: what the overload is compared with
        // lies on both sides of it.
        var both = and(offered, offered(crowd, most));
        var unloaded = calm.and(afterwards);
        var sustained = sustained(both, unloaded);
        out.println("load average afterwards: " + Machine.loadAverage());

        var stretch = loaded.accepted().millis(0.99) / unloaded.accepted().millis(0.99);
        var goodput = loaded.acceptedPerSecond() / sustained;
        var wordless = loaded.answers().stream().filter(it -> it.isRefusal() && !it.says()).count();
        var others =
                loaded.answers().stream().filter(it -> !it.isAccepted() && !it.isRefusal()).count();
        out.printf(
                Locale.ROOT,
                "sustained: %.0f a second, by p99 up to 3 times %.2f ms (%.0f where clients wait"
                    + " for each other); %.1f times that were due, %.1f times asked: whoever waits"
                    + " for an answer asks nothing else; answers %s%n",
                sustained,
                unloaded.accepted().millis(0.99),
                most,
                loaded.duePerSecond() / sustained,
                loaded.askedPerSecond() / sustained,
                byStatus(loaded));
        var kept =
                List.of(
                        judge("goodput, of the highest", goodput, goodput >= LEAST_GOODPUT),
                        judge("p99 of the accepted, to unloaded", stretch, stretch <= MOST_STRETCH),
                        judge("refusals without Retry-After", wordless, wordless == 0),
                        judge("neither success nor refusal", others, others == 0),
                        judge(
                                "growth of memory, MiB",
                                after - before,
                                after - before <= MOST_GROWTH),
                        judge("recovery, s", recovery, recovery <= MOST_RECOVERY));
        return kept.contains(false) ? 1 : 0;
    }

    private List<Crowd.Done> closedLoops(Crowd crowd) throws IOException {
        var all = new ArrayList<Crowd.Done>();
        for (var many : connections) {
            var done = crowd.oneAfterTheOther(many, 6);
            print(many + " at a time", done);
            all.add(done);
        }
        return all;
    }

    /// In rising order, since an overload lasts for some seconds.
    private List<Crowd.Done> offered(Crowd crowd, double most) throws IOException {
        var all = new ArrayList<Crowd.Done>();
        for (var share : shares) {
            var done = crowd.atRate(most * share, 8);
            print("%.2f of the most".formatted(share), done);
            all.add(done);
        }
        return all;
    }

    private static List<Crowd.Done> and(List<Crowd.Done> some, List<Crowd.Done> others) {
        return IntStream.range(0, some.size())
                .mapToObj(i -> some.get(i).and(others.get(i)))
                .toList();
    }

    private static double sustained(List<Crowd.Done> offered, Crowd.Done calm) {
        var longest = calm.accepted().millis(0.99) * MOST_STRETCH;
        var most = most(offered.stream().filter(it -> it.accepted().millis(0.99) <= longest));
        if (most == 0) throw new IllegalStateException("even the lowest rate makes everybody wait");
        return most;
    }

    private static double most(Stream<Crowd.Done> all) {
        return all.mapToDouble(Crowd.Done::acceptedPerSecond).max().orElse(0);
    }

    private static Map<Integer, Long> byStatus(Crowd.Done done) {
        return done.answers().stream()
                .map(Crowd.Answer::status)
                .collect(
                        Collectors.groupingBy(
                                Function.identity(), TreeMap::new, Collectors.counting()));
    }

    /// The seconds until nothing is refused any more and all is as quick as before.
    private static int recovery(Crowd.Done afterwards, double millis) {
        for (var second = 0; second <= MOST_RECOVERY; second++) {
            var answers = afterwards.between(second, second + 1);
            if (answers.answers().stream().allMatch(Crowd.Answer::isAccepted)
                    && answers.accepted().millis(0.99) <= millis) return second;
        }
        return Integer.MAX_VALUE;
    }

    private boolean judge(String what, Number value, boolean isKept) {
        out.printf(
                Locale.ROOT,
                "%-34s %8.2f  %s%n",
                what,
                value.doubleValue(),
                isKept ? "kept" : "BROKEN");
        return isKept;
    }

    private void print(String what, Crowd.Done done) {
        out.printf(
                Locale.ROOT,
                "%-24s %9.0f %9.0f %8.2f %8.2f %8.2f%n",
                what,
                done.askedPerSecond(),
                done.acceptedPerSecond(),
                done.accepted().millis(0.5),
                done.accepted().millis(0.99),
                done.accepted().millis(1));
    }
}
