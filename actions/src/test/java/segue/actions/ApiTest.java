package segue.actions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Contract 4 §4 to §7: what `api` offers, and what the server hears of it.
class ApiTest {
    private static final WorkerProcess WORKER = WorkerProcess.start();
    private static final long FAR = 4_000_000_000_000L;

    @AfterAll
    static void end() {
        WORKER.close();
    }

    private static String run(String body) {
        return WORKER.run(handler(body));
    }

    private static String handler(String body) {
        return "exports.onExecutePostLogin = async (event, api) => {" + body + "\n};";
    }

    private static String effects(String effects) {
        return "{\"effects\":[" + effects + "],\"console\":\"\",\"error\":null}";
    }

    private static String printed(String text) {
        return "{\"effects\":[],\"console\":" + Json.quote(text) + ",\"error\":null}";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    access.deny                    | 'reason'
                    accessToken.setCustomClaim     | 'https://shop.example/a', {"b":[1,null,true]}
                    accessToken.addScope           | 'read:a'
                    accessToken.removeScope        | 'read:a'
                    idToken.setCustomClaim         | 'a', null
                    session.setExpiresAt           | 1700000000000
                    session.setIdleExpiresAt       | 1700000000000
                    session.revoke                 | 'reason', {"preserveRefreshTokens":true}
                    session.setCookieMode          | 'non-persistent'
                    session.setMetadata            | 'k', 'v'
                    session.deleteMetadata         | 'k'
                    session.evictMetadata          |
                    refreshToken.revoke            | 'reason'
                    refreshToken.setExpiresAt      | 1700000000000
                    refreshToken.setIdleExpiresAt  | 1700000000000
                    refreshToken.setMetadata       | 'k', 'v'
                    refreshToken.deleteMetadata    | 'k'
                    refreshToken.evictMetadata     |
                    user.setAppMetadata            | 'k', {"a":1}
                    user.setUserMetadata           | 'k', null
                    transaction.setMetadata        | 'k', false
                    validation.error               | 'code', 'message'
                    """)
    void aCallIsRecordedAndReturnsApi(String call, String arguments) {
        var given = arguments == null ? "" : arguments;
        var end =
                run(
                        "if (api.%s(%s) !== api) throw new Error('not chainable');"
                                .formatted(call, given));
        assertThat(end)
                .isEqualTo(
                        effects(
                                "{\"call\":\"%s\",\"args\":[%s]}"
                                        .formatted(
                                                call,
                                                given.replace(", ", ",").replace('\'', '"'))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    access.deny                           | 'code', 'reason'
                    access.rejectInvalidSubjectToken      | 'reason'
                    authentication.setUserById            | 'auth0:ada'
                    authentication.setUserByConnection    | 'db', {"user_id":"1"}, {"creationBehavior":"none"}
                    authentication.setOrganization        | 'org_1'
                    authentication.setActor               | {"sub":"agent"}
                    user.setAppMetadata                   | 'k', 1
                    user.setUserMetadata                  | 'k', 1
                    """)
    void aTokenExchangeHasCallsOfItsOwn(String call, String arguments) {
        var code =
                "exports.onExecuteCustomTokenExchange = async (event, api) => api.%s(%s);"
                        .formatted(call, arguments);
        var request = WorkerProcess.login("{}").replace("post-login", "custom-token-exchange");
        WORKER.send(30_000, code, code, "onExecuteCustomTokenExchange", request);
        var done = WORKER.next(Duration.ofMinutes(1));
        assertThat(done)
                .isEqualTo(
                        new WorkerProcess.Frame.Done(
                                effects(
                                        "{\"call\":\"%s\",\"args\":[%s]}"
                                                .formatted(
                                                        call,
                                                        arguments
                                                                .replace(", ", ",")
                                                                .replace('\'', '"')))));
    }

