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
record Sent(Parameters parameters, List<SecretHash> transfers, boolean tokenIsInUrl, Way way) {
    /// How they came.
    enum Way {
        PLAINLY,
        /// In a request object by value.
        SIGNED,
        /// Ahead of the browser, signed or not.
        PUSHED
    }

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
                Way.PLAINLY);
    }

    /// Those inside a request object. A token may stand there or, as beside a reference, outside of
    /// it. Anybody can read either in the URL: the object is signed, and hides nothing.
    static Sent signed(Parameters inside, Parameters beside) {
        var transfers =
                Stream.of(transfer(beside), transfer(inside)).flatMap(Optional::stream).toList();
        return new Sent(inside.without(TRANSFER), transfers, !transfers.isEmpty(), Way.SIGNED);
    }

    /// A reference to pushed ones. A token may stand beside it, since SDKs push everything else
    /// (contract native-to-web §4); the rest that stands there is ignored (THREATS R20.1).
    static Sent byReference(PushedRequest pushed, Parameters beside) {
        var transfer = transfer(beside);
        return new Sent(
                Parameters.parse(pushed.text()).orElseThrow(),
                Stream.of(transfer, pushed.transfer()).flatMap(Optional::stream).toList(),
                transfer.isPresent(),
                Way.PUSHED);
    }

    /// The token among the parameters.
    static Optional<SecretHash> transfer(Parameters parameters) {
        return parameters.one(TRANSFER).map(Secret::new).map(Secret::hash);
    }
}
