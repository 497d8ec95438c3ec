package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.action.Policy;
import segue.domain.authentication.Authentication;
import segue.domain.authorize.Ask;
import segue.domain.authorize.PushedRequest;
import segue.domain.client.RefreshPolicy;
import segue.domain.client.TransferPolicy;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.identifier.UserId;
import segue.domain.keys.FreshKey;
import segue.domain.keys.KeyRing;
import segue.domain.keys.SigningAlgorithm;
import segue.domain.keys.SigningKeyRow;
import segue.domain.log.LogEvent;
import segue.domain.logout.BackchannelLogout;
import segue.domain.logout.Initiator;
import segue.domain.logout.Notice;
import segue.domain.network.DeviceBinding;
import segue.domain.revocation.Cause;
import segue.domain.revocation.Receipt;
import segue.domain.secret.Secret;
import segue.domain.session.Session;
import segue.domain.token.KeyThumbprint;
import segue.domain.token.RedeemCode;
import segue.domain.token.RefreshRefusal;
import segue.domain.transfer.Bounds;
import segue.domain.transfer.Claim;
import segue.domain.transfer.Presented;
import segue.domain.transfer.Reason;
import segue.storage.Authorizations.Authorized;
import segue.storage.Authorizations.Cookie;
import segue.storage.Authorizations.Next;
import segue.storage.Families.Refreshed;
import segue.storage.Transfers.Minted;
import segue.storage.jdbc.ConfigurationTable;
import segue.storage.jdbc.Dump;
import segue.storage.jdbc.ExpiredTable;
import segue.storage.jdbc.LogTable;
import segue.storage.jdbc.PostgresDatabase;
import segue.storage.jdbc.Query;
import segue.storage.jdbc.Rows;
import segue.storage.jdbc.UserDirectory;
import segue.storage.jdbc.UserTable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// What every database must do. One suite, run against each of them.
abstract class StorageContract extends FixtureContract {
    @Test
    void anAppHandsItsLoginToOneBrowserOnce() {
        var app = fixture.signIn(Fixture.KIM);
        var exchanged = fixture.exchange(app.token());
        assertThat(exchanged.outcome()).isInstanceOf(Minted.Granted.class);
        var first = fixture.redeem(exchanged.transfer());
        assertThat(first.outcome()).isInstanceOf(Authorized.Granted.class);
        assertThat(fixture.isSignedIn(first.cookie())).isTrue();
        var second = fixture.redeem(exchanged.transfer());
        assertThat(second.outcome()).isInstanceOf(Authorized.Paused.class);
        assertThat(fixture.log())
                .contains("sertft", "s", "w " + Reason.UNKNOWN_OR_USED.warning().orElseThrow());
    }

    @Test
    void theWebSessionIsAsOldAsTheNativeSignIn() {
        var app = fixture.signIn(Fixture.KIM);
        var signedInAt =
                database.read(
                        tx ->
                                tx.families()
                                        .lockShared(app.family())
                                        .get()
                                        .orElseThrow()
                                        .authentication());
        var visit = fixture.redeem(fixture.exchange(app.token()).transfer());
        var session = new Observations(database).session(visit.session()).orElseThrow().session();
        assertThat(session.authentication()).isEqualTo(signedInAt);
        assertThat(session.parent()).hasValue(app.family());
    }

    @Test
    void aRefusedExchangeLeavesTheRefreshTokenAsItWas() {
        var app = fixture.signIn(Fixture.KIM);
        fixture.appPolicy =
                new TransferPolicy(false, true, Set.of(), DeviceBinding.IP, false, true);
        assertThat(fixture.exchange(app.token()).outcome())
                .isEqualTo(new Minted.ClientNotAllowed());
        assertThat(fixture.refresh(fixture.app(), app.token()))
                .isInstanceOf(Refreshed.Granted.class);
        assertThat(fixture.log()).contains("fertft");
    }

    @Test
    void aTokenOfAnotherDeviceOpensNothingAndIsBurnt() {
        var transfer = fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer();
        var stranger =
                fixture.visit(
                        new Presented.Once(transfer.hash()),
                        Optional.empty(),
                        Fixture.SILENT,
                        Fixture.from(2));
        assertThat(stranger.outcome()).isInstanceOf(Authorized.Denied.class);
        assertThat(fixture.redeem(transfer).outcome()).isInstanceOf(Authorized.Paused.class);
        assertThat(fixture.log()).contains("w " + Reason.OTHER_DEVICE.warning().orElseThrow());
    }

    @Test
    void anInvalidTokenLeavesTheSessionOfTheBrowserAlone() {
        var mine = fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
        var junk =
                fixture.visit(
                        new Presented.Once(fixture.secret().hash()),
                        Optional.of(mine.cookie()),
                        Fixture.PLAIN,
                        Fixture.from(1));
        assertThat(junk.outcome()).isInstanceOf(Authorized.Paused.class);
        assertThat(fixture.isSignedIn(mine.cookie())).isTrue();
    }

    @Test
    void aValidTokenOfAnotherUserEndsTheSessionAndAsksToSignIn() {
        var mine = fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
        var online = fixture.exchangeCode(mine.code());
        var theirs = fixture.exchange(fixture.signIn(Fixture.LEE).token()).transfer();
        var visit =
                fixture.visit(
                        new Presented.Once(theirs.hash()),
                        Optional.of(mine.cookie()),
                        Fixture.PLAIN,
                        Fixture.from(1));
        assertThat(visit.outcome())
                .isEqualTo(new Authorized.Paused(new Cookie.Cleared(), Next.SIGN_IN, true));
        assertThat(fixture.isSignedIn(mine.cookie())).isFalse();
        assertThat(fixture.refresh(fixture.web(), online.refreshToken()))
                .isEqualTo(new Refreshed.Refused(RefreshRefusal.SESSION_ENDED));
        assertThat(fixture.log()).contains("w " + Reason.OTHER_USER.warning().orElseThrow());
    }

    @Test
    void aTokenOfAnotherUserFromAnotherDeviceEndsNothing() {
        var mine = fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
        var theirs = fixture.exchange(fixture.signIn(Fixture.LEE).token()).transfer();
        fixture.visit(
                new Presented.Once(theirs.hash()),
                Optional.of(mine.cookie()),
                Fixture.PLAIN,
                Fixture.from(2));
        assertThat(fixture.isSignedIn(mine.cookie())).isTrue();
    }

    @Test
    void aTokenOfTheSameUserKeepsTheSessionUnderANewSecret() {
        var app = fixture.signIn(Fixture.KIM);
        var first = fixture.exchange(app.token());
        var mine = fixture.redeem(first.transfer());
        var again = fixture.exchange(first.successor()).transfer();
        var visit =
                fixture.visit(
                        new Presented.Once(again.hash()),
                        Optional.of(mine.cookie()),
                        Fixture.PLAIN,
                        Fixture.from(1));
        assertThat(visit.outcome()).isInstanceOf(Authorized.Granted.class);
        assertThat(fixture.isSignedIn(mine.cookie())).isFalse();
        assertThat(fixture.isSignedIn(visit.cookie())).isTrue();
        assertThat(new Observations(database).sessions(Fixture.KIM, Optional.empty(), 10))
                .hasSize(1);
    }

