package segue.server.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The header fields of a request, in the order in which they came.
public final class Headers {
    private final List<Header> fields;

    public Headers(List<Header> fields) {
        this.fields = List.copyOf(fields);
    }

    /// The first value of the field, if it was sent.
    public Optional<String> first(String name) {
        return fields.stream()
                .filter(field -> field.name().equalsIgnoreCase(name))
                .map(Header::value)
                .findFirst();
    }

    /// All values of the field, in order.
    public List<String> all(String name) {
        return fields.stream()
                .filter(field -> field.name().equalsIgnoreCase(name))
                .map(Header::value)
                .toList();
    }

    Headers with(String name, String value) {
        var more = new ArrayList<>(fields);
        more.add(new Header(name, value));
        return new Headers(more);
    }
}
