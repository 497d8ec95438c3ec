package segue.benchmark;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Callable;

/// How many operations of each flow a server does in a second, how long they take, and what they
/// cost.
@Command(
        name = "FlowRate",
        description =
                "Measures throughput, latency and processor time of refreshes, exchanges,"
                        + " silent sign-ins and hand-offs.",
        mixinStandardHelpOptions = true)
public final class FlowRate implements Callable<Integer> {
    private static final double ALLOCATION_SECONDS = 3;

    @Option(
            names = "--flow",
            paramLabel = "FLOW",
            split = ",",
            description = "${COMPLETION-CANDIDATES} (default: all).")
    private List<Flow> flows = List.of(Flow.values());

    @Option(
            names = "--connections",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,16,64",
            description = "How many at a time (default: ${DEFAULT-VALUE}).")
    private List<Integer> connections = List.of();

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "15",
            description = "How long each is measured (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "10",
            description = "Seconds before that don't count (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description =
                    "Operations that begin in a second, whether or not others have ended (open"
                        + " loop); without it each connection begins the next one when the last one"
                        + " ended.")
    private Optional<Double> rate = Optional.empty();

    @Option(
            names = "--algorithm",
            paramLabel = "ALG",
            defaultValue = "RS256",
            description = "Of ID tokens (default: ${DEFAULT-VALUE}).")
    private String algorithm = "";

    @Option(
            names = "--scope",
            paramLabel = "SCOPE",
            description =
                    "What the app asks for when its user signs in, instead of what the flow needs:"
                            + " with openid, an exchange makes an ID token too.")
    private Optional<String> scope = Optional.empty();

    @Option(
            names = "--without-rotation",
            description = "The app's refresh tokens don't rotate; not for the flow refresh.")
    private boolean withoutRotation;

    @Option(
            names = "--database-pid",
            paramLabel = "PID",
            description = "The process whose children's time is the database's.")
    private Optional<Long> database = Optional.empty();

    @Option(
            names = "--grown",
            paramLabel = "N",
            description = "So many families that Growth made up are used, each once.")
    private Optional<Long> grown = Optional.empty();

    @Option(
            names = "--grown-from",
            paramLabel = "N",
            defaultValue = "0",
            description = "How many of them were used before (default: ${DEFAULT-VALUE}).")
    private long grownFrom;

    @Option(
            names = "--record",
            paramLabel = "FILE",
            description = "Keeps the rates there, and prints how they compare with those before.")
    private Optional<Path> record = Optional.empty();

    @Mixin private ServerOptions server = new ServerOptions();

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private FlowRate() {}

    /// Exits with 0 if everything could be measured.
    public static void main(String[] arguments) {
        var measurement = new FlowRate();
        Machine.describe(measurement.out, "FlowRate", arguments);
        System.exit(
                new CommandLine(measurement)
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        var before = rates();
        var population = grown.map(it -> new Population(it, grownFrom));
        out.printf(
                "%n%-10s %5s %9s %8s %8s %8s %10s %10s %7s %7s %8s %7s%n",
                "flow",
                "conns",
                "per s",
                "p50 ms",
                "p99 ms",
                "max ms",
                "server ms",
                "db ms",
                "KiB",
                "MiB",
                "start ms",
                "ratio");
        var after = new Properties();
        for (var flow : flows)
            for (var many : connections) {
                var key =
                        "%s.%s.%d%s"
                                .formatted(
                                        flow, algorithm, many, rate.map(it -> "@" + it).orElse(""));
                after.setProperty(
                        key,
                        measure(
                                flow,
                                many,
                                population,
                                Optional.ofNullable(before.getProperty(key))));
            }
        if (record.isPresent()) {
            before.putAll(after);
            try (var writer = Files.newBufferedWriter(record.get())) {
                before.store(writer, "operations per second");
            }
        }
        population.ifPresent(it -> out.println("families used: " + it.turn()));
        out.println("load average afterwards: " + Machine.loadAverage());
        return 0;
    }

    private Properties rates() throws IOException {
        var rates = new Properties();
        if (record.isPresent() && Files.exists(record.get()))
            try (var reader = Files.newBufferedReader(record.get())) {
                rates.load(reader);
            }
        return rates;
    }

    /// A server of its own for each, so that none pays for what another left behind.
    private String measure(
            Flow flow, int many, Optional<Population> population, Optional<String> before)
            throws IOException, InterruptedException {
        try (var scratch = new Scratch();
                var subject = server.start(scratch.room("0"), algorithm, !withoutRotation)) {
            var members = new ArrayList<Member>();
            for (var i = 0; i < many; i++)
                members.add(subject.member(i, scope.orElse(flow.scope()), population));
            var load = new Load(members, flow, rate);
            var _ = load.run(warmUp);
            var served = Spent.processorTime(subject.process());
            var stored = databaseTime();
            var done = load.run(seconds);
            served = Spent.processorTime(subject.process()).minus(served);
            stored = databaseTime().minus(stored);
            var memory = Spent.residentMebibytes(subject.process());
            // Last, since whoever counts it takes memory and time of the server's.
            var allocation = new Allocation(subject.process(), scratch.room("agent"));
            var allocated = allocatedKibibytes(allocation, load);
            var cost = new Cost(each(served, done), each(stored, done), allocated, memory);
            print(flow, many, done, cost, subject.start(), before);
            for (var member : members) member.close();
            return Double.toString(done.perSecond());
        }
    }

    private Duration databaseTime() {
        return database.flatMap(ProcessHandle::of).map(Spent::processorTime).orElse(Duration.ZERO);
    }

    private static double each(Duration time, Load.Done done) {
        return time.toNanos() / 1e6 / done.times().count();
    }

    private static double allocatedKibibytes(Allocation allocation, Load load)
            throws IOException, InterruptedException {
        // The first time makes the agent, too.
        var _ = allocation.bytes();
        var before = allocation.bytes();
        var done = load.run(ALLOCATION_SECONDS);
        return (allocation.bytes() - before) / 1024.0 / done.times().count();
    }

    /// What operations cost.
    ///
    /// @param server its processor time for each, in milliseconds
    /// @param stored the database's
    /// @param allocated by the server for each, in KiB
    /// @param memory that the server has in use afterwards, in MiB; on Linux only
    private record Cost(double server, double stored, double allocated, Optional<Long> memory) {}

    private void print(
            Flow flow,
            int many,
            Load.Done done,
            Cost cost,
            Duration start,
            Optional<String> before) {
        out.printf(
                Locale.ROOT,
                "%-10s %5d %9.0f %8.2f %8.2f %8.2f %10.3f %10.3f %7.1f %7s %8d %7s%n",
                flow,
                many,
                done.perSecond(),
                done.times().millis(0.5),
                done.times().millis(0.99),
                done.times().millis(1),
                cost.server(),
                cost.stored(),
                cost.allocated(),
                cost.memory().map(Object::toString).orElse("-"),
                start.toMillis(),
                before.map(it -> done.perSecond() / Double.parseDouble(it))
                        .map(it -> String.format(Locale.ROOT, "%.2f", it))
                        .orElse("-"));
    }
}
