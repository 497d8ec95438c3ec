package segue.storage;

import segue.domain.keys.FreshKey;
import segue.domain.keys.KeyRing;
import segue.domain.keys.KeyRing.Heir;
import segue.domain.keys.SigningKeyRow;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The tenant's signing keys, shared by all nodes.
public final class Keys {
    private final Database database;

    public Keys(Database database) {
        this.database = database;
    }

    /// All keys.
    public KeyRing ring() {
        return database.read(Keys::ring);
    }

    private static KeyRing ring(Tx tx) {
        return new KeyRing(tx.keys().all());
    }

    /// As exact as rows are.
    private static Instant now(Tx tx) {
        return tx.now().truncatedTo(ChronoUnit.MILLIS);
    }

    /// Stores the first key for each algorithm, unless another node was faster. It signs at once:
    /// before there was a key for it, nobody could choose the algorithm.
    ///
    /// @return all keys, among them those that sign
    public KeyRing first(List<FreshKey> keys) {
        return database.inTransaction(
                tx -> {
                    tx.keys().lock();
                    var missing = ring(tx).missing();
                    keys.stream()
                            .filter(key -> missing.contains(key.algorithm()))
                            .forEach(key -> tx.keys().insert(key.storedAt(tx.now(), tx.now())));
                    return ring(tx);
                });
    }

    /// Adds next keys, for those algorithms whose last one took over at least `age` ago and that no
    /// next key waits for already. They sign after the publication delay; the keys before them stay
    /// published for the overlap. Of many who do this at once, one adds a key.
    ///
    /// @return those that were added
    public List<SigningKeyRow> rotate(List<FreshKey> keys, Duration age) {
        return database.inTransaction(
                tx -> {
                    tx.keys().lock();
                    var now = now(tx);
                    var ring = ring(tx);
                    var added = new ArrayList<SigningKeyRow>();
                    for (var key : keys) {
                        var rotation = ring.rotationAt(key.algorithm(), age, now);
                        if (rotation.isEmpty()) continue;
                        var plan = rotation.get();
                        tx.keys().retireAllAt(key.algorithm(), plan.othersRetireAt());
                        var next = key.storedAt(now, plan.activatesAt());
                        tx.keys().insert(next);
                        added.add(next);
                    }
                    return List.copyOf(added);
                });
    }

    /// A key that was revoked.
    ///
    /// @param retiresAt from when on it isn't published any more
    /// @param heir the key that is published in its place; empty if it had been replaced already
    public record Revoked(Instant retiresAt, Optional<SigningKeyRow> heir) {}

    /// Stops publishing a key; tokens that it has signed don't verify any more (THREATS R44.3).
    ///
    /// @param substitute for the same algorithm, in case that no other key can take over
    /// @return empty if no such key is published
    public Optional<Revoked> revoke(String kid, FreshKey substitute) {
        return database.inTransaction(
                tx -> {
                    tx.keys().lock();
                    var now = now(tx);
                    var revocation = ring(tx).revocationAt(kid, now);
                    return revocation.map(
                            it -> {
                                tx.keys().retireAt(kid, it.retiresAt());
                                var heir = inherit(tx, it.heir(), substitute, now);
                                return new Revoked(
                                        it.retiresAt(),
                                        ring(tx).keys().stream()
                                                .filter(row -> heir.equals(Optional.of(row.kid())))
                                                .findFirst());
                            });
                });
    }

    private static Optional<String> inherit(Tx tx, Heir heir, FreshKey substitute, Instant now) {
        return switch (heir) {
            case Heir.Unchanged() -> Optional.empty();
            case Heir.Next(var kid, var activatesAt) -> {
                tx.keys().activateAt(kid, activatesAt);
                yield Optional.of(kid);
            }
            case Heir.Fresh(var activatesAt) -> {
                tx.keys().insert(substitute.storedAt(now, activatesAt));
                yield Optional.of(substitute.kid());
            }
            case Heir.FreshNext(var signing, var rotation) -> {
                tx.keys().retireAt(signing, rotation.othersRetireAt());
                tx.keys().insert(substitute.storedAt(now, rotation.activatesAt()));
                yield Optional.of(substitute.kid());
            }
        };
    }
}
