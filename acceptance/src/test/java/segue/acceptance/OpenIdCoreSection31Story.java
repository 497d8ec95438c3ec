package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.net.URI;
import java.net.http.HttpRequest;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// OpenID Connect Core §3.1, authentication by the authorization code flow, sentence by sentence as
/// far as they bind the provider. Consent (§3.1.2.4) has a page and stories of its own, and what a
/// request does with a session transfer token is [AuthorizeStory]'s.
class OpenIdCoreSection31Story extends CodeFlowScene {
    /// More than any session is old that a test has just opened.
    private static final String HOUR = "3600";

    OpenIdCoreSection31Story() {
        super(Map.of());
    }

    private Page signsIn(BrowserJar browser, Page page) {
        assertThat(page.asksToSignIn()).isTrue();
        return signIn(browser, page, World.ADA, world().password());
    }

    /// The ID token's text, for the code that a page brought.
    private String idTokenText(Page page) {
        return redeem(page).text("id_token");
    }

    /// Everybody's sign-in becomes as old as that.
    private void age(Duration by) {
        sql("UPDATE session SET authenticated_at = authenticated_at - " + by.toMillis());
    }

    // §3.1.2.1 Authentication request

    /// "Authorization Servers MUST support the use of the HTTP GET and POST methods."
    @Test
    void section3_1_2_1_getAndPostAskAlike() {
        var browser = signedIn(browser());
        for (var page : List.of(ask(browser, "nonce", "n-1"), post(browser, "nonce", "n-1")))
            assertThat(idToken(page).path("nonce").asString()).isEqualTo("n-1");
        assertThat(post(browser()).asksToSignIn()).isTrue();
    }

    /// Without `openid` it is no OpenID Connect request: OAuth 2.0 answers it, without an ID token.
    @Test
    void section3_1_2_1_withoutOpenidThereIsNoIdToken() {
        var browser = signedIn(browser());
        for (var scope : List.of("profile", "")) {
            var answer = redeem(ask(browser, "scope", scope));
            assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
            assertThat(answer.json().has("id_token")).isFalse();
        }
    }

    /// "Scope values used that are not understood by an implementation SHOULD be ignored."
    @Test
    void section3_1_2_1_aScopeThatIsNotUnderstoodIsIgnored() {
        var answer = redeem(ask(signedIn(browser()), "scope", "openid unheard:of profile"));
        assertThat(answer.text("scope")).isEqualTo("openid profile");
    }

    /// `response_type` is REQUIRED.
    @Test
    void section3_1_2_1_aResponseTypeIsRequired() {
        var browser = signedIn(browser());
        isRefused(ask(browser, "response_type", ""), "invalid_request");
        isRefused(ask(browser, "response_type", "Code"), "unsupported_response_type");
    }

    /// `client_id` is REQUIRED, and one that is known.
    @Test
    void section3_1_2_1_aClientIdIsRequired() {
        for (var id : List.of("", "unknown", World.SHOP.toLowerCase(Locale.ROOT)))
            isOnOurPage(ask(signedIn(browser()), "client_id", id));
    }

    /// "This URI MUST exactly match one of the Redirection URI values [...] (Simple String
    /// Comparison)."
    @Test
    void section3_1_2_1_theRedirectUriMatchesExactly() {
        var browser = signedIn(browser());
        for (var uri :
                List.of(
                        callback() + "/",
                        callback() + "?",
                        callback() + "?a=b",
                        callback() + "#",
                        callback() + "/../callback",
                        callback().replace("callback", "%63allback"),
                        callback().replace("callback", "Callback"),
                        callback().replace("http:", "HTTP:"),
                        callback().replaceFirst(":\\d+/", ":1/"),
                        world().shop().origin() + "/",
                        "https://evil.example/callback")) {
            var page = ask(browser, "redirect_uri", uri);
            isOnOurPage(page);
            assertThat(page.heading()).as(uri).isEqualTo("Callback URL mismatch.");
        }
    }

    /// `redirect_uri` is REQUIRED; contract authentication-api §3.1 lets it be absent, as RFC 6749
    /// does, if exactly one is registered.
    @Test
    void section3_1_2_1_theOnlyRedirectUriNeedsNoMention() {
        var browser = signedIn(browser());
        var page = ask(browser, "redirect_uri", "");
        assertThat(page.location().orElseThrow().toString()).startsWith(callback() + "?");
        assertThat(exchange(code(page), "redirect_uri", "").status()).isEqualTo(200);
        var callbacks = "{\"callbacks\":[\"%s\"%s]}";
        operator()
                .patchClient(
                        World.SHOP, callbacks.formatted(callback(), ",\"https://web.example/cb\""));
        try {
            isOnOurPage(ask(browser, "redirect_uri", ""));
        } finally {
            operator().patchClient(World.SHOP, callbacks.formatted(callback(), ""));
        }
    }

