package segue.storage;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.token.TokenFamily;
import segue.domain.transfer.Transfer;
import segue.storage.jdbc.FamilyTable;
import segue.storage.jdbc.SessionTable;
import segue.storage.jdbc.Tx;
import segue.storage.jdbc.UserTable;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What is stored about a sign-in that Actions are asked about.
///
/// @param session the browser's; it may be pending
/// @param transfer that is being redeemed
/// @param refreshToken that is being exchanged
/// @param parent the native family of the session or of the transfer
public record Scene(
        UserId user,
        UserTable.Person person,
        Authentication authentication,
        Optional<SessionTable.Shown> session,
        Optional<Transfer> transfer,
        Optional<FamilyTable.Shown> refreshToken,
        Optional<Parent> parent) {

    /// A native family, as it is told to Actions.
    public record Parent(FamilyId id, SortedMap<String, String> metadata) {}

    /// A sign-in in a browser.
    static Scene of(Tx tx, SessionId session, Optional<Transfer> transfer) {
        var shown = tx.sessions().seen(session).orElseThrow();
        // In the transaction that redeems it is this transfer's, even if the session was kept
        // unlinked (contract native-to-web §11).
        var parent = transfer.map(Transfer::parent).or(shown.session()::parent);
        return new Scene(
                shown.session().user(),
                person(tx, shown.session().user()),
                shown.session().authentication(),
                Optional.of(shown),
                transfer,
                Optional.empty(),
                parent.map(id -> parent(tx, id)));
    }

    /// An exchange of a refresh token.
    static Scene of(Tx tx, TokenFamily family) {
        var session = family.session().flatMap(tx.sessions()::seen);
        return new Scene(
                family.user(),
                person(tx, family.user()),
                family.authentication(),
                session.filter(it -> it.session().isLiveAt(tx.now())),
                Optional.empty(),
                tx.families().seen(family.id()),
                family.parent().map(id -> parent(tx, id)));
    }

    /// A sign-in without a browser.
    static Scene of(Tx tx, UserId user, Authentication authentication) {
        return new Scene(
                user,
                person(tx, user),
                authentication,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static UserTable.Person person(Tx tx, UserId user) {
        return tx.users().person(user).orElseThrow();
    }

    /// A parent that expired leaves what it opened alive, and its row is deleted one day.
    private static Parent parent(Tx tx, FamilyId id) {
        var metadata = tx.families().seen(id).map(FamilyTable.Shown::metadata);
        return new Parent(id, metadata.orElseGet(TreeMap::new));
    }
}
