package segue.domain.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.action.MetadataEdit.Delete;
import segue.domain.action.MetadataEdit.Evict;
import segue.domain.action.MetadataEdit.Put;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

class MetadataEditTest {
    private static final SortedMap<String, String> TRUSTED =
            new TreeMap<>(Map.of("device_trust", "high", "tier", "gold"));

    private static SortedMap<String, String> entries(int number) {
        var metadata = new TreeMap<String, String>();
        IntStream.rangeClosed(1, number).forEach(it -> metadata.put("k" + it, ""));
        return metadata;
    }

    private static SortedMap<String, String> entry(String key, String value) {
        return new TreeMap<>(Map.of(key, value));
    }

    @Test
    void anEntryIsAddedOrReplaced() {
        assertThat(new Put("a", "b").on(TRUSTED))
                .isEqualTo(Map.of("a", "b", "device_trust", "high", "tier", "gold"));
        assertThat(new Put("tier", "").on(TRUSTED))
                .isEqualTo(Map.of("device_trust", "high", "tier", ""));
    }

    @Test
    void anEntryIsDeletedIfItIsThere() {
        assertThat(new Delete("tier").on(TRUSTED)).isEqualTo(Map.of("device_trust", "high"));
        assertThat(new Delete("Tier").on(TRUSTED)).isEqualTo(TRUSTED);
    }

    @Test
    void allEntriesAreEvicted() {
        assertThat(new Evict().on(TRUSTED)).isEmpty();
        assertThat(new Evict().on(new TreeMap<>())).isEmpty();
    }

    @Test
    void whatWasThereBeforeAChangeIsLeftAsItWas() {
        var before = new TreeMap<>(TRUSTED);
        new Put("a", "b").on(before);
        new Delete("tier").on(before);
        new Evict().on(before);
        assertThat(before).isEqualTo(TRUSTED);
    }

    @Test
    void twentyFiveEntriesAreTheMost() {
        assertThat(MetadataEdit.problem(entries(0))).isEmpty();
        assertThat(MetadataEdit.problem(entries(25))).isEmpty();
        assertThat(MetadataEdit.problem(entries(26))).hasValue("more than 25 entries");
    }

    @Test
    void aKeyAndAValueHave255CharactersAtMost() {
        var most = "x".repeat(255);
        var tooMany = "x".repeat(256);
        assertThat(MetadataEdit.problem(entry(most, most))).isEmpty();
        for (var metadata : List.of(entry(tooMany, ""), entry("k", tooMany)))
            assertThat(MetadataEdit.problem(metadata))
                    .hasValue("a key or value is longer than 255 characters");
    }

    @Test
    void aKeyConsistsOfLettersDigitsUnderscoreAndHyphen() {
        for (var character = 0; character < 0x300; character++) {
            var text = Character.toString(character);
            var isFine = text.matches("[A-Za-z0-9_-]");
            assertThat(MetadataEdit.problem(entry("k" + text, "v")).isEmpty())
                    .as("U+%04x", character)
                    .isEqualTo(isFine);
        }
        assertThat(MetadataEdit.problem(entry("", "v")))
                .hasValue("a key consists of letters, digits, '_' and '-'");
    }

    @Test
    void aValueIsAnyText() {
        assertThat(MetadataEdit.problem(entry("k", "Grüße, \"Welt\"\n😀"))).isEmpty();
    }

    @Test
    void oneBadEntryAmongGoodOnesIsFound() {
        var metadata = entries(24);
        metadata.put("z z", "v");
        assertThat(MetadataEdit.problem(metadata))
                .hasValue("a key consists of letters, digits, '_' and '-'");
    }
}
