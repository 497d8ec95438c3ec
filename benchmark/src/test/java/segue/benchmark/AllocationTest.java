package segue.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

@Timeout(60)
class AllocationTest {
    private static final int MEBIBYTE = 1024 * 1024;

    /// Makes an array of ten MiB for each byte that it is given, and says so.
    private static final String PROGRAM =
            """
            void main() throws Exception {
                System.out.write('r');
                System.out.flush();
                while (System.in.read() >= 0) {
                    System.out.write(new byte[10 << 20].length == 0 ? 'n' : 'y');
                    System.out.flush();
                }
            }
            """;

    /// One that refuses to deserialize anything, as our servers do.
    @Test
    void whatAnotherJvmAllocatesIsSeen(@TempDir Path folder) throws IOException {
        var program = Files.writeString(folder.resolve("Program.java"), PROGRAM);
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process =
                new ProcessBuilder(java, "-Djdk.serialFilter=!*", program.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            assertThat(process.getInputStream().read()).isEqualTo('r');
            var allocation = new Allocation(process.toHandle(), folder);
            var before = allocation.bytes();
            process.getOutputStream().write("1".getBytes(StandardCharsets.US_ASCII));
            process.getOutputStream().flush();
            assertThat(process.getInputStream().read()).isEqualTo('y');
            assertThat(allocation.bytes() - before).isBetween(10L * MEBIBYTE, 20L * MEBIBYTE);
        } finally {
            process.destroy();
        }
    }
}
