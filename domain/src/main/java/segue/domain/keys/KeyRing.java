package segue.domain.keys;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The keys of the tenant. A key is published as soon as it exists, signs from its activation until
/// a younger one does, and stays published until the last token that it signed has expired; so no
/// node ever signs with a key that a client could not know (THREATS R44.3, R44.4).
public record KeyRing(List<SigningKeyRow> keys) {

    /// How long a key is published before it signs: longer than any cache of the JWKS keeps it
    /// (`max-age` 15 s) plus the time in which every node rereads its keys.
    public static final Duration PUBLICATION_DELAY = Duration.ofMinutes(5);

    /// How long a replaced key stays published: longer than any token lives.
    public static final Duration OVERLAP = Duration.ofDays(31);

    public KeyRing {
        keys = List.copyOf(keys);
    }

    /// When the next key takes over.
    ///
    /// @param activatesAt the next key signs from then on
    /// @param othersRetireAt the keys before it are no longer published from then on, unless they
    ///   go earlier
    public record Rotation(Instant activatesAt, Instant othersRetireAt) {}

    /// The key that signs: of those published, the one that was activated last.
    public Optional<SigningKeyRow> signingAt(Instant now) {
        return publishedAt(now).stream()
                .filter(key -> !key.activatesAt().isAfter(now))
                .max(
                        Comparator.comparing(SigningKeyRow::activatesAt)
                                .thenComparing(SigningKeyRow::kid));
    }

    /// The keys that verifiers may meet now, or soon.
    public List<SigningKeyRow> publishedAt(Instant now) {
        return keys.stream()
                .filter(key -> key.retiresAt().filter(end -> !now.isBefore(end)).isEmpty())
                .toList();
    }

    /// How a rotation that is asked for now goes; empty if a next key is waiting already.
    public Optional<Rotation> rotationAt(Instant now) {
        var isWaiting = publishedAt(now).stream().anyMatch(key -> key.activatesAt().isAfter(now));
        if (isWaiting) return Optional.empty();
        var activation = now.plus(PUBLICATION_DELAY);
        return Optional.of(new Rotation(activation, activation.plus(OVERLAP)));
    }
}
