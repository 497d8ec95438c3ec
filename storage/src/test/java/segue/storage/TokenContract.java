package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.api.Condition;
import org.junit.jupiter.api.Test;

import segue.domain.action.Policy;
import segue.domain.client.RefreshPolicy;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.GrantId;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;
import segue.domain.token.KeyThumbprint;
import segue.domain.token.RedeemCode;
import segue.domain.token.RefreshRefusal;
import segue.domain.token.RefreshScope;
import segue.domain.token.RefreshScope.Asked;
import segue.domain.token.RefreshScope.Target;
import segue.domain.token.TokenFamily;
import segue.storage.Families.Refreshed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What every database must do for the grants of `/oauth/token`. One suite, run against each of
/// them.
abstract class TokenContract extends FixtureContract {
    private static final Asked STOCK =
            new Asked(
                    new Target.Api("https://stock.example"),
                    Optional.of("openid read:stock"),
                    Map.of("https://stock.example", Set.of("read:stock")));

    /// Runs a statement behind our back: deadlines move by it.
    abstract void run(String sql);

    private RefreshPolicy policy(boolean rotating) {
        return new RefreshPolicy(rotating, Duration.ZERO, Optional.empty(), Optional.empty());
    }

    private Refreshed refresh(Secret token) {
        return fixture.refresh(fixture.app(), token);
    }

    private static Refreshed ended() {
        return new Refreshed.Refused(RefreshRefusal.ENDED);
    }

    private Fixture.Visit visit() {
        return fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
    }

    // What a refresh is for.

    @Test
    void aNarrowedRefreshNarrowsItsAccessTokenAndNotTheFamily() {
        var app = fixture.signIn(Fixture.KIM);
        var access = fixture.secret();
        var successor = fixture.secret();
        var narrow = new Asked(new Target.Original(), Optional.of("openid"), Map.of());
        var refresh =
                new Families.Refresh(
                        app.token().hash(),
                        fixture.app(),
                        narrow,
                        successor.hash(),
                        access.hash(),
                        Fixture.LIFETIMES,
                        new Policy.None(),
                        Fixture.from(1));
        new Families(database).refresh(refresh);
        var stored = new AccessTokens(database).find(access.hash()).orElseThrow();
        assertThat(stored.scope()).isEqualTo("openid");
        var next = refresh(successor);
        assertThat(next)
                .isInstanceOfSatisfying(
                        Refreshed.Granted.class,
                        granted ->
                                assertThat(granted.scope())
                                        .isEqualTo(
                                                new RefreshScope.Granted(
                                                        Optional.empty(),
                                                        "openid offline_access")));
    }

    @Test
    void aRefreshForAnApiOfThePoliciesIsForThatApi() {
        database.inTransaction(
                tx ->
                        tx.configuration()
                                .insertResourceServer(
                                        "rs_1", "https://stock.example", "{}", Optional.empty()));
        var app = fixture.signIn(Fixture.KIM);
        assertThat(fixture.refresh(fixture.app(), app.token(), fixture.secret(), STOCK))
                .isInstanceOfSatisfying(
                        Refreshed.Granted.class,
                        granted ->
                                assertThat(granted.scope())
                                        .isEqualTo(
                                                new RefreshScope.Granted(
                                                        Optional.of("https://stock.example"),
                                                        "openid read:stock")));
    }

    @Test
    void aRefreshForAnApiThatItMayNotHaveLeavesTheTokenAsItWas() {
        var app = fixture.signIn(Fixture.KIM);
        var other = new Asked(new Target.Api("other"), Optional.empty(), Map.of());
        assertThat(fixture.refresh(fixture.app(), app.token(), fixture.secret(), other))
                .isEqualTo(new Refreshed.OtherAudience());
        // In the policies, but nobody has created it yet, or somebody deleted it.
        assertThat(fixture.refresh(fixture.app(), app.token(), fixture.secret(), STOCK))
                .isEqualTo(new Refreshed.AudienceGone("https://stock.example"));
        assertThat(refresh(app.token())).isInstanceOf(Refreshed.Granted.class);
        assertThat(fixture.log().stream().filter(line -> line.startsWith("fertft"))).hasSize(2);
    }

    // Introspection (RFC 7662).

    private boolean isActive(Secret refreshToken) {
        return new Introspections(database)
                .refreshToken(refreshToken.hash(), fixture.app())
                .isPresent();
    }

