package segue.server.oauth;

import segue.domain.identifier.ClientId;
import segue.domain.log.Origin;
import segue.storage.Attempts;

import java.util.Optional;

/// Bounds how often the secret of a client can be guessed: by client and network, so that nobody
/// locks a client out of a network but their own (THREATS R35.2). Unlike a password's, a guess is
/// counted when it is found wrong, so that a right secret costs no write; where the limit was met,
/// the right one is refused too, or the limit would be none. What is compared at the very same time
/// isn't stopped by it, which a secret bears that isn't chosen by a person.
public final class SecretGate {
    private final Attempts attempts;
    private final int limit;

    /// @param limit wrong secrets per client and network in fifteen minutes
    public SecretGate(Attempts attempts, int limit) {
        this.attempts = attempts;
        this.limit = limit;
    }

    /// Why a client isn't let on that has presented a secret; empty if the limit isn't met.
    ///
    /// @param client whether or not there is one of that id
    Optional<OAuthError> refusal(ClientId client, Origin origin, boolean isRight) {
        var backoff =
                isRight
                        ? attempts.ofSecrets(client, origin, limit)
                        : attempts.wrongSecret(client, origin, limit);
        return backoff.map(
                it ->
                        OAuthError.tooMany(
                                OAuthError.Code.TOO_MANY_REQUESTS,
                                "Too many wrong secrets of this client were sent from here.",
                                it));
    }
}
