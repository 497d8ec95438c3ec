package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// docs/sdk.md says of every client what it completes, and names tests that exist.
class SdkPageTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String HEAD =
            "| Client | Its tests | Sign-in | Refresh | Transfer exchange | Redemption | Logout |"
                    + " Management |";
    private static final Pattern TEST = Pattern.compile("`(\\w+)`");
    private static final Pattern PARENT = Pattern.compile("class \\w+ extends (\\w+)");

    @Test
    void everyCellNamesATestThatIsThereOrSaysWhyThereIsNone() throws IOException {
        var rows =
                Files.readAllLines(ROOT.resolve("docs/sdk.md")).stream()
                        .dropWhile(it -> !it.equals(HEAD))
                        .skip(2)
                        .takeWhile(it -> it.startsWith("|"))
                        .toList();
        assertThat(rows).hasSize(11);
        var wrong = new ArrayList<String>();
        for (var row : rows) {
            var cells = List.of(row.split(" *\\| *", -1));
            assertThat(cells).as(row).hasSize(10);
            var source = source(cells.get(2).replace("`", "")).orElseThrow();
            for (var cell : cells.subList(3, 9)) if (!isTrue(cell, source)) wrong.add(cell);
        }
        assertThat(wrong).isEmpty();
    }

    private static boolean isTrue(String cell, String source) {
        var tests = TEST.matcher(cell).results().map(it -> it.group(1)).toList();
        if (tests.isEmpty()) return cell.startsWith("– ");
        return tests.stream().allMatch(it -> source.contains("void " + it + "("));
    }

    /// A class with all that it inherits.
    private static Optional<String> source(String name) throws IOException {
        for (var folder :
                List.of(
                        "acceptance/src/test/java/segue/acceptance",
                        "clients/src/test/java/segue/clients")) {
            var file = ROOT.resolve(folder).resolve(name + ".java");
            if (!Files.exists(file)) continue;
            var text = Files.readString(file);
            var parent = PARENT.matcher(text);
            return Optional.of(parent.find() ? text + source(parent.group(1)).orElse("") : text);
        }
        return Optional.empty();
    }
}
