package segue.demo.phone;

import tools.jackson.databind.JsonNode;

/// What an endpoint answered.
///
/// @param json the body; a missing node if it wasn't JSON
public record Answer(int status, JsonNode json) {
    /// A field of the body, empty if it isn't there.
    public String text(String field) {
        return json.path(field).asString("");
    }

    /// Whether it is a success.
    public boolean isOk() {
        return status == 200;
    }
}
