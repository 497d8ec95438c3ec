package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import segue.domain.action.Effect;
import segue.domain.action.MetadataEdit;
import segue.domain.action.Policy;
import segue.domain.action.TokenExchangeRuling;
import segue.domain.action.TokenExchangeRuling.Reason;
import segue.domain.action.TokenExchangeVerdict;
import segue.domain.action.Verdict;
import segue.domain.authorize.Consent;
import segue.domain.authorize.Interaction;
import segue.domain.identifier.ActionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.GrantId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.keys.FreshKey;
import segue.domain.keys.SigningAlgorithm;
import segue.domain.log.LogEvent;
import segue.domain.revocation.Receipt;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;
import segue.domain.session.SessionLimits;
import segue.domain.transfer.Presented;
import segue.storage.Actions.Written;
import segue.storage.Authorizations.Authorized;
import segue.storage.Codes.Exchanged;
import segue.storage.DeviceAuthorizations.Entered;
import segue.storage.DeviceAuthorizations.Polled;
import segue.storage.Families.Refreshed;
import segue.storage.SignIns.Completed;
import segue.storage.SignIns.Granted;
import segue.storage.TokenExchanges.Identified;
import segue.storage.Transfers.Minted;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Dump;
import segue.storage.jdbc.GrantTable;
import segue.storage.jdbc.StorageUnavailable;
import segue.storage.jdbc.UserDirectory;
import segue.storage.jdbc.UserTable;
import segue.storage.jdbc.Watched;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// Storage that fails at its n-th statement leaves nothing half done, for every n, for every use
/// case that writes (promise P4, THREATS T-57): the caller hears an exception and no success, no
/// row has changed, and afterwards the same works.
abstract class FailureContract {
    private static final int ENOUGH = 200;

    /// How PostgreSQL says that the disk is full, and SQLite.
    private static final String FULL = "53100";

    private static final int SQLITE_FULL = 13;

    /// Counts down to a failure.
    static final class Breaking implements Watched.Before {
        private final AtomicInteger countdown = new AtomicInteger();
        private volatile String state = "";

        /// The n-th statement from now fails, one time.
        ///
        /// @param state the SQL state of the failure
        void at(int n, String state) {
            this.state = state;
            countdown.set(n);
        }

        /// No more failures; tells whether the armed one was not reached.
        boolean disarmed() {
            return countdown.getAndSet(0) > 0;
        }

        @Override
        public void statement(String sql) throws SQLException {
            if (countdown.decrementAndGet() == 0)
                throw new SQLException("on purpose", state, state.equals(FULL) ? SQLITE_FULL : 0);
        }
    }

    /// @param prepared does what comes before, and returns the use case; that tells whether it
    ///   succeeded
    private record UseCase(String name, Supplier<BooleanSupplier> prepared) {}

    private static <T> UseCase useCase(String name, Supplier<T> before, Predicate<T> work) {
        return new UseCase(
                name,
                () -> {
                    var it = before.get();
                    return () -> work.test(it);
                });
    }

    private final Breaking breaking = new Breaking();
    private Optional<Fixture> stored = Optional.empty();

    /// A new, empty database.
    abstract Database open(Watched.Before before) throws Exception;

    @BeforeEach
    void prepare() throws Exception {
        stored = Optional.of(new Fixture(open(breaking)).stored());
    }

    @AfterEach
    void close() {
        database().close();
    }

    private Fixture fixture() {
        return stored.orElseThrow();
    }

    private Database database() {
        return fixture().database;
    }

    @TestFactory
    Stream<DynamicTest> whateverStatementFailsNothingIsHalfDone() {
        return Stream.concat(useCases(), finalUseCases())
                .map(it -> dynamicTest(it.name(), () -> breakAtEveryStatement(it)));
    }

    /// A disk may have room for a counter and none for a session.
    @Test
    void aRightPasswordThatStorageFailsAtIsNoGuess() {
        var signIns = new SignIns(database());
        var completion = completion(Optional.empty());
        for (var work :
                List.<ThrowingCallable>of(() -> signIns.complete(completion), this::grant)) {
            assertThat(onlyAttempt(signIns).backoff()).isEmpty();
            breaking.at(1, FULL);
            assertThatThrownBy(work).isInstanceOf(StorageUnavailable.class);
        }
        assertThat(onlyAttempt(signIns).backoff()).isEmpty();
        assertThat(onlyAttempt(signIns).backoff()).isPresent();
    }

