package segue.demo.browser;

import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A form of a page, with what would be sent if it were submitted now.
///
/// @param page where it stands
/// @param isPost whether it is posted; otherwise its fields become the query
/// @param fields in the order of the page
public record Form(URI page, URI action, boolean isPost, Map<String, String> fields) {
    /// Copies what it is given.
    public Form {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /// The form filled in.
    ///
    /// @throws IllegalArgumentException if it lacks one of the fields
    public Form filled(Map<String, String> values) {
        var filled = this;
        for (var value : values.entrySet()) {
            if (!fields.containsKey(value.getKey()))
                throw new IllegalArgumentException(
                        "the form at " + page.getPath() + " has no field " + value.getKey());
            filled = filled.tampered(value.getKey(), value.getValue());
        }
        return filled;
    }

    /// The form with any field set, as nobody could do by typing.
    public Form tampered(String field, String value) {
        var more = new LinkedHashMap<>(fields);
        more.put(field, value);
        return new Form(page, action, isPost, more);
    }
}
