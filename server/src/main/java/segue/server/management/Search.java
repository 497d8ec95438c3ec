package segue.server.management;

import segue.storage.jdbc.Query;

import tools.jackson.databind.node.ObjectNode;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The part of Lucene's query language that we understand: `field:value`, quotes, `*`, ranges `[a
/// TO b]` and `{a TO b}`, `AND`, `OR`, `NOT`, parentheses, `field:(a OR b)` (contract
/// management-api §5, §8). What we can't evaluate is refused, never taken for "everything".
final class Search {
    private static final Pattern TOKEN =
            Pattern.compile(
                    "[()]|[\\[{][^\\[\\]{}]*[\\]}]|\"[^\"\\\\]*\"|[^\\s()\":\\[\\]{}]+:?|:");
    private static final Pattern RANGE =
            Pattern.compile("([\\[{])\\s*(\\S+)\\s+TO\\s+(\\S+?)\\s*([\\]}])");
    private static final Pattern TIME =
            Pattern.compile(
                    "(\\d{4}-\\d{2}-\\d{2})(?:T(\\d{2}:\\d{2})(?::(\\d{2})(?:\\.(\\d{1,3}))?)?)?Z?");

    /// Lucene's operators and escapes that mean something which we would get wrong.
    private static final Pattern STRANGE = Pattern.compile(".*[?~^\\\\].*|[-+!&|].*");

    private static final int MOST_TOKENS = 200;
    private static final int SHORTEST_LITERAL = 3;

    /// What a list's items can be searched by.
    ///
    /// @param times the fields that are moments
    /// @param usual the fields that a term without a field searches; none refuses such a term
    /// @param normal how the value of a field is written where it is stored
    record Fields(Set<String> times, List<String> usual, BinaryOperator<String> normal) {
        Fields {
            times = Set.copyOf(times);
            usual = List.copyOf(usual);
        }
    }

    private final List<String> tokens;
    private final Fields fields;
    private int at;

    private Search(List<String> tokens, Fields fields) {
        this.tokens = tokens;
        this.fields = fields;
    }

    /// The query; empty if we don't understand it.
    static Optional<Query> parse(String text, Fields fields) {
        var tokens = new ArrayList<String>();
        var matcher = TOKEN.matcher(text);
        var end = 0;
        while (matcher.find()) {
            if (!text.substring(end, matcher.start()).isBlank()) return Optional.empty();
            tokens.add(matcher.group());
            end = matcher.end();
        }
        if (!text.substring(end).isBlank() || tokens.size() > MOST_TOKENS) return Optional.empty();
        if (tokens.isEmpty()) return Optional.of(new Query.All());
        var search = new Search(tokens, fields);
        var query = search.alternatives("");
        return search.at == tokens.size() ? query : Optional.empty();
    }

    /// The query as a filter of documents that are at hand; empty if it names another field than
    /// these, or a moment.
    static Optional<Predicate<ObjectNode>> filter(Query query, Set<String> searched) {
        return switch (query) {
            case Query.All _ -> Optional.of(_ -> true);
            case Query.Term(var field, var value) ->
                    on(field, searched, text -> text.equals(value));
            case Query.Like(var field, var pattern) ->
                    on(field, searched, Pattern.compile(quoted(pattern)).asMatchPredicate());
            case Query.Range(var field, var low, var high) ->
                    on(
                            field,
                            searched,
                            text ->
                                    low.map(end -> isAbove(text, end)).orElse(true)
                                            && high.map(end -> isBelow(text, end)).orElse(true));
            case Query.During _ -> Optional.empty();
            case Query.And(var left, var right) ->
                    filter(left, searched).flatMap(one -> filter(right, searched).map(one::and));
            case Query.Or(var left, var right) ->
                    filter(left, searched).flatMap(one -> filter(right, searched).map(one::or));
            case Query.Not(var inner) -> filter(inner, searched).map(Predicate::negate);
        };
    }

    private static Optional<Predicate<ObjectNode>> on(
            String field, Set<String> searched, Predicate<String> test) {
        return searched.contains(field)
                ? Optional.of(
                        item ->
                                item.path(field).isString()
                                        && test.test(item.path(field).asString()))
                : Optional.empty();
    }

    private static String quoted(String pattern) {
        return Stream.of(pattern.split("\\*", -1))
                .map(Pattern::quote)
                .collect(Collectors.joining(".*"));
    }

    private static boolean isAbove(String text, Query.End end) {
        var order = text.compareTo(end.value());
        return order > 0 || (order == 0 && end.isIncluded());
    }

    private static boolean isBelow(String text, Query.End end) {
        var order = text.compareTo(end.value());
        return order < 0 || (order == 0 && end.isIncluded());
    }

    private Optional<Query> alternatives(String field) {
        var query = conjunction(field);
        while (query.isPresent() && isNext("OR")) {
            at++;
            var left = query.get();
            query = conjunction(field).map(right -> new Query.Or(left, right));
        }
        return query;
    }

    private Optional<Query> conjunction(String field) {
        var query = negation(field);
        while (query.isPresent() && isNext("AND")) {
            at++;
            var left = query.get();
            query = negation(field).map(right -> new Query.And(left, right));
        }
        return query;
    }

