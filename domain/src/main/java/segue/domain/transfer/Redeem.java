package segue.domain.transfer;

import segue.domain.network.DeviceBinding;
import segue.domain.user.UserState;

import java.util.Optional;

/// The redemption of a session transfer token: contract native-to-web §5.2 steps 3 to 10, THREATS
/// 1.3 rows 5 to 11.
///
/// The order of the checks is the security, so it is a flat list, each line one reason. The device
/// comes before all that may touch a session, or a stranger's link could sign people out; the other
/// user comes last, because only a token that is valid in every other respect may end a session.
public final class Redeem {
    private Redeem() {}

    /// Decides about a token that has already been claimed.
    public static Decision decide(Facts facts) {
        return switch (facts.claim()) {
            case Claim.UnknownOrUsed _ -> refused(Reason.UNKNOWN_OR_USED);
            case Claim.Expired _ -> refused(Reason.EXPIRED);
            case Claim.Conflicting _ -> refused(Reason.CONFLICT);
            case Claim.Taken(var transfer) -> decide(transfer, facts);
        };
    }

    private static Decision decide(Transfer transfer, Facts facts) {
        // With a deleted user the token's device was forgotten, so that there is none to compare.
        if (facts.user() == UserState.GONE) return refused(Reason.USER_GONE, transfer);
        if (!facts.binding().accepts(transfer.device(), facts.device()))
            return refused(deviceReason(facts), transfer);
        // Blocking or deleting a user ends their families too (§8); what is told is what was done.
        if (facts.user() == UserState.BLOCKED) return refused(Reason.USER_BLOCKED, transfer);
        if (!facts.parentIsLive()) return refused(Reason.PARENT_ENDED, transfer);
        if (!facts.issuerIsAllowed()) return refused(Reason.ISSUER_NOT_ALLOWED, transfer);
        if (!transfer.organization().equals(facts.organization()))
            return refused(Reason.ORGANIZATION, transfer);
        if (!facts.isMember()) return refused(Reason.ORGANIZATION, transfer);
        if (!facts.connectionIsEnabled()) return refused(Reason.CONNECTION, transfer);
        var session = facts.session();
        if (session.isPresent() && !session.get().user().equals(transfer.user()))
            return new Decision.Refused(Reason.OTHER_USER, Optional.of(transfer), session);
        return new Decision.Accepted(transfer, session);
    }

    private static Reason deviceReason(Facts facts) {
        var isUnknown =
                facts.binding() == DeviceBinding.ASN
                        && (facts.device().asn().isEmpty()
                                || issuedFromUnknownNetwork(facts.claim()));
        return isUnknown ? Reason.UNKNOWN_NETWORK : Reason.OTHER_DEVICE;
    }

    private static boolean issuedFromUnknownNetwork(Claim claim) {
        return claim instanceof Claim.Taken(var transfer) && transfer.device().asn().isEmpty();
    }

    private static Decision refused(Reason reason) {
        return new Decision.Refused(reason, Optional.empty(), Optional.empty());
    }

    private static Decision refused(Reason reason, Transfer transfer) {
        return new Decision.Refused(reason, Optional.of(transfer), Optional.empty());
    }
}
