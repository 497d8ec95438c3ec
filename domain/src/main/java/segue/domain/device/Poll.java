package segue.domain.device;

import segue.domain.device.DeviceAuthorization.State;
import segue.domain.identifier.ClientId;
import segue.domain.secret.SecretHash;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// A device asks whether its user has answered (RFC 8628 §3.4, §3.5; contract authentication-api
/// §4.9).
public final class Poll {
    /// By how much each poll that comes too early lengthens the interval.
    public static final Duration SLOWDOWN = Duration.ofSeconds(5);

    private Poll() {}

    /// The answer.
    public sealed interface Verdict {
        /// The device code is unknown, another client's, or its end was told before.
        record Unknown() implements Verdict {}

        /// Nobody answered in time, or the device didn't ask in time.
        record Expired() implements Verdict {}

        /// @param description why
        record Denied(String description) implements Verdict {}

        /// The code that the device code stands for is to be exchanged. How early the poll comes
        /// doesn't matter any more.
        record Redeem(SecretHash code) implements Verdict {}

        /// The user hasn't answered.
        record Pending() implements Verdict {}

        /// Nor has the user answered, and the poll came too early.
        ///
        /// @param interval that wasn't kept
        /// @param next that must be kept from now on
        record TooFast(Duration interval, Duration next) implements Verdict {}
    }

    /// Decides.
    ///
    /// @param found empty if no device code has the presented hash
    public static Verdict decide(
            Optional<DeviceAuthorization> found, ClientId caller, Instant now) {
        if (found.isEmpty()) return new Verdict.Unknown();
        var authorization = found.get();
        if (!authorization.client().equals(caller)) return new Verdict.Unknown();
        if (authorization.state() instanceof State.Concluded) return new Verdict.Unknown();
        if (!now.isBefore(authorization.expiresAt())) return new Verdict.Expired();
        return switch (authorization.state()) {
            case State.Approved(var code) -> new Verdict.Redeem(code);
            case State.Denied(var description) -> new Verdict.Denied(description);
            case State.Pending _ -> pace(authorization, now);
            case State.Concluded _ -> new Verdict.Unknown();
        };
    }

    private static Verdict pace(DeviceAuthorization authorization, Instant now) {
        var interval = authorization.interval();
        var isEarly =
                authorization
                        .polledAt()
                        .filter(last -> now.isBefore(last.plus(interval)))
                        .isPresent();
        return isEarly
                ? new Verdict.TooFast(interval, interval.plus(SLOWDOWN))
                : new Verdict.Pending();
    }
}
