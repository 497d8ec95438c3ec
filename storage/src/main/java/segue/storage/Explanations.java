package segue.storage;

import segue.domain.authorize.SignOn;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.secret.SecretHash;
import segue.domain.transfer.Check;
import segue.domain.transfer.Claim;
import segue.domain.transfer.Decision;
import segue.domain.transfer.Reason;
import segue.domain.transfer.Redeem;
import segue.domain.transfer.Transfer;
import segue.storage.Redemption.Judged;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;

import java.util.List;
import java.util.Optional;

/// What would come of a redemption now, check by check: the very redemption, in a transaction that
/// is undone (native-to-web §14). Actions aren't asked.
public final class Explanations {
    private final Database database;

    public Explanations(Database database) {
        this.database = database;
    }

    /// The token that an explanation is about.
    public sealed interface Ticket {
        /// As a browser would present it.
        record Presented(SecretHash hash) implements Ticket {}

        /// As the family view names it.
        record Named(TransferId id) implements Ticket {}
    }

    /// An explanation.
    ///
    /// @param claim what came of claiming the token
    /// @param transfer the token; empty if there is none like this
    /// @param checks of the token, whether it could be claimed or not; empty without a token
    /// @param authentication whether the sign-in behind it is enough for the request; empty without
    ///   a token
    /// @param refusal why it would be refused; empty: the browser would be signed in
    public record Explained(
            Claim claim,
            Optional<Transfer> transfer,
            List<Check> checks,
            Optional<SignOn.Verdict> authentication,
            Optional<Reason> refusal) {
        public Explained {
            checks = List.copyOf(checks);
        }
    }

    /// Explains; empty if no token or no session has this id.
    ///
    /// @param session of the browser, instead of a cookie
    /// @param circumstances without a cookie
    public Optional<Explained> explain(
            Ticket ticket, Optional<SessionId> session, Circumstances circumstances) {
        return database.rehearse(
                tx -> {
                    var cookie = session.flatMap(tx.sessions()::secretOf);
                    if (session.isPresent() && cookie.isEmpty()) return Optional.empty();
                    return hash(tx, ticket)
                            .map(it -> explain(tx, it, circumstances.withCookie(cookie)));
                });
    }

    private static Optional<SecretHash> hash(Tx tx, Ticket ticket) {
        return switch (ticket) {
            case Ticket.Presented(var hash) -> Optional.of(hash);
            case Ticket.Named(var id) -> tx.transfers().hashOf(id);
        };
    }

    private static Explained explain(Tx tx, SecretHash token, Circumstances circumstances) {
        var redemption = new Redemption(tx, circumstances);
        var judged = redemption.judge(List.of(token));
        var transfer = tx.transfers().find(token);
        if (transfer.isEmpty())
            return new Explained(
                    judged.claims().getFirst(),
                    transfer,
                    List.of(),
                    Optional.empty(),
                    refusal(judged, Optional.empty()));
        var held = redemption.lock(transfer.get());
        var kept = held.session().filter(it -> it.user().equals(transfer.get().user()));
        var standing = new Standings(tx, circumstances).of(kept, transfer);
        var authentication = Optional.of(SignOn.decide(circumstances.ask(), standing, tx.now()));
        return new Explained(
                judged.claims().getFirst(),
                transfer,
                Redeem.checks(transfer.get(), redemption.facts(held)),
                authentication,
                refusal(judged, authentication));
    }

    private static Optional<Reason> refusal(
            Judged judged, Optional<SignOn.Verdict> authentication) {
        return switch (judged.decision()) {
            case Decision.Refused(var reason, _, _) -> Optional.of(reason);
            case Decision.Accepted _ ->
                    authentication
                            .filter(it -> it != SignOn.Verdict.PROCEED)
                            .map(_ -> Reason.REAUTHENTICATION_REQUIRED);
        };
    }
}
