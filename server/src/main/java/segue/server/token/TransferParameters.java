package segue.server.token;

import segue.domain.client.Client;
import segue.domain.client.Delivery;
import segue.domain.identifier.ClientId;
import segue.domain.scope.ScopeBound;
import segue.domain.transfer.Bounds;
import segue.domain.transfer.Challenge;
import segue.server.http.Parameters;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/// What an exchange may ask for beyond Auth0's contract (native-to-web §14): least privilege, the
/// hand-off page, the challenge. What isn't sent changes nothing; what is sent and can't be kept is
/// refused, because the caller relies on it.
///
/// @param bounds the most that a redemption may yield
/// @param challenge of the verifier that a redemption must bring
/// @param handOffTo the target of the hand-off page, if one is wanted
record TransferParameters(
        Bounds bounds, Optional<Challenge> challenge, Optional<ClientId> handOffTo) {
    /// The longest `session_max_age`, in seconds: a year, more than any session lives.
    private static final long MOST_SECONDS = 31_557_600;

    /// RFC 6749 §3.3.
    private static final Pattern SCOPES =
            Pattern.compile("[\\x21\\x23-\\x5b\\x5d-\\x7e]+( [\\x21\\x23-\\x5b\\x5d-\\x7e]+)*");

    /// What came of reading them.
    sealed interface Parsed {
        record Accepted(TransferParameters parameters) implements Parsed {}

        record Refused(OAuthError error) implements Parsed {}
    }

    static Parsed parse(Parameters sent, Registry registry) {
        var target = sent.one("target_client_id").map(ClientId::new);
        var client = target.flatMap(registry::client).map(Registry.Registered::client);
        if (target.isPresent() && client.filter(TransferParameters::takesTransfers).isEmpty())
            return refused(
                    Code.INVALID_TARGET,
                    "The target_client_id is no client that takes session transfer tokens.");
        var scope = sent.one("target_scope");
        if (scope.filter(it -> !SCOPES.matcher(it).matches()).isPresent())
            return invalid("target_scope isn't a list of scopes.");
        var maxAge = sent.one("session_max_age");
        var seconds = maxAge.flatMap(TransferParameters::seconds);
        if (maxAge.isPresent() && seconds.isEmpty())
            return invalid(
                    "session_max_age isn't a number of seconds from 1 to " + MOST_SECONDS + ".");
        var asked = sent.one("transfer_challenge");
        var challenge = asked.flatMap(Challenge::parse);
        if (asked.isPresent() && challenge.isEmpty())
            return invalid("transfer_challenge isn't the S256 of a verifier (43 characters).");
        var bounds = new Bounds(target, new ScopeBound(scope), seconds.map(Duration::ofSeconds));
        return switch (sent.one("hand_off").orElse("false")) {
            case "false" -> accepted(bounds, challenge, Optional.empty());
            case "true" ->
                    client.map(it -> withPage(it, bounds, challenge))
                            .orElseGet(
                                    () -> invalid("hand_off needs the target_client_id to go to."));
            default -> invalid("hand_off is true or false.");
        };
    }

    private static boolean takesTransfers(Client client) {
        return !client.transfer().accepted().isEmpty();
    }

    private static Parsed withPage(Client target, Bounds bounds, Optional<Challenge> challenge) {
        if (!target.transfer().accepted().contains(Delivery.COOKIE))
            return refused(
                    Code.INVALID_TARGET,
                    "The hand-off page delivers by cookie, which the target doesn't accept.");
        if (target.initiateLoginUri().isEmpty())
            return refused(
                    Code.INVALID_TARGET, "The target has no initiate_login_uri to hand over to.");
        return accepted(bounds, challenge, Optional.of(target.id()));
    }

    private static Optional<Long> seconds(String text) {
        return text.matches("[0-9]{1,9}")
                ? Optional.of(Long.parseLong(text)).filter(it -> it >= 1 && it <= MOST_SECONDS)
                : Optional.empty();
    }

    private static Parsed accepted(
            Bounds bounds, Optional<Challenge> challenge, Optional<ClientId> handOffTo) {
        return new Parsed.Accepted(new TransferParameters(bounds, challenge, handOffTo));
    }

    private static Parsed invalid(String description) {
        return refused(Code.INVALID_REQUEST, description);
    }

    private static Parsed refused(Code code, String description) {
        return new Parsed.Refused(OAuthError.of(code, description));
    }
}
