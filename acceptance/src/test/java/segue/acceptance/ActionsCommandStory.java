package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Whoever writes an Action tries it out where nothing else is: a process, two files, no database.
class ActionsCommandStory {
    @TempDir private Path folder = Path.of("");

    private record Ran(int code, String output) {}

    private Ran test(String body, String event) throws IOException, InterruptedException {
        Files.writeString(
                folder.resolve("action.js"),
                "exports.onExecutePostLogin = async (event, api) => {" + body + "};");
        Files.writeString(folder.resolve("event.json"), event);
        var output = folder.resolve("output");
        var process =
                new ProcessBuilder(
                                List.of(
                                        ProcessHandle.current().info().command().orElseThrow(),
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-Dsegue.actions=" + System.getProperty("segue.actions"),
                                        "-cp",
                                        System.getProperty("java.class.path", ""),
                                        "segue.demo.Main",
                                        "actions",
                                        "test",
                                        "action.js",
                                        "--event",
                                        "event.json",
                                        "--secret",
                                        "KEY=swordfish"))
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ran(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    }

    @Test
    void anActionIsTriedOutWithoutAServer() throws Exception {
        var body =
                "console.log(event.secrets.KEY);"
                        + "api.idToken.setCustomClaim('plan', event.user.app_metadata.plan);";
        var ran = test(body, "{\"user\":{\"app_metadata\":{\"plan\":\"gold\"}}}");
        assertThat(ran.output())
                .contains(
                        "effect   idToken.setCustomClaim plan = \"gold\"",
                        "console  ***",
                        "ruling   allowed");
        assertThat(ran.code()).isZero();
        try (var left = Files.list(folder)) {
            assertThat(left.map(it -> it.getFileName().toString()))
                    .containsExactlyInAnyOrder("action.js", "event.json", "output");
        }
        assertThat(test("api.access.deny('no');", "{}").code()).isEqualTo(1);
        assertThat(test("", "nonsense").code()).isEqualTo(2);
    }
}
