package segue.benchmark;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/// Whether the time of a wrong password tells who has an account (THREATS R34.4): guesses at
/// accounts of three kinds, in turns, and how their times are distributed.
@Command(
        name = "GuessCost",
        description = "Measures what a wrong password takes, by what the account is.",
        mixinStandardHelpOptions = true)
public final class GuessCost implements Callable<Integer> {
    /// The most that `limits.login-attempts` lets one account have.
    private static final int MOST = 1_000;

    private static final List<Integer> PERCENTILES = List.of(5, 25, 50, 75, 95, 99);

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "500",
            description = "How many guesses of each kind count (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "100",
            description = "How many before that don't (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--segue",
            paramLabel = "FILE",
            defaultValue = "segue",
            description =
                    "The launcher of the server that is measured (default: ${DEFAULT-VALUE}).")
    private Path segue = Path.of("");

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private GuessCost() {}

    /// Exits with 0 if everything could be measured.
    public static void main(String[] arguments) {
        var cost = new GuessCost();
        Machine.describe(cost.out, "GuessCost", arguments);
        System.exit(new CommandLine(cost).execute(arguments));
    }

    /// @param login of the account that is guessed at in a round
    private record Account(String word, IntFunction<String> login) {}

    /// Of those that are unknown another one each time, as somebody who looks for accounts would
    /// try.
    private static final List<Account> ACCOUNTS =
            List.of(
                    new Account("known", _ -> Subject.EMAIL),
                    new Account("unknown", round -> "nobody" + round + "@example.org"),
                    new Account("blocked", _ -> Subject.BLOCKED));

    @Override
    public Integer call() throws IOException {
        if (rounds < 1 || warmUp < 0 || rounds + warmUp > MOST) {
            System.err.println("at most " + MOST + " guesses: more are not verified");
            return 2;
        }
        var settings =
                Map.of(
                        "limits.login-attempts",
                        Integer.toString(MOST),
                        "limits.network-login-attempts",
                        "1000000");
        try (var scratch = new Scratch();
                var subject = new Subject(segue.toAbsolutePath(), scratch.room("0"), settings)) {
            print(measure(subject));
        }
        out.println("load average afterwards: " + Machine.loadAverage());
        return 0;
    }

    /// Who comes first changes from round to round, so that whatever else the machine does meets
    /// all.
    private List<Times> measure(Subject subject) {
        var nanos = new long[ACCOUNTS.size()][rounds];
        for (var round = 0; round < warmUp + rounds; round++)
            for (var turn = 0; turn < ACCOUNTS.size(); turn++) {
                var account = (round + turn) % ACCOUNTS.size();
                var took = subject.guess(ACCOUNTS.get(account).login().apply(round));
                if (round >= warmUp) nanos[account][round - warmUp] = took;
            }
        return Stream.of(nanos).map(Times::new).toList();
    }

    private void print(List<Times> times) {
        out.printf("%n%-10s", "ms");
        for (var percent : PERCENTILES) out.printf(" %8s", "p" + percent);
        out.println();
        for (var i = 0; i < ACCOUNTS.size(); i++) {
            out.printf("%-10s", ACCOUNTS.get(i).word());
            for (var percent : PERCENTILES)
                out.printf(Locale.ROOT, " %8.3f", times.get(i).millis(percent / 100.0));
            out.println();
        }
        out.println();
        for (var i = 1; i < ACCOUNTS.size(); i++)
            out.printf(
                    Locale.ROOT,
                    "Kolmogorov-Smirnov distance of known and %s: %.3f%n",
                    ACCOUNTS.get(i).word(),
                    times.getFirst().distance(times.get(i)));
        out.printf(
                Locale.ROOT,
                "past %.3f they would be told apart, at a significance of 5 %%%n",
                1.358 * Math.sqrt(2.0 / rounds));
    }
}