    private SignIns.Attempt onlyAttempt(SignIns signIns) {
        return signIns.attempt(
                fixture().app(),
                Fixture.CONNECTION,
                "kim@example.org",
                Fixture.from(1),
                new Attempts.Limits(1, 1));
    }

    private void breakAtEveryStatement(UseCase useCase) {
        var work = useCase.prepared().get();
        var before = Dump.of(database());
        for (var n = 1; n < ENOUGH; n++) {
            breaking.at(n, "");
            var done = attempt(work);
            if (breaking.disarmed()) {
                assertThat(done).as("without a failure").hasValue(1);
                assertThat(n).as("statements").isGreaterThan(3);
                assertThat(Dump.of(database())).isNotEqualTo(before);
                return;
            }
            assertThat(done).as("an answer though statement %d failed", n).isEmpty();
            assertThat(Dump.of(database())).as("after a failure at %d", n).isEqualTo(before);
        }
        throw new AssertionError("it never came to its end");
    }

    /// Empty if it threw; otherwise 1 for a success.
    private static OptionalInt attempt(BooleanSupplier work) {
        try {
            return OptionalInt.of(work.getAsBoolean() ? 1 : 0);
        } catch (RuntimeException e) {
            return OptionalInt.empty();
        }
    }

    /// What a conflict at each statement leads to: the use case is done, and once.
    ///
    /// @param state the SQL state by which the database asks for one more try
    void retryAtEveryStatement(String state) {
        useCases().forEach(it -> retryAtEveryStatement(it, state));
    }

    private void retryAtEveryStatement(UseCase useCase, String state) {
        var undisturbed = 0;
        for (var n = 0; n < ENOUGH; n++) {
            var work = useCase.prepared().get();
            var before = logged();
            // The first round shows what it is without a conflict.
            breaking.at(n, state);
            assertThat(work.getAsBoolean()).as("%s, %d", useCase.name(), n).isTrue();
            var isOver = breaking.disarmed();
            // A unit that was done twice would have logged more.
            var logged = logged() - before;
            if (n == 0) undisturbed = logged;
            assertThat(logged).as("%s, %d", useCase.name(), n).isEqualTo(undisturbed);
            if (isOver) return;
        }
        throw new AssertionError("it never came to its end");
    }

    private int logged() {
        return Dump.of(database()).getOrDefault("tenant_log", List.of()).size();
    }

    private Stream<UseCase> useCases() {
        return Stream.of(
                        signingIn(),
                        exchangingTokens(),
                        activating(),
                        handingOff(),
                        refreshing(),
                        consenting(),
                        asking(),
                        concluding(),
                        revoking(),
                        managing())
                .flatMap(it -> it);
    }

    private Stream<UseCase> signingIn() {
        var signIns = new SignIns(database());
        var from = Fixture.from(1);
        var connection = Fixture.CONNECTION;
        return Stream.of(
                useCase("password grant", fixture()::secret, it -> !app().token().equals(it)),
                useCase(
                        "count an attempt",
                        this::nothing,
                        _ ->
                                signIns.attempt(
                                                fixture().app(),
                                                connection,
                                                "kim@example.org",
                                                from,
                                                new Attempts.Limits(1_000, 1_000))
                                        .backoff()
                                        .isEmpty()),
                useCase(
                        "count a wrong secret",
                        this::nothing,
                        _ ->
                                new Attempts(database())
                                        .wrongSecret(fixture().app().id(), from, 1_000)
                                        .isEmpty()),
                useCase(
                        "log a failed sign-in",
                        this::nothing,
                        _ -> {
                            signIns.failed("fp", fixture().app(), connection, KIM, "Wrong", from);
                            return true;
                        }),
                useCase(
                        "store a better hash",
                        () -> change(false, Optional.of("imported")),
                        _ -> {
                            var verified =
                                    new UserTable.Credentials(Fixture.KIM, Optional.of("imported"));
                            signIns.rehash(verified, "better");
                            return true;
                        }),
                useCase(
                        "sign in on the page",
                        () -> completion(Optional.empty()),
                        it -> signIns.complete(it) instanceof Completed.SignedIn),
                useCase(
                        "sign in over a transfer's session",
                        () -> completion(Optional.of(session().cookie().hash())),
                        it -> signIns.complete(it) instanceof Completed.SignedIn));
    }

