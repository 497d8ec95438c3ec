package segue.domain.transfer;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The redemption of a session transfer token: contract native-to-web §5.2 steps 3 to 10, THREATS
/// 1.3 rows 5 to 11.
///
/// The order of the checks is the security, so it is a flat list. The device comes before all that
/// may touch a session, or a stranger's link could sign people out; the other user comes last,
/// because only a token that is valid in every other respect may end a session.
public final class Redeem {
    private Redeem() {}

    /// All checks of a token that could be claimed, in their order.
    public static List<Check> checks(Transfer transfer, Facts facts) {
        return List.of(
                new Check.UserExists(facts.user()),
                new Check.DeviceBound(
                        facts.binding(),
                        facts.systemSuffices(),
                        transfer.device(),
                        facts.device(),
                        transfer.proven()),
                new Check.UserActive(facts.user()),
                new Check.ParentLive(transfer.parent(), facts.parentIsLive()),
                new Check.IssuerAllowed(transfer.issuer(), facts.issuerIsAllowed()),
                new Check.OrganizationEqual(transfer.organization(), facts.organization()),
                new Check.Member(transfer.organization(), facts.isMember()),
                new Check.ConnectionEnabled(transfer.connection(), facts.connectionIsEnabled()),
                new Check.Targeted(transfer.bounds().target(), facts.redeemer()),
                new Check.SameUser(transfer.user(), facts.session()));
    }

    /// Decides.
    ///
    /// @param factsOf reads the facts about a token that was claimed
    public static Decision decide(Claim claim, Function<Transfer, Facts> factsOf) {
        return switch (claim) {
            case Claim.UnknownOrUsed _ -> refused(Reason.UNKNOWN_OR_USED, Optional.empty());
            case Claim.Expired _ -> refused(Reason.EXPIRED, Optional.empty());
            case Claim.Conflicting _ -> refused(Reason.CONFLICT, Optional.empty());
            case Claim.VerifierMissing(var transfer) ->
                    refused(Reason.VERIFIER_MISSING, Optional.of(transfer));
            case Claim.VerifierWrong(var transfer) ->
                    refused(Reason.VERIFIER_WRONG, Optional.of(transfer));
            case Claim.Taken(var transfer) -> decide(transfer, factsOf.apply(transfer));
        };
    }

    private static Decision decide(Transfer transfer, Facts facts) {
        return checks(transfer, facts).stream()
                .flatMap(check -> check.failure().stream())
                .findFirst()
                .map(
                        reason ->
                                reason == Reason.OTHER_USER
                                        ? new Decision.Refused(
                                                reason, Optional.of(transfer), facts.session())
                                        : refused(reason, Optional.of(transfer)))
                .orElseGet(() -> new Decision.Accepted(transfer, facts.session()));
    }

    private static Decision refused(Reason reason, Optional<Transfer> transfer) {
        return new Decision.Refused(reason, transfer, Optional.empty());
    }
}
