package segue.domain.transfer;

import static org.assertj.core.api.Assertions.assertThat;

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
import segue.domain.session.Session;
import segue.domain.session.SessionLimits;
import segue.domain.user.UserState;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

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

    private enum Claimed {
        TAKEN,
        UNKNOWN,
        EXPIRED,
        CONFLICT
    }

    private enum Browser {
        NO_SESSION,
        SAME_USER,
        OTHER_USER
    }

    /// Where a request came from: its address, and whether and which network that belongs to.
    private record Place(int address, OptionalLong network) {
        Device device() {
            return new Device(
                    ClientAddress.of(new byte[] {10, 0, 0, (byte) address}), network, "agent");
        }
    }

    private static final Place HOME = new Place(1, OptionalLong.of(64500));
    private static final List<Place> PLACES =
            List.of(
                    HOME,
                    new Place(2, OptionalLong.of(64500)),
                    new Place(3, OptionalLong.of(64501)),
                    new Place(1, OptionalLong.empty()),
                    new Place(4, OptionalLong.empty()));

    private record Case(
            Claimed claimed,
            DeviceBinding binding,
            Place issued,
            Place presented,
            boolean parentIsLive,
            UserState user,
            boolean issuerIsAllowed,
            Optional<OrganizationId> tokenOrganization,
            Optional<OrganizationId> requestOrganization,
            boolean isMember,
            boolean connectionIsEnabled,
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
                    Authentication.byPassword(NOW.minusSeconds(600)),
                    issued.device(),
                    NOW,
                    NOW.plusSeconds(60));
        }

        Optional<Session> session() {
            return switch (browser) {
                case NO_SESSION -> Optional.empty();
                case SAME_USER -> Optional.of(sessionOf(KIM));
                case OTHER_USER -> Optional.of(sessionOf(LEE));
            };
        }

        Facts facts() {
            var claim =
                    switch (claimed) {
                        case TAKEN -> new Claim.Taken(transfer());
                        case UNKNOWN -> new Claim.UnknownOrUsed();
                        case EXPIRED -> new Claim.Expired();
                        case CONFLICT -> new Claim.Conflicting();
                    };
            return new Facts(
                    claim,
                    parentIsLive,
                    user,
                    issuerIsAllowed,
                    requestOrganization,
                    isMember,
                    connectionIsEnabled,
                    binding,
                    presented.device(),
                    session());
        }
    }

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

    private static List<Case> everyCase() {
        var cases = new ArrayList<Case>();
        for (var claimed : Claimed.values())
            for (var binding : DeviceBinding.values())
                for (var issued : List.of(HOME, PLACES.get(3)))
                    for (var presented : PLACES)
                        for (var parent : List.of(true, false))
                            for (var user : UserState.values())
                                for (var issuer : List.of(true, false))
                                    for (var token : ORGANIZATIONS)
                                        for (var request : ORGANIZATIONS)
                                            for (var member : List.of(true, false))
                                                for (var connection : List.of(true, false))
                                                    for (var browser : Browser.values())
                                                        cases.add(
                                                                new Case(
                                                                        claimed,
                                                                        binding,
                                                                        issued,
                                                                        presented,
                                                                        parent,
                                                                        user,
                                                                        issuer,
                                                                        token,
                                                                        request,
                                                                        member,
                                                                        connection,
                                                                        browser));
        return cases;
    }

    /// The oracle: the failing conditions of a case, each with its rank in the contract's order;
    /// the lowest rank names the reason. Nothing of it looks like the code under test.
    private static Optional<Reason> oracle(Case it) {
        var failing = EnumSet.noneOf(Reason.class);
        if (it.claimed() == Claimed.UNKNOWN) return Optional.of(Reason.UNKNOWN_OR_USED);
        if (it.claimed() == Claimed.EXPIRED) return Optional.of(Reason.EXPIRED);
        if (it.claimed() == Claimed.CONFLICT) return Optional.of(Reason.CONFLICT);
        if (it.browser() == Browser.OTHER_USER) failing.add(Reason.OTHER_USER);
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
        var unknown = it.issued().network().isEmpty() || it.presented().network().isEmpty();
        if (it.binding() == DeviceBinding.ASN && unknown) failing.add(Reason.UNKNOWN_NETWORK);
        else if (it.binding() == DeviceBinding.ASN
                && it.issued().network().getAsLong() != it.presented().network().getAsLong())
            failing.add(Reason.OTHER_DEVICE);
        if (it.binding() == DeviceBinding.IP && it.issued().address() != it.presented().address())
            failing.add(Reason.OTHER_DEVICE);
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
                        Reason.OTHER_USER))
            if (failing.contains(reason)) return Optional.of(reason);
        return Optional.empty();
    }

    @Test
    void everyCombinationIsDecidedAsTheTableSays() {
        var cases = everyCase();
        assertThat(cases).hasSizeGreaterThan(50_000);
        var seen = EnumSet.noneOf(Reason.class);
        for (var it : cases) {
            var expected = oracle(it);
            var decision = Redeem.decide(it.facts());
            switch (decision) {
                case Decision.Accepted(var transfer, var kept) -> {
                    assertThat(expected).as("%s", it).isEmpty();
                    assertThat(transfer).isEqualTo(it.transfer());
                    assertThat(kept).as("%s", it).isEqualTo(it.session());
                }
                case Decision.Refused(var reason, var transfer, var ends) -> {
                    seen.add(reason);
                    assertThat(Optional.of(reason)).as("%s", it).isEqualTo(expected);
                    assertThat(transfer.isPresent())
                            .as("%s", it)
                            .isEqualTo(it.claimed() == Claimed.TAKEN);
                    // Invariant I4: only a token that is valid in every other respect ends a
                    // session.
                    var mayEnd =
                            reason == Reason.OTHER_USER ? it.session() : Optional.<Session>empty();
                    assertThat(ends).as("%s", it).isEqualTo(mayEnd);
                }
            }
        }
        // METHOD_NOT_ALLOWED is decided by Presented, before a token is looked at.
        assertThat(seen).isEqualTo(EnumSet.complementOf(EnumSet.of(Reason.METHOD_NOT_ALLOWED)));
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
    }
}