    private Stream<UseCase> exchangingTokens() {
        var exchanges = new TokenExchanges(database());
        var nowhere = Optional.<OrganizationId>empty();
        return Stream.of(
                useCase(
                        "create a user for a subject token",
                        this::judged,
                        it -> exchanges.identify(it, fresh(it), nowhere) == Identified.KNOWN),
                useCase(
                        "change a user for a subject token",
                        () -> {
                            var first = judged();
                            exchanges.identify(first, fresh(first), nowhere);
                            return first;
                        },
                        it ->
                                exchanges.identify(again(it), renewed(it), nowhere)
                                        == Identified.KNOWN),
                useCase(
                        "identify nobody",
                        this::judged,
                        it -> exchanges.identify(it, unknown(it), nowhere) == Identified.UNKNOWN),
                useCase(
                        "refuse a bad subject token",
                        this::judged,
                        it -> {
                            exchanges.refuse(
                                    it,
                                    new TokenExchangeRuling.Refused(
                                            Reason.INVALID_SUBJECT_TOKEN,
                                            "invalid_request",
                                            "bad"));
                            return true;
                        }));
    }

    private Stream<UseCase> activating() {
        var scene = new DeviceScene(fixture());
        return Stream.of(
                useCase(
                        "ask with a device",
                        () -> new DeviceScene.Asked(fixture().secret(), fixture().secret()),
                        scene::issue),
                useCase(
                        "type a user code",
                        scene::asked,
                        it ->
                                scene.devices()
                                                .enter(
                                                        scene.entry(
                                                                it,
                                                                scene.browser(),
                                                                DeviceScene.PLENTY))
                                        instanceof Entered.Found),
                useCase(
                        "say that the device is one's own",
                        () -> {
                            var asked = scene.asked();
                            return new Confirming(
                                    scene.entered(asked),
                                    scene.confirming(asked, Optional.of(session().cookie())));
                        },
                        it ->
                                scene.confirm(it.browser(), it.request()).orElseThrow()
                                        instanceof Authorized.Granted),
                useCase(
                        "say that it isn't",
                        () -> scene.entered(scene.asked()),
                        it ->
                                scene.devices()
                                        .cancel(
                                                it.state().hash(),
                                                it.cookie().hash(),
                                                fixture().app(),
                                                Fixture.from(1))),
                useCase(
                        "poll in vain",
                        scene::asked,
                        it -> scene.poll(it).outcome() instanceof Polled.Pending),
                useCase(
                        "poll for tokens",
                        () -> {
                            var asked = scene.asked();
                            scene.approve(asked, Fixture.KIM);
                            return asked;
                        },
                        it -> scene.poll(it).outcome() instanceof Polled.Granted));
    }

    private record Confirming(DeviceScene.Browser browser, Fixture.Request request) {}

    private TokenExchanges.Judged judged() {
        return judged(fixture().id());
    }

    /// Another run about the same user.
    private TokenExchanges.Judged again(TokenExchanges.Judged first) {
        return judged(first.verdict().execution().id() + "-again");
    }

    private TokenExchanges.Judged judged(String execution) {
        return new TokenExchanges.Judged(
                fixture().app(),
                "urn:one",
                Optional.empty(),
                "openid",
                new TokenExchangeVerdict(
                        List.of(),
                        Optional.empty(),
                        new Verdict.Execution(execution, "custom-token-exchange", "{}")),
                Fixture.from(1));
    }

    private static TokenExchanges.Subject subject(
            TokenExchanges.Judged judged, boolean isCreated, boolean isRenewed) {
        var name = judged.verdict().execution().id();
        var fresh = new TokenExchanges.Stored(keys(name, false, Optional.empty()), "{}");
        var renewed = new TokenExchanges.Stored(fresh.keys(), "{\"renewed\":true}");
        return new TokenExchanges.Subject(
                new UserId("auth0|" + name),
                Optional.of(Fixture.CONNECTION),
                Optional.empty(),
                Optional.empty(),
                isCreated ? Optional.of(fresh) : Optional.empty(),
                isRenewed ? Optional.of(_ -> renewed) : Optional.empty());
    }

