package segue.domain.token;

import segue.domain.client.RefreshPolicy;
import segue.domain.identifier.ClientId;
import segue.domain.user.UserState;

import java.time.Instant;
import java.util.Optional;

/// What becomes of a presented refresh token (contract authentication-api §4.5, THREATS T-13). The
/// generation decides; time decides only whether leeway still runs.
public final class Rotate {
    private Rotate() {}

    /// What the decision needs, read under the lock of the family.
    ///
    /// @param link empty if no token has the presented hash
    /// @param caller the authenticated client
    /// @param key that the request proves possession of, if it does
    /// @param policy the caller's current settings
    /// @param sessionIsLive false if the token is bound to a web session ("online") and that has
    ///   ended or expired
    public record Facts(
            Optional<Link> link,
            ClientId caller,
            Optional<KeyThumbprint> key,
            RefreshPolicy policy,
            UserState user,
            boolean sessionIsLive) {}

    /// Decides. Nothing is changed by a refusal; only [Rotation.Replayed] ends the family.
    public static Rotation decide(Facts facts, Instant now) {
        if (facts.link().isEmpty()) return new Rotation.Refused(RefreshRefusal.UNKNOWN);
        var link = facts.link().get();
        var family = link.family();
        if (!family.client().equals(facts.caller()))
            return new Rotation.Refused(RefreshRefusal.OTHER_CLIENT);
        // Before anything is told or ended: who stole the token and lacks the key learns nothing,
        // and ends no family with an old one (RFC 9449 §5, THREATS R21.2).
        if (family.boundTo().isPresent() && facts.key().isEmpty())
            return new Rotation.Refused(RefreshRefusal.UNPROVED);
        if (family.boundTo().isPresent() && !family.boundTo().equals(facts.key()))
            return new Rotation.Refused(RefreshRefusal.OTHER_KEY);
        if (facts.user() == UserState.GONE) return new Rotation.Refused(RefreshRefusal.USER_GONE);
        if (family.cause().isPresent())
            return new Rotation.Refused(RefreshRefusal.of(family.cause().get()));
        if (family.isExpiredAt(now)) return new Rotation.Refused(RefreshRefusal.EXPIRED);
        if (facts.user() == UserState.BLOCKED)
            return new Rotation.Refused(RefreshRefusal.USER_BLOCKED);
        if (!facts.sessionIsLive()) return new Rotation.Refused(RefreshRefusal.SESSION_ENDED);
        if (isReplay(link, facts.policy(), now))
            return new Rotation.Replayed(link.generation(), family.generation());
        if (link.generation() < family.generation())
            return new Rotation.Sibling(family.generation());
        if (facts.policy().rotating()) return new Rotation.Successor(family.generation() + 1);
        return new Rotation.Unchanged();
    }

    /// Older than the newest, unless it is the previous one within the leeway of its own rotation.
    /// RFC 9700 §4.14.
    private static boolean isReplay(Link link, RefreshPolicy policy, Instant now) {
        if (link.generation() == link.family().generation()) return false;
        if (link.generation() < link.family().generation() - 1) return true;
        // Of two that race, the one that got the lock first may have begun later, so its moment can
        // lie ahead of ours (THREATS R45.3).
        if (policy.leeway().isZero()) return true;
        return link.supersededAt().filter(at -> now.isBefore(at.plus(policy.leeway()))).isEmpty();
    }
}
