package segue.server.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import segue.domain.action.Verdict;
import segue.domain.action.Verdict.Failure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// The processes: when there are any, and what becomes of them.
@Timeout(120)
final class WorkersTest {
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    private static Stream<ProcessHandle> processes() {
        return ProcessHandle.current()
                .children()
                .filter(ProcessHandle::isAlive)
                .filter(it -> it.info().commandLine().orElse("").contains("segue.actions.Worker"));
    }

    private static void await(String what, BooleanSupplier condition) {
        var deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static Lab lab(int limit, int queue, Duration turn) {
        var patience = new Workers.Patience(queue, turn, Duration.ofSeconds(60));
        return new Lab(new Workers(Workers.installed(), limit, patience), Duration.ofSeconds(30));
    }

    @Test
    void thereIsNoProcessUntilSomethingRuns() {
        try (var lab = lab(2, 8, Duration.ofSeconds(60))) {
            lab.bind();
            assertThat(lab.run().failure()).isEmpty();
            assertThat(lab.workers.alive()).isZero();
            assertThat(processes()).isEmpty();
        }
    }

    @Test
    void oneProcessIsKeptToSpareAndAllEndWithTheServer() {
        try (var lab = lab(2, 8, Duration.ofSeconds(60))) {
            lab.bind("");
            assertThat(lab.run().failure()).isEmpty();
            await("a spare", () -> lab.workers.alive() == 2);
            assertThat(lab.run().failure()).isEmpty();
            assertThat(lab.workers.alive()).isEqualTo(2);
            assertThat(processes()).hasSize(2);
        }
        await("their end", () -> processes().findAny().isEmpty());
    }

    @Test
    void aWorkerThatIsKilledFailsItsRunAndNoOther() throws Exception {
        try (var lab = lab(1, 8, Duration.ofSeconds(60));
                var peer = new ServerSocket(0, 1, InetAddress.getByAddress(LOOPBACK));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            lab.bind("await fetch('http://127.0.0.1:%d/');".formatted(peer.getLocalPort()));
            var run = threads.submit(() -> lab.run());
            try (var _ = peer.accept()) {
                assertThat(processes().filter(ProcessHandle::destroyForcibly)).isNotEmpty();
                assertThat(run.get().failure().map(Failure::code)).contains("worker_ended");
            }
            lab.bind("");
            assertThat(lab.run().failure()).isEmpty();
            assertThat(lab.workers.losses()).isPositive();
        }
    }

    @Test
    void whoWaitsInAFullQueueIsToldSo() throws Exception {
        try (var lab = lab(1, 1, Duration.ofMillis(300));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            lab.bind("");
            await("a worker", () -> lab.run().failure().isEmpty());
            lab.bind("await new Promise(done => setTimeout(done, 5000));");
            var runs = new ArrayList<Future<Verdict>>();
            for (var i = 0; i < 6; i++) runs.add(threads.submit(() -> lab.run()));
            var classes = new ArrayList<Optional<String>>();
            for (var run : runs) classes.add(run.get().failure().map(Failure::errorClass));
            assertThat(classes).containsOnlyOnce(Optional.empty());
            assertThat(classes).contains(Optional.of("rate_limited"));
            assertThat(classes).containsOnly(Optional.empty(), Optional.of("rate_limited"));
        }
    }

    @Test
    void withoutTheProgramTheSignInIsDenied() {
        try (var lab = new Lab(new Workers(Optional.empty(), 1), Duration.ofSeconds(1))) {
            lab.bind("");
            assertThat(lab.run().failure().map(Failure::errorClass)).contains("platform_error");
        }
    }

    @Test
    void aProgramThatDoesntStartIsNotTriedForEver() {
        try (var lab =
                new Lab(
                        new Workers(Optional.of("/nothing/*"), 1, Workers.Patience.USUAL),
                        Duration.ofSeconds(1))) {
            lab.bind("");
            assertThat(lab.run().failure().map(Failure::code)).contains("no_worker");
            assertThat(lab.run().failure().map(Failure::code)).contains("no_worker");
            assertThat(lab.workers.losses()).isLessThanOrEqualTo(8);
        }
    }

    @Test
    void aWorkerKnowsNothingOfOurEnvironment() {
        try (var lab = lab(1, 8, Duration.ofSeconds(60))) {
            lab.bind("");
            assertThat(lab.run().failure()).isEmpty();
            var environments =
                    processes()
                            .map(it -> Path.of("/proc", Long.toString(it.pid())))
                            .map(it -> content(it.resolve("environ")))
                            .toList();
            assertThat(environments).isNotEmpty().allMatch(it -> !it.contains("PATH="));
        }
    }

    private static String content(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void manySignInsShareTheWorkers() throws Exception {
        try (var lab = lab(2, 64, Duration.ofSeconds(60));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            lab.bind("api.idToken.setCustomClaim('fine', true);");
            var runs = new ArrayList<Future<Verdict>>();
            for (var i = 0; i < 50; i++) runs.add(threads.submit(() -> lab.run()));
            var failures = new ArrayList<Failure>();
            for (var run : runs) run.get().failure().ifPresent(failures::add);
            assertThat(failures).isEmpty();
            assertThat(lab.workers.alive()).isLessThanOrEqualTo(3);
            assertThat(List.of(lab.workers.losses())).containsExactly(0L);
        }
    }
}
