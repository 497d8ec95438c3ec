package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.acceptance.ActionNode.SignedIn;
import segue.demo.wire.Answer;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// `kill -9` of the processes that run Actions, in the middle of a stream of sign-ins: each costs
/// the sign-in that it worked for and no other, and what was acknowledged stays.
/// `-Dsegue.worker-kills=200` for more kills.
class WorkerCrashStory {
    private static final int KILLS = Integer.getInteger("segue.worker-kills", 20);
    private static final int LANES = 4;
    private static final long PATIENCE = 60;

    /// Long enough for a kill to meet workers at work.
    private static final String SLOW = "await new Promise(done => setTimeout(done, 20));";

    @TempDir private Path folder = Path.of("");

    @Test
    void aKilledWorkerCostsTheSignInItWorkedForAndNothingElse() throws Exception {
        try (var server = new ActionNode(folder, LANES, "20s");
                var pool = Executors.newFixedThreadPool(LANES)) {
            var stopping = new AtomicBoolean();
            var progress = new Semaphore(0);
            var lanes = new ArrayList<Lane>();
            for (var user = 0; user < LANES; user++)
                lanes.add(new Lane(server, server.signIn(user, ActionNode.GOOD), progress));
            server.deploy(SLOW);
            var streams = new ArrayList<Future<Integer>>();
            for (var lane : lanes) streams.add(pool.submit(() -> lane.stream(stopping)));
            var kills = 0;
            try {
                // The first of them has started a worker.
                assertThat(progress.tryAcquire(PATIENCE, TimeUnit.SECONDS)).isTrue();
                kills = kill(server, progress);
            } finally {
                stopping.set(true);
            }
            var denied = 0;
            for (var stream : streams) denied += stream.get(PATIENCE, TimeUnit.SECONDS);
            assertThat(kills).as("kills after which the stream went on").isEqualTo(KILLS);
            assertThat(denied).isBetween(1, KILLS);
            assertThat(server.denials()).isEqualTo(denied);
            for (var lane : lanes) lane.everythingIsAsItWasAcknowledged();
        }
    }

    /// After each kill the stream must go on before the next.
    ///
    /// @return how often it did
    private static int kill(ActionNode server, Semaphore progress) throws InterruptedException {
        var any = new Random(KILLS);
        for (var kill = 0; kill < KILLS; kill++) {
            var workers = server.workers();
            if (!workers.isEmpty()) workers.get(any.nextInt(workers.size())).destroyForcibly();
            progress.drainPermits();
            if (!progress.tryAcquire(1 + any.nextInt(20), PATIENCE, TimeUnit.SECONDS)) return kill;
        }
        return KILLS;
    }

    /// One user, whose every answer is either a grant or the denial that a kill explains.
    private static final class Lane {
        private final ActionNode server;
        private final SignedIn user;
        private final Semaphore progress;
        private final List<String> cookies = new ArrayList<>();
        private int denied;

        Lane(ActionNode server, SignedIn user, Semaphore progress) {
            this.server = server;
            this.user = user;
            this.progress = progress;
        }

        /// How many sign-ins were denied.
        int stream(AtomicBoolean stopping) {
            while (!stopping.get()) {
                // The token that was presented when it was denied is presented again.
                var _ = isGranted(user.phone().refresh());
                var exchange = user.phone().exchange();
                if (isGranted(exchange)) redeem(exchange.text("access_token"));
            }
            return denied;
        }

        private void redeem(String transfer) {
            var answer = server.redeem(transfer);
            if (!isCode(answer)) {
                assertThat(KinScene.cookie(answer)).isEmpty();
                return;
            }
            cookies.add(KinScene.cookie(answer).orElseThrow());
            var _ = isCode(server.silentlyInWeb(cookies.getLast()));
        }

        private boolean isGranted(Answer answer) {
            if (answer.isOk()) progress.release();
            else {
                denied++;
                assertThat(answer.status()).as("%s", answer.json()).isEqualTo(403);
                assertThat(answer.text("error")).isEqualTo("access_denied");
            }
            return answer.isOk();
        }

        private boolean isCode(HttpResponse<String> answer) {
            var isCode = KinScene.code(answer).isPresent();
            if (isCode) progress.release();
            else {
                denied++;
                assertThat(answer.headers().firstValue("Location").orElse(""))
                        .contains("error=access_denied");
            }
            return isCode;
        }

        void everythingIsAsItWasAcknowledged() {
            assertThat(cookies).isNotEmpty();
            for (var cookie : cookies)
                assertThat(KinScene.code(server.silentlyInWeb(cookie))).isPresent();
            assertThat(user.phone().refresh().status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thereAreWorkersFromTheFirstActionToTheEndOfTheServer(boolean isKilled) throws Exception {
        try (var server = new ActionNode(folder, 1, "20s")) {
            var user = server.signIn(0, ActionNode.GOOD);
            assertThat(user.phone().refresh().status()).isEqualTo(200);
            assertThat(server.workers()).isEmpty();
            server.deploy("");
            assertThat(server.workers()).isEmpty();
            assertThat(user.phone().refresh().status()).isEqualTo(200);
            var workers = server.workers();
            assertThat(workers).isNotEmpty();
            if (isKilled) server.node().kill();
            else assertThat(server.node().stop()).isEqualTo(0);
            ActionNode.awaitEnd(workers);
        }
    }
}
