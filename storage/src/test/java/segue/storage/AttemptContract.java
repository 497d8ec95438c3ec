package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.identifier.ClientId;
import segue.domain.log.Origin;
import segue.domain.network.ClientAddress;
import segue.domain.network.Device;
import segue.domain.network.Geo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What somebody might guess is counted before it is looked at (THREATS T-35).
abstract class AttemptContract extends FixtureContract {
    private static final Attempts.Limits LIMITS = new Attempts.Limits(10, 25);
    private static final ClientId CLIENT = new ClientId("some client");

    /// Runs a statement behind our back: deadlines move by it.
    abstract void run(String sql);

    private SignIns.Attempt attempt(String login, Origin from) {
        return new SignIns(database)
                .attempt(fixture.web(), Fixture.CONNECTION, login, from, LIMITS);
    }

    private SignIns.Attempt attempt(String login, int address) {
        return attempt(login, Fixture.from(address));
    }

    private static Origin at(int... sixteen) {
        var bytes = new byte[16];
        for (var i = 0; i < sixteen.length; i++) bytes[i] = (byte) sixteen[i];
        var device = new Device(ClientAddress.of(bytes), OptionalLong.empty(), "test");
        return new Origin(device, Geo.UNKNOWN, "localhost", Optional.empty());
    }

    @Test
    void parallelGuessesCanNotPassTheLimit() throws Exception {
        for (var login : List.of("kim@example.org", "nobody@example.org")) {
            var guesses = new ArrayList<Callable<Boolean>>();
            for (var i = 0; i < 50; i++) guesses.add(() -> attempt(login, 1).backoff().isEmpty());
            assertThat(racing(guesses).stream().filter(isAllowed -> isAllowed))
                    .as(login)
                    .hasSize(10);
        }
    }

    @Test
    void theLimitIsPerAccountAndAddressAndSaysWhenItEnds() {
        for (var i = 0; i < 10; i++) assertThat(attempt("kim@example.org", 1).backoff()).isEmpty();
        // However the same account is called.
        var refused = attempt("KIM@example.org", 1).backoff().orElseThrow();
        assertThat(refused.limit()).isEqualTo(10);
        assertThat(refused.seconds()).isBetween(890L, 900L);
        assertThat(attempt("kim@example.org", 2).backoff()).isEmpty();
        assertThat(attempt("lee@example.org", 1).backoff()).isEmpty();
        run("UPDATE sign_in_attempt SET since = since - 900001");
        assertThat(attempt("kim@example.org", 1).backoff()).isEmpty();
    }

    @Test
    void anIpv6AddressCountsByItsSixtyFourBitNetwork() {
        for (var i = 0; i < 10; i++)
            assertThat(attempt("kim@example.org", at(0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, i)).backoff())
                    .isEmpty();
        var neighbour = at(0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0xff, 0xff);
        var stranger = at(0x20, 1, 0xd, 0xb8, 0, 0, 0, 2);
        assertThat(attempt("kim@example.org", neighbour).backoff()).isPresent();
        assertThat(attempt("kim@example.org", stranger).backoff()).isEmpty();
    }

    @Test
    void guessesAtManyAccountsAreCountedTogether() throws Exception {
        var guesses = new ArrayList<Callable<Boolean>>();
        for (var i = 0; i < 50; i++) {
            var login = "user" + i + "@example.org";
            guesses.add(() -> attempt(login, 1).backoff().isEmpty());
        }
        assertThat(racing(guesses).stream().filter(isAllowed -> isAllowed)).hasSize(25);
        var refused = attempt("kim@example.org", 1).backoff().orElseThrow();
        assertThat(refused.limit()).isEqualTo(25);
        assertThat(attempt("kim@example.org", 2).backoff()).isEmpty();
    }

    @Test
    void whoeverIsStoppedAtOneAccountSpendsNothingOfTheNetwork() {
        for (var i = 0; i < 100; i++) attempt("kim@example.org", 1);
        assertThat(attempt("lee@example.org", 1).backoff()).isEmpty();
    }

    @Test
    void aSuccessForgetsTheFailuresBeforeIt() {
        for (var i = 0; i < 10; i++) attempt("kim@example.org", 1);
        fixture.signIn(Fixture.KIM);
        assertThat(attempt("kim@example.org", 1).backoff()).isEmpty();
    }

    @Test
    void aSuccessGivesItsNetworkOneAttemptBackAndNoMore() {
        for (var i = 0; i < 24; i++) attempt("user" + i + "@example.org", 1);
        for (var i = 0; i < 5; i++) {
            assertThat(attempt("kim@example.org", 1).backoff()).isEmpty();
            fixture.signIn(Fixture.KIM);
        }
        assertThat(attempt("lee@example.org", 1).backoff()).isEmpty();
        assertThat(attempt("kim@example.org", 1).backoff()).isPresent();
    }

    @Test
    void theOperatorIsToldOnceThatALimitWasMet() {
        for (var i = 0; i < 15; i++) attempt("kim@example.org", 1);
        for (var i = 0; i < 30; i++) attempt("user" + i + "@example.org", 2);
        assertThat(fixture.log()).filteredOn(it -> it.startsWith("limit_wc ")).hasSize(1);
        assertThat(fixture.log()).filteredOn(it -> it.startsWith("limit_mu ")).hasSize(1);
    }

    /// Longer than what an index can hold, and perhaps a password.
    @Test
    void whatNobodyIsCalledIsCountedByItsHash() {
        var login = Stream.generate(fixture::id).limit(100).collect(Collectors.joining());
        for (var i = 0; i < 10; i++) assertThat(attempt(login, 1).backoff()).isEmpty();
        assertThat(attempt(login, 1).backoff()).isPresent();
        assertThat(attempt(login + "!", 1).backoff()).isEmpty();
    }

    @Test
    void wrongSecretsAreCountedByClientAndNetwork() throws Exception {
        var attempts = new Attempts(database);
        var from = Fixture.from(1);
        var guesses = new ArrayList<Callable<Boolean>>();
        for (var i = 0; i < 50; i++)
            guesses.add(() -> attempts.wrongSecret(CLIENT, from, 10).isEmpty());
        assertThat(attempts.ofSecrets(CLIENT, from, 10)).isEmpty();
        assertThat(racing(guesses).stream().filter(isAllowed -> isAllowed)).hasSize(10);
        assertThat(attempts.ofSecrets(CLIENT, from, 10)).isPresent();
        assertThat(attempts.ofSecrets(CLIENT, Fixture.from(2), 10)).isEmpty();
        assertThat(attempts.ofSecrets(new ClientId("another"), from, 10)).isEmpty();
        run("UPDATE sign_in_attempt SET since = since - 900001");
        assertThat(attempts.ofSecrets(CLIENT, from, 10)).isEmpty();
    }

    @Test
    void whatANetworkMayDoSoOftenIsCountedByItself() {
        var attempts = new Attempts(database);
        var hour = Duration.ofHours(1);
        for (var i = 0; i < 3; i++)
            assertThat(attempts.ofNetwork("one", Fixture.from(1), 3, hour)).isEmpty();
        var refused = attempts.ofNetwork("one", Fixture.from(1), 3, hour).orElseThrow();
        assertThat(refused.seconds()).isBetween(3590L, 3600L);
        assertThat(attempts.ofNetwork("one", Fixture.from(2), 3, hour)).isEmpty();
        assertThat(attempts.ofNetwork("other", Fixture.from(1), 3, hour)).isEmpty();
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