    /// `state` is what comes back (RFC 6749 §4.1.2: "the exact value received from the client").
    @ParameterizedTest
    @ValueSource(
            strings = {"a b+c", "&state=x", "%20", "\u00e4\u20ac\ud83d\ude00", "\"<'>", "#?/="})
    void section3_1_2_1_theStateComesBackExactly(String state) {
        var browser = signedIn(browser());
        for (var mode : List.of("query", "fragment"))
            assertThat(ask(browser, "state", state, "response_mode", mode).parameter("state"))
                    .hasValue(state);
        var form = ask(browser, "state", state, "response_mode", "form_post").form();
        assertThat(form.fields()).containsEntry("state", state);
        assertThat(ask(browser(), "state", state, "prompt", "none").parameter("state"))
                .hasValue(state);
    }

    /// "REQUIRED if the state parameter was present": without one there is none.
    @Test
    void section3_1_2_1_withoutAStateNoneComesBack() {
        var page = ask(signedIn(browser()), "state", "");
        assertThat(page.parameter("code")).isPresent();
        assertThat(page.parameter("state")).isEmpty();
    }

    /// `response_mode` says how parameters come back.
    @Test
    void section3_1_2_1_theResponseModeSaysHow() {
        var browser = signedIn(browser());
        assertThat(ask(browser).location().orElseThrow().getRawQuery()).contains("code=");
        var query = ask(browser, "response_mode", "query").location().orElseThrow();
        assertThat(query.getRawQuery()).contains("code=");
        assertThat(query.getRawFragment()).isNull();
        var fragment = ask(browser, "response_mode", "fragment").location().orElseThrow();
        assertThat(fragment.getRawQuery()).isNull();
        assertThat(fragment.getRawFragment()).contains("code=");
        var form = ask(browser, "response_mode", "form_post").form();
        assertThat(form.isPost()).isTrue();
        assertThat(form.fields()).containsOnlyKeys("code", "state", "iss");
        isRefused(ask(browser, "response_mode", "Query"), "invalid_request");
    }

    /// "The value is passed through unmodified from the Authentication Request to the ID Token."
    @ParameterizedTest
    @ValueSource(strings = {"n-1", "a b+c%20&=", "\u00e4\u20ac\ud83d\ude00", "\"\\"})
    void section3_1_2_1_theNonceComesBackInTheIdToken(String nonce) {
        var token = idToken(ask(signedIn(browser()), "nonce", nonce));
        assertThat(token.path("nonce").asString()).isEqualTo(nonce);
    }

    @Test
    void section3_1_2_1_withoutANonceTheIdTokenHasNone() {
        assertThat(idToken(ask(signedIn(browser()))).has("nonce")).isFalse();
    }

    /// §15.1: `display` is a wish; "the minimum level of support [...] is simply that its use must
    /// not result in an error".
    @ParameterizedTest
    @ValueSource(strings = {"page", "popup", "touch", "wap"})
    void section3_1_2_1_displayIsNoError(String display) {
        assertThat(ask(signedIn(browser()), "display", display).parameter("code")).isPresent();
        assertThat(ask(browser(), "display", display).asksToSignIn()).isTrue();
    }

    /// §15.1: nor are `ui_locales` ("an error SHOULD NOT result if some or all of the requested
    /// locales are not supported") and `claims_locales`.
    @ParameterizedTest
    @ValueSource(strings = {"en", "fr-CA fr en", "tlh", "not a locale!"})
    void section3_1_2_1_localesAreNoError(String locales) {
        var page = ask(signedIn(browser()), "ui_locales", locales, "claims_locales", locales);
        assertThat(page.parameter("code")).isPresent();
        assertThat(ask(browser(), "ui_locales", locales).asksToSignIn()).isTrue();
    }

    /// `none`: "MUST NOT display any authentication or consent user interface pages".
    @Test
    void section3_1_2_1_promptNoneAnswersAtOnce() {
        assertThat(ask(signedIn(browser()), "prompt", "none").parameter("code")).isPresent();
        isRefused(ask(browser(), "prompt", "none"), "login_required");
    }

