package segue.demo.wire;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpHeaders;
import java.util.Optional;

/// What a JSON endpoint answered: a refusal is an answer too, never an exception.
public sealed interface Answer {
    /// The status code.
    int status();

    /// The header fields.
    HttpHeaders headers();

    /// The body; a missing node if it wasn't JSON.
    JsonNode json();

    /// A success.
    ///
    /// @param status 2xx
    record Granted(int status, HttpHeaders headers, JsonNode json) implements Answer {}

    /// Anything else.
    record Refused(int status, HttpHeaders headers, JsonNode json) implements Answer {
        /// `error` of the body, empty if there is none.
        public String error() {
            return text("error");
        }

        /// `error_description` of the body, empty if there is none.
        public String description() {
            return text("error_description");
        }
    }

    /// Sorts an answer by its status.
    static Answer of(int status, HttpHeaders headers, JsonNode json) {
        return status / 100 == 2
                ? new Granted(status, headers, json)
                : new Refused(status, headers, json);
    }

    /// Whether it is a success.
    default boolean isOk() {
        return switch (this) {
            case Granted _ -> true;
            case Refused _ -> false;
        };
    }

    /// A field of the body as text; empty text if it isn't there.
    default String text(String field) {
        return json().path(field).asString("");
    }

    /// A field of the body, if it is there and says something.
    default Optional<String> field(String field) {
        return Optional.of(text(field)).filter(text -> !text.isEmpty());
    }
}