    @Test
    void callsAreRecordedInTheirOrder() {
        var end =
                run("api.session.setMetadata('a', 'b').access.deny('no').accessToken.addScope();");
        assertThat(end)
                .isEqualTo(
                        effects(
                                """
                                {"call":"session.setMetadata","args":["a","b"]},\
                                {"call":"access.deny","args":["no"]},\
                                {"call":"accessToken.addScope","args":[]}\
                                """));
    }

    @Test
    void undefinedIsNullAndAnArgumentIsReadWhenItIsGiven() {
        var end =
                run(
                        "const a = [1]; api.idToken.setCustomClaim('a', a); a.push(2);"
                                + " api.idToken.setCustomClaim(undefined, () => 1);");
        assertThat(end)
                .isEqualTo(
                        effects(
                                """
                                {"call":"idToken.setCustomClaim","args":["a",[1]]},\
                                {"call":"idToken.setCustomClaim","args":[null,null]}\
                                """));
    }

    @Test
    void aMissingHandlerDoesNothing() {
        assertThat(WORKER.run("exports.onContinuePostLogin = () => { throw 1; };"))
                .isEqualTo(effects(""));
    }

    @Test
    void aHandlerMayBeSynchronous() {
        assertThat(
                        WORKER.run(
                                "module.exports = { onExecutePostLogin(e, api) {"
                                        + " api.access.deny('a'); } };"))
                .isEqualTo(effects("{\"call\":\"access.deny\",\"args\":[\"a\"]}"));
    }

    @Test
    void codeThatDoesNotParseIsASyntaxError() {
        assertThat(WORKER.run("exports.a = {;"))
                .startsWith(
                        "{\"effects\":[],\"console\":\"\",\"error\":{\"class\":\"action_error\",\"name\":\"SyntaxError\"");
    }

    @Test
    void whatAModuleThrowsIsReportedWithItsPlace() {
        assertThat(WORKER.run("\n\nthrow new TypeError('at once');"))
                .contains(
                        "\"class\":\"action_error\",\"name\":\"TypeError\",\"message\":\"at once\"",
                        "action.js:3");
    }

