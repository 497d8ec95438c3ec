package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import segue.acceptance.ActionNode.SignedIn;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;

/// An Action that is hostile to those who sign in to one app: they are denied, and nobody else
/// notices (THREATS T-46). `-Dsegue.hostile=100` for more rounds.
///
/// No answer may take longer than the half minute that the wire waits.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileActionStory {
    private static final int ROUNDS = Integer.getInteger("segue.hostile", 10);
    private static final int GOOD_ONES = 3;

    /// What the live objects of the server may grow by, whatever they were.
    private static final long FIVE_MEBIBYTES = 5 << 20;

    /// What a script does that means harm, and how it ends.
    enum Hostility {
        ENDLESS_LOOP("for (;;) {}", "action_timeout"),
        // It depends on the machine what comes first, the end of the memory or of the time.
        MEMORY_BOMB(
                "const all = []; for (;;) all.push(new Array(100000).fill(7));",
                "action_error|action_timeout"),
        RECURSION_BOMB("const deeper = () => deeper() + 1; deeper();", "action_error"),
        REGULAR_EXPRESSION_BOMB("/^(?:(a+)\\1?)+$/.test('a'.repeat(60) + 'b');", "action_timeout"),
        HOSTILE_OBJECT("throw new Proxy({}, {get() { throw 1; }});", "action_error"),
        PROMISE_NEVER_SETTLED("await new Promise(() => {});", "action_error"),
        CONSOLE_FLOOD("for (;;) console.log('flood '.repeat(100));", "action_timeout");

        private final String body;
        private final String errorClass;

        /// @param errorClass a pattern
        Hostility(String body, String errorClass) {
            this.body = body;
            this.errorClass = errorClass;
        }
    }

    private Optional<ActionNode> started = Optional.empty();
    private Optional<SignedIn> victim = Optional.empty();
    private final List<SignedIn> goodOnes = new ArrayList<>();
    private long heapBefore;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        var server = new ActionNode(folder, GOOD_ONES + 1, "2s");
        started = Optional.of(server);
        victim = Optional.of(server.signIn(GOOD_ONES, ActionNode.HOSTILE));
        for (var user = 0; user < GOOD_ONES; user++)
            goodOnes.add(server.signIn(user, ActionNode.GOOD));
        // What is loaded once, and kept, is there before the heap is measured.
        for (var hostility : Hostility.values()) attack(hostility, 1);
        heapBefore = liveBytes();
    }

    @AfterAll
    void stop() {
        started.ifPresent(ActionNode::close);
    }

    private ActionNode server() {
        return started.orElseThrow();
    }

    @ParameterizedTest
    @EnumSource
    void whoeverIsHostileIsDeniedAndNobodyElseNotices(Hostility hostility) throws Exception {
        attack(hostility, ROUNDS);
        assertThat(liveBytes())
                .as("live bytes, before %d", heapBefore)
                .isLessThanOrEqualTo(heapBefore + Math.max(heapBefore / 20, FIVE_MEBIBYTES));
    }

    private void attack(Hostility hostility, int rounds) throws Exception {
        server().deploy(
                        "if (event.client.name === '"
                                + ActionNode.HOSTILE
                                + "') {"
                                + hostility.body
                                + "}");
        var denials = server().denials();
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var round = 1; round <= rounds; round++) {
                round(pool);
                assertThat(server().denials()).isEqualTo(denials + 2 * round);
                assertThat(newestDenials())
                        .allSatisfy(
                                it -> {
                                    assertThat(it.path("client_name").asString())
                                            .isEqualTo(ActionNode.HOSTILE);
                                    assertThat(it.at("/details/error_class").asString())
                                            .as("%s", it.at("/details/action_error"))
                                            .matches(hostility.errorClass);
                                });
            }
        }
    }

    private List<JsonNode> newestDenials() {
        return server().operator()
                .log("type:actions_execution_failed")
                .valueStream()
                .limit(2)
                .toList();
    }

    /// All at once: two sign-ins that are met with hostility, as many as there are workers, those
    /// of others, and requests that no Action is asked about.
    private void round(ExecutorService pool) throws Exception {
        var answers = new ArrayList<Future<?>>();
        var hostile = victim.orElseThrow();
        answers.add(pool.submit(checked(() -> isRefused(hostile))));
        answers.add(pool.submit(checked(() -> isDenied(server().silently(hostile)))));
        for (var one : goodOnes) {
            answers.add(pool.submit(checked(() -> refreshes(one))));
            answers.add(pool.submit(checked(() -> isSignedIn(server().silently(one)))));
        }
        answers.add(pool.submit(checked(this::everythingElseIsAnswered)));
        for (var answer : answers) answer.get();
        // Besides those that work and the spare there may be those that are just being ended.
        assertThat(server().workers()).hasSizeLessThanOrEqualTo(2 * (ActionNode.WORKERS + 1));
    }

    private interface Check {
        void run() throws Exception;
    }

    private static Callable<Boolean> checked(Check check) {
        return () -> {
            check.run();
            return true;
        };
    }

    private static void isRefused(SignedIn who) {
        var answer = who.phone().refresh();
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(403);
        assertThat(answer.text("error")).isEqualTo("access_denied");
        assertThat(answer.text("error_description")).isEqualTo("Action execution failed");
    }

    private static void isDenied(HttpResponse<String> answer) {
        assertThat(location(answer)).contains("error=access_denied");
    }

    private static void refreshes(SignedIn who) {
        var answer = who.phone().refresh();
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
    }

    private static void isSignedIn(HttpResponse<String> answer) {
        assertThat(location(answer)).contains("code=");
    }

    private static String location(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isBetween(302, 303);
        return answer.headers().firstValue("Location").orElse("");
    }

    private void everythingElseIsAnswered() {
        var issuer = server().node().issuer();
        for (var path : List.of(".well-known/openid-configuration", "health/ready"))
            assertThat(
                            server().wire()
                                    .send(HttpRequest.newBuilder(issuer.resolve(path)))
                                    .statusCode())
                    .as(path)
                    .isEqualTo(200);
        for (var one : goodOnes) assertThat(one.phone().userinfo().status()).isEqualTo(200);
        assertThat(server().operator().get("clients").status()).isEqualTo(200);
    }

    private static final Pattern TOTAL = Pattern.compile("\nTotal +\\d+ +(\\d+)");

    /// What a forced full collection leaves.
    private long liveBytes() throws IOException, InterruptedException {
        var jcmd = Path.of(System.getProperty("java.home", ""), "bin", "jcmd").toString();
        var pid = Long.toString(server().node().process().pid());
        var process =
                new ProcessBuilder(jcmd, pid, "GC.class_histogram")
                        .redirectErrorStream(true)
                        .start();
        String text;
        try (var output = process.getInputStream()) {
            text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(process.waitFor()).as(text).isEqualTo(0);
        var total = TOTAL.matcher(text);
        assertThat(total.find()).as(text).isTrue();
        return Long.parseLong(total.group(1));
    }
}
