package segue.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.time.Duration;

@Timeout(60)
class SpentTest {
    @Test
    void aProcessThatWorksSpendsTime() {
        var before = Spent.processorTime(ProcessHandle.current());
        var after = before;
        while (after.equals(before)) after = Spent.processorTime(ProcessHandle.current());
        assertThat(after).isGreaterThan(before);
    }

    /// PostgreSQL ends a process with each connection.
    @Test
    @EnabledOnOs(OS.LINUX)
    void soDoesAChildThatHasEnded() throws IOException, InterruptedException {
        var shell =
                new ProcessBuilder(
                                "sh",
                                "-c",
                                "(i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done); read _")
                        .start();
        try {
            var spent = Duration.ZERO;
            while (spent.compareTo(Duration.ofMillis(50)) < 0
                    || shell.children().findAny().isPresent())
                spent = Spent.processorTime(shell.toHandle());
            assertThat(Spent.processorTime(shell.toHandle())).isGreaterThanOrEqualTo(spent);
        } finally {
            shell.destroy();
            var _ = shell.waitFor();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aProcessHasMemoryInUse() {
        assertThat(Spent.residentMebibytes(ProcessHandle.current()).orElseThrow()).isPositive();
    }
}
