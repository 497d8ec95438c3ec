package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The table of docs/strict.md: Auth0's terms, and with the tenant flag `rfc_strict` the RFCs'
/// (contract management-api §13).
class StrictStory extends BrowserScene {
    private String machine = "";
    private String secret = "";

    StrictStory() {
        super(Map.of());
    }

    @BeforeAll
    void register() {
        var client =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"Machine","app_type":"non_interactive",
                                 "token_endpoint_auth_method":"client_secret_post",
                                 "grant_types":["client_credentials","refresh_token"]}
                                """);
        machine = client.text("client_id");
        secret = client.text("client_secret");
    }

    private Answer token(Map<String, String> fields) {
        return world().wire(HERE)
                .postForm(world().issuer().resolve("oauth/token"), fields, Map.of());
    }

    private Map<String, String> asMachine(String... pairs) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("client_id", machine);
        fields.put("client_secret", secret);
        for (var i = 0; i < pairs.length; i += 2) fields.put(pairs[i], pairs[i + 1]);
        return fields;
    }

    private void strictly(Runnable work) {
        withTenant("{\"flags\":{\"rfc_strict\":true}}", "{\"flags\":{\"rfc_strict\":false}}", work);
    }

    /// @param auth0 status and error
    private record Row(String name, Map<String, String> fields, String auth0, String rfc) {}

    private List<Row> rows() {
        return List.of(
                new Row(
                        "a refresh token that is none",
                        asMachine("grant_type", "refresh_token", "refresh_token", "none"),
                        "403 invalid_grant",
                        "400 invalid_grant"),
                new Row(
                        "a grant that we don't have",
                        asMachine("grant_type", "urn:example:none"),
                        "403 unsupported_grant_type",
                        "400 unsupported_grant_type"),
                new Row(
                        "a grant that the client doesn't have",
                        asMachine("grant_type", "password", "username", "a", "password", "b"),
                        "403 unauthorized_client",
                        "400 unauthorized_client"),
                new Row(
                        "a wrong secret",
                        asMachine("grant_type", "client_credentials", "client_secret", "wrong"),
                        "401 access_denied",
                        "401 invalid_client"),
                new Row(
                        "an unknown client",
                        asMachine("grant_type", "client_credentials", "client_id", "unknown"),
                        "401 access_denied",
                        "401 invalid_client"),
                new Row(
                        "an API that isn't there",
                        asMachine(
                                "grant_type",
                                "client_credentials",
                                "audience",
                                "https://none.example"),
                        "403 access_denied",
                        "400 access_denied"),
                new Row(
                        "a parameter that is missing",
                        asMachine("grant_type", "refresh_token"),
                        "400 invalid_request",
                        "400 invalid_request"));
    }

    private static String told(Answer answer) {
        return answer.status() + " " + answer.text("error");
    }

    @TestFactory
    Stream<DynamicTest> anErrorIsToldInAuth0sTerms() {
        return rows().stream()
                .map(
                        row ->
                                DynamicTest.dynamicTest(
                                        row.name(),
                                        () ->
                                                assertThat(told(token(row.fields())))
                                                        .isEqualTo(row.auth0())));
    }

    @TestFactory
    Stream<DynamicTest> withTheFlagItIsToldInTheRfcs() {
        return rows().stream()
                .map(
                        row ->
                                DynamicTest.dynamicTest(
                                        row.name(),
                                        () ->
                                                strictly(
                                                        () ->
                                                                assertThat(
                                                                                told(
                                                                                        token(
                                                                                                row
                                                                                                        .fields())))
                                                                        .isEqualTo(row.rfc()))));
    }

    @Test
    void theOtherEndpointsSpeakLikeTheTokenEndpoint() {
        for (var path : List.of("oauth/revoke", "oauth/par")) {
            var fields = asMachine("token", "x", "client_secret", "wrong");
            var at = world().issuer().resolve(path);
            assertThat(told(world().wire(HERE).postForm(at, fields, Map.of())))
                    .as(path)
                    .isEqualTo("401 access_denied");
            strictly(
                    () ->
                            assertThat(told(world().wire(HERE).postForm(at, fields, Map.of())))
                                    .as(path)
                                    .isEqualTo("401 invalid_client"));
        }
    }

    @Test
    void updatedAtIsATextAndStrictlyANumber() {
        var browser = signedInByHand(browser());
        var query = Map.of("scope", "openid profile");
        var tokens = redeem(browser.openUntilAway(authorize(query)));
        var userinfo = world().issuer().resolve("userinfo");
        var token = tokens.text("access_token");
        assertThat(claims(tokens.text("id_token")).path("updated_at").isString()).isTrue();
        assertThat(world().wire(HERE).get(userinfo, token).json().path("updated_at").isString())
                .isTrue();
        strictly(
                () -> {
                    var strict = redeem(browser.openUntilAway(authorize(query)));
                    var at = claims(strict.text("id_token")).path("updated_at");
                    assertThat(at.isIntegralNumber()).isTrue();
                    assertThat(world().wire(HERE).get(userinfo, token).json().path("updated_at"))
                            .isEqualTo(at);
                });
    }

    @Test
    void theOnlyCallbackMayBeLeftOutButStrictlyNotWithOpenid() {
        var query = new LinkedHashMap<>(Wire.parameters(authorize(Map.of()).getRawQuery()));
        query.remove("redirect_uri");
        query.put("prompt", "none");
        var uri = URI.create(world().issuer() + "authorize?" + Wire.form(query));
        assertThat(browser().openUntilAway(uri).parameter("error")).hasValue("login_required");
        strictly(
                () -> {
                    var page = browser().openUntilAway(uri);
                    assertThat(page.parameter("error")).hasValue("invalid_request");
                    assertThat(page.parameter("error_description"))
                            .hasValue("Missing required parameter: redirect_uri");
                });
    }

    @Test
    void aMissingProofIsNoProofAndStrictlySomethingMissing() {
        var required = "{\"require_proof_of_possession\":%s}";
        operator().patchClient(machine, required.formatted(true));
        try {
            var fields = asMachine("grant_type", "client_credentials");
            assertThat(told(token(fields))).isEqualTo("400 invalid_dpop_proof");
            strictly(() -> assertThat(told(token(fields))).isEqualTo("400 invalid_request"));
        } finally {
            operator().patchClient(machine, required.formatted(false));
        }
    }

    @Test
    void aFapiClientMustPushAndProve() {
        operator().patchClient(World.SHOP, "{\"compliance_level\":\"fapi2_sp_pkj_mtls\"}");
        try {
            var plain = browser().openUntilAway(authorize(Map.of("prompt", "none")));
            assertThat(plain.parameter("error")).hasValue("invalid_request");
            var token =
                    token(
                            Map.of(
                                    "client_id",
                                    World.SHOP,
                                    "client_secret",
                                    world().shopSecret(),
                                    "grant_type",
                                    "refresh_token",
                                    "refresh_token",
                                    "none"));
            assertThat(told(token)).isNotEqualTo("403 invalid_grant");
            assertThat(token.status()).isIn(400, 401);
        } finally {
            operator().patchClient(World.SHOP, "{\"compliance_level\":null}");
        }
    }
}
