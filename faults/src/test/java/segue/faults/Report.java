package segue.faults;

import segue.faults.Operation.Action;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// What a run has shown, as a table.
final class Report {
    private static final String ROW = "%-34s %-10s %6s %7s %7s %7s %7s %5s %5s  %s%n";

    private final long seed;
    private final Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final List<String> rows = new ArrayList<>();
    private final List<String> details = new ArrayList<>();
    private boolean isFine = true;

    Report(long seed) {
        this.seed = seed;
    }

    void add(
            String scenario,
            String database,
            Scenario.Seen seen,
            List<Operation> history,
            List<Violation> violations,
            Duration took) {
        rows.add(
                ROW.formatted(
                        scenario,
                        database,
                        seen.faults(),
                        history.size(),
                        count(history, Outcome.Done.class),
                        count(history, Outcome.Refused.class),
                        count(history, Outcome.Unavailable.class)
                                + count(history, Outcome.Broken.class),
                        violations.size(),
                        took.toSeconds(),
                        seen.note()));
        isFine &= violations.isEmpty();
        violations.stream().limit(20).forEach(it -> details.add(scenario + ": " + it));
    }

    private static long count(List<Operation> history, Class<? extends Outcome> outcome) {
        return history.stream().filter(it -> outcome.isInstance(it.outcome())).count();
    }

    void skipped(String scenario, String database, String why) {
        rows.add(ROW.formatted(scenario, database, 0, "", "", "", "", "", "", "skipped: " + why));
    }

    void failed(String scenario, String database, Throwable e, Duration took) {
        isFine = false;
        rows.add(
                ROW.formatted(
                        scenario, database, "", "", "", "", "", "", took.toSeconds(), "FAILED"));
        details.add(scenario + ": " + e);
    }

    /// How often each kind of request was sent, in one line.
    static String mix(List<Operation> history) {
        return Arrays.stream(Action.values())
                .map(
                        action ->
                                action.name().toLowerCase(Locale.ROOT).replace('_', ' ')
                                        + " "
                                        + history.stream()
                                                .filter(it -> it.action() == action)
                                                .count())
                .collect(Collectors.joining(", "));
    }

    /// Appends it to a file.
    void write(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, toString(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        text.append("seed %d, begun %s, %s%n".formatted(seed, start, isFine ? "passed" : "FAILED"));
        text.append(
                ROW.formatted(
                        "what is broken",
                        "database",
                        "times",
                        "sent",
                        "done",
                        "refused",
                        "unknown",
                        "wrong",
                        "s",
                        "seen"));
        rows.forEach(text::append);
        details.forEach(it -> text.append("  ").append(it).append("\n"));
        return text.append("\n").toString();
    }
}