    @Test
    void conflictingTokensAreAllBurnt() {
        var app = fixture.exchange(fixture.signIn(Fixture.KIM).token());
        var other = fixture.exchange(app.successor());
        var both = List.of(app.transfer().hash(), other.transfer().hash());
        fixture.visit(
                new Presented.Conflicting(both), Optional.empty(), Fixture.PLAIN, Fixture.from(1));
        assertThat(fixture.redeem(app.transfer()).outcome()).isInstanceOf(Authorized.Paused.class);
        assertThat(fixture.redeem(other.transfer()).outcome())
                .isInstanceOf(Authorized.Paused.class);
    }

    @Test
    void promptLoginIsNeverSatisfiedByATransfer() {
        var transfer = fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer();
        var ask = new Ask(false, true, Optional.empty(), Optional.empty());
        var visit =
                fixture.visit(
                        new Presented.Once(transfer.hash()),
                        Optional.empty(),
                        ask,
                        Fixture.from(1));
        assertThat(visit.outcome()).isInstanceOf(Authorized.Paused.class);
        assertThat(new Observations(database).sessions(Fixture.KIM, Optional.empty(), 10))
                .isEmpty();
        assertThat(fixture.redeem(transfer).outcome()).isInstanceOf(Authorized.Paused.class);
    }

    @Test
    void aTransferIsAsOldAsTheSignInBehindItForMaxAge() {
        var transfer = fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer();
        // A negative age is the same as a sign-in that lies back as long.
        var ask = new Ask(true, false, Optional.of(Duration.ofMinutes(-5)), Optional.empty());
        var visit =
                fixture.visit(
                        new Presented.Once(transfer.hash()),
                        Optional.empty(),
                        ask,
                        Fixture.from(1));
        assertThat(visit.outcome()).isInstanceOf(Authorized.Denied.class);
    }

    @Test
    void whatDescendsFromATransferCanNotMintAnother() {
        var visit =
                fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
        var tokens = fixture.exchangeCode(visit.code());
        fixture.appPolicy = fixture.webPolicy;
        var outcome =
                new Transfers(database, Fixture.PLENTY, Observer.NONE)
                        .mint(
                                new Transfers.Mint(
                                        tokens.refreshToken().hash(),
                                        new Caller(
                                                Fixture.WEB,
                                                "Web",
                                                fixture.refresh,
                                                new TransferPolicy(
                                                        true,
                                                        true,
                                                        Set.of(),
                                                        DeviceBinding.IP,
                                                        true,
                                                        true),
                                                false,
                                                Optional.empty()),
                                        "urn:localhost:session_transfer",
                                        true,
                                        Optional.empty(),
                                        new TransferId(fixture.id()),
                                        fixture.secret().hash(),
                                        fixture.secret().hash(),
                                        Bounds.NONE,
                                        Optional.empty(),
                                        new Policy.None(),
                                        Fixture.from(1)));
        assertThat(outcome).isEqualTo(new Minted.Nested());
    }

    @Test
    void revokingTheNativeFamilyEndsEverythingBelowIt() {
        var app = fixture.signIn(Fixture.KIM);
        var exchanged = fixture.exchange(app.token());
        var visit = fixture.redeem(exchanged.transfer());
        var tokens = fixture.exchangeCode(visit.code());
        var waiting = fixture.exchange(exchanged.successor());
        var receipt =
                new Revocations(database, Observer.NONE)
                        .revokeToken(
                                waiting.successor().hash(), fixture.app(), false, Fixture.from(1));
        assertThat(receipt.sessions()).containsExactly(visit.session());
        assertThat(receipt.families()).containsExactlyInAnyOrder(app.family(), tokens.family());
        assertThat(fixture.isSignedIn(visit.cookie())).isFalse();
        assertThat(fixture.refresh(fixture.web(), tokens.refreshToken()))
                .isInstanceOf(Refreshed.Refused.class);
        assertThat(fixture.redeem(waiting.transfer()).outcome())
                .isInstanceOf(Authorized.Paused.class);
        assertThat(fixture.log())
                .contains("srrt", "w " + Reason.PARENT_ENDED.warning().orElseThrow());
    }

    @Test
    void withoutCascadeTheChildrenLiveAndTheTransferDies() {
        fixture.appPolicy =
                new TransferPolicy(true, false, Set.of(), DeviceBinding.IP, false, true);
        fixture.stored();
        var app = fixture.exchange(fixture.signIn(Fixture.KIM).token());
        var visit = fixture.redeem(app.transfer());
        var waiting = fixture.exchange(app.successor());
        new Revocations(database, Observer.NONE)
                .revokeToken(waiting.successor().hash(), fixture.app(), false, Fixture.from(1));
        assertThat(fixture.isSignedIn(visit.cookie())).isTrue();
        assertThat(fixture.redeem(waiting.transfer()).outcome())
                .isInstanceOf(Authorized.Paused.class);
    }

    @Test
    void somebodyElsesTokenIsNotRevoked() {
        var app = fixture.signIn(Fixture.KIM);
        new Revocations(database, Observer.NONE)
                .revokeToken(app.token().hash(), fixture.web(), false, Fixture.from(1));
        assertThat(fixture.refresh(fixture.app(), app.token()))
                .isInstanceOf(Refreshed.Granted.class);
    }

    @Test
    void aReplayedRefreshTokenEndsTheFamilyAndWhatHangsBelowIt() {
        var app = fixture.signIn(Fixture.KIM);
        var exchanged = fixture.exchange(app.token());
        var visit = fixture.redeem(exchanged.transfer());
        assertThat(fixture.refresh(fixture.app(), app.token())).isEqualTo(new Refreshed.Replayed());
        assertThat(fixture.refresh(fixture.app(), exchanged.successor()))
                .isEqualTo(new Refreshed.Refused(RefreshRefusal.ENDED));
        assertThat(fixture.isSignedIn(visit.cookie())).isFalse();
        assertThat(fixture.log()).anyMatch(line -> line.startsWith("ferrt"));
    }

    @Test
    void withinLeewayALostAnswerCanBeAskedForAgain() {
        fixture.refresh =
                new RefreshPolicy(true, Duration.ofMinutes(1), Optional.empty(), Optional.empty());
        var app = fixture.signIn(Fixture.KIM);
        var lost = fixture.secret();
        var again = fixture.secret();
        fixture.refresh(fixture.app(), app.token(), lost);
        assertThat(fixture.refresh(fixture.app(), app.token(), again))
                .isInstanceOf(Refreshed.Granted.class);
        assertThat(fixture.refresh(fixture.app(), again)).isInstanceOf(Refreshed.Granted.class);
    }

