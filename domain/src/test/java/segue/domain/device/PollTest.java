package segue.domain.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.device.DeviceAuthorization.State;
import segue.domain.device.Poll.Verdict;
import segue.domain.identifier.ClientId;
import segue.domain.secret.Secret;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Every combination of what the answer to a poll depends on (RFC 8628 §3.5, contract
/// authentication-api §4.9).
class PollTest {
    private static final Instant NOW = Instant.parse("2026-03-02T09:14:07Z");
    private static final ClientId TV = new ClientId("tv");
    private static final ClientId OTHER = new ClientId("other");
    private static final Duration INTERVAL = Duration.ofSeconds(7);
    private static final State.Approved APPROVED = new State.Approved(new Secret("code").hash());
    private static final List<State> STATES =
            List.of(new State.Pending(), APPROVED, new State.Denied("No."), new State.Concluded());
    private static final List<Optional<Instant>> POLLS =
            List.of(
                    Optional.empty(),
                    Optional.of(NOW),
                    Optional.of(NOW.minus(INTERVAL).plusMillis(1)),
                    Optional.of(NOW.minus(INTERVAL)));

    private static DeviceAuthorization asked(
            State state, Optional<Instant> polledAt, boolean expired) {
        return new DeviceAuthorization(
                TV, "", expired ? NOW : NOW.plusMillis(1), INTERVAL, polledAt, state);
    }

    /// Written apart from the code: first what can't be told, then what ends, then the pace.
    private static Verdict expected(
            State state, Optional<Instant> polledAt, boolean expired, ClientId caller) {
        if (state instanceof State.Concluded || caller.equals(OTHER)) return new Verdict.Unknown();
        if (expired) return new Verdict.Expired();
        if (state instanceof State.Denied) return new Verdict.Denied("No.");
        if (state instanceof State.Approved) return new Verdict.Redeem(APPROVED.code());
        var isEarly = polledAt.equals(POLLS.get(1)) || polledAt.equals(POLLS.get(2));
        return isEarly
                ? new Verdict.TooFast(Duration.ofSeconds(7), Duration.ofSeconds(12))
                : new Verdict.Pending();
    }

    @Test
    void everyCombinationIsDecidedAsTheContractSays() {
        for (var state : STATES)
            for (var polledAt : POLLS)
                for (var expired : List.of(true, false))
                    for (var caller : List.of(TV, OTHER))
                        assertThat(
                                        Poll.decide(
                                                Optional.of(asked(state, polledAt, expired)),
                                                caller,
                                                NOW))
                                .as("%s %s %s %s", state, polledAt, expired, caller)
                                .isEqualTo(expected(state, polledAt, expired, caller));
    }

    @Test
    void aDeviceCodeThatNobodyGaveOutIsUnknown() {
        assertThat(Poll.decide(Optional.empty(), TV, NOW)).isEqualTo(new Verdict.Unknown());
    }
}
