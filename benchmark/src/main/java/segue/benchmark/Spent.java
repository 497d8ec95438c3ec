package segue.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// What a process and those that it started have spent, as the operating system says.
final class Spent {
    private Spent() {}

    /// Processor time of a process and of its children, those too that have ended and were waited
    /// for. On Linux only; elsewhere children that have ended don't count.
    static Duration processorTime(ProcessHandle process) {
        var own = ended(process).plus(process.info().totalCpuDuration().orElse(Duration.ZERO));
        return process.children()
                .map(child -> child.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(own, Duration::plus);
    }

    /// proc(5): `cutime` and `cstime`, in hundredths of a second.
    private static Duration ended(ProcessHandle process) {
        return read(process, "stat")
                .map(it -> it.substring(it.lastIndexOf(')') + 2).split(" ", -1))
                .map(
                        it ->
                                Duration.ofMillis(
                                        (Long.parseLong(it[13]) + Long.parseLong(it[14])) * 10))
                .orElse(Duration.ZERO);
    }

    /// The memory of a process that is in use, in MiB; on Linux only.
    static Optional<Long> residentMebibytes(ProcessHandle process) {
        return read(process, "status")
                .flatMap(it -> it.lines().filter(line -> line.startsWith("VmRSS:")).findFirst())
                .map(it -> Long.parseLong(it.replaceAll("\\D", "")) / 1024);
    }

    private static Optional<String> read(ProcessHandle process, String name) {
        try {
            return Optional.of(
                    Files.readString(Path.of("/proc", Long.toString(process.pid()), name)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
