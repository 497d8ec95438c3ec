package segue.domain.token;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.authentication.Authentication;
import segue.domain.client.RefreshPolicy;
import segue.domain.client.TransferPolicy;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.UserId;
import segue.domain.network.DeviceBinding;
import segue.domain.revocation.Cause;
import segue.domain.scope.ScopeBound;
import segue.domain.transfer.Exchange;
import segue.domain.user.UserState;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Every combination of what a refresh and an exchange depend on (contract authentication-api §4.5,
/// native-to-web §3.4).
class RotateTest {
    private static final Instant NOW = Instant.parse("2026-03-02T09:14:07Z");
    private static final ClientId APP = new ClientId("app");
    private static final Duration LEEWAY = Duration.ofSeconds(30);

    /// Which key a family is bound to, or a request proves possession of.
    private enum Key {
        NONE,
        OWN,
        OTHER;

        Optional<KeyThumbprint> thumbprint() {
            return this == NONE
                    ? Optional.empty()
                    : Optional.of(new KeyThumbprint(name().charAt(1) + "-".repeat(42)));
        }
    }

    /// How long ago the presented token was rotated away; never, for the newest.
    private record Case(
            boolean known,
            boolean ownClient,
            boolean rotating,
            boolean leeway,
            long generation,
            long behind,
            Duration rotatedAgo,
            boolean expired,
            boolean idleExpired,
            Optional<Cause> cause,
            UserState user,
            boolean sessionIsLive,
            boolean nested,
            Key bound,
            Key proved) {

        TokenFamily family() {
            return new TokenFamily(
                    new FamilyId("f"),
                    new UserId("auth0|kim"),
                    APP,
                    new ConnectionId("con_1"),
                    Optional.empty(),
                    Optional.empty(),
                    nested ? Optional.of(new FamilyId("parent")) : Optional.empty(),
                    "openid",
                    ScopeBound.NONE,
                    Optional.empty(),
                    Optional.empty(),
                    Authentication.byPassword(NOW.minusSeconds(900)),
                    rotating,
                    generation,
                    NOW.minusSeconds(900),
                    Optional.of(expired ? NOW : NOW.plusSeconds(1)),
                    idleExpired ? Optional.of(NOW.minusSeconds(1)) : Optional.empty(),
                    cause,
                    bound.thumbprint());
        }

        Rotate.Facts facts() {
            var supersededAt =
                    behind == 0 ? Optional.<Instant>empty() : Optional.of(NOW.minus(rotatedAgo));
            var link =
                    known
                            ? Optional.of(new Link(family(), generation - behind, supersededAt))
                            : Optional.<Link>empty();
            return new Rotate.Facts(
                    link,
                    ownClient ? APP : new ClientId("other"),
                    proved.thumbprint(),
                    new RefreshPolicy(
                            rotating,
                            leeway ? LEEWAY : Duration.ZERO,
                            Optional.empty(),
                            Optional.empty()),
                    user,
                    sessionIsLive);
        }
    }

    private static List<Case> everyCase() {
        var cases = new ArrayList<Case>();
        var both = List.of(true, false);
        var causes =
                List.of(
                        Optional.<Cause>empty(),
                        Optional.of(Cause.REVOKED),
                        Optional.of(Cause.USER_DELETED));
        for (var known : both)
            for (var own : both)
                for (var rotating : both)
                    for (var leeway : both)
                        for (var behind : List.of(0L, 1L, 2L))
                            for (var ago :
                                    List.of(
                                            // Rotated by a transaction that began after ours.
                                            Duration.ofSeconds(-1),
                                            Duration.ofSeconds(29),
                                            LEEWAY,
                                            Duration.ofSeconds(31)))
                                for (var expired : both)
                                    for (var idle : both)
                                        for (var cause : causes)
                                            for (var user : UserState.values())
                                                for (var live : both)
                                                    for (var nested : both)
                                                        for (var bound : List.of(Key.NONE, Key.OWN))
                                                            for (var proved : Key.values())
                                                                cases.add(
                                                                        new Case(
                                                                                known, own,
                                                                                rotating, leeway, 5,
                                                                                behind, ago,
                                                                                expired, idle,
                                                                                cause, user, live,
                                                                                nested, bound,
                                                                                proved));
        return cases;
    }

    private static String oracle(Case it) {
        if (!it.known()) return "UNKNOWN";
        if (!it.ownClient()) return "OTHER_CLIENT";
        if (it.bound() == Key.OWN && it.proved() == Key.NONE) return "UNPROVED";
        if (it.bound() == Key.OWN && it.proved() == Key.OTHER) return "OTHER_KEY";
        if (it.user() == UserState.GONE) return "USER_GONE";
        if (it.cause().equals(Optional.of(Cause.USER_DELETED))) return "USER_GONE";
        if (it.cause().isPresent()) return "ENDED";
        if (it.expired() || it.idleExpired()) return "EXPIRED";
        if (it.user() == UserState.BLOCKED) return "USER_BLOCKED";
        if (!it.sessionIsLive()) return "SESSION_ENDED";
        var inTime = it.leeway() && it.rotatedAgo().toSeconds() <= 29;
        if (it.behind() == 2 || (it.behind() == 1 && !inTime)) return "replayed";
        if (it.behind() == 1) return "sibling 5";
        return it.rotating() ? "successor 6" : "unchanged";
    }

    private static String kind(Rotation rotation) {
        return switch (rotation) {
            case Rotation.Successor(var generation) -> "successor " + generation;
            case Rotation.Sibling(var generation) -> "sibling " + generation;
            case Rotation.Unchanged _ -> "unchanged";
            case Rotation.Refused(var reason) -> reason.name();
            case Rotation.Replayed _ -> "replayed";
        };
    }

    @Test
    void everyCombinationOfAPresentedTokenIsDecidedAsTheContractSays() {
        for (var it : everyCase())
            assertThat(kind(Rotate.decide(it.facts(), NOW))).as("%s", it).isEqualTo(oracle(it));
    }

    @Test
    void anExchangeChecksEveryPermissionAfterTheTokenAndBeforeItRotates() {
        for (var it : everyCase())
            for (var permission : everyPermission()) {
                var facts =
                        new Exchange.Facts(
                                it.facts(),
                                permission.policy(),
                                permission.ours(),
                                permission.target());
                assertThat(kind(Exchange.decide(facts, NOW)))
                        .as("%s %s", it, permission)
                        .isEqualTo(oracle(it, permission));
            }
    }

    private static final ClientId WEB = new ClientId("web");
    private static final ClientId OTHER_WEB = new ClientId("other");

    /// What an exchange depends on beside its refresh token.
    private record Permission(
            boolean mayCreate,
            boolean ours,
            boolean requires,
            Set<ClientId> allowed,
            Optional<ClientId> target) {
        TransferPolicy policy() {
            return new TransferPolicy(
                    mayCreate,
                    true,
                    Set.of(),
                    DeviceBinding.IP,
                    false,
                    true,
                    requires,
                    allowed,
                    false,
                    false);
        }
    }

    private static List<Permission> everyPermission() {
        var permissions = new ArrayList<Permission>();
        for (var mayCreate : List.of(true, false))
            for (var ours : List.of(true, false))
                for (var requires : List.of(true, false))
                    for (var allowed : List.of(Set.<ClientId>of(), Set.of(WEB)))
                        for (var target :
                                List.of(
                                        Optional.<ClientId>empty(),
                                        Optional.of(WEB),
                                        Optional.of(OTHER_WEB)))
                            permissions.add(
                                    new Permission(mayCreate, ours, requires, allowed, target));
        return permissions;
    }

    private static String oracle(Case it, Permission permission) {
        var token = oracle(it);
        if (token.equals(token.toUpperCase(Locale.ROOT)) || token.equals("replayed")) return token;
        if (!permission.mayCreate()) return "client";
        if (it.nested()) return "nested";
        if (!permission.ours()) return "audience";
        // native-to-web §14: a list of targets means nothing if none need be named.
        var isBound = permission.requires() || permission.allowed().contains(WEB);
        if (permission.target().isEmpty()) return isBound ? "target missing" : token;
        var isOther = permission.target().get().equals(OTHER_WEB);
        return isOther && permission.allowed().contains(WEB) ? "target not allowed" : token;
    }

    private static String kind(Exchange.Outcome outcome) {
        return switch (outcome) {
            case Exchange.Outcome.Allowed(_, var rotation) -> kind(rotation);
            case Exchange.Outcome.TokenRefused(var reason) -> reason.name();
            case Exchange.Outcome.Replayed _ -> "replayed";
            case Exchange.Outcome.ClientNotAllowed _ -> "client";
            case Exchange.Outcome.Nested _ -> "nested";
            case Exchange.Outcome.ForeignAudience _ -> "audience";
            case Exchange.Outcome.TargetMissing _ -> "target missing";
            case Exchange.Outcome.TargetNotAllowed _ -> "target not allowed";
        };
    }

    @Test
    void aReplayNamesBothGenerations() {
        var it =
                new Case(
                        true,
                        true,
                        true,
                        false,
                        5,
                        2,
                        Duration.ZERO,
                        false,
                        false,
                        Optional.empty(),
                        UserState.ACTIVE,
                        true,
                        false,
                        Key.NONE,
                        Key.NONE);
        assertThat(Rotate.decide(it.facts(), NOW)).isEqualTo(new Rotation.Replayed(3, 5));
    }
}