    @Test
    void aRefreshTokenIsActiveAsLongAsItWouldBeAccepted() {
        var token = fixture.signIn(Fixture.KIM).token();
        assertThat(isActive(token)).isTrue();
        assertThat(new Introspections(database).refreshToken(token.hash(), fixture.web()))
                .isEmpty();
        assertThat(isActive(fixture.secret())).isFalse();
        run("UPDATE token_family SET idle_expires_at = 1");
        assertThat(isActive(token)).isFalse();
        run("UPDATE token_family SET idle_expires_at = NULL");
        assertThat(isActive(token)).isTrue();
        fixture.block();
        assertThat(isActive(token)).isFalse();
    }

    @Test
    void askingAboutATokenThatWasRotatedAwayEndsNothing() {
        var old = fixture.signIn(Fixture.KIM).token();
        var successor = fixture.secret();
        fixture.refresh(fixture.app(), old, successor);
        assertThat(isActive(old)).isFalse();
        assertThat(isActive(successor)).isTrue();
        assertThat(refresh(successor)).isInstanceOf(Refreshed.Granted.class);
    }

    @Test
    void aBoundRefreshTokenIsActiveWithoutItsKey() {
        fixture.key = KEY;
        var token = fixture.signIn(Fixture.KIM).token();
        fixture.key = Optional.empty();
        assertThat(isActive(token)).isTrue();
    }

    @Test
    void anOpaqueAccessTokenIsActiveUntilItItsFamilyOrItsUserEnds() {
        var app = fixture.signIn(Fixture.KIM);
        var token = fixture.secret();
        var introspections = new Introspections(database);
        new Families(database)
                .refresh(
                        new Families.Refresh(
                                app.token().hash(),
                                fixture.app(),
                                Fixture.EVERYTHING,
                                fixture.secret().hash(),
                                token.hash(),
                                Fixture.LIFETIMES,
                                new Policy.None(),
                                Fixture.from(1)));
        assertThat(introspections.accessToken(token.hash())).isPresent();
        run("UPDATE token_family SET ended_at = 1, cause = 'REVOKED'");
        assertThat(introspections.accessToken(token.hash())).isEmpty();
        run("UPDATE token_family SET ended_at = NULL, cause = NULL");
        assertThat(introspections.accessToken(token.hash())).isPresent();
        fixture.block();
        assertThat(introspections.accessToken(token.hash())).isEmpty();
    }

    // Proof of possession.

    private static final Optional<KeyThumbprint> KEY = Optional.of(thumbprint('k'));
    private static final Optional<KeyThumbprint> OTHER = Optional.of(thumbprint('o'));

    private static KeyThumbprint thumbprint(char letter) {
        return new KeyThumbprint(String.valueOf(letter).repeat(43));
    }

    private Object refreshWith(Optional<KeyThumbprint> key, Secret token, Secret successor) {
        fixture.key = key;
        return fixture.refresh(fixture.app(), token, successor);
    }

    private Object exchangeWith(Optional<KeyThumbprint> key, Secret token) {
        fixture.key = key;
        return fixture.exchange(token).outcome();
    }

    private long failures() {
        return fixture.log().stream().filter(line -> line.startsWith("fertft")).count();
    }

    /// RFC 9449 §5, THREATS R21.2.
    @Test
    void whatABoundTokenIsAskedWithoutItsKeyIsRefusedAndChangesNothing() {
        fixture.key = KEY;
        var app = fixture.signIn(Fixture.KIM);
        var unproved = RefreshRefusal.UNPROVED;
        var otherKey = RefreshRefusal.OTHER_KEY;
        var nothing = Optional.<KeyThumbprint>empty();
        assertThat(refreshWith(nothing, app.token(), fixture.secret()))
                .isEqualTo(new Refreshed.Refused(unproved));
        assertThat(refreshWith(OTHER, app.token(), fixture.secret()))
                .isEqualTo(new Refreshed.Refused(otherKey));
        assertThat(exchangeWith(nothing, app.token()))
                .isEqualTo(new Transfers.Minted.TokenRefused(unproved));
        assertThat(exchangeWith(OTHER, app.token()))
                .isEqualTo(new Transfers.Minted.TokenRefused(otherKey));
        assertThat(failures()).isEqualTo(4);
        var successor = fixture.secret();
        assertThat(refreshWith(KEY, app.token(), successor)).isInstanceOf(Refreshed.Granted.class);
        // The successor is bound as well.
        assertThat(refreshWith(nothing, successor, fixture.secret()))
                .isEqualTo(new Refreshed.Refused(unproved));
        assertThat(exchangeWith(KEY, successor)).isInstanceOf(Transfers.Minted.Granted.class);
    }

