package segue.actions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.actions.WorkerProcess.Frame;

import java.time.Duration;

/// THREATS T-46: whatever an Action does, it ends in an error or with its process, and the next one
/// runs. In time is the server's part: it kills a process that is late, however far that has come
/// with collecting a bomb's garbage (its `LyingWorkerTest`).
class HostileActionTest {
    private static final int DEADLINE = 2000;

    /// No promise, only more than the slowest machine takes: a test that fails beats one that
    /// hangs.
    private static final Duration BOUND = Duration.ofMinutes(2);

    private static final String GOOD =
            "exports.onExecutePostLogin = (event, api) => api.idToken.setCustomClaim('good', 1);";
    private static final String GOOD_ENDS =
            "{\"effects\":[{\"call\":\"idToken.setCustomClaim\",\"args\":[\"good\",1]}],\"console\":\"\",\"error\":null}";

    private static WorkerProcess worker = WorkerProcess.start();

    @AfterAll
    static void end() {
        worker.close();
    }

    /// The json of DONE, or nothing when the process ended instead.
    private static String attempt(String body) {
        var code = "exports.onExecutePostLogin = async (event, api) => {" + body + "\n};";
        worker.send(DEADLINE, code, code, "onExecutePostLogin", WorkerProcess.login("{}"));
        var end = worker.next(BOUND);
        assertThat(end).isInstanceOfAny(Frame.Done.class, Frame.Gone.class);
        return end instanceof Frame.Done(var json) ? json : WorkerProcess.GONE;
    }

    @AfterEach
    void aGoodOneRunsNext() {
        var end = worker.run(GOOD);
        if (end.equals(WorkerProcess.GONE)) {
            worker = WorkerProcess.start();
            end = worker.run(GOOD);
        }
        assertThat(end).isEqualTo(GOOD_ENDS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "for (;;);",
                "await null; for (;;);",
                "const spin = () => Promise.resolve().then(spin); await spin();",
                "await new Promise(() => setTimeout(() => { for (;;); }, 1));",
                "await new Promise(() => setInterval(() => {}, 1));",
                "queueMicrotask(() => { for (;;); }); await new Promise(() => {});",
                "try { for (;;); } finally { for (;;); }",
                "for (;;) try { for (;;); } catch {}",
                "return { then() { for (;;); } };",
                "throw { get message() { for (;;); } };",
                "throw new Proxy({}, { get() { for (;;); } });",
                "api.idToken.setCustomClaim('a', { toJSON() { for (;;); } });",
                "console.log({ toString() { for (;;); } } + '');",
                "await new Promise(() => { fetch('https://a.example/'); });",
            })
    void whatNeverEndsIsATimeout(String body) {
        var code = "exports.onExecutePostLogin = async (event, api) => {" + body + "\n};";
        worker.send(DEADLINE, code, code, "onExecutePostLogin", WorkerProcess.login("{}"));
        var end = worker.next(BOUND);
        if (end instanceof Frame.Call) end = worker.next(BOUND);
        assertThat(end).isInstanceOf(Frame.Done.class);
        assertThat(((Frame.Done) end).json())
                .contains("\"effects\":[]", "\"class\":\"action_timeout\"");
    }

    /// A textbook's catastrophe; this engine makes an automaton of it.
    @Test
    void aRegularExpressionWithoutBackReferencesIsLinear() {
        assertThat(attempt("/(a+)+$/.test('a'.repeat(50000) + '!');")).endsWith("\"error\":null}");
    }

