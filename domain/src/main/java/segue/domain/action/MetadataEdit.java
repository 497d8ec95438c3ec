package segue.domain.action;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// One change of the metadata of a session or of a refresh token.
public sealed interface MetadataEdit {
    /// Sets an entry.
    record Put(String key, String value) implements MetadataEdit {}

    /// Deletes an entry, if it is there.
    record Delete(String key) implements MetadataEdit {}

    /// Deletes all entries.
    record Evict() implements MetadataEdit {}

    /// The most entries.
    int MOST = 25;

    /// The most characters of a key or a value.
    int LONGEST = 255;

    /// The metadata after the change.
    default SortedMap<String, String> on(SortedMap<String, String> metadata) {
        var changed = new TreeMap<>(metadata);
        switch (this) {
            case Put(var key, var value) -> changed.put(key, value);
            case Delete(var key) -> changed.remove(key);
            case Evict _ -> changed.clear();
        }
        return changed;
    }

    /// What is wrong with metadata, by contract actions §4.
    static Optional<String> problem(SortedMap<String, String> metadata) {
        if (metadata.size() > MOST) return Optional.of("more than " + MOST + " entries");
        return metadata.entrySet().stream()
                .map(entry -> problem(entry.getKey(), entry.getValue()))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<String> problem(String key, String value) {
        if (key.isEmpty() || !key.chars().allMatch(MetadataEdit::isKeyCharacter))
            return Optional.of("a key consists of letters, digits, '_' and '-'");
        if (key.length() > LONGEST || value.length() > LONGEST)
            return Optional.of("a key or value is longer than " + LONGEST + " characters");
        return Optional.empty();
    }

    private static boolean isKeyCharacter(int character) {
        return (character >= 'a' && character <= 'z')
                || (character >= 'A' && character <= 'Z')
                || (character >= '0' && character <= '9')
                || character == '_'
                || character == '-';
    }
}