    @Test
    void anOldBoundTokenEndsItsFamilyOnlyInTheHandsOfItsKey() {
        fixture.key = KEY;
        var app = fixture.signIn(Fixture.KIM);
        var second = fixture.secret();
        assertThat(refreshWith(KEY, app.token(), second)).isInstanceOf(Refreshed.Granted.class);
        assertThat(refreshWith(OTHER, app.token(), fixture.secret()))
                .isEqualTo(new Refreshed.Refused(RefreshRefusal.OTHER_KEY));
        var third = fixture.secret();
        assertThat(refreshWith(KEY, second, third)).isInstanceOf(Refreshed.Granted.class);
        assertThat(refreshWith(KEY, app.token(), fixture.secret()))
                .isEqualTo(new Refreshed.Replayed());
        assertThat(refreshWith(KEY, third, fixture.secret())).isEqualTo(ended());
    }

    /// Whoever stole a bearer token could otherwise bind it to a key of their own.
    @Test
    void aTokenThatWasNotBoundAtFirstNeverIs() {
        var app = fixture.signIn(Fixture.KIM);
        var successor = fixture.secret();
        assertThat(refreshWith(OTHER, app.token(), successor))
                .isInstanceOf(Refreshed.Granted.class);
        assertThat(refreshWith(Optional.empty(), successor, fixture.secret()))
                .isInstanceOf(Refreshed.Granted.class);
    }

    @Test
    void theTokenOfACodeIsBoundForAPublicClientAndForNoOther() {
        for (var isPublic : List.of(true, false)) {
            var visit = visit();
            var web = fixture.web();
            var caller =
                    new Caller(web.id(), web.name(), web.refresh(), web.transfer(), isPublic, KEY);
            var family = new FamilyId(fixture.id());
            new Codes(database)
                    .exchange(
                            exchange(
                                    visit.code(),
                                    caller,
                                    "challenge",
                                    family,
                                    fixture.secret().hash(),
                                    fixture.secret().hash()));
            assertThat(database.read(tx -> tx.families().seen(family)).orElseThrow().family())
                    .returns(isPublic ? KEY : Optional.empty(), TokenFamily::boundTo);
        }
    }

    // Rotation.

    @Test
    void theFirstExchangeAfterASwitchToRotationEndsTheOtherOldTokens() {
        fixture.refresh = policy(false);
        var first = fixture.signIn(Fixture.KIM);
        var second = fixture.signIn(Fixture.KIM);
        var somebodyElse = fixture.signIn(Fixture.LEE);
        assertThat(refresh(second.token())).isInstanceOf(Refreshed.Granted.class);
        fixture.refresh = policy(true);
        var third = fixture.signIn(Fixture.KIM);
        var successor = fixture.secret();
        assertThat(fixture.refresh(fixture.app(), first.token(), successor))
                .isInstanceOfSatisfying(
                        Refreshed.Granted.class, granted -> assertThat(granted.rotated()).isTrue());
        assertThat(refresh(second.token())).isEqualTo(ended());
        assertThat(refresh(third.token())).isInstanceOf(Refreshed.Granted.class);
        assertThat(refresh(successor)).isInstanceOf(Refreshed.Granted.class);
        assertThat(refresh(somebodyElse.token())).isInstanceOf(Refreshed.Granted.class);
    }

    @Test
    void theFirstExchangeAfterASwitchFromRotationEndsTheOtherOldTokens() {
        fixture.refresh = policy(true);
        var first = fixture.signIn(Fixture.KIM);
        var second = fixture.signIn(Fixture.KIM);
        fixture.refresh = policy(false);
        assertThat(refresh(first.token()))
                .isInstanceOfSatisfying(
                        Refreshed.Granted.class,
                        granted -> assertThat(granted.rotated()).isFalse());
        assertThat(refresh(first.token())).isInstanceOf(Refreshed.Granted.class);
        assertThat(refresh(second.token())).isEqualTo(ended());
    }

    @Test
    void anExchangeForATransferCountsAsTheFirstExchangeToo() {
        fixture.refresh = policy(false);
        var first = fixture.signIn(Fixture.KIM);
        var second = fixture.signIn(Fixture.KIM);
        fixture.refresh = policy(true);
        assertThat(fixture.exchange(first.token()).outcome())
                .isInstanceOf(Transfers.Minted.Granted.class);
        assertThat(refresh(second.token())).isEqualTo(ended());
    }

