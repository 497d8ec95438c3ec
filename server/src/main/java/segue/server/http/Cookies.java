package segue.server.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The cookies of a request, read as strictly as RFC 6265 §4.2.1 writes them: no `$Version`, no
/// quotes taken off, nothing trimmed but space and tab (THREATS R6.3).
public final class Cookies {
    private final List<Header> pairs;

    private Cookies(List<Header> pairs) {
        this.pairs = pairs;
    }

    static Cookies parse(List<String> fields) {
        var pairs = new ArrayList<Header>();
        for (var field : fields) {
            for (var pair : field.split(";", -1)) {
                var equals = pair.indexOf('=');
                if (equals > 0)
                    pairs.add(
                            new Header(
                                    trimmed(pair.substring(0, equals)),
                                    trimmed(pair.substring(equals + 1))));
            }
        }
        return new Cookies(List.copyOf(pairs));
    }

    private static String trimmed(String text) {
        var start = 0;
        var end = text.length();
        while (start < end && isBlank(text.charAt(start))) start++;
        while (end > start && isBlank(text.charAt(end - 1))) end--;
        return text.substring(start, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /// All values of the cookie, in order; names are compared with regard to case.
    public List<String> all(String name) {
        return pairs.stream().filter(pair -> pair.name().equals(name)).map(Header::value).toList();
    }

    /// The value of the cookie if it was sent exactly once: a security cookie that is there twice
    /// was tossed in by somebody else, and neither is believed.
    public Optional<String> only(String name) {
        var values = all(name);
        return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
    }
}
