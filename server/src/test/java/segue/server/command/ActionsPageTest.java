package segue.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The scripts in docs/actions.md do what the page says.
final class ActionsPageTest {
    private static final Pattern BLOCK =
            Pattern.compile("^```([a-z]+)\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    @TempDir private Path folder = Path.of("");

    private static List<String> blocks(String language) throws IOException {
        return BLOCK.matcher(Files.readString(Path.of("../docs/actions.md")))
                .results()
                .filter(it -> it.group(1).equals(language))
                .map(it -> it.group(2))
                .toList();
    }

    /// Without the moments, and how long it took.
    private static String outcome(String printed) {
        return printed.lines()
                .filter(it -> !it.startsWith("time "))
                .map(it -> it.replaceAll("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "MOMENT"))
                .collect(Collectors.joining("\n"));
    }

    private String tried(String script) throws IOException {
        var file = Files.writeString(folder.resolve("action.js"), script);
        var event = Files.writeString(folder.resolve("event.json"), blocks("json").getFirst());
        var out = new StringWriter();
        SegueCommand.commandLine()
                .setOut(new PrintWriter(out, true))
                .execute("actions", "test", file.toString(), "--event", event.toString());
        return out.toString();
    }

    @Test
    void everyScriptOnThePageDoesWhatThePageSays() throws IOException {
        var scripts = blocks("js");
        var printed = blocks("text");
        assertThat(scripts).hasSizeGreaterThan(4).hasSameSizeAs(printed);
        for (var i = 0; i < scripts.size(); i++)
            assertThat(outcome(tried(scripts.get(i))))
                    .as(scripts.get(i))
                    .isEqualTo(outcome(printed.get(i)));
    }
}
