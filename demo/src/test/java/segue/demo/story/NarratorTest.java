package segue.demo.story;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.demo.story.Narrator.Outcome;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

class NarratorTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Narrator narrator(boolean colours) {
        return new Narrator(new PrintStream(bytes, true, StandardCharsets.UTF_8), colours);
    }

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aStoryWhoseStepsGoWellSucceeds() {
        var narrator = narrator(false);
        narrator.step("Ada knocks", "GET /", "200", () -> new Outcome(true, "200"));
        assertThat(narrator.summary("The end.")).isTrue();
        assertThat(printed())
                .contains("✓  1  Ada knocks", "→ GET /", "← 200", "The end.")
                .doesNotContain("\u001b");
    }

    @Test
    void oneStepThatGoesWrongFailsTheStoryAndSaysWhatWasExpected() {
        var narrator = narrator(false);
        narrator.step("Ada knocks", "GET /", "200", () -> new Outcome(true, "200"));
        narrator.step("Ada knocks", "GET /", "200", () -> new Outcome(false, "404"));
        assertThat(narrator.summary("The end.")).isFalse();
        assertThat(printed())
                .contains("✗  2", "← 404", "expected: 200", "1 of 2 steps")
                .doesNotContain("The end.");
    }

    @Test
    void aBrokenConnectionFailsItsStepAndTheStoryGoesOn() {
        var narrator = narrator(false);
        narrator.step(
                "Ada knocks",
                "GET /",
                "200",
                () -> {
                    throw new UncheckedIOException(new IOException("connection refused"));
                });
        narrator.step("Ada knocks again", "GET /", "200", () -> new Outcome(true, "200"));
        assertThat(narrator.summary("")).isFalse();
        assertThat(printed()).contains("connection refused", "✓  2");
    }

    @Test
    void coloursAreForTerminals() {
        narrator(true).step("Ada knocks", "GET /", "200", () -> new Outcome(true, "200"));
        assertThat(printed()).contains("\u001b[32m✓\u001b[0m");
    }

    @Test
    void noLineIsLongerThanATerminalUnlessAWordIs() {
        var url = "http://localhost:8080/" + "x".repeat(80);
        narrator(false)
                .step(
                        "Ada knocks",
                        "GET " + url + " " + "a ".repeat(60),
                        "200",
                        () -> new Outcome(true, "200"));
        assertThat(printed().lines())
                .contains("        " + url)
                .allMatch(line -> line.length() <= 80 || line.strip().equals(url));
    }

    @Test
    void aSecretIsShownByItsBeginningOnly() {
        assertThat(Narrator.shortened("stt_abcdefghijklmnopqrstuvwxyz")).isEqualTo("stt_abcdefgh…");
        assertThat(Narrator.shortened("short")).isEqualTo("(none)");
    }
}
