package segue.domain.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/// docs/refusals.md explains each reason code, and no other (contract native-to-web §14).
class RefusalsPageTest {
    private static final Path PAGE = Path.of("../docs/refusals.md");
    private static final Pattern ROW = Pattern.compile("\\| `([a-z_]+)` \\| `([wf])` \\| (.+)");

    private record Row(String code, String type, String text) {
        static List<Row> all() throws IOException {
            return Files.readAllLines(PAGE).stream()
                    .map(ROW::matcher)
                    .filter(matcher -> matcher.matches())
                    .map(
                            row ->
                                    new Row(
                                            row.group(1),
                                            row.group(2),
                                            row.group(3).split(" \\| ", 2)[0]))
                    .toList();
        }
    }

    @Test
    void eachReasonIsExplainedOnceInTheOrderOfTheEnum() throws IOException {
        assertThat(Row.all())
                .extracting(Row::code)
                .containsExactlyElementsOf(
                        Arrays.stream(Reason.values()).map(Reason::code).toList());
    }

    @Test
    void whatIsLoggedAsAWarningStandsThereWordForWord() throws IOException {
        for (var row : Row.all()) {
            var warning =
                    Arrays.stream(Reason.values())
                            .filter(reason -> reason.code().equals(row.code()))
                            .findFirst()
                            .orElseThrow()
                            .warning();
            assertThat(row.type()).as(row.code()).isEqualTo(warning.isPresent() ? "w" : "f");
            if (warning.isPresent()) assertThat(row.text()).isEqualTo(warning.get());
        }
    }

    /// They stand in other people's alerts.
    @Test
    void theCodesAreThoseOfTheContract() {
        assertThat(Arrays.stream(Reason.values()).map(Reason::code))
                .containsExactlyInAnyOrder(
                        "unknown_or_used",
                        "expired",
                        "conflict",
                        "method_not_allowed",
                        "other_device",
                        "unknown_network",
                        "parent_ended",
                        "user_gone",
                        "user_blocked",
                        "issuer_not_allowed",
                        "organization",
                        "connection",
                        "other_user",
                        "target",
                        "verifier_missing",
                        "verifier_wrong",
                        "reauthentication_required",
                        "denied_by_action");
    }
}
