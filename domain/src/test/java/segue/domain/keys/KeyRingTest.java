package segue.domain.keys;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

import segue.domain.keys.KeyRing.Heir;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Which key signs and which are published: every ring of up to three keys in a small time, beside
/// an oracle; and a year of rotations (THREATS R44.3, R44.4).
class KeyRingTest {
    private static final Instant START = Instant.parse("2026-03-02T09:00:00Z");
    private static final int END = 3;

    /// The longest lifetime that the Management API takes, for ID tokens and APIs.
    private static final Duration LONGEST_TOKEN = Duration.ofDays(30);

    /// The longest that any node or client goes on with what it last read: a node rereads after
    /// [KeyRing#REREAD], a client after `max-age` 15 s, and the clocks of two nodes differ by less
    /// than 59 s.
    private static final Duration LONGEST_IGNORANCE = KeyRing.REREAD.plusSeconds(15 + 59);

    private static Instant at(int tick) {
        return START.plusSeconds(tick);
    }

    private static SigningKeyRow key(String kid, int activates, Optional<Integer> retires) {
        return new SigningKeyRow(
                kid,
                SigningAlgorithm.RS256,
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
                        if (expected.isEmpty()) continue;
                        assertThat(new KeyRing(keys).signingAt(SigningAlgorithm.RS256, now))
                                .isEqualTo(expected);
                    }
                });
    }

    /// Otherwise nobody could sign in until the clock is right again.
    @Test
    void byAClockThatIsBeforeAllKeysTheFirstThatIsPublishedSigns() {
        forEveryRing(
                keys -> {
                    var before = START.minusSeconds(1);
                    Optional<SigningKeyRow> expected = Optional.empty();
                    for (var key : keys)
                        if (expected.isEmpty() || isAfter(expected.get(), key))
                            expected = Optional.of(key);
                    assertThat(new KeyRing(keys).signingAt(SigningAlgorithm.RS256, before))
                            .isEqualTo(expected);
                });
    }

    @Test
    void whatIsRevokedByAClockThatIsBeforeAllKeysGoesWhenItsHeirComes() {
        var before = START.minusSeconds(60);
        var ring = new KeyRing(List.of(key("a", 0, Optional.empty())));
        var soon = before.plus(KeyRing.REVOCATION_DELAY);
        assertThat(ring.revocationAt("a", before))
                .contains(new KeyRing.Revocation(soon, new Heir.Fresh(soon)));
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
                        assertThat(
                                        new KeyRing(keys)
                                                .rotationAt(
                                                        SigningAlgorithm.RS256, Duration.ZERO, now)
                                                .isEmpty())
                                .isEqualTo(waits);
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
            var rotation =
                    new KeyRing(keys)
                            .rotationAt(SigningAlgorithm.RS256, Duration.ZERO, now)
                            .orElseThrow();
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
                new FreshKey(kid, SigningAlgorithm.RS256, new byte[0], new byte[0])
                        .storedAt(now, rotation.activatesAt()));
        return after;
    }

    private static SigningKeyRow plain(String kid, SigningAlgorithm algorithm) {
        return new SigningKeyRow(
                kid, algorithm, new byte[0], new byte[0], START, START, Optional.empty());
    }

    /// THREATS R44.2.
    @Test
    void aKeyIsForOneAlgorithm() {
        var ring =
                new KeyRing(
                        List.of(
                                plain("r", SigningAlgorithm.RS256),
                                plain("e", SigningAlgorithm.ES256)));
        assertThat(ring.signingAt(SigningAlgorithm.RS256, START).orElseThrow().kid())
                .isEqualTo("r");
        assertThat(ring.signingAt(SigningAlgorithm.ES256, START).orElseThrow().kid())
                .isEqualTo("e");
        assertThat(ring.signingAt(SigningAlgorithm.PS256, START)).isEmpty();
        assertThat(ring.missing()).containsExactly(SigningAlgorithm.PS256);
        assertThat(ring.dueAt(Duration.ZERO, START))
                .as("a next key for one of them is no reason to wait for the others")
                .containsExactlyInAnyOrder(SigningAlgorithm.values());
    }

    @Test
    void aRotationIsDueOnceTheKeyHasSignedForSoLong() {
        var age = Duration.ofDays(90);
        var ring = new KeyRing(List.of(plain("r", SigningAlgorithm.RS256)));
        var due = START.plus(age);
        assertThat(ring.dueAt(age, due.minusMillis(1))).doesNotContain(SigningAlgorithm.RS256);
        assertThat(ring.dueAt(age, due)).contains(SigningAlgorithm.RS256);
    }

    @Test
    void whatIsNotPublishedCannotBeRevoked() {
        var ring = new KeyRing(List.of(key("a", 0, Optional.empty()), key("b", 1, Optional.of(2))));
        assertThat(ring.revocationAt("c", at(1))).isEmpty();
        assertThat(ring.revocationAt("b", at(1))).isPresent();
        assertThat(ring.revocationAt("b", at(2))).isEmpty();
    }

    /// Of two who revoke at once the later one began earlier, and waited for a lock.
    @Test
    void aRevocationByAnOlderClockDoesNotCutThePublicationOfTheHeirShort() {
        var made = START.plusSeconds(10);
        var end = made.plus(KeyRing.REVOCATION_DELAY);
        var signing = key("a", 0, Optional.empty());
        var leaving =
                new SigningKeyRow(
                        "a",
                        signing.algorithm(),
                        signing.publicKey(),
                        signing.sealedPrivateKey(),
                        signing.createdAt(),
                        signing.activatesAt(),
                        Optional.of(end));
        var heir =
                new FreshKey("b", signing.algorithm(), new byte[0], new byte[0])
                        .storedAt(made, end);
        var ring = new KeyRing(List.of(leaving, heir));
        for (var now : List.of(made.minusMillis(1), made, made.plusMillis(1)))
            assertThat(ring.revocationAt("a", now).orElseThrow().retiresAt()).isEqualTo(end);
    }

    /// A tenant's life: at random moments keys are rotated and revoked, also several at once. At
    /// each of them some key signs; every node has published it before any signs with it; and
    /// tokens verify until they expire, unless the key that signed them was revoked (THREATS R44.3,
    /// R44.4).
    @RepeatedTest(200)
    void whateverIsRotatedAndRevokedSomeKeySignsThatAllNodesPublish(RepetitionInfo run) {
        var chance = new Random(run.getCurrentRepetition());
        var pauses = List.of(0, 1, 3, 9, 11, 120, 301, 86_400, 31 * 86_400);
        var life = new Life();
        for (var step = 0; step < 60; step++) {
            life.passes(Duration.ofSeconds(pauses.get(chance.nextInt(pauses.size()))));
            if (chance.nextBoolean()) life.rotates();
            else life.revokes(chance.nextInt());
        }
    }

    /// Carries out what the ring decides, as the storage does, and signs every second in which
    /// something changes.
    private static final class Life {
        private final Map<String, SigningKeyRow> keys = new TreeMap<>();
        private final Map<String, Instant> publishedSince = new HashMap<>();
        private final Map<String, Instant> lastToken = new HashMap<>();
        private final Set<String> revoked = new HashSet<>();
        private Instant now = START;

        Life() {
            add(START);
            publishedSince.put("0", Instant.MIN);
        }

        private KeyRing ring() {
            return new KeyRing(List.copyOf(keys.values()));
        }

        private void add(Instant activation) {
            var kid = Integer.toString(keys.size());
            keys.put(
                    kid,
                    new FreshKey(kid, SigningAlgorithm.RS256, new byte[0], new byte[0])
                            .storedAt(now, activation));
            publishedSince.put(kid, now);
        }

        private void change(String kid, Instant activates, Optional<Instant> retires) {
            keys.computeIfPresent(
                    kid,
                    (_, key) ->
                            new SigningKeyRow(
                                    kid,
                                    key.algorithm(),
                                    key.publicKey(),
                                    key.sealedPrivateKey(),
                                    key.createdAt(),
                                    activates,
                                    retires));
        }

        void passes(Duration time) {
            var end = now.plus(time);
            // Between two changes a key signs for as long as it is the one: its last token matters.
            for (var next = now; !next.isAfter(end); next = next.plusSeconds(1)) {
                signs(next);
                if (next.isAfter(now.plusSeconds(400))) break;
            }
            signs(end);
            now = end;
        }

        private void signs(Instant at) {
            var signing = ring().signingAt(SigningAlgorithm.RS256, at).orElseThrow();
            var kid = signing.kid();
            assertThat(at.minus(KeyRing.REREAD))
                    .as("all nodes publish %s", kid)
                    .isAfterOrEqualTo(Optional.ofNullable(publishedSince.get(kid)).orElseThrow());
            lastToken.merge(kid, at, (one, other) -> one.isAfter(other) ? one : other);
        }

        void rotates() {
            ring().rotationAt(SigningAlgorithm.RS256, Duration.ZERO, now)
                    .ifPresent(
                            rotation -> {
                                for (var key : ring().keys())
                                    if (key.retiresAt().isEmpty())
                                        change(
                                                key.kid(),
                                                key.activatesAt(),
                                                Optional.of(rotation.othersRetireAt()));
                                add(rotation.activatesAt());
                            });
        }

        void revokes(int choice) {
            var published = ring().publishedAt(now);
            var key = published.get(Math.floorMod(choice, published.size()));
            var revocation = ring().revocationAt(key.kid(), now).orElseThrow();
            revoked.add(key.kid());
            change(key.kid(), key.activatesAt(), Optional.of(revocation.retiresAt()));
            switch (revocation.heir()) {
                case Heir.Unchanged() -> {}
                case Heir.Next(var kid, var activates) -> change(kid, activates, Optional.empty());
                case Heir.Fresh(var activates) -> add(activates);
                case Heir.FreshNext(var signing, var rotation) -> {
                    var row = Optional.ofNullable(keys.get(signing)).orElseThrow();
                    change(signing, row.activatesAt(), Optional.of(rotation.othersRetireAt()));
                    add(rotation.activatesAt());
                }
            }
            everyTokenOfTheOthersVerifiesUntilItExpires();
            var soon = now.plus(KeyRing.REVOCATION_DELAY);
            for (var kid : revoked)
                assertThat(isPublished(Optional.ofNullable(keys.get(kid)).orElseThrow(), soon))
                        .as("%s, which was revoked", kid)
                        .isFalse();
        }

        private void everyTokenOfTheOthersVerifiesUntilItExpires() {
            lastToken.forEach(
                    (kid, at) -> {
                        var key = Optional.ofNullable(keys.get(kid)).orElseThrow();
                        if (!revoked.contains(kid))
                            assertThat(isPublished(key, at.plus(LONGEST_TOKEN)))
                                    .as("the last token of %s", kid)
                                    .isTrue();
                    });
        }
    }

    private static void assertSignsWithAPublishedKey(List<SigningKeyRow> keys, Instant now) {
        var signing = new KeyRing(keys).signingAt(SigningAlgorithm.RS256, now).orElseThrow();
        var isFirst = signing.kid().equals("0");
        assertThat(isFirst || !now.isBefore(signing.createdAt().plus(KeyRing.PUBLICATION_DELAY)))
                .isTrue();
        var lastExpiry = now.plus(LONGEST_TOKEN).minusSeconds(1);
        assertThat(isPublished(signing, lastExpiry)).isTrue();
    }
}
