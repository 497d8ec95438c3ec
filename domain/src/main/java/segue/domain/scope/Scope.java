package segue.domain.scope;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/// The text of a scope: words between spaces (RFC 6749 §3.3).
public final class Scope {
    private Scope() {}

    /// Its words, in their order; the caller may change what is returned.
    public static SequencedSet<String> words(String scope) {
        var words = new LinkedHashSet<>(List.of(scope.strip().split("\\s+")));
        words.remove("");
        return words;
    }
}
