package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

import segue.domain.action.Effect;
import segue.domain.action.Policy;
import segue.domain.action.Verdict;
import segue.domain.authorize.Ask;
import segue.domain.client.Delivery;
import segue.domain.client.TransferPolicy;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.TransferId;
import segue.domain.identifier.UserId;
import segue.domain.network.DeviceBinding;
import segue.domain.revocation.Receipt;
import segue.domain.scope.ScopeBound;
import segue.domain.secret.Secret;
import segue.domain.token.RefreshScope;
import segue.domain.transfer.Bounds;
import segue.domain.transfer.Challenge;
import segue.domain.transfer.Claim;
import segue.domain.transfer.Presented;
import segue.domain.transfer.Reason;
import segue.storage.Authorizations.Authorized;
import segue.storage.Explanations.Explained;
import segue.storage.Explanations.Ticket;
import segue.storage.Families.Refreshed;
import segue.storage.jdbc.Dump;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

/// What a mint demands and bounds, and how a redemption is explained (native-to-web §14): on every
/// database.
abstract class TransferContract extends FixtureContract {
    private static final List<String> SCOPES =
            List.of("openid", "profile", "email", "offline_access", "read:orders");

    private static Optional<Challenge> of(Secret verifier) {
        return Optional.of(Challenge.of(verifier));
    }

    private Secret challenged(Secret verifier) {
        fixture.challenge = of(verifier);
        var transfer = fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer();
        fixture.challenge = Optional.empty();
        return transfer;
    }

    /// Presents a token with what came beside it, and tells what it came to.
    private String redeem(Secret transfer, Optional<Challenge> proof) {
        fixture.proof = proof;
        var request =
                fixture.request(
                        new Presented.Once(transfer.hash()),
                        Optional.empty(),
                        Fixture.PLAIN,
                        Fixture.from(1));
        return outcome(request);
    }

    /// Remembers what redemptions came to.
    private static final class Remembering implements Observer {
        private String outcome = "nothing";

        @Override
        public void exchanged(String what) {}

        @Override
        public void redeemed(String what) {
            outcome = what;
        }

        @Override
        public void ended(Receipt receipt) {}
    }

    private String outcome(Fixture.Request request) {
        var observer = new Remembering();
        new Authorizations(database, observer).authorize(request.command());
        return observer.outcome;
    }

    @Test
    void withoutItsVerifierATokenIsLeftAlone() {
        var verifier = fixture.secret();
        var transfer = challenged(verifier);
        for (var i = 0; i < 5; i++)
            assertThat(redeem(transfer, Optional.empty())).isEqualTo("verifier_missing");
        assertThat(redeem(transfer, of(verifier))).isEqualTo("accepted");
        assertThat(fixture.log()).contains("w " + Reason.VERIFIER_MISSING.warning().orElseThrow());
    }

    @Test
    void theThirdWrongVerifierBurnsATokenAndTwoDoNot() {
        var verifier = fixture.secret();
        var lucky = challenged(verifier);
        assertThat(redeem(lucky, of(fixture.secret()))).isEqualTo("verifier_wrong");
        assertThat(redeem(lucky, of(fixture.secret()))).isEqualTo("verifier_wrong");
        assertThat(redeem(lucky, of(verifier))).isEqualTo("accepted");
        var burnt = challenged(verifier);
        for (var i = 0; i < Challenge.TRIES; i++)
            assertThat(redeem(burnt, of(fixture.secret()))).isEqualTo("verifier_wrong");
        assertThat(redeem(burnt, of(verifier))).isEqualTo("unknown_or_used");
    }

    @Test
    void aTokenWithoutAChallengeNeedsNoVerifierAndProvesNothingByOne() {
        fixture.webPolicy = web(DeviceBinding.NETWORK);
        var transfer = fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer();
        assertThat(redeem(transfer, of(fixture.secret()))).isEqualTo("accepted");
        var elsewhere = fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer();
        assertThat(redeemFrom(2, elsewhere, of(fixture.secret()))).isEqualTo("other_device");
    }

    @Test
    void theVerifierSatisfiesTheNetworkAndNeitherAddressNorSystem() {
        var verifier = fixture.secret();
        fixture.webPolicy = web(DeviceBinding.NETWORK);
        assertThat(redeemFrom(2, challenged(verifier), of(verifier))).isEqualTo("accepted");
        fixture.webPolicy = web(DeviceBinding.IP);
        assertThat(redeemFrom(2, challenged(verifier), of(verifier))).isEqualTo("other_device");
    }

