package segue.storage;

import segue.domain.client.RefreshPolicy;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.revocation.Cause;
import segue.domain.secret.SecretHash;
import segue.domain.token.Link;
import segue.domain.token.OpaqueAccessToken;
import segue.domain.token.RefreshRefusal;
import segue.domain.token.Rotate;
import segue.domain.token.Rotation;
import segue.domain.token.TokenFamily;
import segue.domain.user.UserState;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Refresh tokens: the `refresh_token` grant and revocation.
public final class Families {
    private final Database database;

    public Families(Database database) {
        this.database = database;
    }

    /// A refresh request.
    ///
    /// @param presented the hash of the token that came in
    /// @param audience the API that is asked for, empty for the original one
    /// @param scope as requested, for the log
    /// @param successor the hash of a freshly minted token, used if the client rotates
    /// @param accessToken the hash of a freshly minted opaque token, used if the family has no API
    /// @param accessTokenLifetime how long that lives
    public record Refresh(
            SecretHash presented,
            Caller caller,
            Optional<String> audience,
            Optional<String> scope,
            SecretHash successor,
            SecretHash accessToken,
            Duration accessTokenLifetime,
            Origin origin) {}

    /// What came of it.
    public sealed interface Refreshed {
        /// Accepted.
        ///
        /// @param rotated whether the successor is valid now and belongs into the answer
        record Granted(TokenFamily family, boolean rotated) implements Refreshed {}

        /// Refused; the presented token is as usable as before.
        record Refused(RefreshRefusal reason) implements Refreshed {}

        /// Refused, and the family ended: the token had been rotated away.
        record Replayed() implements Refreshed {}

        /// Refused: the family was granted for another API.
        record OtherAudience() implements Refreshed {}
    }

    /// Exchanges a refresh token for whatever the caller makes of its family.
    public Refreshed refresh(Refresh refresh) {
        return database.inTransaction(
                tx -> {
                    var presented = present(tx, refresh.presented(), refresh.caller());
                    var event =
                            event(presented, refresh.caller(), refresh.origin())
                                    .asking(refresh.audience(), refresh.scope());
                    return switch (Rotate.decide(presented.facts(), tx.now())) {
                        case Rotation.Refused(var reason) -> {
                            tx.log().append(failed(event, reason));
                            yield new Refreshed.Refused(reason);
                        }
                        case Rotation.Replayed(var generation, var latest) -> {
                            endReplayed(
                                    tx,
                                    presented.link().family(),
                                    generation,
                                    latest,
                                    refresh.caller(),
                                    event);
                            yield new Refreshed.Replayed();
                        }
                        case Rotation.Successor accepted ->
                                grant(tx, presented.link(), accepted, refresh, event);
                        case Rotation.Sibling accepted ->
                                grant(tx, presented.link(), accepted, refresh, event);
                        case Rotation.Unchanged accepted ->
                                grant(tx, presented.link(), accepted, refresh, event);
                    };
                });
    }

    private static Refreshed grant(
            Tx tx, Link link, Rotation rotation, Refresh refresh, LogEvent event) {
        var family = link.family();
        if (refresh.audience().isPresent() && !refresh.audience().equals(family.audience())) {
            tx.log().append(event.as("fertft").with("failure_reason", "invalid_audience"));
            return new Refreshed.OtherAudience();
        }
        var generation =
                carryOut(
                        tx,
                        link,
                        rotation,
                        refresh.caller().refresh(),
                        refresh.successor(),
                        refresh.origin());
        if (family.audience().isEmpty())
            tx.accessTokens()
                    .insert(
                            refresh.accessToken(),
                            new OpaqueAccessToken(
                                    family.user(),
                                    family.client(),
                                    family.session(),
                                    Optional.of(family.id()),
                                    family.scope(),
                                    family.requestedClaims(),
                                    tx.now().plus(refresh.accessTokenLifetime())),
                            Optional.empty());
        tx.log().append(succeeded(event, generation));
        return new Refreshed.Granted(family, !(rotation instanceof Rotation.Unchanged));
    }

