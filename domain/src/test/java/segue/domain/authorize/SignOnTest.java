package segue.domain.authorize;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.UserId;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Every combination of what an authorization request may ask of the sign-in behind it.
class SignOnTest {
    private static final Instant NOW = Instant.parse("2026-03-02T09:14:07Z");
    private static final UserId KIM = new UserId("auth0|kim");

    @Test
    void everyCombinationIsDecidedAsTheContractSays() {
        var both = List.of(true, false);
        for (var silent : both)
            for (var credentials : both)
                for (var maxAge :
                        List.of(Optional.<Duration>empty(), Optional.of(Duration.ofSeconds(60))))
                    for (var hint :
                            List.of(
                                    Optional.<UserId>empty(),
                                    Optional.of(KIM),
                                    Optional.of(new UserId("x"))))
                        for (var somebody : both)
                            for (var age : List.of(59L, 60L, 61L))
                                for (var enabled : both)
                                    for (var member : both) {
                                        var ask = new Ask(silent, credentials, maxAge, hint);
                                        var standing =
                                                new SignOn.Standing(
                                                        KIM,
                                                        Authentication.byPassword(
                                                                NOW.minusSeconds(age)),
                                                        enabled,
                                                        member);
                                        var login =
                                                !somebody
                                                        || credentials
                                                        || !enabled
                                                        || (maxAge.isPresent() && age == 61)
                                                        || hint.map(it -> it.value().equals("x"))
                                                                .orElse(false);
                                        var expected =
                                                login
                                                        ? (silent ? "LOGIN_REQUIRED" : "LOGIN")
                                                        : (member ? "PROCEED" : "NOT_A_MEMBER");
                                        var verdict =
                                                SignOn.decide(
                                                        ask,
                                                        somebody
                                                                ? Optional.of(standing)
                                                                : Optional.empty(),
                                                        NOW);
                                        assertThat(verdict.name())
                                                .as("%s %s", ask, standing)
                                                .isEqualTo(expected);
                                    }
    }

    @Test
    void aMaxAgeOfZeroAsksForANewSignInEvenInTheSameInstant() {
        var ask = new Ask(false, false, Optional.of(Duration.ZERO), Optional.empty());
        var standing = new SignOn.Standing(KIM, Authentication.byPassword(NOW), true, true);
        assertThat(SignOn.decide(ask, Optional.of(standing), NOW)).isEqualTo(SignOn.Verdict.LOGIN);
    }

    @Test
    void whoHasJustSignedInForTheRequestIsNotAskedAgain() {
        var ask = new Ask(false, true, Optional.of(Duration.ZERO), Optional.of(KIM)).satisfied();
        assertThat(ask).isEqualTo(new Ask(false, false, Optional.empty(), Optional.of(KIM)));
    }
}
