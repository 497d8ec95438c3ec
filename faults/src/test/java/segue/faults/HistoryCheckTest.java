package segue.faults;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.faults.Operation.Action;
import segue.faults.Thing.Kind;
import segue.faults.Violation.Rule;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Histories that never were: the check finds what is wrong in them, and nothing else.
class HistoryCheckTest {
    private static final Thing FAMILY = new Thing(1);
    private static final Thing TOKEN = new Thing(Kind.REFRESH_TOKEN, 1, FAMILY);
    private static final Thing NEXT = new Thing(Kind.REFRESH_TOKEN, 2, FAMILY);
    private static final Thing AFTER_NEXT = new Thing(Kind.REFRESH_TOKEN, 3, FAMILY);
    private static final Thing TRANSFER = new Thing(Kind.TRANSFER, 1, FAMILY);
    private static final Thing SESSION = new Thing(Kind.SESSION, 1, FAMILY);
    private static final Thing CODE = new Thing(Kind.CODE, 1, SESSION);
    private static final Outcome DONE = new Outcome.Done(Optional.empty());
    private static final Outcome REFUSED = new Outcome.Refused("no");
    private static final Outcome BROKEN = new Outcome.Broken();
    private static final Outcome ADA = new Outcome.Done(Optional.of("ada"));

    private final List<Operation> history = new ArrayList<>();
    private long now = 0;

    HistoryCheckTest() {
        now = 10;
        history.add(
                new Operation(Action.SIGN_IN, Optional.empty(), List.of(FAMILY, TOKEN), ADA, 0, 1));
    }

    /// One after the other.
    private HistoryCheckTest then(Action action, Thing used, Outcome outcome, Thing... made) {
        return during(now, now + 5, action, used, outcome, made);
    }

    private HistoryCheckTest during(
            long start, long end, Action action, Thing used, Outcome outcome, Thing... made) {
        history.add(new Operation(action, Optional.of(used), List.of(made), outcome, start, end));
        now = Math.max(now, end) + 10;
        return this;
    }

    private HistoryCheckTest handOff() {
        return then(Action.EXCHANGE, TOKEN, DONE, TRANSFER, NEXT)
                .then(Action.REDEEM, TRANSFER, DONE, SESSION, CODE);
    }

    private void shows(Rule... rules) {
        assertThat(HistoryCheck.violations(history))
                .extracting(Violation::rule)
                .containsExactly(rules);
    }

    @Test
    void aHistoryInWhichEverythingWorksOnceIsFine() {
        handOff()
                .then(Action.CODE, CODE, ADA)
                .then(Action.SILENT_SIGN_IN, SESSION, DONE)
                .then(Action.SILENT_SIGN_IN, SESSION, DONE)
                .then(Action.REFRESH, NEXT, ADA, AFTER_NEXT)
                .shows();
    }

    @Test
    void aTransferThatWorksTwiceIsFound() {
        handOff().then(Action.REDEEM, TRANSFER, DONE).shows(Rule.SINGLE_USE);
    }

    @Test
    void aCodeThatWorksTwiceAtOnceIsFound() {
        handOff()
                .during(100, 200, Action.CODE, CODE, ADA)
                .during(150, 160, Action.CODE, CODE, ADA)
                .shows(Rule.SINGLE_USE);
    }

    @Test
    void aRefreshTokenThatWorksAgainAfterItsRotationIsFound() {
        then(Action.REFRESH, TOKEN, ADA, NEXT)
                .then(Action.REFRESH, TOKEN, ADA, AFTER_NEXT)
                .shows(Rule.SINGLE_USE);
    }

    @Test
    void whatStemsFromARevokedFamilyMustNotWork() {
        handOff()
                .then(Action.REVOKE, FAMILY, DONE)
                .then(Action.SILENT_SIGN_IN, SESSION, DONE)
                .then(Action.CODE, CODE, ADA)
                .then(Action.REFRESH, NEXT, ADA, AFTER_NEXT)
                .shows(Rule.REVOCATION, Rule.REVOCATION, Rule.REVOCATION);
    }

    @Test
    void whatWasSentBeforeTheRevocationWasAnsweredMayWorkOrNot() {
        handOff()
                .during(100, 200, Action.REVOKE, FAMILY, DONE)
                .during(150, 300, Action.SILENT_SIGN_IN, SESSION, DONE)
                .during(160, 170, Action.SILENT_SIGN_IN, SESSION, REFUSED)
                .shows();
    }

    @Test
    void aSessionThatWasLoggedOutMustNotWork() {
        handOff()
                .then(Action.LOGOUT, SESSION, DONE)
                .then(Action.SILENT_SIGN_IN, SESSION, DONE)
                .shows(Rule.REVOCATION);
    }

