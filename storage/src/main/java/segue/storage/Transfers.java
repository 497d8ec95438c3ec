package segue.storage;

import segue.domain.identifier.TransferId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.secret.SecretHash;
import segue.domain.token.Link;
import segue.domain.token.RefreshRefusal;
import segue.domain.token.Rotation;
import segue.domain.token.TokenFamily;
import segue.domain.transfer.Exchange;
import segue.domain.transfer.Transfer;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/// Minting session transfer tokens (contract native-to-web §3). Redeeming them is part of
/// [Authorizations].
public final class Transfers {
    private final Database database;
    private final Limit limit;
    private final Observer observer;

    /// @param limit how many tokens one family may get
    public Transfers(Database database, Limit limit, Observer observer) {
        this.database = database;
        this.limit = limit;
        this.observer = observer;
    }

    /// So many in such a time.
    public record Limit(int most, Duration window) {}

    /// A refresh token presented for a session transfer token.
    ///
    /// @param presented the hash of the refresh token
    /// @param audience the URN as requested
    /// @param audienceIsOurs whether it names this tenant (§3.1)
    /// @param id the id of the new token
    /// @param token its hash
    /// @param successor the hash of a freshly minted refresh token, used if the client rotates
    public record Mint(
            SecretHash presented,
            Caller caller,
            String audience,
            boolean audienceIsOurs,
            Optional<String> scope,
            TransferId id,
            SecretHash token,
            SecretHash successor,
            Origin origin) {}

    /// What came of it. A refusal leaves the presented token as usable as before.
    public sealed interface Minted {
        /// The session transfer token is valid now.
        ///
        /// @param parent the native family
        /// @param rotated whether the successor is valid too
        record Granted(TokenFamily parent, boolean rotated) implements Minted {}

        /// The refresh token was refused.
        record TokenRefused(RefreshRefusal reason) implements Minted {}

        /// The refresh token had been rotated away; its family is ended.
        record Replayed() implements Minted {}

        /// `can_create_session_transfer_token` isn't true.
        record ClientNotAllowed() implements Minted {}

        /// The refresh token stems from a transfer.
        record Nested() implements Minted {}

        /// The URN names somebody else.
        record ForeignAudience() implements Minted {}

        /// The family has got as many as it may have for now.
        record TooMany(Backoff backoff) implements Minted {}
    }

    /// Rotates and mints in one transaction, or does neither (promise P4).
    public Minted mint(Mint mint) {
        var minted = inTransaction(mint);
        observer.exchanged(outcome(minted));
        return minted;
    }

    private static String outcome(Minted minted) {
        return switch (minted) {
            case Minted.Granted _ -> "granted";
            case Minted.TokenRefused(var reason) -> reason.name().toLowerCase(Locale.ROOT);
            case Minted.Replayed _ -> "replayed";
            case Minted.ClientNotAllowed _ -> "client_not_allowed";
            case Minted.Nested _ -> "nested";
            case Minted.ForeignAudience _ -> "foreign_audience";
            case Minted.TooMany _ -> "too_many";
        };
    }

    private Minted inTransaction(Mint mint) {
        return database.inTransaction(
                tx -> {
                    var presented = Families.present(tx, mint.presented(), mint.caller());
                    var event =
                            Families.event(presented, mint.caller(), mint.origin())
                                    .asking(Optional.of(mint.audience()), mint.scope());
                    var facts =
                            new Exchange.Facts(
                                    presented.facts(),
                                    mint.caller().transfer().mayCreate(),
                                    mint.audienceIsOurs());
                    return switch (Exchange.decide(facts, tx.now())) {
                        case Exchange.Outcome.Allowed(var link, var rotation) ->
                                isTooMany(tx, link)
                                        ? refuse(
                                                tx,
                                                event,
                                                new Minted.TooMany(
                                                        new Backoff(
                                                                limit.most(),
                                                                tx.now(),
                                                                tx.now().plus(limit.window()))))
                                        : grant(tx, link, rotation, mint, event);
                        case Exchange.Outcome.TokenRefused(var reason) -> {
                            tx.log().append(Families.failed(event, reason));
                            yield new Minted.TokenRefused(reason);
                        }
                        case Exchange.Outcome.Replayed(var generation, var latest) -> {
                            Families.endReplayed(
                                    tx, presented.link().family(), generation, latest, event);
                            yield new Minted.Replayed();
                        }
                        case Exchange.Outcome.ClientNotAllowed _ ->
                                refuse(tx, event, new Minted.ClientNotAllowed());
                        case Exchange.Outcome.Nested _ -> refuse(tx, event, new Minted.Nested());
                        case Exchange.Outcome.ForeignAudience _ ->
                                refuse(tx, event, new Minted.ForeignAudience());
                    };
                });
    }

    private boolean isTooMany(Tx tx, Link link) {
        var since = tx.now().minus(limit.window());
        return tx.transfers().countOf(link.family().id(), since) >= limit.most();
    }

    private static Minted grant(Tx tx, Link link, Rotation rotation, Mint mint, LogEvent event) {
        var parent = link.family();
        var generation =
                Families.carryOut(
                        tx, link, rotation, mint.caller(), mint.successor(), mint.origin());
        var transfer =
                new Transfer(
                        mint.id(),
                        parent.id(),
                        parent.client(),
                        parent.user(),
                        parent.connection(),
                        parent.organization(),
                        parent.scope(),
                        parent.authentication(),
                        mint.origin().device(),
                        tx.now(),
                        tx.now().plus(Exchange.LIFETIME));
        tx.transfers().insert(mint.token(), transfer);
        tx.log()
                .append(
                        // A requested scope means nothing here (§3.1): the token has the parent's.
                        Families.succeeded(event, generation)
                                .asking(Optional.of(mint.audience()), Optional.of(parent.scope()))
                                .with("familyId", parent.id().value())
                                .with("requested_audience", mint.audience()));
        return new Minted.Granted(parent, !(rotation instanceof Rotation.Unchanged));
    }

    private static Minted refuse(Tx tx, LogEvent event, Minted refusal) {
        tx.log().append(event.as("fertft").with("failure_reason", "invalid_token"));
        return refusal;
    }
}
