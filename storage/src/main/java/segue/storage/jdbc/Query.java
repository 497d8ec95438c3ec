package segue.storage.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A search, as a tree (contract management-api §5, §8). Which fields there are is the table's
/// business.
public sealed interface Query {
    /// Everything.
    record All() implements Query {}

    /// A field has a value, or one that begins with it.
    ///
    /// @param field as the caller calls it
    record Term(String field, String value, boolean isPrefix) implements Query {}

    record And(Query left, Query right) implements Query {}

    record Or(Query left, Query right) implements Query {}

    record Not(Query query) implements Query {}

    /// A condition with its values, ready to be joined to a statement.
    record Condition(String sql, List<Object> values) {}

    /// As SQL; empty if it names a field that isn't searchable.
    ///
    /// @param columns the column of each searchable field
    static Optional<Condition> condition(Query query, Map<String, String> columns) {
        return switch (query) {
            case All _ -> Optional.of(new Condition("1 = 1", List.of()));
            case Term(var field, var value, var isPrefix) ->
                    Optional.ofNullable(columns.get(field))
                            .map(
                                    column ->
                                            isPrefix
                                                    ? new Condition(
                                                            column + " LIKE ? ESCAPE '!'",
                                                            List.of(escaped(value) + "%"))
                                                    : new Condition(
                                                            column + " = ?", List.of(value)));
            case And(var left, var right) -> joined(left, " AND ", right, columns);
            case Or(var left, var right) -> joined(left, " OR ", right, columns);
            case Not(var inner) ->
                    condition(inner, columns)
                            .map(it -> new Condition("NOT (" + it.sql() + ")", it.values()));
        };
    }

    private static Optional<Condition> joined(
            Query left, String word, Query right, Map<String, String> columns) {
        return condition(left, columns)
                .flatMap(
                        one ->
                                condition(right, columns)
                                        .map(
                                                other -> {
                                                    var values = new ArrayList<>(one.values());
                                                    values.addAll(other.values());
                                                    return new Condition(
                                                            "("
                                                                    + one.sql()
                                                                    + word
                                                                    + other.sql()
                                                                    + ")",
                                                            values);
                                                }));
    }

    private static String escaped(String text) {
        return text.replace("!", "!!").replace("%", "!%").replace("_", "!_");
    }
}
