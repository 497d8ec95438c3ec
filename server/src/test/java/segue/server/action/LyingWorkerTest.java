package segue.server.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.domain.action.Verdict.Failure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

import javax.tools.ToolProvider;

/// A script may have broken out into its worker, which then says what it likes (THREATS R46.1).
@Timeout(120)
final class LyingWorkerTest {
    /// A worker whose answer to a run is in its hands.
    private static final String PROGRAM =
            """
            package segue.actions;
            import java.io.*;
            public class Worker {
                static final DataOutputStream out = new DataOutputStream(System.out);
                static void frame(int type, String... texts) throws IOException {
                    var bytes = new ByteArrayOutputStream();
                    var frame = new DataOutputStream(bytes);
                    frame.writeByte(type);
                    if (type == 2) frame.writeInt(1);
                    for (var text : texts) {
                        frame.writeInt(text.getBytes().length);
                        frame.write(text.getBytes());
                    }
                    out.writeInt(bytes.size());
                    bytes.writeTo(out);
                    out.flush();
                }
                public static void main(String[] a) throws Exception {
                    frame(1);
                    System.in.read();
                    LIE
                    Thread.sleep(1000000);
                }
            }
            """;

    @TempDir private Path folder = Path.of("");

    private Workers workers(String lie) throws IOException {
        var source = folder.resolve("Worker.java");
        Files.writeString(source, PROGRAM.replace("LIE", lie));
        var compiler = ToolProvider.getSystemJavaCompiler();
        assertThat(compiler.run(null, null, null, "-d", folder.toString(), source.toString()))
                .isZero();
        return new Workers(Optional.of(folder.toString()), 1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "platform_error | out.writeInt(0); out.flush();",
                "platform_error | out.writeInt(-1); out.flush();",
                "platform_error | out.writeInt(5 << 20); out.flush();",
                "platform_error | System.out.println(\"Hello, this is no frame\");"
                        + " System.out.flush();",
                "platform_error | frame(7);",
                "platform_error | frame(1);",
                "platform_error | frame(3);",
                "platform_error | frame(3, \"\");",
                "platform_error | frame(3, \"[]\");",
                "platform_error | frame(3, \"{}\");",
                "platform_error | frame(3, \"{\");",
                "platform_error | frame(3, \"{\\\"effects\\\":[\" + \"[\".repeat(5000));",
                "platform_error | frame(3,"
                        + " \"{\\\"effects\\\":[],\\\"error\\\":{\\\"class\\\":\\\"else\\\"}}\");",
                "platform_error | out.writeInt(9); out.writeByte(3); out.writeInt(2000000000);"
                        + " out.writeInt(0); out.flush();",
                "platform_error | System.exit(0);",
                "action_timeout | // says nothing",
            })
    void aWorkerThatLiesFailsTheRun(String errorClass, String lie) throws IOException {
        try (var lab = new Lab(workers(lie), Duration.ofSeconds(10))) {
            lab.bind("");
            assertThat(lab.run().failure().map(Failure::errorClass)).contains(errorClass);
            // Nor is it trusted with another one.
            while (lab.workers.losses() == 0) Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "for (int i = 0; i < 100000; i++) frame(2, \"fetch\", \"{}\");",
                "frame(2, \"secrets\", \"{}\"); frame(2, \"fetch\", \"nonsense\");",
            })
    void nobodyIsHarmedByItsQuestions(String lie) throws IOException {
        try (var lab = new Lab(workers(lie), Duration.ofSeconds(2))) {
            lab.bind("");
            assertThat(lab.run().failure().map(Failure::errorClass))
                    .get()
                    .isIn("platform_error", "action_timeout");
        }
    }
}
