package segue.server.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.domain.action.Effect;
import segue.domain.action.Rule;
import segue.domain.action.Ruling;
import segue.domain.action.Verdict.Failure;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Scripts that mean harm are denied, and nobody after them notices (THREATS T-46).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HostileScriptTest {
    private static final Rule.Facts FACTS =
            new Rule.Facts(
                    Optional.empty(),
                    new Rule.RefreshTokenFacts(
                            false, new TreeMap<>(), Optional.empty(), Optional.empty()),
                    false);

    private Lab lab = unstarted();

    @SuppressWarnings("NullAway") // Replaced before each test.
    private static Lab unstarted() {
        return null;
    }

    @BeforeAll
    void start() {
        lab = new Lab(Lab.workers(1), Duration.ofSeconds(10));
        // What a cold start takes is no script's fault.
        lab.bind("");
        assertThat(lab.run().failure()).isEmpty();
    }

    @AfterAll
    void stop() {
        lab.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "action_timeout | for (;;) {}",
                "action_timeout | await (async () => { for (;;) await null; })();",
                "action_timeout | await new Promise(done => setTimeout(done, 1e6));",
                "action_timeout | try { for (;;) {} } finally { for (;;) {} }",
                "action_timeout | `setTimeout(() => { for (;;) {} }, 1); await new Promise(() =>"
                        + " {});`",
                "action_timeout | /^(?:(a+)\\1?)+$/.test('a'.repeat(60) + 'b');",
                "action_error | await new Promise(() => {});",
                "action_error | const f = () => f() + 1; f();",
                "action_error | throw null;",
                "action_error | throw {get message() { throw 1; }, get name() { for (;;) {} },"
                        + " toString() { throw 2; }}; // or times out",
                "action_error | throw new Proxy({}, {get() { throw 1; }});",
                "action_error | for (let i = 0; i < 5000; i++) api.session.setMetadata('k', 'v');",
                "action_error | api.multifactor.enable('any');",
                "action_error | require('child_process').execSync('id');",
                "action_error | eval('1');",
                "action_error | new Function('return 1')();",
            })
    void aHostileScriptIsDeniedAndTheNextRunWorks(String errorClass, String body) {
        lab.bind(body);
        var verdict = lab.run();
        var failure = verdict.failure().map(Failure::errorClass).orElse("none");
        if (body.contains("or times out"))
            assertThat(failure).isIn("action_error", "action_timeout");
        else assertThat(failure).isEqualTo(errorClass);
        assertThat(verdict.ruling(FACTS))
                .isEqualTo(
                        new Ruling.Denied(
                                "access_denied", "Action execution failed", false, Set.of()));
        nextRunWorks();
    }

    private void nextRunWorks() {
        lab.bind("api.idToken.setCustomClaim('fine', true);");
        assertThat(lab.run().effects())
                .containsExactly(new Effect.SetIdTokenClaim("fine", Optional.of("true")));
    }

    /// However the memory goes, it is the worker's and not ours.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "const all = []; for (;;) all.push(new Array(100000).fill(7));",
                "let s = 'x'; for (;;) s = [s, s].join('') + s.length;",
                "new Uint8Array(2 ** 31 - 1);",
                "const all = []; for (;;) all.push(Buffer.alloc(10 ** 7));",
            })
    void aMemoryBombIsDeniedAndTheNextRunWorks(String body) {
        lab.bind(body);
        assertThat(lab.run().failure()).isPresent();
        nextRunWorks();
    }

    @Test
    void aFloodOfOutputIsCutOff() {
        lab.bind("for (let i = 0; i < 100000; i++) console.log('flood '.repeat(100));");
        var verdict = lab.run();
        assertThat(verdict.failure()).isEmpty();
        assertThat(verdict.execution().document()).hasSizeLessThan(1000);
        nextRunWorks();
    }

    @Test
    void allActionsShareOneBudget() {
        var wait = "await new Promise(done => setTimeout(done, 6000));";
        lab.bind(wait, wait, wait);
        var verdict = lab.run();
        assertThat(verdict.failure().map(Failure::errorClass)).contains("action_timeout");
        assertThat(verdict.failure().flatMap(Failure::action)).contains("action2");
        nextRunWorks();
    }
}
