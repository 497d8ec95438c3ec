package segue.server.action;

import segue.domain.secret.Secret;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// Takes secrets out of what Actions print and of how they fail (THREATS R46.4).
final class Redactor {
    /// Shorter ones are words that occur everywhere.
    private static final int SHORTEST = 4;

    private static final String MASK = "***";

    private final List<String> secrets;

    Redactor(Collection<Secret> secrets) {
        // A secret that contains another goes first, or its rest would stay.
        this.secrets =
                secrets.stream()
                        .map(Secret::reveal)
                        .filter(it -> it.length() >= SHORTEST)
                        .distinct()
                        .sorted(Comparator.comparingInt(String::length).reversed())
                        .toList();
    }

    /// The text without them, not even the beginning of one that was cut off at the text's end.
    String redact(String text) {
        var redacted = text;
        for (var secret : secrets) redacted = redacted.replace(secret, MASK);
        return withoutBeginning(redacted);
    }

    private String withoutBeginning(String text) {
        var longest =
                secrets.stream().mapToInt(secret -> beginningAtEnd(secret, text)).max().orElse(0);
        return longest == 0 ? text : text.substring(0, text.length() - longest) + MASK;
    }

    private static int beginningAtEnd(String secret, String text) {
        for (var length = Math.min(secret.length() - 1, text.length());
                length >= SHORTEST;
                length--) if (text.endsWith(secret.substring(0, length))) return length;
        return 0;
    }
}
