package segue.domain.device;

import segue.domain.identifier.ClientId;
import segue.domain.secret.SecretHash;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What a device asked for, without the codes by which it and its user name it (RFC 8628 §3.2).
///
/// @param request its parameters, form-encoded
/// @param interval how far apart its polls must be
/// @param polledAt when it asked last
public record DeviceAuthorization(
        ClientId client,
        String request,
        Instant expiresAt,
        Duration interval,
        Optional<Instant> polledAt,
        State state) {

    /// How long a device may wait (contract authentication-api §4.9).
    public static final Duration LIFETIME = Duration.ofMinutes(15);

    /// How far apart polls must be at first.
    public static final Duration INTERVAL = Duration.ofSeconds(5);

    /// What its user has said.
    public sealed interface State {
        /// Nothing yet.
        record Pending() implements State {}

        /// Yes. What the user granted is kept as an authorization code that nobody was given: the
        /// device code stands for it.
        record Approved(SecretHash code) implements State {}

        /// No.
        ///
        /// @param description as the device hears it
        record Denied(String description) implements State {}

        /// The device has its tokens, or was told that there will be none.
        record Concluded() implements State {}
    }
}