    /// "If this parameter contains none with any other value, an error is returned."
    @ParameterizedTest
    @ValueSource(
            strings = {
                "none login",
                "login none",
                "none consent",
                "none select_account",
                "none login consent select_account"
            })
    void section3_1_2_1_promptNoneStandsAlone(String prompt) {
        isRefused(ask(signedIn(browser()), "prompt", prompt), "invalid_request");
        isRefused(ask(browser(), "prompt", prompt), "invalid_request");
    }

    /// `login` "SHOULD prompt the End-User for reauthentication", `select_account` to select; both
    /// are one page.
    @ParameterizedTest
    @ValueSource(strings = {"login", "select_account", "login select_account", "login login"})
    void section3_1_2_1_promptLoginAndSelectAccountAskTheUser(String prompt) {
        var browser = signedInByHand(browser());
        var page = signsIn(browser, ask(browser, "prompt", prompt));
        assertThat(page.parameter("code")).isPresent();
    }

    /// It is a "case-sensitive" list of those values.
    @ParameterizedTest
    @ValueSource(strings = {"Login", "create", "login,consent", "login nonsense", " "})
    void section3_1_2_1_anotherPromptIsRefused(String prompt) {
        isRefused(ask(signedIn(browser()), "prompt", prompt), "invalid_request");
    }

    /// "If the elapsed time is greater than this value, the OP MUST attempt to actively
    /// re-authenticate the End-User."
    @Test
    void section3_1_2_1_maxAgeExceededMeansANewSignIn() {
        var browser = signedInByHand(browser());
        age(Duration.ofMinutes(10));
        assertThat(ask(browser, "max_age", "660").parameter("code")).isPresent();
        isRefused(ask(browser, "max_age", "599", "prompt", "none"), "login_required");
        var page = signsIn(browser, ask(browser, "max_age", "599"));
        var claims = idToken(page);
        var sinceSignIn = claims.path("iat").asLong() - claims.path("auth_time").asLong();
        assertThat(sinceSignIn).isBetween(0L, 598L);
        assertThat(ask(browser, "max_age", "599").parameter("code")).isPresent();
    }

    /// "When max_age is used, the ID Token returned MUST include an auth_time Claim Value."
    @Test
    void section3_1_2_1_maxAgePutsAuthTimeIntoTheIdToken() {
        var browser = signedInByHand(browser());
        var before = idToken(ask(browser, "max_age", HOUR)).path("auth_time");
        assertThat(before.isIntegralNumber()).isTrue();
        age(Duration.ofMinutes(10));
        var after = idToken(ask(browser, "max_age", HOUR)).path("auth_time");
        assertThat(after.asLong()).isEqualTo(before.asLong() - 600);
        assertThat(idToken(ask(browser)).has("auth_time")).isFalse();
    }

    /// "`max_age=0` is equivalent to prompt=login" (errata set 2).
    @Test
    void section3_1_2_1_maxAgeZeroAlwaysMeansANewSignIn() {
        var browser = signedInByHand(browser());
        isRefused(ask(browser, "max_age", "0", "prompt", "none"), "login_required");
        var page = signsIn(browser, ask(browser, "max_age", "0"));
        assertThat(idToken(page).has("auth_time")).isTrue();
    }

    /// An age is a number of seconds.
    @ParameterizedTest
    @ValueSource(strings = {"-1", "soon", "1e3", "1.5", "+1", " 1", "9999999999999"})
    void section3_1_2_1_anythingElseIsNoAge(String age) {
        isRefused(ask(signedIn(browser()), "max_age", age), "invalid_request");
    }

    /// "If the End-User identified by the ID Token is already logged in [...], a positive response;
    /// otherwise an error, such as login_required."
    @Test
    void section3_1_2_1_anIdTokenHintAtSomebodyElseIsNoSuccess() {
        var other = operator().createUser();
        var browser = browser();
        var theirs = idTokenText(signIn(browser, ask(browser), other, Operator.PASSWORD));
        var mine = signedIn(browser());
        isRefused(ask(mine, "id_token_hint", theirs, "prompt", "none"), "login_required");
        // Whoever may be asked is.
        assertThat(ask(mine, "id_token_hint", theirs).asksToSignIn()).isTrue();
        var own = idTokenText(ask(mine));
        assertThat(ask(mine, "id_token_hint", own, "prompt", "none").parameter("code")).isPresent();
        isRefused(ask(browser(), "id_token_hint", own, "prompt", "none"), "login_required");
    }

    /// "The OP need not be listed as an audience of the ID Token": it is any that we issued.
    @Test
    void section3_1_2_1_anIdTokenHintMayBeAnotherClients() {
        var theApps = phone().idToken();
        var page = ask(signedIn(browser()), "id_token_hint", theApps, "prompt", "none");
        assertThat(page.parameter("code")).isPresent();
    }

