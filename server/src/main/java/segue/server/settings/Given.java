package segue.server.settings;

import java.util.List;

/// A value as it was given, and by whom.
record Given(String source, Shape shape) {
    /// What a source can express: the environment and flags know text only, YAML knows lists too.
    sealed interface Shape {}

    record Text(String text) implements Shape {}

    record Items(List<String> items) implements Shape {
        Items {
            items = List.copyOf(items);
        }
    }

    static Given text(String source, String text) {
        return new Given(source, new Text(text));
    }
}
