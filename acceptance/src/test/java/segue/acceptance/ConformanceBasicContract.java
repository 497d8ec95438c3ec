package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Form;
import segue.demo.browser.Page;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

import java.net.http.HttpRequest;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// The modules of `oidcc-basic-certification-test-plan`, in its order, each a test of its name that
/// takes the module's steps and checks what its conditions check. The plan for the form post
/// response mode has the same ones.
abstract class ConformanceBasicContract extends ConformanceScene {
    private static final String NONE = "";

    private Rp rp = new Rp("", "", "");
    private String user = "";

    ConformanceBasicContract() {
        super(Map.of());
    }

    /// `response_mode` of every request; empty for the one that needs no mention.
    abstract String mode();

    @BeforeAll
    void register() {
        rp = register("client_secret_basic", CALLBACK, "");
        user = somebody();
    }

    private Map<String, String> request(String... pairs) {
        return CodeFlowScene.with(request(rp, "response_mode", mode()), pairs);
    }

    /// Asks with a browser that was never here, and signs in.
    private Flow flow(Map<String, String> request) {
        return flow(browser(), request);
    }

    private Flow flow(BrowserJar browser, Map<String, String> request) {
        var page = signIn(browser, visit(browser, request), user);
        return finish(rp, request, page);
    }

    /// Asks with a browser that has a session, and isn't asked anything.
    private Flow silently(BrowserJar browser, Map<String, String> request) {
        return finish(rp, request, visit(browser, request));
    }

    private JsonNode claimsAt(Flow flow) {
        var answer = userinfo(flow);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
        // §5.3.2: the same subject as in the ID token.
        assertThat(answer.json().path("sub")).isEqualTo(flow.idToken().path("sub"));
        return answer.json();
    }

    @Test
    void oidcc_server() {
        var flow = flow(request());
        assertThat(userinfo(flow).status()).isEqualTo(200);
        // A claim that nobody asked for.
        assertThat(flow.idToken().has("name")).isFalse();
    }

    @Test
    void oidcc_response_type_missing() {
        var request = request("response_type", NONE);
        isError(visit(browser(), request), request, "invalid_request", "unsupported_response_type");
    }

    /// Signature, `kid` and key are checked in every flow.
    @Test
    void oidcc_idtoken_signature() {
        flow(request());
        assertThat(keys().getKeys())
                .isNotEmpty()
                .allSatisfy(key -> assertThat(key.getKeyID()).isNotBlank())
                .allSatisfy(key -> assertThat(key.isPrivate()).isFalse());
        assertThat(keys().getKeys().stream().map(it -> it.getKeyID()).distinct().count())
                .isEqualTo(keys().getKeys().size());
    }

    /// Skipped by the suite, as long as nothing promises it.
    @Test
    void oidcc_idtoken_unsigned() {
        assertThat(metadata().path("id_token_signing_alg_values_supported").toString())
                .contains("RS256")
                .doesNotContain("none");
    }

    @Test
    void oidcc_userinfo_get() {
        claimsAt(flow(request()));
    }

    @Test
    void oidcc_userinfo_post_header() {
        var flow = flow(request());
        var posted =
                Wire.answer(
                        world().wire(HERE)
                                .send(
                                        HttpRequest.newBuilder(endpoint("userinfo_endpoint"))
                                                .header(
                                                        "Authorization",
                                                        "Bearer "
                                                                + flow.tokens()
                                                                        .text("access_token"))
                                                .POST(HttpRequest.BodyPublishers.noBody())));
        assertThat(posted.status()).isEqualTo(200);
        assertThat(posted.json()).isEqualTo(claimsAt(flow));
    }

    /// The suite warns: no token is taken from a body (RFC 6750 §2.2 leaves it open).
    @Test
    void oidcc_userinfo_post_body() {
        var token = flow(request()).tokens().text("access_token");
        var posted =
                world().wire(HERE)
                        .postForm(
                                endpoint("userinfo_endpoint"),
                                Map.of("access_token", token),
                                Map.of());
        assertThat(posted.status()).as("%s", posted.json()).isEqualTo(401);
    }

    @Test
    void oidcc_ensure_request_without_nonce_succeeds_for_code_flow() {
        assertThat(flow(request("nonce", NONE)).idToken().has("nonce")).isFalse();
    }