    /// What isn't an ID token of ours is no hint.
    @Test
    void section3_1_2_1_anIdTokenHintIsOneThatWeIssued() throws JOSEException {
        var phone = phone();
        var own = phone.idToken();
        var forged =
                signed(
                        "0123456789abcdef0123456789abcdef",
                        userId(World.ADA),
                        Instant.now().plusSeconds(60));
        for (var hint :
                List.of(
                        "nonsense",
                        own.substring(0, own.lastIndexOf('.') + 1),
                        own.substring(0, own.length() - 8) + "AAAAAAAA",
                        phone.accessToken(),
                        forged))
            isRefused(ask(signedIn(browser()), "id_token_hint", hint), "invalid_request");
    }

    /// "An ID Token hint may have expired" (§3.1.2.1 asks for one "previously issued"): it says who
    /// is meant, nothing more.
    @Test
    void section3_1_2_1_anIdTokenHintMayHaveExpired() throws JOSEException {
        withAlgorithm(
                "HS256",
                () -> {
                    var hour = Instant.now().minus(Duration.ofHours(1));
                    var expired = signed(world().shopSecret(), userId(World.ADA), hour);
                    var page = ask(signedIn(browser()), "id_token_hint", expired, "prompt", "none");
                    assertThat(page.parameter("code")).isPresent();
                });
    }

    private interface Work {
        void run() throws JOSEException;
    }

    private void withAlgorithm(String algorithm, Work work) throws JOSEException {
        algorithm(algorithm);
        try {
            work.run();
        } finally {
            algorithm("RS256");
        }
    }

    private void algorithm(String algorithm) {
        operator()
                .patchClient(World.SHOP, "{\"jwt_configuration\":{\"alg\":\"" + algorithm + "\"}}");
    }

    private String signed(String secret, String user, Instant expiry) throws JOSEException {
        var claims =
                new JWTClaimsSet.Builder()
                        .issuer(world().issuer().toString())
                        .subject(user)
                        .audience(World.SHOP)
                        .issueTime(Date.from(expiry.minusSeconds(60)))
                        .expirationTime(Date.from(expiry))
                        .build();
        var header = new JWSHeader.Builder(JWSAlgorithm.HS256).type(JOSEObjectType.JWT).build();
        var jwt = new SignedJWT(header, claims);
        jwt.sign(new MACSigner(secret));
        return jwt.serialize();
    }

    /// "The use of this parameter is left to the OP's discretion": it fills in the page.
    @Test
    void section3_1_2_1_aLoginHintFillsInThePage() {
        var form = ask(browser(), "login_hint", "someone@example.org").form();
        assertThat(form.fields()).containsEntry("username", "someone@example.org");
        assertThat(ask(signedIn(browser()), "login_hint", "someone@example.org").parameter("code"))
                .isPresent();
    }

    /// "`acr_values` [...] requested as a Voluntary Claim": not to have it is no error.
    @Test
    void section3_1_2_1_acrValuesAreVoluntary() {
        var multiFactor = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
        var claims = idToken(ask(signedIn(browser()), "acr_values", multiFactor + " 2 1"));
        assertThat(claims.has("acr")).isFalse();
    }

    /// §6: `request` and `request_uri` aren't supported, and their errors say so (§3.1.2.6).
    @Test
    void section3_1_2_1_aRequestObjectIsRefusedAndAnEmptyOneIsNone() {
        var browser = signedIn(browser());
        isRefused(ask(browser, "request", "eyJ"), "request_not_supported");
        isRefused(
                ask(browser, "request_uri", "https://web.example/r"), "request_uri_not_supported");
        for (var name : List.of("request", "request_uri"))
            assertThat(browser.openUntilAway(URI.create(authorize(Map.of()) + "&" + name + "=")))
                    .satisfies(page -> assertThat(page.parameter("code")).isPresent());
    }

    // §3.1.2.2 Authentication request validation

    /// "The Authorization Server SHOULD ignore unrecognized request parameters."
    @Test
    void section3_1_2_2_unrecognizedParametersAreIgnored() {
        var page =
                ask(
                        signedIn(browser()),
                        "screen_hint",
                        "signup",
                        "auth0Client",
                        "%%%",
                        "registration",
                        "{}",
                        "whatever",
                        "1");
        assertThat(page.parameter("code")).isPresent();
    }

