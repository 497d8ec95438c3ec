package segue.domain.log;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The `details` of an event: dotted paths to values. Never a secret, never personal data beyond
/// the event's own fields.
///
/// @param values each a `String`, a `Long`, a `Boolean` or a `List` of identifiers
public record Details(SortedMap<String, Object> values) {
    /// No details.
    public static final Details NONE = new Details(new TreeMap<>());

    public Details {
        for (var value : values.values())
            if (!(value instanceof String
                    || value instanceof Long
                    || value instanceof Boolean
                    || value instanceof List<?>))
                throw new IllegalArgumentException(
                        "a detail is a text, a number, a truth value or a list of identifiers");
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    /// The same with one more.
    ///
    /// @param path dotted, for example `refresh_token.access`
    public Details with(String path, Object value) {
        var more = new TreeMap<String, Object>(values);
        more.putAll(Map.of(path, value));
        return new Details(more);
    }
}
