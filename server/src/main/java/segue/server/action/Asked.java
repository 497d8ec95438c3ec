package segue.server.action;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// What a script asked for.
///
/// @param <E> what its trigger knows to ask for
record Asked<E>(List<E> effects, List<CacheEdit> cache) {
    Asked {
        effects = List.copyOf(effects);
        cache = List.copyOf(cache);
    }

    /// What one call asks for, if it makes sense.
    interface Reading<E> {
        E effect(Call call) throws Call.Wrong;
    }

    /// Reads what a script asked for, in its order.
    ///
    /// @param calls `[{"call":…, "args":[…]}, …]`
    /// @param malformed says what is wrong with a call
    static <E> Asked<E> read(JsonNode calls, Reading<E> reading, Function<String, E> malformed) {
        var effects = new ArrayList<E>();
        var cache = new ArrayList<CacheEdit>();
        for (var it : calls) {
            var call = new Call(it.path("call").asString(""), it.path("args"));
            try {
                switch (call.name()) {
                    case "cache.set" -> cache.add(put(call));
                    case "cache.delete" -> cache.add(new CacheEdit.Delete(call.text(0, "key")));
                    default -> effects.add(reading.effect(call.checked()));
                }
            } catch (Call.Wrong e) {
                effects.add(malformed.apply("api." + call.name() + ": " + e.what()));
            }
        }
        return new Asked<>(effects, cache);
    }

    private static CacheEdit put(Call it) throws Call.Wrong {
        return new CacheEdit.Put(
                it.text(0, "key"), it.text(1, "value"), it.millis(it.at(2).path("expires_at")));
    }
}
