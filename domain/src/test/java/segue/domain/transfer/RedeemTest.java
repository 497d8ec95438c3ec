package segue.domain.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Test;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.identifier.UserId;
import segue.domain.network.ClientAddress;
import segue.domain.network.Device;
import segue.domain.network.DeviceBinding;
import segue.domain.scope.ScopeBound;
import segue.domain.session.Session;
import segue.domain.session.SessionLimits;
import segue.domain.user.UserState;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// Every combination of the inputs of contract native-to-web §5.2, beside an oracle that was
/// written from the table and not from the code.
class RedeemTest {
    private static final Instant NOW = Instant.parse("2026-03-02T09:14:07Z");
    private static final UserId KIM = new UserId("auth0|kim");
    private static final UserId LEE = new UserId("auth0|lee");
    private static final OrganizationId ACME = new OrganizationId("org_acme");
    private static final OrganizationId OTHER = new OrganizationId("org_other");
    private static final List<Optional<OrganizationId>> ORGANIZATIONS =
            List.of(Optional.empty(), Optional.of(ACME), Optional.of(OTHER));

    private static final ClientId WEB = new ClientId("web");
    private static final List<Optional<ClientId>> TARGETS =
            List.of(Optional.empty(), Optional.of(WEB), Optional.of(new ClientId("other")));

    private enum Browser {
        NO_SESSION,
        SAME_USER,
        OTHER_USER
    }

    /// Where a request came from: its address, and whether and which network that belongs to.
    private record Place(String address, OptionalLong network) {
        Device device() {
            return new Device(
                    ClientAddress.of(InetAddress.ofLiteral(address).getAddress()),
                    network,
                    "agent");
        }

        boolean isIpv6() {
            return address.contains(":");
        }

        /// The first four groups, as the addresses of this test write them.
        String prefix() {
            return address.substring(0, address.indexOf("::"));
        }
    }

    private static final OptionalLong CARRIER = OptionalLong.of(64500);
    private static final OptionalLong OTHER_CARRIER = OptionalLong.of(64501);
    private static final List<Place> ISSUED =
            List.of(
                    new Place("192.0.2.1", CARRIER),
                    new Place("2001:db8:1:1::1", CARRIER),
                    new Place("192.0.2.1", OptionalLong.empty()));
    private static final List<Place> PRESENTED =
            List.of(
                    new Place("192.0.2.1", CARRIER),
                    new Place("192.0.2.1", OptionalLong.empty()),
                    new Place("192.0.2.2", CARRIER),
                    new Place("198.51.100.1", OTHER_CARRIER),
                    new Place("198.51.100.2", OptionalLong.empty()),
                    new Place("2001:db8:1:1::1", CARRIER),
                    new Place("2001:db8:1:1::2", CARRIER),
                    new Place("2001:db8:1:2::1", CARRIER),
                    new Place("2001:db8:2:1::1", OTHER_CARRIER));

    /// How the redeeming client compares devices, and whether the redemption brought the verifier.
    private record Comparison(DeviceBinding binding, boolean sameSystemSuffices, boolean proven) {}

    private static List<Comparison> comparisons() {
        var all = new ArrayList<Comparison>();
        for (var binding : DeviceBinding.values())
            for (var suffices : List.of(true, false))
                for (var proven : List.of(true, false))
                    all.add(new Comparison(binding, suffices, proven));
        return all;
    }

    private record Case(
            Comparison comparison,
            Place issued,
            Place presented,
            boolean parentIsLive,
            UserState user,
            boolean issuerIsAllowed,
            Optional<OrganizationId> tokenOrganization,
            Optional<OrganizationId> requestOrganization,
            boolean isMember,
            boolean connectionIsEnabled,
            Optional<ClientId> target,
            Browser browser) {

        Transfer transfer() {
            return new Transfer(
                    new TransferId("t"),
                    new FamilyId("f"),
                    new ClientId("app"),
                    KIM,
                    new ConnectionId("con_1"),
                    tokenOrganization,
                    "openid",
                    SIGN_IN,
                    issued.device(),
                    NOW,
                    NOW.plusSeconds(60),
                    new Bounds(target, ScopeBound.NONE, Optional.empty()),
                    comparison.proven());
        }

        Optional<Session> session() {
            return switch (browser) {
                case NO_SESSION -> Optional.empty();
                case SAME_USER -> Optional.of(KIMS);
                case OTHER_USER -> Optional.of(LEES);
            };
        }

        Facts facts() {
            return new Facts(
                    parentIsLive,
                    user,
                    issuerIsAllowed,
                    requestOrganization,
                    isMember,
                    connectionIsEnabled,
                    WEB,
                    comparison.binding(),
                    comparison.sameSystemSuffices(),
                    presented.device(),
                    session());
        }

        Decision decision() {
            return Redeem.judge(new Claim.Taken(transfer()), _ -> facts()).decision();
        }
    }