    private String redeemFrom(int device, Secret transfer, Optional<Challenge> proof) {
        fixture.proof = proof;
        return outcome(
                fixture.request(
                        new Presented.Once(transfer.hash()),
                        Optional.empty(),
                        Fixture.PLAIN,
                        Fixture.from(device)));
    }

    private static TransferPolicy web(DeviceBinding binding) {
        return new TransferPolicy(
                false, true, Set.of(Delivery.COOKIE, Delivery.QUERY), binding, true, true);
    }

    /// Two different tokens burn each other whatever they demand (THREATS decision 4).
    @Test
    void aConflictBurnsAChallengedTokenToo() {
        var verifier = fixture.secret();
        var one = challenged(verifier);
        var other = challenged(verifier);
        var request =
                fixture.request(
                        new Presented.Conflicting(List.of(one.hash(), other.hash())),
                        Optional.empty(),
                        Fixture.PLAIN,
                        Fixture.from(1));
        assertThat(outcome(request)).isEqualTo("conflict");
        assertThat(redeem(one, of(verifier))).isEqualTo("unknown_or_used");
        assertThat(redeem(other, of(verifier))).isEqualTo("unknown_or_used");
    }

    /// Guesses that race each other and the right verifier: one statement decides each, so there
    /// are never more than three tries, and never two winners.
    @RepeatedTest(10)
    void racingGuessesGetNoMoreThanThreeTries() throws Exception {
        var verifier = fixture.secret();
        var token = challenged(verifier).hash();
        var guesses = new ArrayList<Callable<Claim>>();
        for (var i = 0; i < 12; i++) {
            var proof = i == 6 ? of(verifier) : of(fixture.secret());
            guesses.add(
                    () ->
                            database.inTransaction(
                                    tx -> tx.transfers().claim(token, Fixture.WEB, proof).get()));
        }
        var wrong = 0;
        var taken = 0;
        try (var threads = Executors.newFixedThreadPool(guesses.size())) {
            for (var guess : threads.invokeAll(guesses))
                switch (guess.get()) {
                    case Claim.VerifierWrong _ -> wrong++;
                    case Claim.Taken _ -> taken++;
                    case Claim.UnknownOrUsed _ -> {}
                    case Claim.VerifierMissing _, Claim.Expired _, Claim.Conflicting _ ->
                            throw new AssertionError("nobody did that");
                }
        }
        assertThat(wrong + taken).isBetween(1, Challenge.TRIES);
        assertThat(taken).isEqualTo(wrong == Challenge.TRIES ? 0 : 1);
    }

    /// A redemption never yields more than the mint allowed: not by what the web client asks for,
    /// not by what an Action adds, not at the next silent request, not by a refresh for another
    /// API.
    @RepeatedTest(40)
    void aRedemptionNeverYieldsMoreThanTheMintAllowed(RepetitionInfo repetition) {
        var random = new Random(repetition.getCurrentRepetition());
        database.inTransaction(
                tx ->
                        tx.configuration()
                                .insertResourceServer(
                                        "rs_1", "https://stock.example", "{}", Optional.empty()));
        var allowed = some(random);
        var maxAge = Duration.ofSeconds(1 + random.nextInt(20_000));
        fixture.bounds =
                new Bounds(
                        Optional.of(Fixture.WEB),
                        new ScopeBound(Optional.of(String.join(" ", allowed))),
                        Optional.of(maxAge));
        fixture.policy = random.nextBoolean() ? new Policy.Unheard() : new Policy.None();
        fixture.scope = String.join(" ", some(random));
        var transfer = minted();
        var before = database.time();
        var visit = visited(new Presented.Once(transfer.hash()), Optional.empty());
        assertThat(visit.outcome()).isInstanceOf(Authorized.Granted.class);
        var session = database.read(tx -> tx.sessions().find(visit.session()).orElseThrow());
        // The clock runs between the reading and the transaction.
        assertThat(session.expiresAt()).isBeforeOrEqualTo(before.plus(maxAge).plusSeconds(30));
        assertThat(session.expiresAt()).isBeforeOrEqualTo(session.createdAt().plus(maxAge));
        assertThat(session.idleExpiresAt()).isBeforeOrEqualTo(session.expiresAt());
        yieldsOnly(allowed, visit.code());
        fixture.scope = String.join(" ", SCOPES);
        var later = visited(new Presented.Nowhere(), Optional.of(visit.cookie()));
        assertThat(later.outcome()).isInstanceOf(Authorized.Granted.class);
        yieldsOnly(allowed, later.code());
        var lasting = database.read(tx -> tx.sessions().find(visit.session()).orElseThrow());
        assertThat(lasting.expiresAt()).isBeforeOrEqualTo(session.createdAt().plus(maxAge));
    }

