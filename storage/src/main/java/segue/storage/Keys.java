package segue.storage;

import segue.domain.keys.FreshKey;
import segue.domain.keys.KeyRing;
import segue.domain.keys.SigningKeyRow;
import segue.storage.jdbc.Database;

import java.util.Optional;

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

    /// Stores the first key, unless another node was faster.
    ///
    /// @return all keys, among them the one that signs
    public KeyRing first(FreshKey key) {
        return database.inTransaction(
                tx -> {
                    tx.keys().lock();
                    if (tx.keys().all().isEmpty())
                        tx.keys().insert(key.storedAt(tx.now(), tx.now()));
                    return new KeyRing(tx.keys().all());
                });
    }

    /// Adds the next key. It signs after the publication delay; the keys before it stay published
    /// for the overlap. Empty if a next key is waiting already.
    public Optional<SigningKeyRow> rotate(FreshKey key) {
        return database.inTransaction(
                tx -> {
                    tx.keys().lock();
                    var rotation = new KeyRing(tx.keys().all()).rotationAt(tx.now());
                    rotation.ifPresent(it -> tx.keys().retireAllAt(it.othersRetireAt()));
                    var next = rotation.map(it -> key.storedAt(tx.now(), it.activatesAt()));
                    next.ifPresent(tx.keys()::insert);
                    return next;
                });
    }
}