    private static TokenExchanges.Subject fresh(TokenExchanges.Judged judged) {
        return subject(judged, true, false);
    }

    private static TokenExchanges.Subject renewed(TokenExchanges.Judged judged) {
        return subject(judged, false, true);
    }

    private static TokenExchanges.Subject unknown(TokenExchanges.Judged judged) {
        return subject(judged, false, false);
    }

    /// A browser that is signed in, and a token that comes its way.
    private record Arrival(Fixture.Visit browser, Secret token) {}

    private Stream<UseCase> handingOff() {
        var from = Fixture.from(1);
        return Stream.of(
                useCase("mint", this::app, it -> exchange(it.token()) instanceof Minted.Granted),
                useCase(
                        "mint with a replayed token",
                        this::used,
                        it -> exchange(it.token()) instanceof Minted.Replayed),
                useCase(
                        "redeem",
                        () -> transfer(Fixture.KIM),
                        it -> fixture().redeem(it).outcome() instanceof Authorized.Granted),
                useCase(
                        "redeem in a session of the same user",
                        () -> new Arrival(session(), transfer(Fixture.KIM)),
                        it -> visit(it.browser(), it.token()) instanceof Authorized.Granted),
                useCase(
                        "redeem over a session of another user",
                        () -> new Arrival(online(), unlimited(transfer(Fixture.LEE))),
                        it -> visit(it.browser(), it.token()) instanceof Authorized.Paused),
                useCase(
                        "burn conflicting tokens",
                        () -> List.of(transfer(Fixture.KIM).hash(), transfer(Fixture.LEE).hash()),
                        it ->
                                fixture()
                                                .visit(
                                                        new Presented.Conflicting(it),
                                                        Optional.empty(),
                                                        Fixture.PLAIN,
                                                        from)
                                                .outcome()
                                        instanceof Authorized.Paused),
                useCase(
                        "sign in silently",
                        this::session,
                        it ->
                                fixture().comeBack(it.cookie()).outcome()
                                        instanceof Authorized.Granted),
                useCase(
                        "exchange a code",
                        () -> session().code(),
                        it -> fixture().exchangeCode(it).outcome() instanceof Exchanged.Granted),
                useCase(
                        "exchange a code twice",
                        () -> online().code(),
                        it -> fixture().exchangeCode(it).outcome() instanceof Exchanged.Refused));
    }

    private Stream<UseCase> consenting() {
        return Stream.of(
                useCase(
                        "ask what a client may have",
                        () -> transfer(Fixture.KIM),
                        it ->
                                demanding(() -> fixture().redeem(it)).outcome()
                                        instanceof Authorized.Paused),
                useCase(
                        "allow what a client asks for",
                        this::question,
                        it -> answer(it, true) instanceof Authorized.Granted),
                useCase(
                        "refuse what a client asks for",
                        this::question,
                        it -> answer(it, false) instanceof Authorized.Denied));
    }

    /// Does something while every user must be asked.
    private <T> T demanding(Supplier<T> work) {
        var before = fixture().consent;
        fixture().consent = new Consent.Terms(false, true, true, false, Set.of());
        try {
            return work.get();
        } finally {
            fixture().consent = before;
        }
    }

    /// A question whether a client may have what it asks for, after a transfer.
    private Fixture.Request question() {
        var token = new Presented.Once(transfer(Fixture.KIM).hash());
        return demanding(
                () -> {
                    var request =
                            fixture()
                                    .request(
                                            token,
                                            Optional.empty(),
                                            Fixture.PLAIN,
                                            Fixture.from(1));
                    new Authorizations(database(), Observer.NONE).authorize(request.command());
                    return request;
                });
    }

    private Authorized answer(Fixture.Request question, boolean allows) {
        var request =
                fixture()
                        .request(
                                new Presented.Nowhere(),
                                Optional.empty(),
                                Fixture.PLAIN,
                                Fixture.from(1));
        return new Authorizations(database(), Observer.NONE)
                .consent(
                        request.command(),
                        question.interaction().hash(),
                        question.browser().hash(),
                        allows)
                .orElseThrow();
    }

