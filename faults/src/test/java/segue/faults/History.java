package segue.faults;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/// Where all clients write down what they did.
final class History {
    private final Queue<Operation> operations = new ConcurrentLinkedQueue<>();
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicLong done = new AtomicLong();

    Thing family() {
        return new Thing(numbers.incrementAndGet());
    }

    Thing thing(Thing.Kind kind, Thing parent) {
        return new Thing(kind, numbers.incrementAndGet(), Optional.of(parent));
    }

    void add(Operation operation) {
        operations.add(operation);
        if (operation.isDone()) done.incrementAndGet();
    }

    /// How many have succeeded.
    long done() {
        return done.get();
    }

    /// The one that was answered last, if any was.
    String last() {
        return operations.stream()
                .max(Comparator.comparingLong(Operation::end))
                .map(Operation::toString)
                .orElse("none was sent");
    }

    List<Operation> operations() {
        return List.copyOf(operations);
    }
}
