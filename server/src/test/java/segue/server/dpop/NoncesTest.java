package segue.server.dpop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.server.keys.HandClock;
import segue.server.keys.MasterKey;

import java.time.Duration;
import java.util.HashSet;

/// Nonces are alike on every node and rotate (RFC 9449 §8).
class NoncesTest {
    private final HandClock clock = new HandClock();
    private final Nonces node = nonces(1, clock);

    private static Nonces nonces(int master, HandClock clock) {
        var bytes = new byte[32];
        bytes[0] = (byte) master;
        return new Nonces(new MasterKey(bytes).derive("dpop-nonce"), clock);
    }

    @Test
    void anotherNodeWithTheSameMasterKeyKnowsIt() {
        assertThat(nonces(1, clock).valid()).contains(node.current());
    }

    @Test
    void aServerWithAnotherMasterKeyDoesNot() {
        assertThat(nonces(2, clock).valid()).doesNotContain(node.current());
    }

    @Test
    void itIsValidForItsPeriodAndTheNextOne() {
        var given = node.current();
        clock.pass(Nonces.PERIOD);
        assertThat(node.current()).isNotEqualTo(given);
        assertThat(node.valid()).contains(given);
        clock.pass(Nonces.PERIOD);
        assertThat(node.valid()).doesNotContain(given);
    }

    @Test
    void thatOfANodeWhoseClockIsAheadIsValidAlready() {
        var ahead = new HandClock();
        // Both clocks stand at the beginning of a period, or this would be the same one.
        ahead.pass(Nonces.PERIOD.minus(Duration.ofMillis(250)));
        clock.pass(Nonces.PERIOD.minus(Duration.ofMillis(251)));
        assertThat(nonces(1, ahead).current()).isNotEqualTo(node.current());
        assertThat(node.valid()).contains(nonces(1, ahead).current());
    }

    @Test
    void noneComesTwice() {
        var seen = new HashSet<String>();
        for (var period = 0; period < 1_000; period++) {
            assertThat(seen.add(node.current())).isTrue();
            clock.pass(Nonces.PERIOD);
        }
    }
}
