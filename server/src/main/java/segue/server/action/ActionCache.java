package segue.server.action;

import segue.server.action.CacheEdit.Delete;
import segue.server.action.CacheEdit.Put;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// What `api.cache` holds, for each trigger, on this node, in memory. The worker keeps to the
/// bounds of contract actions §6 and tells its script; here they hold whatever a worker says, and
/// for sign-ins at the same time, of which the later one keeps what there is room for.
final class ActionCache {
    private static final int MOST_ENTRIES = 20;
    private static final int MOST_KEY_BYTES = 64;
    private static final int MOST_VALUE_BYTES = 4096;
    private static final int MOST_BYTES = 8192;
    private static final Duration LONGEST = Duration.ofHours(24);

    record Entry(String value, Instant expiresAt) {}

    private final Map<String, Map<String, Entry>> byTrigger = new ConcurrentHashMap<>();

    /// What is there now; never changes.
    Map<String, Entry> of(String trigger) {
        return byTrigger.getOrDefault(trigger, Map.of());
    }

    /// Changes what is there.
    void edit(String trigger, List<CacheEdit> edits, Instant now) {
        if (edits.isEmpty()) return;
        byTrigger.merge(
                trigger, edited(Map.of(), edits, now), (before, _) -> edited(before, edits, now));
    }

    /// What would be there.
    static Map<String, Entry> edited(
            Map<String, Entry> entries, List<CacheEdit> edits, Instant now) {
        var changed = new TreeMap<>(entries);
        changed.values().removeIf(it -> !it.expiresAt().isAfter(now));
        for (var edit : edits) {
            switch (edit) {
                case Delete(var key) -> changed.remove(key);
                case Put(var key, var value, var expiresAt) -> {
                    changed.remove(key);
                    if (fits(changed, key, value))
                        changed.put(key, new Entry(value, earlier(expiresAt, now.plus(LONGEST))));
                }
            }
        }
        return Map.copyOf(changed);
    }

    private static boolean fits(Map<String, Entry> entries, String key, String value) {
        var bytes =
                entries.entrySet().stream()
                        .mapToInt(it -> bytes(it.getKey()) + bytes(it.getValue().value()))
                        .sum();
        return entries.size() < MOST_ENTRIES
                && bytes(key) <= MOST_KEY_BYTES
                && bytes(value) <= MOST_VALUE_BYTES
                && bytes + bytes(key) + bytes(value) <= MOST_BYTES;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
