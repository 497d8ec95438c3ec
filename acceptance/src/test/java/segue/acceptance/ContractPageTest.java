package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// docs/contract.md names tests that exist, in the class that it names.
class ContractPageTest {
    private static final Pattern ROW = Pattern.compile("\\| (.+) \\| (.+) \\| (.+) \\|");
    private static final String NOT_BUILT = "later";

    @Test
    void everyTestThatHoldsARowIsThere() throws IOException {
        var root = Path.of("..").toAbsolutePath().normalize();
        var classes = classes(root);
        var missing = new ArrayList<String>();
        var rows = 0;
        for (var line : Files.readAllLines(root.resolve("docs/contract.md"))) {
            var row = ROW.matcher(line);
            if (!row.matches() || row.group(3).equals("Test")) continue;
            rows++;
            if (row.group(3).equals(NOT_BUILT)) continue;
            for (var test : row.group(3).split(", ", -1))
                if (!isThere(test, classes)) missing.add(test);
        }
        assertThat(rows).isGreaterThan(150);
        assertThat(missing).isEmpty();
    }

    private static boolean isThere(String test, Map<String, String> classes) {
        var name = test.split("\\.", -1);
        return name.length == 2
                && Pattern.compile(" " + Pattern.quote(name[1]) + "\\(")
                        .matcher(classes.getOrDefault(name[0], ""))
                        .find();
    }

    private static Map<String, String> classes(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root, 12)) {
            var classes = new HashMap<String, String>();
            for (var file :
                    files.filter(
                                    it ->
                                            it.toString().contains("src/test/java")
                                                    && it.toString().endsWith(".java"))
                            .toList())
                classes.put(
                        file.getFileName().toString().replace(".java", ""), Files.readString(file));
            return classes;
        }
    }
}
