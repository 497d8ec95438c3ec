package segue.domain.transfer;

import segue.domain.identifier.ClientId;
import segue.domain.scope.ScopeBound;

import java.time.Duration;
import java.util.Optional;

/// Least privilege at the mint (native-to-web §14): the most that a redemption may yield.
///
/// @param target `target_client_id`: who alone may redeem; empty is anybody
/// @param scope `target_scope`
/// @param sessionMaxAge `session_max_age`: how long the session that it opens may live
public record Bounds(
        Optional<ClientId> target, ScopeBound scope, Optional<Duration> sessionMaxAge) {
    /// Whatever the redeeming client may have anyway.
    public static final Bounds NONE =
            new Bounds(Optional.empty(), ScopeBound.NONE, Optional.empty());
}