    /// One step of the interpreter, which cancelling doesn't reach.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/^(a+)+\\1b$/.test('a'.repeat(40));",
                "/(.*)*(.*)*\\1\\2x/.test('a'.repeat(3000));",
                "Array(2 ** 31).fill();",
                "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);",
                "'a'.repeat(2 ** 29).split('').sort();",
                "[].concat.apply([], Array(1e7).fill(Array(1e7)));",
            })
    void aBuiltInThatTakesForeverEndsToo(String body) {
        assertThat(attempt(body)).doesNotContain("\"error\":null");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "const all = []; for (;;) all.push(new Array(1000).fill(all.length));",
                "let s = 'ab'; for (;;) s += s;",
                "let s = 'ab'; for (let i = 0; i < 28; i++) s += s; [...s];",
                "const all = []; for (;;) all.push(new ArrayBuffer(1 << 20));",
                "new ArrayBuffer(2 ** 31 - 10);",
                "new Uint8Array(2 ** 40);",
                "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i });",
                "for (let o = {}; ; o = { o }) globalThis.o = o;",
                "const all = []; for (;;) all.push(Buffer.alloc(1e6));",
                "JSON.stringify(Array(1e8).fill(1e10));",
                "const wait = () => { setTimeout(wait); setTimeout(wait); }; wait(); await new"
                        + " Promise(() => {});",
            })
    void aMemoryBombIsCleanOrTheEndOfTheProcess(String body) {
        assertThat(attempt(body)).doesNotContain("\"error\":null");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "const deeper = () => deeper() + 1; deeper();",
                "const deeper = () => { try { deeper(); } finally { api.user.setAppMetadata('a',"
                        + " 1); } }; deeper();",
                "const deeper = n => { console.log(n); deeper(n + 1); }; deeper(0);",
                "let o = {}; for (let i = 0; i < 1e5; i++) o = { o };"
                        + " api.idToken.setCustomClaim('a', o);",
                "JSON.parse('['.repeat(1e6));",
                "/(?:)/.exec(''); RegExp('('.repeat(1e5) + ')'.repeat(1e5)).test('');",
                "const a = []; a[0] = a; a.flat(Infinity);",
            })
    void anEndlessRecursionIsAnError(String body) {
        assertThat(attempt(body)).contains("\"class\":\"action_error\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "throw null;",
                "throw undefined;",
                "throw Symbol('s');",
                "throw 10n;",
                "throw () => {};",
                "throw 'x'.repeat(1e6);",
                "throw Object.create(null);",
                "throw new Proxy({}, { get() { throw new Error('trap'); } });",
                "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy;",
                "throw { get message() { throw this; }, get stack() { throw this; }, toString() {"
                        + " throw this; } };",
                "throw { name: {}, message: [], stack: 1 };",
                "throw { get cause() { throw this; } };",
                "throw { cause: { get message() { throw this; } } };",
                "throw { cause: { message: 'm'.repeat(1e7) }, stack: 's'.repeat(1e7) };",
                "throw { message: 'm'.repeat(1e7), stack: 's'.repeat(1e7), name: 'n'.repeat(1e7)"
                        + " };",
                "throw { message: '\\ud800', name: '\"\\\\\\n' };",
                "Error.prepareStackTrace = () => { throw 1; }; throw new Error('x');",
                "Error.stackTraceLimit = 1e9; throw new Error('x');",
            })
    void aHostileThrowIsReportedAndClipped(String body) {
        var end = attempt(body);
        assertThat(end).contains("\"effects\":[]", "\"class\":\"action_error\"");
        assertThat(end.length()).isLessThan(5000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "await new Promise(() => {});",
                "return { then() {} };",
                "clearTimeout(setTimeout(() => {}, 5)); await new Promise(() => {});",
            })
    void aPromiseThatCanNeverSettleIsAnErrorAtOnce(String body) {
        assertThat(attempt(body)).contains("action_error", "the Action's promise never settled");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "for (let i = 0; i < 20000; i++) console.log('line', i, { i });",
                "console.log('x'.repeat(1e7));",
                "console.log(Array(1e6).fill('x'));",
                "console.log('%s%s%s'.repeat(1e5), 1, 2, 3);",
                "const o = {}; o.o = o; console.log(o, [o], new Map([[o, o]]));",
            })
    void aFloodOfTheConsoleIsCut(String body) {
        var end = attempt(body);
        assertThat(end).endsWith("\"error\":null}");
        assertThat(end.length()).isLessThan(2000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "api.idToken.setCustomClaim('a', 'x'.repeat(100001));",
                "for (let i = 0; i < 3; i++) api.idToken.setCustomClaim('a', 'x'.repeat(99000));",
                "for (let i = 0; i < 1001; i++) api.accessToken.addScope('a');",
                "api.idToken.setCustomClaim('a', 1n);",
                "const o = {}; o.o = o; api.idToken.setCustomClaim('a', o);",
                "api.idToken.setCustomClaim('a', { toJSON() { throw new Error('no'); } });",
                "api.idToken.setCustomClaim('a', { get x() { throw null; } });",
                "api.idToken.setCustomClaim('a', new Proxy({}, { ownKeys() { throw 1; } }));",
                "api.multifactor.enable('any');",
                "api.authentication.challengeWith({ type: 'otp' });",
                "api.samlResponse.setAudience('x');",
                "api.prompt.render('x');",
                "api.session.extend?.();",
                "api.nothing?.like?.it();",
            })
    void anEffectThatCannotBeHadFailsTheActionEvenIfItCatches(String body) {
        var end = attempt("api.access.deny('first'); try {" + body + "} catch {}");
        assertThat(end).startsWith("{\"effects\":[],").contains("\"class\":\"action_error\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "JSON.stringify = () => '0],\"error\":null}'; JSON.parse = () => ({});",
                "Object.prototype.toJSON = () => ({ forged: 1 }); delete Object.prototype.toJSON;",
                "Array.prototype.toJSON = () => 'forged';",
                "Object.freeze = Object.assign = Object.keys = () => { throw 1; };",
                "Promise.prototype.then = () => { throw 1; };",
                "Object.defineProperty(Promise.prototype, 'constructor', { get() { return"
                        + " undefined; } });",
                "Promise.resolve = Promise.reject = () => { throw 1; }; globalThis.Promise = null;",
                "Array.prototype[Symbol.iterator] = () => { throw 1; };",
                "Object.defineProperty(Array.prototype, '0', { set() { throw 1; }, get() { return"
                        + " 9; } });",
                "Object.defineProperty(Object.prototype, 'get', { value: () => { throw 1; } });",
                "Object.prototype.set = Object.prototype.has = Object.prototype.ownKeys = () => {"
                        + " throw 1; };",
                "String.prototype.substring = String.prototype.slice = () => { throw 1; };",
                "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = ()"
                        + " => { throw 1; };",
                "Reflect.apply = Reflect.get = () => { throw 1; }; globalThis.Reflect = null;",
                "globalThis.Proxy = globalThis.Error = globalThis.TypeError = globalThis.String ="
                        + " null;",
                "Map.prototype.get = Map.prototype.set = Set.prototype.has = () => { throw 1; };",
                "Date.now = () => { throw 1; }; Math.floor = Math.min = () => NaN;",
                "for (const name of Object.getOwnPropertyNames(globalThis)) try { delete"
                        + " globalThis[name]; } catch {}",
            })
    void pollutionForgesNothing(String body) {
        var end = attempt(body + " api.access.deny('no', [1]);");
        assertThat(end)
                .startsWith("{\"effects\":[{\"call\":\"access.deny\",\"args\":[\"no\",")
                .endsWith("}],\"console\":\"\",\"error\":null}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Java.type('java.lang.System')",
                "Packages.java.lang.System",
                "java.lang.System",
                "javax.script",
                "Polyglot.eval('js', '1')",
                "Graal.versionGraalVM",
                "load('/etc/passwd')",
                "loadWithNewGlobal('/etc/passwd')",
                "print('x')",
                "quit()",
                "readFile('/etc/passwd')",
                "process.env",
                "global.process.env",
                "new Worker('x')",
                "new SharedArrayBuffer(1)",
                "Atomics.wait",
                "new WebAssembly.Module(new Uint8Array(8))",
                "require('fs')",
                "require('node:child_process')",
                "require('__proto__')",
                "require('constructor')",
                "require({ toString: () => 'crypto' })",
                "await import('fs')",
                "await import('/etc/passwd')",
                "await import('data:text/javascript,export default 1')",
                "eval('1')",
                "(0, eval)('1')",
                "new Function('return 1')()",
                "this.constructor.constructor('return process')()",
                "(async () => {}).constructor('return 1')()",
                "(function* () {}).constructor('return 1')()",
                "setTimeout('1')",
                "new URL('https://a.example/').constructor.constructor('return 1')()",
                "console.log.constructor('return 1')()",
                "fetch.constructor('return 1')()",
            })
    void thereIsNoWayOut(String expression) {
        var end = attempt("const it = " + expression + "; api.access.deny(String(it));");
        assertThat(end).startsWith("{\"effects\":[],").contains("\"class\":\"action_error\"");
    }

    /// Walks from everything a script can name to everything that can be reached from there.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    host functions | typeof it === 'function' && Object.getOwnPropertyNames(it).length === 0
                    host objects | Object.prototype.toString.call(it) === '[object HostObject]'
                    """)
    void noPrototypeLeadsToTheHost(String what, String test) {
        var end =
                attempt(
                        """
                        const seen = new Set();
                        const walk = [globalThis, api, event, require, module, exports, arguments,
                          ...['crypto', 'buffer', 'url', 'util', 'querystring'].map(require)];
                        while (walk.length > 0) {
                          const it = walk.pop();
                          if ((typeof it !== 'object' && typeof it !== 'function') || it === null || seen.has(it)) continue;
                          seen.add(it);
                          if (%s) console.log('found');
                          let keys = [];
                          try { keys = Reflect.ownKeys(it); walk.push(Object.getPrototypeOf(it)); } catch {}
                          for (const key of keys) {
                            const property = Reflect.getOwnPropertyDescriptor(it, key);
                            walk.push(property.value, property.get, property.set);
                          }
                        }
                        console.log(seen.size > 500);
                        """
                                .formatted(test));
        assertThat(end).as(what).isEqualTo("{\"effects\":[],\"console\":\"true\",\"error\":null}");
    }

    @Test
    void aStackTraceIsTextAndShowsNothingOfOurs() {
        var end =
                attempt(
                        """
                        Error.prepareStackTrace = (_, frames) => frames;
                        try { api.access.deny(1n); } catch (e) { console.log(typeof e.stack, e.stack.includes('prelude')); }
                        """);
        assertThat(end).contains("\"console\":\"string false\"");
    }
}
