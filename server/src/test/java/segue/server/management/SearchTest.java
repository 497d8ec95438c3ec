package segue.server.management;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.storage.jdbc.Query;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Contract management-api §5 and §8: what is understood, and that the rest is refused.
class SearchTest {
    private static final Search.Fields FIELDS =
            new Search.Fields(Set.of("date"), List.of("type", "ip"), (_, value) -> value);

    private static Query parsed(String text) {
        return Search.parse(text, FIELDS).orElseThrow(() -> new AssertionError(text));
    }

    @Test
    void andBindsTighterThanOrAndNotTighterThanBoth() {
        assertThat(parsed("a:x OR NOT b:y AND c:\"z 1\""))
                .isEqualTo(
                        new Query.Or(
                                new Query.Term("a", "x"),
                                new Query.And(
                                        new Query.Not(new Query.Term("b", "y")),
                                        new Query.Term("c", "z 1"))));
    }

    @Test
    void parenthesesGroupClausesAndValues() {
        assertThat(parsed("(a:x OR b:y) AND type:(sertft OR fertft)"))
                .isEqualTo(
                        new Query.And(
                                new Query.Or(new Query.Term("a", "x"), new Query.Term("b", "y")),
                                new Query.Or(
                                        new Query.Term("type", "sertft"),
                                        new Query.Term("type", "fertft"))));
    }

    @Test
    void aStarStandsForAnyTextIfThereIsEnoughBesideIt() {
        assertThat(parsed("name:k*")).isEqualTo(new Query.Like("name", "k*"));
        assertThat(parsed("name:*kim*")).isEqualTo(new Query.Like("name", "*kim*"));
        assertThat(parsed("name:\"k*\"")).isEqualTo(new Query.Term("name", "k*"));
    }

    @Test
    void aTermWithoutAFieldSearchesTheUsualOnes() {
        assertThat(parsed("sertft"))
                .isEqualTo(
                        new Query.Or(
                                new Query.Term("type", "sertft"), new Query.Term("ip", "sertft")));
        var none = new Search.Fields(Set.of(), List.of(), (_, value) -> value);
        assertThat(Search.parse("sertft", none)).isEmpty();
    }

    @Test
    void rangesAreOpenOrClosedAtEitherEnd() {
        assertThat(parsed("log_id:[900 TO 901}"))
                .isEqualTo(
                        new Query.Range(
                                "log_id",
                                Optional.of(new Query.End("900", true)),
                                Optional.of(new Query.End("901", false))));
        assertThat(parsed("log_id:{* TO 901]"))
                .isEqualTo(
                        new Query.Range(
                                "log_id",
                                Optional.empty(),
                                Optional.of(new Query.End("901", true))));
    }

    private static long at(String time) {
        return Instant.parse(time).toEpochMilli();
    }

    @Test
    void aDayLastsUntilTheNext() {
        var monday = at("2026-03-02T00:00:00Z");
        var tuesday = at("2026-03-03T00:00:00Z");
        assertThat(parsed("date:2026-03-02")).isEqualTo(new Query.During("date", monday, tuesday));
        assertThat(parsed("date:[2026-03-02 TO 2026-03-02]"))
                .isEqualTo(new Query.During("date", monday, tuesday));
        assertThat(parsed("date:{2026-03-02 TO *}"))
                .isEqualTo(new Query.During("date", tuesday, Long.MAX_VALUE));
        assertThat(parsed("date:[2026-03-02T09:14 TO 2026-03-02T09:14:07.5Z}"))
                .isEqualTo(
                        new Query.During(
                                "date",
                                at("2026-03-02T09:14:00Z"),
                                at("2026-03-02T09:14:07.500Z")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a:",
                ":x",
                "a:x b:y",
                "a:x AND",
                "AND a:x",
                "NOT",
                "(a:x",
                "a:x)",
                "()",
                "a:()",
                "a:\"x",
                "a:\"\"",
                "a:\"x\\\"y\"",
                "a:x?",
                "a:x~1",
                "a:x^2",
                "a:x\\*",
                "a:*",
                "a:*x",
                "a:k*i",
                "a:[x TO]",
                "a:[x y]",
                "a:[x TO y",
                "[a TO b]",
                "-type",
                "a:-x",
                "a:x && b:y",
                "+a",
                "date:yesterday",
                "date:2026-02-30",
                "date:[2026-13-01 TO *]",
                "date:2026*",
                "a:b:c",
                "AND"
            })
    void whatIsNotUnderstoodIsRefused(String text) {
        assertThat(Search.parse(text, FIELDS)).isEmpty();
    }

    @Test
    void aHugeQueryIsRefused() {
        assertThat(Search.parse("a:x" + " OR a:x".repeat(100), FIELDS)).isEmpty();
        assertThat(Search.parse("(".repeat(10_000), FIELDS)).isEmpty();
    }
}
