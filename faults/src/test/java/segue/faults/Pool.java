package segue.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// What clients hold at the moment, for whichever of them is quicker.
final class Pool<T> {
    private final List<T> items = new ArrayList<>();

    synchronized void add(T item) {
        items.add(item);
    }

    synchronized void remove(T item) {
        items.remove(item);
    }

    /// Any of them, which stays.
    synchronized Optional<T> any(RandomGenerator random) {
        return items.isEmpty()
                ? Optional.empty()
                : Optional.of(items.get(random.nextInt(items.size())));
    }

    /// Any of them, for the caller only; unless it is there twice.
    synchronized Optional<T> take(RandomGenerator random) {
        if (items.isEmpty()) return Optional.empty();
        var at = random.nextInt(items.size());
        var item = items.get(at);
        items.set(at, items.getLast());
        items.removeLast();
        return Optional.of(item);
    }

    synchronized int size() {
        return items.size();
    }

    /// All of them, for the caller only.
    synchronized List<T> takeAll() {
        var all = List.copyOf(items);
        items.clear();
        return all;
    }

    synchronized List<T> all() {
        return List.copyOf(items);
    }
}
