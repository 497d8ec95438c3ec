package segue.domain.action;

import segue.domain.action.TokenExchangeRuling.Reason;

import java.util.List;
import java.util.Optional;

/// What a run of the Action behind a token exchange profile came to.
///
/// @param failure why the run failed; then nothing that was asked for happens (THREATS R46.2)
public record TokenExchangeVerdict(
        List<TokenExchangeEffect> effects,
        Optional<Verdict.Failure> failure,
        Verdict.Execution execution) {
    public TokenExchangeVerdict {
        effects = List.copyOf(effects);
    }

    /// What it comes to. A failed run is told like one at a sign-in (contract actions §6.1).
    public TokenExchangeRuling ruling() {
        return failure.<TokenExchangeRuling>map(
                        _ ->
                                new TokenExchangeRuling.Refused(
                                        Reason.FAILED, "access_denied", "Action execution failed"))
                .orElseGet(() -> TokenExchangeRule.decide(effects));
    }
}