    @Test
    void anOnlineRefreshTokenDiesWithItsSessionAndAnOfflineOneLives() {
        var visit =
                fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
        var tokens = fixture.exchangeCode(visit.code());
        new Revocations(database, Observer.NONE)
                .logOut(visit.cookie().hash(), Optional.empty(), Fixture.from(1));
        assertThat(fixture.refresh(fixture.web(), tokens.refreshToken()))
                .isEqualTo(new Refreshed.Refused(RefreshRefusal.SESSION_ENDED));
        fixture.webPolicy =
                new TransferPolicy(
                        false, true, fixture.webPolicy.accepted(), DeviceBinding.IP, true, false);
        fixture.stored();
        var other =
                fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
        var offline = fixture.exchangeCode(other.code());
        new Revocations(database, Observer.NONE).endSession(other.session(), Fixture.ADMIN);
        assertThat(fixture.refresh(fixture.web(), offline.refreshToken()))
                .isInstanceOf(Refreshed.Granted.class);
    }

    @Test
    void aClientWithoutRefreshTokensGetsNoneFromATransferNorFromItsSessionLater() {
        fixture.webPolicy =
                new TransferPolicy(
                        false, true, fixture.webPolicy.accepted(), DeviceBinding.IP, false, true);
        var visit =
                fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
        assertThat(offline(fixture.exchangeCode(visit.code()))).isFalse();
        var later = fixture.comeBack(visit.cookie());
        assertThat(offline(fixture.exchangeCode(later.code()))).isFalse();
    }

    private static boolean offline(Fixture.Tokens tokens) {
        return tokens.outcome() instanceof Codes.Exchanged.Granted(var code, _, _)
                && code.offline();
    }

    @Test
    void aCodeThatIsUsedTwiceTakesBackWhatItGave() {
        var visit =
                fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
        var tokens = fixture.exchangeCode(visit.code());
        assertThat(fixture.exchangeCode(visit.code()).outcome())
                .isEqualTo(new Codes.Exchanged.Refused(RedeemCode.Refusal.REPLAYED));
        assertThat(fixture.refresh(fixture.web(), tokens.refreshToken()))
                .isInstanceOf(Refreshed.Refused.class);
    }

    @Test
    void aCodeDiesWithItsSession() {
        var visit =
                fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
        new Revocations(database, Observer.NONE).endSession(visit.session(), Fixture.ADMIN);
        assertThat(fixture.exchangeCode(visit.code()).outcome())
                .isEqualTo(new Codes.Exchanged.Refused(RedeemCode.Refusal.INVALID));
    }

    @Test
    void aBlockedUserHasNothingLeft() {
        var app = fixture.exchange(fixture.signIn(Fixture.KIM).token());
        var visit = fixture.redeem(app.transfer());
        database.inTransaction(
                tx -> {
                    tx.users().lockExclusive(Fixture.KIM);
                    return Revocations.endEverything(tx, Fixture.KIM, Cause.USER_BLOCKED);
                });
        assertThat(fixture.isSignedIn(visit.cookie())).isFalse();
        assertThat(fixture.refresh(fixture.app(), app.successor()))
                .isEqualTo(new Refreshed.Refused(RefreshRefusal.USER_BLOCKED));
    }

    @Test
    void ofFiftyWhoWantOneTransferExactlyOneGetsIt() throws Exception {
        var transfer = fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer();
        assertThat(
                        racing(
                                50,
                                () ->
                                        fixture.redeem(transfer).outcome()
                                                instanceof Authorized.Granted))
                .isEqualTo(1);
        assertThat(new Observations(database).sessions(Fixture.KIM, Optional.empty(), 10))
                .hasSize(1);
    }

    @Test
    void ofFiftyWhoWantOneCodeExactlyOneGetsIt() throws Exception {
        var visit =
                fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
        assertThat(
                        racing(
                                50,
                                () ->
                                        fixture.exchangeCode(visit.code()).outcome()
                                                instanceof Codes.Exchanged.Granted))
                .isEqualTo(1);
    }

    @Test
    void ofFiftyWhoRotateOneRefreshTokenAtMostOneGetsThrough() throws Exception {
        var app = fixture.signIn(Fixture.KIM);
        assertThat(
                        racing(
                                50,
                                () ->
                                        fixture.refresh(fixture.app(), app.token())
                                                instanceof Refreshed.Granted))
                .isEqualTo(1);
        assertThat(
                        new Observations(database)
                                .families(Fixture.KIM, Optional.empty(), Optional.empty(), 1_000))
                .isEmpty();
    }

    /// THREATS R21.1.
    @Test
    void ofFiftyWhoSendOneProofExactlyOneIsHeard() throws Exception {
        var proofs = new Proofs(database);
        var proof = fixture.secret().hash();
        assertThat(racing(50, () -> proofs.claim(proof, Duration.ofMinutes(3)))).isEqualTo(1);
        assertThat(proofs.claim(proof, Duration.ofMinutes(3))).isFalse();
        assertThat(proofs.claim(fixture.secret().hash(), Duration.ofMinutes(3))).isTrue();
    }

    /// THREATS R20.2.
    @Test
    void ofFiftyWhoBringOneReferenceExactlyOneIsHeard() throws Exception {
        var pushed = new PushedRequests(database);
        var reference = fixture.secret().hash();
        var request = new PushedRequest("a=b", Optional.of(fixture.secret().hash()));
        pushed.push(reference, Fixture.WEB, request);
        assertThat(pushed.take(fixture.secret().hash(), Fixture.WEB)).isEmpty();
        assertThat(pushed.take(reference, Fixture.APP)).isEmpty();
        assertThat(
                        racing(
                                50,
                                () ->
                                        pushed.take(reference, Fixture.WEB)
                                                .filter(request::equals)
                                                .isPresent()))
                .isEqualTo(1);
        assertThat(pushed.take(reference, Fixture.WEB)).isEmpty();
    }

    @Test
    void aPushedRequestWithoutATokenComesBackAsItWas() {
        var pushed = new PushedRequests(database);
        var reference = fixture.secret().hash();
        var request = new PushedRequest("scope=openid", Optional.empty());
        pushed.push(reference, Fixture.WEB, request);
        assertThat(pushed.take(reference, Fixture.WEB)).hasValue(request);
    }

    @Test
    void aUsedProofIsForgottenWhenNobodyWouldFindItFreshAndNoSooner() {
        var proofs = new Proofs(database);
        var old = fixture.secret().hash();
        var fresh = fixture.secret().hash();
        proofs.claim(old, Duration.ofSeconds(-1));
        proofs.claim(fresh, Duration.ofMinutes(3));
        var aMonth = Duration.ofDays(30);
        assertThat(new Retention(database).forget(aMonth, aMonth)).isEqualTo(1);
        assertThat(proofs.claim(fresh, Duration.ofMinutes(3))).isFalse();
        assertThat(Rows.count(database, "SELECT count(*) FROM used_proof")).isEqualTo(1);
    }