    /// Standard claims in the types of §5.1: those that are known of the user.
    private JsonNode isToldAbout(String scope, String... claims) {
        assertThat(metadata().path("scopes_supported").toString()).contains("\"" + scope + "\"");
        var told = claimsAt(flow(request("scope", "openid " + scope)));
        assertThat(told.propertyNames()).containsAll(List.of(claims));
        return told;
    }

    /// The suite warns: it looks for eight more, of which we know nothing (`docs/conformance.md`).
    @Test
    void oidcc_scope_profile() {
        var told =
                isToldAbout(
                        "profile",
                        "name",
                        "given_name",
                        "family_name",
                        "nickname",
                        "picture",
                        "updated_at");
        assertThat(told.path("name").asString()).isEqualTo("Ada Lovelace");
        assertThat(told.path("updated_at").isIntegralNumber()).isTrue();
        assertThat(told.has("email") || told.has("phone_number")).isFalse();
    }

    @Test
    void oidcc_scope_email() {
        var told = isToldAbout("email", "email", "email_verified");
        assertThat(told.path("email_verified").isBoolean()).isTrue();
        assertThat(told.has("name") || told.has("phone_number")).isFalse();
    }

    /// The suite warns: a user has an address only if an Action tells it.
    @Test
    void oidcc_scope_address() {
        assertThat(isToldAbout("address").has("email")).isFalse();
    }

    @Test
    void oidcc_scope_phone() {
        var told = isToldAbout("phone", "phone_number", "phone_number_verified");
        assertThat(told.path("phone_number_verified").isBoolean()).isTrue();
        assertThat(told.has("name") || told.has("email")).isFalse();
    }

    @Test
    void oidcc_scope_all() {
        var told =
                claimsAt(flow(request("scope", "openid address email phone profile")))
                        .propertyNames();
        assertThat(told)
                .contains(
                        "name",
                        "updated_at",
                        "email",
                        "email_verified",
                        "phone_number",
                        "phone_number_verified");
    }

    @Test
    void oidcc_ensure_other_scope_order_succeeds() {
        assertThat(claimsAt(flow(request("scope", "email openid"))).has("email")).isTrue();
    }

    @Test
    void oidcc_display_page() {
        flow(request("display", "page"));
    }

    @Test
    void oidcc_display_popup() {
        flow(request("display", "popup"));
    }

    /// The user is asked again, and is the same.
    private Flow askedAgain(BrowserJar browser, Flow first, String... pairs) {
        var second = flow(browser, request(pairs));
        assertThat(second.idToken().path("sub")).isEqualTo(first.idToken().path("sub"));
        return second;
    }

    /// The user isn't asked, and is the same, since the same moment.
    private Flow notAsked(BrowserJar browser, Flow first, String... pairs) {
        var second = silently(browser, request(pairs));
        assertThat(second.idToken().path("sub")).isEqualTo(first.idToken().path("sub"));
        assertThat(second.idToken().path("iat").asLong())
                .isGreaterThanOrEqualTo(first.idToken().path("iat").asLong());
        if (first.idToken().has("auth_time"))
            assertThat(second.idToken().path("auth_time"))
                    .isEqualTo(first.idToken().path("auth_time"));
        return second;
    }

    private void age(int seconds) {
        sql("UPDATE session SET authenticated_at = authenticated_at - " + 1000 * seconds);
    }

    private static final String AUTH_TIME = "{\"id_token\":{\"auth_time\":{\"essential\":true}}}";

    @Test
    void oidcc_prompt_login() {
        var browser = browser();
        var first = flow(browser, request("claims", AUTH_TIME));
        age(2);
        var second = askedAgain(browser, first, "prompt", "login", "claims", AUTH_TIME);
        assertThat(second.idToken().path("auth_time").asLong())
                .isGreaterThanOrEqualTo(first.idToken().path("auth_time").asLong());
    }

    @Test
    void oidcc_prompt_none_not_logged_in() {
        var request = request("prompt", "none");
        isError(
                visit(browser(), request),
                request,
                "login_required",
                "interaction_required",
                "account_selection_required",
                "consent_required");
    }

    @Test
    void oidcc_prompt_none_logged_in() {
        var browser = browser();
        var first = flow(browser, request("claims", AUTH_TIME));
        notAsked(browser, first, "prompt", "none", "claims", AUTH_TIME);
    }

