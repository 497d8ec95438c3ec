package segue.server.settings;

import java.util.Locale;
import java.util.Optional;

/// One setting: its name, how it is read, what holds when nobody sets it, and what it means.
///
/// @param name as the contract spells it, `server.port`
/// @param type how its text is understood
/// @param fallback the text that holds when nobody sets it; empty where absence means something of
///   its own
/// @param unlessSet the default in words, for the documentation
/// @param meaning one sentence for the documentation
public record Key<T>(
        String name, Type<T> type, Optional<String> fallback, String unlessSet, String meaning) {

    static <T> Key<T> of(String name, Type<T> type, String fallback, String meaning) {
        var shown = fallback.isEmpty() ? "empty" : "`" + fallback + "`";
        return new Key<>(name, type, Optional.of(fallback), shown, meaning);
    }

    static <T> Key<T> optional(String name, Type<T> type, String unlessSet, String meaning) {
        return new Key<>(name, type, Optional.empty(), unlessSet, meaning);
    }

    /// The environment variable that sets it, `SEGUE_SERVER_PORT`.
    public String variable() {
        return "SEGUE_" + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
