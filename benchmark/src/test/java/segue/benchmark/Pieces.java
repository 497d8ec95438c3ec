package segue.benchmark;

import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// How long the small things take that every request is made of, and what they allocate. All of
/// them in less than three minutes; who looks closer at one has JMH's own command line,
/// `org.openjdk.jmh.Main`.
public final class Pieces {
    private Pieces() {}

    /// Ends with an exception if one of them fails.
    ///
    /// @param arguments regular expressions of names; without any, all
    public static void main(String[] arguments) throws RunnerException {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Machine.describe(out, "Pieces", arguments);
        var options =
                every(arguments)
                        .mode(Mode.AverageTime)
                        .timeUnit(TimeUnit.NANOSECONDS)
                        // What the compiler makes of it may differ from process to process.
                        .forks(2)
                        .warmupIterations(2)
                        .warmupTime(TimeValue.seconds(1))
                        .measurementIterations(3)
                        .measurementTime(TimeValue.seconds(1))
                        .addProfiler(GCProfiler.class)
                        .build();
        var results = new Runner(options).run();
        out.printf("%n%-24s %12s %12s %12s%n", "", "ns/op", "99.9 % ±", "B/op");
        for (var result : results) print(out, result);
        out.println("load average afterwards: " + Machine.loadAverage());
    }

    /// Those whose names one of the expressions finds.
    static ChainedOptionsBuilder every(String... names) {
        var options = new OptionsBuilder().shouldFailOnError(true).verbosity(VerboseMode.SILENT);
        if (names.length == 0) options.include("segue[.]benchmark[.]");
        for (var name : names) options.include(name);
        return options;
    }

    /// Its class and method, without the package.
    static String name(RunResult result) {
        return result.getParams().getBenchmark().replaceFirst("^segue[.]benchmark[.]", "");
    }

    private static void print(PrintStream out, RunResult result) {
        var time = result.getPrimaryResult();
        out.printf(
                Locale.ROOT,
                "%-24s %12.1f %12.1f %12.0f%n",
                name(result),
                time.getScore(),
                time.getScoreError(),
                allocated(result));
    }

    private static double allocated(RunResult result) {
        var all = result.getSecondaryResults();
        var name =
                all.keySet().stream()
                        .filter(it -> it.endsWith("gc.alloc.rate.norm"))
                        .findFirst()
                        .orElseThrow();
        return Objects.requireNonNull(all.get(name)).getScore();
    }
}
