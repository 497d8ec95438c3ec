package segue.domain.transfer;

import segue.domain.client.TransferPolicy;
import segue.domain.identifier.ClientId;
import segue.domain.token.Link;
import segue.domain.token.RefreshRefusal;
import segue.domain.token.Rotate;
import segue.domain.token.Rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// A refresh token for a session transfer token: contract native-to-web §3. Every permission is
/// checked before anything rotates, so that a refused exchange leaves the caller's refresh token
/// usable.
public final class Exchange {
    private Exchange() {}

    /// How long a session transfer token lives (§3.3).
    public static final Duration LIFETIME = Duration.ofSeconds(60);

    /// What the decision needs.
    ///
    /// @param refresh the presented refresh token and what it depends on
    /// @param policy the caller's settings
    /// @param audienceIsOurs the requested URN names this tenant (§3.1)
    /// @param target the only client that may redeem, if the request names one (§14)
    public record Facts(
            Rotate.Facts refresh,
            TransferPolicy policy,
            boolean audienceIsOurs,
            Optional<ClientId> target) {}

    /// The outcome.
    public sealed interface Outcome {
        /// A token may be minted from the link, and the refresh token is treated as by any
        /// exchange.
        record Allowed(Link link, Rotation rotation) implements Outcome {}

        /// The refresh token itself was refused.
        record TokenRefused(RefreshRefusal reason) implements Outcome {}

        /// The refresh token had been rotated away: its family ends.
        record Replayed(long presented, long latest) implements Outcome {}

        /// The client isn't allowed to create transfers.
        record ClientNotAllowed() implements Outcome {}

        /// The refresh token stems from a transfer itself (invariant I5).
        record Nested() implements Outcome {}

        /// The URN names somebody else.
        record ForeignAudience() implements Outcome {}

        /// The client must say who may redeem, and doesn't (§14).
        record TargetMissing() implements Outcome {}

        /// The client may not hand its user over to this target (§14).
        record TargetNotAllowed() implements Outcome {}
    }

    /// Decides.
    public static Outcome decide(Facts facts, Instant now) {
        return switch (Rotate.decide(facts.refresh(), now)) {
            case Rotation.Refused(var reason) -> new Outcome.TokenRefused(reason);
            case Rotation.Replayed(var presented, var latest) ->
                    new Outcome.Replayed(presented, latest);
            case Rotation.Successor accepted -> permit(facts, accepted);
            case Rotation.Sibling accepted -> permit(facts, accepted);
            case Rotation.Unchanged accepted -> permit(facts, accepted);
        };
    }

    private static Outcome permit(Facts facts, Rotation rotation) {
        var link = facts.refresh().link().orElseThrow();
        if (!facts.policy().mayCreate()) return new Outcome.ClientNotAllowed();
        if (link.family().parent().isPresent()) return new Outcome.Nested();
        if (!facts.audienceIsOurs()) return new Outcome.ForeignAudience();
        var allowed = facts.policy().allowedTargets();
        // A token that anybody may redeem would be the way around a list of targets.
        if (facts.target().isEmpty() && (facts.policy().requiresTarget() || !allowed.isEmpty()))
            return new Outcome.TargetMissing();
        if (facts.target().filter(it -> !allowed.isEmpty() && !allowed.contains(it)).isPresent())
            return new Outcome.TargetNotAllowed();
        return new Outcome.Allowed(link, rotation);
    }
}