    @Test
    void aFailedActionHasNoEffects() {
        assertThat(run("api.access.deny('a'); console.log('before'); throw new RangeError('b');"))
                .startsWith(
                        "{\"effects\":[],\"console\":\"before\",\"error\":{\"class\":\"action_error\",\"name\":\"RangeError\",\"message\":\"b\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"multifactor", "samlResponse", "prompt", "risk"})
    void whatWeDoNotHaveIsNamed(String member) {
        assertThat(run("api.%s.anything();".formatted(member)))
                .contains("\"message\":\"api." + member + " is not supported\"");
    }

    @Test
    void noRulesWereExecuted() {
        assertThat(run("console.log(api.rules.wasExecuted('r1'));")).isEqualTo(printed("false"));
    }

    @Test
    void theEventIsACopyOfItsOwnInEachRun() {
        var code =
                handler(
                        "console.log(event.user.a); event.user.a = 2; globalThis.runs ="
                                + " (globalThis.runs ?? 0) + 1;");
        var request = WorkerProcess.login("{\"user\":{\"a\":1}}");
        assertThat(WORKER.run(code, request)).isEqualTo(printed("1"));
        assertThat(WORKER.run(code, request)).isEqualTo(printed("1"));
    }

    @Test
    void anApiIsUselessAfterItsExecution() {
        var code =
                """
                let first;
                exports.onExecutePostLogin = async (event, api) => {
                  if (first) first.access.deny('stale');
                  first = api;
                };
                """;
        assertThat(WORKER.run(code)).isEqualTo(effects(""));
        assertThat(WORKER.run(code)).contains("was called after its execution had ended");
    }

    // --- cache (§6) ---

    private static String cached(String body, String cache) {
        return WORKER.run(handler(body), WorkerProcess.LOGIN.formatted("{}", cache, "{}"));
    }

    @Test
    void theCacheAnswersAtOnceFromWhatItHolds() {
        var end =
                cached(
                        """
                        const out = [api.cache.get('a'), api.cache.get('old'), api.cache.get('none'), api.cache.get('toString')];
                        api.cache.delete('a');
                        out.push(api.cache.get('a'));
                        console.log(JSON.stringify(out));
                        """,
                        """
                        {"a":{"value":"1","expires_at":%d},"old":{"value":"2","expires_at":1}}\
                        """
                                .formatted(FAR));
        assertThat(end)
                .isEqualTo(
                        "{\"effects\":[{\"call\":\"cache.delete\",\"args\":[\"a\"]}],\"console\":"
                                + Json.quote(
                                        "[{\"value\":\"1\",\"expires_at\":%d},null,null,null,null]"
                                                .formatted(FAR))
                                + ",\"error\":null}");
    }

    @Test
    void whatIsSetIsRecordedWithItsEndAndReadBack() {
        var end =
                run(
                        """
                        const at = Date.now() + 60000;
                        const { type } = api.cache.set('k', 'v', { expires_at: at, ttl: 3600000 });
                        const found = api.cache.get('k');
                        console.log(type, found.value, found.expires_at === at);
                        """);
        assertThat(end)
                .contains(
                        "{\"call\":\"cache.set\",\"args\":[\"k\",\"v\",{\"expires_at\":",
                        "\"console\":\"success v true\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    api.cache.set('k', 'v')                              | 900
                    api.cache.set('k', 'v', {ttl: 1000})                 | 1
                    api.cache.set('k', 'v', {ttl: 90 * 24 * 3600_000})   | 86400
                    """)
    void anEntryLivesAsLongAsItMay(String set, int seconds) {
        assertThat(
                        run(
                                "const from = Date.now(); "
                                        + set
                                        + "; const age = api.cache.get('k').expires_at - from; console.log(age >= %d && age < %d);"
                                                .formatted(
                                                        seconds * 1000, seconds * 1000 + 60_000)))
                .contains("\"console\":\"true\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    api.cache.set('é'.repeat(33), 'v')                   | CacheKeySizeExceeded
                    api.cache.set('', 'v')                               | CacheKeySizeExceeded
                    api.cache.set('k', 'x'.repeat(4097))                 | CacheValueSizeExceeded
                    api.cache.set('k', 5)                                | InvalidCacheValue
                    api.cache.set('k', 'v', {ttl: -1})                   | InvalidExpiry
                    api.cache.set('k', 'v', {expires_at: NaN})           | InvalidExpiry
                    """)
    void whatTheCacheCannotHoldIsAnErrorWithACode(String set, String code) {
        assertThat(run("const it = " + set + "; console.log(it.type, it.code);"))
                .isEqualTo(printed("error " + code));
    }

    @Test
    void theCacheHoldsTwentyEntriesAndEightKilobytes() {
        assertThat(
                        run(
                                "const all = []; for (let i = 0; i < 21; i++)"
                                        + " all.push(api.cache.set('k' + i, 'v').code ?? 'ok');"
                                        + " console.log(all.slice(19).join());"))
                .contains("\"console\":\"ok,CacheSizeExceeded\"");
        assertThat(
                        run(
                                "console.log(api.cache.set('a', 'x'.repeat(4091)).type,"
                                        + " api.cache.set('b', 'x'.repeat(4091)).type,"
                                        + " api.cache.set('c', 'xxxxxxx').type, api.cache.set('c',"
                                        + " 'xxxxxxxx').code);"))
                .contains("\"console\":\"success success success CacheSizeExceeded\"");
    }

    // --- redirect (§5) ---

    @Test
    void aRedirectIsRecorded() {
        assertThat(
                        run(
                                "console.log(api.redirect.canRedirect());"
                                    + " api.redirect.sendUserTo('https://more.example', { query: {"
                                    + " a: 'b' } }).access;"))
                .isEqualTo(
                        """
                        {"effects":[{"call":"redirect.sendUserTo","args":["https://more.example/",{"query":{"a":"b"}}]}],\
                        "console":"true","error":null}\
                        """);
    }

    @Test
    void aRedirectNeedsAUrl() {
        assertThat(run("api.redirect.sendUserTo('/relative');")).contains("Invalid URL");
    }

    @Test
    void anEncodedTokenIsAJwtWithOurClaims() throws Exception {
        var end =
                run(
                        "api.access.deny(api.redirect.encodeToken({ secret: 'sécret', payload: { a:"
                                + " 'ü', sub: 'mallory' }, expiresInSeconds: 60 }));");
        var token = end.replaceFirst(".*\"args\":\\[\"", "").replaceFirst("\".*", "");
        var parts = token.split("\\.", -1);
        assertThat(decoded(parts[0])).isEqualTo("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
        var claims = decoded(parts[1]);
        assertThat(claims)
                .contains(
                        "\"a\":\"ü\"",
                        "\"sub\":\"auth0|ada\"",
                        "\"iss\":\"login.example\"",
                        "\"ip\":\"192.0.2.7\"");
        assertThat(number(claims, "exp") - number(claims, "iat")).isEqualTo(60);
        assertThat(parts[2]).isEqualTo(hmac("sécret", parts[0] + "." + parts[1]));
    }

    private static String validated(String token) {
        var request =
                WorkerProcess.LOGIN.formatted("{}", "{}", "{\"session_token\":\"" + token + "\"}");
        return WORKER.run(
                handler("console.log(api.redirect.validateToken({ secret: 'secret' }).answer);"),
                request);
    }

    private static String token(String header, String claims, String secret) throws Exception {
        var input = encoded(header) + "." + encoded(claims);
        return input + "." + hmac(secret, input);
    }

    @Test
    void aTokenThatComesBackIsRead() throws Exception {
        var claims =
                "{\"sub\":\"auth0|ada\",\"state\":\"s1\",\"exp\":9999999999,\"answer\":\"yes\"}";
        assertThat(validated(token("{\"alg\":\"HS256\"}", claims, "secret")))
                .isEqualTo(printed("yes"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"alg":"none"};{"sub":"auth0|ada","state":"s1","exp":9999999999};secret;HS256
                    {"alg":"HS384"};{"sub":"auth0|ada","state":"s1","exp":9999999999};secret;HS256
                    {"alg":"HS256"};{"sub":"auth0|ada","state":"s1","exp":9999999999};other;signature
                    {"alg":"HS256"};{"sub":"auth0|eve","state":"s1","exp":9999999999};secret;another user
                    {"alg":"HS256"};{"sub":"auth0|ada","state":"s2","exp":9999999999};secret;another transaction
                    {"alg":"HS256"};{"sub":"auth0|ada","exp":9999999999};secret;another transaction
                    {"alg":"HS256"};{"sub":"auth0|ada","state":"s1","exp":1};secret;expired
                    {"alg":"HS256"};{"sub":"auth0|ada","state":"s1"};secret;expired
                    """)
    void aTokenThatIsNotForThisMomentIsRefused(
            String header, String claims, String secret, String reason) throws Exception {
        assertThat(validated(token(header, claims, secret)))
                .contains("\"class\":\"action_error\"", reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a.b", "a.b.c.d", "..", "e30.e30."})
    void aMalformedTokenIsRefused(String token) {
        assertThat(validated(token)).contains("\"class\":\"action_error\"");
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(String part) {
        return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
    }

    private static String hmac(String secret, String input) throws Exception {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(mac.doFinal(input.getBytes(StandardCharsets.UTF_8)));
    }

    private static long number(String json, String name) {
        return Long.parseLong(
                json.replaceFirst(".*\"" + name + "\":", "").replaceFirst("[^0-9].*", ""));
    }
}
