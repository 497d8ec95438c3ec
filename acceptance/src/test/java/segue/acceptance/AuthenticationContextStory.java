package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.util.Map;

/// What we tell of how and when a user signed in is true: `auth_time`, `acr` and `amr` (contract
/// authentication-api §8.3, OpenID Connect Core §3.1.2.1 and §12.2, invariant I6).
class AuthenticationContextStory extends BrowserScene {
    private static final String MULTI_FACTOR =
            "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

    AuthenticationContextStory() {
        super(Map.of());
    }

    private static void tellsNoContext(JsonNode claims) {
        assertThat(claims.has("acr") || claims.has("amr")).isFalse();
    }

    private static long authTime(Answer tokens) {
        return claims(tokens.text("id_token")).path("auth_time").asLong();
    }

    private Answer refresh(Answer tokens) {
        return world().wire(HERE)
                .postForm(
                        world().issuer().resolve("oauth/token"),
                        Map.of(
                                "grant_type",
                                "refresh_token",
                                "client_id",
                                World.SHOP,
                                "client_secret",
                                world().shopSecret(),
                                "refresh_token",
                                tokens.text("refresh_token")),
                        Map.of());
    }

    /// Contract native-to-web §5.4: there is no policy that would ask for more.
    @ParameterizedTest
    @ValueSource(strings = {"none", "consent"})
    void aTransferIsAcceptedWithAcrValuesAndClaimsNoneOfThem(String prompt) {
        var wishes = Map.of("acr_values", MULTI_FACTOR, "prompt", prompt, "max_age", "3600");
        var browser = browser();
        var page = present(browser, false, transfer(), wishes);
        if (prompt.equals("consent"))
            page = browser.submitUntilAway(page, Map.of("choice", "allow"));
        tellsNoContext(idToken(page));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"null", "{\"essential\":true}", "{\"essential\":true,\"value\":[\"mfa\"]}"})
    void anAmrThatIsAskedForIsLeftOut(String wish) {
        var claims =
                "{\"id_token\":{\"amr\":%1$s},\"userinfo\":{\"amr\":%1$s,\"acr\":%1$s}}"
                        .formatted(wish);
        var page = signedIn(browser()).openUntilAway(authorize(Map.of("claims", claims)));
        var tokens = redeem(page);
        tellsNoContext(claims(tokens.text("id_token")));
        var userinfo = world().issuer().resolve("userinfo");
        tellsNoContext(world().wire(HERE).get(userinfo, tokens.text("access_token")).json());
    }

    @Test
    void anIdTokenOfTheFrontChannelTellsNoContextEither() {
        operator()
                .patchClient(
                        World.SHOP,
                        """
                        {"grant_types":["authorization_code","refresh_token","implicit"]}
                        """);
        var page =
                signedIn(browser())
                        .openUntilAway(
                                authorize(
                                        Map.of(
                                                "response_type",
                                                "id_token",
                                                "nonce",
                                                "n-1",
                                                "acr_values",
                                                MULTI_FACTOR)));
        var fragment = page.location().orElseThrow().getRawFragment();
        var idToken = Wire.parameters(fragment).get("id_token");
        tellsNoContext(claims(String.valueOf(idToken)));
    }

    /// Discovery tells of no class, whatever the tenant's settings hold (contract management-api
    /// §13: stored, without behaviour).
    @Test
    void noContextClassIsAdvertised() {
        withTenant(
                "{\"acr_values_supported\":[\"" + MULTI_FACTOR + "\"]}",
                "{\"acr_values_supported\":null}",
                () -> {
                    var metadata =
                            world().wire(HERE)
                                    .get(
                                            world().issuer()
                                                    .resolve(".well-known/openid-configuration"))
                                    .json();
                    assertThat(metadata.has("acr_values_supported")).isFalse();
                    assertThat(metadata.path("claims_supported").toString())
                            .doesNotContain("acr", "amr");
                });
    }

    /// THREATS R10.1.
    @Test
    void whatATransferOpenedTellsOfTheSignInInTheAppAtEveryRefresh() {
        var phone = phone();
        sql("UPDATE token_family SET authenticated_at = authenticated_at - 600000");
        var token = phone.exchange().text("access_token");
        var wishes = Map.of("scope", "openid offline_access", "max_age", "3600");
        var first = redeem(present(browser(), false, token, wishes));
        var original = authTime(first);
        var issued = claims(first.text("id_token")).path("iat").asLong();
        assertThat(issued - original).isBetween(600L, 700L);
        var second = refresh(first);
        assertThat(second.status()).as("%s", second.json()).isEqualTo(200);
        assertThat(authTime(second)).isEqualTo(original);
        tellsNoContext(claims(second.text("id_token")));
    }

    @Test
    void aRefreshTellsOfItsOwnSignInAfterTheUserHasSignedInAnew() {
        var browser = signedInByHand(browser());
        sql("UPDATE session SET authenticated_at = authenticated_at - 600000");
        var wishes = Map.of("scope", "openid offline_access", "max_age", "3600");
        var old = redeem(browser.openUntilAway(authorize(wishes)));
        Page form = browser.openUntilAway(authorize(Map.of("prompt", "login", "max_age", "3600")));
        var anew = redeem(signIn(browser, form, World.ADA, world().password()));
        assertThat(authTime(anew) - authTime(old)).isBetween(600L, 700L);
        assertThat(authTime(refresh(old))).isEqualTo(authTime(old));
    }
}