    @Test
    void noSessionOutlivesAFamilyThatIsRevokedWhileItOpens() throws Exception {
        for (var round = 0; round < 40; round++) {
            var app = fixture.exchange(fixture.signIn(Fixture.KIM).token());
            var barrier = new CyclicBarrier(2);
            try (var pool = Executors.newFixedThreadPool(2)) {
                Future<Fixture.Visit> redeeming =
                        pool.submit(
                                () -> {
                                    barrier.await();
                                    return fixture.redeem(app.transfer());
                                });
                Future<?> revoking =
                        pool.submit(
                                () -> {
                                    barrier.await();
                                    return new Revocations(database, Observer.NONE)
                                            .revokeToken(
                                                    app.successor().hash(),
                                                    fixture.app(),
                                                    false,
                                                    Fixture.from(1));
                                });
                revoking.get();
                assertThat(fixture.isSignedIn(redeeming.get().cookie())).isFalse();
            }
        }
    }

    @Test
    void aFamilyGetsOnlySoManyTransfersInAWhile() {
        var outcomes = new ArrayList<String>();
        var observer =
                new Observer() {
                    @Override
                    public void exchanged(String outcome) {
                        outcomes.add(outcome);
                    }

                    @Override
                    public void redeemed(String outcome) {}

                    @Override
                    public void ended(Receipt receipt) {}
                };
        var limit = new Transfers.Limit(2, Duration.ofMinutes(1));
        var transfers = new Transfers(database, limit, observer);
        var token = fixture.signIn(Fixture.KIM).token();
        for (var i = 0; i < 2; i++) {
            var successor = fixture.secret();
            var asking = fixture.asking(token, fixture.secret(), successor);
            assertThat(transfers.mint(asking)).isInstanceOf(Minted.Granted.class);
            token = successor;
        }
        var asking = fixture.asking(token, fixture.secret(), fixture.secret());
        assertThat(transfers.mint(asking)).isInstanceOf(Minted.TooMany.class);
        // The refusal cost the token nothing, and other families go on.
        assertThat(fixture.refresh(fixture.app(), token)).isInstanceOf(Refreshed.Granted.class);
        var other = fixture.signIn(Fixture.KIM).token();
        assertThat(transfers.mint(fixture.asking(other, fixture.secret(), fixture.secret())))
                .isInstanceOf(Minted.Granted.class);
        assertThat(outcomes).containsExactly("granted", "granted", "too_many", "granted");
    }

    @Test
    void parallelExchangesCanNotPassTheLimit() throws Exception {
        fixture.refresh =
                new RefreshPolicy(false, Duration.ZERO, Optional.empty(), Optional.empty());
        var token = fixture.signIn(Fixture.KIM).token();
        var limit = new Transfers.Limit(5, Duration.ofMinutes(1));
        var transfers = new Transfers(database, limit, Observer.NONE);
        var barrier = new CyclicBarrier(16);
        Callable<Minted> one =
                () -> {
                    var asking = fixture.asking(token, fixture.secret(), fixture.secret());
                    barrier.await();
                    return transfers.mint(asking);
                };
        try (var pool = Executors.newFixedThreadPool(16)) {
            var outcomes = new ArrayList<Minted>();
            for (var minted : pool.invokeAll(Collections.nCopies(16, one)))
                outcomes.add(minted.get());
            assertThat(outcomes).filteredOn(Minted.Granted.class::isInstance).hasSize(5);
            assertThat(outcomes).filteredOn(Minted.TooMany.class::isInstance).hasSize(11);
        }
    }

    @Test
    void whatEndedLongAgoIsForgottenAndNothingElse() {
        var policy = fixture.refresh;
        fixture.refresh =
                new RefreshPolicy(true, Duration.ZERO, Optional.empty(), Optional.empty());
        var ended = fixture.signIn(Fixture.KIM);
        fixture.refresh = policy;
        var alive = fixture.signIn(Fixture.KIM);
        var visit = fixture.redeem(fixture.exchange(alive.token()).transfer());
        new Revocations(database, Observer.NONE)
                .revokeFamilies(List.of(ended.family()), Fixture.ADMIN);
        var retention = new Retention(database);
        var before = fixture.log();
        assertThat(retention.forget(Duration.ofDays(30), Duration.ofDays(30))).isZero();
        assertThat(fixture.log()).isEqualTo(before).isNotEmpty();
        assertThat(fixture.refresh(fixture.app(), ended.token()))
                .isEqualTo(new Refreshed.Refused(RefreshRefusal.ENDED));
        // As if a moment from now were long ago.
        var justEnded = Duration.ofSeconds(-1);
        assertThat(retention.forget(justEnded, justEnded)).isPositive();
        assertThat(fixture.log()).isEmpty();
        assertThat(fixture.refresh(fixture.app(), ended.token()))
                .isEqualTo(new Refreshed.Refused(RefreshRefusal.UNKNOWN));
        assertThat(fixture.isSignedIn(visit.cookie())).isTrue();
        assertThat(new Observations(database).family(alive.family())).isPresent();
    }

    @Test
    void onePassForgetsWhatIsOverBehindMuchThatIsNotAndReadsNothingTwice() {
        var longAgo = Duration.ofDays(400);
        database.inTransaction(
                tx -> {
                    for (var i = 0; i < 1_700; i++) {
                        var isOver = i >= 600;
                        var opened = isOver ? tx.now().minus(longAgo) : tx.now();
                        var id = (isOver ? "over" : "alive") + i;
                        var session =
                                Session.open(
                                        new SessionId(id),
                                        Fixture.KIM,
                                        Fixture.CONNECTION,
                                        Optional.empty(),
                                        Authentication.byPassword(opened),
                                        opened,
                                        Fixture.LIMITS);
                        var secret = new Secret(id).hash();
                        var device = Fixture.from(1).device();
                        tx.sessions().insert(session, Optional.empty(), secret, device);
                    }
                    return true;
                });
        var pieces = new ArrayList<Integer>();
        var over = new HashSet<>();
        var last = Optional.empty();
        do {
            var piece = pieceAfter(last);
            pieces.add(piece.over().size());
            over.addAll(piece.over());
            last = piece.last();
        } while (last.isPresent());
        assertThat(pieces).containsExactly(0, 400, 500, 200);
        assertThat(over).hasSize(1_100);
        var aDay = Duration.ofDays(1);
        assertThat(new Retention(database).forget(aDay, aDay)).isEqualTo(1_100);
        assertThat(Rows.count(database, "SELECT count(*) FROM session")).isEqualTo(600);
    }

    private ExpiredTable.Piece pieceAfter(Optional<Object> last) {
        return database.read(tx -> ExpiredTable.SESSION.olderThan(tx, tx.now(), last));
    }

    /// Contract native-to-web §8, tombstones.
    @Test
    void whatIsRevokedIsRememberedUntilItWouldHaveExpired() {
        var app = fixture.signIn(Fixture.KIM);
        var visit = fixture.redeem(fixture.exchange(app.token()).transfer());
        new Revocations(database, Observer.NONE)
                .revokeFamilies(List.of(app.family()), Fixture.ADMIN);
        var retention = new Retention(database);
        var justEnded = Duration.ofSeconds(-1);
        retention.forget(justEnded, justEnded);
        assertThat(fixture.refresh(fixture.app(), app.token()))
                .isEqualTo(new Refreshed.Refused(RefreshRefusal.ENDED));
        assertThat(Dump.of(database).toString()).contains(visit.session().value());
        var allOver = Duration.ofDays(-31);
        retention.forget(allOver, allOver);
        assertThat(fixture.refresh(fixture.app(), app.token()))
                .isEqualTo(new Refreshed.Refused(RefreshRefusal.UNKNOWN));
        assertThat(Dump.of(database).get("session")).isEmpty();
    }

