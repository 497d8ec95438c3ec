package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// docs/threats.md names tests that exist.
class ThreatsTest {
    private static final Pattern ROW = Pattern.compile("\\| R\\d+\\.\\d+ \\| (.+) \\|");

    @Test
    void everyTestThatHoldsARuleIsThere() throws IOException {
        var root = Path.of("..").toAbsolutePath().normalize();
        var sources = sources(root);
        var missing = new ArrayList<String>();
        var rows = 0;
        for (var line : Files.readAllLines(root.resolve("docs/threats.md"))) {
            var row = ROW.matcher(line);
            if (!row.matches()) continue;
            rows++;
            if (row.group(1).equals("not yet")) continue;
            for (var test : row.group(1).split(", ", -1))
                if (!isThere(test, sources)) missing.add(line);
        }
        assertThat(rows).isGreaterThan(100);
        assertThat(missing).isEmpty();
    }

    private static boolean isThere(String test, String sources) {
        var name = test.split("\\.", 2);
        return sources.contains("class " + name[0])
                && (name.length == 1 || sources.contains("void " + name[1] + "("));
    }

    private static String sources(Path root) throws IOException {
        try (var files = Files.walk(root, 12)) {
            var texts = new ArrayList<String>();
            for (var file :
                    files.filter(
                                    it ->
                                            it.toString().contains("src/test/java")
                                                    && it.toString().endsWith(".java"))
                            .toList()) texts.add(Files.readString(file));
            return texts.stream().collect(Collectors.joining("\n"));
        }
    }
}