    private Optional<Query> negation(String field) {
        if (!isNext("NOT")) return term(field);
        at++;
        return negation(field).map(Query.Not::new);
    }

    private Optional<Query> term(String field) {
        if (at >= tokens.size()) return Optional.empty();
        var token = tokens.get(at++);
        if (token.equals("(")) {
            var inner = alternatives(field);
            if (!isNext(")")) return Optional.empty();
            at++;
            return inner;
        }
        if (token.endsWith(":") && token.length() > 1 && !token.startsWith("\"")) {
            if (!field.isEmpty() || at >= tokens.size()) return Optional.empty();
            var name = token.substring(0, token.length() - 1);
            return isNext("(") ? term(name) : value(name, tokens.get(at++));
        }
        return field.isEmpty() ? anywhere(token) : value(field, token);
    }

    private Optional<Query> anywhere(String token) {
        if (token.startsWith("[") || token.startsWith("{")) return Optional.empty();
        return fields.usual().stream()
                .map(field -> value(field, token))
                .reduce((one, other) -> one.flatMap(it -> other.map(or(it))))
                .flatMap(Function.identity());
    }

    private static Function<Query, Query> or(Query left) {
        return right -> new Query.Or(left, right);
    }

    private Optional<Query> value(String field, String token) {
        if (token.startsWith("[") || token.startsWith("{")) return range(field, token);
        var isQuoted = token.startsWith("\"");
        var text = isQuoted ? token.substring(1, token.length() - 1) : token;
        if (text.isEmpty()) return Optional.empty();
        if (!isQuoted && (STRANGE.matcher(text).matches() || isWord(text))) return Optional.empty();
        if (fields.times().contains(field))
            return Stretch.parse(text).map(it -> new Query.During(field, it.from(), it.until()));
        if (isQuoted || text.indexOf('*') < 0)
            return Optional.of(new Query.Term(field, normal(field, text)));
        var literal = text.length() - text.replace("*", "").length();
        var isPrefix = literal == 1 && text.endsWith("*") && text.length() > 1;
        return isPrefix || text.length() - literal >= SHORTEST_LITERAL
                ? Optional.of(new Query.Like(field, normal(field, text)))
                : Optional.empty();
    }

    private static boolean isWord(String token) {
        return Set.of("AND", "OR", "NOT", "TO", "(", ")", ":").contains(token)
                || token.endsWith(":");
    }

    private Optional<Query> range(String field, String token) {
        var match = RANGE.matcher(token);
        if (!match.matches()) return Optional.empty();
        var isLowIncluded = match.group(1).equals("[");
        var isHighIncluded = match.group(4).equals("]");
        var low = end(match.group(2));
        var high = end(match.group(3));
        if (!fields.times().contains(field))
            return Optional.of(
                    new Query.Range(
                            field,
                            low.map(it -> new Query.End(normal(field, it), isLowIncluded)),
                            high.map(it -> new Query.End(normal(field, it), isHighIncluded))));
        var first = low.flatMap(Stretch::parse);
        var last = high.flatMap(Stretch::parse);
        if (first.isPresent() != low.isPresent() || last.isPresent() != high.isPresent())
            return Optional.empty();
        return Optional.of(
                new Query.During(
                        field,
                        first.map(it -> isLowIncluded ? it.from() : it.until()).orElse(0L),
                        last.map(it -> isHighIncluded ? it.until() : it.from())
                                .orElse(Long.MAX_VALUE)));
    }

    private static Optional<String> end(String text) {
        var isQuoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
        var value = isQuoted ? text.substring(1, text.length() - 1) : text;
        return Optional.of(value).filter(it -> !it.equals("*"));
    }

    private String normal(String field, String value) {
        return fields.normal().apply(field, value);
    }

    private boolean isNext(String token) {
        return at < tokens.size() && tokens.get(at).equals(token);
    }

    /// The day, minute, second or millisecond that a text names, in UTC.
    private record Stretch(long from, long until) {
        static Optional<Stretch> parse(String text) {
            var match = TIME.matcher(text);
            if (!match.matches()) return Optional.empty();
            var minutes = Optional.ofNullable(match.group(2));
            var seconds = Optional.ofNullable(match.group(3));
            var fraction = Optional.ofNullable(match.group(4));
            try {
                var from =
                        LocalDateTime.parse(
                                        match.group(1)
                                                + "T"
                                                + minutes.orElse("00:00")
                                                + ":"
                                                + seconds.orElse("00")
                                                + "."
                                                + fraction.orElse("0"))
                                .toInstant(ZoneOffset.UTC);
                var length =
                        fraction.isPresent()
                                ? Duration.ofMillis(1)
                                : seconds.isPresent()
                                        ? Duration.ofSeconds(1)
                                        : minutes.isPresent()
                                                ? Duration.ofMinutes(1)
                                                : Duration.ofDays(1);
                return Optional.of(
                        new Stretch(from.toEpochMilli(), from.plus(length).toEpochMilli()));
            } catch (DateTimeException e) {
                return Optional.empty();
            }
        }
    }
}
