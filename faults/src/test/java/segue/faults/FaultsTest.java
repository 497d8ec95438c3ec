package segue.faults;

import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import segue.faults.Play.Database;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Breaks the server and its databases under load, and checks what the clients saw (promises P1 to
/// P5, P7 and P8).
///
/// | Property | Meaning |
/// |---|---|
/// | `segue.faults` | `short` (default) or `long` |
/// | `segue.faults.seed` | decides what the clients do and when something is broken |
/// | `segue.faults.rounds` | so many passes, each with the next seed |
/// | `segue.faults.kills` | how many random kills on each database |
/// | `segue.faults.halt-step` | 4 halts at every fourth statement, beginning with another in each pass |
/// | `segue.faults.only` | scenarios whose name or database contains it |
/// | `segue.faults.parallel` | how many scenarios are played at a time |
/// | `segue.faults.record` | file to which the table of each pass is appended |
class FaultsTest {
    private static final boolean IS_LONG = System.getProperty("segue.faults", "").equals("long");
    private static final long SEED = Long.getLong("segue.faults.seed", 1);
    private static final int ROUNDS = Integer.getInteger("segue.faults.rounds", 1);
    private static final int KILLS = Integer.getInteger("segue.faults.kills", IS_LONG ? 20 : 3);
    private static final int HALT_STEP = Integer.getInteger("segue.faults.halt-step", 1);
    private static final String ONLY = System.getProperty("segue.faults.only", "");
    private static final int PARALLEL = Integer.getInteger("segue.faults.parallel", 2);
    private static final Path RECORD =
            Path.of(System.getProperty("segue.faults.record", "target/faults.txt"));

    @TempDir private Path folder = Path.of("");
    private final Report report = new Report();

    /// Those that take longest come first, so that none of them is left over at the end.
    private static List<Play> plays(long seed) {
        var all = new ArrayList<Play>();
        var firstHalt = 1 + (int) Math.floorMod(seed, (long) HALT_STEP);
        if (IS_LONG) all.addAll(onBoth(new Failpoints(firstHalt, HALT_STEP)));
        all.addAll(onBoth(new Kills(KILLS)));
        if (IS_LONG) {
            for (var fault : PostgresFault.values()) all.add(new Play(fault, Database.POSTGRESQL));
            all.addAll(onBoth(new ClockJumps()));
            all.add(new Play(new SqliteDamaged(), Database.SQLITE));
            all.add(new Play(new SqliteLocked(), Database.SQLITE));
            all.addAll(onBoth(new FullLogs()));
        }
        return all.stream().filter(it -> it.toString().contains(ONLY)).toList();
    }

    private static List<Play> onBoth(Scenario scenario) {
        return Stream.of(Database.values()).map(it -> new Play(scenario, it)).toList();
    }

    @TestFactory
    Stream<DynamicNode> nothingAcknowledgedIsLostAndNothingEndedOrUsedWorksAgain()
            throws Exception {
        var classes = ServerClasses.archivedIn(folder);
        return LongStream.range(SEED, SEED + ROUNDS)
                .boxed()
                .flatMap(seed -> tests(new Pass(seed, plays(seed), PARALLEL, folder, classes)));
    }

    /// One for each scenario, and one that writes down what came of them all, whether or not they
    /// passed.
    private Stream<DynamicNode> tests(Pass pass) {
        return Stream.concat(
                pass.plays().stream()
                        .map(
                                play ->
                                        DynamicTest.dynamicTest(
                                                play + ", seed " + pass.seed(),
                                                () -> pass.result(play).require())),
                Stream.of(
                        DynamicTest.dynamicTest(
                                "table, seed " + pass.seed(),
                                () -> {
                                    var table = report.of(pass);
                                    System.out.print(table);
                                    Report.append(RECORD, table);
                                })));
    }
}
