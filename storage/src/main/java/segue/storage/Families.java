package segue.storage;

import segue.domain.action.Policy;
import segue.domain.action.Ruling;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.network.Device;
import segue.domain.revocation.Cause;
import segue.domain.secret.SecretHash;
import segue.domain.token.AccessTokenLifetimes;
import segue.domain.token.AccessTokenRecord;
import segue.domain.token.Link;
import segue.domain.token.RefreshRefusal;
import segue.domain.token.RefreshScope;
import segue.domain.token.Rotate;
import segue.domain.token.Rotation;
import segue.domain.token.TokenFamily;
import segue.domain.token.TokenTerms;
import segue.domain.user.UserState;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.SessionTable;
import segue.storage.jdbc.Tx;
import segue.storage.jdbc.UserTable;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Refresh tokens: the `refresh_token` grant and revocation.
public final class Families {
    private final Database database;

    public Families(Database database) {
        this.database = database;
    }

    /// A refresh request.
    ///
    /// @param presented the hash of the token that came in
    /// @param asked for which API, and with what scope
    /// @param successor the hash of a freshly minted token, used if the client rotates
    /// @param accessToken the hash of a freshly minted opaque token; if the token is for an API,
    ///   the identifier of what is kept of it
    /// @param lifetimes of access tokens
    /// @param policy what Actions have to say
    public record Refresh(
            SecretHash presented,
            Caller caller,
            RefreshScope.Asked asked,
            SecretHash successor,
            SecretHash accessToken,
            AccessTokenLifetimes lifetimes,
            Policy policy,
            Origin origin) {
        /// The same after Actions have spoken.
        public Refresh heard(Policy.Heard heard) {
            return new Refresh(
                    presented, caller, asked, successor, accessToken, lifetimes, heard, origin);
        }
    }

    /// What came of it.
    public sealed interface Refreshed {
        /// Accepted.
        ///
        /// @param scope what the access token is for
        /// @param terms what Actions decided about the tokens
        /// @param rotated whether the successor is valid now and belongs into the answer
        /// @param profile of the user, as it was under the lock
        record Granted(
                TokenFamily family,
                RefreshScope.Granted scope,
                TokenTerms terms,
                boolean rotated,
                UserTable.Profile profile)
                implements Refreshed {}

        /// Actions must be heard first; nothing is changed.
        record Asking(Scene scene, RefreshScope.Granted scope) implements Refreshed {}

        /// An Action denied it. Unless it revoked the token, that is as usable as before.
        ///
        /// @param error the OAuth error code
        record Denied(String error, String description) implements Refreshed {}

        /// Refused; the presented token is as usable as before.
        record Refused(RefreshRefusal reason) implements Refreshed {}

        /// Refused, and the family ended: the token had been rotated away.
        record Replayed() implements Refreshed {}

        /// Refused: the family was granted for another API. The presented token is as usable as
        /// before.
        record OtherAudience() implements Refreshed {}

        /// Refused: the API doesn't exist any more. The presented token is as usable as before.
        record AudienceGone(String audience) implements Refreshed {}
    }

    /// Exchanges a refresh token for whatever the caller makes of its family.
    public Refreshed refresh(Refresh refresh) {
        return database.inTransaction(
                tx -> {
                    var presented =
                            present(tx, refresh.presented(), refresh.caller(), refresh.policy())
                                    .get();
                    var event =
                            event(presented, refresh.caller(), refresh.origin())
                                    .asking(
                                            refresh.asked().target().named(),
                                            refresh.asked().scope());
                    return switch (Rotate.decide(presented.facts(), tx.now())) {
                        case Rotation.Refused(var reason) -> {
                            tx.log().append(failed(event, reason));
                            yield new Refreshed.Refused(reason);
                        }
                        case Rotation.Replayed(var generation, var latest) -> {
                            endReplayed(tx, presented.link().family(), generation, latest, event);
                            yield new Refreshed.Replayed();
                        }
                        case Rotation.Successor accepted ->
                                grant(tx, presented, accepted, refresh, event);
                        case Rotation.Sibling accepted ->
                                grant(tx, presented, accepted, refresh, event);
                        case Rotation.Unchanged accepted ->
                                grant(tx, presented, accepted, refresh, event);
                    };
                });
    }

