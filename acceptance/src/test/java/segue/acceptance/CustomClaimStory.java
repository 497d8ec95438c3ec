package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.wire.Answer;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What Actions may put into tokens (contract authentication-api §8.4), and what they hear of a
/// request (§3.1).
class CustomClaimStory extends KinScene {
    private static final JsonMapper JSON = new JsonMapper();

    private static final List<String> RESERVED =
            List.of(
                    ("acr, act, active, amr, at_hash, ath, attest, aud, auth_time,"
                         + " authorization_details, azp, c_hash, client_id, cnf, cty, dest,"
                         + " entitlements, events, exp, groups, gty, htm, htu, iat,"
                         + " internalService, iss, jcard, jku, jti, jwe, jwk, kid, may_act, mky,"
                         + " nbf, nonce, object_id, org_id, org_name, orig, origid, permissions,"
                         + " roles, rph, s_hash, sid, sip_callid, sip_cseq_num, sip_date,"
                         + " sip_from_tag, sip_via_branch, sub, sub_jwk, toe, txn, typ, uuid, vot,"
                         + " vtm, x5t#S256")
                            .split(", ", -1));

    private final List<String> deployed = new ArrayList<>();

    @Override
    Map<String, String> database() {
        return Map.of();
    }

    /// Deploys the only post-login Action.
    private void deploy(String body) {
        var code = "exports.onExecutePostLogin = async (event, api) => {" + body + "};";
        var json =
                JSON.createObjectNode()
                        .put("name", "claims " + System.nanoTime())
                        .put("code", code)
                        .put("deploy", true);
        json.putArray("supported_triggers")
                .addObject()
                .put("id", "post-login")
                .put("version", "v3");
        deployed.add(create("actions/actions", json.toString()).path("id").asString());
        bind();
    }

    private void bind() {
        var json = JSON.createObjectNode();
        var bindings = json.putArray("bindings");
        for (var id : deployed)
            bindings.addObject().putObject("ref").put("type", "action_id").put("value", id);
        manage(200, "PATCH", "actions/triggers/post-login/bindings", json.toString());
    }

    @AfterEach
    void unbind() {
        deployed.clear();
        bind();
    }

    private Answer signIn(String scope, String audience) {
        var phone =
                new Phone(
                        wire(),
                        new App(issuer(), clients(true, true).app()).withAudience(audience));
        return phone.signIn(operator().createUser(), Operator.PASSWORD, scope);
    }

    private String api() {
        var api = "https://api-%d.example".formatted(System.nanoTime());
        create(
                "resource-servers",
                """
                {"name":"API","identifier":"%s","scopes":[{"value":"read:it"}],
                 "skip_consent_for_verifiable_first_party_clients":true}
                """
                        .formatted(api));
        return api;
    }

    private static JsonNode claims(Answer answer, String token) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return BrowserScene.claims(answer.text(token));
    }

    /// "Reserved names are silently ignored."
    @Test
    void reservedNamesAreIgnored() {
        deploy(
                """
                for (const name of %s) {
                  api.idToken.setCustomClaim(name, "forged");
                  api.accessToken.setCustomClaim(name, "forged");
                }
                api.idToken.setCustomClaim("https://shop.example/ours", "there");
                api.accessToken.setCustomClaim("https://shop.example/ours", "there");
                """
                        .formatted(JSON.writeValueAsString(RESERVED)));
        var answer = signIn("openid read:it", api());
        for (var token : List.of("id_token", "access_token")) {
            var claims = claims(answer, token);
            assertThat(claims.toString()).doesNotContain("forged");
            assertThat(claims.path("https://shop.example/ours").asString("")).isEqualTo("there");
        }
    }

    /// "Standard OIDC profile claims may be set (in the ID token filtered by scope)."
    @Test
    void aStandardClaimNeedsItsScope() {
        deploy(
                """
                api.idToken.setCustomClaim("name", "Somebody");
                api.idToken.setCustomClaim("website", "https://somebody.example");
                """);
        var api = api();
        assertThat(claims(signIn("openid", api), "id_token").has("name")).isFalse();
        assertThat(claims(signIn("openid profile", api), "id_token").path("name").asString(""))
                .isEqualTo("Somebody");
    }

    /// "Namespaces on auth0.com, webtask.io, webtask.run and `urn:auth0` are refused."
    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://auth0.com/claim",
                "https://shop.auth0.com/claim",
                "https://webtask.io/claim",
                "http://webtask.run/claim",
                "urn:auth0:claim"
            })
    void foreignNamespacesAreRefused(String name) {
        deploy("api.idToken.setCustomClaim('%s', 'x');".formatted(name));
        isDenied(signIn("openid", api()));
    }

    /// "Total ≤ 100 kB."
    @Test
    void moreThanAHundredKilobytesAreRefused() {
        deploy(
                """
                for (let i = 0; i < 11; i++)
                  api.accessToken.setCustomClaim("https://shop.example/" + i, "x".repeat(9000));
                """);
        assertThat(claims(signIn("openid", api()), "access_token").has("https://shop.example/10"))
                .isTrue();
        unbind();
        deploy(
                """
                for (let i = 0; i < 12; i++)
                  api.accessToken.setCustomClaim("https://shop.example/" + i, "x".repeat(9000));
                """);
        isDenied(signIn("openid", api()));
    }

    private static void isDenied(Answer answer) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(403);
        assertThat(answer.text("error")).isEqualTo("access_denied");
        assertThat(answer.json().has("access_token")).isFalse();
    }

    /// "Access tokens for tenant-owned APIs (Management): only namespaced."
    @Test
    void aTokenForTheManagementApiTakesNamespacedClaimsOnly() {
        deploy(
                """
                api.accessToken.setCustomClaim("department", "x");
                api.accessToken.setCustomClaim("https://shop.example/department", "x");
                """);
        var other = claims(signIn("openid", api()), "access_token");
        assertThat(other.path("department").asString("")).isEqualTo("x");
        var management = claims(signIn("openid", issuer() + "api/v2/"), "access_token");
        assertThat(management.has("department")).isFalse();
        assertThat(management.path("https://shop.example/department").asString("")).isEqualTo("x");
    }

    /// §3.1: what we don't know is "handed to Actions in event.request.query (STT excluded)".
    @Test
    void whatElseWasAskedIsToldToActionsWithoutTheToken() {
        var kin = kin(true, true);
        deploy(
                """
                api.idToken.setCustomClaim("https://shop.example/query",
                  JSON.stringify(event.request.query));
                """);
        var transfer = kin.phone().exchange().text("access_token");
        var more = Map.of("session_transfer_token", transfer, "flavour", "mint", "state", "s1");
        var redeemed = wire().send(HttpRequest.newBuilder(authorize(kin.clients(), more)));
        var tokens = exchangeCode(kin.clients(), code(redeemed).orElseThrow());
        var query = claims(tokens, "id_token").path("https://shop.example/query").asString("");
        assertThat(query)
                .contains("\"flavour\":\"mint\"", "\"state\":\"s1\"")
                .doesNotContain("session_transfer_token", transfer);
    }
}
