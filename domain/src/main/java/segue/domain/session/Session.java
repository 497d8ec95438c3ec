package segue.domain.session;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// A browser's login here.
///
/// @param parent the native family of the transfer that opened it; such a session and all that
///   descends from it can never mint a transfer (invariant I5)
/// @param ended whether it was ended by something other than time
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
        boolean ended) {

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
                false);
    }

    /// How long the cookie lives from now on; empty for one that ends with the browser.
    public Optional<Duration> cookieAge(Instant now) {
        return persistent ? Optional.of(Duration.between(now, expiresAt)) : Optional.empty();
    }

    /// Neither ended nor expired.
    public boolean isLiveAt(Instant now) {
        return !ended && now.isBefore(expiresAt) && now.isBefore(idleExpiresAt);
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
        return new Session(
                id,
                user,
                connection,
                parent,
                authentication,
                createdAt,
                end,
                earlier(now.plus(shorter), end),
                shorter,
                persistent,
                ended);
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

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
