package segue.actions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

/// Contract 4 §1: the globals and modules that an Action finds.
class PlatformTest {
    private static final WorkerProcess WORKER = WorkerProcess.start();

    @AfterAll
    static void end() {
        WORKER.close();
    }

    private static String run(String body) {
        return WORKER.run("exports.onExecutePostLogin = async (event, api) => {" + body + "\n};");
    }

    /// What the expression gives, as text.
    private static void assertGives(String expression, String expected) {
        assertThat(run("console.log('%s', (" + expression + "));"))
                .as(expression)
                .isEqualTo(
                        "{\"effects\":[],\"console\":" + Json.quote(expected) + ",\"error\":null}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    'a', 1, true, null, undefined         | a 1 true null undefined
                    { a: 1, b: 'x', 'c-d': [1, 'y'] }     | { a: 1, b: 'x', 'c-d': [ 1, 'y' ] }
                    {}, []                                | {} []
                    [undefined, null, -0, 1n]             | [ undefined, null, -0, 1n ]
                    { a: { b: { c: { d: 1 } } } }         | { a: { b: { c: [Object] } } }
                    new Map([['a', 1]]), new Set([1])     | Map(1) { 'a' => 1 } Set(1) { 1 }
                    new Date(0)                           | 1970-01-01T00:00:00.000Z
                    /a/g, Symbol('s'), () => 1            | /a/g Symbol(s) [Function (anonymous)]
                    { get a() { throw 1; } }              | { a: [Getter] }
                    new (class Point { x = 1 })()         | Point { x: 1 }
                    Buffer.from('hi')                     | <Buffer 68 69>
                    new Uint8Array(2)                     | Uint8Array(2) [ 0, 0 ]
                    '%s is %d%%, %j', 'a', 5, {b: 1}, 'c' | a is 5%, {"b":1} c
                    '%s'                                  | %s
                    "it's"                                | it's
                    ["it's"]                              | [ 'it\\'s' ]
                    """)
    void theConsolePrintsAsNodeDoes(String arguments, String expected) {
        assertThat(run("console.log(" + arguments + ");"))
                .isEqualTo(
                        "{\"effects\":[],\"console\":" + Json.quote(expected) + ",\"error\":null}");
    }

    @Test
    void everyLevelOfTheConsoleIsKept() {
        assertThat(
                        run(
                                "console.log(1); console.info(2); console.warn(3);"
                                        + " console.error(4); console.debug(5);"))
                .contains("\"console\":\"1\\u000a2\\u000a3\\u000a4\\u000a5\"");
    }

    @Test
    void theConsoleKeeps256Characters() {
        assertThat(run("console.log('x'.repeat(255)); console.log('yz'); console.log('no');"))
                .contains("\"" + "x".repeat(255) + "\\u000a\"");
    }

    // --- time ---

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    await new Promise(done => setTimeout(done, 5, 'late'))                                    | late
                    await new Promise(done => setImmediate(done, 'soon'))                                     | soon
                    await new Promise(done => queueMicrotask(() => done('next')))                             | next
                    await (async () => { const all = []; setTimeout(() => all.push('c'), 20); setTimeout(() => all.push('b'), 1); all.push('a'); await new Promise(it => setTimeout(it, 30)); return all.join(''); })() | abc
                    await (async () => { let n = 0; await new Promise(done => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); done(); } }, 1); }); return n; })() | 3
                    await (async () => { let n = 0; clearTimeout(setTimeout(() => n++, 1)); await new Promise(it => setTimeout(it, 10)); return n; })() | 0
                    (clearTimeout(undefined), clearTimeout(99), clearTimeout('x'), clearTimeout({}), 'fine')  | fine
                    await Promise.all([1, Promise.resolve(2)])                                                | [ 1, 2 ]
                    """)
    void timersFireInTheirOrder(String expression, String expected) {
        assertGives(expression, expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "setTimeout(() => { throw new TypeError('thrown'); }, 1); await new Promise(() =>"
                        + " {});",
                "queueMicrotask(() => { throw new TypeError('thrown'); }); await new Promise(it =>"
                        + " setTimeout(it, 50));",
                "await Promise.reject(new TypeError('thrown'));",
            })
    void whatACallbackThrowsFailsTheAction(String body) {
        assertThat(run(body)).contains("\"name\":\"TypeError\",\"message\":\"thrown\"");
    }

    @Test
    void timersAreBounded() {
        assertThat(run("for (let i = 0; i < 2000; i++) setTimeout(() => {}, 1000);"))
                .contains("\"message\":\"Too many timers\"");
    }

    // --- URL: cases of the WHATWG URL Standard ---

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            textBlock =
                    """
                    https://example.org                   | -                       | https://example.org/
                    HTTPS://EXAMPLE.org:443/A/../b        | -                       | https://example.org/b
                    http://user:p@ss@host:8080/x?y#z      | -                       | http://user:p%40ss@host:8080/x?y#z
                    https:example.org                     | -                       | https://example.org/
                    https:///example.org///a              | -                       | https://example.org///a
                    https://example.com:/                 | -                       | https://example.com/
                    http:\\\\x\\y\\..\\z                  | -                       | http://x/z
                    hello                                 | https://a.example/b/c   | https://a.example/b/hello
                    ../x                                  | https://a.example/b/c/d | https://a.example/b/x
                    ./.                                   | https://a.example/b/c   | https://a.example/b/
                    ?q                                    | https://a.example/b?p#h | https://a.example/b?q
                    #f                                    | https://a.example/b?p#h | https://a.example/b?p#f
                    //other/x                             | https://a.example/b     | https://other/x
                    /x                                    | https://a.example/b     | https://a.example/x
                    https:x                               | https://a.example/b/c   | https://a.example/b/x
                    http:x                                | https://a.example/b/c   | http://x/
                    https://a/%2e%2E/b/%2e                | -                       | https://a/b/
                    https://a/b c?d e'"<>#f `g            | -                       | https://a/b%20c?d%20e%27%22%3C%3E#f%20%60g
                    https://a/{}^?{}^                   | -                       | https://a/%7B%7D%5E?{}^
                    https://a/é?é#é                       | -                       | https://a/%C3%A9?%C3%A9#%C3%A9
                    https://a/%zz                         | -                       | https://a/%zz
                    https://bücher.example/               | -                       | https://xn--bcher-kva.example/
                    https://ＧＯ.com/                     | -                       | https://go.com/
                    https://ex%41mple.com/                | -                       | https://example.com/
                    http://0x7f.1/                        | -                       | http://127.0.0.1/
                    http://2130706433/                    | -                       | http://127.0.0.1/
                    http://0300.0250.1/                   | -                       | http://192.168.0.1/
                    http://1.2.3.4./                      | -                       | http://1.2.3.4/
                    http://[::1]:80/                      | -                       | http://[::1]/
                    http://[2001:0DB8:0:0:0:0:0:1]/       | -                       | http://[2001:db8::1]/
                    http://[1:0:0:2:0:0:0:3]/             | -                       | http://[1:0:0:2::3]/
                    http://[::ffff:192.0.2.1]/            | -                       | http://[::ffff:c000:201]/
                    http://[1:2:3:4:5:6:7::]/             | -                       | http://[1:2:3:4:5:6:7:0]/
                    mailto:ada@example.org                | -                       | mailto:ada@example.org
                    data:text/plain,a b                   | -                       | data:text/plain,a b
                    com.example.app:/callback?x=1         | -                       | com.example.app:/callback?x=1
                    com.example.app://callback            | -                       | com.example.app://callback
                    com.example.app://Call/../x           | -                       | com.example.app://Call/x
                    file:///etc/../x                      | -                       | file:///x
                    web+demo:/.//not-a-host/              | -                       | web+demo:/.//not-a-host/
                    """)
    void aUrlIsParsedAsBrowsersDo(String input, String base, String expected) {
        var url =
                base == null
                        ? "new URL(%s)".formatted(Json.quote(input))
                        : "new URL(%s, %s)".formatted(Json.quote(input), Json.quote(base));
        assertGives(url + ".href", expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.org",
                "/relative",
                "https://",
                "https://:443/",
                "https://user@/",
                "https://a b/",
                "https://a:b/",
                "https://a:65536/",
                "https://a%00b/",
                "https://a<b/",
                "https://%/",
                "http://256.256.256.256/",
                "http://1.2.3.4.5/",
                "http://1.2.3.08/",
                "http://a.1/",
                "http://[::1/",
                "http://[1:2]/",
                "http://[1::2::3]/",
                "http://[1:2:3:4:5:6:7:8:9]/",
                "http://[::1.2.3]/",
                "http://[::g]/",
                "https://faß.example/",
            })
    void whatIsNoUrlIsRefused(String input) {
        assertGives("URL.canParse(%s)".formatted(Json.quote(input)), "false");
        assertThat(run("new URL(%s);".formatted(Json.quote(input))))
                .contains("\"name\":\"TypeError\",\"message\":\"Invalid URL\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    origin        | https://h:8443
                    protocol      | https:
                    username      | u
                    password      | p
                    host          | h:8443
                    hostname      | h
                    port          | 8443
                    pathname      | /a/b
                    search        | ?c=d
                    hash          | #e
                    searchParams  | c=d
                    toString()    | https://u:p@h:8443/a/b?c=d#e
                    toJSON()      | https://u:p@h:8443/a/b?c=d#e
                    """)
    void aUrlHasParts(String part, String expected) {
        assertGives("String(new URL('https://u:p@h:8443/a/b?c=d#e')." + part + ")", expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    u.pathname = 'x y'                   | https://h/x%20y?a=1
                    u.search = ''                        | https://h/p
                    u.search = 'b=ü'                     | https://h/p?b=%C3%BC
                    u.hash = 'z'                         | https://h/p?a=1#z
                    u.host = 'other:81'                  | https://other:81/p?a=1
                    u.hostname = 'other'                 | https://other/p?a=1
                    u.hostname = 'o ther'                | https://h/p?a=1
                    u.port = '8080'                      | https://h:8080/p?a=1
                    u.port = '443'                       | https://h/p?a=1
                    u.port = 'x'                         | https://h/p?a=1
                    u.protocol = 'http'                  | http://h/p?a=1
                    u.protocol = 'mailto'                | https://h/p?a=1
                    u.username = 'a@b'                   | https://a%40b@h/p?a=1
                    u.href = 'https://n/'                | https://n/
                    u.searchParams.append('b', 'c d')    | https://h/p?a=1&b=c+d
                    u.searchParams.delete('a')           | https://h/p
                    u.searchParams.set('a', '2&3')       | https://h/p?a=2%263
                    """)
    void aUrlCanBeChanged(String change, String expected) {
        assertGives(
                "(() => { const u = new URL('https://h/p?a=1'); "
                        + change
                        + "; return u.href; })()",
                expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    new URLSearchParams('?a=1&b=2&a=3').getAll('a')                    | [ '1', '3' ]
                    new URLSearchParams('a=b+c%20d&e').get('a')                        | b c d
                    new URLSearchParams('a').get('a')                                  |
                    new URLSearchParams('a').get('b')                                  | null
                    new URLSearchParams({a: 'é', b: '*-._~ '}).toString()              | a=%C3%A9&b=*-._%7E+
                    new URLSearchParams([['a', 1], ['a', 2]]).toString()               | a=1&a=2
                    [...new URLSearchParams('a=1&b=2')].join(';')                      | a,1;b,2
                    new URLSearchParams('a=1&a=2').has('a', '2')                       | true
                    new URLSearchParams('a=1&a=2').size                                | 2
                    (it => (it.sort(), it.toString()))(new URLSearchParams('b=1&a=2')) | a=2&b=1
                    (it => (it.delete('a', '1'), `${it}`))(new URLSearchParams('a=1&a=2')) | a=2
                    """)
    void aQueryIsReadAndWritten(String expression, String expected) {
        assertGives(expression, expected == null ? "" : expected);
    }

    // --- bytes ---

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    Buffer.from('héllo').toString('hex')                          | 68c3a96c6c6f
                    Buffer.from('68c3a9', 'hex').toString()                       | hé
                    Buffer.from('68zz', 'hex').length                             | 1
                    Buffer.from('a').toString('base64')                           | YQ==
                    Buffer.from('>>>???').toString('base64')                      | Pj4+Pz8/
                    Buffer.from('>>>???').toString('base64url')                   | Pj4-Pz8_
                    Buffer.from('Pj4-Pz8_', 'base64').toString()                  | >>>???
                    Buffer.from('YQ', 'base64').toString()                        | a
                    Buffer.from('YWJj ZGVm\\n', 'base64').toString()              | abcdef
                    Buffer.from([104, 105, 256]).toString('latin1') === 'hi\\0'   | true
                    Buffer.from('ÿ', 'latin1').toString('hex')                    | ff
                    Buffer.from(Buffer.from('x')).toString()                      | x
                    Buffer.from(new Uint8Array([120]).buffer).toString()          | x
                    Buffer.concat([Buffer.from('a'), Buffer.from('b')]).toString()| ab
                    Buffer.byteLength('é')                                        | 2
                    Buffer.isBuffer(Buffer.alloc(1)) && !Buffer.isBuffer([])      | true
                    Buffer.alloc(3, 'ab').toString()                              | aba
                    Buffer.from('a').equals(Buffer.from('a'))                     | true
                    Buffer.from('abc').subarray(1) instanceof Buffer              | true
                    Buffer.from('abc').slice(1, 2).toString()                     | b
                    Buffer.from('abc').toString('utf8', 1, 2)                     | b
                    JSON.stringify(Buffer.from('a'))                              | {"type":"Buffer","data":[97]}
                    Buffer.from(JSON.parse(JSON.stringify(Buffer.from('a')))).toString() | a
                    new Uint8Array(Buffer.from('a'))[0]                           | 97
                    btoa('a\\xff')                                                | Yf8=
                    atob(' Yf8= ') === 'a\\xff'                                   | true
                    new TextDecoder().decode(new TextEncoder().encode('€'))       | €
                    require('buffer').Buffer === Buffer                           | true
                    """)
    void bytesAndTextsBecomeEachOther(String expression, String expected) {
        assertGives(expression, expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "btoa('€')",
                "atob('a')",
                "atob('a*==')",
                "Buffer.from(5)",
                "Buffer.from('a', 'utf99')"
            })
    void whatIsNoEncodingIsRefused(String expression) {
        assertThat(run(expression + ";")).contains("\"class\":\"action_error\"");
    }

    // --- crypto ---

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    require('crypto').createHash('sha256').update('a').update('bc').digest('hex') | ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
                    require('node:crypto').createHash('SHA1').update(Buffer.from('abc')).digest('base64') | qZk+NkcGgWq6PiVxeFDCbJzQ2J0=
                    require('crypto').createHash('md5').update('é').digest('hex')                | 66ddcd97cfdeabb2f6fb8a999b4bc76f
                    require('crypto').createHmac('sha256', 'key').update('The quick brown fox jumps over the lazy dog').digest('hex') | f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8
                    require('crypto').createHmac('sha256', '').update('').digest('hex')          | b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad
                    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()) | true
                    crypto.randomUUID() === crypto.randomUUID()                                  | false
                    require('crypto').randomBytes(16).length                                     | 16
                    crypto.getRandomValues(new Uint32Array(4)).some(it => it > 255)              | true
                    require('crypto').timingSafeEqual(Buffer.from('a'), Buffer.from('a'))        | true
                    require('crypto').timingSafeEqual(Buffer.from('a'), Buffer.from('b'))        | false
                    """)
    void digestsAndChanceComeFromTheHost(String expression, String expected) {
        assertGives(expression, expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "require('crypto').createHash('md99')",
                "require('crypto').randomBytes(1e9)",
                "crypto.getRandomValues(new Float64Array(1))",
                "require('crypto').timingSafeEqual(Buffer.from('a'), Buffer.from('bc'))",
            })
    void whatCryptoCannotDoIsAnError(String expression) {
        assertThat(run(expression + ";")).contains("\"class\":\"action_error\"");
    }

    // --- the rest ---

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    (it => it.a.b === it.b && it.d.getTime() === 5 && it.m.get(1) === it)(structuredClone((() => { const b = {}; const o = {a: {b}, b, d: new Date(5), m: new Map()}; o.m.set(1, o); return o; })())) | true
                    require('util').format('%s-%s', 'a', 1)                               | a-1
                    require('util').inspect({a: 'b'})                                     | { a: 'b' }
                    await require('util').promisify((a, done) => done(null, a + 1))(1)    | 2
                    new (require('util').TextEncoder)().encode('a')[0]                    | 97
                    require('querystring').stringify({a: 'b c', d: [1, 2]})               | a=b%20c&d=1&d=2
                    JSON.stringify(require('querystring').parse('a=b%20c&d=1&d=2'))       | {"a":"b c","d":["1","2"]}
                    require('url').URL === URL                                            | true
                    AbortSignal.abort().aborted                                           | true
                    """)
    void theSmallThingsAreThere(String expression, String expected) {
        assertGives(expression, expected);
    }

    @Test
    void anUnknownModuleIsNamedAndTheKnownOnesAre() {
        assertThat(run("require('axios');"))
                .contains(
                        "Cannot find module 'axios': an Action may use buffer, crypto, querystring,"
                                + " url, util");
    }

    // --- fetch ---

    private static String fetching(String body, String expectedCall, String answer) {
        return WORKER.run(
                "exports.onExecutePostLogin = async (event, api) => {" + body + "\n};",
                WorkerProcess.login("{}"),
                call -> {
                    assertThat(call).isEqualTo(expectedCall);
                    return answer;
                });
    }

    @Test
    void fetchAsksTheServerAndReadsItsAnswer() {
        var end =
                fetching(
                        """
                        const answer = await fetch('https://api.example/x#y', {
                          method: 'post', headers: { 'X-Key': ' k ', 'content-type': 'application/json' }, body: JSON.stringify({ a: 1 }),
                        });
                        console.log(answer.ok, answer.status, answer.headers.get('CONTENT-TYPE'), (await answer.json()).b);
                        """,
                        """
                        {"url":"https://api.example/x","method":"POST","headers":{"content-type":"application/json","x-key":"k"},"body":"{\\"a\\":1}"}\
                        """,
                        """
                        {"status":201,"headers":{"content-type":"application/json"},"body":"{\\"b\\":2}"}\
                        """);
        assertThat(end).contains("\"console\":\"true 201 application/json 2\"");
    }

    @Test
    void aFailedStatusIsNotAnError() {
        var end =
                fetching(
                        "const it = await fetch('https://a.example'); console.log(it.ok, it.status,"
                                + " await it.text());",
                        "{\"url\":\"https://a.example/\",\"method\":\"GET\",\"headers\":{},\"body\":null}",
                        "{\"status\":404,\"headers\":{},\"body\":\"no\"}");
        assertThat(end).contains("\"console\":\"false 404 no\"");
    }

    @Test
    void aFormIsSentAsOne() {
        fetching(
                "await fetch('https://a.example', { method: 'POST', body: new URLSearchParams({ a:"
                        + " 'b c' }) });",
                """
                {"url":"https://a.example/","method":"POST","headers":{"content-type":"application/x-www-form-urlencoded;charset=UTF-8"},"body":"a=b+c"}\
                """,
                "{\"status\":200,\"headers\":{},\"body\":\"\"}");
    }

    @Test
    void whatCannotBeFetchedIsATypeError() {
        assertThat(
                        run(
                                "try { await fetch('https://a.example'); } catch (e) {"
                                        + " console.log(e.name, e.message, e.cause.message); }"))
                .contains("\"console\":\"TypeError fetch failed no calls here\"");
        assertThat(run("await fetch('https://a.example')"))
                .contains("\"message\":\"fetch failed\"", "[cause]: no calls here\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fetch('/relative')",
                "fetch('file:///etc/passwd')",
                "fetch('https://u:p@a.example')",
                "fetch('https://a.example', { body: 'x' })",
                "fetch('https://a.example', { headers: { 'a\\nb': 'c' } })",
                "fetch('https://a.example', { headers: { a: 'b\\nc: d' } })",
                "fetch('https://a.example', { signal: AbortSignal.abort() })",
                "fetch('https://a.example', { method: 'POST', body: 'x'.repeat(2 ** 21) })",
            })
    void aFetchThatMayNotBeIsNotAsked(String expression) {
        var code = "exports.onExecutePostLogin = async () => { await " + expression + "; };";
        var end =
                WORKER.run(
                        code,
                        WorkerProcess.login("{}"),
                        it -> {
                            throw new AssertionError(it);
                        });
        assertThat(end).contains("\"class\":\"action_error\"");
    }

    @Test
    void severalFetchesGoOnAtOnce() {
        var code =
                """
                exports.onExecutePostLogin = async () => {
                  const all = await Promise.all(['a', 'b'].map(it => fetch(`https://${it}.example`).then(it => it.text())));
                  console.log(all.join());
                };
                """;
        WORKER.send(30_000, code, code, "onExecutePostLogin", WorkerProcess.login("{}"));
        var minute = Duration.ofMinutes(1);
        var first = (WorkerProcess.Frame.Call) WORKER.next(minute);
        var second = (WorkerProcess.Frame.Call) WORKER.next(minute);
        WORKER.answer(second.id(), "{\"status\":200,\"headers\":{},\"body\":\"2\"}");
        WORKER.answer(first.id(), "{\"status\":200,\"headers\":{},\"body\":\"1\"}");
        assertThat(WORKER.next(minute))
                .isEqualTo(
                        new WorkerProcess.Frame.Done(
                                "{\"effects\":[],\"console\":\"1,2\",\"error\":null}"));
    }

    @Test
    void aFetchIsGivenUpAtItsSignal() {
        var code =
                "exports.onExecutePostLogin = async () => { await fetch('https://a.example', {"
                        + " signal: AbortSignal.timeout(5) }); };";
        WORKER.send(30_000, code, code, "onExecutePostLogin", WorkerProcess.login("{}"));
        var minute = Duration.ofMinutes(1);
        var call = (WorkerProcess.Frame.Call) WORKER.next(minute);
        var done = (WorkerProcess.Frame.Done) WORKER.next(minute);
        assertThat(done.json()).contains("\"name\":\"TimeoutError\"");
        WORKER.answer(call.id(), "{\"status\":200}");
        assertThat(run("")).isEqualTo("{\"effects\":[],\"console\":\"\",\"error\":null}");
    }
}