    @Test
    void oidcc_max_age_1() {
        var browser = browser();
        var first = flow(browser, request());
        age(2);
        var second = askedAgain(browser, first, "max_age", "1");
        var claims = second.idToken();
        assertThat(claims.path("auth_time").isIntegralNumber()).isTrue();
        assertThat(claims.path("iat").asLong() - claims.path("auth_time").asLong())
                .isBetween(0L, 60L);
    }

    @Test
    void oidcc_max_age_10000() {
        var browser = browser();
        var first = flow(browser, request("max_age", "10000"));
        assertThat(first.idToken().path("auth_time").isIntegralNumber()).isTrue();
        var second = notAsked(browser, first, "max_age", "10000");
        assertThat(second.idToken().path("auth_time").isIntegralNumber()).isTrue();
    }

    @Test
    void oidcc_ensure_request_with_unknown_parameter_succeeds() {
        flow(request("extra", "foobar"));
    }

    @Test
    void oidcc_id_token_hint() {
        var browser = browser();
        var first = flow(browser, request());
        var hint = first.tokens().text("id_token");
        notAsked(browser, first, "prompt", "none", "id_token_hint", hint);
    }

    @Test
    void oidcc_login_hint() {
        flow(request("login_hint", "buffy@suite.example"));
    }

    @Test
    void oidcc_ui_locales() {
        flow(request("ui_locales", "se"));
    }

    @Test
    void oidcc_claims_locales() {
        flow(request("claims_locales", "se"));
    }

    /// The suite asks for the classes that discovery names, or else for any; one that it doesn't
    /// hear of makes it warn.
    @Test
    void oidcc_ensure_request_with_acr_values_succeeds() {
        var supported =
                metadata()
                        .path("acr_values_supported")
                        .valueStream()
                        .map(JsonNode::asString)
                        .toList();
        var asked = supported.isEmpty() ? List.of("1", "2") : supported;
        var told = flow(request("acr_values", String.join(" ", asked))).idToken().path("acr");
        if (!told.isMissingNode()) assertThat(asked).contains(told.asString());
    }

    /// A code that was used twice, and what the first use gave.
    private Flow usedTwice() {
        var browser = browser();
        var request = request();
        var code = code(signIn(browser, visit(browser, request), user), request);
        var tokens = isIssued(exchange(rp, code), "Bearer");
        isRefused(exchange(rp, code), 400, "invalid_grant");
        return new Flow(request, tokens, JsonNodeFactory.instance.objectNode());
    }

    @Test
    void oidcc_codereuse() {
        usedTwice();
    }

    /// The access token of the first use ends, too (RFC 6749 §4.1.2); half a minute matters to
    /// nobody, since the code is good for longer.
    @Test
    void oidcc_codereuse_30seconds() {
        assertThat(userinfo(usedTwice()).status()).isEqualTo(401);
    }

    @Test
    void oidcc_ensure_registered_redirect_uri() {
        isPage(visit(browser(), request("redirect_uri", CALLBACK + "/" + Pkce.nonce())), 403);
    }

    @Test
    void oidcc_ensure_post_request_succeeds() {
        var browser = browser();
        var request = request();
        var at = endpoint("authorization_endpoint");
        var page =
                browser.submitUntil(
                        new Form(world().issuer(), at, true, request), BrowserJar.isAwayFrom(at));
        finish(rp, request, signIn(browser, page, user));
    }

    @Test
    void oidcc_server_client_secret_post() {
        var other = register("client_secret_post", CALLBACK, "");
        var request = request(other, "response_mode", mode());
        var browser = browser();
        var code = code(signIn(browser, visit(browser, request), user), request);
        var fields =
                Map.of(
                        "grant_type",
                        "authorization_code",
                        "code",
                        code,
                        "redirect_uri",
                        CALLBACK,
                        "client_id",
                        other.id(),
                        "client_secret",
                        other.secret());
        var tokens = isIssued(token(fields, Map.of()), "Bearer");
        var flow = new Flow(request, tokens, idToken(tokens, other.id(), request, "RS256"));
        claimsAt(flow);
    }