    private static Refreshed grant(
            Tx tx, Presentation presented, Rotation rotation, Refresh refresh, LogEvent event) {
        var family = presented.link().family();
        var scope = RefreshScope.decide(family, refresh.asked());
        if (scope.isEmpty()) return refuse(tx, event, new Refreshed.OtherAudience());
        var audience = scope.get().audience();
        if (audience.isPresent() && !exists(tx, audience.get()))
            return refuse(tx, event, new Refreshed.AudienceGone(audience.get()));
        return switch (refresh.policy()) {
            case Policy.None _ ->
                    grant(
                            tx,
                            presented,
                            rotation,
                            refresh,
                            scope.get(),
                            Ruling.Terms.NOTHING,
                            event);
            case Policy.Unheard _ -> new Refreshed.Asking(Scene.of(tx, family), scope.get());
            case Policy.Heard heard -> {
                var hearing = new Hearing(tx, heard);
                yield switch (rule(tx, family, refresh.caller(), hearing, event)) {
                    case Ruling.Allowed(var terms) ->
                            grant(
                                    tx,
                                    presented,
                                    rotation,
                                    refresh,
                                    scope.get(),
                                    terms,
                                    hearing.heard(event));
                    case Ruling.Denied(var error, var description, _, _) ->
                            new Refreshed.Denied(error, description);
                    case Ruling.Redirected _ ->
                            throw new IllegalStateException("there is no browser to redirect");
                };
            }
        };
    }

    /// Hears what Actions say about an exchange. If they allow it, what concerns the session and
    /// the family is done; if not, it is logged, and what they revoke ends.
    static Ruling rule(Tx tx, TokenFamily family, Caller caller, Hearing hearing, LogEvent event) {
        var session =
                family.session()
                        .flatMap(tx.sessions()::seen)
                        .filter(it -> it.session().isLiveAt(tx.now()));
        var shown = tx.families().seen(family.id()).orElseThrow();
        var ruling =
                hearing.ruling(
                        session.map(Hearing::asItStands),
                        Hearing.presented(shown, caller, tx.now()),
                        family.user(),
                        event);
        switch (ruling) {
            case Ruling.Allowed(var terms) -> session.ifPresent(it -> hearing.govern(it, terms));
            case Ruling.Denied denied -> deny(tx, family, session, denied, hearing, event);
            case Ruling.Redirected _ -> {}
        }
        return ruling;
    }

    private static void deny(
            Tx tx,
            TokenFamily family,
            Optional<SessionTable.Shown> session,
            Ruling.Denied denied,
            Hearing hearing,
            LogEvent event) {
        tx.log()
                .append(
                        hearing.heard(event.as("fertft"))
                                .described(denied.description())
                                .with("failure_reason", "invalid_token"));
        for (var end : denied.ends()) {
            switch (end) {
                case REFRESH_TOKEN ->
                        tx.log()
                                .append(
                                        hearing.heard(event.as("srrt"))
                                                .with("credential_id", family.id().value())
                                                .with(
                                                        Endings.endFamilies(
                                                                tx,
                                                                List.of(family.id()),
                                                                Cause.ACTION)));
                case SESSION, SESSION_WITH_TOKENS ->
                        hearing.revoke(
                                session.orElseThrow().session().id(),
                                end == Ruling.Ends.SESSION,
                                event);
            }
        }
    }

