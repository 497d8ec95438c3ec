package segue.faults;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// All scenarios once, some of them side by side. It begins when somebody asks for the first
/// result.
final class Pass {
    private final long seed;
    private final List<Play> plays;
    private final int parallel;
    private final Path folder;
    private final ServerClasses classes;
    private final Map<Play, Future<Result>> results = new LinkedHashMap<>();
    private Instant start = Instant.MIN;

    /// @param parallel how many are played at a time
    /// @param folder for their files
    Pass(long seed, List<Play> plays, int parallel, Path folder, ServerClasses classes) {
        this.seed = seed;
        this.plays = List.copyOf(plays);
        this.parallel = parallel;
        this.folder = folder;
        this.classes = classes;
    }

    private void begin() {
        if (!results.isEmpty()) return;
        start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        var threads = Executors.newFixedThreadPool(parallel);
        for (var play : plays)
            results.put(play, threads.submit(() -> play.result(folder, classes, seed)));
        threads.shutdown();
    }

    /// What came of it, as soon as it is known.
    Result result(Play play) throws InterruptedException, ExecutionException {
        begin();
        return Optional.ofNullable(results.get(play)).orElseThrow().get();
    }

    long seed() {
        return seed;
    }

    List<Play> plays() {
        return plays;
    }

    Instant start() {
        return start;
    }

    Duration took() {
        return Duration.between(start, Instant.now());
    }
}
