package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.device.DeviceAuthorization;
import segue.domain.log.LogEvent;
import segue.domain.secret.Secret;
import segue.domain.token.RedeemCode;
import segue.storage.Authorizations.Authorized;
import segue.storage.DeviceAuthorizations.Entered;
import segue.storage.DeviceAuthorizations.Polled;
import segue.storage.DeviceScene.Asked;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What every database must do for the device authorization grant. One suite, run against each of
/// them.
abstract class DeviceContract extends FixtureContract {
    private static final Duration ALL = DeviceAuthorization.LIFETIME;

    /// Runs a statement behind our back: deadlines move by it.
    abstract void run(String sql);

    private DeviceScene scene() {
        return new DeviceScene(fixture);
    }

    private void expire() {
        run("UPDATE device_authorization SET expires_at = expires_at - " + ALL.toMillis());
    }

    private List<String> logged(String type) {
        return fixture.log().stream().filter(line -> line.startsWith(type)).toList();
    }

    // The user.

    @Test
    void aUserWhoSignsInAndSaysYesGivesTheirDeviceItsTokensOnce() {
        var asked = scene().asked();
        assertThat(scene().poll(asked).outcome()).isEqualTo(new Polled.Pending());
        var session = scene().approve(asked, Fixture.KIM);
        var first = scene().poll(asked);
        assertThat(first.outcome())
                .isInstanceOfSatisfying(
                        Polled.Granted.class,
                        granted -> {
                            assertThat(granted.code().client()).isEqualTo(Fixture.APP);
                            assertThat(granted.session().id()).isEqualTo(session);
                        });
        assertThat(scene().poll(asked).outcome()).isEqualTo(new Polled.Invalid());
        assertThat(fixture.refresh(fixture.app(), first.refreshToken()))
                .isInstanceOf(Families.Refreshed.Granted.class);
        assertThat(logged("sede")).hasSize(1);
        assertThat(logged("fede")).hasSize(1);
    }

    @Test
    void theDevicesRefreshTokenMayOpenWebSessions() {
        var asked = scene().asked();
        scene().approve(asked, Fixture.KIM);
        var poll = scene().poll(asked);
        var exchanged = fixture.exchange(poll.refreshToken());
        assertThat(exchanged.outcome()).isInstanceOf(Transfers.Minted.Granted.class);
        assertThat(fixture.redeem(exchanged.transfer()).outcome())
                .isInstanceOf(Authorized.Granted.class);
    }

    /// Invariant I5: through a session that a transfer opened, no device gets tokens that mint
    /// transfers.
    @Test
    void aDeviceApprovedInATransferredSessionMayNotOpenWebSessions() {
        var app = fixture.signIn(Fixture.KIM);
        var visit = fixture.redeem(fixture.exchange(app.token()).transfer());
        var asked = scene().asked();
        var browser = scene().entered(asked);
        assertThat(scene().confirm(browser, scene().confirming(asked, Optional.of(visit.cookie()))))
                .hasValueSatisfying(it -> assertThat(it).isInstanceOf(Authorized.Granted.class));
        // The app doesn't allow refresh tokens that descend from a transfer.
        assertThat(scene().poll(asked).outcome())
                .isInstanceOfSatisfying(
                        Polled.Granted.class,
                        granted -> {
                            assertThat(granted.code().parent()).hasValue(app.family());
                            assertThat(granted.code().offline()).isFalse();
                        });
    }

    @Test
    void aUserCodeIsGoodForOneAnswer() {
        var asked = scene().asked();
        var other = scene().entered(asked);
        var late = scene().entered(asked);
        scene().approve(asked, Fixture.KIM);
        var cookie = Optional.of(signedIn());
        assertThat(scene().confirm(other, scene().confirming(asked, cookie)))
                .hasValueSatisfying(it -> assertThat(it).isInstanceOf(Authorized.Denied.class));
        assertThat(cancel(late)).isTrue();
        assertThat(scene().devices().enter(scene().entry(asked, scene().browser(), 1_000)))
                .isEqualTo(new Entered.Unknown());
        assertThat(scene().poll(asked).outcome())
                .isInstanceOfSatisfying(
                        Polled.Granted.class,
                        granted -> assertThat(granted.code().user()).isEqualTo(Fixture.KIM));
    }

    private Secret signedIn() {
        return fixture.redeem(fixture.exchange(fixture.signIn(Fixture.LEE).token()).transfer())
                .cookie();
    }

    private boolean cancel(DeviceScene.Browser browser) {
        return scene().devices()
                .cancel(
                        browser.state().hash(),
                        browser.cookie().hash(),
                        fixture.app(),
                        Fixture.from(2));
    }

