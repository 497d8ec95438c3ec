package segue.domain.session;

import segue.domain.action.Ruling;
import segue.domain.authentication.Authentication;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.scope.ScopeBound;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// A browser's login here.
///
/// @param parent the native family of the transfer that opened it; such a session and all that
///   descends from it can never mint a transfer (invariant I5)
/// @param pending whether Actions, or its user, must still be heard before it counts (THREATS table
///   1.3, row 12)
/// @param ended whether it was ended by something other than time
/// @param latestEnd `session_max_age` of the transfer that opened it: nothing lets it live longer
/// @param scopeBound `target_scope` of the transfer that opened it: no request in it is granted
///   more
public record Session(
        SessionId id,
        UserId user,
        ConnectionId connection,
        Optional<FamilyId> parent,
        Authentication authentication,
        Instant createdAt,
        Instant expiresAt,
        Instant idleExpiresAt,
        Duration idle,
        boolean persistent,
        boolean pending,
        boolean ended,
        Optional<Instant> latestEnd,
        ScopeBound scopeBound) {

    /// A session that begins now.
    public static Session open(
            SessionId id,
            UserId user,
            ConnectionId connection,
            Optional<FamilyId> parent,
            Authentication authentication,
            Instant now,
            SessionLimits limits) {
        var end = now.plus(limits.absolute());
        return new Session(
                id,
                user,
                connection,
                parent,
                authentication,
                now,
                end,
                earlier(now.plus(limits.idle()), end),
                limits.idle(),
                limits.persistent(),
                false,
                false,
                Optional.empty(),
                ScopeBound.NONE);
    }

    /// How long the cookie lives from now on; empty for one that ends with the browser.
    public Optional<Duration> cookieAge(Instant now) {
        return persistent ? Optional.of(Duration.between(now, expiresAt)) : Optional.empty();
    }

    /// Neither ended nor expired, and not pending.
    public boolean isLiveAt(Instant now) {
        return !pending && isStandingAt(now);
    }

    /// Neither ended nor expired; it may be pending.
    public boolean isStandingAt(Instant now) {
        return !ended && now.isBefore(expiresAt) && now.isBefore(idleExpiresAt);
    }

    /// The same, pending or not.
    public Session pending(boolean isPending) {
        return new Session(
                id,
                user,
                connection,
                parent,
                authentication,
                createdAt,
                expiresAt,
                idleExpiresAt,
                idle,
                persistent,
                isPending,
                ended,
                latestEnd,
                scopeBound);
    }

    /// The session as an Action wants it; what the Action leaves alone stays.
    public Session under(Ruling.Terms terms) {
        var end = bounded(terms.sessionExpiresAt().orElse(expiresAt));
        return lasting(
                end,
                terms.sessionIdleExpiresAt().orElse(idleExpiresAt),
                idle,
                terms.persistentCookie().orElse(persistent));
    }

    /// Its idle end is never after its end.
    private Session lasting(Instant end, Instant idleEnd, Duration idleTime, boolean isPersistent) {
        return new Session(
                id,
                user,
                connection,
                parent,
                authentication,
                createdAt,
                end,
                earlier(idleEnd, end),
                idleTime,
                isPersistent,
                pending,
                ended,
                latestEnd,
                scopeBound);
    }

    /// Neither ended nor expired, by its own limits and by those of the tenant: one that is older
    /// than a lifetime that was reduced meanwhile is over at its next interaction (contract
    /// management-api §13).
    public boolean isLiveAt(Instant now, SessionLimits limits) {
        return isLiveAt(now) && now.isBefore(createdAt.plus(limits.absolute()));
    }

    /// The session after a use: its idle time starts anew. Limits that were reduced meanwhile apply
    /// from now on, limits that were extended don't (contract management-api §13).
    public Session usedAt(Instant now, SessionLimits limits) {
        var shorter = idle.compareTo(limits.idle()) < 0 ? idle : limits.idle();
        var end = earlier(expiresAt, createdAt.plus(limits.absolute()));
        return lasting(end, now.plus(shorter), shorter, persistent);
    }

    /// The most by which an idle end that was recorded may lag behind the last use: uses that
    /// follow one another closely aren't all worth a write. So a session may end this much before
    /// its idle time has passed since its last use, and never after.
    public static final Duration GRAIN = Duration.ofSeconds(30);

    /// Whether a use of it must be recorded: its limits changed, or its idle end moved by more than
    /// the grain, which is a sixteenth of a short idle time.
    ///
    /// @param used this session after the use
    public boolean isWorthRecording(Session used) {
        if (!used.expiresAt.equals(expiresAt) || !used.idle.equals(idle)) return true;
        var sixteenth = idle.dividedBy(16);
        var grain = sixteenth.compareTo(GRAIN) < 0 ? sixteenth : GRAIN;
        return Duration.between(idleExpiresAt, used.idleExpiresAt).compareTo(grain) > 0;
    }

    /// The session as the mint of its transfer bounds it, from its creation on (native-to-web §14).
    public Session bounded(Optional<Duration> maxAge, ScopeBound scope) {
        var latest = maxAge.map(createdAt::plus);
        var end = latest.map(it -> earlier(expiresAt, it)).orElse(expiresAt);
        return new Session(
                id,
                user,
                connection,
                parent,
                authentication,
                createdAt,
                end,
                earlier(idleExpiresAt, end),
                idle,
                persistent,
                pending,
                ended,
                latest,
                scope);
    }

    private Instant bounded(Instant end) {
        return latestEnd.map(latest -> earlier(end, latest)).orElse(end);
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
