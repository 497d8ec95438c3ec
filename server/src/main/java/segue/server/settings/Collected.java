package segue.server.settings;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What all sources gave, by key, the last one winning, and the problems met on the way.
final class Collected {
    private final Map<String, Given> given = new HashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    static Collected from(Sources sources) {
        var collected = new Collected();
        sources.file().ifPresent(file -> YamlFile.read(file, collected));
        sources.environment().entrySet().stream()
                .filter(variable -> variable.getKey().startsWith("SEGUE_"))
                .sorted(Map.Entry.comparingByKey())
                .forEach(variable -> collected.variable(variable.getKey(), variable.getValue()));
        sources.flags().forEach(collected::flag);
        return collected;
    }

    /// Takes a value; an unknown key is a problem.
    void take(String name, Given value) {
        if (Keys.all().stream().anyMatch(key -> key.name().equals(name))) {
            given.put(name, value);
        } else {
            var names = Keys.all().stream().map(Key::name).toList();
            complain(value.source(), Type.quoted(name), "unknown key", nearest(name, names));
        }
    }

    void complain(String source, String key, String wrong, String right) {
        problems.add(new Problem(source, key, wrong, right));
    }

    Optional<Given> given(Key<?> key) {
        return Optional.ofNullable(given.get(key.name()));
    }

    /// Who gave the key, for a complaint about how it fits with others.
    String source(Key<?> key) {
        return given(key).map(Given::source).orElse("default");
    }

    /// The value of a key that may be missing.
    <T> Optional<T> optional(Key<T> key) {
        var value = given(key).or(() -> key.fallback().map(text -> Given.text("default", text)));
        if (value.isEmpty()) return Optional.empty();
        return switch (key.type().read(value.get().shape())) {
            case Type.Reading.Read<T>(var read) -> Optional.of(read);
            case Type.Reading.Wrong<T>(var what) -> {
                complain(value.get().source(), key.name(), what, key.type().expected());
                // Something must stand in until all problems are known; nobody will see it.
                yield key.fallback().flatMap(text -> read(key, text));
            }
        };
    }

    /// The value of a key that has a default.
    <T> T required(Key<T> key) {
        return optional(key)
                .orElseThrow(() -> new IllegalStateException(key.name() + " has no default"));
    }

    List<Problem> problems() {
        return List.copyOf(problems);
    }

    private void variable(String variable, String value) {
        Keys.all().stream()
                .filter(key -> key.variable().equals(variable))
                .findFirst()
                .ifPresentOrElse(
                        key -> take(key.name(), Given.text("environment " + variable, value)),
                        () ->
                                complain(
                                        "environment",
                                        Type.quoted(variable),
                                        "unknown variable",
                                        nearest(
                                                variable,
                                                Keys.all().stream().map(Key::variable).toList())));
    }

    private void flag(String flag) {
        var equals = flag.indexOf('=');
        if (equals < 1) {
            complain("--set", Type.quoted(flag), "there is no value", "give --set key=value");
        } else {
            take(flag.substring(0, equals), Given.text("--set", flag.substring(equals + 1)));
        }
    }

    private static <T> Optional<T> read(Key<T> key, String text) {
        return key.type().read(new Given.Text(text)) instanceof Type.Reading.Read<T>(var value)
                ? Optional.of(value)
                : Optional.empty();
    }

    private static String nearest(String typed, List<String> names) {
        return names.stream()
                .min(Comparator.comparingInt(name -> distance(typed, name)))
                .filter(name -> distance(typed, name) <= Math.max(3, name.length() / 4))
                .map(name -> "did you mean " + name + "?")
                .orElse("see docs/configuration.md for all keys");
    }

    /// How many letters must be added, dropped or changed (Levenshtein).
    private static int distance(String one, String other) {
        var before = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) before[j] = j;
        for (int i = 1; i <= one.length(); i++) {
            var row = new int[other.length() + 1];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                var change = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(row[j - 1], before[j]) + 1, before[j - 1] + change);
            }
            before = row;
        }
        return before[other.length()];
    }
}