    private static final Authentication SIGN_IN = Authentication.byPassword(NOW.minusSeconds(600));
    private static final Session KIMS = sessionOf(KIM);
    private static final Session LEES = sessionOf(LEE);

    private static Session sessionOf(UserId user) {
        return Session.open(
                new SessionId("s-" + user),
                user,
                new ConnectionId("con_1"),
                Optional.empty(),
                Authentication.byPassword(NOW),
                NOW,
                new SessionLimits(Duration.ofHours(1), Duration.ofHours(1), true));
    }

    private static void forEveryCase(Consumer<Case> consumer) {
        for (var comparison : comparisons())
            for (var issued : ISSUED)
                for (var presented : PRESENTED)
                    for (var parent : List.of(true, false))
                        for (var user : UserState.values())
                            for (var issuer : List.of(true, false))
                                for (var token : ORGANIZATIONS)
                                    for (var request : ORGANIZATIONS)
                                        for (var member : List.of(true, false))
                                            for (var connection : List.of(true, false))
                                                for (var target : TARGETS)
                                                    for (var browser : Browser.values())
                                                        consumer.accept(
                                                                new Case(
                                                                        comparison,
                                                                        issued,
                                                                        presented,
                                                                        parent,
                                                                        user,
                                                                        issuer,
                                                                        token,
                                                                        request,
                                                                        member,
                                                                        connection,
                                                                        target,
                                                                        browser));
    }

    /// The oracle: the failing conditions of a case, each with its rank in the contract's order;
    /// the lowest rank names the reason. Nothing of it looks like the code under test.
    private static Optional<Reason> oracle(Case it) {
        var failing = EnumSet.noneOf(Reason.class);
        if (it.browser() == Browser.OTHER_USER) failing.add(Reason.OTHER_USER);
        if (it.target().filter(target -> target.value().equals("other")).isPresent())
            failing.add(Reason.TARGET);
        if (!it.connectionIsEnabled()) failing.add(Reason.CONNECTION);
        var sameOrganization =
                it.tokenOrganization()
                        .map(OrganizationId::value)
                        .orElse("none")
                        .equals(it.requestOrganization().map(OrganizationId::value).orElse("none"));
        if (!sameOrganization || !it.isMember()) failing.add(Reason.ORGANIZATION);
        if (!it.issuerIsAllowed()) failing.add(Reason.ISSUER_NOT_ALLOWED);
        if (it.user() == UserState.GONE) failing.add(Reason.USER_GONE);
        if (it.user() == UserState.BLOCKED) failing.add(Reason.USER_BLOCKED);
        // Table 5.3 has a row for a blocked user, and §8 ends their families: so the user, not the
        // parent that ended with them, is the reason.
        if (!it.parentIsLive()) failing.add(Reason.PARENT_ENDED);
        deviceOracle(it).ifPresent(failing::add);
        for (var reason :
                List.of(
                        // Erased with the user is the device too: table 5.3 says "f" of both.
                        Reason.USER_GONE,
                        Reason.OTHER_DEVICE,
                        Reason.UNKNOWN_NETWORK,
                        Reason.USER_BLOCKED,
                        Reason.PARENT_ENDED,
                        Reason.ISSUER_NOT_ALLOWED,
                        Reason.ORGANIZATION,
                        Reason.CONNECTION,
                        Reason.TARGET,
                        Reason.OTHER_USER))
            if (failing.contains(reason)) return Optional.of(reason);
        return Optional.empty();
    }

    /// Contract native-to-web §6, and binding `network` in its own words: equal addresses; or both
    /// IPv6 in one /64; or exactly one is IPv4 and both systems are known and equal; two of one
    /// family only with `network_same_asn`; the verifier satisfies it whatever the addresses.
    private static Optional<Reason> deviceOracle(Case it) {
        var issued = it.issued();
        var presented = it.presented();
        var equal = issued.address().equals(presented.address());
        var known = issued.network().isPresent() && presented.network().isPresent();
        var system = known && issued.network().getAsLong() == presented.network().getAsLong();
        var bySystem =
                system
                        ? Optional.<Reason>empty()
                        : Optional.of(known ? Reason.OTHER_DEVICE : Reason.UNKNOWN_NETWORK);
        return switch (it.comparison().binding()) {
            case NONE -> Optional.empty();
            case IP -> equal ? Optional.empty() : Optional.of(Reason.OTHER_DEVICE);
            case ASN -> bySystem;
            case NETWORK -> {
                var families = (issued.isIpv6() ? 1 : 0) + (presented.isIpv6() ? 1 : 0);
                if (equal || it.comparison().proven()) yield Optional.empty();
                if (families == 2 && issued.prefix().equals(presented.prefix()))
                    yield Optional.empty();
                if (families == 1 || it.comparison().sameSystemSuffices()) yield bySystem;
                yield Optional.of(Reason.OTHER_DEVICE);
            }
        };
    }