    private Stream<UseCase> refreshing() {
        return Stream.of(
                useCase(
                        "refresh",
                        this::app,
                        it -> refresh(it.token()) instanceof Refreshed.Granted),
                useCase(
                        "refresh with a replayed token",
                        this::used,
                        it -> refresh(it.token()) instanceof Refreshed.Replayed));
    }

    /// What Actions ask for, so that as much as possible is written.
    private static final List<Effect> CHANGES =
            List.of(
                    new Effect.SetUserMetadata("seen", Optional.of("1")),
                    new Effect.SetSessionExpiresAt(Instant.parse("2199-01-01T00:00:00Z")),
                    new Effect.SetCookieMode(false),
                    new Effect.EditSessionMetadata(new MetadataEdit.Put("seat", "4")),
                    new Effect.SetRefreshTokenExpiresAt(Instant.parse("2199-01-01T00:00:00Z")),
                    new Effect.EditRefreshTokenMetadata(new MetadataEdit.Put("from", "app")));

    private static final List<Effect> DENIAL =
            List.of(
                    new Effect.SetUserMetadata("seen", Optional.of("2")),
                    new Effect.Deny("not today"));

    private static final List<Effect> REVOCATION =
            List.of(new Effect.RevokeSession("stolen", false));

    private Policy.Heard heard(List<Effect> effects) {
        var execution = new Verdict.Execution(fixture().id(), "post-login", "{}");
        var verdict = new Verdict(effects, Optional.empty(), execution);
        return new Policy.Heard(verdict, UnaryOperator.identity(), false);
    }

    /// Does something with a policy in force.
    private <T> T under(Policy policy, Supplier<T> work) {
        fixture().policy = policy;
        try {
            return work.get();
        } finally {
            fixture().policy = new Policy.None();
        }
    }

    /// A request, and what waits for Actions.
    private record Waiting(Fixture.Request request, Authorizations.Matter matter) {}

    private Waiting waiting(Presented presented, Optional<Secret> cookie) {
        var request =
                under(
                        new Policy.Unheard(),
                        () -> fixture().request(presented, cookie, Fixture.PLAIN, Fixture.from(1)));
        if (authorize(request) instanceof Authorized.Asking(var matter))
            return new Waiting(request, matter);
        throw new AssertionError("nobody asks");
    }

    private Authorized authorize(Fixture.Request request) {
        return new Authorizations(database(), Observer.NONE).authorize(request.command());
    }

    private Waiting redemption() {
        return waiting(new Presented.Once(transfer(Fixture.KIM).hash()), Optional.empty());
    }

    private Authorized conclude(Waiting waiting, List<Effect> effects) {
        return new Authorizations(database(), Observer.NONE)
                .conclude(waiting.request().command().heard(heard(effects)), waiting.matter());
    }

    private Stream<UseCase> asking() {
        return Stream.of(
                useCase(
                        "redeem and ask",
                        () -> {
                            var transfer = transfer(Fixture.KIM);
                            return under(
                                    new Policy.Unheard(),
                                    () ->
                                            fixture()
                                                    .request(
                                                            new Presented.Once(transfer.hash()),
                                                            Optional.empty(),
                                                            Fixture.PLAIN,
                                                            Fixture.from(1)));
                        },
                        it -> authorize(it) instanceof Authorized.Asking));
    }

