package segue.storage;

import segue.domain.action.Policy;
import segue.domain.action.Ruling;
import segue.domain.identifier.TransferId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.secret.SecretHash;
import segue.domain.token.RefreshRefusal;
import segue.domain.token.Rotation;
import segue.domain.token.TokenFamily;
import segue.domain.token.TokenTerms;
import segue.domain.transfer.Bounds;
import segue.domain.transfer.Challenge;
import segue.domain.transfer.Exchange;
import segue.domain.transfer.Transfer;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;
import segue.storage.jdbc.UserTable;

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
    ///
    /// @param most at least 1
    public record Limit(int most, Duration window) {}

    /// A refresh token presented for a session transfer token.
    ///
    /// @param presented the hash of the refresh token
    /// @param audience the URN as requested
    /// @param audienceIsOurs whether it names this tenant (§3.1)
    /// @param id the id of the new token
    /// @param token its hash
    /// @param successor the hash of a freshly minted refresh token, used if the client rotates
    /// @param bounds the most that its redemption may yield
    /// @param challenge of the verifier that its redemption must bring
    /// @param policy what Actions have to say
    public record Mint(
            SecretHash presented,
            Caller caller,
            String audience,
            boolean audienceIsOurs,
            Optional<String> scope,
            TransferId id,
            SecretHash token,
            SecretHash successor,
            Bounds bounds,
            Optional<Challenge> challenge,
            Policy policy,
            Origin origin) {
        /// The same after Actions have spoken.
        public Mint heard(Policy.Heard heard) {
            return new Mint(
                    presented,
                    caller,
                    audience,
                    audienceIsOurs,
                    scope,
                    id,
                    token,
                    successor,
                    bounds,
                    challenge,
                    heard,
                    origin);
        }
    }

    /// What came of it. A refusal leaves the presented token as usable as before.
    public sealed interface Minted {
        /// The session transfer token is valid now.
        ///
        /// @param parent the native family
        /// @param terms what Actions decided about the ID token
        /// @param rotated whether the successor is valid too
        /// @param profile of the user, as it was under the lock
        record Granted(
                TokenFamily parent, TokenTerms terms, boolean rotated, UserTable.Profile profile)
                implements Minted {}

        /// Actions must be heard first; nothing is changed.
        record Asking(Scene scene) implements Minted {}

        /// An Action denied it. Unless it revoked the token, that is as usable as before.
        ///
        /// @param error the OAuth error code
        record Denied(String error, String description) implements Minted {}

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

        /// The client must say who may redeem, and doesn't.
        record TargetMissing() implements Minted {}

        /// The client may not hand its user over to this target.
        record TargetNotAllowed() implements Minted {}

        /// The family has got as many as it may have for now.
        record TooMany(Backoff backoff) implements Minted {}
    }

    /// Rotates and mints in one transaction, or does neither (promise P4).
    public Minted mint(Mint mint) {
        var minted = inTransaction(mint);
        if (!(minted instanceof Minted.Asking)) observer.exchanged(outcome(minted));
        return minted;
    }

    static String outcome(Minted minted) {
        return switch (minted) {
            case Minted.Granted _ -> "granted";
            case Minted.Asking _ -> "asking";
            case Minted.Denied _ -> "denied_by_action";
            case Minted.TokenRefused(var reason) -> reason.name().toLowerCase(Locale.ROOT);
            case Minted.Replayed _ -> "replayed";
            case Minted.ClientNotAllowed _ -> "client_not_allowed";
            case Minted.Nested _ -> "nested";
            case Minted.ForeignAudience _ -> "foreign_audience";
            case Minted.TargetMissing _ -> "target_missing";
            case Minted.TargetNotAllowed _ -> "target_not_allowed";
            case Minted.TooMany _ -> "too_many";
        };
    }

    private Minted inTransaction(Mint mint) {
        return database.inTransaction(
                tx -> {
                    var asked =
                            Families.present(tx, mint.presented(), mint.caller(), mint.policy());
                    // Counted under the locks that it is asked together with. Only the first use
                    // after a client was switched takes them later, and may count too few.
                    var issued = tx.transfers().askCount(mint.presented(), limit.window());
                    var presented = asked.get();
                    var event =
                            Families.event(presented, mint.caller(), mint.origin())
                                    .asking(Optional.of(mint.audience()), mint.scope());
                    var facts =
                            new Exchange.Facts(
                                    presented.facts(),
                                    mint.caller().transfer(),
                                    mint.audienceIsOurs(),
                                    mint.bounds().target());
                    return switch (Exchange.decide(facts, tx.now())) {
                        case Exchange.Outcome.Allowed(_, var rotation) ->
                                issued.get() >= limit.most()
                                        ? refuse(
                                                tx,
                                                event,
                                                new Minted.TooMany(
                                                        new Backoff(
                                                                limit.most(),
                                                                tx.now(),
                                                                tx.now().plus(limit.window()))))
                                        : hear(tx, presented, rotation, mint, event);
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
                        case Exchange.Outcome.TargetMissing _ ->
                                refuse(tx, event, new Minted.TargetMissing());
                        case Exchange.Outcome.TargetNotAllowed _ ->
                                refuse(tx, event, new Minted.TargetNotAllowed());
                    };
                });
    }

    private static Minted hear(
            Tx tx, Families.Presentation presented, Rotation rotation, Mint mint, LogEvent event) {
        var family = presented.link().family();
        return switch (mint.policy()) {
            case Policy.None _ -> grant(tx, presented, rotation, mint, Ruling.Terms.NOTHING, event);
            case Policy.Unheard _ -> new Minted.Asking(Scene.of(tx, family));
            case Policy.Heard heard -> {
                var hearing = new Hearing(tx, heard);
                yield switch (Families.rule(tx, family, mint.caller(), hearing, event)) {
                    case Ruling.Allowed(var terms) ->
                            grant(tx, presented, rotation, mint, terms, hearing.heard(event));
                    case Ruling.Denied(var error, var description, _, _) ->
                            new Minted.Denied(error, description);
                    case Ruling.Redirected _ ->
                            throw new IllegalStateException("there is no browser to redirect");
                };
            }
        };
    }

    private static Minted grant(
            Tx tx,
            Families.Presentation presented,
            Rotation rotation,
            Mint mint,
            Ruling.Terms terms,
            LogEvent event) {
        var link = presented.link();
        var parent = link.family();
        var generation =
                Families.carryOut(
                        tx, link, rotation, mint.caller(), mint.successor(), terms, mint.origin());
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
                        tx.now().plus(Exchange.LIFETIME),
                        mint.bounds(),
                        false);
        tx.transfers().insert(mint.token(), transfer, mint.challenge());
        tx.log()
                .append(
                        // A requested scope means nothing here (§3.1): the token has the parent's.
                        Families.succeeded(event, generation)
                                .asking(Optional.of(mint.audience()), Optional.of(parent.scope()))
                                .with("familyId", parent.id().value())
                                .with("requested_audience", mint.audience()));
        return new Minted.Granted(
                parent,
                Hearing.tokens(terms),
                !(rotation instanceof Rotation.Unchanged),
                presented.profile().orElseThrow());
    }

    private static Minted refuse(Tx tx, LogEvent event, Minted refusal) {
        tx.log().append(event.as("fertft").with("failure_reason", "invalid_token"));
        return refusal;
    }
}
