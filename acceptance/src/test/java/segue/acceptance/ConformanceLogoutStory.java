package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/// The modules of `oidcc-rp-initiated-logout-certification-test-plan` and of
/// `oidcc-backchannel-rp-initiated-logout-certification-test-plan`.
class ConformanceLogoutStory extends ConformanceScene {
    private static final String EVENT = "http://schemas.openid.net/event/backchannel-logout";

    private Rp rp = new Rp("", "", "");
    private String user = "";

    ConformanceLogoutStory() {
        super(Map.of("outbound.allowed-private", "127.0.0.1/32"));
    }

    @BeforeAll
    void register() {
        rp = register("client_secret_basic", CALLBACK, "");
        user = somebody();
    }

    /// A user who has signed in with a browser of their own.
    private record Somebody(BrowserJar browser, Flow flow) {}

    private Somebody signedIn() {
        return signedIn(rp);
    }

    private Somebody signedIn(Rp rp) {
        var browser = browser();
        var request = request(rp);
        var page = signIn(browser, visit(browser, request), user);
        return new Somebody(browser, finish(rp, request, page));
    }

    /// The suite's request, varied; an empty parameter is left out.
    private static Map<String, String> request(Somebody somebody, String... pairs) {
        var all = new LinkedHashMap<String, String>();
        all.put("id_token_hint", somebody.flow().tokens().text("id_token"));
        all.put("post_logout_redirect_uri", AFTER_LOGOUT);
        all.put("state", Pkce.nonce() + Pkce.nonce() + Pkce.nonce());
        return CodeFlowScene.with(all, pairs);
    }

    private Page end(Somebody somebody, Map<String, String> request) {
        var at = Wire.with(endpoint("end_session_endpoint"), request);
        return somebody.browser().openUntilAway(at);
    }

    /// The authorization request by which the suite finds out.
    private Page silently(Somebody somebody) {
        return visit(somebody.browser(), request(rp, "prompt", "none", "state", "s1"));
    }

    private void isSignedOut(Somebody somebody) {
        isError(
                silently(somebody),
                Map.of("redirect_uri", CALLBACK, "state", "s1"),
                "login_required",
                "interaction_required",
                "account_selection_required",
                "consent_required");
    }

    private void isStillSignedIn(Somebody somebody) {
        assertThat(silently(somebody).parameter("code")).isPresent();
    }

    private static void isRedirected(Page page, String state) {
        var query = state.isEmpty() ? "" : "?state=" + state;
        assertThat(page.location().orElseThrow()).hasToString(AFTER_LOGOUT + query);
    }

    private static void saysSignedOut(Page page) {
        isPage(page, 200);
        assertThat(page.body()).contains("You are signed out.");
    }

    /// Nobody is sent back to the client unasked: here the user reads why.
    private void isRefused(Somebody somebody, Map<String, String> request) {
        isPage(end(somebody, request), 400);
        isStillSignedIn(somebody);
    }

    /// Here the user is asked, says yes and reads that it is done.
    private void isConfirmed(Somebody somebody, Map<String, String> request) {
        var page = end(somebody, request);
        isPage(page, 200);
        assertThat(page.heading()).isEqualTo("Sign out?");
        isStillSignedIn(somebody);
        saysSignedOut(somebody.browser().submitUntilAway(page, Map.of()));
        isSignedOut(somebody);
    }

    @Test
    void oidcc_rp_initiated_logout_discovery_endpoint_verification() {
        assertThat(endpoint("end_session_endpoint").toString())
                .startsWith(world().issuer().toString());
    }

    @Test
    void oidcc_rp_initiated_logout() {
        var somebody = signedIn();
        var request = request(somebody);
        isRedirected(end(somebody, request), request.getOrDefault("state", ""));
        isSignedOut(somebody);
    }

