package segue.storage;

import segue.domain.grant.UserGrant;
import segue.domain.identifier.GrantId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.revocation.Cause;
import segue.domain.revocation.Receipt;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.GrantTable;
import segue.storage.jdbc.Tx;

import java.util.List;
import java.util.function.Function;

/// What users have allowed clients, to look at and to take back.
public final class Grants {
    private final Database database;
    private final Observer observer;

    public Grants(Database database, Observer observer) {
        this.database = database;
        this.observer = observer;
    }

    /// Those that the filter lets through, oldest first.
    public GrantTable.Found page(GrantTable.Filter filter, int offset, int limit) {
        return database.read(tx -> tx.grants().page(filter, offset, limit));
    }

    /// Takes one back: its refresh tokens end, with what hangs below them (contract native-to-web
    /// §8).
    public Receipt delete(GrantId id, LogEvent event) {
        return ending(
                event,
                tx ->
                        tx.grants()
                                .find(id)
                                .map(grant -> delete(tx, grant.user(), List.of(grant)))
                                .orElse(Receipt.NOTHING));
    }

    /// Takes all of a user back.
    public Receipt deleteOf(UserId user, LogEvent event) {
        return ending(event, tx -> delete(tx, user, tx.grants().of(user)));
    }

    private Receipt ending(LogEvent event, Function<Tx, Receipt> work) {
        var receipt =
                database.inTransaction(
                        tx -> {
                            var ended = work.apply(tx);
                            tx.log().append(event.with(ended));
                            return ended;
                        });
        observer.ended(receipt);
        return receipt;
    }

    private static Receipt delete(Tx tx, UserId user, List<UserGrant> grants) {
        tx.users().lockExclusive(user);
        var receipt = Receipt.NOTHING;
        for (var grant : grants) {
            tx.grants().delete(grant.id());
            // Or their exchange would bring back what was taken.
            tx.codes().endOf(user, grant.client(), grant.audience());
            var families = tx.families().lockOf(user, grant.client(), grant.audience());
            receipt = receipt.and(Endings.endFamilies(tx, families, Cause.GRANT_DELETED));
        }
        return receipt;
    }
}
