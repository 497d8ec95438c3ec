package segue.server.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

final class ConfigurationPageTest {
    private static final Path PAGE = Path.of("../docs/configuration.md");

    @Test
    void thePageTellsEveryKeyItsDefaultAndItsMeaning() throws IOException {
        var table =
                Keys.all().stream()
                        .map(
                                key ->
                                        "| `%s` | %s | %s |"
                                                .formatted(
                                                        key.name(), key.unlessSet(), key.meaning()))
                        .collect(Collectors.joining("\n"));
        assertThat(Files.readString(PAGE))
                .contains("| Key | Default | Meaning |\n|---|---|---|\n" + table + "\n\n");
    }

    @Test
    void theExampleOnThePageIsAccepted() throws IOException {
        var page = Files.readString(PAGE);
        var example = page.substring(page.indexOf("```yaml\n") + 8);
        var file = Files.createTempFile("segue", ".yaml");
        Files.writeString(file, example.substring(0, example.indexOf("```")));
        var sources =
                new Sources(
                        Optional.of(file),
                        Map.of(
                                "SEGUE_DATABASE_PASSWORD", "x",
                                "SEGUE_MASTER_KEY", "ab".repeat(32),
                                "SEGUE_BOOTSTRAP_CLIENT_SECRET", "x"),
                        List.of());
        assertThat(Settings.load(sources)).isInstanceOf(Settings.Loaded.Accepted.class);
        Files.delete(file);
    }
}
