package segue.domain.token;

import java.time.Duration;
import java.util.Optional;

/// How long access tokens live.
@FunctionalInterface
public interface AccessTokenLifetimes {
    /// @param audience the API that the token is for; empty if it is for `/userinfo` only
    Duration of(Optional<String> audience);
}