    private static Refreshed grant(
            Tx tx,
            Presentation presented,
            Rotation rotation,
            Refresh refresh,
            RefreshScope.Granted asked,
            Ruling.Terms terms,
            LogEvent event) {
        var family = presented.link().family();
        var scope =
                new RefreshScope.Granted(
                        asked.audience(), family.scopeBound().narrow(terms.scope(asked.scope())));
        var generation =
                carryOut(
                        tx,
                        presented.link(),
                        rotation,
                        refresh.caller(),
                        refresh.successor(),
                        terms,
                        refresh.origin());
        if (AccessTokenRecord.isKept(
                scope.audience(), scope.scope(), family.requestedClaims(), terms.idTokenClaims()))
            tx.accessTokens()
                    .insert(
                            refresh.accessToken(),
                            new AccessTokenRecord(
                                    family.user(),
                                    family.client(),
                                    family.session(),
                                    Optional.of(family.id()),
                                    scope.scope(),
                                    family.requestedClaims(),
                                    terms.idTokenClaims(),
                                    tx.now().plus(refresh.lifetimes().of(scope.audience())),
                                    refresh.caller().key()),
                            Optional.empty());
        tx.log().append(succeeded(event, generation));
        return new Refreshed.Granted(
                family,
                scope,
                Hearing.tokens(terms),
                !(rotation instanceof Rotation.Unchanged),
                presented.profile().orElseThrow());
    }

    private static boolean exists(Tx tx, String audience) {
        return tx.configuration().findByKey(Kind.RESOURCE_SERVER, audience).isPresent();
    }

    private static Refreshed refuse(Tx tx, LogEvent event, Refreshed refusal) {
        tx.log().append(event.as("fertft").with("failure_reason", "invalid_token"));
        return refusal;
    }

    /// A refresh token that someone presented, under lock.
    ///
    /// @param known the link, if the token exists
    /// @param profile of its user, if they are there and not blocked
    record Presentation(
            Rotate.Facts facts, Optional<Link> known, Optional<UserTable.Profile> profile) {
        Link link() {
            return known.orElseThrow();
        }
    }

    /// Locks user, family and link, in that order, and reads the link under the lock.
    ///
    /// @return the locks are taken before whatever is asked next, unless the token is unusual
    static Supplier<Presentation> present(
            Tx tx, SecretHash presented, Caller caller, Policy policy) {
        var usual =
                tx.families()
                        .present(
                                presented,
                                caller.id(),
                                caller.refresh().rotating(),
                                Hearing.takesUserAlone(policy));
        return () ->
                usual.get()
                        .map(
                                it ->
                                        presentation(
                                                tx,
                                                caller,
                                                Optional.of(it.link()),
                                                it.user(),
                                                it.profile()))
                        .orElseGet(() -> presentUnusual(tx, presented, caller, policy));
    }

    /// Of a token that there isn't, that is somebody else's, whose user is gone, or whose client
    /// has been switched since.
    private static Presentation presentUnusual(
            Tx tx, SecretHash presented, Caller caller, Policy policy) {
        var owner = tx.families().owner(presented);
        // Someone else's token tells nothing and locks nothing.
        if (owner.isEmpty() || !owner.get().client().equals(caller.id()))
            return presentation(tx, caller, Optional.empty(), UserState.GONE, Optional.empty());
        // Whoever ends other families of the user with this one must be alone with them: two that
        // do it at once would wait for each other.
        var switches = owner.get().rotating() != caller.refresh().rotating();
        var user =
                switches
                        ? tx.users().lockExclusive(owner.get().user())
                        : Hearing.lock(tx, owner.get().user(), policy);
        var profile = tx.users().askActiveProfile(owner.get().user());
        var link = tx.families().lockExclusive(owner.get().family(), presented);
        return presentation(tx, caller, link, user.get(), profile.get());
    }

    private static Presentation presentation(
            Tx tx,
            Caller caller,
            Optional<Link> link,
            UserState user,
            Optional<UserTable.Profile> profile) {
        var sessionIsLive = link.map(it -> sessionIsLive(tx, it.family(), caller)).orElse(true);
        var facts =
                new Rotate.Facts(
                        link, caller.id(), caller.key(), caller.refresh(), user, sessionIsLive);
        return new Presentation(facts, link, profile);
    }