    /// "If the sub Claim is requested with a specific value for the ID Token, the Authorization
    /// Server MUST only send a positive response if the End-User identified by that sub value has
    /// an active session."
    @Test
    void section3_1_2_2_aRequestedSubjectIsTheOnlyOne() {
        var other = userId(operator().createUser());
        var browser = signedInByHand(browser());
        var claims = "{\"id_token\":{\"sub\":{\"value\":\"%s\"}}}";
        isRefused(
                ask(browser, "claims", claims.formatted(other), "prompt", "none"),
                "login_required");
        assertThat(ask(browser, "claims", claims.formatted(other)).asksToSignIn()).isTrue();
        var page = ask(browser, "claims", claims.formatted(userId(World.ADA)), "prompt", "none");
        assertThat(idToken(page).path("sub").asString()).isEqualTo(userId(World.ADA));
    }

    /// "MUST NOT reply with an ID Token or Access Token for a different user, even if they have an
    /// active session": nor for whoever signs in instead.
    @Test
    void section3_1_2_2_whoSignsInInsteadOfTheRequestedSubjectGetsNothing() {
        var other = userId(operator().createUser());
        var browser = browser();
        var claims = "{\"id_token\":{\"sub\":{\"value\":\"%s\"}}}".formatted(other);
        var page = signsIn(browser, ask(browser, "claims", claims));
        assertThat(page.parameter("code")).isEmpty();
    }

    /// A hint and a requested subject that differ can't both be kept to.
    @Test
    void section3_1_2_2_aHintAndARequestedSubjectAgree() {
        var other = userId(operator().createUser());
        var claims = "{\"id_token\":{\"sub\":{\"value\":\"%s\"}}}".formatted(other);
        var hint = phone().idToken();
        isRefused(
                ask(signedIn(browser()), "id_token_hint", hint, "claims", claims),
                "invalid_request");
    }

    /// "The Authorization Server MUST validate all the OAuth 2.0 parameters" (RFC 6749 §3.1: none
    /// "MUST be included more than once").
    @ParameterizedTest
    @CsvSource({"state", "scope", "nonce", "prompt", "max_age", "response_type", "whatever"})
    void section3_1_2_2_noParameterIsRepeated(String name) {
        var uri = URI.create(authorize(Map.of()) + "&%s=1&%s=1".formatted(name, name));
        assertThat(signedIn(browser()).openUntilAway(uri).parameter("error"))
                .hasValue("invalid_request");
    }

    /// "If the Authorization Server encounters any error, it MUST return an error response": one
    /// where it may go, and to nobody where it mayn't.
    @ParameterizedTest
    @ValueSource(strings = {"client_id", "redirect_uri"})
    void section3_1_2_2_whatDecidesWhereTheAnswerGoesIsNotRepeatedEither(String name) {
        var uri = URI.create(authorize(Map.of()) + "&%s=x".formatted(name));
        isOnOurPage(signedIn(browser()).openUntilAway(uri));
    }

    // §3.1.2.3 Authorization server authenticates end-user

    /// "If the request is valid, the Authorization Server attempts to Authenticate the End-User or
    /// determines whether the End-User is Authenticated."
    @Test
    void section3_1_2_3_whoIsNotSignedInIsAskedAndWhoIsIsNot() {
        var browser = browser();
        var page = signsIn(browser, ask(browser));
        assertThat(idToken(page).path("sub").asString()).isEqualTo(userId(World.ADA));
        assertThat(ask(browser).parameter("code")).isPresent();
    }

    /// "prompt=login: MUST reauthenticate the End-User even if [...] already authenticated."
    @Test
    void section3_1_2_3_promptLoginAuthenticatesAnew() {
        var browser = signedInByHand(browser());
        age(Duration.ofMinutes(10));
        var page = ask(browser, "prompt", "login", "max_age", HOUR);
        var wrong = signIn(browser, page, World.ADA, "wrong");
        assertThat(wrong.parameter("code")).isEmpty();
        var claims = idToken(signsIn(browser, wrong));
        var sinceSignIn = claims.path("iat").asLong() - claims.path("auth_time").asLong();
        assertThat(sinceSignIn).isLessThan(600);
    }

    /// "prompt=none: MUST NOT interact with the End-User. MUST return an error if an End-User is
    /// not already Authenticated or could not be silently Authenticated."
    @Test
    void section3_1_2_3_promptNoneNeverShowsAPage() {
        var browser = signedIn(browser());
        age(Duration.ofMinutes(10));
        var hint = idTokenOf(operator().createUser());
        for (var page :
                List.of(
                        ask(browser(), "prompt", "none"),
                        ask(browser, "prompt", "none", "max_age", "1"),
                        ask(browser, "prompt", "none", "id_token_hint", hint))) {
            assertThat(page.status()).isEqualTo(302);
            isRefused(page, "login_required");
        }
        // What was refused has changed nothing.
        assertThat(ask(browser, "prompt", "none").parameter("code")).isPresent();
    }

