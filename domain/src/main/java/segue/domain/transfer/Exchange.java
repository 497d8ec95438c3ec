package segue.domain.transfer;

import segue.domain.token.Link;
import segue.domain.token.RefreshRefusal;
import segue.domain.token.Rotate;
import segue.domain.token.Rotation;

import java.time.Duration;
import java.time.Instant;

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
    /// @param clientMayCreate the caller's `can_create_session_transfer_token`
    /// @param audienceIsOurs the requested URN names this tenant (§3.1)
    public record Facts(Rotate.Facts refresh, boolean clientMayCreate, boolean audienceIsOurs) {}

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
        if (!facts.clientMayCreate()) return new Outcome.ClientNotAllowed();
        if (link.family().parent().isPresent()) return new Outcome.Nested();
        if (!facts.audienceIsOurs()) return new Outcome.ForeignAudience();
        return new Outcome.Allowed(link, rotation);
    }
}
