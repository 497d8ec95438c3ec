package segue.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// A scenario on one of the databases.
record Play(Scenario scenario, Database database) {
    enum Database {
        SQLITE,
        POSTGRESQL;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public String toString() {
        return scenario.label() + ", " + database;
    }

    /// Plays it, and checks what the clients saw.
    ///
    /// @param folder where a folder for it is made
    Result result(Path folder, ServerClasses classes, long seed) {
        var start = System.nanoTime();
        try {
            if (needsDisk() && !SmallDisk.isPossible(folder))
                return new Result.Skipped("no tmpfs can be mounted: not root");
            var place = Files.createTempDirectory(folder, "stage");
            try (var _ = emptied(place);
                    var _ = disk(place);
                    var stage = stage(place, classes);
                    var load = new Load(stage.issuer(), seed)) {
                stage.start();
                var seen = scenario.play(stage, load);
                load.probe();
                var history = load.history().operations();
                return new Result.Played(seen, history, HistoryCheck.of(history), since(start));
            }
        } catch (Exception e) {
            return new Result.Failed(e, since(start));
        }
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /// Deletes it at the end: twenty passes would leave as many gigabytes.
    private static AutoCloseable emptied(Path place) {
        return () -> {
            try (var files = Files.walk(place)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList())
                    Files.deleteIfExists(file);
            } catch (IOException | UncheckedIOException e) {
                // Somebody still uses it; it goes with the folder of all passes.
            }
        };
    }

    private boolean needsDisk() {
        return scenario == PostgresFault.OUT_OF_DISK;
    }

    /// Closed after the stage that lies on it.
    private AutoCloseable disk(Path place) throws Exception {
        return needsDisk() ? SmallDisk.mount(place.resolve("postgres")) : () -> {};
    }

    private Stage stage(Path place, ServerClasses classes) throws Exception {
        var jvm = new ArrayList<>(classes.options());
        jvm.addAll(scenario.options(place));
        var postgres =
                switch (database) {
                    case SQLITE -> Optional.<PostgresServer>empty();
                    case POSTGRESQL ->
                            Optional.of(
                                    new PostgresServer(
                                            place.resolve("postgres"), Stage.freePort()));
                };
        return new Stage(place, postgres, jvm);
    }
}