    @Test
    void aSessionThatWasDeletedLeavesItsFamilyAlone() {
        handOff()
                .then(Action.DELETE, SESSION, DONE)
                .then(Action.CODE, CODE, REFUSED)
                .then(Action.REFRESH, NEXT, REFUSED)
                .shows(Rule.DURABILITY);
    }

    @Test
    void aRevocationWithoutAnAnswerAllowsBothButNotOneAfterTheOther() {
        handOff()
                .then(Action.REVOKE, FAMILY, BROKEN)
                .then(Action.SILENT_SIGN_IN, SESSION, DONE)
                .shows();
        then(Action.REVOKE, FAMILY, BROKEN)
                .then(Action.SILENT_SIGN_IN, SESSION, REFUSED)
                .then(Action.SILENT_SIGN_IN, SESSION, DONE)
                .shows(Rule.REVOCATION);
    }

    @Test
    void whatWasAcknowledgedMustNotBeRefusedWithoutAReason() {
        then(Action.EXCHANGE, TOKEN, DONE, TRANSFER, NEXT)
                .then(Action.REDEEM, TRANSFER, REFUSED)
                .shows(Rule.DURABILITY);
    }

    @Test
    void aRotatedTokenThatIsLostIsFound() {
        then(Action.REFRESH, TOKEN, ADA, NEXT)
                .then(Action.REFRESH, NEXT, REFUSED)
                .shows(Rule.DURABILITY);
    }

    @Test
    void aSessionThatIsLostIsFound() {
        handOff().then(Action.SILENT_SIGN_IN, SESSION, REFUSED).shows(Rule.DURABILITY);
    }

    @Test
    void aSignInThatIsRefusedIsFound() {
        history.add(new Operation(Action.SIGN_IN, Optional.empty(), List.of(), REFUSED, 20, 21));
        shows(Rule.DURABILITY);
    }

    @Test
    void aRotationWithoutAnAnswerMayEndTheFamilyWhenItIsTriedAgain() {
        then(Action.REFRESH, TOKEN, BROKEN).then(Action.REFRESH, TOKEN, REFUSED).shows();
    }

    @Test
    void aRedemptionWithoutAnAnswerMayStillBeMadeOnceAndNotTwice() {
        then(Action.EXCHANGE, TOKEN, DONE, TRANSFER, NEXT)
                .then(Action.REDEEM, TRANSFER, BROKEN)
                .then(Action.REDEEM, TRANSFER, DONE, SESSION, CODE)
                .shows();
        then(Action.REDEEM, TRANSFER, DONE).shows(Rule.SINGLE_USE);
    }

    @Test
    void aReplayedRefreshTokenEndsItsFamily() {
        handOff()
                .then(Action.REFRESH, TOKEN, REFUSED)
                .then(Action.REFRESH, NEXT, ADA, AFTER_NEXT)
                .then(Action.SILENT_SIGN_IN, SESSION, DONE)
                .shows(Rule.REVOCATION, Rule.REVOCATION);
    }

    @Test
    void whatWasRefusedOnceStaysRefused() {
        then(Action.EXCHANGE, TOKEN, DONE, TRANSFER, NEXT)
                .then(Action.REDEEM, TRANSFER, BROKEN)
                .then(Action.REDEEM, TRANSFER, REFUSED)
                .then(Action.REDEEM, TRANSFER, DONE)
                .shows(Rule.REVOCATION);
    }

    @Test
    void anotherSubjectIsFound() {
        var bob = new Outcome.Done(Optional.of("bob"));
        handOff()
                .then(Action.CODE, CODE, bob)
                .then(Action.REFRESH, NEXT, bob, AFTER_NEXT)
                .shows(Rule.SUBJECT, Rule.SUBJECT);
    }

    @Test
    void anErrorOfTheServerMustSayWhenToTryAgain() {
        then(Action.REFRESH, TOKEN, new Outcome.Unavailable(503, true))
                .then(Action.REFRESH, TOKEN, new Outcome.Unavailable(503, false))
                .then(Action.REFRESH, TOKEN, new Outcome.Unavailable(500, true))
                .shows(Rule.FAIL_FAST, Rule.FAIL_FAST);
    }

    @Test
    void aTransferMayBeRefusedWhenItsTimeIsOver() {
        then(Action.EXCHANGE, TOKEN, DONE, TRANSFER, NEXT);
        now += Duration.ofSeconds(50).toNanos();
        then(Action.REDEEM, TRANSFER, REFUSED).shows();
    }

    @Test
    void theOrderInWhichClientsWriteItDownDoesNotMatter() {
        handOff().then(Action.LOGOUT, SESSION, DONE).then(Action.SILENT_SIGN_IN, SESSION, DONE);
        for (var seed = 0; seed < 50; seed++) {
            Collections.shuffle(history, new Random(seed));
            shows(Rule.REVOCATION);
        }
    }
}
