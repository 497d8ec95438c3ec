package segue.server.authorize;

import segue.domain.authorize.PushedRequest;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;
import segue.server.http.Parameters;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a request to `/authorize` brought.
///
/// @param parameters of the authorization request, without any session transfer token
/// @param transfers the session transfer tokens that stood among them, or beside the reference to
///   them
/// @param tokenIsInUrl whether one stands where a browser shows it
/// @param isPushed whether its client had sent them ahead
record Sent(
        Parameters parameters, List<SecretHash> transfers, boolean tokenIsInUrl, boolean isPushed) {
    /// The parameter of contract native-to-web §4.
    static final String TRANSFER = "session_transfer_token";

    Sent {
        transfers = List.copyOf(transfers);
    }

    /// The parameters themselves.
    static Sent plainly(Parameters parameters) {
        var transfer = transfer(parameters);
        return new Sent(
                parameters.without(TRANSFER),
                transfer.stream().toList(),
                transfer.isPresent(),
                false);
    }

    /// A reference to pushed ones. A token may stand beside it, since SDKs push everything else
    /// (contract native-to-web §4); the rest that stands there is ignored (THREATS R20.1).
    static Sent byReference(PushedRequest pushed, Parameters beside) {
        var transfer = transfer(beside);
        return new Sent(
                Parameters.parse(pushed.text()).orElseThrow(),
                Stream.of(transfer, pushed.transfer()).flatMap(Optional::stream).toList(),
                transfer.isPresent(),
                true);
    }

    /// The token among the parameters.
    static Optional<SecretHash> transfer(Parameters parameters) {
        return parameters.one(TRANSFER).map(Secret::new).map(Secret::hash);
    }
}