    @Test
    void oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
        var somebody = signedIn();
        var bad = AFTER_LOGOUT + "/" + Pkce.nonce();
        isRefused(somebody, request(somebody, "post_logout_redirect_uri", bad));
    }

    @Test
    void oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
        var somebody = signedIn();
        var longer = AFTER_LOGOUT + "?foo=bar";
        isRefused(somebody, request(somebody, "post_logout_redirect_uri", longer));
    }

    /// The claims are the same, and nobody has signed them.
    @Test
    void oidcc_rp_initiated_logout_modified_id_token_hint() {
        var somebody = signedIn();
        var claims = somebody.flow().tokens().text("id_token").split("\\.", -1)[1];
        var none =
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString("{\"alg\":\"none\"}".getBytes(UTF_8));
        isRefused(somebody, request(somebody, "id_token_hint", none + "." + claims + "."));
    }

    @Test
    void oidcc_rp_initiated_logout_bad_id_token_hint() {
        var somebody = signedIn();
        isRefused(somebody, request(somebody, "id_token_hint", Pkce.nonce()));
    }

    @Test
    void oidcc_rp_initiated_logout_no_id_token_hint() {
        var somebody = signedIn();
        isRefused(somebody, request(somebody, "id_token_hint", ""));
    }

    @Test
    void oidcc_rp_initiated_logout_no_params() {
        isConfirmed(signedIn(), Map.of());
    }

    @Test
    void oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
        var somebody = signedIn();
        saysSignedOut(end(somebody, request(somebody, "post_logout_redirect_uri", "")));
        isSignedOut(somebody);
    }

    @Test
    void oidcc_rp_initiated_logout_no_state() {
        var somebody = signedIn();
        isRedirected(end(somebody, request(somebody, "state", "")), "");
        isSignedOut(somebody);
    }

    @Test
    void oidcc_rp_initiated_logout_only_state() {
        isConfirmed(signedIn(), Map.of("state", Pkce.nonce()));
    }

    @Test
    void oidcc_backchannel_logout_discovery_endpoint_verification() {
        assertThat(metadata().path("backchannel_logout_supported").asBoolean()).isTrue();
        assertThat(metadata().path("backchannel_logout_session_supported").asBoolean()).isTrue();
        assertThat(metadata().has("end_session_endpoint")).isTrue();
    }

    @Test
    void oidcc_backchannel_rp_initiated_logout() throws Exception {
        try (var receiver = new LogoutReceiver()) {
            var told =
                    "\"oidc_logout\":{\"backchannel_logout_urls\":[\"" + receiver.uri() + "\"]},";
            var somebody = signedIn(register("client_secret_basic", CALLBACK, told));
            var request = request(somebody);
            isRedirected(end(somebody, request), request.getOrDefault("state", ""));
            isOf(somebody, SignedJWT.parse(receiver.token()));
            isSignedOut(somebody);
        }
    }

    /// A logout token as OpenID Connect Back-Channel Logout §2.4 has it.
    private void isOf(Somebody somebody, SignedJWT jwt) throws JOSEException {
        var header = jwt.getHeader();
        assertThat(header.getType().getType()).isEqualTo("logout+jwt");
        assertThat(header.getAlgorithm().getName()).isEqualTo("RS256");
        var key = keys().getKeyByKeyId(header.getKeyID()).toRSAKey();
        assertThat(jwt.verify(new RSASSAVerifier(key))).isTrue();
        var told = claims(jwt.serialize());
        var known = somebody.flow().idToken();
        for (var same : new String[] {"iss", "aud", "sub", "sid"}) {
            assertThat(told.path(same).asString("")).as(same).isNotEmpty();
            assertThat(told.path(same)).as(same).isEqualTo(known.path(same));
        }
        var now = Instant.now().getEpochSecond();
        assertThat(told.path("iat").asLong()).isBetween(now - 300, now + 300);
        assertThat(told.path("exp").asLong()).isBetween(now, now + 300);
        assertThat(told.path("jti").asString("")).isNotEmpty();
        assertThat(told.path("events").path(EVENT).isObject()).isTrue();
        assertThat(told.has("nonce")).isFalse();
    }
}
