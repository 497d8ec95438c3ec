package segue.demo.story;

import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.NoSuchElementException;
import java.util.function.Supplier;

/// Prints a story step by step, and counts what didn't go as it should.
final class Narrator {
    private static final int SHOWN = 12;
    private static final int WIDTH = 80;
    private static final String INDENT = " ".repeat(8);

    private final PrintStream out;
    private final boolean colours;
    private int steps;
    private int failures;

    /// @param colours whether the output goes to a terminal
    Narrator(PrintStream out, boolean colours) {
        this.out = out;
        this.colours = colours;
    }

    /// How a step went.
    ///
    /// @param text what came back, for humans
    record Outcome(boolean isAsExpected, String text) {}

    /// One step.
    ///
    /// @param what happens, as a stranger would say it
    /// @param sent what goes over the wire, in one line
    /// @param expected what should come back
    /// @param action sends it
    void step(String what, String sent, String expected, Supplier<Outcome> action) {
        steps++;
        var outcome = outcome(action);
        if (!outcome.isAsExpected()) failures++;
        var mark = outcome.isAsExpected() ? paint("32", "✓") : paint("31", "✗");
        out.printf("%s %2d  %s%n", mark, steps, paint("1", what));
        out.println("      " + paint("2", "→") + " " + wrapped(sent));
        out.println("      " + paint("2", "←") + " " + wrapped(outcome.text()));
        if (!outcome.isAsExpected())
            out.println(INDENT + paint("31", wrapped("expected: " + expected)));
    }

    /// A connection that breaks fails its step, and the story goes on: the next one may tell why.
    private static Outcome outcome(Supplier<Outcome> action) {
        try {
            return action.get();
        } catch (UncheckedIOException | IllegalStateException | NoSuchElementException e) {
            return new Outcome(false, "nothing: " + e.getMessage());
        }
    }

    /// A step that this machine can't make.
    void leftOut(String what, String why) {
        out.printf("%s  –  %s%n", " ", paint("1", what));
        out.println(INDENT + wrapped("left out: " + why));
    }

    void title(String text) {
        out.println();
        out.println(paint("1", text));
        out.println();
    }

    /// Text that begins behind the indentation, in lines that any terminal can show; what has no
    /// space in it stays whole, so that it can be copied.
    private static String wrapped(String text) {
        var lines = new StringBuilder();
        var rest = text;
        while (rest.length() > WIDTH - INDENT.length()) {
            var end = rest.lastIndexOf(' ', WIDTH - INDENT.length());
            if (end < 0) end = rest.indexOf(' ');
            if (end < 0) break;
            lines.append(rest.substring(0, end).stripTrailing())
                    .append(System.lineSeparator())
                    .append(INDENT);
            rest = rest.substring(end + 1);
        }
        return lines.append(rest).toString();
    }

    /// The last words.
    ///
    /// @return whether every step had the expected outcome
    boolean summary(String moral) {
        out.println();
        if (failures == 0) {
            out.println(paint("32", "All %d steps went as they should.".formatted(steps)));
            out.println(moral);
        } else {
            out.println(
                    paint(
                            "31",
                            "%d of %d steps did not go as they should."
                                    .formatted(failures, steps)));
        }
        return failures == 0;
    }

    /// Enough of a secret to recognize it by, and of no use to anyone.
    static String shortened(String secret) {
        return secret.length() > 2 * SHOWN ? secret.substring(0, SHOWN) + "…" : "(none)";
    }

    private String paint(String code, String text) {
        return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
