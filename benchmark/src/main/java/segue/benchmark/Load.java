package segue.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/// Has members of a subject do the same thing for a while, each on a connection of its own.
final class Load {
    private final List<Member> members;
    private final Flow flow;
    private final Optional<Double> rate;

    /// @param rate how many operations are begun in a second (an open loop); empty if each member
    ///   begins the next one when the last one ended (a closed loop)
    Load(List<Member> members, Flow flow, Optional<Double> rate) {
        this.members = List.copyOf(members);
        this.flow = flow;
        this.rate = rate;
    }

    /// @param nanos how long it took in all
    record Done(Times times, long nanos) {
        double perSecond() {
            return times.count() * 1e9 / nanos;
        }
    }

    /// Puts the load on.
    ///
    /// @param seconds how long, at least
    Done run(double seconds) throws InterruptedException {
        var start = System.nanoTime();
        var end = start + (long) (seconds * 1e9);
        var turns = new AtomicLong();
        var works = new ArrayList<Callable<long[]>>();
        for (var member : members)
            works.add(
                    () ->
                            rate.isPresent()
                                    ? inTurns(member, start, end, turns)
                                    : oneAfterTheOther(member, end));
        try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            var all = new ArrayList<long[]>();
            for (var work : threads.invokeAll(works)) all.add(work.get());
            var took = System.nanoTime() - start;
            return new Done(new Times(all.stream().flatMapToLong(Arrays::stream).toArray()), took);
        } catch (ExecutionException e) {
            throw new IllegalStateException("an operation failed", e.getCause());
        }
    }

    private long[] oneAfterTheOther(Member member, long end) throws IOException {
        var nanos = new Growing();
        for (var now = System.nanoTime(); now < end; ) {
            flow.run(member);
            var after = System.nanoTime();
            nanos.add(after - now);
            now = after;
        }
        return nanos.toArray();
    }

    /// An operation counts from when it should have begun: whoever comes while the server is slow
    /// waits, and a client that waits with it must not hide that (coordinated omission).
    private long[] inTurns(Member member, long start, long end, AtomicLong turns)
            throws IOException, InterruptedException {
        var nanos = new Growing();
        var between = 1e9 / rate.orElseThrow();
        while (true) {
            var due = start + (long) (turns.getAndIncrement() * between);
            if (due >= end) return nanos.toArray();
            var wait = due - System.nanoTime();
            if (wait > 0) Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
            flow.run(member);
            nanos.add(System.nanoTime() - due);
        }
    }

    /// Boxed numbers would be garbage.
    private static final class Growing {
        private long[] values = new long[1024];
        private int size = 0;

        void add(long value) {
            if (size == values.length) values = Arrays.copyOf(values, size * 2);
            values[size++] = value;
        }

        long[] toArray() {
            return Arrays.copyOf(values, size);
        }
    }
}