    private Secret minted() {
        var kept = fixture.policy;
        fixture.policy = new Policy.None();
        var transfer = fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer();
        fixture.policy = kept;
        return transfer;
    }

    /// A request; if Actions are to be heard, they want all they can get.
    private Fixture.Visit visited(Presented presented, Optional<Secret> cookie) {
        var request = fixture.request(presented, cookie, Fixture.PLAIN, Fixture.from(1));
        var authorizations = new Authorizations(database, Observer.NONE);
        var outcome = authorizations.authorize(request.command());
        if (outcome instanceof Authorized.Asking(var matter))
            outcome = authorizations.conclude(request.command().heard(greedy()), matter);
        return new Fixture.Visit(outcome, request.cookie(), request.code(), request.session());
    }

    private Policy.Heard greedy() {
        var effects =
                List.<Effect>of(
                        new Effect.AddScope("read:orders"),
                        new Effect.AddScope("offline_access"),
                        new Effect.SetSessionExpiresAt(
                                database.time().plus(Fixture.LIMITS.absolute()).minusSeconds(1)));
        var execution = new Verdict.Execution(UUID.randomUUID().toString(), "post-login", "{}");
        return new Policy.Heard(
                new Verdict(effects, Optional.empty(), execution), UnaryOperator.identity(), false);
    }

    private void yieldsOnly(List<String> allowed, Secret code) {
        var policy = fixture.policy;
        fixture.policy = new Policy.None();
        var tokens = fixture.exchangeCode(code);
        if (!(tokens.outcome() instanceof Codes.Exchanged.Granted(var granted, _, _)))
            throw new AssertionError("the code is good: " + tokens.outcome());
        assertThat(words(granted.request().scope())).isSubsetOf(allowed);
        if (granted.offline()) assertThat(allowed).contains("offline_access");
        if (granted.offline()) {
            var asked =
                    new RefreshScope.Asked(
                            new RefreshScope.Target.Api("https://stock.example"),
                            Optional.empty(),
                            Map.of("https://stock.example", Set.of("read:stock", "read:orders")));
            var successor = fixture.secret();
            var refreshed = fixture.refresh(fixture.web(), tokens.refreshToken(), successor, asked);
            if (!(refreshed instanceof Refreshed.Granted(_, var scope, _, _, _)))
                throw new AssertionError("the refresh token is good: " + refreshed);
            assertThat(words(scope.scope())).isSubsetOf(allowed);
        }
        fixture.policy = policy;
    }

    private static List<String> words(String scope) {
        return scope.isEmpty() ? List.of() : List.of(scope.split(" ", -1));
    }

    private static List<String> some(Random random) {
        var some = new ArrayList<>(SCOPES.stream().filter(_ -> random.nextBoolean()).toList());
        if (some.isEmpty()) some.add("openid");
        return some;
    }

    /// The explanation is the redemption: over random circumstances it says what then really comes
    /// of it, and the database is the same before and after.
    @RepeatedTest(100)
    void anExplanationSaysWhatThenComesOfItAndChangesNothing(RepetitionInfo repetition) {
        var random = new Random(repetition.getCurrentRepetition());
        var verifier = fixture.secret();
        var session = session(random);
        fixture.bounds =
                new Bounds(
                        some(random, Fixture.WEB, new ClientId("other")),
                        ScopeBound.NONE,
                        Optional.empty());
        fixture.challenge = random.nextInt(3) == 0 ? of(verifier) : Optional.empty();
        var app = fixture.signIn(Fixture.KIM);
        var transfer = fixture.exchange(app.token()).transfer();
        fixture.webPolicy =
                new TransferPolicy(
                        false,
                        true,
                        Set.of(Delivery.COOKIE, Delivery.QUERY),
                        List.of(DeviceBinding.values()).get(random.nextInt(4)),
                        true,
                        true,
                        false,
                        Set.of(),
                        random.nextBoolean(),
                        false);
        happen(random, transfer, app);
        fixture.proof =
                switch (random.nextInt(3)) {
                    case 0 -> Optional.empty();
                    case 1 -> of(fixture.secret());
                    default -> of(verifier);
                };
        var request =
                fixture.request(
                        new Presented.Once(transfer.hash()),
                        session.map(Fixture.Visit::cookie),
                        ask(random),
                        Fixture.from(random.nextInt(4) == 0 ? 2 : 1));
        var circumstances = circumstances(request, random);
        var before = Dump.of(database);
        var explained =
                new Explanations(database)
                        .explain(
                                new Ticket.Presented(transfer.hash()),
                                session.map(Fixture.Visit::session),
                                circumstances.circumstances())
                        .orElseThrow();
        assertThat(Dump.of(database)).isEqualTo(before);
        assertThat(explained(explained)).isEqualTo(really(circumstances));
    }