    @Test
    void aUserSaysItOnceAndInTheBrowserThatWasAsked() {
        var asked = scene().asked();
        var browser = scene().entered(asked);
        var stranger = new DeviceScene.Browser(browser.state(), fixture.secret());
        assertThat(scene().confirm(stranger, scene().confirming(asked, Optional.empty())))
                .isEmpty();
        assertThat(cancel(stranger)).isFalse();
        assertThat(scene().poll(asked).outcome()).isEqualTo(new Polled.Pending());
        assertThat(cancel(browser)).isTrue();
        assertThat(cancel(browser)).isFalse();
        assertThat(scene().confirm(browser, scene().confirming(asked, Optional.empty()))).isEmpty();
        assertThat(logged("fdecc")).hasSize(1);
    }

    @Test
    void anAnswerThatComesTooLateIsNone() {
        var asked = scene().asked();
        var browser = scene().entered(asked);
        run("UPDATE device_authorization SET expires_at = expires_at - " + ALL.toMillis());
        var cookie = Optional.of(signedIn());
        assertThat(scene().confirm(browser, scene().confirming(asked, cookie)))
                .hasValueSatisfying(it -> assertThat(it).isInstanceOf(Authorized.Denied.class));
        assertThat(scene().poll(asked).outcome()).isEqualTo(new Polled.Expired());
    }

    /// RFC 8628 §5.1.
    @Test
    void everyUserCodeIsCountedBeforeItIsLookedAt() {
        var asked = scene().asked();
        var wrong = new Asked(fixture.secret(), fixture.secret());
        assertThat(scene().devices().enter(scene().entry(wrong, scene().browser(), 2)))
                .isEqualTo(new Entered.Unknown());
        assertThat(scene().devices().enter(scene().entry(asked, scene().browser(), 2)))
                .isInstanceOf(Entered.Found.class);
        assertThat(scene().devices().enter(scene().entry(asked, scene().browser(), 2)))
                .isInstanceOf(Entered.TooMany.class);
        assertThat(logged("fdeac")).hasSize(1);
    }

    @Test
    void twoDevicesNeverHaveTheSameUserCode() {
        var asked = scene().asked();
        var other = new Asked(fixture.secret(), asked.userCode());
        assertThat(scene().issue(other)).isFalse();
        assertThat(scene().poll(other).outcome()).isEqualTo(new Polled.Invalid());
        assertThat(scene().poll(asked).outcome()).isEqualTo(new Polled.Pending());
    }

    // The device.

    /// RFC 8628 §3.5.
    @Test
    void eachPollThatComesTooEarlyLengthensTheInterval() {
        var asked = scene().asked();
        assertThat(scene().poll(asked).outcome()).isEqualTo(new Polled.Pending());
        assertThat(scene().poll(asked).outcome()).satisfies(it -> isTooFast(it, 5, 10));
        assertThat(scene().poll(asked).outcome()).satisfies(it -> isTooFast(it, 10, 15));
        run("UPDATE device_authorization SET polled_at = polled_at - 15000");
        assertThat(scene().poll(asked).outcome()).isEqualTo(new Polled.Pending());
        assertThat(scene().poll(asked).outcome()).satisfies(it -> isTooFast(it, 15, 20));
        // It is about waiting only: what is there is given.
        scene().approve(asked, Fixture.KIM);
        assertThat(scene().poll(asked).outcome()).isInstanceOf(Polled.Granted.class);
    }