    /// Contract native-to-web §8, tombstones.
    @Test
    void aDeletedUserLeavesTombstonesWithoutPersonalData() {
        var thumbprint = "k".repeat(43);
        fixture.key = Optional.of(new KeyThumbprint(thumbprint));
        var app = fixture.signIn(Fixture.KIM);
        var visit = fixture.redeem(fixture.exchange(app.token()).transfer());
        fixture.exchangeCode(visit.code());
        var event = LogEvent.of("sdu", Fixture.from(1));
        assertThat(new Users(database).delete(Fixture.KIM, event)).isTrue();
        var dump = Dump.of(database);
        for (var table : List.of("token_family", "session", "session_transfer_token"))
            assertThat(dump.getOrDefault(table, List.of()))
                    .isNotEmpty()
                    .allMatch(row -> row.contains(Fixture.KIM.value()))
                    .noneMatch(row -> row.contains("ip=0a000001") || row.contains("agent=test"))
                    .noneMatch(row -> row.contains(thumbprint));
    }

    /// THREATS R3.4: what a statement says that it changed is what it changed, not what it found.
    @Test
    void aRepeatedClaimCountsNothing() {
        var app = fixture.exchange(fixture.signIn(Fixture.KIM).token());
        var visit = fixture.redeem(fixture.exchange(app.successor()).transfer());
        for (var round = 0; round < 2; round++) {
            var isFirst = round == 0;
            // Twice in one transaction, and again in a later one.
            database.inTransaction(
                    tx -> {
                        var transfer = app.transfer().hash();
                        assertThat(
                                        tx.transfers()
                                                .claim(transfer, Fixture.WEB, Optional.empty())
                                                .get())
                                .isInstanceOf(
                                        isFirst ? Claim.Taken.class : Claim.UnknownOrUsed.class);
                        assertThat(
                                        tx.transfers()
                                                .claim(transfer, Fixture.WEB, Optional.empty())
                                                .get())
                                .isInstanceOf(Claim.UnknownOrUsed.class);
                        assertThat(tx.codes().claim(visit.code().hash()).get()).isEqualTo(isFirst);
                        assertThat(tx.codes().claim(visit.code().hash()).get()).isFalse();
                        var sessions = List.of(visit.session());
                        assertThat(tx.sessions().end(sessions, Cause.REVOKED))
                                .hasSize(isFirst ? 1 : 0);
                        assertThat(tx.sessions().end(sessions, Cause.REVOKED)).isEmpty();
                        return true;
                    });
        }
    }

    /// THREATS R38.1, R38.3: whoever reads the whole database finds nothing to present. A token
    /// that leeway gave out beside another is no exception.
    @Test
    void noColumnHoldsWhatCouldBePresented() {
        fixture.refresh =
                new RefreshPolicy(true, Duration.ofMinutes(1), Optional.empty(), Optional.empty());
        var app = fixture.signIn(Fixture.KIM);
        var exchanged = fixture.exchange(app.token());
        var sibling = fixture.secret();
        assertThat(fixture.refresh(fixture.app(), app.token(), sibling))
                .isInstanceOf(Refreshed.Granted.class);
        var waiting = fixture.exchange(sibling);
        var visit = fixture.redeem(exchanged.transfer());
        var tokens = fixture.exchangeCode(visit.code());
        var dump = Dump.of(database).toString();
        for (var secret :
                List.of(
                        app.token(),
                        exchanged.transfer(),
                        exchanged.successor(),
                        sibling,
                        waiting.transfer(),
                        waiting.successor(),
                        visit.cookie(),
                        visit.code(),
                        tokens.refreshToken())) {
            var bytes = secret.reveal().getBytes(StandardCharsets.UTF_8);
            assertThat(dump)
                    .doesNotContain(secret.reveal())
                    .doesNotContain(HexFormat.of().formatHex(bytes))
                    .contains(HexFormat.of().formatHex(secret.hash().bytes()));
        }
    }

    private static FreshKey key(String kid) {
        return new FreshKey(kid, SigningAlgorithm.RS256, new byte[] {1}, new byte[] {2});
    }

    /// THREATS R44.4.
    @Test
    void nodesThatStartTogetherStoreOneFirstKeyForEachAlgorithm() throws Exception {
        var keys = new Keys(database);
        var mine =
                racing(
                        16,
                        () -> {
                            var fresh = keyForEachAlgorithm();
                            var kids = keys.first(fresh).keys().stream().map(SigningKeyRow::kid);
                            return kids.anyMatch(it -> it.equals(fresh.getFirst().kid()));
                        });
        assertThat(mine).isEqualTo(1);
        assertThat(keys.ring().missing()).isEmpty();
        assertThat(keys.ring().keys()).hasSize(SigningAlgorithm.values().length);
    }

    private List<FreshKey> keyForEachAlgorithm() {
        return Arrays.stream(SigningAlgorithm.values())
                .map(it -> new FreshKey(fixture.id(), it, new byte[] {1}, new byte[] {2}))
                .toList();
    }

    /// THREATS R44.3.
    @Test
    void ofManyRotationsAtOnceOneHappensAndTheOldKeyStaysForTheOverlap() throws Exception {
        var keys = new Keys(database);
        keys.first(List.of(key("first")));
        Callable<Boolean> rotation =
                () -> !keys.rotate(List.of(key(fixture.id())), Duration.ZERO).isEmpty();
        assertThat(racing(16, rotation)).isEqualTo(1);
        var ring = keys.ring().keys();
        assertThat(ring).hasSize(2);
        var next = ring.getLast();
        assertThat(next.activatesAt()).isEqualTo(next.createdAt().plus(KeyRing.PUBLICATION_DELAY));
        assertThat(next.retiresAt()).isEmpty();
        assertThat(ring.getFirst().kid()).isEqualTo("first");
        assertThat(ring.getFirst().retiresAt()).hasValue(next.activatesAt().plus(KeyRing.OVERLAP));
    }

    @Test
    void aRotationForItsAgeComesNoSooner() {
        var keys = new Keys(database);
        keys.first(List.of(key("first")));
        assertThat(keys.rotate(List.of(key("early")), Duration.ofDays(1))).isEmpty();
        assertThat(keys.ring().keys()).hasSize(1);
    }

    @Test
    void aKeyIsRotatedWithoutThoseOfOtherAlgorithms() {
        var keys = new Keys(database);
        keys.first(keyForEachAlgorithm());
        keys.rotate(List.of(key("next")), Duration.ZERO);
        assertThat(keys.ring().keys())
                .filteredOn(it -> it.retiresAt().isPresent())
                .singleElement()
                .matches(it -> it.algorithm() == SigningAlgorithm.RS256);
    }

