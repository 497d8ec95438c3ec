package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import segue.domain.authorize.Consent;
import segue.domain.authorize.Denial;
import segue.domain.secret.Secret;
import segue.domain.transfer.Presented;
import segue.storage.Authorizations.Authorized;
import segue.storage.Authorizations.Cookie;
import segue.storage.Authorizations.Next;
import segue.storage.Codes.Exchanged;
import segue.storage.jdbc.GrantTable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// How every database asks a user whether a client may have what it asks for, and what it does with
/// the answer. One suite, run against each of them.
abstract class ConsentContract extends FixtureContract {
    private static final Consent.Terms OTHERS =
            new Consent.Terms(false, true, false, false, Set.of());

    @BeforeEach
    void isOfSomebodyElse() {
        fixture.consent = OTHERS;
    }

    private Authorizations authorizations() {
        return new Authorizations(database, Observer.NONE);
    }

    /// What waits in a browser.
    private Fixture.Request question(Presented presented, Optional<Secret> cookie) {
        var request = fixture.request(presented, cookie, Fixture.PLAIN, Fixture.from(1));
        var outcome = authorizations().authorize(request.command());
        assertThat(outcome).isInstanceOf(Authorized.Paused.class);
        assertThat(((Authorized.Paused) outcome).next()).isEqualTo(Next.CONSENT);
        return request;
    }

    private Secret transfer() {
        return fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer();
    }

    private Fixture.Request questionAfterTransfer() {
        return question(new Presented.Once(transfer().hash()), Optional.empty());
    }

    /// What came of an answer, and the secrets that it made valid.
    private record Answer(Fixture.Request request, Optional<Authorized> outcome) {}

    private Answer answer(Fixture.Request question, boolean allows) {
        var request =
                fixture.request(
                        new Presented.Nowhere(), Optional.empty(), Fixture.PLAIN, Fixture.from(1));
        var outcome =
                authorizations()
                        .consent(
                                request.command(),
                                question.interaction().hash(),
                                question.browser().hash(),
                                allows);
        return new Answer(request, outcome);
    }

    private Optional<Set<String>> consented() {
        return database.read(
                tx -> tx.grants().consented(Fixture.KIM, Fixture.WEB, Optional.empty()));
    }

    private boolean isListed() {
        var filter =
                new GrantTable.Filter(
                        Optional.of(Fixture.KIM), Optional.of(Fixture.WEB), Optional.empty());
        return new Grants(database, Observer.NONE).page(filter, 0, 1).total() == 1;
    }

    private boolean isExchanged(Secret code) {
        return fixture.exchangeCode(code).outcome() instanceof Exchanged.Granted;
    }

    @Test
    void whatIsAllowedIsRememberedAndTheSessionWorks() {
        var question = questionAfterTransfer();
        assertThat(fixture.isSignedIn(question.cookie())).isFalse();
        var answer = answer(question, true);
        assertThat(answer.outcome().orElseThrow()).isInstanceOf(Authorized.Granted.class);
        assertThat(((Authorized.Granted) answer.outcome().orElseThrow()).cookie())
                .isInstanceOf(Cookie.Renewed.class);
        assertThat(consented()).hasValue(Set.of("openid", "offline_access"));
        assertThat(fixture.isSignedIn(answer.request().cookie())).isTrue();
        assertThat(isExchanged(answer.request().code())).isTrue();
    }

    /// Nobody knows its secret, but it must not be a code either.
    @Test
    void whatWaitsBesideTheQuestionIsGoneWithTheAnswer() {
        var allowed = questionAfterTransfer();
        answer(allowed, true);
        assertThat(isExchanged(allowed.code())).isFalse();
        fixture.consent = new Consent.Terms(false, true, true, false, Set.of());
        var refused = questionAfterTransfer();
        answer(refused, false);
        assertThat(isExchanged(refused.code())).isFalse();
    }

    @Test
    void whatIsRefusedLeavesNoSessionAndIsNotRemembered() {
        var question = questionAfterTransfer();
        var answer = answer(question, false);
        assertThat(answer.outcome())
                .hasValue(
                        new Authorized.Denied(new Cookie.Unchanged(), new Denial.ConsentRefused()));
        assertThat(consented()).isEmpty();
        assertThat(fixture.isSignedIn(question.cookie())).isFalse();
        assertThat(fixture.isSignedIn(answer.request().cookie())).isFalse();
        var sessions = new Observations(database).sessions(Fixture.KIM, Optional.empty(), 10);
        assertThat(sessions).isEmpty();
        assertThat(fixture.log()).contains("f User did not authorize the request");
    }

    @Test
    void whatTheUserAllowsIsAddedToWhatTheyAllowedBefore() {
        fixture.scope = "openid";
        var first = answer(questionAfterTransfer(), true);
        fixture.scope = "email openid";
        answer(question(new Presented.Nowhere(), Optional.of(first.request().cookie())), true);
        assertThat(consented()).hasValue(Set.of("openid", "email"));
        assertThat(fixture.isSignedIn(first.request().cookie())).isTrue();
    }

    @Test
    void whatWasIssuedWithoutAQuestionIsNotTakenForAllowed() {
        fixture.consent = new Consent.Terms(true, true, false, false, Set.of());
        assertThat(isExchanged(fixture.redeem(transfer()).code())).isTrue();
        assertThat(isListed()).isTrue();
        assertThat(consented()).isEmpty();
    }

    @Test
    void ofFiftyAnswersExactlyOneCounts() throws Exception {
        var question = questionAfterTransfer();
        var answers = new ArrayList<Callable<Boolean>>();
        for (var i = 0; i < 50; i++) {
            var allows = i % 2 == 0;
            answers.add(() -> answer(question, allows).outcome().isPresent());
        }
        assertThat(racing(answers)).isEqualTo(1);
    }

    /// Whichever comes first: there is no code without a grant.
    @Test
    void noCodeOutlivesAGrantThatIsTakenBackWhileItIsGiven() throws Exception {
        for (var round = 0; round < 20; round++) {
            fixture.consent = OTHERS;
            answer(questionAfterTransfer(), true);
            fixture.consent = new Consent.Terms(false, true, true, false, Set.of());
            var question = questionAfterTransfer();
            var codes = new ArrayList<Secret>();
            racing(
                    List.of(
                            () -> {
                                codes.add(answer(question, true).request().code());
                                return true;
                            },
                            () -> {
                                new Grants(database, Observer.NONE)
                                        .deleteOf(Fixture.KIM, Fixture.ADMIN);
                                return true;
                            }));
            assertThat(isExchanged(codes.getFirst())).isEqualTo(consented().isPresent());
            new Grants(database, Observer.NONE).deleteOf(Fixture.KIM, Fixture.ADMIN);
        }
    }

    /// How many of them came true.
    private static long racing(List<Callable<Boolean>> attempts) throws Exception {
        var barrier = new CyclicBarrier(attempts.size());
        var results = new ArrayList<Future<Boolean>>();
        try (var pool = Executors.newFixedThreadPool(attempts.size())) {
            for (var attempt : attempts)
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
}