    private Stream<UseCase> concluding() {
        return Stream.of(
                useCase(
                        "conclude a redemption",
                        this::redemption,
                        it -> conclude(it, CHANGES) instanceof Authorized.Granted),
                useCase(
                        "conclude a redemption in a session of the same user",
                        () ->
                                waiting(
                                        new Presented.Once(transfer(Fixture.KIM).hash()),
                                        Optional.of(session().cookie())),
                        it -> conclude(it, CHANGES) instanceof Authorized.Granted),
                useCase(
                        "conclude a single sign-on",
                        () -> waiting(new Presented.Nowhere(), Optional.of(session().cookie())),
                        it -> conclude(it, CHANGES) instanceof Authorized.Granted),
                useCase(
                        "conclude with a denial",
                        this::redemption,
                        it -> conclude(it, DENIAL) instanceof Authorized.Denied),
                useCase(
                        "conclude with the end of the session",
                        () -> waiting(new Presented.Nowhere(), Optional.of(online().cookie())),
                        it -> conclude(it, REVOCATION) instanceof Authorized.Denied),
                useCase(
                        "conclude under a parent that has ended",
                        () -> {
                            var app = app();
                            var transfer = fixture().exchange(app.token()).transfer();
                            var it = waiting(new Presented.Once(transfer.hash()), Optional.empty());
                            new Revocations(database(), Observer.NONE)
                                    .revokeFamilies(List.of(app.family()), Fixture.ADMIN);
                            return it;
                        },
                        it -> conclude(it, CHANGES) instanceof Authorized.Paused),
                useCase(
                        "refresh as Actions allow it",
                        this::web,
                        it ->
                                under(heard(CHANGES), () -> refreshWeb(it))
                                        instanceof Refreshed.Granted),
                useCase(
                        "refresh and end the session",
                        this::web,
                        it ->
                                under(heard(REVOCATION), () -> refreshWeb(it))
                                        instanceof Refreshed.Denied),
                useCase(
                        "exchange as Actions allow it",
                        this::app,
                        it ->
                                under(heard(CHANGES), () -> exchange(it.token()))
                                        instanceof Minted.Granted),
                useCase(
                        "exchange and end the refresh token",
                        () -> {
                            var exchanged = fixture().exchange(app().token());
                            fixture().redeem(exchanged.transfer());
                            return exchanged.successor();
                        },
                        it ->
                                under(
                                                heard(
                                                        List.of(
                                                                new Effect.RevokeRefreshToken(
                                                                        "stolen"))),
                                                () -> exchange(it))
                                        instanceof Minted.Denied),
                useCase(
                        "password grant as Actions allow it",
                        this::nothing,
                        _ -> under(heard(CHANGES), this::grant) instanceof Granted.Issued),
                useCase(
                        "password grant that Actions deny",
                        this::nothing,
                        _ -> under(heard(DENIAL), this::grant) instanceof Granted.Denied));
    }

    private Granted grant() {
        var family = new FamilyId(fixture().id());
        var grant = fixture().granting(Fixture.KIM, Optional.empty(), family, fixture().secret());
        return new SignIns(database()).grant(grant);
    }

    /// The refresh token of a web client.
    private Secret web() {
        return fixture().exchangeCode(session().code()).refreshToken();
    }

    private Refreshed refreshWeb(Secret token) {
        return fixture().refresh(fixture().web(), token);
    }

    private static final Revocations.Selection ALL = new Revocations.Selection.OfUser(Fixture.KIM);

    private Stream<UseCase> revoking() {
        var revocations = new Revocations(database(), Observer.NONE);
        var from = Fixture.from(1);
        var nobody = Optional.<Caller>empty();
        return Stream.of(
                useCase(
                        "revoke a token",
                        this::used,
                        it ->
                                ends(
                                        revocations.revokeToken(
                                                hash(it), fixture().app(), false, from))),
                useCase(
                        "revoke a grant",
                        () -> {
                            revocations.revokeFamilies(ALL, Fixture.ADMIN);
                            return used();
                        },
                        it -> ends(revocations.revokeToken(hash(it), fixture().app(), true, from))),
                useCase(
                        "revoke families by id",
                        () -> List.of(used().family(), used().family()),
                        it -> ends(revocations.revokeFamilies(it, Fixture.ADMIN))),
                useCase(
                        "revoke all families of a user",
                        this::used,
                        _ -> ends(revocations.revokeFamilies(ALL, Fixture.ADMIN))),
                useCase(
                        "revoke all access of a user",
                        this::online,
                        _ -> ends(revocations.revokeAccess(Fixture.KIM, false, Fixture.ADMIN))),
                useCase(
                        "take a grant back",
                        () -> grantOf(used()),
                        it ->
                                ends(
                                        new Grants(database(), Observer.NONE)
                                                .delete(it, Fixture.ADMIN))),
                useCase(
                        "expire sessions",
                        this::expired,
                        _ -> ends(revocations.expireSessions(10).orElseThrow())),
                useCase(
                        "log out",
                        this::online,
                        it -> revocations.logOut(it.cookie().hash(), nobody, from).isPresent()),
                useCase(
                        "end a session",
                        this::online,
                        it -> ends(revocations.endSession(it.session(), Fixture.ADMIN))),
                useCase(
                        "end all sessions of a user",
                        this::online,
                        _ -> ends(revocations.endSessions(Fixture.KIM, Fixture.ADMIN))),
                useCase(
                        "revoke a session",
                        this::online,
                        it -> ends(revocations.revokeSession(it.session(), Fixture.ADMIN))));
    }

