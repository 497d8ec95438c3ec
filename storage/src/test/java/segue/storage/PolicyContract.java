package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import segue.domain.action.Effect;
import segue.domain.action.MetadataEdit;
import segue.domain.action.Policy;
import segue.domain.action.Verdict;
import segue.domain.authorize.Ask;
import segue.domain.authorize.Denial;
import segue.domain.client.TransferPolicy;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.logout.Initiator;
import segue.domain.logout.Notice;
import segue.domain.network.DeviceBinding;
import segue.domain.revocation.Receipt;
import segue.domain.secret.Secret;
import segue.domain.session.SessionLimits;
import segue.domain.token.RefreshRefusal;
import segue.domain.transfer.Presented;
import segue.domain.transfer.Reason;
import segue.storage.Authorizations.Authorized;
import segue.storage.Authorizations.Cookie;
import segue.storage.Authorizations.Matter;
import segue.storage.Authorizations.Next;
import segue.storage.Families.Refreshed;
import segue.storage.SignIns.Completed;
import segue.storage.SignIns.Granted;
import segue.storage.Transfers.Minted;
import segue.storage.jdbc.FamilyTable;
import segue.storage.jdbc.LogTable;
import segue.storage.jdbc.Rows;
import segue.storage.jdbc.SessionTable;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// How every database carries out what post-login Actions decide (THREATS table 1.3, row 12;
/// contract actions §4): asked first, with nothing granted; then concluded, with every fact read
/// again. One suite, run against each of them.
abstract class PolicyContract extends FixtureContract {
    private static final Policy UNHEARD = new Policy.Unheard();
    private static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);

    /// Runs a statement behind our back: deadlines move by it.
    abstract void run(String sql);

    // What is said, and what is done with it.

    private Policy.Heard heard(Effect... effects) {
        return heard(new Verdict(Arrays.asList(effects), Optional.empty(), execution()));
    }

    private static Policy.Heard heard(Verdict verdict) {
        return new Policy.Heard(verdict, UnaryOperator.identity(), false);
    }

    /// An Action that failed, whatever it had asked for before.
    private Policy.Heard failed(Effect... effects) {
        var failure =
                new Verdict.Failure(
                        "action_error", Optional.of("Check"), "E1", "oops", "TypeError", "at 1:1");
        return changing(new Verdict(Arrays.asList(effects), Optional.of(failure), execution()));
    }

    private static Policy.Heard changing(Verdict verdict) {
        return new Policy.Heard(verdict, _ -> "{\"changed\":true}", false);
    }

    private Policy.Heard changing(Effect... effects) {
        return changing(new Verdict(Arrays.asList(effects), Optional.empty(), execution()));
    }

    private Verdict.Execution execution() {
        return new Verdict.Execution(fixture.id(), "post-login", "{\"ran\":true}");
    }

    private static final Effect NOTE = new Effect.SetUserMetadata("seen", Optional.of("1"));
    private static final Effect DENY = new Effect.Deny("not today");

    private Authorizations authorizations() {
        return new Authorizations(database, Observer.NONE);
    }

    /// A request that waits for Actions.
    private record Waiting(Fixture.Request request, Secret cookie, Matter matter) {
        Secret code() {
            return request.code();
        }

        SessionId session() {
            return matter.session();
        }
    }

    private Waiting asked(Presented presented, Optional<Secret> cookie, Ask ask) {
        fixture.policy = UNHEARD;
        var request = fixture.request(presented, cookie, ask, Fixture.from(1));
        fixture.policy = new Policy.None();
        var outcome = authorizations().authorize(request.command());
        return new Waiting(request, cookie.orElse(request.cookie()), matter(outcome));
    }

    private static Matter matter(Authorized outcome) {
        if (outcome instanceof Authorized.Asking(var matter)) return matter;
        throw new AssertionError("nobody asks: " + outcome);
    }

    private Waiting redemption(Secret transfer) {
        return asked(new Presented.Once(transfer.hash()), Optional.empty(), Fixture.PLAIN);
    }

    private Waiting redemption(Secret transfer, Secret cookie) {
        return asked(new Presented.Once(transfer.hash()), Optional.of(cookie), Fixture.PLAIN);
    }

    private Waiting singleSignOn(Secret cookie) {
        return asked(new Presented.Nowhere(), Optional.of(cookie), Fixture.SILENT);
    }

    private Waiting signIn() {
        return signIn(Fixture.KIM, Optional.empty());
    }

    /// A sign-in with a password, as far as Actions must be heard.
    private Waiting signIn(UserId user, Optional<Secret> cookie) {
        var form = form();
        var session = fixture.secret();
        var browser = fixture.secret();
        assertThat(complete(form, user, cookie, session, browser, UNHEARD))
                .isInstanceOf(Completed.SignedIn.class);
        fixture.policy = UNHEARD;
        var resuming =
                fixture.request(
                        new Presented.Nowhere(),
                        Optional.of(session),
                        Fixture.PLAIN,
                        Fixture.from(1));
        fixture.policy = new Policy.None();
        var outcome =
                authorizations()
                        .resume(resuming.command(), form.interaction().hash(), browser.hash());
        return new Waiting(resuming, session, matter(outcome.orElseThrow()));
    }

    /// A browser that is shown the login page.
    private Fixture.Request form() {
        var request =
                fixture.request(
                        new Presented.Nowhere(), Optional.empty(), Fixture.PLAIN, Fixture.from(1));
        assertThat(authorizations().authorize(request.command()))
                .isInstanceOf(Authorized.Paused.class);
        return request;
    }

    private Completed complete(
            Fixture.Request form,
            UserId user,
            Optional<Secret> cookie,
            Secret session,
            Secret browser,
            Policy policy) {
        return new SignIns(database)
                .complete(
                        new SignIns.Completion(
                                form.interaction().hash(),
                                form.browser().hash(),
                                browser.hash(),
                                cookie.map(Secret::hash),
                                user,
                                fixture.web(),
                                Optional.empty(),
                                new SessionId(fixture.id()),
                                session.hash(),
                                fixture.limits,
                                policy,
                                Fixture.from(1)));
    }

    private Authorized conclude(Waiting waiting, Policy.Heard policy) {
        return authorizations()
                .conclude(waiting.request().command().heard(policy), waiting.matter());
    }

    private void allow(Waiting waiting, Effect... effects) {
        assertThat(conclude(waiting, heard(effects))).isInstanceOf(Authorized.Granted.class);
    }

    private void deny(Waiting waiting, Effect... effects) {
        assertThat(conclude(waiting, heard(effects))).isInstanceOf(Authorized.Denied.class);
    }

    private Secret transfer(Fixture.Native app) {
        return fixture.exchange(app.token()).transfer();
    }

    private Secret transfer() {
        return transfer(fixture.signIn(Fixture.KIM));
    }

    /// A session that its user opened by hand.
    private Waiting session() {
        var opened = signIn();
        allow(opened);
        return opened;
    }

    // What there is.

    private SessionTable.Shown stored(SessionId id) {
        return database.read(tx -> tx.sessions().seen(id)).orElseThrow();
    }

    private FamilyTable.Shown stored(FamilyId id) {
        return database.read(tx -> tx.families().seen(id)).orElseThrow();
    }

    private Optional<SessionTable.Shown> live(SessionId id) {
        return new Observations(database).session(id);
    }

    private List<LogTable.Entry> logged(String type) {
        return Fixture.entries(database).stream()
                .filter(it -> it.columns().getOrDefault("type", "").equals(type))
                .toList();
    }

    private Map<String, Object> details(String type) {
        assertThat(logged(type)).as(type).hasSize(1);
        return logged(type).getFirst().details().values();
    }

    private boolean codeWorks(Waiting waiting) {
        return fixture.exchangeCode(waiting.code()).outcome() instanceof Codes.Exchanged.Granted;
    }

    private String outcomeOf(Secret transfer) {
        return Stream.of("accepted", "denied_by_action", "parent_ended", "other_user")
                .filter(
                        it ->
                                Rows.count(
                                                database,
                                                "SELECT count(*) FROM session_transfer_token WHERE"
                                                        + " hash = ? AND outcome = ?",
                                                transfer.hash().bytes(),
                                                it)
                                        == 1)
                .findFirst()
                .orElse("none of these");
    }

    private boolean hasEndedBecause(SessionId session, String cause) {
        return Rows.count(
                        database,
                        "SELECT count(*) FROM session WHERE id = ? AND cause = ?",
                        session.value(),
                        cause)
                == 1;
    }

    private boolean isRecorded(Policy.Heard policy) {
        return new Actions(database).execution(policy.verdict().execution().id()).isPresent();
    }

    private String documentOf(UserId user) {
        return database.read(tx -> tx.users().person(user)).orElseThrow().document();
    }

    private static Instant in(Duration duration) {
        return Instant.now().plus(duration).truncatedTo(ChronoUnit.MILLIS);
    }

    private List<Notice> notices() {
        return new LogoutNotices(database).take(10, Duration.ofMinutes(1));
    }

    private Receipt revoke(FamilyId family) {
        return new Revocations(database, Observer.NONE)
                .revokeFamilies(List.of(family), Fixture.ADMIN);
    }

    private void assertNothingIsGrantedYet(Waiting waiting) {
        assertThat(logged("s")).isEmpty();
        assertThat(logged("ssa")).isEmpty();
        assertThat(codeWorks(waiting)).isFalse();
    }

    private void assertNobodyIsSignedIn(Waiting waiting) {
        assertThat(live(waiting.session())).isEmpty();
        assertThat(new Observations(database).sessions(Fixture.KIM, Optional.empty(), 10))
                .isEmpty();
        assertThat(fixture.isSignedIn(waiting.cookie())).isFalse();
    }

    // Asking.

    @Test
    void aSingleSignOnWaitsForActionsAndLeavesTheSessionAsItWas() {
        var visit = fixture.redeem(transfer());
        var before = stored(visit.session());
        var log = fixture.log();
        var waiting = singleSignOn(visit.cookie());
        assertThat(waiting.session()).isEqualTo(visit.session());
        assertThat(stored(visit.session())).isEqualTo(before);
        assertThat(fixture.log()).isEqualTo(log);
        assertThat(codeWorks(waiting)).isFalse();
        assertThat(fixture.isSignedIn(visit.cookie())).isTrue();
    }

    @Test
    void aRedemptionWaitsForActionsWithASessionThatSignsNobodyIn() {
        var waiting = redemption(transfer());
        assertThat(waiting.session()).isEqualTo(waiting.request().session());
        assertThat(stored(waiting.session()).session().pending()).isTrue();
        assertNothingIsGrantedYet(waiting);
        assertNobodyIsSignedIn(waiting);
    }

    @Test
    void aRedemptionInASessionOfTheSameUserWaitsAndLeavesItAsItWas() {
        var kept = session();
        var before = stored(kept.session());
        var successes = logged("s").size();
        var waiting = redemption(transfer(), kept.cookie());
        assertThat(waiting.session()).isEqualTo(kept.session());
        assertThat(stored(kept.session())).isEqualTo(before);
        assertThat(logged("s")).hasSize(successes);
        assertThat(codeWorks(waiting)).isFalse();
        assertThat(fixture.isSignedIn(kept.cookie())).isTrue();
    }

    @Test
    void aSignInWithAPasswordWaitsWithASessionThatSignsNobodyIn() {
        var waiting = signIn();
        assertThat(stored(waiting.session()).session().pending()).isTrue();
        assertNothingIsGrantedYet(waiting);
        assertNobodyIsSignedIn(waiting);
    }

    @Test
    void aClaimedTransferIsClaimedWhetherActionsAnswerOrNot() {
        var transfer = transfer();
        redemption(transfer);
        assertThat(fixture.redeem(transfer).outcome()).isInstanceOf(Authorized.Paused.class);
        assertThat(fixture.log()).contains("w " + Reason.UNKNOWN_OR_USED.warning().orElseThrow());
    }

    @Test
    void aPendingSessionWhoseActionsNeverAnswerExpiresLikeAnyOther() {
        var waiting = redemption(transfer());
        run("UPDATE session SET idle_expires_at = idle_expires_at - 7200000, due_at = 1");
        var expired = new Revocations(database, Observer.NONE).expireSessions(10).orElseThrow();
        assertThat(expired.sessions()).containsExactly(waiting.session());
    }

    /// What was used lives longer than it was to live when it was looked at last.
    @Test
    void aSessionThatWasUsedSinceItIsLookedAtIsNotEndedNorLookedAtAgainBeforeItsEnd() {
        var kept = session();
        var revocations = new Revocations(database, Observer.NONE);
        assertThat(revocations.expireSessions(10)).isEmpty();
        run("UPDATE session SET due_at = 1");
        assertThat(revocations.expireSessions(10)).hasValue(Receipt.NOTHING);
        assertThat(revocations.expireSessions(10)).isEmpty();
        assertThat(fixture.isSignedIn(kept.cookie())).isTrue();
    }

    @Test
    void aSessionThatIsToEndEarlierIsLookedAtEarlier() {
        var kept = session();
        database.inTransaction(
                tx -> {
                    var session = tx.sessions().find(kept.session()).orElseThrow();
                    var now = new SessionLimits(Duration.ZERO, Duration.ZERO, true);
                    tx.sessions().limit(session.usedAt(tx.now(), now));
                    return true;
                });
        var expired = new Revocations(database, Observer.NONE).expireSessions(10).orElseThrow();
        assertThat(expired.sessions()).containsExactly(kept.session());
    }

    @Test
    void aRefreshWaitsAndRotatesNothing() {
        var app = fixture.signIn(Fixture.KIM);
        var before = stored(app.family());
        var log = fixture.log();
        var successor = fixture.secret();
        fixture.policy = UNHEARD;
        assertThat(fixture.refresh(fixture.app(), app.token(), successor))
                .isInstanceOf(Refreshed.Asking.class);
        fixture.policy = new Policy.None();
        assertThat(stored(app.family())).isEqualTo(before);
        assertThat(fixture.log()).isEqualTo(log);
        assertThat(fixture.refresh(fixture.app(), successor))
                .isEqualTo(new Refreshed.Refused(RefreshRefusal.UNKNOWN));
        assertThat(fixture.refresh(fixture.app(), app.token()))
                .isInstanceOf(Refreshed.Granted.class);
    }

    @Test
    void anExchangeForATransferWaitsAndRotatesNothing() {
        var app = fixture.signIn(Fixture.KIM);
        var before = stored(app.family());
        var log = fixture.log();
        fixture.policy = UNHEARD;
        var waiting = fixture.exchange(app.token());
        assertThat(waiting.outcome()).isInstanceOf(Minted.Asking.class);
        fixture.policy = new Policy.None();
        assertThat(stored(app.family())).isEqualTo(before);
        assertThat(fixture.log()).isEqualTo(log);
        assertThat(fixture.redeem(waiting.transfer()).outcome())
                .isInstanceOf(Authorized.Paused.class);
        assertThat(fixture.exchange(app.token()).outcome()).isInstanceOf(Minted.Granted.class);
    }

    @Test
    void aPasswordGrantWaitsAndIssuesNothing() {
        fixture.policy = UNHEARD;
        var app = fixture.signIn(Fixture.KIM);
        fixture.policy = new Policy.None();
        assertThat(fixture.log()).isEmpty();
        assertThat(new Observations(database).family(app.family())).isEmpty();
        assertThat(fixture.refresh(fixture.app(), app.token()))
                .isEqualTo(new Refreshed.Refused(RefreshRefusal.UNKNOWN));
    }

    // The scene.

    private static final Map<String, String> TRUST = Map.of("device_trust", "high");

    private void note(FamilyId family) {
        assertThat(new Observations(database).putMetadata(family, TRUST, Fixture.ADMIN))
                .isPresent();
    }

    private static Optional<Scene.Parent> parent(FamilyId family) {
        return Optional.of(new Scene.Parent(family, new TreeMap<>(TRUST)));
    }

    @Test
    void aRedemptionTellsItsTransferItsParentAndTheSessionThatIsToBe() {
        var app = fixture.signIn(Fixture.KIM);
        note(app.family());
        var waiting = redemption(transfer(app));
        var scene = waiting.matter().scene();
        assertThat(scene.user()).isEqualTo(Fixture.KIM);
        assertThat(scene.person().document()).isEqualTo("{}");
        assertThat(scene.person().logins()).isEqualTo(1);
        assertThat(scene.transfer()).isEqualTo(waiting.matter().transfer());
        assertThat(scene.transfer().orElseThrow().parent()).isEqualTo(app.family());
        assertThat(scene.parent()).isEqualTo(parent(app.family()));
        assertThat(scene.refreshToken()).isEmpty();
        var shown = scene.session().orElseThrow();
        assertThat(shown.session().id()).isEqualTo(waiting.request().session());
        assertThat(shown.initial()).isEqualTo(Fixture.from(1).device());
        assertThat(shown.last()).isEqualTo(Fixture.from(1).device());
        assertThat(scene.authentication())
                .isEqualTo(stored(app.family()).family().authentication());
    }

    @Test
    void aRedemptionInAnUnlinkedSessionTellsTheParentOfTheTransfer() {
        var kept = session();
        var app = fixture.signIn(Fixture.KIM);
        note(app.family());
        var waiting = redemption(transfer(app), kept.cookie());
        assertThat(waiting.matter().scene().parent()).isEqualTo(parent(app.family()));
        allow(waiting);
        // Afterwards the session is as unlinked as before.
        var later = singleSignOn(waiting.request().cookie());
        assertThat(later.matter().scene().parent()).isEmpty();
        assertThat(later.matter().scene().transfer()).isEmpty();
    }

    @Test
    void everyLaterSignInOnALinkedSessionTellsItsParent() {
        var app = fixture.signIn(Fixture.KIM);
        var first = redemption(transfer(app));
        allow(first, new Effect.EditSessionMetadata(new MetadataEdit.Put("seat", "4")));
        note(app.family());
        var scene = singleSignOn(first.cookie()).matter().scene();
        assertThat(scene.parent()).isEqualTo(parent(app.family()));
        assertThat(scene.transfer()).isEmpty();
        var shown = scene.session().orElseThrow();
        assertThat(shown.metadata()).isEqualTo(Map.of("seat", "4"));
        assertThat(shown.clients()).containsExactly(Fixture.WEB);
    }

    @Test
    void anExchangeTellsTheRefreshTokenItsSessionAndItsParent() {
        var app = fixture.signIn(Fixture.KIM);
        note(app.family());
        var visit = fixture.redeem(transfer(app));
        var tokens = fixture.exchangeCode(visit.code());
        var scene = sceneOf(tokens);
        assertThat(scene.refreshToken()).contains(stored(tokens.family()));
        assertThat(scene.session()).contains(stored(visit.session()));
        assertThat(scene.parent()).isEqualTo(parent(app.family()));
        assertThat(scene.transfer()).isEmpty();
    }

    private Scene sceneOf(Fixture.Tokens tokens) {
        fixture.policy = UNHEARD;
        var outcome = fixture.refresh(fixture.web(), tokens.refreshToken());
        fixture.policy = new Policy.None();
        if (outcome instanceof Refreshed.Asking(var scene, _)) return scene;
        throw new AssertionError("nobody asks: " + outcome);
    }

    @Test
    void anExchangeTellsNoSessionThatIsOver() {
        var offline = withoutOnline();
        var tokens = fixture.exchangeCode(offline.code());
        new Revocations(database, Observer.NONE).endSession(offline.session(), Fixture.ADMIN);
        assertThat(sceneOf(tokens).session()).isEmpty();
    }

    /// A session whose refresh tokens outlive it.
    private Fixture.Visit withoutOnline() {
        fixture.webPolicy =
                new TransferPolicy(
                        false, true, fixture.webPolicy.accepted(), DeviceBinding.IP, true, false);
        fixture.stored();
        return fixture.redeem(transfer());
    }

    /// A parent that expired leaves what it opened alive (THREATS decision 15), and one day its row
    /// is gone.
    @Test
    void aParentWhoseTombstoneIsGoneIsToldWithoutMetadata() {
        var app = fixture.signIn(Fixture.KIM);
        var visit = fixture.redeem(transfer(app));
        var tokens = fixture.exchangeCode(visit.code());
        run("DELETE FROM refresh_token WHERE family_id = '" + app.family().value() + "'");
        run("DELETE FROM token_family WHERE id = '" + app.family().value() + "'");
        var bare = Optional.of(new Scene.Parent(app.family(), new TreeMap<>()));
        assertThat(singleSignOn(visit.cookie()).matter().scene().parent()).isEqualTo(bare);
        assertThat(sceneOf(tokens).parent()).isEqualTo(bare);
    }

    @Test
    void aPasswordGrantTellsTheUserAlone() {
        var family = new FamilyId(fixture.id());
        fixture.policy = UNHEARD;
        var grant = fixture.granting(Fixture.KIM, Optional.empty(), family, fixture.secret());
        assertThat(new SignIns(database).grant(grant))
                .isInstanceOfSatisfying(
                        Granted.Asking.class,
                        asking -> {
                            assertThat(asking.scene().user()).isEqualTo(Fixture.KIM);
                            assertThat(asking.scene().person().logins()).isZero();
                            assertThat(asking.scene().session()).isEmpty();
                            assertThat(asking.scene().refreshToken()).isEmpty();
                            assertThat(asking.scene().parent()).isEmpty();
                        });
    }

    // Allowed.

    @Test
    void anAllowedRedemptionActivatesItsSessionAndSaysWhichRunAllowedIt() {
        var transfer = transfer();
        var waiting = redemption(transfer);
        var policy = heard();
        assertThat(conclude(waiting, policy))
                .isInstanceOfSatisfying(
                        Authorized.Granted.class,
                        it -> assertThat(it.cookie()).isInstanceOf(Cookie.Renewed.class));
        assertThat(live(waiting.session())).isPresent();
        assertThat(fixture.isSignedIn(waiting.cookie())).isTrue();
        assertThat(codeWorks(waiting)).isTrue();
        assertThat(outcomeOf(transfer)).isEqualTo("accepted");
        var id = policy.verdict().execution().id();
        assertThat(details("s"))
                .containsEntry("actions.executions", List.of(id))
                .containsEntry("session_id", waiting.session().value())
                .containsEntry("triggered_by_session_transfer_token", true);
        assertThat(new Actions(database).execution(id))
                .hasValueSatisfying(
                        it -> {
                            assertThat(it.trigger()).isEqualTo("post-login");
                            assertThat(it.document()).isEqualTo("{\"ran\":true}");
                        });
    }

    @Test
    void anAllowedSilentSignOnIsLoggedAsSuch() {
        var kept = session();
        var waiting = singleSignOn(kept.cookie());
        var policy = heard();
        assertThat(conclude(waiting, policy))
                .isEqualTo(new Authorized.Granted(new Cookie.Unchanged()));
        assertThat(details("ssa"))
                .containsEntry("actions.executions", List.of(policy.verdict().execution().id()))
                .doesNotContainKey("triggered_by_session_transfer_token");
        assertThat(codeWorks(waiting)).isTrue();
    }

    @Test
    void anAllowedSignInWithAPasswordActivatesItsSession() {
        var waiting = signIn();
        assertThat(conclude(waiting, heard()))
                .isEqualTo(new Authorized.Granted(new Cookie.Unchanged()));
        assertThat(codeWorks(waiting)).isTrue();
        assertThat(fixture.isSignedIn(waiting.cookie())).isTrue();
    }

    /// THREATS R25.1.
    @Test
    void aRedemptionInAKeptSessionRenewsItsCookieOnceItIsAllowed() {
        var kept = session();
        var waiting = redemption(transfer(), kept.cookie());
        allow(waiting);
        assertThat(fixture.isSignedIn(kept.cookie())).isFalse();
        assertThat(fixture.isSignedIn(waiting.request().cookie())).isTrue();
        assertThat(stored(kept.session()).session().parent()).isEmpty();
    }

    /// Contract actions §8, the first of its good practices.
    @Test
    void aTimeBoxHoldsUntilTheNextUseAndItsEndForGood() {
        var end = in(HALF_AN_HOUR);
        var idle = in(Duration.ofMinutes(15));
        var waiting = redemption(transfer());
        allow(
                waiting,
                new Effect.SetSessionExpiresAt(end),
                new Effect.SetSessionIdleExpiresAt(idle));
        var boxed = stored(waiting.session()).session();
        assertThat(boxed.expiresAt()).isEqualTo(end);
        assertThat(boxed.idleExpiresAt()).isEqualTo(idle);
        // Two hours of idle time would be due, but the end is nearer.
        assertThat(fixture.isSignedIn(waiting.cookie())).isTrue();
        var used = stored(waiting.session()).session();
        assertThat(used.expiresAt()).isEqualTo(end);
        assertThat(used.idleExpiresAt()).isEqualTo(end);
    }

    @Test
    void anIdleEndHoldsForOneUse() {
        var idle = in(Duration.ofMinutes(15));
        var waiting = redemption(transfer());
        allow(waiting, new Effect.SetSessionIdleExpiresAt(idle));
        assertThat(stored(waiting.session()).session().idleExpiresAt()).isEqualTo(idle);
        fixture.isSignedIn(waiting.cookie());
        var used = stored(waiting.session());
        assertThat(used.session().idleExpiresAt())
                .isEqualTo(used.lastInteractedAt().plus(Fixture.LIMITS.idle()));
    }

    @Test
    void anEndBeyondTheTenantsIsCappedWithAWarning() {
        var waiting = redemption(transfer());
        allow(
                waiting,
                new Effect.SetSessionExpiresAt(in(Duration.ofDays(9))),
                new Effect.SetSessionIdleExpiresAt(in(Duration.ofDays(9))));
        var capped = stored(waiting.session());
        assertThat(capped.session().expiresAt())
                .isEqualTo(capped.session().createdAt().plus(Fixture.LIMITS.absolute()));
        assertThat(capped.session().idleExpiresAt())
                .isEqualTo(capped.lastInteractedAt().plus(Fixture.LIMITS.idle()));
        assertThat(logged("w")).hasSize(2);
        // Contract native-to-web §10.2 names the events that have the flag.
        assertThat(logged("w").getFirst().details().values())
                .doesNotContainKey("triggered_by_session_transfer_token");
    }

    /// Contract management-api §13: limits that were reduced apply from the next use on.
    @Test
    void anEndIsCappedByTheTenantsLimitsOfNow() {
        var kept = session();
        fixture.limits = new SessionLimits(Duration.ofHours(1), Duration.ofMinutes(30), true);
        var waiting = singleSignOn(kept.cookie());
        allow(waiting, new Effect.SetSessionExpiresAt(in(Duration.ofHours(7))));
        var session = stored(kept.session()).session();
        assertThat(session.expiresAt()).isEqualTo(session.createdAt().plus(Duration.ofHours(1)));
        assertThat(logged("w")).hasSize(1);
    }

    @Test
    void anEndInThePastEndsTheSessionAtOnce() {
        var waiting = redemption(transfer());
        allow(waiting, new Effect.SetSessionExpiresAt(in(Duration.ofMinutes(-1))));
        assertThat(live(waiting.session())).isEmpty();
        assertThat(codeWorks(waiting)).isFalse();
        assertThat(fixture.isSignedIn(waiting.cookie())).isFalse();
    }

    @Test
    void aCookieThatOutlivesTheBrowserOrNoLongerDoesIsRenewedAndStaysSo() {
        var kept = session();
        var waiting = singleSignOn(kept.cookie());
        assertThat(conclude(waiting, heard(new Effect.SetCookieMode(false))))
                .isEqualTo(new Authorized.Granted(new Cookie.Renewed(Optional.empty())));
        assertThat(fixture.isSignedIn(kept.cookie())).isFalse();
        assertThat(fixture.isSignedIn(waiting.request().cookie())).isTrue();
        assertThat(stored(kept.session()).session().persistent()).isFalse();
    }

    @Test
    void metadataOfTheSessionIsStored() {
        var waiting = redemption(transfer());
        allow(
                waiting,
                new Effect.EditSessionMetadata(new MetadataEdit.Put("seat", "4")),
                new Effect.EditSessionMetadata(new MetadataEdit.Put("row", "7")));
        assertThat(stored(waiting.session()).metadata()).isEqualTo(Map.of("seat", "4", "row", "7"));
        allow(
                singleSignOn(waiting.cookie()),
                new Effect.EditSessionMetadata(new MetadataEdit.Delete("seat")));
        assertThat(stored(waiting.session()).metadata()).isEqualTo(Map.of("row", "7"));
    }

    @Test
    void whatIsDecidedAboutTokensReachesTheCodesExchange() {
        var end = in(Duration.ofDays(2));
        var idle = in(Duration.ofDays(1));
        var waiting = redemption(transfer());
        allow(
                waiting,
                new Effect.SetRefreshTokenExpiresAt(end),
                new Effect.SetRefreshTokenIdleExpiresAt(idle),
                new Effect.EditRefreshTokenMetadata(new MetadataEdit.Put("from", "app")),
                new Effect.SetIdTokenClaim("https://shop.example/from", Optional.of("\"app\"")),
                new Effect.SetAccessTokenClaim("https://shop.example/tier", Optional.of("3")),
                new Effect.AddScope("read:seats"));
        var access = fixture.secret();
        var tokens = fixture.exchangeCode(waiting.code(), access);
        var family = stored(tokens.family());
        assertThat(family.family().expiresAt()).contains(end);
        assertThat(family.family().idleExpiresAt()).contains(idle);
        assertThat(family.metadata()).isEqualTo(Map.of("from", "app"));
        var scope = "openid offline_access read:seats";
        assertThat(family.family().scope()).isEqualTo(scope);
        assertThat(tokens.outcome())
                .isInstanceOfSatisfying(
                        Codes.Exchanged.Granted.class,
                        granted -> {
                            var terms = granted.code().terms();
                            assertThat(terms.idTokenClaims())
                                    .isEqualTo(Map.of("https://shop.example/from", "\"app\""));
                            assertThat(terms.accessTokenClaims())
                                    .isEqualTo(Map.of("https://shop.example/tier", "3"));
                            assertThat(granted.code().request().scope()).isEqualTo(scope);
                        });
        var opaque = new AccessTokens(database).find(access.hash()).orElseThrow();
        assertThat(opaque.scope()).isEqualTo(scope);
        assertThat(opaque.customClaims()).isEqualTo(Map.of("https://shop.example/from", "\"app\""));
    }

    @Test
    void withoutOfflineAccessThereIsNoRefreshToken() {
        for (var waiting : List.of(redemption(transfer()), signIn())) {
            allow(waiting, new Effect.RemoveScope("offline_access"));
            var tokens = fixture.exchangeCode(waiting.code());
            assertThat(tokens.outcome())
                    .isInstanceOfSatisfying(
                            Codes.Exchanged.Granted.class,
                            it -> assertThat(it.code().request().scope()).isEqualTo("openid"));
            assertThat(new Observations(database).family(tokens.family())).isEmpty();
        }
    }

    // Denied.

    @Test
    void aDeniedRedemptionLeavesNoSessionAndABurntTransfer() {
        var transfer = transfer();
        var waiting = redemption(transfer);
        var policy = heard(DENY);
        assertThat(conclude(waiting, policy))
                .isEqualTo(
                        new Authorized.Denied(
                                new Cookie.Unchanged(),
                                new Denial.ByAction("access_denied", "not today")));
        assertNothingIsGrantedYet(waiting);
        assertNobodyIsSignedIn(waiting);
        assertThat(hasEndedBecause(waiting.session(), "ACTION")).isTrue();
        assertThat(outcomeOf(transfer)).isEqualTo("denied_by_action");
        assertThat(fixture.redeem(transfer).outcome()).isInstanceOf(Authorized.Paused.class);
        assertThat(details("f"))
                .containsEntry("error.oauthError", "access_denied")
                .containsEntry("error.message", "not today")
                .containsEntry("triggered_by_session_transfer_token", true)
                .containsEntry("actions.executions", List.of(policy.verdict().execution().id()));
        assertThat(isRecorded(policy)).isTrue();
    }

    @Test
    void aDeniedSignInWithAPasswordLeavesNoSessionAndNoCookie() {
        var waiting = signIn();
        assertThat(conclude(waiting, heard(new Effect.Invalidate("too_late", "closed"))))
                .isEqualTo(
                        new Authorized.Denied(
                                new Cookie.Cleared(), new Denial.ByAction("too_late", "closed")));
        assertNothingIsGrantedYet(waiting);
        assertNobodyIsSignedIn(waiting);
        assertThat(hasEndedBecause(waiting.session(), "ACTION")).isTrue();
        assertThat(details("f"))
                .containsEntry("error.oauthError", "too_late")
                .doesNotContainKey("triggered_by_session_transfer_token");
    }

    @Test
    void aDenialLeavesAKeptSessionAsItWas() {
        var kept = session();
        var before = stored(kept.session());
        var transfer = transfer();
        var redeeming = redemption(transfer, kept.cookie());
        assertThat(conclude(redeeming, heard(DENY)))
                .isInstanceOfSatisfying(
                        Authorized.Denied.class,
                        it -> assertThat(it.cookie()).isEqualTo(new Cookie.Unchanged()));
        var silent = singleSignOn(kept.cookie());
        deny(silent, DENY);
        assertThat(stored(kept.session())).isEqualTo(before);
        assertThat(codeWorks(redeeming)).isFalse();
        assertThat(codeWorks(silent)).isFalse();
        assertThat(outcomeOf(transfer)).isEqualTo("denied_by_action");
        assertThat(logged("f")).hasSize(1);
        assertThat(details("fsa")).containsEntry("error.oauthError", "access_denied");
        assertThat(fixture.isSignedIn(kept.cookie())).isTrue();
    }

    @Test
    void changesOfTheUserHappenWhetherTheSignInIsAllowedOrDenied() {
        allow(redemption(transfer()));
        assertThat(documentOf(Fixture.KIM)).isEqualTo("{}");
        assertThat(conclude(redemption(transfer()), changing(NOTE)))
                .isInstanceOf(Authorized.Granted.class);
        assertThat(documentOf(Fixture.KIM)).isEqualTo("{\"changed\":true}");
        var lee = redemption(transfer(fixture.signIn(Fixture.LEE)));
        assertThat(conclude(lee, changing(NOTE, DENY))).isInstanceOf(Authorized.Denied.class);
        assertThat(documentOf(Fixture.LEE)).isEqualTo("{\"changed\":true}");
    }

    /// Contract actions §6.1.
    @Test
    void aFailedRunDeniesChangesNothingAndSaysWhichActionFailed() {
        var transfer = transfer();
        var waiting = redemption(transfer);
        var policy = failed(NOTE, new Effect.RevokeSession("gone", false));
        assertThat(conclude(waiting, policy))
                .isInstanceOfSatisfying(
                        Authorized.Denied.class,
                        it ->
                                assertThat(it.denial())
                                        .isEqualTo(
                                                new Denial.ByAction(
                                                        "access_denied",
                                                        "Action execution failed")));
        assertNobodyIsSignedIn(waiting);
        assertThat(documentOf(Fixture.KIM)).isEqualTo("{}");
        assertThat(outcomeOf(transfer)).isEqualTo("denied_by_action");
        assertThat(logged("session_revoked")).isEmpty();
        assertThat(details("actions_execution_failed"))
                .containsEntry("error_class", "action_error")
                .containsEntry("action_name", "Check")
                .containsEntry("action_error.code", "E1")
                .containsEntry("action_error.message", "oops")
                .containsEntry("action_error.name", "TypeError")
                .containsEntry("action_error.stack", "at 1:1")
                .containsEntry("actions.executions", List.of(policy.verdict().execution().id()))
                .doesNotContainKey("triggered_by_session_transfer_token");
        assertThat(details("f")).containsEntry("error.message", "Action execution failed");
        assertThat(isRecorded(policy)).isTrue();
    }

    @Test
    void anEffectThatMakesNoSenseDeniesAndChangesNothing() {
        for (var effect :
                List.of(
                        new Effect.Malformed("setExpiresAt takes a number"),
                        new Effect.RevokeRefreshToken("there is none"),
                        new Effect.EditSessionMetadata(new MetadataEdit.Put("a b", "c")))) {
            var waiting = redemption(transfer());
            assertThat(conclude(waiting, changing(NOTE, effect)))
                    .isInstanceOf(Authorized.Denied.class);
            assertNobodyIsSignedIn(waiting);
            assertThat(documentOf(Fixture.KIM)).isEqualTo("{}");
        }
    }

    // What an Action revokes.

    /// A signed-in browser whose client hears of its end, and a refresh token of the session.
    private record Online(Waiting browser, Fixture.Tokens tokens) {}

    private Online online(boolean isOnline) {
        fixture.hears = Set.of(Initiator.SESSION_REVOKED);
        fixture.webPolicy =
                new TransferPolicy(
                        false,
                        true,
                        fixture.webPolicy.accepted(),
                        DeviceBinding.IP,
                        true,
                        isOnline);
        fixture.stored();
        var browser = redemption(transfer());
        allow(browser);
        return new Online(browser, fixture.exchangeCode(browser.code()));
    }

    @Test
    void aRevokedSessionEndsWithItsRefreshTokensAndItsClientsHearOfIt() {
        var online = online(false);
        var waiting = singleSignOn(online.browser().cookie());
        var policy = heard(new Effect.RevokeSession("stolen", false));
        assertThat(conclude(waiting, policy))
                .isEqualTo(
                        new Authorized.Denied(
                                new Cookie.Cleared(),
                                new Denial.ByAction("access_denied", "stolen")));
        assertThat(live(waiting.session())).isEmpty();
        assertThat(fixture.isSignedIn(online.browser().cookie())).isFalse();
        assertThat(codeWorks(waiting)).isFalse();
        assertThat(fixture.refresh(fixture.web(), online.tokens().refreshToken()))
                .isInstanceOf(Refreshed.Refused.class);
        assertThat(details("session_revoked"))
                .containsEntry("session_id", waiting.session().value())
                .containsEntry("ended.refresh_tokens", List.of(online.tokens().family().value()))
                .containsEntry("actions.executions", List.of(policy.verdict().execution().id()));
        assertThat(notices())
                .singleElement()
                .satisfies(
                        it -> {
                            assertThat(it.session()).isEqualTo(waiting.session());
                            assertThat(it.client()).isEqualTo(Fixture.WEB);
                            assertThat(it.initiator()).isEqualTo(Initiator.SESSION_REVOKED);
                        });
    }

    @Test
    void aSessionThatIsRevokedAlonePreservesItsRefreshTokensUnlessTheyAreOnline() {
        for (var isOnline : List.of(false, true)) {
            var online = online(isOnline);
            var waiting = singleSignOn(online.browser().cookie());
            deny(waiting, new Effect.RevokeSession("stolen", true));
            assertThat(live(waiting.session())).isEmpty();
            assertThat(hasEndedBecause(waiting.session(), "ACTION")).isTrue();
            var refreshed = fixture.refresh(fixture.web(), online.tokens().refreshToken());
            assertThat(refreshed instanceof Refreshed.Granted).isEqualTo(!isOnline);
        }
    }

    @Test
    void aSessionThatIsRevokedBeforeItWorkedNeverWorks() {
        var waiting = redemption(transfer());
        deny(waiting, new Effect.RevokeSession("stolen", false));
        assertNobodyIsSignedIn(waiting);
        assertThat(logged("session_revoked")).hasSize(1);
    }

    @Test
    void anExchangeCanRevokeTheSessionOfItsToken() {
        var online = online(true);
        fixture.policy = heard(new Effect.RevokeSession("stolen", false));
        assertThat(fixture.refresh(fixture.web(), online.tokens().refreshToken()))
                .isEqualTo(new Refreshed.Denied("access_denied", "stolen"));
        fixture.policy = new Policy.None();
        assertThat(live(online.browser().session())).isEmpty();
        assertThat(fixture.isSignedIn(online.browser().cookie())).isFalse();
        assertThat(new Observations(database).family(online.tokens().family())).isEmpty();
        assertThat(logged("session_revoked")).hasSize(1);
        assertThat(logged("fertft")).hasSize(1);
        assertThat(notices()).hasSize(1);
    }

    @Test
    void aRevokedRefreshTokenEndsWithAllThatHangsBelowIt() {
        var app = fixture.signIn(Fixture.KIM);
        var exchanged = fixture.exchange(app.token());
        var visit = fixture.redeem(exchanged.transfer());
        var web = fixture.exchangeCode(visit.code());
        var policy = heard(new Effect.RevokeRefreshToken("stolen"));
        fixture.policy = policy;
        assertThat(fixture.exchange(exchanged.successor()).outcome())
                .isEqualTo(new Minted.Denied("access_denied", "stolen"));
        assertThat(details("fertft"))
                .containsEntry("actions.executions", List.of(policy.verdict().execution().id()));
        fixture.policy = new Policy.None();
        assertThat(new Observations(database).family(app.family())).isEmpty();
        assertThat(fixture.isSignedIn(visit.cookie())).isFalse();
        assertThat(fixture.refresh(fixture.web(), web.refreshToken()))
                .isInstanceOf(Refreshed.Refused.class);
        assertThat(details("srrt"))
                .containsEntry("credential_id", app.family().value())
                .containsEntry("ended.sessions", List.of(visit.session().value()))
                .containsEntry(
                        "ended.refresh_tokens",
                        Stream.of(app.family(), web.family())
                                .map(FamilyId::value)
                                .sorted()
                                .toList());
        assertThat(isRecorded(policy)).isTrue();
    }

    // The token endpoint.

    @Test
    void aDenialAtAnExchangeLeavesTheTokenAsUsableAsBefore() {
        var app = fixture.signIn(Fixture.KIM);
        var before = stored(app.family());
        for (var policy : List.of(heard(DENY), failed())) {
            fixture.policy = policy;
            assertThat(fixture.refresh(fixture.app(), app.token()))
                    .isInstanceOf(Refreshed.Denied.class);
            assertThat(isRecorded(policy)).isTrue();
        }
        for (var policy : List.of(heard(DENY), failed())) {
            fixture.policy = policy;
            var exchanged = fixture.exchange(app.token());
            assertThat(exchanged.outcome()).isInstanceOf(Minted.Denied.class);
            fixture.policy = new Policy.None();
            assertThat(fixture.redeem(exchanged.transfer()).outcome())
                    .isInstanceOf(Authorized.Paused.class);
        }
        assertThat(stored(app.family())).isEqualTo(before);
        assertThat(logged("fertft")).hasSize(4);
        assertThat(logged("sertft")).isEmpty();
        assertThat(logged("actions_execution_failed")).hasSize(2);
        assertThat(fixture.exchange(app.token()).outcome()).isInstanceOf(Minted.Granted.class);
    }

    @Test
    void anAllowedExchangeCarriesOutWhatConcernsTheTokenAndItsSession() {
        var online = online(true);
        var end = in(HALF_AN_HOUR);
        var policy =
                heard(
                        new Effect.SetRefreshTokenExpiresAt(end),
                        new Effect.SetRefreshTokenIdleExpiresAt(in(Duration.ofMinutes(10))),
                        new Effect.EditRefreshTokenMetadata(new MetadataEdit.Put("seen", "yes")),
                        new Effect.SetSessionExpiresAt(end),
                        new Effect.EditSessionMetadata(new MetadataEdit.Put("seat", "4")),
                        new Effect.SetIdTokenClaim("tier", Optional.of("3")),
                        new Effect.RemoveScope("openid"));
        fixture.policy = policy;
        assertThat(fixture.refresh(fixture.web(), online.tokens().refreshToken()))
                .isInstanceOfSatisfying(
                        Refreshed.Granted.class,
                        it -> {
                            assertThat(it.scope().scope()).isEqualTo("offline_access");
                            assertThat(it.terms().idTokenClaims()).isEqualTo(Map.of("tier", "3"));
                        });
        var family = stored(online.tokens().family());
        assertThat(family.family().expiresAt()).contains(end);
        assertThat(family.family().idleExpiresAt().orElseThrow()).isBefore(end);
        assertThat(family.metadata()).isEqualTo(Map.of("seen", "yes"));
        // What one exchange lacks, the next one has again.
        assertThat(family.family().scope()).isEqualTo("openid offline_access");
        var session = stored(online.browser().session());
        assertThat(session.session().expiresAt()).isEqualTo(end);
        assertThat(session.session().idleExpiresAt()).isBeforeOrEqualTo(end);
        assertThat(session.metadata()).isEqualTo(Map.of("seat", "4"));
        assertThat(logged("sertft").getLast().details().values())
                .containsEntry("actions.executions", List.of(policy.verdict().execution().id()));
    }

    /// Contract actions §4: only shorten.
    @Test
    void anExchangeNeverProlongsItsTokenNorItsSession() {
        var online = online(true);
        var token = stored(online.tokens().family()).family();
        var session = stored(online.browser().session());
        fixture.policy =
                heard(
                        new Effect.SetRefreshTokenExpiresAt(in(Duration.ofDays(99))),
                        new Effect.SetSessionExpiresAt(in(Duration.ofDays(99))),
                        new Effect.SetSessionIdleExpiresAt(in(Duration.ofDays(99))));
        assertThat(fixture.refresh(fixture.web(), online.tokens().refreshToken()))
                .isInstanceOf(Refreshed.Granted.class);
        assertThat(stored(token.id()).family().expiresAt()).isEqualTo(token.expiresAt());
        assertThat(stored(session.session().id()).session()).isEqualTo(session.session());
        assertThat(logged("w")).hasSize(3);
    }

    @Test
    void anAllowedExchangeForATransferSaysWhichRunAllowedIt() {
        var app = fixture.signIn(Fixture.KIM);
        var policy = heard(new Effect.SetIdTokenClaim("tier", Optional.of("3")));
        fixture.policy = policy;
        var exchanged = fixture.exchange(app.token());
        fixture.policy = new Policy.None();
        assertThat(exchanged.outcome())
                .isInstanceOfSatisfying(
                        Minted.Granted.class,
                        it ->
                                assertThat(it.terms().idTokenClaims())
                                        .isEqualTo(Map.of("tier", "3")));
        assertThat(details("sertft"))
                .containsEntry("actions.executions", List.of(policy.verdict().execution().id()));
        assertThat(isRecorded(policy)).isTrue();
        assertThat(fixture.redeem(exchanged.transfer()).outcome())
                .isInstanceOf(Authorized.Granted.class);
    }

    private Granted grant(FamilyId family, Secret token, Policy policy) {
        fixture.policy = policy;
        var grant = fixture.granting(Fixture.KIM, Optional.empty(), family, token);
        fixture.policy = new Policy.None();
        return new SignIns(database).grant(grant);
    }

    @Test
    void anAllowedPasswordGrantIssuesWhatWasDecided() {
        var family = new FamilyId(fixture.id());
        var token = fixture.secret();
        var end = in(HALF_AN_HOUR);
        var policy =
                changing(
                        NOTE,
                        new Effect.SetRefreshTokenExpiresAt(end),
                        new Effect.EditRefreshTokenMetadata(
                                new MetadataEdit.Put("device_trust", "high")),
                        new Effect.SetIdTokenClaim("tier", Optional.of("3")),
                        new Effect.AddScope("read:seats"));
        assertThat(grant(family, token, policy))
                .isInstanceOfSatisfying(
                        Granted.Issued.class,
                        it -> {
                            assertThat(it.scope()).isEqualTo("openid offline_access read:seats");
                            assertThat(it.terms().idTokenClaims()).isEqualTo(Map.of("tier", "3"));
                        });
        assertThat(stored(family).family().expiresAt()).contains(end);
        assertThat(stored(family).metadata()).isEqualTo(TRUST);
        assertThat(documentOf(Fixture.KIM)).isEqualTo("{\"changed\":true}");
        assertThat(details("sepft"))
                .containsEntry("actions.executions", List.of(policy.verdict().execution().id()));
        assertThat(fixture.refresh(fixture.app(), token)).isInstanceOf(Refreshed.Granted.class);
    }

    @Test
    void aPasswordGrantWithoutOfflineAccessIssuesNoRefreshToken() {
        var family = new FamilyId(fixture.id());
        var token = fixture.secret();
        assertThat(grant(family, token, heard(new Effect.RemoveScope("offline_access"))))
                .isInstanceOfSatisfying(
                        Granted.Issued.class, it -> assertThat(it.scope()).isEqualTo("openid"));
        assertThat(new Observations(database).family(family)).isEmpty();
    }

    @Test
    void aDeniedPasswordGrantIssuesNothing() {
        var family = new FamilyId(fixture.id());
        assertThat(grant(family, fixture.secret(), changing(NOTE, DENY)))
                .isEqualTo(new Granted.Denied("access_denied", "not today"));
        assertThat(new Observations(database).family(family)).isEmpty();
        assertThat(documentOf(Fixture.KIM)).isEqualTo("{\"changed\":true}");
        assertThat(logged("sepft")).isEmpty();
        assertThat(logged("fepft")).hasSize(1);
        assertThat(fixture.log()).contains("fepft not today");
    }

    // What happens while Actions run.

    /// How a request came to wait.
    enum Way {
        REDEMPTION,
        REDEMPTION_IN_A_SESSION,
        SINGLE_SIGN_ON_IN_A_LINKED_SESSION,
        SIGN_IN_WITH_A_PASSWORD
    }

    enum Meanwhile {
        PARENT_REVOKED,
        USER_BLOCKED,
        USER_DELETED,
        ISSUER_DISABLED,
        LOGGED_OUT,
        SESSION_DELETED,
        OTHER_USER_SIGNED_IN
    }

    /// @param way how the request came to wait
    record Interruption(Way way, Meanwhile meanwhile) {}

    static Stream<Interruption> interruptions() {
        return Arrays.stream(Way.values())
                .flatMap(
                        way ->
                                Arrays.stream(Meanwhile.values())
                                        .map(meanwhile -> new Interruption(way, meanwhile)))
                .filter(PolicyContract::concerns);
    }

    private static boolean concerns(Interruption it) {
        return switch (it.meanwhile()) {
            case USER_BLOCKED, USER_DELETED, SESSION_DELETED -> true;
            case PARENT_REVOKED -> it.way() != Way.SIGN_IN_WITH_A_PASSWORD;
            case ISSUER_DISABLED ->
                    it.way() == Way.REDEMPTION || it.way() == Way.REDEMPTION_IN_A_SESSION;
            // A browser whose first session is only pending has no cookie of it yet.
            case LOGGED_OUT, OTHER_USER_SIGNED_IN -> it.way() != Way.REDEMPTION;
        };
    }

    @ParameterizedTest
    @MethodSource("interruptions")
    void whateverEndsWhileActionsRunTheirConclusionGrantsNothing(Interruption it) {
        var app = fixture.signIn(Fixture.KIM);
        var waiting =
                switch (it.way()) {
                    case REDEMPTION -> redemption(transfer(app));
                    case REDEMPTION_IN_A_SESSION -> redemption(transfer(app), session().cookie());
                    case SINGLE_SIGN_ON_IN_A_LINKED_SESSION ->
                            singleSignOn(fixture.redeem(transfer(app)).cookie());
                    case SIGN_IN_WITH_A_PASSWORD -> signIn();
                };
        happens(it.meanwhile(), app, waiting);
        var successes = logged("s").size() + logged("ssa").size();
        var outcome =
                conclude(
                        waiting,
                        changing(
                                NOTE,
                                new Effect.EditSessionMetadata(new MetadataEdit.Put("a", "b"))));
        assertThat(outcome).isNotInstanceOf(Authorized.Granted.class);
        assertThat(logged("s").size() + logged("ssa").size()).isEqualTo(successes);
        assertThat(codeWorks(waiting)).isFalse();
        assertThat(fixture.isSignedIn(waiting.request().cookie())).isFalse();
        // A session that its user opened by hand outlives the parent of a transfer.
        var lives =
                it.way() == Way.REDEMPTION_IN_A_SESSION
                        && (it.meanwhile() == Meanwhile.PARENT_REVOKED
                                || it.meanwhile() == Meanwhile.ISSUER_DISABLED);
        assertThat(live(waiting.session()).isPresent()).isEqualTo(lives);
        if (it.meanwhile() != Meanwhile.USER_DELETED)
            assertThat(documentOf(Fixture.KIM)).isEqualTo("{}");
        assertThat(stored(waiting.session()).metadata()).isEmpty();
    }

    private void happens(Meanwhile meanwhile, Fixture.Native app, Waiting waiting) {
        switch (meanwhile) {
            case PARENT_REVOKED -> assertThat(revoke(app.family()).families()).isNotEmpty();
            case USER_BLOCKED -> fixture.block();
            case USER_DELETED ->
                    assertThat(new Users(database).delete(Fixture.KIM, Fixture.ADMIN)).isTrue();
            case ISSUER_DISABLED -> {
                fixture.appPolicy = TransferPolicy.OFF;
                fixture.stored();
            }
            case LOGGED_OUT ->
                    assertThat(
                                    new Revocations(database, Observer.NONE)
                                            .logOut(
                                                    waiting.cookie().hash(),
                                                    Optional.empty(),
                                                    Fixture.from(1)))
                            .isPresent();
            case SESSION_DELETED ->
                    assertThat(
                                    new Revocations(database, Observer.NONE)
                                            .endSession(waiting.session(), Fixture.ADMIN)
                                            .sessions())
                            .containsExactly(waiting.session());
            case OTHER_USER_SIGNED_IN ->
                    assertThat(
                                    complete(
                                            form(),
                                            Fixture.LEE,
                                            Optional.of(waiting.cookie()),
                                            fixture.secret(),
                                            fixture.secret(),
                                            new Policy.None()))
                            .isInstanceOf(Completed.SignedIn.class);
        }
    }

    /// What the transfer came to is what its conclusion says, not what was true when it was
    /// claimed.
    @Test
    void aTransferWhoseParentEndedWhileActionsRanIsRefused() {
        var app = fixture.signIn(Fixture.KIM);
        var transfer = transfer(app);
        var waiting = redemption(transfer);
        revoke(app.family());
        assertThat(conclude(waiting, heard()))
                .isInstanceOfSatisfying(
                        Authorized.Paused.class,
                        it -> assertThat(it.next()).isEqualTo(Next.SIGN_IN));
        assertThat(outcomeOf(transfer)).isEqualTo("parent_ended");
        assertThat(fixture.log()).contains("w " + Reason.PARENT_ENDED.warning().orElseThrow());
    }

    @Test
    void withoutCascadeAPendingSessionStillNeedsItsParentAlive() {
        fixture.appPolicy =
                new TransferPolicy(true, false, Set.of(), DeviceBinding.IP, false, true);
        fixture.stored();
        var app = fixture.signIn(Fixture.KIM);
        var waiting = redemption(transfer(app));
        revoke(app.family());
        assertThat(live(waiting.session())).isEmpty();
        assertThat(conclude(waiting, heard())).isInstanceOf(Authorized.Paused.class);
        assertThat(hasEndedBecause(waiting.session(), "ACTION")).isTrue();
    }

    /// Contract native-to-web §5.2 step 10: the browser's session was pending when the transfer
    /// came, and is somebody else's now.
    @Test
    void aTransferMeetsTheSessionThatTheBrowserHasWhenItIsConcluded() {
        var lee = signIn(Fixture.LEE, Optional.empty());
        var transfer = transfer();
        var kim = redemption(transfer, lee.cookie());
        allow(lee);
        assertThat(conclude(kim, heard()))
                .isInstanceOfSatisfying(
                        Authorized.Paused.class,
                        it -> assertThat(it.cookie()).isEqualTo(new Cookie.Cleared()));
        assertThat(live(kim.session())).isEmpty();
        assertThat(hasEndedBecause(lee.session(), "OTHER_USER_TRANSFERRED")).isTrue();
        assertThat(outcomeOf(transfer)).isEqualTo("other_user");
    }

    @ParameterizedTest
    @EnumSource(
            value = Meanwhile.class,
            names = {"PARENT_REVOKED", "USER_BLOCKED", "USER_DELETED"})
    void whateverEndsWhileActionsRunTheTokenEndpointIssuesNothing(Meanwhile meanwhile) {
        var app = fixture.signIn(Fixture.KIM);
        var successor = fixture.secret();
        happens(meanwhile, app, redemption(transfer(fixture.signIn(Fixture.KIM))));
        fixture.policy = changing(NOTE);
        assertThat(fixture.refresh(fixture.app(), app.token(), successor))
                .isInstanceOf(Refreshed.Refused.class);
        assertThat(fixture.exchange(app.token()).outcome()).isInstanceOf(Minted.TokenRefused.class);
        if (meanwhile != Meanwhile.PARENT_REVOKED)
            assertThat(grant(new FamilyId(fixture.id()), fixture.secret(), changing(NOTE)))
                    .isEqualTo(new Granted.Blocked());
        fixture.policy = new Policy.None();
        if (meanwhile != Meanwhile.USER_DELETED)
            assertThat(documentOf(Fixture.KIM)).isEqualTo("{}");
    }

    /// Whoever counts redemptions counts each one once, when it is decided.
    @Test
    void aRedemptionIsCountedOnceWhateverComesOfIt() {
        var counted = new ArrayList<String>();
        var observer =
                new Observer() {
                    @Override
                    public void exchanged(String outcome) {}

                    @Override
                    public void redeemed(String outcome) {
                        counted.add(outcome);
                    }

                    @Override
                    public void ended(Receipt receipt) {}
                };
        var authorizations = new Authorizations(database, observer);
        var kept = session();
        var gone = redemption(transfer(), kept.cookie());
        new Revocations(database, Observer.NONE).endSession(kept.session(), Fixture.ADMIN);
        var allowed = redemption(transfer());
        var denied = redemption(transfer());
        authorizations.conclude(gone.request().command().heard(heard()), gone.matter());
        authorizations.conclude(allowed.request().command().heard(heard()), allowed.matter());
        authorizations.conclude(denied.request().command().heard(heard(DENY)), denied.matter());
        assertThat(counted).containsExactly("accepted", "accepted", "denied_by_action");
    }

    // Races.

    /// A matter belongs to one request, which concludes it once. Should a fault of ours conclude it
    /// twice, the request's one code sees to it that the second changes nothing.
    @Test
    void ofTwoConclusionsOfOneMatterOneCounts() throws Exception {
        for (var round = 0; round < 20; round++) {
            var before = logged("s").size();
            var waiting = redemption(transfer());
            var first = heard();
            var second = heard();
            var outcomes =
                    racing(
                            List.of(
                                    () -> isGranted(waiting, first),
                                    () -> isGranted(waiting, second)));
            assertThat(outcomes).containsExactlyInAnyOrder(true, false);
            assertThat(isRecorded(first)).isNotEqualTo(isRecorded(second));
            assertThat(logged("s")).hasSize(before + 1);
            assertThat(
                            Rows.count(
                                    database,
                                    "SELECT count(*) FROM session WHERE parent_id = ?",
                                    waiting.matter().transfer().orElseThrow().parent().value()))
                    .isEqualTo(1);
            assertThat(codeWorks(waiting)).isTrue();
            assertThat(codeWorks(waiting)).isFalse();
        }
    }

    private boolean isGranted(Waiting waiting, Policy.Heard policy) {
        try {
            return conclude(waiting, policy) instanceof Authorized.Granted;
        } catch (RuntimeException twice) {
            return false;
        }
    }

    /// Invariant I2.
    @Test
    void nothingLivesUnderAParentThatIsRevokedWhileItsTransferIsConcluded() throws Exception {
        for (var round = 0; round < 200; round++) {
            var app = fixture.signIn(Fixture.KIM);
            var waiting = redemption(transfer(app));
            Callable<Boolean> concluding =
                    () -> conclude(waiting, heard()) instanceof Authorized.Granted;
            Callable<Boolean> revoking = () -> revoke(app.family()).isEmpty();
            var outcomes = racing(List.of(concluding, revoking));
            assertThat(outcomes.getLast()).isFalse();
            assertThat(live(waiting.session())).as("round %d", round).isEmpty();
            assertThat(stored(waiting.session()).session().ended()).isTrue();
            assertThat(codeWorks(waiting)).as("round %d", round).isFalse();
        }
    }

    private static <T> List<T> racing(List<Callable<T>> attempts) throws Exception {
        var barrier = new CyclicBarrier(attempts.size());
        try (var pool = Executors.newFixedThreadPool(attempts.size())) {
            var running = new ArrayList<Future<T>>();
            for (var attempt : attempts)
                running.add(
                        pool.submit(
                                () -> {
                                    barrier.await();
                                    return attempt.call();
                                }));
            var outcomes = new ArrayList<T>();
            for (var it : running) outcomes.add(it.get());
            return outcomes;
        }
    }
}
