package segue.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

@Timeout(60)
class AllocatedTest {
    /// A megabyte for each line that it reads, on a virtual thread as requests are answered by.
    private static final String PROGRAM =
            """
            static byte[] kept = {};

            void main() throws Exception {
                IO.println("ready");
                while (IO.readln("") != null) {
                    Thread.ofVirtual().start(() -> kept = new byte[1_000_000]).join();
                    IO.println(kept.length);
                }
            }
            """;

    @Test
    void whatAVirtualThreadOfAnotherProcessAllocatesIsCounted(@TempDir Path folder)
            throws IOException {
        var java = ProcessHandle.current().info().command().orElseThrow();
        var program = Files.writeString(folder.resolve("Program.java"), PROGRAM);
        var process = new ProcessBuilder(java, program.toString()).start();
        try (var in = process.inputReader();
                var out = process.outputWriter()) {
            assertThat(in.readLine()).isEqualTo("ready");
            try (var allocated = new Allocated(process.toHandle())) {
                var before = allocated.bytes();
                for (var line = 0; line < 10; line++) {
                    out.write("\n");
                    out.flush();
                    assertThat(in.readLine()).isEqualTo("1000000");
                }
                assertThat(allocated.bytes() - before).isBetween(10_000_000L, 20_000_000L);
            }
        } finally {
            process.destroy();
        }
    }
}
