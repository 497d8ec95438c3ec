package segue.actions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.actions.WorkerProcess.Frame;

import java.time.Duration;
import java.util.HexFormat;

/// The process and its protocol.
class WorkerTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String COUNTING =
            """
            let runs = 0;
            exports.onExecutePostLogin = async (event) => {
              console.log(++runs);
              if (event.fails) throw new Error('as told');
            };
            """;

    private final WorkerProcess worker = WorkerProcess.start();

    @AfterEach
    void end() {
        worker.close();
    }

    private String counted(String key, String code, String event) {
        worker.send(30_000, key, code, "onExecutePostLogin", WorkerProcess.login(event));
        var json = ((Frame.Done) worker.next(MINUTE)).json();
        return json.replaceFirst(".*\"console\":\"", "").replaceFirst("\".*", "");
    }

    @Test
    void itEndsWithItsServer() {
        worker.closeInput();
        assertThat(worker.exitCode()).isZero();
    }

    @Test
    void itEndsWithItsServerEvenInTheMiddleOfARun() {
        var code = "exports.onExecutePostLogin = () => { for (;;); };";
        worker.send(600_000, code, code, "onExecutePostLogin", WorkerProcess.login("{}"));
        worker.closeInput();
        assertThat(worker.exitCode()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7fffffff", // longer than any frame
                "ffffffff",
                "00000000",
                "0000000109", // no such type
                "000000060100000000ff", // a text that isn't there
            })
    void itEndsRatherThanGuess(String bytes) {
        worker.sendRaw(HexFormat.of().parseHex(bytes));
        assertThat(worker.exitCode()).isEqualTo(2);
    }

    @Test
    void aModuleStaysLoadedUntilItFailsOrItsCodeChanges() {
        assertThat(counted("k", COUNTING, "{}")).isEqualTo("1");
        assertThat(counted("k", COUNTING, "{}")).isEqualTo("2");
        assertThat(counted("other", COUNTING, "{}")).isEqualTo("1");
        assertThat(counted("k", COUNTING + "//", "{}")).isEqualTo("1");
        assertThat(counted("k", COUNTING + "//", "{\"fails\":true}")).isEqualTo("2");
        assertThat(counted("k", COUNTING + "//", "{}")).isEqualTo("1");
    }

    @Test
    void theModuleThatRanLongestAgoMakesRoomForTheNinth() {
        for (var key = 0; key < 8; key++) counted("k" + key, COUNTING, "{}");
        assertThat(counted("k0", COUNTING, "{}")).isEqualTo("2");
        counted("k8", COUNTING, "{}");
        assertThat(counted("k0", COUNTING, "{}")).isEqualTo("3");
        assertThat(counted("k1", COUNTING, "{}")).isEqualTo("1");
    }

    @Test
    void aModuleIsLoadedAnewAfterAThousandRuns() {
        for (var run = 1; run <= 1000; run++) {
            assertThat(counted("k", COUNTING, "{}")).isEqualTo(String.valueOf(run));
        }
        assertThat(counted("k", COUNTING, "{}")).isEqualTo("1");
    }

    @Test
    void oneActionSeesNothingOfAnother() {
        worker.run("globalThis.secret = Object.prototype.secret = 1;");
        assertThat(
                        worker.run(
                                "exports.onExecutePostLogin = e => console.log(globalThis.secret,"
                                        + " e.secret);"))
                .contains("\"console\":\"undefined undefined\"");
    }

    @Test
    void anAnswerThatComesTooLateReachesNoOtherRun() {
        var asking =
                "exports.onExecutePostLogin = async (e) => { const it = fetch('https://a.example');"
                        + " if (!e.leaves) console.log(await (await it).text()); };";
        worker.send(
                30_000,
                "k",
                asking,
                "onExecutePostLogin",
                WorkerProcess.login("{\"leaves\":true}"));
        var first = (Frame.Call) worker.next(MINUTE);
        assertThat(worker.next(MINUTE)).isInstanceOf(Frame.Done.class);
        worker.send(30_000, "k", asking, "onExecutePostLogin", WorkerProcess.login("{}"));
        var second = (Frame.Call) worker.next(MINUTE);
        assertThat(second.id()).isNotEqualTo(first.id());
        worker.answer(first.id(), "{\"status\":200,\"headers\":{},\"body\":\"late\"}");
        worker.answer(12345, "{\"status\":200,\"headers\":{},\"body\":\"never asked\"}");
        worker.answer(second.id(), "{\"status\":200,\"headers\":{},\"body\":\"right\"}");
        assertThat(((Frame.Done) worker.next(MINUTE)).json()).contains("\"console\":\"right\"");
    }

    @Test
    void aRunThatWaitsTooLongForAnAnswerTimesOut() {
        var code = "exports.onExecutePostLogin = () => fetch('https://a.example');";
        worker.send(3000, code, code, "onExecutePostLogin", WorkerProcess.login("{}"));
        assertThat(worker.next(MINUTE)).isInstanceOf(Frame.Call.class);
        assertThat(((Frame.Done) worker.next(MINUTE)).json()).contains("action_timeout");
        assertThat(worker.run("")).endsWith("\"error\":null}");
    }

    @Test
    void aTextOfAnyAlphabetTravelsUnharmed() {
        var text = "é€😀\\u2028\\\"\\\\";
        var end =
                worker.run(
                        "exports.onExecutePostLogin = (event, api) => api.access.deny(event.text);",
                        WorkerProcess.login("{\"text\":\"" + text + "\"}"));
        assertThat(end).contains("\"args\":[\"é€😀\u2028\\\"\\\\\"]");
    }
}