    /// A request object that nobody signed, as a page of the suite's would have it.
    private static String unsigned(Map<String, String> request) {
        var encoder = Base64.getUrlEncoder().withoutPadding();
        var header = encoder.encodeToString("{\"alg\":\"none\"}".getBytes(UTF_8));
        return header
                + "."
                + encoder.encodeToString(Wire.json(request).toString().getBytes(UTF_8))
                + ".";
    }

    /// Not for clients that are registered by hand; others would be skipped on this error.
    @Test
    void oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported() {
        assertThat(metadata().path("request_uri_parameter_supported").asBoolean(true)).isFalse();
        var request = request("request_uri", "https://suite.example/request.jwt");
        isError(visit(browser(), request), request, "request_uri_not_supported");
    }

    /// Skipped by the suite, as long as `none` isn't promised; and nobody is heard by one.
    private void isNotHeardUnsigned(Map<String, String> request) {
        assertThat(metadata().path("request_object_signing_alg_values_supported").toString())
                .doesNotContain("none");
        isError(
                visit(browser(), request),
                request,
                "request_not_supported",
                "invalid_request_object",
                "invalid_request");
    }

    @Test
    void oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported() {
        var request = request();
        isNotHeardUnsigned(CodeFlowScene.with(request, "request", unsigned(request)));
    }

    @Test
    void oidcc_claims_essential() {
        var claims = "{\"userinfo\":{\"name\":{\"essential\":true}}}";
        var flow = flow(request("claims", claims));
        assertThat(claimsAt(flow).path("name").asString()).isEqualTo("Ada Lovelace");
        assertThat(flow.idToken().has("name")).isFalse();
    }

    /// What a request object says about `redirect_uri` counts for more; ours says nothing.
    @Test
    void oidcc_ensure_request_object_with_redirect_uri() {
        var request = request("redirect_uri", CALLBACK + "/" + Pkce.nonce());
        isPage(visit(browser(), CodeFlowScene.with(request, "request", unsigned(request()))), 403);
    }

    private Answer refresh(Rp client, Answer tokens, String... pairs) {
        var fields =
                Map.of(
                        "grant_type",
                        "refresh_token",
                        "refresh_token",
                        tokens.text("refresh_token"));
        return token(CodeFlowScene.with(fields, pairs), basic(client));
    }

    /// Asks for a refresh token as the suite does, with `prompt=consent` (§11).
    private Flow offline(Rp client) {
        var browser = browser();
        var request =
                request(
                        client,
                        "response_mode",
                        mode(),
                        "scope",
                        "openid offline_access",
                        "prompt",
                        "consent");
        var page = agree(browser, signIn(browser, visit(browser, request), user));
        return finish(client, request, page);
    }

    private static Page agree(BrowserJar browser, Page page) {
        return page.heading().equals("Allow access?")
                ? browser.submitUntilAway(page, Map.of("choice", "allow"))
                : page;
    }

    @Test
    void oidcc_refresh_token() {
        var second = register("client_secret_basic", SECOND_CALLBACK, "");
        assertThat(metadata().path("grant_types_supported").toString()).contains("refresh_token");
        var first = offline(rp);
        for (var scope : List.of(NONE, "openid offline_access")) {
            var refreshed = isIssued(refresh(rp, first.tokens(), "scope", scope), "Bearer");
            assertThat(refreshed.text("access_token"))
                    .isNotEqualTo(first.tokens().text("access_token"));
            // §12.2: the same sign-in, told anew.
            var claims = claims(refreshed.text("id_token"));
            for (var same : List.of("iss", "sub", "aud", "azp"))
                assertThat(claims.path(same)).isEqualTo(first.idToken().path(same));
            if (claims.has("auth_time"))
                assertThat(claims.path("auth_time")).isEqualTo(first.idToken().path("auth_time"));
            claimsAt(new Flow(first.request(), refreshed, claims));
        }
        isRefused(refresh(rp, offline(second).tokens()), 400, "invalid_grant");
    }

    @Test
    void oidcc_ensure_request_with_valid_pkce_succeeds() {
        var pkce = Pkce.fresh();
        var request = request("code_challenge", pkce.challenge(), "code_challenge_method", "S256");
        var browser = browser();
        var page = signIn(browser, visit(browser, request), user);
        claimsAt(finish(rp, request, page, "code_verifier", pkce.verifier()));
    }
}
