package segue.storage;

import segue.domain.authorize.SignOn;
import segue.domain.session.Session;
import segue.domain.transfer.Transfer;
import segue.storage.jdbc.Tx;

import java.util.Optional;

/// What single sign-on must know of whom the browser has.
final class Standings {
    private final Tx tx;
    private final Circumstances request;

    Standings(Tx tx, Circumstances request) {
        this.tx = tx;
        this.request = request;
    }

    /// @param session the session to go on with
    /// @param transfer the accepted transfer, which opens a session if there is none
    Optional<SignOn.Standing> of(Optional<Session> session, Optional<Transfer> transfer) {
        return session.map(this::of).or(() -> transfer.map(Standings::of));
    }

    SignOn.Standing of(Session session) {
        var organization = request.organization();
        var isWanted = request.connection().map(session.connection()::equals).orElse(true);
        var isEnabled =
                isWanted
                        && tx.users()
                                .isEnabled(
                                        session.connection(), request.client().id(), organization);
        var isMember =
                organization
                        .map(of -> tx.users().mayBelong(session.user(), session.connection(), of))
                        .orElse(true);
        return new SignOn.Standing(session.user(), session.authentication(), isEnabled, isMember);
    }

    /// Everything else about a transfer was checked before it was accepted.
    private static SignOn.Standing of(Transfer transfer) {
        return new SignOn.Standing(transfer.user(), transfer.authentication(), true, true);
    }
}
