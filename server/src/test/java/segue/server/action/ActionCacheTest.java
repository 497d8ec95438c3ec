package segue.server.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The bounds of contract actions §6, whatever a worker says.
final class ActionCacheTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final Instant LATER = NOW.plusSeconds(60);

    private final ActionCache cache = new ActionCache();

    private void put(String key, String value) {
        cache.edit("post-login", List.of(new CacheEdit.Put(key, value, LATER)), NOW);
    }

    private List<String> keys() {
        return cache.of("post-login").keySet().stream().sorted().toList();
    }

    @Test
    void eachTriggerHasItsOwn() {
        put("a", "1");
        assertThat(cache.of("post-login"))
                .containsExactly(Map.entry("a", new ActionCache.Entry("1", LATER)));
        assertThat(cache.of("custom-token-exchange")).isEmpty();
        cache.edit("post-login", List.of(new CacheEdit.Delete("a")), NOW);
        assertThat(keys()).isEmpty();
    }

    @Test
    void twentyEntriesAndNoMore() {
        for (var i = 10; i < 31; i++) put("k" + i, "v");
        assertThat(keys()).hasSize(20).doesNotContain("k30");
        put("k10", "w");
        assertThat(cache.of("post-login").get("k10")).isEqualTo(new ActionCache.Entry("w", LATER));
    }

    @Test
    void noKeyNoValueAndNotAllTogetherAreTooLarge() {
        put("k".repeat(64), "v");
        put("l".repeat(65), "v");
        put("ü".repeat(33), "v");
        put("a", "v".repeat(4097));
        assertThat(keys()).containsExactly("k".repeat(64));
        put("b", "v".repeat(4096));
        put("c", "v".repeat(4096));
        put("d", "v".repeat(1000));
        assertThat(keys()).containsExactly("b", "d", "k".repeat(64));
    }

    @Test
    void whatHasExpiredMakesRoom() {
        var edits = new ArrayList<CacheEdit>();
        for (var i = 10; i < 30; i++) edits.add(new CacheEdit.Put("k" + i, "v", LATER));
        cache.edit("post-login", edits, NOW);
        cache.edit("post-login", List.of(new CacheEdit.Put("new", "v", LATER)), LATER);
        assertThat(keys()).containsExactly("new");
    }

    @Test
    void nothingIsKeptLongerThanADay() {
        cache.edit(
                "post-login",
                List.of(new CacheEdit.Put("a", "v", NOW.plus(Duration.ofDays(30)))),
                NOW);
        assertThat(cache.of("post-login").get("a"))
                .isEqualTo(new ActionCache.Entry("v", NOW.plus(Duration.ofDays(1))));
    }
}
