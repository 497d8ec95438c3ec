package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URLDecoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Post-login Actions over HTTP (contract actions §2 to §4): the good practices of §8 as they stand
/// there, and what each flow does with what an Action asks for.
abstract class ActionContract extends KinScene {
    private static final JsonMapper JSON = new JsonMapper();

    static final String ASN = "../docs/networks/example-asn.mmdb";
    static final String CITY = "../docs/networks/example-city.mmdb";

    private final List<String> deployed = new ArrayList<>();

    /// Creates an Action, deploys it and binds it behind those that are bound already.
    String deploy(String code) {
        var body =
                JSON.createObjectNode()
                        .put("name", "action " + deployed.size() + " of " + System.nanoTime())
                        .put("code", code)
                        .put("deploy", true);
        body.putArray("supported_triggers")
                .addObject()
                .put("id", "post-login")
                .put("version", "v3");
        var id = create("actions/actions", body.toString()).path("id").asString();
        deployed.add(id);
        bind();
        return id;
    }

    private void bind() {
        var body = JSON.createObjectNode();
        var bindings = body.putArray("bindings");
        for (var id : deployed)
            bindings.addObject().putObject("ref").put("type", "action_id").put("value", id);
        manage(200, "PATCH", "actions/triggers/post-login/bindings", body.toString());
    }

    @AfterEach
    void unbind() {
        var ids = List.copyOf(deployed);
        deployed.clear();
        bind();
        for (var id : ids) manage(204, "DELETE", "actions/actions/" + id);
    }

    private static String handler(String body) {
        return "exports.onExecutePostLogin = async (event, api) => {" + body + "};";
    }

    private HttpResponse<String> redeem(Kin kin) {
        return redeem(kin, kin.phone().exchange().text("access_token"));
    }

    private HttpResponse<String> redeem(Kin kin, String transfer) {
        return redeem(kin.clients(), transfer, Optional.empty());
    }

    private static Optional<String> parameter(HttpResponse<String> response, String name) {
        return response.headers()
                .firstValue("Location")
                .filter(it -> it.contains(name + "="))
                .map(it -> it.replaceAll(".*[?&]" + name + "=([^&]*).*", "$1"))
                .map(it -> URLDecoder.decode(it, StandardCharsets.UTF_8));
    }

    private JsonNode newestSession(Kin kin) {
        var sessions = operator().get(users(kin.user()) + "/sessions").json().path("sessions");
        return sessions.path(sessions.size() - 1);
    }

    private static Duration lifetime(JsonNode session, String end) {
        return Duration.between(
                Instant.parse(session.path("created_at").asString()),
                Instant.parse(session.path(end).asString()));
    }

    private static Map<String, Object> claims(String token) {
        try {
            return SignedJWT.parse(token).getJWTClaimsSet().getClaims();
        } catch (ParseException e) {
            throw new AssertionError(e);
        }
    }