    private static String explained(Explained it) {
        return it.refusal().map(Reason::code).orElse("accepted");
    }

    private String really(Authorizations.Authorize command) {
        var observer = new Remembering();
        new Authorizations(database, observer).authorize(command);
        return observer.outcome;
    }

    private Optional<Fixture.Visit> session(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Optional.of(opened(Fixture.KIM));
            case 1 -> Optional.of(opened(Fixture.LEE));
            default -> Optional.empty();
        };
    }

    private Fixture.Visit opened(UserId user) {
        return fixture.redeem(fixture.exchange(fixture.signIn(user).token()).transfer());
    }

    @SafeVarargs
    private static <T> Optional<T> some(Random random, T... values) {
        return random.nextInt(3) == 0
                ? Optional.of(values[random.nextInt(values.length)])
                : Optional.empty();
    }

    private static Ask ask(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> new Ask(true, false, Optional.empty(), Optional.empty());
            case 1 -> new Ask(false, true, Optional.empty(), Optional.empty());
            case 2 -> new Ask(true, false, Optional.of(Duration.ZERO), Optional.empty());
            default -> Fixture.PLAIN;
        };
    }

    private static Authorizations.Authorize circumstances(Fixture.Request request, Random random) {
        var command = request.command();
        return random.nextInt(6) > 0 ? command : elsewhere(command);
    }

    /// The same, insisting on a connection that isn't the user's.
    private static Authorizations.Authorize elsewhere(Authorizations.Authorize it) {
        return new Authorizations.Authorize(
                it.presented(),
                it.proof(),
                it.arrival(),
                it.client(),
                it.responseType(),
                it.ask(),
                Optional.of(new ConnectionId("con_other")),
                it.cookie(),
                it.browser(),
                it.request(),
                it.offline(),
                it.device(),
                it.limits(),
                it.transferLimits(),
                it.mismatches(),
                it.text(),
                it.consent(),
                it.policy(),
                it.minted(),
                it.origin());
    }

    /// What may have come between the mint and the redemption.
    private void happen(Random random, Secret transfer, Fixture.Native app) {
        switch (random.nextInt(8)) {
            case 0 -> fixture.redeem(transfer);
            case 1 ->
                    new Revocations(database, Observer.NONE)
                            .revokeToken(app.token().hash(), fixture.app(), false, Fixture.from(1));
            case 2 -> {
                fixture.appPolicy = TransferPolicy.OFF;
                fixture.stored();
            }
            case 3 -> fixture.block();
            default -> {}
        }
    }

    @Test
    void anExplanationNamesEveryCheckEvenOfAUsedToken() {
        var transfer = fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer();
        fixture.redeem(transfer);
        var request =
                fixture.request(
                        new Presented.Once(transfer.hash()),
                        Optional.empty(),
                        Fixture.PLAIN,
                        Fixture.from(2));
        var explained =
                new Explanations(database)
                        .explain(
                                new Ticket.Presented(transfer.hash()),
                                Optional.empty(),
                                request.command().circumstances())
                        .orElseThrow();
        assertThat(explained.refusal()).hasValue(Reason.UNKNOWN_OR_USED);
        assertThat(explained.checks()).hasSize(10);
        assertThat(explained.checks().stream().flatMap(it -> it.failure().stream()))
                .containsExactly(Reason.OTHER_DEVICE);
        var id = explained.transfer().orElseThrow().id();
        assertThat(
                        new Explanations(database)
                                .explain(
                                        new Ticket.Named(id),
                                        Optional.empty(),
                                        request.command().circumstances()))
                .hasValue(explained);
        assertThat(
                        new Explanations(database)
                                .explain(
                                        new Ticket.Named(new TransferId("nobody's")),
                                        Optional.empty(),
                                        request.command().circumstances()))
                .isEmpty();
    }
}
