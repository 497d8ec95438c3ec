package segue.domain.transfer;

import segue.domain.session.Session;

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

    /// The decision, and what it rests on.
    ///
    /// @param checks all of them, passed or not; none if the token couldn't be claimed
    public record Judgement(Decision decision, List<Check> checks) {
        public Judgement {
            checks = List.copyOf(checks);
        }
    }

    /// Decides.
    ///
    /// @param factsOf reads the facts about a token that was claimed
    public static Judgement judge(Claim claim, Function<Transfer, Facts> factsOf) {
        return switch (claim) {
            case Claim.UnknownOrUsed _ -> unclaimed(Reason.UNKNOWN_OR_USED, Optional.empty());
            case Claim.Expired _ -> unclaimed(Reason.EXPIRED, Optional.empty());
            case Claim.Conflicting _ -> unclaimed(Reason.CONFLICT, Optional.empty());
            case Claim.VerifierMissing(var transfer) ->
                    unclaimed(Reason.VERIFIER_MISSING, Optional.of(transfer));
            case Claim.VerifierWrong(var transfer) ->
                    unclaimed(Reason.VERIFIER_WRONG, Optional.of(transfer));
            case Claim.Taken(var transfer) -> {
                var facts = factsOf.apply(transfer);
                var checks = checks(transfer, facts);
                yield new Judgement(decide(transfer, checks, facts.session()), checks);
            }
        };
    }

    private static Decision decide(
            Transfer transfer, List<Check> checks, Optional<Session> session) {
        return checks.stream()
                .flatMap(check -> check.failure().stream())
                .findFirst()
                .<Decision>map(
                        reason ->
                                new Decision.Refused(
                                        reason,
                                        Optional.of(transfer),
                                        session.filter(_ -> reason == Reason.OTHER_USER)))
                .orElseGet(() -> new Decision.Accepted(transfer, session));
    }

    private static Judgement unclaimed(Reason reason, Optional<Transfer> transfer) {
        return new Judgement(new Decision.Refused(reason, transfer, Optional.empty()), List.of());
    }
}
