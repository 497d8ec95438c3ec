package segue.server.management;

import segue.storage.jdbc.Query;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// The part of Lucene's query language that we understand: `field:value`, quotes, a `*` at the end,
/// `AND`, `OR`, `NOT`, parentheses, `field:(a OR b)` (contract management-api §5, §8). What we
/// can't evaluate is refused, never taken for "everything".
final class Search {
    private static final Pattern TOKEN = Pattern.compile("\\(|\\)|\"[^\"]*\"|[^\\s()\":]+:?|:");

    private final List<String> tokens;
    private final UnaryOperator<String> normal;
    private int at;

    private Search(List<String> tokens, UnaryOperator<String> normal) {
        this.tokens = tokens;
        this.normal = normal;
    }

    /// The query; empty if we don't understand it.
    ///
    /// @param normal how a value is written in its column
    static Optional<Query> parse(String text, UnaryOperator<String> normal) {
        var tokens = new ArrayList<String>();
        var matcher = TOKEN.matcher(text);
        var end = 0;
        while (matcher.find()) {
            if (!text.substring(end, matcher.start()).isBlank()) return Optional.empty();
            tokens.add(matcher.group());
            end = matcher.end();
        }
        if (!text.substring(end).isBlank() || tokens.size() > 200) return Optional.empty();
        if (tokens.isEmpty()) return Optional.of(new Query.All());
        var search = new Search(tokens, normal);
        var query = search.alternatives("");
        return search.at == tokens.size() ? query : Optional.empty();
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
        return field.isEmpty() ? Optional.empty() : value(field, token);
    }

    private Optional<Query> value(String field, String token) {
        if (token.startsWith("\""))
            return Optional.of(
                    new Query.Term(
                            field, normal.apply(token.substring(1, token.length() - 1)), false));
        if (token.matches(".*[\\[\\]{}?~^\\\\():].*")) return Optional.empty();
        var star = token.indexOf('*');
        if (star >= 0 && (star != token.length() - 1 || star == 0)) return Optional.empty();
        return Optional.of(
                star < 0
                        ? new Query.Term(field, normal.apply(token), false)
                        : new Query.Term(field, normal.apply(token.substring(0, star)), true));
    }

    private boolean isNext(String token) {
        return at < tokens.size() && tokens.get(at).equals(token);
    }
}
