package segue.server.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A method and a path template such as `/api/v2/clients/{id}`, and who answers them.
public record Route(Method method, String template, Endpoint endpoint) {

    /// What the template names, if the path has its shape; each part is decoded exactly once. Empty
    /// if it hasn't, or if a part is malformed.
    Optional<Map<String, String>> match(List<String> segments) {
        var pattern = segments(template);
        if (pattern.size() != segments.size()) return Optional.empty();
        var parameters = new HashMap<String, String>();
        for (var i = 0; i < pattern.size(); i++) {
            var part = pattern.get(i);
            if (!part.startsWith("{")) {
                if (!part.equals(segments.get(i))) return Optional.empty();
                continue;
            }
            // A plus is a plus in a path.
            var decoded =
                    Parameters.parse(
                            "v=" + segments.get(i).replace("+", "%2B").replace("&", "%26"));
            var value = decoded.flatMap(it -> it.one("v"));
            if (value.isEmpty()) return Optional.empty();
            parameters.put(part.substring(1, part.length() - 1), value.get());
        }
        return Optional.of(parameters);
    }

    static List<String> segments(String path) {
        var parts = new ArrayList<>(List.of(path.split("/", -1)));
        if (!parts.isEmpty()) parts.removeFirst();
        return parts;
    }
}
