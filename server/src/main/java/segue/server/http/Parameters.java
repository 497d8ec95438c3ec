package segue.server.http;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The parameters of a query or a form body, in the order in which they came. An empty value counts
/// as absent (contract authentication-api §1); a repeated name is for the endpoint to refuse.
public final class Parameters {
    /// None at all.
    public static final Parameters NONE = new Parameters(Map.of());

    private final Map<String, List<String>> values;

    private Parameters(Map<String, List<String>> values) {
        this.values = values;
    }

    /// One value for each name.
    public static Parameters of(Map<String, String> single) {
        var values = new LinkedHashMap<String, List<String>>();
        single.forEach((name, value) -> values.put(name, List.of(value)));
        return new Parameters(values);
    }

    /// Parses `application/x-www-form-urlencoded`.
    ///
    /// @return empty if an escape is broken, the bytes aren't UTF-8, or a control character other
    ///   than a line break or tab is hidden in it (THREATS R49.3)
    public static Optional<Parameters> parse(String text) {
        var values = new LinkedHashMap<String, List<String>>();
        for (var pair : text.split("&", -1)) {
            if (pair.isEmpty()) continue;
            var equals = pair.indexOf('=');
            var name = decode(equals < 0 ? pair : pair.substring(0, equals));
            var value = equals < 0 ? Optional.of("") : decode(pair.substring(equals + 1));
            if (name.isEmpty() || value.isEmpty()) return Optional.empty();
            values.computeIfAbsent(name.get(), _ -> new ArrayList<>()).add(value.get());
        }
        return Optional.of(new Parameters(values));
    }

    private static Optional<String> decode(String text) {
        var bytes = ByteBuffer.allocate(text.length());
        for (var i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == '+') bytes.put((byte) ' ');
            else if (c > 0x7f)
                return Optional.empty(); // RFC 3986 §2: everything else travels escaped.
            else if (c != '%') bytes.put((byte) c);
            else {
                if (i + 2 >= text.length()) return Optional.empty();
                var high = Character.digit(text.charAt(i + 1), 16);
                var low = Character.digit(text.charAt(i + 2), 16);
                if (high < 0 || low < 0) return Optional.empty();
                bytes.put((byte) (high << 4 | low));
                i += 2;
            }
        }
        return text(bytes.flip());
    }

    private static Optional<String> text(ByteBuffer bytes) {
        try {
            var text =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .decode(bytes)
                            .toString();
            return isText(text) ? Optional.of(text) : Optional.empty();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /// Whether a text holds nothing that a database or a log might choke on: no control characters
    /// but line breaks and tabs, no half of a surrogate pair (THREATS R49.3).
    public static boolean isText(String text) {
        return text.codePoints().allMatch(Parameters::isAllowed);
    }

    private static boolean isAllowed(int c) {
        if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) return false;
        return (c >= ' ' && c != 0x7f) || c == '\r' || c == '\n' || c == '\t';
    }

    /// The value, if there is one and it isn't empty; the first if the name is repeated.
    public Optional<String> one(String name) {
        return all(name).stream().filter(value -> !value.isEmpty()).findFirst();
    }

    /// Whether the name occurs, with whatever value.
    public boolean has(String name) {
        return values.containsKey(name);
    }

    /// All values of a name, empty ones included.
    public List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    /// The names that occur more than once.
    public Set<String> repeated() {
        return values.entrySet().stream()
                .filter(entry -> entry.getValue().size() > 1)
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /// All names.
    public Set<String> names() {
        return Set.copyOf(values.keySet());
    }

    /// How many values there are.
    public int size() {
        return values.values().stream().mapToInt(List::size).sum();
    }

    /// The same without some names.
    public Parameters without(String... names) {
        var fewer = new LinkedHashMap<>(values);
        List.of(names).forEach(fewer::remove);
        return new Parameters(fewer);
    }

    /// The same with one value for a name.
    public Parameters with(String name, String value) {
        var more = new LinkedHashMap<>(values);
        more.put(name, List.of(value));
        return new Parameters(more);
    }

    /// As `application/x-www-form-urlencoded`.
    public String encoded() {
        return values.entrySet().stream()
                .flatMap(
                        entry ->
                                entry.getValue().stream()
                                        .map(value -> encode(entry.getKey()) + "=" + encode(value)))
                .collect(Collectors.joining("&"));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
