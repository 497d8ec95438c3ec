package segue.domain.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.revocation.Cascade.Ending;

/// The rows of contract native-to-web §8.
class CascadeTest {
    @Test
    void aFamilyTakesWhatItsTransfersOpenedIfItsClientCascades() {
        assertThat(Cascade.of(new Ending.FamilyEnded(true)))
                .containsExactlyInAnyOrder(Reach.SESSIONS_IT_OPENED, Reach.FAMILIES_BORN_OF_IT);
        assertThat(Cascade.of(new Ending.FamilyEnded(false))).isEmpty();
    }

    @Test
    void anExpiredFamilyTakesNothing() {
        assertThat(Cascade.of(new Ending.FamilyExpired())).isEmpty();
    }

    @Test
    void anEndedSessionTakesTheTokensThatAreBoundToIt() {
        assertThat(Cascade.of(new Ending.SessionEnded()))
                .containsExactly(Reach.ONLINE_FAMILIES_OF_THE_SESSION);
    }

    @Test
    void aRevokedSessionTakesAllTokensThatWereIssuedInIt() {
        assertThat(Cascade.of(new Ending.SessionRevoked()))
                .containsExactly(Reach.ALL_FAMILIES_OF_THE_SESSION);
    }
}
