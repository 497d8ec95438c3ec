package segue.domain.keys;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The keys of the tenant. A key is published as soon as it exists, signs from its activation until
/// a younger one for the same algorithm does, and stays published until the last token that it
/// signed has expired; so no node ever signs with a key that a client could not know (THREATS
/// R44.3, R44.4).
public record KeyRing(List<SigningKeyRow> keys) {

    /// How long a node goes on with the keys that it last read.
    public static final Duration REREAD = Duration.ofSeconds(5);

    /// How long a key is published before it signs: longer than any cache of the JWKS keeps it
    /// (`max-age` 15 s) plus the time in which every node rereads its keys.
    public static final Duration PUBLICATION_DELAY = Duration.ofMinutes(5);

    /// How long a replaced key stays published: longer than any token lives.
    public static final Duration OVERLAP = Duration.ofDays(31);

    /// After this a key that signs has gone when it is revoked: all nodes have reread by then, so
    /// they change to its heir together, and each has published the heir before any signs with it.
    public static final Duration REVOCATION_DELAY = REREAD.multipliedBy(2);

    public KeyRing {
        keys = List.copyOf(keys);
    }

    /// When the next key takes over.
    ///
    /// @param activatesAt the next key signs from then on
    /// @param othersRetireAt the keys before it are no longer published from then on, unless they
    ///   go earlier
    public record Rotation(Instant activatesAt, Instant othersRetireAt) {
        static Rotation to(Instant activation) {
            return new Rotation(activation, activation.plus(OVERLAP));
        }
    }

    /// Who signs instead of a key that is revoked.
    public sealed interface Heir {
        /// The same as before: it was replaced already.
        record Unchanged() implements Heir {}

        /// The key that waits, sooner than was planned.
        record Next(String kid, Instant activatesAt) implements Heir {}

        /// A fresh one.
        record Fresh(Instant activatesAt) implements Heir {}

        /// A fresh one in the place of the one that waited, and the key that signs until then stays
        /// for as long as its tokens need it.
        record FreshNext(String signing, Rotation rotation) implements Heir {}
    }

    /// @param retiresAt the revoked key is no longer published from then on
    public record Revocation(Instant retiresAt, Heir heir) {}

    private static final Comparator<SigningKeyRow> BY_ACTIVATION =
            Comparator.comparing(SigningKeyRow::activatesAt).thenComparing(SigningKeyRow::kid);

    /// The key that signs: of those published, the one that was activated last. By a clock that was
    /// set back to a time before there were keys it is the first of them, for the service goes on.
    public Optional<SigningKeyRow> signingAt(SigningAlgorithm algorithm, Instant now) {
        var published =
                publishedAt(now).stream().filter(key -> key.algorithm() == algorithm).toList();
        return published.stream()
                .filter(key -> !key.activatesAt().isAfter(now))
                .max(BY_ACTIVATION)
                .or(() -> published.stream().min(BY_ACTIVATION));
    }

    /// The keys that verifiers may meet now, or soon.
    public List<SigningKeyRow> publishedAt(Instant now) {
        return keys.stream()
                .filter(key -> key.retiresAt().filter(end -> !now.isBefore(end)).isEmpty())
                .toList();
    }

    private Optional<SigningKeyRow> waitingAt(SigningAlgorithm algorithm, Instant now) {
        var signing = signingAt(algorithm, now);
        return publishedAt(now).stream()
                .filter(key -> key.algorithm() == algorithm && key.activatesAt().isAfter(now))
                .filter(key -> signing.filter(key::equals).isEmpty())
                .findFirst();
    }

    /// The algorithms that there never was a key for.
    public Set<SigningAlgorithm> missing() {
        var missing = EnumSet.allOf(SigningAlgorithm.class);
        keys.forEach(key -> missing.remove(key.algorithm()));
        return missing;
    }

    /// How a rotation that is asked for now goes; empty if a next key is waiting already, or if the
    /// last one took over less than `age` ago.
    public Optional<Rotation> rotationAt(SigningAlgorithm algorithm, Duration age, Instant now) {
        var isRecent =
                signingAt(algorithm, now)
                        .filter(key -> now.isBefore(key.activatesAt().plus(age)))
                        .isPresent();
        if (isRecent || waitingAt(algorithm, now).isPresent()) return Optional.empty();
        return Optional.of(Rotation.to(now.plus(PUBLICATION_DELAY)));
    }

    /// The algorithms that such a rotation would bring a key for.
    public Set<SigningAlgorithm> dueAt(Duration age, Instant now) {
        var due = EnumSet.allOf(SigningAlgorithm.class);
        due.removeIf(algorithm -> rotationAt(algorithm, age, now).isEmpty());
        return due;
    }

    /// How a revocation that is asked for now goes; empty if no such key is published.
    public Optional<Revocation> revocationAt(String kid, Instant now) {
        return publishedAt(now).stream()
                .filter(key -> key.kid().equals(kid))
                .findFirst()
                .map(key -> revocation(key, now));
    }

    private Revocation revocation(SigningKeyRow key, Instant now) {
        var signing = signingAt(key.algorithm(), now).orElseThrow();
        var waiting = waitingAt(key.algorithm(), now);
        if (waiting.filter(key::equals).isPresent())
            return new Revocation(
                    now, new Heir.FreshNext(signing.kid(), rotationFrom(signing, now)));
        if (!signing.equals(key)) return new Revocation(now, new Heir.Unchanged());
        var soon = now.plus(REVOCATION_DELAY);
        if (waiting.isEmpty()) return new Revocation(soon, new Heir.Fresh(soon));
        var next = waiting.get();
        // Who waited for a lock looks at an older clock than whoever made the heir meanwhile. That
        // heir's publication must not be cut short.
        var published = next.createdAt().plus(REVOCATION_DELAY);
        var earliest = published.isAfter(soon) ? published : soon;
        var activation = next.activatesAt().isBefore(earliest) ? next.activatesAt() : earliest;
        return new Revocation(activation, new Heir.Next(next.kid(), activation));
    }

    /// From a key that stays: as any rotation. A key that was itself revoked a moment ago isn't
    /// kept longer than nodes need to hear of another heir.
    private static Rotation rotationFrom(SigningKeyRow signing, Instant now) {
        var usual = Rotation.to(now.plus(PUBLICATION_DELAY));
        var soon = now.plus(REVOCATION_DELAY);
        var isLeaving =
                signing.retiresAt().filter(end -> end.isBefore(usual.activatesAt())).isPresent();
        return isLeaving ? new Rotation(soon, soon) : usual;
    }
}
