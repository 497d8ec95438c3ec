package segue.domain.keys;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Which key signs and which are published: every ring of up to three keys in a small time, beside
/// an oracle; and a year of rotations (THREATS R44.3, R44.4).
class KeyRingTest {
    private static final Instant START = Instant.parse("2026-03-02T09:00:00Z");
    private static final int END = 3;

    /// The longest lifetime that the Management API takes, for ID tokens and APIs.
    private static final Duration LONGEST_TOKEN = Duration.ofDays(30);

    /// The longest that any node or client goes on with what it last read: a node rereads after 30
    /// s, a client after `max-age` 15 s, and the clocks of two nodes differ by less than 59 s.
    private static final Duration LONGEST_IGNORANCE = Duration.ofSeconds(30 + 15 + 59);

    private static Instant at(int tick) {
        return START.plusSeconds(tick);
    }

    private static SigningKeyRow key(String kid, int activates, Optional<Integer> retires) {
        return new SigningKeyRow(
                kid,
                "RSA",
                new byte[0],
                new byte[0],
                START,
                at(activates),
                retires.map(KeyRingTest::at));
    }

    private static List<SigningKeyRow> everyKey(String kid) {
        var keys = new ArrayList<SigningKeyRow>();
        for (var activates = 0; activates <= END; activates++) {
            keys.add(key(kid, activates, Optional.empty()));
            for (var retires = 0; retires <= END; retires++)
                keys.add(key(kid, activates, Optional.of(retires)));
        }
        return keys;
    }

    private static void forEveryRing(Consumer<List<SigningKeyRow>> check) {
        check.accept(List.of());
        for (var a : everyKey("a")) {
            check.accept(List.of(a));
            for (var b : everyKey("b")) {
                check.accept(List.of(a, b));
                for (var c : everyKey("c")) check.accept(List.of(c, a, b));
            }
        }
    }

    private static boolean isPublished(SigningKeyRow key, Instant now) {
        return key.retiresAt().isEmpty() || now.isBefore(key.retiresAt().get());
    }

    @Test
    void aKeyIsPublishedUntilItRetires() {
        forEveryRing(
                keys -> {
                    for (var tick = 0; tick <= END; tick++) {
                        var now = at(tick);
                        var expected = new ArrayList<SigningKeyRow>();
                        for (var key : keys) if (isPublished(key, now)) expected.add(key);
                        assertThat(new KeyRing(keys).publishedAt(now)).isEqualTo(expected);
                    }
                });
    }

    @Test
    void theYoungestActiveKeyThatIsPublishedSigns() {
        forEveryRing(
                keys -> {
                    for (var tick = 0; tick <= END; tick++) {
                        var now = at(tick);
                        Optional<SigningKeyRow> expected = Optional.empty();
                        for (var key : keys) {
                            if (!isPublished(key, now) || key.activatesAt().isAfter(now)) continue;
                            if (expected.isEmpty() || isAfter(key, expected.get()))
                                expected = Optional.of(key);
                        }
                        assertThat(new KeyRing(keys).signingAt(now)).isEqualTo(expected);
                    }
                });
    }

    /// All nodes must agree, so a tie is decided by name.
    private static boolean isAfter(SigningKeyRow key, SigningKeyRow other) {
        var order = key.activatesAt().compareTo(other.activatesAt());
        return order > 0 || (order == 0 && key.kid().compareTo(other.kid()) > 0);
    }

    @Test
    void noSecondKeyWaitsBehindTheNext() {
        forEveryRing(
                keys -> {
                    for (var tick = 0; tick <= END; tick++) {
                        var now = at(tick);
                        var waits = false;
                        for (var key : keys)
                            waits |= isPublished(key, now) && key.activatesAt().isAfter(now);
                        assertThat(new KeyRing(keys).rotationAt(now).isEmpty()).isEqualTo(waits);
                    }
                });
    }

    @Test
    void aKeyIsKnownEverywhereBeforeItSigns() {
        assertThat(KeyRing.PUBLICATION_DELAY).isGreaterThan(LONGEST_IGNORANCE);
    }

    /// Rotates every hour for a year, and looks before and after each key takes over.
    @Test
    void everyTokenVerifiesUntilItExpiresHoweverOftenKeysRotate() {
        List<SigningKeyRow> keys = List.of(key("0", 0, Optional.empty()));
        for (var hour = 0; hour < 365 * 24; hour++) {
            var now = START.plus(Duration.ofHours(hour));
            var rotation = new KeyRing(keys).rotationAt(now).orElseThrow();
            keys = rotated(keys, Integer.toString(hour + 1), now, rotation);
            assertSignsWithAPublishedKey(keys, now);
            assertSignsWithAPublishedKey(keys, rotation.activatesAt());
        }
    }

    private static List<SigningKeyRow> rotated(
            List<SigningKeyRow> keys, String kid, Instant now, KeyRing.Rotation rotation) {
        var after = new ArrayList<SigningKeyRow>();
        for (var key : keys)
            if (isPublished(key, now))
                after.add(
                        new SigningKeyRow(
                                key.kid(),
                                key.algorithm(),
                                key.publicKey(),
                                key.sealedPrivateKey(),
                                key.createdAt(),
                                key.activatesAt(),
                                key.retiresAt().or(() -> Optional.of(rotation.othersRetireAt()))));
        after.add(
                new FreshKey(kid, "RSA", new byte[0], new byte[0])
                        .storedAt(now, rotation.activatesAt()));
        return after;
    }

    private static void assertSignsWithAPublishedKey(List<SigningKeyRow> keys, Instant now) {
        var signing = new KeyRing(keys).signingAt(now).orElseThrow();
        var isFirst = signing.kid().equals("0");
        assertThat(isFirst || !now.isBefore(signing.createdAt().plus(KeyRing.PUBLICATION_DELAY)))
                .isTrue();
        var lastExpiry = now.plus(LONGEST_TOKEN).minusSeconds(1);
        assertThat(isPublished(signing, lastExpiry)).isTrue();
    }
}
