package segue.domain.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

class SessionTest {
    private static final Instant START = Instant.parse("2026-03-02T09:00:00Z");
    private static final SessionLimits LIMITS =
            new SessionLimits(Duration.ofHours(8), Duration.ofHours(2), true);

    private static Session session() {
        return Session.open(
                new SessionId("s"),
                new UserId("auth0|kim"),
                new ConnectionId("con_1"),
                Optional.empty(),
                Authentication.byPassword(START),
                START,
                LIMITS);
    }

    private static Instant after(int hours) {
        return START.plus(Duration.ofHours(hours));
    }

    @Test
    void aSessionDiesOfIdlenessUnlessItIsUsed() {
        assertThat(session().isLiveAt(after(2).minusMillis(1))).isTrue();
        assertThat(session().isLiveAt(after(2))).isFalse();
        assertThat(session().usedAt(after(1), LIMITS).isLiveAt(after(3).minusMillis(1))).isTrue();
        assertThat(session().usedAt(after(1), LIMITS).isLiveAt(after(3))).isFalse();
    }

    @Test
    void noUseExtendsASessionPastItsAbsoluteEnd() {
        var used = session().usedAt(after(7), LIMITS);
        assertThat(used.idleExpiresAt()).isEqualTo(after(8));
        assertThat(used.isLiveAt(after(8))).isFalse();
    }

    @Test
    void aReducedLimitAppliesAtTheNextUseAndAnExtendedOneDoesNot() {
        var shorter = new SessionLimits(Duration.ofHours(4), Duration.ofHours(1), true);
        var longer = new SessionLimits(Duration.ofHours(80), Duration.ofHours(20), true);
        assertThat(session().usedAt(after(1), shorter).expiresAt()).isEqualTo(after(4));
        assertThat(session().usedAt(after(1), shorter).idleExpiresAt()).isEqualTo(after(2));
        assertThat(session().usedAt(after(1), longer).expiresAt()).isEqualTo(after(8));
        assertThat(session().usedAt(after(1), longer).idleExpiresAt()).isEqualTo(after(3));
    }

    @Test
    void aSessionOlderThanAReducedLimitIsOverAndAnExtendedOneKeepsNoneAlive() {
        var shorter = new SessionLimits(Duration.ofHours(1), Duration.ofHours(1), true);
        var longer = new SessionLimits(Duration.ofHours(80), Duration.ofHours(20), true);
        assertThat(session().isLiveAt(after(1).minusMillis(1), shorter)).isTrue();
        assertThat(session().isLiveAt(after(1), shorter)).isFalse();
        assertThat(session().isLiveAt(after(1), longer)).isTrue();
        assertThat(session().isLiveAt(after(2), longer)).isFalse();
    }

    @Test
    void usesThatFollowCloselyAreNotAllRecordedAndTheIdleEndIsNeverLate() {
        var recorded = session();
        var writes = 0;
        var lastUse = START;
        for (var second = 1; second <= 3600; second++) {
            lastUse = START.plusSeconds(second);
            var used = recorded.usedAt(lastUse, LIMITS);
            if (recorded.isWorthRecording(used)) {
                recorded = used;
                writes++;
            }
            var lag = Duration.between(recorded.idleExpiresAt(), lastUse.plus(LIMITS.idle()));
            assertThat(lag).isBetween(Duration.ZERO, Session.GRAIN);
        }
        assertThat(writes).isEqualTo(3600 / 31);
    }

    @Test
    void aShortIdleTimeHasAFinerGrain() {
        var brief = new SessionLimits(Duration.ofHours(8), Duration.ofSeconds(160), true);
        var used = session().usedAt(START, brief);
        assertThat(used.isWorthRecording(used.usedAt(START.plusSeconds(10), brief))).isFalse();
        assertThat(used.isWorthRecording(used.usedAt(START.plusSeconds(11), brief))).isTrue();
    }

    @Test
    void aChangedLimitIsAlwaysRecorded() {
        var shorter = new SessionLimits(Duration.ofHours(8), Duration.ofHours(1), true);
        assertThat(session().isWorthRecording(session().usedAt(START, shorter))).isTrue();
        var sooner = new SessionLimits(Duration.ofHours(4), Duration.ofHours(2), true);
        assertThat(session().isWorthRecording(session().usedAt(START, sooner))).isTrue();
    }

    @Test
    void onlyAPersistentCookieHasAnAge() {
        assertThat(session().cookieAge(after(1))).hasValue(Duration.ofHours(7));
        var ephemeral = new SessionLimits(Duration.ofHours(8), Duration.ofHours(2), false);
        var session =
                Session.open(
                        new SessionId("s"),
                        new UserId("auth0|kim"),
                        new ConnectionId("con_1"),
                        Optional.empty(),
                        Authentication.byPassword(START),
                        START,
                        ephemeral);
        assertThat(session.cookieAge(after(1))).isEmpty();
    }
}