    /// THREATS R44.3: at once, but no node signs with what another doesn't publish.
    @Test
    void aRevokedKeyThatSignsGoesWhenItsHeirIsKnownEverywhere() throws Exception {
        var keys = new Keys(database);
        keys.first(keyForEachAlgorithm());
        var signing =
                keys.ring().keys().stream()
                        .filter(it -> it.algorithm() == SigningAlgorithm.RS256)
                        .findFirst()
                        .orElseThrow();
        var made = new ConcurrentLinkedQueue<Keys.Revoked>();
        racing(8, () -> made.add(keys.revoke(signing.kid(), key(fixture.id())).orElseThrow()));
        var ring = keys.ring();
        assertThat(ring.keys()).hasSize(SigningAlgorithm.values().length + 1);
        var gone = row(keys, signing.kid()).retiresAt().orElseThrow();
        var heirs = made.stream().map(it -> it.heir().orElseThrow().kid()).distinct().toList();
        assertThat(heirs).hasSize(1);
        var heir = row(keys, heirs.getFirst());
        assertThat(heir.activatesAt()).isEqualTo(gone);
        assertThat(heir.createdAt().plus(KeyRing.REVOCATION_DELAY)).isEqualTo(gone);
        assertThat(ring.signingAt(SigningAlgorithm.RS256, gone))
                .map(SigningKeyRow::kid)
                .hasValue(heir.kid());
        assertThat(ring.signingAt(SigningAlgorithm.RS256, gone.minusMillis(1)))
                .map(SigningKeyRow::kid)
                .hasValue(signing.kid());
    }

    @Test
    void aRevokedKeyIsInheritedByTheOneThatWaits() {
        var keys = new Keys(database);
        keys.first(List.of(key("first")));
        keys.rotate(List.of(key("next")), Duration.ZERO);
        var revoked = keys.revoke("first", key("substitute")).orElseThrow();
        assertThat(revoked.heir()).map(SigningKeyRow::kid).hasValue("next");
        assertThat(row(keys, "next").activatesAt()).isEqualTo(revoked.retiresAt());
        assertThat(row(keys, "first").retiresAt()).hasValue(revoked.retiresAt());
        assertThat(keys.ring().keys()).hasSize(2);
    }

    @Test
    void aRevokedKeyThatWaitedIsReplacedAndTheOneThatSignsStaysForTheOverlap() {
        var keys = new Keys(database);
        keys.first(List.of(key("first")));
        keys.rotate(List.of(key("next")), Duration.ZERO);
        var heir = keys.revoke("next", key("substitute")).orElseThrow().heir().orElseThrow();
        assertThat(heir.kid()).isEqualTo("substitute");
        assertThat(heir.activatesAt()).isEqualTo(heir.createdAt().plus(KeyRing.PUBLICATION_DELAY));
        assertThat(row(keys, "first").retiresAt())
                .hasValue(heir.activatesAt().plus(KeyRing.OVERLAP));
        assertThat(keys.ring().publishedAt(heir.createdAt()))
                .extracting(SigningKeyRow::kid)
                .containsExactly("first", "substitute");
    }

    @Test
    void aRetiredKeyIsForgottenAndNoSooner() {
        var keys = new Keys(database);
        keys.first(List.of(key("first")));
        keys.rotate(List.of(key("next")), Duration.ZERO);
        var now = database.time();
        var retired = key("retired").storedAt(now, now);
        database.inTransaction(
                tx -> {
                    tx.keys().insert(retired);
                    tx.keys().retireAt(retired.kid(), now.minusSeconds(1));
                    return now;
                });
        var aMonth = Duration.ofDays(30);
        assertThat(new Retention(database).forget(aMonth, aMonth)).isEqualTo(1);
        assertThat(keys.ring().keys())
                .extracting(SigningKeyRow::kid)
                .containsExactly("first", "next");
    }

    @Test
    void whatIsNotPublishedIsNotRevoked() {
        var keys = new Keys(database);
        keys.first(List.of(key("first")));
        assertThat(keys.revoke("stranger", key("substitute"))).isEmpty();
        assertThat(keys.ring().keys()).hasSize(1);
    }

    private static SigningKeyRow row(Keys keys, String kid) {
        return keys.ring().keys().stream()
                .filter(it -> it.kid().equals(kid))
                .findFirst()
                .orElseThrow();
    }

    /// THREATS R36.3.
    @Test
    void aBetterHashReplacesOnlyTheOneThatWasVerified() {
        var signIns = new SignIns(database);
        var id = new UserId("auth0|ada");
        database.inTransaction(
                tx -> {
                    var given =
                            new UserDirectory.Keys(
                                    Optional.of("ada@example.org"),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.of("imported"),
                                    false);
                    return tx.directory().insert(id, Fixture.CONNECTION, given, "{}");
                });
        signIns.rehash(new UserTable.Credentials(id, Optional.of("other")), "too late");
        assertThat(hashOfAda(signIns)).isEqualTo("imported");
        signIns.rehash(new UserTable.Credentials(id, Optional.of("imported")), "better");
        assertThat(hashOfAda(signIns)).isEqualTo("better");
    }

    private String hashOfAda(SignIns signIns) {
        return signIns.attempt(
                        fixture.app(),
                        Fixture.CONNECTION,
                        "ada@example.org",
                        Fixture.from(1),
                        new Attempts.Limits(10, 10))
                .candidate()
                .flatMap(UserTable.Credentials::passwordHash)
                .orElseThrow();
    }

    private static long racing(int threads, Callable<Boolean> attempt) throws Exception {
        var barrier = new CyclicBarrier(threads);
        var results = new ArrayList<Future<Boolean>>();
        try (var pool = Executors.newFixedThreadPool(threads)) {
            for (var i = 0; i < threads; i++)
                results.add(
                        pool.submit(
                                () -> {
                                    barrier.await();
                                    return attempt.call();
                                }));
        }
        var winners = 0L;
        for (var result : results) if (result.get()) winners++;
        return winners;
    }

    @Test
    void anExceptionRollsBackItsOwnWorkOnly() {
        var before = fixture.log().size();
        try {
            database.inTransaction(
                    tx -> {
                        tx.log().append(LogEvent.of("x", Fixture.from(1)));
                        throw new IllegalStateException("on purpose");
                    });
        } catch (IllegalStateException expected) {
            assertThat(expected).hasMessage("on purpose");
        }
        assertThat(fixture.log()).hasSize(before);
    }

