package segue.server.authorize;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.scope.ScopeBound;
import segue.domain.token.AuthorizationCode;
import segue.domain.token.TokenTerms;
import segue.server.profile.Claims;

import java.time.Instant;
import java.util.Optional;

class WishesTest {
    private static AuthorizationCode code(String scope, Optional<String> claims) {
        return new AuthorizationCode(
                new ClientId("web"),
                new UserId("auth0|kim"),
                new SessionId("s"),
                Optional.empty(),
                new AuthorizationCode.Request(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        scope,
                        Optional.empty(),
                        claims,
                        false,
                        Optional.empty()),
                false,
                TokenTerms.NONE,
                ScopeBound.NONE,
                Instant.EPOCH);
    }

    /// What a user isn't told, they can't have allowed.
    @Test
    void everyScopeOfTheAccountHasWords() {
        for (var scope : Claims.SCOPES)
            assertThat(Wishes.ofAccount(code(scope, Optional.empty()))).as(scope).hasSize(1);
    }

    @Test
    void aSingleClaimIsToldOnceBesideItsScope() {
        var claims = Optional.of("{\"id_token\":{\"name\":null,\"phone_number\":null}}");
        assertThat(Wishes.ofAccount(code("openid profile", claims)))
                .containsExactly(
                        "Recognise you when you come back",
                        "See your profile: your names and your picture",
                        "See your phone number");
    }
}
