package segue.domain.token;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.UserId;
import segue.domain.scope.ScopeBound;
import segue.domain.token.RefreshScope.Asked;
import segue.domain.token.RefreshScope.Granted;
import segue.domain.token.RefreshScope.Target;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The table of audiences of contract authentication-api §4.5, row by row.
class RefreshScopeTest {
    private static final Instant NOW = Instant.parse("2026-03-02T09:14:07Z");
    private static final String OWN = "openid profile offline_access read:orders";

    /// The client may also have `write:orders` of the API it signed in for, and two scopes of
    /// another.
    private static final Map<String, Set<String>> POLICIES =
            Map.of("orders", Set.of("write:orders"), "stock", Set.of("read:stock", "count:stock"));

    private static TokenFamily family(Optional<String> audience) {
        return new TokenFamily(
                new FamilyId("f"),
                new UserId("auth0|kim"),
                new ClientId("app"),
                new ConnectionId("con_1"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OWN,
                ScopeBound.NONE,
                audience,
                Optional.empty(),
                Authentication.byPassword(NOW),
                true,
                1,
                NOW,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static Target target(String text) {
        return switch (text) {
            case "none" -> new Target.Original();
            case "userinfo" -> new Target.Userinfo();
            default -> new Target.Api(text);
        };
    }

    @ParameterizedTest
    @CsvSource({
        // Omitted, and equal to the original: what was granted, and the policy's scopes of it.
        "orders, none, , orders, openid profile offline_access read:orders write:orders",
        "orders, orders, , orders, openid profile offline_access read:orders write:orders",
        "orders, none, openid read:orders, orders, openid read:orders",
        "orders, orders, write:orders nonsense read:stock, orders, write:orders",
        // In the policies: their scopes, and OpenID Connect's own.
        "orders, stock, , stock, openid profile offline_access count:stock read:stock",
        "orders, stock, read:stock openid, stock, read:stock openid",
        "orders, stock, read:orders write:orders, stock, ''",
        ", stock, , stock, openid profile offline_access count:stock read:stock",
        // Without an API.
        ", none, , , openid profile offline_access read:orders",
        ", userinfo, openid openid, , openid",
        ", orders, , orders, openid profile offline_access write:orders"
    })
    void aRefreshYieldsATokenForTheOriginalApiOrOneOfThePolicies(
            @Nullable String original,
            String asked,
            @Nullable String scope,
            @Nullable String audience,
            String granted) {
        var request = new Asked(target(asked), Optional.ofNullable(scope), POLICIES);
        assertThat(RefreshScope.decide(family(Optional.ofNullable(original)), request))
                .contains(new Granted(Optional.ofNullable(audience), granted));
    }

    @Test
    void anApiOutsideThePoliciesIsRefusedAndNeverIgnored() {
        for (var target :
                new Target[] {
                    new Target.Api("unknown"), new Target.Api("ORDERS"), new Target.Userinfo()
                })
            assertThat(
                            RefreshScope.decide(
                                    family(Optional.of("orders")),
                                    new Asked(target, Optional.empty(), POLICIES)))
                    .as("%s", target)
                    .isEmpty();
        assertThat(
                        RefreshScope.decide(
                                family(Optional.of("orders")),
                                new Asked(new Target.Api("stock"), Optional.empty(), Map.of())))
                .isEmpty();
    }
}
