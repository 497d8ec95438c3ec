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

    /// A field has a value, to the letter.
    ///
    /// @param field as the caller calls it
    record Term(String field, String value) implements Query {}

    /// A field looks like a pattern, in which `*` stands for any text.
    record Like(String field, String pattern) implements Query {}

    /// A field lies between two texts.
    ///
    /// @param low empty for no end
    /// @param high empty for no end
    record Range(String field, Optional<End> low, Optional<End> high) implements Query {}

    /// An end of a range.
    record End(String value, boolean isIncluded) {}

    /// A moment lies in a stretch of time.
    ///
    /// @param from epoch milliseconds, included
    /// @param until epoch milliseconds, excluded
    record During(String field, long from, long until) implements Query {}

    record And(Query left, Query right) implements Query {}

    record Or(Query left, Query right) implements Query {}

    record Not(Query query) implements Query {}

    /// What can be searched.
    ///
    /// @param texts the column of each field that is a text
    /// @param times the column of each field that is a moment
    record Searchable(Map<String, String> texts, Map<String, String> times) {
        public Searchable {
            texts = Map.copyOf(texts);
            times = Map.copyOf(times);
        }
    }

    /// A condition with its values, ready to be joined to a statement.
    record Condition(String sql, List<Object> values) {
        public Condition {
            values = List.copyOf(values);
        }
    }

    /// As SQL; empty if it names a field that isn't searchable.
    static Optional<Condition> condition(Query query, Searchable searchable) {
        return switch (query) {
            case All _ -> Optional.of(new Condition("1 = 1", List.of()));
            case Term(var field, var value) ->
                    column(field, searchable)
                            .map(column -> new Condition(column + " = ?", List.of(value)));
            case Like(var field, var pattern) ->
                    column(field, searchable)
                            .map(
                                    column ->
                                            new Condition(
                                                    column + " LIKE ? ESCAPE '!'",
                                                    List.of(escaped(pattern).replace('*', '%'))));
            case Range(var field, var low, var high) ->
                    column(field, searchable).map(column -> range(column, low, high));
            case During(var field, var from, var until) ->
                    Optional.ofNullable(searchable.times().get(field))
                            .map(
                                    column ->
                                            new Condition(
                                                    "(" + column + " >= ? AND " + column + " < ?)",
                                                    List.of(from, until)));
            case And(var left, var right) -> joined(left, " AND ", right, searchable);
            case Or(var left, var right) -> joined(left, " OR ", right, searchable);
            // What isn't there is not equal to anything: `= ?` would say "unknown" of it.
            case Not(var inner) ->
                    condition(inner, searchable)
                            .map(
                                    it ->
                                            new Condition(
                                                    "((" + it.sql() + ") IS NOT TRUE)",
                                                    it.values()));
        };
    }

    private static Optional<String> column(String field, Searchable searchable) {
        return Optional.ofNullable(searchable.texts().get(field));
    }

    private static Condition range(String column, Optional<End> low, Optional<End> high) {
        var sql = new StringBuilder("(" + column + " IS NOT NULL");
        var values = new ArrayList<>();
        low.ifPresent(
                end -> {
                    sql.append(" AND ").append(column).append(end.isIncluded() ? " >= ?" : " > ?");
                    values.add(end.value());
                });
        high.ifPresent(
                end -> {
                    sql.append(" AND ").append(column).append(end.isIncluded() ? " <= ?" : " < ?");
                    values.add(end.value());
                });
        return new Condition(sql.append(')').toString(), values);
    }

    private static Optional<Condition> joined(
            Query left, String word, Query right, Searchable searchable) {
        return condition(left, searchable)
                .flatMap(
                        one ->
                                condition(right, searchable)
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
