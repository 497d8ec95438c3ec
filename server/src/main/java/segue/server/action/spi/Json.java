package segue.server.action.spi;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.json.JsonMapper;

/// Makes the JSON of claims and metadata.
public final class Json {
    private static final JsonMapper MAPPER = new JsonMapper();

    private Json() {}

    /// Writes a text, a number, a truth value, a list or a map of such, or null.
    public static String of(@Nullable Object value) {
        return MAPPER.writeValueAsString(value);
    }
}