    /// Of old tokens that are exchanged at once after the switch, one ends the others.
    @Test
    void oldTokensThatAreExchangedAtOnceAfterASwitchDoNotBlockEachOther() throws Exception {
        fixture.refresh = policy(false);
        var tokens = new ArrayList<Secret>();
        for (var i = 0; i < 10; i++) tokens.add(fixture.signIn(Fixture.KIM).token());
        fixture.refresh = policy(true);
        var attempts = new ArrayList<Callable<Refreshed>>();
        for (var token : tokens) attempts.add(() -> refresh(token));
        var outcomes = racing(attempts);
        assertThat(outcomes).haveExactly(1, granted());
        assertThat(outcomes.stream().filter(it -> it.equals(ended()))).hasSize(9);
    }

    private static Condition<Refreshed> granted() {
        return new Condition<>(it -> it instanceof Refreshed.Granted, "granted");
    }

    @Test
    void twoHundredTokensOfAUserAndClientLiveAndTheOldestGivesWay() {
        var oldest = fixture.signIn(Fixture.KIM);
        var second = fixture.signIn(Fixture.KIM);
        run("UPDATE token_family SET created_at = created_at - 60000 WHERE id = '" + id(oldest));
        run("UPDATE token_family SET created_at = created_at - 30000 WHERE id = '" + id(second));
        for (var i = 0; i < Families.MOST - 2; i++) fixture.signIn(Fixture.KIM);
        assertThat(
                        new Observations(database)
                                .families(Fixture.KIM, Optional.empty(), Optional.empty(), 1_000))
                .hasSize(200);
        var somebodyElse = fixture.signIn(Fixture.LEE);
        var newest = fixture.signIn(Fixture.KIM);
        assertThat(
                        new Observations(database)
                                .families(Fixture.KIM, Optional.empty(), Optional.empty(), 1_000))
                .hasSize(200);
        assertThat(refresh(oldest.token())).isEqualTo(ended());
        assertThat(refresh(second.token())).isInstanceOf(Refreshed.Granted.class);
        assertThat(refresh(newest.token())).isInstanceOf(Refreshed.Granted.class);
        assertThat(refresh(somebodyElse.token())).isInstanceOf(Refreshed.Granted.class);
    }

    private static String id(Fixture.Native app) {
        return app.family().value() + "'";
    }

    @Test
    void noExchangeExtendsTheAbsoluteLifetime() {
        var app = fixture.signIn(Fixture.KIM);
        var later = fixture.secret();
        assertThat(fixture.refresh(fixture.app(), app.token(), later))
                .isInstanceOf(Refreshed.Granted.class);
        // All but a minute of the thirty days is over.
        var almost = Duration.ofDays(30).minusMinutes(1).toMillis();
        run(
                "UPDATE token_family SET created_at = created_at - %d, expires_at = expires_at - %d"
                        .formatted(almost, almost));
        var last = fixture.secret();
        assertThat(fixture.refresh(fixture.app(), later, last))
                .isInstanceOf(Refreshed.Granted.class);
        run(
                "UPDATE token_family SET created_at = created_at - 60000, expires_at = expires_at -"
                        + " 60000");
        assertThat(refresh(last)).isEqualTo(new Refreshed.Refused(RefreshRefusal.EXPIRED));
    }

    @Test
    void everyExchangeExtendsTheIdleLifetimeByTheSettingOfNow() {
        var app = fixture.signIn(Fixture.KIM);
        fixture.refresh =
                new RefreshPolicy(
                        true, Duration.ZERO, Optional.empty(), Optional.of(Duration.ofHours(1)));
        var next = fixture.secret();
        fixture.refresh(fixture.app(), app.token(), next);
        run("UPDATE token_family SET idle_expires_at = idle_expires_at - 3600000");
        assertThat(refresh(next)).isEqualTo(new Refreshed.Refused(RefreshRefusal.EXPIRED));
    }

    // Codes.

    @Test
    void aCodeLivesForAMinute() {
        var visit = visit();
        run("UPDATE authorization_code SET expires_at = expires_at - 60000");
        assertThat(fixture.exchangeCode(visit.code()).outcome())
                .isEqualTo(new Codes.Exchanged.Refused(RedeemCode.Refusal.INVALID));
        var other = visit();
        run(
                "UPDATE authorization_code SET expires_at = expires_at - 50000 WHERE claimed_at IS"
                        + " NULL");
        assertThat(fixture.exchangeCode(other.code()).outcome())
                .isInstanceOf(Codes.Exchanged.Granted.class);
    }

    @Test
    void aCodeThatTheWrongClientPresentsIsBurnt() {
        var visit = visit();
        assertThat(exchange(visit.code(), fixture.app(), "challenge").outcome())
                .isEqualTo(new Codes.Exchanged.Refused(RedeemCode.Refusal.INVALID));
        assertThat(fixture.exchangeCode(visit.code()).outcome())
                .isEqualTo(new Codes.Exchanged.Refused(RedeemCode.Refusal.REPLAYED));
    }