    @Test
    void everyCombinationIsDecidedAsTheTableSays() {
        var seen = EnumSet.noneOf(Reason.class);
        var count = new AtomicInteger();
        forEveryCase(
                it -> {
                    count.incrementAndGet();
                    var expected = oracle(it);
                    var isRight =
                            switch (it.decision()) {
                                case Decision.Accepted(var transfer, var kept) ->
                                        expected.isEmpty()
                                                && transfer.equals(it.transfer())
                                                && kept.equals(it.session());
                                case Decision.Refused(var reason, var transfer, var ends) -> {
                                    seen.add(reason);
                                    // Invariant I4: only a token that is valid in every other
                                    // respect ends a session.
                                    var mayEnd =
                                            reason == Reason.OTHER_USER
                                                    ? it.session()
                                                    : Optional.<Session>empty();
                                    yield Optional.of(reason).equals(expected)
                                            && transfer.equals(Optional.of(it.transfer()))
                                            && ends.equals(mayEnd);
                                }
                            };
                    if (!isRight) fail("%s is decided as %s", it, it.decision());
                });
        assertThat(count).hasValueGreaterThan(500_000);
        assertThat(seen)
                .containsExactlyInAnyOrder(
                        Reason.USER_GONE,
                        Reason.OTHER_DEVICE,
                        Reason.UNKNOWN_NETWORK,
                        Reason.USER_BLOCKED,
                        Reason.PARENT_ENDED,
                        Reason.ISSUER_NOT_ALLOWED,
                        Reason.ORGANIZATION,
                        Reason.CONNECTION,
                        Reason.TARGET,
                        Reason.OTHER_USER);
    }

    @Test
    void aTokenThatCouldNotBeClaimedIsRefusedWithoutAnyFact() {
        var someones = aCase().transfer();
        refuses(new Claim.UnknownOrUsed(), Reason.UNKNOWN_OR_USED, Optional.empty());
        refuses(new Claim.Expired(), Reason.EXPIRED, Optional.empty());
        refuses(new Claim.Conflicting(), Reason.CONFLICT, Optional.empty());
        refuses(
                new Claim.VerifierMissing(someones),
                Reason.VERIFIER_MISSING,
                Optional.of(someones));
        refuses(new Claim.VerifierWrong(someones), Reason.VERIFIER_WRONG, Optional.of(someones));
    }

    private static void refuses(Claim claim, Reason reason, Optional<Transfer> transfer) {
        assertThat(
                        Redeem.judge(
                                claim,
                                _ -> {
                                    throw new AssertionError("nothing may be read");
                                }))
                .isEqualTo(
                        new Redeem.Judgement(
                                new Decision.Refused(reason, transfer, Optional.empty()),
                                List.of()));
    }

    private static Case aCase() {
        return new Case(
                new Comparison(DeviceBinding.IP, false, false),
                ISSUED.getFirst(),
                PRESENTED.getFirst(),
                true,
                UserState.ACTIVE,
                true,
                Optional.empty(),
                Optional.empty(),
                true,
                true,
                Optional.empty(),
                Browser.NO_SESSION);
    }

    @Test
    void theFirstCheckThatFailsIsTheReasonAndAllOfThemCanBeShown() {
        var it = aCase();
        var checks = Redeem.checks(it.transfer(), it.facts());
        assertThat(checks).hasSize(10).allMatch(check -> check.failure().isEmpty());
    }

    @Test
    void theWarningsAreWrittenAsDocumented() {
        assertThat(Reason.UNKNOWN_OR_USED.warning())
                .hasValue(
                        "Single Sign-On failed: Session Transfer Token not found or expired. This"
                                + " may indicate token reuse or expiration.");
        assertThat(Reason.OTHER_DEVICE.warning())
                .hasValue(
                        "Single Sign-On failed: Session Transfer Token device binding validation"
                                + " failed due to IP/ASN mismatch.");
        assertThat(Reason.ORGANIZATION.warning())
                .hasValue(
                        "Single Sign-On failed: Session Transfer Token organization mismatch"
                                + " detected.");
        assertThat(Reason.OTHER_USER.warning())
                .hasValue("Single Sign-On failed: Session Transfer Token user mismatch detected.");
        assertThat(Reason.PARENT_ENDED.warning())
                .hasValue(
                        "Single Sign-On failed: Parent refresh token not found. Session Transfer"
                                + " Token won't be used for session establishment.");
        assertThat(Reason.USER_BLOCKED.warning()).isEmpty();
        assertThat(Reason.USER_GONE.warning()).isEmpty();
        assertThat(Reason.DENIED_BY_ACTION.warning()).isEmpty();
    }
}