    private Stream<UseCase> managing() {
        var users = new Users(database());
        return Stream.of(
                useCase(
                        "create a user",
                        fixture()::id,
                        it ->
                                users.create(
                                                new UserId("auth0|" + it),
                                                Fixture.CONNECTION,
                                                keys(it, false, Optional.empty()),
                                                "{}",
                                                event())
                                        == Users.Changed.DONE),
                useCase(
                        "block a user",
                        () -> change(false, Optional.empty()) && isThere(used()),
                        _ -> change(true, Optional.empty())),
                useCase(
                        "change a password",
                        () -> change(false, Optional.empty()) && isThere(used()),
                        _ ->
                                users.update(
                                                Fixture.KIM,
                                                keys("kim", false, Optional.of("new")),
                                                "{}",
                                                "{}",
                                                event())
                                        == Users.Changed.DONE));
    }

    /// Each of them can be done once only.
    private Stream<UseCase> finalUseCases() {
        var keys = new Keys(database());
        var users = new Users(database());
        var actions = new Actions(database());
        return Stream.of(
                useCase(
                        "rotate the signing key",
                        () -> keys.first(List.of(key("first"))),
                        _ -> !keys.rotate(List.of(key("next")), Duration.ZERO).isEmpty()),
                useCase(
                        "revoke the signing key",
                        () -> keys.first(List.of(key("first"))),
                        _ -> keys.revoke("first", key("heir")).isPresent()),
                useCase(
                        "delete a client",
                        this::used,
                        _ -> new Configuration(database()).deleteClient(Fixture.APP, event())),
                useCase(
                        "deploy an action",
                        () -> action("one"),
                        it -> actions.deploy(it, "two", event()) == Written.DONE),
                useCase(
                        "create and deploy an action",
                        this::nothing,
                        _ -> create(new ActionId("fresh")) == Written.DONE),
                useCase(
                        "change and deploy an action",
                        () -> actions.find(action("changed")).orElseThrow(),
                        it ->
                                actions.change(
                                                it,
                                                "Renamed",
                                                ActionContract.content("2"),
                                                Optional.of("next"),
                                                event())
                                        == Written.DONE),
                useCase(
                        "roll an action back",
                        () -> action("rolled"),
                        it ->
                                actions.rollBack(it, "rolled-1", "rolled-2", true, event())
                                        == Written.DONE),
                useCase(
                        "bind actions",
                        () -> List.of(action("bound"), action("bound too")),
                        it -> bind(it) == Written.DONE),
                useCase(
                        "delete a bound action",
                        () -> {
                            var action = action("gone");
                            bind(List.of(action));
                            return action;
                        },
                        it -> actions.delete(it, true, event()) == Written.DONE),
                useCase(
                        "create a profile",
                        () -> action("named"),
                        it ->
                                actions.createProfile(
                                                "tep_1", "One", "urn:one", it, "custom", event())
                                        == Written.DONE),
                useCase("delete a user", this::nothing, _ -> users.delete(Fixture.LEE, event())),
                useCase(
                        "delete a connection",
                        this::nothing,
                        _ -> users.deleteConnection(Fixture.CONNECTION, event())));
    }

    private Written create(ActionId id) {
        return new Actions(database())
                .create(
                        id,
                        "Name of " + id,
                        ActionContract.content("1"),
                        Optional.of(id + "-1"),
                        event());
    }

    /// A new action that is deployed.
    private ActionId action(String id) {
        var action = new ActionId(id);
        create(action);
        return action;
    }

    private Written bind(List<ActionId> them) {
        var places = them.stream().map(it -> new Actions.Place("b-" + it, "Name", it)).toList();
        return new Actions(database()).bind("post-login", places, event());
    }

    private static final Optional<UserId> KIM = Optional.of(Fixture.KIM);

    private boolean nothing() {
        return true;
    }

    private Fixture.Native app() {
        return fixture().signIn(Fixture.KIM);
    }

    private boolean isThere(Fixture.Native app) {
        return new Observations(database()).family(app.family()).isPresent();
    }