    private static final UserDirectory.Keys NOBODY =
            new UserDirectory.Keys(
                    Optional.of("kim@example.org"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    false);

    /// What one user can have, and whether any of it still works.
    private record Belongings(
            Fixture.Native app, Secret transfer, Fixture.Visit visit, Fixture.Visit pending) {}

    private Belongings everything(UserId user) {
        var first = fixture.exchange(fixture.signIn(user).token());
        var visit = fixture.redeem(first.transfer());
        var second = fixture.exchange(first.successor());
        var other = fixture.signIn(user);
        var pending = fixture.redeem(fixture.exchange(other.token()).transfer());
        return new Belongings(
                new Fixture.Native(other.family(), second.successor()),
                second.transfer(),
                visit,
                pending);
    }

    private void assertNothingWorks(Belongings them) {
        assertThat(fixture.isSignedIn(them.visit().cookie())).isFalse();
        assertThat(fixture.isSignedIn(them.pending().cookie())).isFalse();
        assertThat(fixture.redeem(them.transfer()).outcome()).isInstanceOf(Authorized.Paused.class);
        assertThat(fixture.refresh(fixture.app(), them.app().token()))
                .isInstanceOf(Refreshed.Refused.class);
        assertThat(fixture.exchangeCode(them.pending().code()).outcome())
                .isInstanceOf(Codes.Exchanged.Refused.class);
    }

    /// THREATS R42.1 and T-41.
    @Test
    void aDeletedUserLeavesNothingThatWorksOrDescribesThem() {
        var them = everything(Fixture.KIM);
        var others = everything(Fixture.LEE);
        assertThat(new Users(database).delete(Fixture.KIM, Fixture.ADMIN)).isTrue();
        assertNothingWorks(them);
        assertThat(fixture.isSignedIn(others.visit().cookie())).isTrue();
        for (var table : List.of("session", "token_family"))
            assertThat(
                            Rows.count(
                                    database,
                                    "SELECT count(*) FROM "
                                            + table
                                            + " WHERE user_id = ? AND (initial_user_agent <> '' OR"
                                            + " last_user_agent <> '' OR metadata <> '' OR"
                                            + " initial_ip <> ? OR last_ip <> ? OR initial_asn IS"
                                            + " NOT NULL OR last_asn IS NOT NULL)",
                                    Fixture.KIM.value(),
                                    new byte[4],
                                    new byte[4]))
                    .as(table)
                    .isZero();
        assertThat(
                        Rows.count(
                                database,
                                "SELECT count(*) FROM session_transfer_token WHERE user_id = ? AND"
                                        + " (user_agent <> '' OR ip <> ? OR asn IS NOT NULL)",
                                Fixture.KIM.value(),
                                new byte[4]))
                .isZero();
        var report = logged("sapi").getLast().details().values();
        assertThat(report.get("ended.sessions"))
                .asString()
                .contains(them.visit().session().value(), them.pending().session().value());
        assertThat(report.get("ended.refresh_tokens"))
                .asString()
                .contains(them.app().family().value());
    }

    private List<LogTable.Entry> logged(String type) {
        return Fixture.entries(database).stream()
                .filter(it -> it.columns().getOrDefault("type", "").equals(type))
                .toList();
    }

    /// THREATS R42.4.
    @Test
    void theIdOfADeletedUserIsNeverGivenAgain() {
        var users = new Users(database);
        users.delete(Fixture.KIM, Fixture.ADMIN);
        assertThat(users.create(Fixture.KIM, Fixture.CONNECTION, NOBODY, "{}", Fixture.ADMIN))
                .isEqualTo(Users.Changed.TAKEN);
        var other = new UserId("auth0|other");
        assertThat(users.create(other, Fixture.CONNECTION, NOBODY, "{}", Fixture.ADMIN))
                .isEqualTo(Users.Changed.DONE);
    }

    @Test
    void aNewPasswordEndsEverythingAndKeepsTheUser() {
        var them = everything(Fixture.KIM);
        var changed =
                new UserDirectory.Keys(
                        NOBODY.email(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("a new hash"),
                        false);
        assertThat(new Users(database).update(Fixture.KIM, changed, "{}", "{}", Fixture.ADMIN))
                .isEqualTo(Users.Changed.DONE);
        assertNothingWorks(them);
        assertThat(logged("scp")).hasSize(1);
        assertThat(fixture.exchange(fixture.signIn(Fixture.KIM).token()).outcome())
                .isInstanceOf(Minted.Granted.class);
    }

    @Test
    void blockingAUserEndsEverything() {
        var them = everything(Fixture.KIM);
        var blocked =
                new UserDirectory.Keys(
                        NOBODY.email(), Optional.empty(), Optional.empty(), Optional.empty(), true);
        new Users(database).update(Fixture.KIM, blocked, "{}", "{}", Fixture.ADMIN);
        assertNothingWorks(them);
    }

    /// A change is made of what was read: what somebody changed meanwhile isn't overwritten, and
    /// nothing ends.
    @Test
    void aStaleChangeOfAUserChangesNothing() {
        var them = everything(Fixture.KIM);
        var blocked =
                new UserDirectory.Keys(
                        NOBODY.email(), Optional.empty(), Optional.empty(), Optional.empty(), true);
        var users = new Users(database);
        assertThat(users.update(Fixture.KIM, blocked, "{\"older\":1}", "{}", Fixture.ADMIN))
                .isEqualTo(Users.Changed.STALE);
        assertThat(fixture.isSignedIn(them.visit().cookie())).isTrue();
    }

    /// Somebody may delete either while it is put together: no fault of whoever asks for it.
    @Test
    void aConnectionThatIsGoneIsNotGivenToAnOrganization() {
        var acme = new OrganizationId("org_acme");
        var here = new ConfigurationTable.EnabledConnection(Fixture.CONNECTION, false, "{\"a\":1}");
        var gone =
                new ConfigurationTable.EnabledConnection(new ConnectionId("con_gone"), false, "{}");
        database.inTransaction(tx -> tx.configuration().insertOrganization(acme, "acme", "{}"));
        assertThat(put(acme, gone)).isFalse();
        assertThat(put(new OrganizationId("org_gone"), here)).isFalse();
        assertThat(put(acme, here)).isTrue();
        assertThat(put(acme, here)).isTrue();
        assertThat(new Configuration(database).connections(acme)).containsExactly(here);
    }

    private boolean put(OrganizationId to, ConfigurationTable.EnabledConnection connection) {
        return database.inTransaction(tx -> tx.configuration().putConnection(to, connection));
    }

    /// OpenID Connect Back-Channel Logout 1.0: the outbox is written with the end of the session.
    @Test
    void aLogoutNoticeWhoseNodeDiedIsTakenByAnotherAndALeasedOneIsNot() {
        fixture.hears = BackchannelLogout.ALL;
        fixture.stored();
        var visit =
                fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
        var notices = new LogoutNotices(database);
        assertThat(notices.take(10, Duration.ZERO)).isEmpty();
        new Revocations(database, Observer.NONE)
                .logOut(visit.cookie().hash(), Optional.empty(), Fixture.from(1));
        var expected =
                new Notice(
                        visit.session(),
                        Fixture.WEB,
                        "localhost",
                        Fixture.KIM,
                        Initiator.RP_LOGOUT,
                        1);
        assertThat(due(notices, Duration.ZERO)).containsExactly(expected);
        // Its lease is over and nobody finished it.
        var again = due(notices, Duration.ofHours(1));
        assertThat(again).singleElement().extracting(Notice::attempts).isEqualTo(2);
        assertThat(notices.take(10, Duration.ofHours(1))).isEmpty();
        notices.finish(again.getFirst(), LogEvent.of("oidc_backchannel_logout_succeeded"));
        assertThat(logged("oidc_backchannel_logout_succeeded")).hasSize(1);
        notices.finish(again.getFirst(), LogEvent.of("oidc_backchannel_logout_succeeded"));
        assertThat(logged("oidc_backchannel_logout_succeeded")).hasSize(1);
    }

    /// What is due, once it is: a clock that is put right steps back by some milliseconds.
    private static List<Notice> due(LogoutNotices notices, Duration lease) {
        var deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        var taken = notices.take(10, lease);
        while (taken.isEmpty() && System.nanoTime() < deadline) taken = notices.take(10, lease);
        return taken;
    }

    /// Contract native-to-web §8, "member removed", "organization deleted".
    @Test
    void whatAMemberHasThroughAnOrganizationEndsWithIt() {
        var acme = new OrganizationId("org_acme");
        database.inTransaction(
                tx -> {
                    tx.configuration().insertOrganization(acme, "acme", "{}");
                    tx.configuration()
                            .putConnection(
                                    acme,
                                    new ConfigurationTable.EnabledConnection(
                                            Fixture.CONNECTION, false, "{}"));
                    tx.configuration().member(acme, Fixture.KIM, true);
                    tx.configuration().member(acme, Fixture.LEE, true);
                    return true;
                });
        var users = new Users(database);
        var without = fixture.signIn(Fixture.KIM);
        for (var user : List.of(Fixture.KIM, Fixture.LEE)) {
            var app = fixture.signIn(user, Optional.of(acme));
            var exchanged = fixture.exchange(app.token());
            assertThat(exchanged.outcome()).isInstanceOf(Minted.Granted.class);
            if (user.equals(Fixture.KIM))
                users.removeMembers(acme, List.of(Fixture.KIM), Fixture.ADMIN);
            else users.deleteOrganization(acme, Fixture.ADMIN);
            assertThat(fixture.refresh(fixture.app(), exchanged.successor()))
                    .isInstanceOf(Refreshed.Refused.class);
            assertThat(fixture.redeem(exchanged.transfer()).outcome())
                    .isInstanceOf(Authorized.Paused.class);
            assertThat(logged("sapi").getLast().details().values().get("ended.refresh_tokens"))
                    .isEqualTo(List.of(app.family().value()));
        }
        assertThat(fixture.refresh(fixture.app(), without.token()))
                .isInstanceOf(Refreshed.Granted.class);
    }

    /// THREATS T-41: in the same transaction, with everything that went along.
    @Test
    void whatAnOperatorRevokesIsReportedWhole() {
        var app = fixture.signIn(Fixture.KIM);
        var visit = fixture.redeem(fixture.exchange(app.token()).transfer());
        var web = fixture.exchangeCode(visit.code());
        var revocations = new Revocations(database, Observer.NONE);
        revocations.revokeFamilies(List.of(app.family()), Fixture.ADMIN);
        var report = logged("sapi").getLast().details().values();
        assertThat(report.get("ended.sessions")).isEqualTo(List.of(visit.session().value()));
        assertThat(report.get("ended.refresh_tokens"))
                .asString()
                .contains(app.family().value(), web.family().value());
        assertThat(logged("srrt").getLast().details().values().get("credential_id"))
                .isEqualTo(app.family().value());
        var before = fixture.log();
        revocations.revokeFamilies(List.of(app.family()), Fixture.ADMIN);
        assertThat(fixture.log()).isEqualTo(before);
    }

    /// Contract management-api §8: a checkpoint page ends before the start of the oldest open
    /// writing transaction, or its event would appear below an id that was handed out already.
    @Test
    void anEventOfATransactionThatWasOpenDuringTheReadingIsFoundAfterwards() throws Exception {
        var observations = new Observations(database);
        var began = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var slow =
                    threads.submit(
                            () ->
                                    database.inTransaction(
                                            tx -> {
                                                began.countDown();
                                                await(mayEnd);
                                                tx.log()
                                                        .append(
                                                                LogEvent.of(
                                                                        "slow", Fixture.from(1)));
                                                return true;
                                            }));
            await(began);
            var quick =
                    threads.submit(
                            () ->
                                    database.inTransaction(
                                            tx -> {
                                                tx.log()
                                                        .append(
                                                                LogEvent.of(
                                                                        "quick", Fixture.from(1)));
                                                return true;
                                            }));
            // Where transactions run beside each other, the later one is done first.
            if (database instanceof PostgresDatabase) quick.get();
            var seen = observations.logAfter(0, 0, 100);
            mayEnd.countDown();
            assertThat(slow.get()).isTrue();
            assertThat(quick.get()).isTrue();
            var last =
                    seen.isEmpty() ? Optional.<LogTable.Entry>empty() : Optional.of(seen.getLast());
            var rest =
                    observations.logAfter(
                            last.map(LogTable.Entry::at).orElse(0L),
                            last.map(LogTable.Entry::seq).orElse(0L),
                            100);
            var types = new ArrayList<String>();
            seen.forEach(it -> types.add(it.columns().get("type")));
            rest.forEach(it -> types.add(it.columns().get("type")));
            assertThat(types).containsExactlyInAnyOrder("slow", "quick");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(10, TimeUnit.SECONDS)) throw new AssertionError("nobody came");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> found(Query query) {
        return new Observations(database)
                .log(query, true, 0, 100, false).orElseThrow().entries().stream()
                        .map(it -> it.columns().getOrDefault("description", ""))
                        .toList();
    }

    @Test
    void theLogIsSearchedTheSameWayEverywhere() {
        for (var text : List.of("Alpha", "alpha", "100%_!"))
            database.inTransaction(
                    tx -> {
                        tx.log().append(LogEvent.of("x", Fixture.from(1)).described(text));
                        return true;
                    });
        assertThat(found(new Query.Like("description", "A*"))).containsExactly("Alpha");
        assertThat(found(new Query.Like("description", "*lph*"))).containsExactly("Alpha", "alpha");
        assertThat(found(new Query.Like("description", "100%_*"))).containsExactly("100%_!");
        assertThat(found(new Query.Like("description", "1%0_*"))).isEmpty();
        assertThat(found(new Query.Not(new Query.Term("client_id", "c")))).hasSize(3);
        assertThat(found(new Query.Not(new Query.Term("description", "alpha"))))
                .containsExactly("Alpha", "100%_!");
        var all = Fixture.entries(database);
        var second = all.get(1);
        var id =
                "900"
                        + DateTimeFormatter.ofPattern("yyyyMMddHHmmssSSS")
                                .withZone(ZoneOffset.UTC)
                                .format(Instant.ofEpochMilli(second.at()))
                        + String.format("%036d", second.seq());
        assertThat(found(new Query.Term("log_id", id))).containsExactly("alpha");
        var from = Optional.of(new Query.End(id, false));
        assertThat(found(new Query.Range("log_id", from, Optional.empty())))
                .containsExactly("100%_!");
        assertThat(found(new Query.During("date", second.at(), second.at() + 1))).contains("alpha");
        assertThat(found(new Query.During("date", 0, second.at()))).doesNotContain("alpha");
        assertThat(found(new Query.Range("ip", Optional.empty(), Optional.empty()))).hasSize(3);
        assertThat(new Observations(database).log(new Query.Term("details", "x"), true, 0, 1, true))
                .isEmpty();
    }
}
