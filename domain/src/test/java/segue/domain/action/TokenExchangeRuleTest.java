package segue.domain.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.action.TokenExchangeEffect.Deny;
import segue.domain.action.TokenExchangeEffect.RejectInvalidSubjectToken;
import segue.domain.action.TokenExchangeEffect.SetActor;
import segue.domain.action.TokenExchangeEffect.SetOrganization;
import segue.domain.action.TokenExchangeEffect.SetUser;
import segue.domain.action.TokenExchangeEffect.Subject;
import segue.domain.action.TokenExchangeRuling.Reason;
import segue.domain.action.TokenExchangeRuling.Refused;
import segue.domain.action.TokenExchangeRuling.Vouched;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

class TokenExchangeRuleTest {
    private static final Subject ADA = new Subject.ById("auth0|ada");
    private static final Subject KIM = new Subject.ById("auth0|kim");

    /// One of each kind, and a second of those that can be told apart.
    private static final List<TokenExchangeEffect> EFFECTS =
            List.of(
                    new Deny("no_contract", "not for you"),
                    new Deny("two words", "not for you"),
                    new RejectInvalidSubjectToken("expired"),
                    new SetUser(ADA),
                    new SetUser(KIM),
                    new SetOrganization("org_1"),
                    new SetOrganization("acme"),
                    new SetActor("{\"sub\":\"agent\"}"),
                    new Effect.SetAppMetadata("plan", Optional.of("1")),
                    new Effect.SetUserMetadata("plan", Optional.empty()),
                    new Effect.Malformed("that makes no sense"));

    private static Stream<List<TokenExchangeEffect>> sequences(int length) {
        if (length == 0) return Stream.of(List.of());
        return sequences(length - 1)
                .flatMap(
                        before ->
                                EFFECTS.stream()
                                        .map(
                                                next -> {
                                                    var all = new ArrayList<>(before);
                                                    all.add(next);
                                                    return List.copyOf(all);
                                                }));
    }

    /// Contract actions §7: every sequence of up to four calls.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void everySequenceOfCallsIsDecidedAsTheContractSays(int length) {
        sequences(length)
                .forEach(
                        effects ->
                                assertThat(TokenExchangeRule.decide(effects))
                                        .as("%s", effects)
                                        .isEqualTo(oracle(effects)));
    }

    /// Looks at each rule on its own, and takes the one that is broken first.
    private static TokenExchangeRuling oracle(List<TokenExchangeEffect> effects) {
        var users = effects.stream().filter(SetUser.class::isInstance).toList();
        var end = Integer.MAX_VALUE;
        TokenExchangeRuling ruling =
                new Refused(Reason.UNCLEAR, "invalid_request", "no user was set");
        if (!users.isEmpty())
            ruling =
                    new Vouched(
                            ((SetUser) users.getFirst()).subject(),
                            last(effects, SetOrganization.class).map(SetOrganization::idOrName),
                            last(effects, SetActor.class).map(SetActor::json),
                            effects.stream()
                                    .filter(Effect.class::isInstance)
                                    .map(Effect.class::cast)
                                    .toList());
        for (var i = effects.size() - 1; i >= 0; i--) {
            var broken = broken(effects, i);
            if (broken.isPresent() && i < end) {
                end = i;
                ruling = broken.get();
            }
        }
        return ruling;
    }

    private static Optional<TokenExchangeRuling> broken(List<TokenExchangeEffect> effects, int at) {
        var it = effects.get(at);
        if (it.equals(EFFECTS.get(0)))
            return Optional.of(new Refused(Reason.DENIED, "no_contract", "not for you"));
        if (it.equals(EFFECTS.get(1))) return unclear("not an error code: 'two words'");
        if (it.equals(EFFECTS.get(2)))
            return Optional.of(
                    new Refused(Reason.INVALID_SUBJECT_TOKEN, "invalid_request", "expired"));
        if (it.equals(EFFECTS.getLast())) return unclear("that makes no sense");
        var isSecondUser =
                it instanceof SetUser
                        && effects.subList(0, at).stream().anyMatch(SetUser.class::isInstance);
        return isSecondUser ? unclear("the user was set twice") : Optional.empty();
    }

    private static Optional<TokenExchangeRuling> unclear(String problem) {
        return Optional.of(new Refused(Reason.UNCLEAR, "invalid_request", problem));
    }

    private static <T> Optional<T> last(List<TokenExchangeEffect> effects, Class<T> kind) {
        return effects.stream().filter(kind::isInstance).map(kind::cast).reduce((_, it) -> it);
    }

    /// Contract actions §6.1, THREATS R46.2.
    @Test
    void aFailedRunVouchesForNobodyWhateverWasAskedFor() {
        var failure =
                new Verdict.Failure(
                        "action_error", Optional.of("judge"), "thrown", "no key", "Error", "");
        for (var effect : EFFECTS) {
            var verdict =
                    new TokenExchangeVerdict(
                            List.of(new SetUser(ADA), effect),
                            Optional.of(failure),
                            new Verdict.Execution("exe_1", "custom-token-exchange", "{}"));
            assertThat(verdict.ruling())
                    .as("%s", effect)
                    .isEqualTo(
                            new Refused(Reason.FAILED, "access_denied", "Action execution failed"));
        }
    }
}
