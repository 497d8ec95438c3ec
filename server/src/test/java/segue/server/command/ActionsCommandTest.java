package segue.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `segue actions test`, with a real worker.
final class ActionsCommandTest {
    @TempDir private Path folder = Path.of("");

    private record Ran(int code, String out, String err) {}

    private Ran run(String code, String event, String... more) throws IOException {
        var file = folder.resolve("action.js");
        Files.writeString(file, code);
        var eventFile = folder.resolve("event.json");
        Files.writeString(eventFile, event);
        var line =
                new ArrayList<>(
                        List.of(
                                "actions",
                                "test",
                                file.toString(),
                                "--event",
                                eventFile.toString()));
        line.addAll(List.of(more));
        var out = new StringWriter();
        var err = new StringWriter();
        var exit =
                SegueCommand.commandLine()
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(err))
                        .execute(line.toArray(String[]::new));
        return new Ran(exit, out.toString(), err.toString());
    }

    private static String handler(String body) {
        return "exports.onExecutePostLogin = async (event, api) => {" + body + "};";
    }

    @Test
    void whatItAskedForIsToldAndExitsWith0() throws IOException {
        var ran =
                run(
                        handler(
                                """
                                console.log('hi', event.user.email, event.secrets.KEY);
                                api.idToken.setCustomClaim('a', event.secrets.KEY.length);
                                api.idToken.setCustomClaim('iss', 'me');
                                api.session.setExpiresAt(0);
                                """),
                        "{\"user\":{\"email\":\"ada@example.com\"},\"session\":{}}",
                        "--secret",
                        "KEY=swordfish");
        assertThat(ran.err()).isEmpty();
        assertThat(ran.out().lines().toList())
                .startsWith(
                        "effect   idToken.setCustomClaim a = 9",
                        "effect   idToken.setCustomClaim iss = \"me\"",
                        "effect   session.setExpiresAt 1970-01-01T00:00:00Z",
                        "console  hi ada@example.com ***",
                        "warning  An Action set the claim 'iss', which is left out: the name is"
                                + " reserved.",
                        "ruling   allowed")
                .last()
                .asString()
                .matches("time     \\d+ ms");
        assertThat(ran.code()).isZero();
    }

    @Test
    void aDenialExitsWith1() throws IOException {
        var ran = run(handler("api.access.deny('not today');"), "{}");
        assertThat(ran.out()).contains("ruling   denied, access_denied: not today");
        assertThat(ran.code()).isEqualTo(1);
    }

    @Test
    void aFailureExitsWith1AndSaysWhere() throws IOException {
        var ran = run(handler("\n\nevent.nothing.at.all"), "{}");
        assertThat(ran.out()).contains("ruling   failed, action_error: ", "action.js:3");
        assertThat(ran.code()).isEqualTo(1);
    }

    @Test
    void whatIsntUnderstoodExitsWith2() throws IOException {
        assertThat(run(handler(""), "[]").code()).isEqualTo(2);
        assertThat(run(handler(""), "{").code()).isEqualTo(2);
        assertThat(run(handler(""), "{}", "--trigger", "send-phone-message").code()).isEqualTo(2);
        assertThat(run(handler(""), "{}", "--set", "actions.deadline=soon").code()).isEqualTo(2);
        assertThat(run(handler(""), "{}", "--event", "/nothing").code()).isEqualTo(2);
    }
}
