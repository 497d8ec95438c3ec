package segue.domain.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

class VerdictTest {
    private static final Instant END = Instant.parse("2026-03-02T10:14:07Z");
    private static final Rule.Facts FACTS =
            new Rule.Facts(
                    Optional.of(new Rule.SessionFacts(new TreeMap<>(), END, END)),
                    new Rule.RefreshTokenFacts(
                            true, new TreeMap<>(), Optional.empty(), Optional.empty()),
                    false);
    private static final Verdict.Execution EXECUTION =
            new Verdict.Execution("exe_1", "post-login", "{}");

    private static Verdict succeeded(Effect... effects) {
        return new Verdict(List.of(effects), Optional.empty(), EXECUTION);
    }

    private static Verdict failed(String errorClass, Effect... effects) {
        var failure =
                new Verdict.Failure(
                        errorClass,
                        Optional.of("trust"),
                        "thrown",
                        "no such user: kim@example.org",
                        "TypeError",
                        "at trust.js:1");
        return new Verdict(List.of(effects), Optional.of(failure), EXECUTION);
    }

    /// Contract actions §6.1, THREATS R46.2.
    @Test
    void aFailedRunDeniesAndNothingElseHappensWhateverWasAskedFor() {
        for (var errorClass :
                List.of("action_error", "action_timeout", "platform_error", "rate_limited"))
            for (var effect :
                    List.of(
                            new Effect.Deny("go away"),
                            new Effect.Invalidate("code", "message"),
                            new Effect.RevokeSession("stolen", false),
                            new Effect.RevokeRefreshToken("stolen"),
                            new Effect.Redirect("https://shop.example/terms"),
                            new Effect.Malformed("api.access.deny takes a text"),
                            new Effect.SetUserMetadata("a", Optional.of("1")),
                            new Effect.AddScope("read:orders"))) {
                var verdict = failed(errorClass, effect);
                assertThat(verdict.ruling(FACTS))
                        .as("%s %s", errorClass, effect)
                        .isEqualTo(
                                new Ruling.Denied(
                                        "access_denied",
                                        "Action execution failed",
                                        false,
                                        Set.of()));
                assertThat(heard(verdict).takesUserAlone()).isFalse();
            }
        assertThat(failed("action_error").ruling(FACTS)).isInstanceOf(Ruling.Denied.class);
    }

    private static Policy.Heard heard(Verdict verdict) {
        return new Policy.Heard(verdict, UnaryOperator.identity(), false);
    }

    @Test
    void aRunThatDidNotFailComesToWhatItsEffectsComeTo() {
        assertThat(succeeded(new Effect.Deny("go away")).ruling(FACTS))
                .isEqualTo(new Ruling.Denied("access_denied", "go away", true, Set.of()));
        assertThat(succeeded().ruling(FACTS)).isInstanceOf(Ruling.Allowed.class);
    }

    @Test
    void onlyChangesOfTheUserAndOfASessionTakeTheUserAlone() {
        assertThat(
                        heard(
                                        succeeded(
                                                new Effect.EditSessionMetadata(
                                                        new MetadataEdit.Put("a", "1"))))
                                .takesUserAlone())
                .isTrue();
        assertThat(heard(succeeded(new Effect.RevokeSession("go", true))).takesUserAlone())
                .isTrue();
        assertThat(
                        heard(succeeded(new Effect.SetAppMetadata("a", Optional.of("1"))))
                                .takesUserAlone())
                .isTrue();
        assertThat(
                        heard(succeeded(new Effect.SetUserMetadata("a", Optional.empty())))
                                .takesUserAlone())
                .isTrue();
        assertThat(
                        heard(
                                        succeeded(
                                                new Effect.SetTransactionMetadata(
                                                        "a", Optional.of("1")),
                                                new Effect.SetIdTokenClaim("a", Optional.of("1"))))
                                .takesUserAlone())
                .isFalse();
        assertThat(heard(succeeded()).takesUserAlone()).isFalse();
    }

    @Test
    void aDenialKeepsTheChangesOfTheUser() {
        assertThat(
                        heard(
                                        succeeded(
                                                new Effect.SetUserMetadata("a", Optional.of("1")),
                                                new Effect.Deny("go away")))
                                .takesUserAlone())
                .isTrue();
    }

    @Test
    void whatAnActionAddsAfterwardsIsNotHeard() {
        var effects = new ArrayList<Effect>();
        var verdict = new Verdict(effects, Optional.empty(), EXECUTION);
        effects.add(new Effect.Deny("too late"));
        assertThat(verdict.effects()).isEmpty();
    }
}