    private String idTokenOf(String user) {
        return phone(user, Operator.PASSWORD, HERE).idToken();
    }

    /// "MUST employ appropriate measures against Cross-Site Request Forgery and Clickjacking."
    @Test
    void section3_1_2_3_thePageIsProtected() {
        var browser = browser();
        var page = ask(browser);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("frame-ancestors 'none'");
        assertThat(page.headers().firstValue("X-Frame-Options")).hasValue("DENY");
        var forged =
                page.form()
                        .filled(Map.of("username", World.ADA, "password", world().password()))
                        .tampered("csrf", "guess");
        assertThat(browser.submit(forged).status()).isEqualTo(403);
        assertThat(isSignedIn(browser)).isFalse();
    }

    // §3.1.2.5 Successful authentication response

    /// RFC 6749 §4.1.2: the parameters in the query, form-encoded; RFC 9207: and our issuer.
    @Test
    void section3_1_2_5_theAnswerIsTheCodeAndTheStateInTheQuery() {
        var location = ask(signedIn(browser())).location().orElseThrow();
        assertThat(location.toString()).startsWith(callback() + "?");
        assertThat(Wire.parameters(location.getRawQuery()))
                .containsOnlyKeys("code", "state", "iss")
                .containsEntry("state", "s1");
    }

    // §3.1.2.6 Authentication error response

    /// "Unless the Redirection URI is invalid, [...] returns the Client to the Redirection URI with
    /// the appropriate error and state parameters": by GET and by POST.
    @ParameterizedTest
    @CsvSource({
        "max_age, -1, invalid_request",
        "prompt, none login, invalid_request",
        "prompt, nonsense, invalid_request",
        "response_type, token, unsupported_response_type",
        "response_type, code id_token, unsupported_response_type",
        "response_type, id_token, unauthorized_client",
        "response_mode, telegram, invalid_request",
        "connection, nowhere, invalid_request",
        "organization, org_unknown, invalid_request",
        "id_token_hint, nonsense, invalid_request",
        "claims, [], invalid_request",
        "audience, https://unknown.example, access_denied",
        "request, x, request_not_supported",
        "request_uri, urn:x, request_uri_not_supported",
        "prompt, none, login_required"
    })
    void section3_1_2_6_whatIsWrongIsToldToTheClientWithStateAndIssuer(
            String name, String value, String error) {
        var separator = name.equals("response_type") ? "#" : "?";
        for (var isPost : List.of(false, true)) {
            var page = isPost ? post(browser(), name, value) : ask(browser(), name, value);
            // RFC 9700 §4.12: only 303 keeps a browser from posting to the client what it sent us.
            assertThat(page.status()).isEqualTo(isPost ? 303 : 302);
            assertThat(page.location().orElseThrow().toString()).startsWith(callback() + separator);
            isRefused(page, error);
            assertThat(page.parameter("error_description")).isPresent();
            assertThat(page.parameter("iss")).hasValue(world().issuer().toString());
        }
    }

    /// `consent_required`: "prompt=none, but [...] cannot be completed without displaying a user
    /// interface for End-User consent".
    @Test
    void section3_1_2_6_consentRequired() {
        var browser = signedIn(browser());
        operator().patchClient(World.SHOP, "{\"is_first_party\":false}");
        try {
            isRefused(ask(browser, "prompt", "none"), "consent_required");
        } finally {
            operator().patchClient(World.SHOP, "{\"is_first_party\":true}");
        }
    }

    /// "If the response_mode is specified, in that mode": also for errors.
    @Test
    void section3_1_2_6_errorsComeInTheModeThatWasAskedFor() {
        var browser = browser();
        var fragment = ask(browser, "prompt", "none", "response_mode", "fragment");
        assertThat(fragment.location().orElseThrow().getRawFragment()).contains("login_required");
        var form = ask(browser, "prompt", "none", "response_mode", "form_post").form();
        assertThat(form.action().toString()).isEqualTo(callback());
        assertThat(form.fields())
                .containsOnlyKeys("error", "error_description", "state", "iss")
                .containsEntry("error", "login_required");
    }

    // §3.1.3.1 Token request

