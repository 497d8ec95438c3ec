package segue.domain.action;

import segue.domain.action.TokenExchangeRuling.Reason;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Turns what the Action behind a token exchange profile asked for into one ruling (contract
/// actions §7). The first call that ends the request decides how it ends.
public final class TokenExchangeRule {
    private static final String INVALID_REQUEST = "invalid_request";

    private TokenExchangeRule() {}

    /// Decides.
    ///
    /// @param effects in the order in which they were asked for
    public static TokenExchangeRuling decide(List<TokenExchangeEffect> effects) {
        Optional<TokenExchangeEffect.Subject> subject = Optional.empty();
        Optional<String> organization = Optional.empty();
        Optional<String> actor = Optional.empty();
        var userChanges = new ArrayList<Effect>();
        for (var effect : effects) {
            switch (effect) {
                case Effect.Malformed(var problem) -> {
                    return unclear(problem);
                }
                case TokenExchangeEffect.Deny(var code, var reason) -> {
                    return Rule.isErrorCode(code)
                            ? new TokenExchangeRuling.Refused(Reason.DENIED, code, reason)
                            : unclear("not an error code: '" + code + "'");
                }
                case TokenExchangeEffect.RejectInvalidSubjectToken(var reason) -> {
                    return new TokenExchangeRuling.Refused(
                            Reason.INVALID_SUBJECT_TOKEN, INVALID_REQUEST, reason);
                }
                case TokenExchangeEffect.SetUser(var named) -> {
                    if (subject.isPresent()) return unclear("the user was set twice");
                    subject = Optional.of(named);
                }
                case TokenExchangeEffect.SetOrganization(var named) ->
                        organization = Optional.of(named);
                case TokenExchangeEffect.SetActor(var json) -> actor = Optional.of(json);
                case Effect.SetAppMetadata change -> userChanges.add(change);
                case Effect.SetUserMetadata change -> userChanges.add(change);
            }
        }
        if (subject.isEmpty()) return unclear("no user was set");
        return new TokenExchangeRuling.Vouched(subject.get(), organization, actor, userChanges);
    }

    private static TokenExchangeRuling unclear(String problem) {
        return new TokenExchangeRuling.Refused(Reason.UNCLEAR, INVALID_REQUEST, problem);
    }
}