    /// A refresh token that someone presented, under lock.
    ///
    /// @param known the link, if the token exists
    record Presentation(Rotate.Facts facts, Optional<Link> known) {
        Link link() {
            return known.orElseThrow();
        }
    }

    /// Locks user and family, in that order, and reads the link under the lock.
    static Presentation present(Tx tx, SecretHash presented, Caller caller) {
        var owner = tx.families().owner(presented);
        // Someone else's token tells nothing and locks nothing.
        if (owner.isEmpty() || !owner.get().client().equals(caller.id()))
            return new Presentation(
                    new Rotate.Facts(
                            Optional.empty(), caller.id(), caller.refresh(), UserState.GONE, true),
                    Optional.empty());
        var user = tx.users().lockShared(owner.get().user());
        var link =
                tx.families()
                        .lockExclusive(owner.get().family())
                        .flatMap(family -> tx.families().link(presented, family));
        var sessionIsLive = link.map(it -> sessionIsLive(tx, it.family(), caller)).orElse(true);
        return new Presentation(
                new Rotate.Facts(link, caller.id(), caller.refresh(), user, sessionIsLive), link);
    }

    /// Only a family that stems from a transfer, of a client that says so, depends on its session
    /// (contract native-to-web §7).
    private static boolean sessionIsLive(Tx tx, TokenFamily family, Caller caller) {
        if (family.parent().isEmpty() || !caller.transfer().online()) return true;
        return family.session()
                .flatMap(session -> tx.sessions().find(session))
                .filter(session -> session.isLiveAt(tx.now()))
                .isPresent();
    }

    /// Performs an accepted rotation and returns the generation that is newest now.
    static long carryOut(
            Tx tx,
            Link link,
            Rotation rotation,
            RefreshPolicy policy,
            SecretHash successor,
            Origin origin) {
        var family = link.family();
        var generation =
                switch (rotation) {
                    case Rotation.Successor(var next) -> next;
                    case Rotation.Sibling(var same) -> same;
                    case Rotation.Unchanged _, Rotation.Refused _, Rotation.Replayed _ ->
                            family.generation();
                };
        if (rotation instanceof Rotation.Successor)
            tx.families().supersede(family.id(), family.generation());
        if (!(rotation instanceof Rotation.Unchanged))
            tx.families().insertLink(successor, family.id(), generation);
        var idle = policy.idle().map(duration -> tx.now().plus(duration));
        tx.families()
                .recordExchange(family.id(), generation, policy.rotating(), idle, origin.device());
        return generation;
    }

    /// Breach: the family and all that hangs below it ends (THREATS R13.3).
    static void endReplayed(
            Tx tx, TokenFamily family, long presented, long latest, Caller caller, LogEvent event) {
        var receipt = Endings.endFamilies(tx, List.of(family.id()), Cause.REPLAYED);
        tx.log()
                .append(
                        event.as("ferrt")
                                .described("Unsuccessful exchange of Refresh Token: reuse detected")
                                .with("familyId", family.id().value())
                                .with("latestCounter", latest)
                                .with("tokenCounter", presented)
                                .with(receipt));
    }

    static LogEvent event(Presentation presented, Caller caller, Origin origin) {
        var event = LogEvent.of("sertft", origin).about(caller.id(), caller.name());
        return presented
                .known()
                .map(Link::family)
                .map(
                        family ->
                                event.about(
                                        family.user(), family.connection(), family.organization()))
                .orElse(event);
    }

    static LogEvent succeeded(LogEvent event, long generation) {
        return event.with("tokenCounter", generation).with("refresh_token.access", "offline");
    }

    static LogEvent failed(LogEvent event, RefreshRefusal reason) {
        return event.as("fertft").with("failure_reason", failureReason(reason));
    }

    /// Contract native-to-web §10.2.
    private static String failureReason(RefreshRefusal reason) {
        return switch (reason) {
            case SESSION_ENDED -> "session_not_found";
            case GRANT_GONE -> "grant_revoked";
            case UNKNOWN, OTHER_CLIENT, ENDED, EXPIRED, USER_GONE, USER_BLOCKED -> "invalid_token";
        };
    }
}
