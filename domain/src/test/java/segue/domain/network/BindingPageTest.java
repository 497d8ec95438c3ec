package segue.domain.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/// The table in docs/binding.md is docs/networks/situations.csv.
class BindingPageTest {
    private static final Path PAGE = Path.of("../docs/binding.md");
    private static final String BEGIN = "<!-- situations.csv begins -->\n";
    private static final String END = "<!-- situations.csv ends -->\n";
    private static final String COMMAND =
            "mvn -pl domain test -Dtest=BindingPageTest -Dsegue.render=true";

    @Test
    void theTableOnThePageIsRenderedFromTheData() throws IOException {
        var page = Files.readString(PAGE);
        assertThat(page).containsOnlyOnce(BEGIN).containsOnlyOnce(END);
        var rendered =
                page.substring(0, page.indexOf(BEGIN) + BEGIN.length())
                        + table()
                        + page.substring(page.indexOf(END));
        if (Boolean.getBoolean("segue.render")) Files.writeString(PAGE, rendered);
        else assertThat(page).as("rewritten by `%s`", COMMAND).isEqualTo(rendered);
    }

    private static String table() throws IOException {
        return """
        | Situation | The app's address, network | The browser's | Verifier | `ip` | `asn` | `network` | … and `network_same_asn` | `none` |
        |---|---|---|---|---|---|---|---|---|
        %s
        """
                .formatted(
                        Situation.all().stream()
                                .map(BindingPageTest::row)
                                .collect(Collectors.joining("\n")));
    }

    private static String row(Situation situation) {
        return "| %s | %s | %s | %s | %s |"
                .formatted(
                        situation.name(),
                        place(situation.app()),
                        place(situation.browser()),
                        situation.proves() ? "sent" : "",
                        situation.verdicts().stream()
                                .map(BindingPageTest::cell)
                                .collect(Collectors.joining(" | ")));
    }

    private static String place(Situation.Place place) {
        return "%s, %s".formatted(place.address(), place.system());
    }

    private static String cell(Situation.Verdict verdict) {
        return verdict.accepted() ? "yes, " + verdict.code() : "**no**, " + verdict.code();
    }
}
