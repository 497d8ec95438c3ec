package segue.server.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

/// What is sealed opens with the same key for the same purpose, and otherwise not at all (THREATS
/// R38.2).
class MasterKeyTest {
    private static final byte[] PLAIN = "a private key".getBytes(StandardCharsets.UTF_8);

    /// Sealed once, beside this class: what is stored today must open with every later version.
    private static final String SEALED =
            "010bdeebbad8f9b240192635c47d09be70a2e985a19c5d3824a12cb11c0b953903b6a2870c963e8e20d7";

    private final MasterKey key = new MasterKey(bytes(1));

    private static byte[] bytes(long seed) {
        var bytes = new byte[32];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @RepeatedTest(50)
    void whatIsSealedOpensForItsPurpose(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        var plain = new byte[random.nextInt(5000)];
        random.nextBytes(plain);
        assertThat(key.open(key.seal(plain, "a"), "a")).hasValue(plain);
    }

    @Test
    void anotherPurposeOpensNothing() {
        assertThat(key.open(key.seal(PLAIN, "client-secret:a"), "client-secret:b")).isEmpty();
    }

    @Test
    void anotherKeyOpensNothing() {
        assertThat(new MasterKey(bytes(2)).open(key.seal(PLAIN, "a"), "a")).isEmpty();
    }

    @Test
    void nothingOpensWithOneBitTurned() {
        var sealed = key.seal(PLAIN, "a");
        for (var bit = 0; bit < 8 * sealed.length; bit++) {
            var turned = sealed.clone();
            turned[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThat(key.open(turned, "a")).as("bit " + bit).isEmpty();
        }
    }

    @Test
    void nothingOpensThatWasCut() {
        var sealed = key.seal(PLAIN, "a");
        for (var length = 0; length < sealed.length; length++)
            assertThat(key.open(Arrays.copyOf(sealed, length), "a")).isEmpty();
    }

    @Test
    void theSameIsNeverSealedTheSame() {
        assertThat(key.seal(PLAIN, "a")).isNotEqualTo(key.seal(PLAIN, "a"));
    }

    @Test
    void theSealedFormStaysAsItIs() {
        assertThat(key.open(HexFormat.of().parseHex(SEALED), "a")).hasValue(PLAIN);
    }

    @Test
    void aDerivedKeyIsTheSameForTheSameKeyAndPurposeAndForNoOther() {
        var derived = key.derive("a").getEncoded();
        assertThat(derived).hasSize(32);
        assertThat(new MasterKey(bytes(1)).derive("a").getEncoded()).isEqualTo(derived);
        assertThat(key.derive("b").getEncoded()).isNotEqualTo(derived);
        assertThat(new MasterKey(bytes(2)).derive("a").getEncoded()).isNotEqualTo(derived);
        assertThat(derived).isNotEqualTo(bytes(1));
    }

    @Test
    void aKeyHasExactly256Bits() {
        assertThatThrownBy(() -> new MasterKey(new byte[31]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MasterKey(new byte[33]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