    /// "If the Client is a Confidential Client, then it MUST authenticate." Contract
    /// authentication-api §9 says `access_denied` where RFC 6749 §5.2 has `invalid_client`; a code
    /// that somebody else brings is as good as before.
    @Test
    void section3_1_3_1_aConfidentialClientAuthenticates() {
        var code = code(ask(signedIn(browser())));
        says(exchange(code, "client_secret", ""), 401, "access_denied");
        says(exchange(code, "client_secret", "wrong"), 401, "access_denied");
        assertThat(exchange(code).status()).isEqualTo(200);
    }

    /// RFC 6749 §3.2: "The client MUST use the HTTP POST method."
    @Test
    void section3_1_3_1_itIsPosted() {
        var code = code(ask(signedIn(browser())));
        var uri = Wire.with(tokenEndpoint(), exchangeOf(code));
        var answer = world().wire(HERE).send(HttpRequest.newBuilder(uri));
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow").orElseThrow()).contains("POST");
        // Nor is anything read from the query of a POST.
        says(
                world().wire(HERE)
                        .postForm(uri, Map.of("grant_type", "authorization_code"), Map.of()),
                400,
                "invalid_request");
        assertThat(exchange(code).status()).isEqualTo(200);
    }

    // §3.1.3.2 Token request validation