    @Test
    void aCodeWithTheWrongVerifierIsBurnt() {
        var visit = visit();
        assertThat(exchange(visit.code(), fixture.web(), "other").outcome())
                .isEqualTo(new Codes.Exchanged.Refused(RedeemCode.Refusal.VERIFIER));
        assertThat(fixture.exchangeCode(visit.code()).outcome())
                .isEqualTo(new Codes.Exchanged.Refused(RedeemCode.Refusal.REPLAYED));
    }

    private Fixture.Tokens exchange(Secret code, Caller caller, String challenge) {
        var refreshToken = fixture.secret();
        var family = new FamilyId(fixture.id());
        var outcome =
                new Codes(database)
                        .exchange(
                                exchange(
                                        code,
                                        caller,
                                        challenge,
                                        family,
                                        refreshToken.hash(),
                                        fixture.secret().hash()));
        return new Fixture.Tokens(outcome, family, refreshToken);
    }

    private static Codes.Exchange exchange(
            Secret code,
            Caller caller,
            String challenge,
            FamilyId family,
            SecretHash refreshToken,
            SecretHash accessToken) {
        return new Codes.Exchange(
                code.hash(),
                caller,
                Optional.of("https://web.example/cb"),
                Optional.of(challenge),
                new RefreshScope.Target.Original(),
                family,
                refreshToken,
                new GrantId("grant of " + family.value()),
                accessToken,
                Fixture.LIFETIMES,
                Fixture.from(1));
    }

    @Test
    void aCodeThatIsUsedTwiceTakesBackItsOpaqueAccessTokenToo() {
        var visit = visit();
        var access = fixture.secret();
        new Codes(database)
                .exchange(
                        exchange(
                                visit.code(),
                                fixture.web(),
                                "challenge",
                                new FamilyId(fixture.id()),
                                fixture.secret().hash(),
                                access.hash()));
        assertThat(new AccessTokens(database).find(access.hash())).isPresent();
        fixture.exchangeCode(visit.code());
        assertThat(new AccessTokens(database).find(access.hash())).isEmpty();
    }

    /// The second use may begin before the first has committed: then it finds the code unused, and
    /// what the first issued only afterwards.
    @Test
    void ofTwoUsesOfACodeAtOnceTheSecondTakesBackWhatTheFirstGave() throws Exception {
        for (var round = 0; round < 30; round++) {
            var visit = visit();
            Callable<Fixture.Tokens> use = () -> fixture.exchangeCode(visit.code());
            var tokens = racing(List.of(use, use, use, use));
            var granted =
                    tokens.stream()
                            .filter(it -> it.outcome() instanceof Codes.Exchanged.Granted)
                            .toList();
            assertThat(granted).hasSize(1);
            assertThat(fixture.refresh(fixture.web(), granted.getFirst().refreshToken()))
                    .as("round %d", round)
                    .isEqualTo(ended());
        }
    }

    // Revocation.

    @Test
    void aTokenIsNeverRefreshedOnceItsRevocationHasReturned() throws Exception {
        for (var round = 0; round < 30; round++) {
            var app = fixture.signIn(Fixture.KIM);
            var successor = fixture.secret();
            Callable<Boolean> refreshing =
                    () ->
                            fixture.refresh(fixture.app(), app.token(), successor)
                                    instanceof Refreshed.Granted;
            Callable<Boolean> revoking =
                    () -> {
                        new Revocations(database, Observer.NONE)
                                .revokeToken(
                                        app.token().hash(), fixture.app(), false, Fixture.from(1));
                        return true;
                    };
            racing(List.of(refreshing, revoking));
            assertThat(refresh(successor))
                    .as("round %d", round)
                    .isNotInstanceOf(Refreshed.Granted.class);
        }
    }

    @Test
    void revokingTheWholeGrantEndsAllTokensOfTheSameUserClientAndApi() {
        var one = fixture.signIn(Fixture.KIM);
        var other = fixture.signIn(Fixture.KIM);
        var lee = fixture.signIn(Fixture.LEE);
        var receipt =
                new Revocations(database, Observer.NONE)
                        .revokeToken(one.token().hash(), fixture.app(), true, Fixture.from(1));
        assertThat(receipt.families()).containsExactlyInAnyOrder(one.family(), other.family());
        assertThat(refresh(other.token())).isEqualTo(ended());
        assertThat(refresh(lee.token())).isInstanceOf(Refreshed.Granted.class);
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
