package segue.server.action;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.Optional;

/// JSON as it goes to scripts and comes from them.
final class Json {
    /// Numbers stay as they were written.
    static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    /// The deepest document (THREATS R49.1).
    private static final int DEEPEST = 32;

    private Json() {}

    /// What nobody could store or put into a token, if anything.
    static Optional<String> problem(JsonNode json) {
        return problem(json, 0);
    }

    private static Optional<String> problem(JsonNode json, int depth) {
        if (depth > DEEPEST) return Optional.of("deeper than " + DEEPEST + " levels");
        if (json.isString()) return problem(json.stringValue());
        for (var entry : json.properties()) {
            var problem = problem(entry.getKey()).or(() -> problem(entry.getValue(), depth + 1));
            if (problem.isPresent()) return problem;
        }
        if (json.isArray())
            for (var item : json) {
                var problem = problem(item, depth + 1);
                if (problem.isPresent()) return problem;
            }
        return Optional.empty();
    }

    /// NUL is refused by PostgreSQL, and half a surrogate pair by UTF-8 (THREATS R49.3).
    private static Optional<String> problem(String text) {
        return text.codePoints()
                        .anyMatch(it -> it == 0 || Character.getType(it) == Character.SURROGATE)
                ? Optional.of("a text with a NUL or with half a character")
                : Optional.empty();
    }
}
