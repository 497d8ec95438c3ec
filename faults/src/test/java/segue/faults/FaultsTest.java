package segue.faults;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Breaks the server and its databases under load, and checks what the clients saw (promises P1 to
/// P5 and P7).
///
/// | Property | Meaning |
/// |---|---|
/// | `segue.faults` | `short` (default) or `long` |
/// | `segue.faults.seed` | decides what the clients do and when something is broken |
/// | `segue.faults.rounds` | so many runs, each with the next seed |
/// | `segue.faults.kills` | how many random kills on each database |
/// | `segue.faults.only` | scenarios whose name contains it |
/// | `segue.faults.record` | file to which the table of each run is appended |
class FaultsTest {
    private static final boolean IS_LONG = System.getProperty("segue.faults", "").equals("long");
    private static final long SEED = Long.getLong("segue.faults.seed", 1);
    private static final int ROUNDS = Integer.getInteger("segue.faults.rounds", 1);
    private static final int KILLS = Integer.getInteger("segue.faults.kills", IS_LONG ? 20 : 3);
    private static final String ONLY = System.getProperty("segue.faults.only", "");
    private static final Path RECORD =
            Path.of(System.getProperty("segue.faults.record", "target/faults.txt"));

    @TempDir private Path folder = Path.of("");

    private enum Database {
        SQLITE,
        POSTGRESQL
    }

    private static List<Scenario> scenarios(Database database) {
        var all = new ArrayList<Scenario>();
        all.add(new Kills(KILLS));
        if (IS_LONG) {
            all.add(new FullLogs());
            switch (database) {
                case SQLITE -> all.addAll(List.of(new Failpoints(), new SqliteLocked()));
                case POSTGRESQL -> all.addAll(List.of(PostgresFault.values()));
            }
        }
        return all.stream().filter(it -> it.label().contains(ONLY)).toList();
    }

    @TestFactory
    Stream<DynamicNode> nothingAcknowledgedIsLostAndNothingEndedOrUsedWorksAgain() {
        return LongStream.range(SEED, SEED + ROUNDS).boxed().flatMap(this::round);
    }

    private Stream<DynamicNode> round(long seed) {
        var report = new Report(seed);
        var tests = Stream.<DynamicNode>builder();
        for (var database : Database.values())
            for (var scenario : scenarios(database))
                tests.add(
                        DynamicTest.dynamicTest(
                                "%s, %s, seed %d".formatted(scenario.label(), database, seed),
                                () -> play(scenario, database, seed, report)));
        tests.add(
                DynamicTest.dynamicTest(
                        "table, seed " + seed,
                        () -> {
                            System.out.print(report);
                            report.write(RECORD);
                        }));
        return tests.build();
    }

    private void play(Scenario scenario, Database database, long seed, Report report)
            throws Exception {
        var label = database.name().toLowerCase(Locale.ROOT);
        var start = System.nanoTime();
        try {
            var place = Files.createTempDirectory(folder, "stage");
            if (scenario == PostgresFault.OUT_OF_DISK && !SmallDisk.isPossible(folder)) {
                report.skipped(scenario.label(), label, "no tmpfs can be mounted: not root");
                return;
            }
            try (var _ = disk(scenario, place);
                    var stage = stage(scenario, database, place);
                    var load = new Load(stage.issuer(), seed)) {
                stage.start();
                var seen = scenario.play(stage, load);
                load.probe();
                var history = load.history().operations();
                var violations = HistoryCheck.violations(history);
                report.add(scenario.label(), label, seen, history, violations, since(start));
                assertThat(violations).isEmpty();
            }
        } catch (Exception e) {
            report.failed(scenario.label(), label, e, since(start));
            throw e;
        }
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /// Closed after the stage that lies on it.
    private static AutoCloseable disk(Scenario scenario, Path place) throws Exception {
        return scenario == PostgresFault.OUT_OF_DISK
                ? SmallDisk.mount(place.resolve("postgres"))
                : () -> {};
    }

    private static Stage stage(Scenario scenario, Database database, Path place) throws Exception {
        var postgres =
                switch (database) {
                    case SQLITE -> Optional.<PostgresServer>empty();
                    case POSTGRESQL ->
                            Optional.of(
                                    new PostgresServer(
                                            place.resolve("postgres"), Stage.freePort()));
                };
        return new Stage(place, postgres, scenario.options(place));
    }
}