    /// An app whose token was rotated away, with a session and a web family below it.
    private Fixture.Native used() {
        var app = app();
        var visit = fixture().redeem(fixture().exchange(app.token()).transfer());
        fixture().exchangeCode(visit.code());
        return app;
    }

    private static SecretHash hash(Fixture.Native app) {
        return app.token().hash();
    }

    private Secret transfer(UserId user) {
        return fixture().exchange(fixture().signIn(user).token()).transfer();
    }

    /// Forgets how many sessions of others Lee's transfers have ended.
    private Secret unlimited(Secret transfer) {
        return database()
                .inTransaction(
                        tx -> {
                            tx.attempts().clear(Fixture.LEE.value(), "transfer-mismatch");
                            return transfer;
                        });
    }

    private Fixture.Visit session() {
        return fixture().redeem(transfer(Fixture.KIM));
    }

    /// A session with a web family that is bound to it.
    private Fixture.Visit online() {
        var visit = session();
        fixture().exchangeCode(visit.code());
        return visit;
    }

    /// What the user has allowed the app.
    private GrantId grantOf(Fixture.Native app) {
        return database()
                .read(
                        tx -> {
                            var owner = tx.families().owner(app.family()).orElseThrow();
                            var filter =
                                    new GrantTable.Filter(
                                            Optional.of(owner.user()),
                                            Optional.of(owner.client()),
                                            Optional.empty());
                            return tx.grants().page(filter, 0, 1).grants().getFirst().id();
                        });
    }

    /// A session with a web family that is bound to it, whose time is over.
    private Fixture.Visit expired() {
        var visit = online();
        database()
                .inTransaction(
                        tx -> {
                            var session = tx.sessions().find(visit.session()).orElseThrow();
                            var idle = new SessionLimits(Duration.ZERO, Duration.ZERO, true);
                            tx.sessions()
                                    .recordUse(
                                            session.usedAt(tx.now(), idle),
                                            Fixture.from(1).device());
                            return true;
                        });
        return visit;
    }

    private Authorized visit(Fixture.Visit browser, Secret token) {
        var cookie = Optional.of(browser.cookie());
        return fixture()
                .visit(new Presented.Once(token.hash()), cookie, Fixture.PLAIN, Fixture.from(1))
                .outcome();
    }

    private Minted exchange(Secret token) {
        return fixture().exchange(token).outcome();
    }

    private Refreshed refresh(Secret token) {
        return fixture().refresh(fixture().app(), token);
    }

    private static boolean ends(Receipt receipt) {
        return !receipt.equals(Receipt.NOTHING);
    }

    private boolean change(boolean blocked, Optional<String> hash) {
        return new Users(database())
                        .update(Fixture.KIM, keys("kim", blocked, hash), "{}", "{}", event())
                == Users.Changed.DONE;
    }

    private static UserDirectory.Keys keys(String name, boolean blocked, Optional<String> hash) {
        return new UserDirectory.Keys(
                Optional.of(name + "@example.org"),
                Optional.empty(),
                Optional.empty(),
                hash,
                blocked);
    }

    private static FreshKey key(String kid) {
        return new FreshKey(kid, SigningAlgorithm.RS256, new byte[] {1}, new byte[] {2});
    }

    private static LogEvent event() {
        return LogEvent.of("sapi", Fixture.from(1));
    }

    private SignIns.Completion completion(Optional<SecretHash> cookie) {
        var state = fixture().secret().hash();
        var browser = fixture().secret().hash();
        database()
                .inTransaction(
                        tx -> {
                            tx.interactions()
                                    .insert(
                                            state,
                                            browser,
                                            new Interaction(
                                                    "client_id=web",
                                                    Fixture.WEB,
                                                    Optional.empty(),
                                                    tx.now(),
                                                    tx.now().plus(Interaction.LIFETIME),
                                                    new Interaction.Stage.SigningIn()));
                            return true;
                        });
        return new SignIns.Completion(
                state,
                browser,
                fixture().secret().hash(),
                cookie,
                Fixture.KIM,
                fixture().web(),
                Optional.empty(),
                new SessionId(fixture().id()),
                fixture().secret().hash(),
                Fixture.LIMITS,
                new Policy.None(),
                Fixture.from(1));
    }
}