    /// Only a family that stems from a transfer, of a client that says so, depends on its session
    /// (contract native-to-web §7).
    static boolean sessionIsLive(Tx tx, TokenFamily family, Caller caller) {
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
            Caller caller,
            SecretHash successor,
            Ruling.Terms terms,
            Origin origin) {
        var family = link.family();
        var policy = caller.refresh();
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
        var idle = earlier(policy.idle().map(tx.now()::plus), terms.refreshTokenIdleExpiresAt());
        terms.refreshTokenExpiresAt()
                .ifPresent(
                        end ->
                                tx.families()
                                        .limit(
                                                family.id(),
                                                earlier(family.expiresAt(), Optional.of(end))));
        terms.refreshTokenMetadata().ifPresent(it -> tx.families().putMetadata(family.id(), it));
        tx.families()
                .recordExchange(family.id(), generation, policy.rotating(), idle, origin.device());
        if (family.rotating() != policy.rotating()) endOthersOfItsKind(tx, family);
        return generation;
    }

    /// The client was switched, and this is the first exchange since: the other tokens of the old
    /// kind, of the same user, client and API, end (contract authentication-api §4.5).
    private static void endOthersOfItsKind(Tx tx, TokenFamily exchanged) {
        var others =
                tx
                        .families()
                        .lockOf(exchanged.user(), exchanged.client(), exchanged.audience())
                        .stream()
                        .filter(id -> !id.equals(exchanged.id()))
                        .flatMap(id -> tx.families().lockExclusive(id).stream())
                        .filter(other -> other.rotating() == exchanged.rotating())
                        .map(TokenFamily::id)
                        .toList();
        Endings.endFamilies(tx, others, Cause.ROTATION_SWITCHED);
    }

    /// The earlier of two ends, of which either may be never.
    static Optional<Instant> earlier(Optional<Instant> one, Optional<Instant> other) {
        return Stream.of(one, other).flatMap(Optional::stream).min(Instant::compareTo);
    }

    /// How many live families one user and client may have (contract authentication-api §4.5).
    static final int MOST = 200;

    /// Stores a new family with its first token, and ends the oldest ones beyond [#MOST]. Of
    /// several that start at once each sees the others only when they are committed, so that the
    /// next one ends what is left over.
    static void start(
            Tx tx,
            TokenFamily family,
            Device device,
            SecretHash first,
            Map<String, String> metadata) {
        var surplus = askSurplus(tx, family.user(), family.client());
        start(tx, family, device, first, metadata, surplus.get());
    }

    /// Which families one more makes too many, together with what is asked next.
    static Supplier<List<FamilyId>> askSurplus(Tx tx, UserId user, ClientId client) {
        return tx.families().askBeyond(MOST - 1, user, client);
    }

    /// The same, where it is known which ones it makes too many.
    static void start(
            Tx tx,
            TokenFamily family,
            Device device,
            SecretHash first,
            Map<String, String> metadata,
            List<FamilyId> surplus) {
        tx.families().insert(family, device, first);
        if (!metadata.isEmpty()) tx.families().putMetadata(family.id(), metadata);
        surplus.forEach(tx.families()::lockExclusive);
        Endings.endFamilies(tx, surplus, Cause.OVERFLOWED);
    }

    /// Breach: the family and all that hangs below it ends (THREATS R13.3).
    static void endReplayed(
            Tx tx, TokenFamily family, long presented, long latest, LogEvent event) {
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
            case UNKNOWN,
                    OTHER_CLIENT,
                    UNPROVED,
                    OTHER_KEY,
                    ENDED,
                    EXPIRED,
                    USER_GONE,
                    USER_BLOCKED ->
                    "invalid_token";
        };
    }
}
