package segue.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicLong;

/// THREATS R43.3.
class BreakerTest {
    private static final String DEAD = "dead.example:-1";

    private final AtomicLong nanos = new AtomicLong();
    private final Breaker breaker = new Breaker(nanos::get);

    private void isSilent(int times) {
        for (var i = 0; i < times; i++) breaker.wasSilent(DEAD);
    }

    @Test
    void aPeerIsLeftAloneAfterSoManyFailuresInARow() {
        isSilent(Breaker.ENOUGH - 1);
        assertThat(breaker.isOpen(DEAD)).isFalse();
        isSilent(1);
        assertThat(breaker.isOpen(DEAD)).isTrue();
        assertThat(breaker.isOpen("alive.example:-1")).isFalse();
    }

    @Test
    void anAnswerStartsTheCountAnew() {
        isSilent(Breaker.ENOUGH - 1);
        breaker.answered(DEAD);
        isSilent(Breaker.ENOUGH - 1);
        assertThat(breaker.isOpen(DEAD)).isFalse();
    }

    @Test
    void afterThePauseItIsTriedAgainAndOneMoreFailureIsEnough() {
        isSilent(Breaker.ENOUGH);
        nanos.addAndGet(Breaker.PAUSE.toNanos() - 1);
        assertThat(breaker.isOpen(DEAD)).isTrue();
        nanos.addAndGet(1);
        assertThat(breaker.isOpen(DEAD)).isFalse();
        isSilent(1);
        assertThat(breaker.isOpen(DEAD)).isTrue();
    }

    @Test
    void onlySoManyPeersAreRememberedAndTheNewestAre() {
        for (var peer = 0; peer <= Breaker.MOST; peer++)
            for (var i = 0; i < Breaker.ENOUGH; i++) breaker.wasSilent("peer" + peer);
        assertThat(breaker.isOpen("peer0")).isFalse();
        assertThat(breaker.isOpen("peer1")).isTrue();
        assertThat(breaker.isOpen("peer" + Breaker.MOST)).isTrue();
    }
}