    /// "Ensure the Authorization Code was issued to the authenticated Client."
    @Test
    void section3_1_3_2_aCodeIsGoodForItsClientOnly() {
        var code = code(ask(signedIn(browser())));
        var other =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"Other","app_type":"regular_web","callbacks":["%s"],
                                 "grant_types":["authorization_code"]}
                                """
                                        .formatted(callback()))
                        .json();
        says(
                exchange(
                        code,
                        "client_id",
                        other.path("client_id").asString(),
                        "client_secret",
                        other.path("client_secret").asString()),
                // Contract authentication-api §9: 403 where RFC 6749 §5.2 has 400.
                403,
                "invalid_grant");
    }

    /// "Verify that the Authorization Code is valid": neither unknown nor expired.
    @Test
    void section3_1_3_2_aCodeIsValid() {
        says(exchange("nonsense"), 403, "invalid_grant");
        var code = code(ask(signedIn(browser())));
        sql("UPDATE authorization_code SET expires_at = expires_at - 60000");
        says(exchange(code), 403, "invalid_grant");
    }

    /// "If possible, verify that the Authorization Code has not been previously used"; RFC 6749
    /// §4.1.2: and revoke "all tokens previously issued based on that authorization code".
    @Test
    void section3_1_3_2_aCodeThatIsUsedTwiceTakesBackItsTokens() {
        var code = code(ask(signedIn(browser()), "scope", "openid offline_access"));
        var tokens = exchange(code);
        assertThat(userinfo(tokens)).isEqualTo(200);
        says(exchange(code), 403, "invalid_grant");
        assertThat(userinfo(tokens)).isEqualTo(401);
        says(refresh(tokens), 403, "invalid_grant");
    }

    /// "Ensure that the redirect_uri parameter value is identical to the (one) in the initial
    /// Authorization Request."
    @Test
    void section3_1_3_2_theRedirectUriIsTheSame() {
        var browser = signedIn(browser());
        for (var other : List.of(callback() + "/", "https://web.example/cb", ""))
            says(exchange(code(ask(browser)), "redirect_uri", other), 403, "invalid_grant");
    }

    /// "Verify that the Authorization Code used was issued in response to an OpenID Connect
    /// Authentication Request (so that an ID Token will be returned)."
    @Test
    void section3_1_3_2_onlyAnOpenidRequestBringsAnIdToken() {
        var browser = signedIn(browser());
        assertThat(exchange(code(ask(browser))).json().has("id_token")).isTrue();
        assertThat(exchange(code(ask(browser, "scope", "email"))).json().has("id_token")).isFalse();
        // The token request can't make one of it.
        var late = exchange(code(ask(browser, "scope", "email")), "scope", "openid");
        assertThat(late.json().has("id_token")).isFalse();
    }

    // §3.1.3.3 Successful token response

    /// "All Token Responses that contain tokens [...] MUST include Cache-Control: no-store", and
    /// "the OAuth 2.0 token_type response parameter value MUST be Bearer".
    @Test
    void section3_1_3_3_theAnswerIsJsonThatNobodyKeeps() {
        var page = ask(signedIn(browser()), "scope", "openid offline_access");
        var answer = exchange(code(page));
        assertThat(answer.json().propertyNames())
                .containsExactlyInAnyOrder(
                        "access_token",
                        "refresh_token",
                        "id_token",
                        "scope",
                        "expires_in",
                        "token_type");
        assertThat(answer.text("token_type")).isEqualTo("Bearer");
        assertThat(answer.json().path("expires_in").isIntegralNumber()).isTrue();
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(answer.headers().firstValue("Pragma")).hasValue("no-cache");
    }

    // §3.1.3.4 Token error response

    /// "The HTTP response body uses the application/json media type"; contract authentication-api
    /// §9 has 403 where RFC 6749 §5.2 has 400.
    @Test
    void section3_1_3_4_anErrorIsJsonThatNobodyKeeps() {
        var answer = exchange("nonsense");
        says(answer, 403, "invalid_grant");
        assertThat(answer.json().propertyNames())
                .containsExactlyInAnyOrder("error", "error_description");
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
    }

    // §3.1.3.6 ID token, §2

    /// REQUIRED: iss, sub, aud, exp, iat; `at_hash` is OPTIONAL in this flow, and contract
    /// authentication-api §8.3 has it in the front channel only. With one audience there is no
    /// `azp`.
    @Test
    void section3_1_3_6_theIdTokenSaysWhatItMustAndNothingElse() {
        var claims = idToken(ask(signedInByHand(browser())));
        assertThat(claims.propertyNames())
                .containsExactlyInAnyOrder("iss", "sub", "aud", "exp", "iat", "sid");
        assertThat(claims.path("iss").asString()).isEqualTo(world().issuer().toString());
        assertThat(claims.path("sub").asString()).isEqualTo(userId(World.ADA)).hasSizeLessThan(256);
        assertThat(claims.path("aud").asString()).isEqualTo(World.SHOP);
        assertThat(claims.path("iat").isIntegralNumber()).isTrue();
        assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(36_000);
    }

    /// §2: `auth_time` is "REQUIRED when [...] requested as an Essential Claim".
    @Test
    void section3_1_3_6_authTimeIsThereWhenItIsAskedFor() {
        var browser = signedInByHand(browser());
        for (var wish : List.of("null", "{\"essential\":true}", "{}")) {
            var claims = "{\"id_token\":{\"auth_time\":%s}}".formatted(wish);
            assertThat(idToken(ask(browser, "claims", claims)).path("auth_time").isIntegralNumber())
                    .as(wish)
                    .isTrue();
        }
    }

    /// §8: `sub` is the same for every client ("public").
    @Test
    void section3_1_3_6_theSubjectIsTheSameForEveryClient() {
        var theShops = idToken(ask(signedIn(browser()))).path("sub");
        assertThat(claims(phone().idToken()).path("sub")).isEqualTo(theShops);
    }

    // §3.1.3.7 ID token validation

    /// What a client does with an ID token, done by somebody else's library: issuer, audience,
    /// signature by a key of `jwks_uri` under the algorithm of the registration, times, nonce.
    @ParameterizedTest
    @ValueSource(strings = {"RS256", "PS256", "HS256"})
    void section3_1_3_7_aClientThatIsStrictAcceptsTheIdToken(String algorithm)
            throws JOSEException {
        withAlgorithm(
                algorithm,
                () -> {
                    var page = ask(signedIn(browser()), "nonce", "n-1", "max_age", HOUR);
                    var claims = validated(idTokenText(page), JWSAlgorithm.parse(algorithm));
                    assertThat(claims.getAuthenticationTime()).isNotNull();
                });
    }

    private IDTokenClaimsSet validated(String token, JWSAlgorithm algorithm) throws JOSEException {
        var issuer = new Issuer(world().issuer());
        var client = new ClientID(World.SHOP);
        try {
            var validator =
                    algorithm.equals(JWSAlgorithm.HS256)
                            ? new IDTokenValidator(
                                    issuer, client, algorithm, new Secret(world().shopSecret()))
                            : new IDTokenValidator(issuer, client, algorithm, keys());
            return validator.validate(SignedJWT.parse(token), new Nonce("n-1"));
        } catch (ParseException | BadJOSEException e) {
            throw new AssertionError(e);
        }
    }

    private JWKSet keys() throws ParseException {
        var uri = world().issuer().resolve(".well-known/jwks.json");
        return JWKSet.parse(world().wire(HERE).get(uri).json().toString());
    }

    // §3.1.3.8 Access token validation

    /// `at_hash` is checked if the ID token has one; the access token itself is for UserInfo.
    @Test
    void section3_1_3_8_theAccessTokenIsGoodAtUserinfo() {
        var tokens = redeem(ask(signedIn(browser())));
        assertThat(claims(tokens.text("id_token")).has("at_hash")).isFalse();
        assertThat(userinfo(tokens)).isEqualTo(200);
    }
}