    private static void isTooFast(Polled outcome, long interval, long next) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Polled.TooFast.class,
                        it -> {
                            assertThat(it.interval()).isEqualTo(Duration.ofSeconds(interval));
                            assertThat(it.next().seconds()).isEqualTo(next);
                        });
    }

    @Test
    void thatItExpiredIsToldOnce() {
        var asked = scene().asked();
        expire();
        assertThat(scene().poll(asked).outcome()).isEqualTo(new Polled.Expired());
        assertThat(scene().poll(asked).outcome()).isEqualTo(new Polled.Invalid());
        var approved = scene().asked();
        scene().approve(approved, Fixture.KIM);
        expire();
        assertThat(scene().poll(approved).outcome()).isEqualTo(new Polled.Expired());
        assertThat(scene().poll(approved).outcome()).isEqualTo(new Polled.Invalid());
        assertThat(logged("sede")).isEmpty();
    }

    @Test
    void thatItsUserCancelledIsToldOnce() {
        var asked = scene().asked();
        assertThat(cancel(scene().entered(asked))).isTrue();
        assertThat(scene().poll(asked).outcome())
                .isEqualTo(new Polled.Denied("User cancelled the confirmation prompt."));
        assertThat(scene().poll(asked).outcome()).isEqualTo(new Polled.Invalid());
    }

    @Test
    void aDeviceCodeOfAnotherClientIsUnknownAndLosesNothing() {
        var asked = scene().asked();
        scene().approve(asked, Fixture.KIM);
        assertThat(scene().poll(asked, fixture.web()).outcome()).isEqualTo(new Polled.Invalid());
        assertThat(scene().poll(asked).outcome()).isInstanceOf(Polled.Granted.class);
        expire();
        var other = scene().asked();
        expire();
        assertThat(scene().poll(other, fixture.web()).outcome()).isEqualTo(new Polled.Invalid());
        assertThat(scene().poll(other).outcome()).isEqualTo(new Polled.Expired());
    }

    /// THREATS R12.1.
    @Test
    void aDeviceCodeIsNoAuthorizationCode() {
        var asked = scene().asked();
        scene().approve(asked, Fixture.KIM);
        assertThat(fixture.exchangeCode(asked.deviceCode()).outcome())
                .isEqualTo(new Codes.Exchanged.Refused(RedeemCode.Refusal.INVALID));
        assertThat(scene().poll(asked).outcome()).isInstanceOf(Polled.Granted.class);
    }

    // What ends between the approval and the poll.

    @Test
    void withoutItsSessionThereAreNoTokens() {
        var asked = scene().asked();
        var session = scene().approve(asked, Fixture.KIM);
        var revocations = new Revocations(database, Observer.NONE);
        revocations.revokeSession(session, LogEvent.of("sapi", Fixture.from(9)));
        getsNothing(asked);
    }

    @Test
    void withoutItsUserThereAreNoTokens() {
        var asked = scene().asked();
        scene().approve(asked, Fixture.KIM);
        fixture.block();
        getsNothing(asked);
    }

    @Test
    void withoutTheParentOfItsSessionThereAreNoTokens() {
        var app = fixture.signIn(Fixture.KIM);
        var visit = fixture.redeem(fixture.exchange(app.token()).transfer());
        var asked = scene().asked();
        scene().confirm(
                        scene().entered(asked),
                        scene().confirming(asked, Optional.of(visit.cookie())));
        new Revocations(database, Observer.NONE)
                .revokeFamilies(List.of(app.family()), LogEvent.of("sapi", Fixture.from(9)));
        getsNothing(asked);
    }

    private void getsNothing(Asked asked) {
        var poll = scene().poll(asked);
        assertThat(poll.outcome()).isEqualTo(new Polled.Invalid());
        assertThat(fixture.refresh(fixture.app(), poll.refreshToken()))
                .isInstanceOf(Families.Refreshed.Refused.class);
        assertThat(logged("sede")).isEmpty();
    }

    // Races.

    @Test
    void ofFiftyPollsExactlyOneGetsTheTokens() throws Exception {
        var asked = scene().asked();
        scene().approve(asked, Fixture.KIM);
        var outcomes = atOnce(asked);
        assertThat(outcomes).filteredOn(Polled.Granted.class::isInstance).hasSize(1);
        assertThat(outcomes).filteredOn(Polled.Invalid.class::isInstance).hasSize(49);
        assertThat(logged("sede")).hasSize(1);
        // The others don't take back what the one has got.
        var alive = database.inTransaction(tx -> tx.families().lockOf(Fixture.KIM, Fixture.APP));
        assertThat(alive).hasSize(1);
    }

    @Test
    void ofFiftyPollsThatWaitAllButOneAreTooFast() throws Exception {
        var asked = scene().asked();
        var outcomes = atOnce(asked);
        assertThat(outcomes).filteredOn(Polled.Pending.class::isInstance).hasSize(1);
        assertThat(outcomes).filteredOn(Polled.TooFast.class::isInstance).hasSize(49);
        assertThat(scene().poll(asked).outcome())
                .satisfies(it -> isTooFast(it, 5 + 49 * 5, 10 + 49 * 5));
    }

    private List<Polled> atOnce(Asked asked) throws Exception {
        var barrier = new CyclicBarrier(50);
        try (var pool = Executors.newFixedThreadPool(50)) {
            var running = new ArrayList<Future<Polled>>();
            for (var i = 0; i < 50; i++)
                running.add(
                        pool.submit(
                                () -> {
                                    barrier.await();
                                    return scene().poll(asked).outcome();
                                }));
            var outcomes = new ArrayList<Polled>();
            for (var it : running) outcomes.add(it.get());
            return outcomes;
        }
    }

    // Retention.

    @Test
    void whatIsLongOverIsForgotten() {
        var asked = scene().asked();
        run(
                "UPDATE device_authorization SET expires_at = expires_at - "
                        + Duration.ofDays(2).toMillis());
        var aMonth = Duration.ofDays(30);
        assertThat(new Retention(database).forget(aMonth, aMonth)).isEqualTo(1);
        assertThat(scene().poll(asked).outcome()).isEqualTo(new Polled.Invalid());
    }
}
