package segue.actions;

import org.graalvm.polyglot.Engine;

import java.util.LinkedHashMap;
import java.util.Map;

/// The Actions that are loaded; the one that ran longest ago makes room.
final class Guests {
    private static final int ROOM = 8;
    private static final int RUNS = 1000;

    private final Engine engine = Guest.engine();
    private final Wire wire;
    private final Map<String, Guest> byKey = new LinkedHashMap<>(ROOM, 0.75f, true);

    Guests(Wire wire) {
        this.wire = wire;
    }

    Guest of(String key, String code) {
        var known = byKey.get(key);
        if (known != null && known.isOf(code) && known.runs() < RUNS) return known;
        discard(key);
        if (byKey.size() == ROOM) discard(byKey.keySet().iterator().next());
        var guest = new Guest(engine, wire, code);
        byKey.put(key, guest);
        return guest;
    }

    void discard(String key) {
        var guest = byKey.remove(key);
        if (guest != null) guest.cancel();
    }
}
