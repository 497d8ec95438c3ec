package segue.storage;

import segue.domain.action.Policy;
import segue.domain.authorize.Ask;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.network.Device;
import segue.domain.secret.SecretHash;
import segue.domain.session.SessionLimits;
import segue.domain.transfer.Challenge;

import java.util.Optional;

/// What the judgement of a session transfer token depends on, of the request that presents it.
///
/// @param client the redeeming client
/// @param ask what the request demands of the sign-in
/// @param connection the connection that the request insists on
/// @param cookie the secret of the session cookie
/// @param proof the challenge that the verifier fits which came with the token
/// @param device where the request came from
/// @param limits of a session that a user opens
/// @param transferLimits of a session that a transfer opens
/// @param policy whether Actions must be heard
public record Circumstances(
        Caller client,
        Ask ask,
        Optional<OrganizationId> organization,
        Optional<ConnectionId> connection,
        Optional<SecretHash> cookie,
        Optional<Challenge> proof,
        Device device,
        SessionLimits limits,
        SessionLimits transferLimits,
        Policy policy) {
    /// The same with a session in the browser, or without one.
    Circumstances withCookie(Optional<SecretHash> other) {
        return new Circumstances(
                client,
                ask,
                organization,
                connection,
                other,
                proof,
                device,
                limits,
                transferLimits,
                policy);
    }
}
