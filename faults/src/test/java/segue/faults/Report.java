package segue.faults;

import segue.faults.Violation.Rule;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What passes have shown, as a table for each.
final class Report {
    private static final int MOST_VIOLATIONS = 20;
    private final Map<Play, Integer> faults = new HashMap<>();
    private int passes = 0;
    private int passed = 0;

    /// The table of a pass, once all of it is known.
    String of(Pass pass) throws Exception {
        var rows = new ArrayList<String>();
        var details = new ArrayList<String>();
        var isFine = true;
        for (var play : pass.plays())
            switch (pass.result(play)) {
                case Result.Played played -> {
                    rows.add(row(play, played));
                    var violations = played.check().violations();
                    isFine &= violations.isEmpty();
                    violations.stream()
                            .limit(MOST_VIOLATIONS)
                            .forEach(it -> details.add(play + ": " + it));
                }
                case Result.Skipped(var why) -> rows.add(row(play, List.of(), "skipped: " + why));
                case Result.Failed(var reason, var took) -> {
                    isFine = false;
                    rows.add(row(play, List.of(), "FAILED after " + took.toSeconds() + " s"));
                    details.add(play + ": " + reason);
                }
            }
        passes++;
        if (isFine) passed++;
        var head =
                "seed %d, begun %s, took %d s, %s; passed so far: %d of %d%n"
                        .formatted(
                                pass.seed(),
                                pass.start(),
                                pass.took().toSeconds(),
                                isFine ? "passed" : "FAILED",
                                passed,
                                passes);
        return Stream.of(
                        Stream.of(head, HEADINGS),
                        rows.stream(),
                        details.stream().map(it -> "  " + it + "\n"),
                        Stream.of("\n"))
                .flatMap(it -> it)
                .collect(Collectors.joining());
    }

    /// Faults now and in all passes, requests and what they came to, answers held against each
    /// rule, violations, seconds.
    private static final String CELLS =
            " %5s %6s" + " %5s".repeat(4) + " %5s".repeat(5) + " %5s %4s";

    private static final String HEADINGS =
            row(
                    "what is broken",
                    "database",
                    List.of(
                            "times", "so far", "sent", "done", "refd", "unkn", "twice", "ended",
                            "alive", "whose", "error", "WRONG", "s"),
                    "seen");

    private static String row(String scenario, String database, List<?> cells, String note) {
        var all = new ArrayList<Object>(cells);
        while (all.size() < 13) all.add("");
        return "%-33s %-10s".formatted(scenario, database)
                + CELLS.formatted(all.toArray())
                + "  "
                + note
                + "\n";
    }

    private static String row(Play play, List<?> cells, String note) {
        return row(play.scenario().label(), play.database().toString(), cells, note);
    }

    private String row(Play play, Result.Played played) {
        var history = played.history();
        var times = played.seen().faults();
        var cells = new ArrayList<Object>();
        cells.add(times);
        cells.add(faults.merge(play, times, Integer::sum));
        cells.add(history.size());
        cells.add(count(history, Outcome.Done.class));
        cells.add(count(history, Outcome.Refused.class));
        cells.add(count(history, Outcome.Unavailable.class) + count(history, Outcome.Broken.class));
        Arrays.stream(Rule.values()).map(played.check()::judged).forEach(cells::add);
        cells.add(played.check().violations().size());
        cells.add(played.took().toSeconds());
        return row(play, cells, played.seen().note());
    }

    private static long count(List<Operation> history, Class<? extends Outcome> outcome) {
        return history.stream().filter(it -> outcome.isInstance(it.outcome())).count();
    }

    /// Adds a table to a file.
    static void append(Path file, String table) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, table, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