    private static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);
    private static final Duration QUARTER_OF_AN_HOUR = Duration.ofMinutes(15);
    private static final Duration SOME_SECONDS = Duration.ofSeconds(30);

    private void assertShortened(JsonNode session) {
        assertThat(lifetime(session, "expires_at")).isCloseTo(HALF_AN_HOUR, SOME_SECONDS);
        assertThat(lifetime(session, "idle_expires_at"))
                .isCloseTo(QUARTER_OF_AN_HOUR, SOME_SECONDS);
    }

    /// Contract actions §8, 1.
    @Test
    void whatATransferOpensIsTimeBoxed() {
        var kin = kin(true, true);
        deploy(
                """
                exports.onExecutePostLogin = async (event, api) => {
                  if (event.session_transfer_token) {
                    const start = Date.now();
                    api.session.setExpiresAt(start + 1800 * 1000);
                    api.session.setIdleExpiresAt(start + 900 * 1000);
                  }
                };
                """);
        assertThat(code(redeem(kin))).isPresent();
        var session = newestSession(kin);
        assertShortened(operator().get("sessions/" + session.path("id").asString()).json());
        var before = operator().get("sessions/" + kin.sessionId()).json();
        assertThat(lifetime(before, "expires_at")).isGreaterThan(Duration.ofDays(2));
    }

    /// Contract actions §8, 2.
    @Test
    void aTransferToAnotherCountryIsRefused() {
        var kin = kin(true, true);
        deploy(
                """
                exports.onExecutePostLogin = async (event, api) => {
                  const transfer = event.session_transfer_token;
                  if (transfer && transfer.request.geoip.countryCode !== event.request.geoip.countryCode) {
                    api.access.deny("country changed");
                  }
                };
                """);
        assertThat(code(redeem(kin))).isPresent();
        var request =
                authorize(
                        kin.clients(),
                        Map.of(
                                "prompt",
                                "none",
                                "session_transfer_token",
                                kin.phone().exchange().text("access_token")));
        var denied = world().wire("127.0.0.2").send(HttpRequest.newBuilder(request));
        assertThat(code(denied)).isEmpty();
        assertThat(parameter(denied, "error")).contains("access_denied");
        assertThat(parameter(denied, "error_description")).contains("country changed");
        assertThat(cookie(denied)).isEmpty();
    }

    /// Contract actions §8, 3 and 4.
    @Test
    void whatTheAppVouchedForDecidesAndIsToldToTheWebApp() {
        var kin = kin(true, true);
        deploy(
                """
                exports.onExecutePostLogin = async (event, api) => {
                  if (!event.session_transfer_token) return;
                  const app = event.session?.session_transfer?.parent_refresh_token?.metadata;
                  if (app?.device_trust !== "high") api.access.deny("device not trusted");
                };
                """);
        deploy(
                """
                exports.onExecutePostLogin = async (event, api) => {
                  const app = event.session?.session_transfer?.parent_refresh_token?.metadata;
                  if (app?.device_trust) api.idToken.setCustomClaim("https://shop.example/device_trust", app.device_trust);
                };
                """);
        assertThat(parameter(redeem(kin), "error_description")).contains("device not trusted");
        manage(
                200,
                "PATCH",
                "refresh-tokens/" + kin.familyId(),
                "{\"refresh_token_metadata\":{\"device_trust\":\"high\"}}");
        var redeemed = redeem(kin);
        var tokens = exchangeCode(kin.clients(), code(redeemed).orElseThrow());
        assertThat(claims(tokens.text("id_token")))
                .containsEntry("https://shop.example/device_trust", "high");
        var userinfo = wire().get(issuer().resolve("userinfo"), tokens.text("access_token"));
        assertThat(userinfo.text("https://shop.example/device_trust")).isEqualTo("high");
        var refreshed =
                token(
                        kin.clients(),
                        Map.of(
                                "grant_type",
                                "refresh_token",
                                "refresh_token",
                                tokens.text("refresh_token")));
        assertThat(claims(refreshed.text("id_token")))
                .containsEntry("https://shop.example/device_trust", "high");
    }

    /// Contract authentication-api §5.2: `/userinfo` tells custom claims of the ID token, also for
    /// the JWT that is meant for an API.
    @Test
    void userinfoTellsCustomClaimsForTheTokenOfAnApiToo() {
        var kin = kin(true, true);
        deploy(handler("api.idToken.setCustomClaim('https://shop.example/tier', 'gold')"));
        var api = "https://" + kin.familyId() + ".example";
        create(
                "resource-servers",
                """
                {"identifier":"%s","skip_consent_for_verifiable_first_party_clients":true}
                """
                        .formatted(api));
        var request =
                authorize(
                        kin.clients(),
                        Map.of(
                                "prompt",
                                "none",
                                "audience",
                                api,
                                "session_transfer_token",
                                kin.phone().exchange().text("access_token")));
        var redeemed = wire().send(HttpRequest.newBuilder(request));
        var tokens = exchangeCode(kin.clients(), code(redeemed).orElseThrow());
        var userinfo = wire().get(issuer().resolve("userinfo"), tokens.text("access_token"));
        assertThat(userinfo.text("https://shop.example/tier")).isEqualTo("gold");
    }

    /// Contract actions §8, the worked example.
    @Test
    void theWorkedExampleDoesAllOfIt() {
        var kin = kin(true, true);
        deploy(
                """
                exports.onExecutePostLogin = async (event, api) => {
                  const stt = event.session_transfer_token;
                  if (!stt) return;
                  if (stt.request.geoip?.countryCode !== event.request.geoip?.countryCode) {
                    return api.access.deny("country changed");
                  }
                  const trust = event.session?.session_transfer?.parent_refresh_token?.metadata?.device_trust;
                  if (trust !== "high") return api.access.deny("device not trusted");
                  const now = Date.now();
                  api.session.setExpiresAt(now + 30 * 60000);
                  api.session.setIdleExpiresAt(now + 15 * 60000);
                  api.idToken.setCustomClaim("https://shop.example/from", stt.client_id);
                };
                """);
        manage(
                200,
                "PATCH",
                "refresh-tokens/" + kin.familyId(),
                "{\"refresh_token_metadata\":{\"device_trust\":\"high\"}}");
        var tokens = exchangeCode(kin.clients(), code(redeem(kin)).orElseThrow());
        assertThat(claims(tokens.text("id_token")))
                .containsEntry("https://shop.example/from", kin.clients().app());
        assertShortened(newestSession(kin));
    }

    /// THREATS table 1.3, row 12: a denial leaves no session behind, and the transfer stays burnt.
    @Test
    void aDeniedRedemptionLeavesNoSession() {
        var kin = kin(true, true);
        deploy(handler("if (event.session_transfer_token) api.access.deny('no')"));
        var transfer = kin.phone().exchange().text("access_token");
        var denied = redeem(kin, transfer);
        assertThat(parameter(denied, "error_description")).contains("no");
        assertThat(operator().get(users(kin.user()) + "/sessions").json().path("sessions"))
                .hasSize(1);
        var logged = operator().log("type:fsa AND user_id:\"" + kin.user() + "\"").path(0);
        assertThat(logged.path("details").path("error").path("oauthError").asString())
                .isEqualTo("access_denied");
        assertThat(
                        logged.path("details")
                                .path("triggered_by_session_transfer_token")
                                .asBoolean(false))
                .isTrue();
        var execution =
                logged.path("details").path("actions").path("executions").path(0).asString();
        assertThat(operator().get("actions/executions/" + execution).status()).isEqualTo(200);
        unbind();
        assertThat(parameter(redeem(kin, transfer), "error")).contains("login_required");
    }

    /// Contract native-to-web §3.4: a denied exchange is a 403 that costs nothing.
    @Test
    void aDeniedExchangeLeavesTheRefreshTokenAsItWas() {
        var kin = kin(true, true);
        deploy(
                handler(
                        "if (event.resource_server?.identifier.endsWith(':session_transfer'))"
                                + " api.access.deny('not today')"));
        var denied = kin.phone().exchange();
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.text("error")).isEqualTo("access_denied");
        assertThat(denied.text("error_description")).isEqualTo("not today");
        assertThat(kin.phone().refresh().status()).isEqualTo(200);
        unbind();
        assertThat(kin.phone().exchange().status()).isEqualTo(200);
    }

    @Test
    void anActionMayEndTheRefreshTokenAndAllBelow() {
        var kin = kin(true, true);
        deploy(
                handler(
                        "if (event.transaction.protocol === 'oauth2-refresh-token' &&"
                                + " !event.refresh_token.session_transfer)"
                                + " api.refreshToken.revoke('stolen')"));
        var denied = kin.phone().refresh();
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.text("error_description")).isEqualTo("stolen");
        unbind();
        assertThat(alive(kin)).isEqualTo(new Alive(false, false, false, false, false));
        assertThat(operator().log("type:srrt").path(0).path("details").path("credential_id"))
                .isEqualTo(JSON.valueToTree(kin.familyId()));
    }

    @Test
    void anActionMayEndTheSession() {
        var kin = kin(true, false);
        deploy(
                handler(
                        "if (event.transaction.protocol === 'oidc-basic-profile')"
                                + " api.session.revoke('enough')"));
        var denied = redeem(kin.clients(), "", Optional.of(kin.cookie()));
        assertThat(parameter(denied, "error_description")).contains("enough");
        unbind();
        assertThat(sessionWorks(kin)).isFalse();
        assertThat(webTokenWorks(kin)).isFalse();
        assertThat(kin.phone().refresh().status()).isEqualTo(200);
    }

    /// Contract actions §6.1.
    @Test
    void anActionThatFailsDeniesAndIsExplainedInTheLogOnly() {
        var kin = kin(true, true);
        var id = deploy(handler("null.secret_detail"));
        var denied = redeem(kin.clients(), "", Optional.of(kin.cookie()));
        assertThat(parameter(denied, "error")).contains("access_denied");
        assertThat(parameter(denied, "error_description")).contains("Action execution failed");
        assertThat(kin.phone().refresh().text("error_description"))
                .isEqualTo("Action execution failed");
        var failure = operator().log("type:actions_execution_failed").path(0).path("details");
        assertThat(failure.path("error_class").asString()).isEqualTo("action_error");
        assertThat(failure.path("action_error").path("message").asString())
                .contains("secret_detail");
        manage(200, "PATCH", "actions/actions/" + id, "{\"code\":\"exports.x = 1\"}");
        assertThat(sessionWorks(kin)).isFalse();
        manage(200, "POST", "actions/actions/" + id + "/deploy");
        assertThat(sessionWorks(kin)).isTrue();
    }

    @Test
    void metadataThatAnActionSetsAreKeptAndBounded() {
        var kin = kin(true, true);
        deploy(
                handler(
                        """
                        if (event.refresh_token) {
                          api.refreshToken.setMetadata("seen", String(event.stats.logins_count));
                          api.session.setMetadata("by", "refresh");
                        } else {
                          api.session.setMetadata("by", "browser");
                          api.user.setAppMetadata("visits", (event.user.app_metadata.visits || 0) + 1);
                        }
                        """));
        assertThat(sessionWorks(kin)).isTrue();
        assertThat(sessionWorks(kin)).isTrue();
        assertThat(kin.phone().refresh().status()).isEqualTo(200);
        assertThat(
                        operator()
                                .get("refresh-tokens/" + kin.familyId())
                                .json()
                                .path("refresh_token_metadata")
                                .path("seen")
                                .asString(""))
                .isNotEmpty();
        assertThat(
                        operator()
                                .get("sessions/" + kin.sessionId())
                                .json()
                                .path("session_metadata")
                                .path("by")
                                .asString(""))
                .isEqualTo("browser");
        assertThat(
                        operator()
                                .get(users(kin.user()))
                                .json()
                                .path("app_metadata")
                                .path("visits")
                                .asInt(0))
                .isEqualTo(2);
        deploy(handler("api.session.setMetadata('no spaces', 'x')"));
        assertThat(
                        parameter(
                                redeem(kin.clients(), "", Optional.of(kin.cookie())),
                                "error_description"))
                .hasValueSatisfying(
                        text ->
                                assertThat(text)
                                        .startsWith(
                                                "Failed to set session metadata: Invalid"
                                                        + " metadata:"));
    }

    /// A sign-in in the app runs them too.
    @Test
    void aPasswordGrantIsAskedAbout() {
        deploy(
                handler(
                        "if (event.transaction.protocol === 'oauth2-password')"
                                + " api.access.deny(`${event.client.name} ${event.session}"
                                + " ${event.request.body.password}`)"));
        var phone = new Phone(wire(), new App(issuer(), clients(true, true).app()));
        var denied = phone.signIn(operator().createUser(), Operator.PASSWORD, "openid");
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.text("error_description")).isEqualTo("App undefined undefined");
    }

    /// What is taken away isn't issued.
    @Test
    void anActionMayTakeTheRefreshTokenAway() {
        deploy(handler("api.accessToken.removeScope('offline_access')"));
        var phone = new Phone(wire(), new App(issuer(), clients(true, true).app()));
        var tokens =
                phone.signIn(operator().createUser(), Operator.PASSWORD, "openid offline_access");
        assertThat(tokens.status()).isEqualTo(200);
        assertThat(tokens.text("scope")).isEqualTo("openid");
        assertThat(tokens.json().has("refresh_token")).isFalse();
    }

    // Redirects (contract actions §5).

    private static final String SECRET = "a secret of the tenant and the other site, long enough";

    private static final String SENT_ELSEWHERE =
            """
            exports.onExecutePostLogin = async (event, api) => {
              if (!api.redirect.canRedirect()) return;
              api.idToken.setCustomClaim("https://shop.example/before", "asked");
              api.transaction.setMetadata("step", 1);
              api.redirect.sendUserTo("https://other.example/ask?a=b", {query: {
                session_token: api.redirect.encodeToken({secret: "%s", payload: {why: "terms"}})}});
            };
            exports.onContinuePostLogin = async (event, api) => {
              const answer = api.redirect.validateToken({secret: "%s"});
              if (answer.terms !== "yes") return api.access.deny("terms refused");
              api.idToken.setCustomClaim("https://shop.example/after",
                `${event.transaction.metadata.step} ${event.request.query.extra ?? event.request.body.extra}`);
            };
            """
                    .formatted(SECRET, SECRET);

    /// A browser that was sent elsewhere.
    private record Away(String url, String state, String cookies) {}

    private Away away(Kin kin) {
        var sent =
                wire().send(
                                HttpRequest.newBuilder(authorize(kin.clients(), Map.of()))
                                        .header("Cookie", kin.cookie()));
        var url = sent.headers().firstValue("Location").orElseThrow();
        assertThat(url).startsWith("https://other.example/ask?a=b&session_token=");
        var browser =
                sent.headers().allValues("Set-Cookie").stream()
                        .filter(it -> it.startsWith("segue_tx="))
                        .map(it -> it.split(";", 2)[0])
                        .findFirst()
                        .orElseThrow();
        return new Away(url, parameter(sent, "state").orElseThrow(), kin.cookie() + "; " + browser);
    }

    private static String answer(Kin kin, Away away, String terms) {
        try {
            var token =
                    new SignedJWT(
                            new JWSHeader(JWSAlgorithm.HS256),
                            new JWTClaimsSet.Builder()
                                    .subject(kin.user())
                                    .expirationTime(Date.from(Instant.now().plusSeconds(60)))
                                    .claim("state", away.state())
                                    .claim("terms", terms)
                                    .build());
            token.sign(new MACSigner(SECRET));
            return token.serialize();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> comeBack(Away away, String answer) {
        return open(
                "continue?state=" + away.state() + "&extra=more&session_token=" + answer,
                away.cookies());
    }

    @Test
    void aBrowserThatWasSentElsewhereComesBack() {
        var kin = kin(true, true);
        deploy(SENT_ELSEWHERE);
        var away = away(kin);
        assertThat(away.url()).contains("&state=" + away.state());
        var told = claims(away.url().replaceAll(".*session_token=([^&]*)&.*", "$1"));
        assertThat(told).containsEntry("why", "terms").containsEntry("sub", kin.user());
        var back = comeBack(away, answer(kin, away, "yes"));
        var tokens = exchangeCode(kin.clients(), code(back).orElseThrow());
        assertThat(claims(tokens.text("id_token")))
                .containsEntry("https://shop.example/before", "asked")
                .containsEntry("https://shop.example/after", "1 more");
        var again = comeBack(away, answer(kin, away, "yes"));
        assertThat(again.statusCode()).isEqualTo(400);
        assertThat(again.body()).contains("invalid_request");
    }

    @Test
    void whatTheOtherSiteSaysMayDeny() {
        var kin = kin(true, true);
        deploy(SENT_ELSEWHERE);
        var refused = away(kin);
        assertThat(parameter(comeBack(refused, answer(kin, refused, "no")), "error_description"))
                .contains("terms refused");
        var first = away(kin);
        var second = away(kin);
        assertThat(parameter(comeBack(second, answer(kin, first, "yes")), "error_description"))
                .contains("Action execution failed");
        assertThat(sessionWorks(kin)).as("silent requests aren't sent away").isTrue();
    }

    @Test
    void onlyTheBrowserThatWasSentAwayComesBack() {
        var kin = kin(true, true);
        deploy(SENT_ELSEWHERE);
        var away = away(kin);
        var other = new Away(away.url(), away.state(), kin.cookie());
        assertThat(comeBack(other, answer(kin, away, "yes")).statusCode()).isEqualTo(400);
        assertThat(open("continue", away.cookies()).statusCode()).isEqualTo(400);
        assertThat(code(comeBack(away, answer(kin, away, "yes")))).isPresent();
    }

    /// A post from another site comes without our cookie, which our own page then brings.
    @Test
    void theOtherSiteMayPost() {
        var kin = kin(true, true);
        deploy(SENT_ELSEWHERE);
        var away = away(kin);
        var form = Wire.form(Map.of("session_token", answer(kin, away, "yes"), "extra", "posted"));
        var stranger = post("continue?state=" + away.state(), form, "");
        assertThat(stranger.statusCode()).isEqualTo(200);
        assertThat(stranger.body()).contains("name=\"segue_again\"").contains(away.state());
        var ours = post("continue", form + "&segue_again=1&state=" + away.state(), away.cookies());
        var tokens = exchangeCode(kin.clients(), code(ours).orElseThrow());
        assertThat(claims(tokens.text("id_token")))
                .containsEntry("https://shop.example/after", "1 posted");
    }

    private HttpResponse<String> post(String path, String form, String cookies) {
        var request =
                HttpRequest.newBuilder(issuer().resolve(path))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form));
        return wire().send(cookies.isEmpty() ? request : request.header("Cookie", cookies));
    }

    @Test
    void nobodyIsSentElsewhereWithoutABrowser() {
        var kin = kin(true, true);
        deploy(handler("api.redirect.sendUserTo('https://other.example/')"));
        var denied = kin.phone().refresh();
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.text("error_description"))
                .isEqualTo("there is no browser to send elsewhere");
        assertThat(kin.phone().exchange().status()).isEqualTo(403);
        var silent = redeem(kin.clients(), "", Optional.of(kin.cookie()));
        assertThat(parameter(silent, "error")).contains("interaction_required");
    }

    /// A redemption that waits elsewhere has opened no session yet.
    @Test
    void aRedemptionThatIsSentElsewhereOpensItsSessionWhenItComesBack() {
        var kin = kin(true, true);
        deploy(SENT_ELSEWHERE);
        var transfer = Map.of("session_transfer_token", kin.waiting());
        var sent = wire().send(HttpRequest.newBuilder(authorize(kin.clients(), transfer)));
        assertThat(cookie(sent)).isEmpty();
        assertThat(operator().get(users(kin.user()) + "/sessions").json().path("sessions"))
                .hasSize(1);
        var browser =
                sent.headers().allValues("Set-Cookie").stream()
                        .filter(it -> it.startsWith("segue_tx="))
                        .map(it -> it.split(";", 2)[0])
                        .findFirst()
                        .orElseThrow();
        var away = new Away("", parameter(sent, "state").orElseThrow(), browser);
        var back = comeBack(away, answer(kin, away, "yes"));
        assertThat(code(back)).isPresent();
        assertThat(cookie(back)).isPresent();
        assertThat(newestSession(kin).path("id").asString()).isNotEqualTo(kin.sessionId());
    }
}
