package segue.storage;

import segue.domain.keys.KeyRing;
import segue.domain.keys.SigningKeyRow;
import segue.storage.jdbc.Database;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/// The tenant's signing keys, shared by all nodes.
public final class Keys {
    private final Database database;

    public Keys(Database database) {
        this.database = database;
    }

    /// All keys.
    public KeyRing ring() {
        return database.read(tx -> new KeyRing(tx.keys().all()));
    }

    /// The first key, made unless another node was faster.
    ///
    /// @param fresh makes a key that is active from the given time on
    public KeyRing first(Function<Instant, SigningKeyRow> fresh) {
        return database.inTransaction(
                tx -> {
                    tx.keys().lock();
                    if (tx.keys().all().isEmpty()) tx.keys().insert(fresh.apply(tx.now()));
                    return new KeyRing(tx.keys().all());
                });
    }

    /// Adds the next key. It signs after the publication delay; the keys before it stay published
    /// for the overlap. Empty if a next key is waiting already.
    public Optional<SigningKeyRow> rotate(Function<Instant, SigningKeyRow> fresh) {
        return database.inTransaction(
                tx -> {
                    tx.keys().lock();
                    var isWaiting =
                            tx.keys().all().stream()
                                    .anyMatch(key -> key.activatesAt().isAfter(tx.now()));
                    if (isWaiting) return Optional.empty();
                    var activation = tx.now().plus(KeyRing.PUBLICATION_DELAY);
                    tx.keys().retireAllAt(activation.plus(KeyRing.OVERLAP));
                    var next = fresh.apply(activation);
                    tx.keys().insert(next);
                    return Optional.of(next);
                });
    }
}
