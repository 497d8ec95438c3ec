package segue.server.profile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.action.ReservedClaims;
import segue.domain.identifier.UserId;
import segue.server.profile.Claims.Target;
import segue.storage.jdbc.UserTable;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// Contract authentication-api §5.2 and §8.3; OpenID Connect Core §5.4 and §5.5.
class ClaimsTest {
    private static final Optional<String> NO_CLAIMS = Optional.empty();

    private static final UserTable.Profile KIM =
            new UserTable.Profile(
                    """
                    {"user_id":"auth0|kim","name":"Kim","given_name":"Kim","family_name":"Lee",
                     "nickname":"kim","picture":"https://img.example/kim.png",
                     "email":"kim@example.org","email_verified":true,
                     "phone_number":"+15550100","phone_verified":false,
                     "address":{"country":"NO"},"blocked":false,
                     "user_metadata":{"name":"secret"},"app_metadata":{"plan":"gold"}}
                    """,
                    Instant.parse("2026-01-01T00:00:00Z"),
                    Instant.parse("2026-03-02T09:00:01Z"));

    private static Map<String, Object> idToken(String scope) {
        return Claims.of(KIM, scope, NO_CLAIMS, Target.ID_TOKEN);
    }

    @Test
    void openidAloneTellsNothing() {
        assertThat(idToken("openid")).isEmpty();
        assertThat(idToken("")).isEmpty();
        assertThat(idToken("openid offline_access read:orders")).isEmpty();
    }

    @Test
    void profileTellsTheProfileWithItsTimeInMilliseconds() {
        assertThat(idToken("openid profile"))
                .isEqualTo(
                        Map.of(
                                "name",
                                "Kim",
                                "given_name",
                                "Kim",
                                "family_name",
                                "Lee",
                                "nickname",
                                "kim",
                                "picture",
                                "https://img.example/kim.png",
                                "updated_at",
                                "2026-03-02T09:00:01.000Z"));
    }

    @Test
    void emailTellsWhetherItIsVerified() {
        assertThat(idToken("email"))
                .isEqualTo(Map.of("email", "kim@example.org", "email_verified", true));
    }

    @Test
    void phoneIsCalledAsOpenIdConnectCallsIt() {
        assertThat(idToken("phone"))
                .isEqualTo(Map.of("phone_number", "+15550100", "phone_number_verified", false));
    }

    @Test
    void anAddressIsAnObject() {
        assertThat(idToken("address")).isEqualTo(Map.of("address", Map.of("country", "NO")));
    }

    @Test
    void aScopeMayNameOneClaim() {
        for (var name : new String[] {"name", "given_name", "family_name", "nickname", "picture"})
            assertThat(idToken(name)).containsOnlyKeys(name);
        assertThat(idToken("email_verified")).isEqualTo(Map.of("email_verified", true));
        assertThat(idToken("created_at"))
                .isEqualTo(Map.of("created_at", "2026-01-01T00:00:00.000Z"));
    }

    @Test
    void whatTheProfileDoesNotKnowIsLeftOut() {
        var nobody = new UserTable.Profile("{}", Instant.EPOCH, Instant.EPOCH);
        assertThat(Claims.of(nobody, "profile email phone address", NO_CLAIMS, Target.USERINFO))
                .isEqualTo(Map.of("updated_at", "1970-01-01T00:00:00.000Z"));
    }

    @Test
    void theClaimsParameterAsksForOnePlace() {
        var claims =
                Optional.of(
                        """
                        {"id_token":{"email":{"essential":true}},"userinfo":{"name":null}}
                        """);
        assertThat(Claims.of(KIM, "openid", claims, Target.ID_TOKEN)).containsOnlyKeys("email");
        assertThat(Claims.of(KIM, "openid", claims, Target.USERINFO)).containsOnlyKeys("name");
        assertThat(Claims.of(KIM, "openid nickname", claims, Target.USERINFO))
                .containsOnlyKeys("name", "nickname");
    }

    @Test
    void theClaimsParameterReachesNothingElse() {
        var claims =
                Optional.of(
                        """
                        {"id_token":{"app_metadata":null,"user_metadata":null,"blocked":null,
                         "user_id":null,"iss":null,"permissions":null}}
                        """);
        assertThat(Claims.of(KIM, "openid", claims, Target.ID_TOKEN)).isEmpty();
    }

    /// Everything that can be had is had, and none of it is a name that only we set.
    @Test
    void noProfileClaimIsReserved() {
        var scope = String.join(" ", Claims.SCOPES);
        for (var target : Target.values())
            assertThat(ReservedClaims.NAMES)
                    .doesNotContainAnyElementsOf(Claims.of(KIM, scope, NO_CLAIMS, target).keySet());
    }

    @Test
    void authTimeCanBeAskedForInTheIdToken() {
        var claims = Optional.of("{\"id_token\":{\"auth_time\":{\"essential\":true}}}");
        assertThat(Claims.asksFor(claims, Target.ID_TOKEN, "auth_time")).isTrue();
        assertThat(Claims.asksFor(claims, Target.USERINFO, "auth_time")).isFalse();
        assertThat(Claims.asksFor(NO_CLAIMS, Target.ID_TOKEN, "auth_time")).isFalse();
    }

    @Test
    void theClaimsParameterMayNameItsUser() {
        var claims = "{\"id_token\":{\"sub\":{\"value\":\"auth0|kim\"}}}";
        assertThat(Claims.requestedUser(Optional.of(claims))).hasValue(new UserId("auth0|kim"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"id_token\":null}",
                "{\"id_token\":{\"sub\":null}}",
                "{\"id_token\":{\"sub\":{\"value\":null}}}",
                "{\"id_token\":{\"sub\":{\"value\":\"\"}}}",
                "{\"id_token\":{\"sub\":{\"value\":{}}}}",
                "{\"id_token\":{\"sub\":{\"value\":[7]}}}",
                "{\"userinfo\":{\"sub\":{\"value\":\"auth0|kim\"}}}"
            })
    void otherwiseItNamesNobody(String claims) {
        assertThat(Claims.isWellFormed(claims)).isTrue();
        assertThat(Claims.requestedUser(Optional.of(claims))).isEmpty();
        assertThat(Claims.of(KIM, "openid", Optional.of(claims), Target.ID_TOKEN)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "null", "[]", "\"a\"", "{", "{\"id_token\":1}", "{\"userinfo\":[]}"})
    void anythingElseIsNotWellFormed(String claims) {
        assertThat(Claims.isWellFormed(claims)).isFalse();
    }

    @Test
    void deepNestingIsNotWellFormed() {
        var deep = "{\"id_token\":" + "[".repeat(20_000) + "]".repeat(20_000) + "}";
        assertThat(Claims.isWellFormed(deep)).isFalse();
    }
}
