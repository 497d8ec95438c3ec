package segue.domain.authorize;

import segue.domain.identifier.UserId;

import java.time.Duration;
import java.util.Optional;

/// What an authorization request demands of the sign-in behind it (OpenID Connect Core §3.1.2.1).
///
/// @param silent `prompt=none`: answer without showing anything
/// @param credentials `prompt=login` or `select_account`: the user must authenticate anew
/// @param maxAge `max_age`: how old the authentication may be
/// @param user `id_token_hint`, or the `sub` of the `claims` parameter: who it must be
public record Ask(
        boolean silent, boolean credentials, Optional<Duration> maxAge, Optional<UserId> user) {

    /// What remains of it once the user has authenticated for this very request.
    public Ask satisfied() {
        return new Ask(silent, false, Optional.empty(), user);
    }
}
