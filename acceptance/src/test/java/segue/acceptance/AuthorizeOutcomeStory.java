package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.story.World;

import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.Map;

/// What `/authorize` answers, in the words of the contract (authentication-api §3), where no other
/// story is about it.
class AuthorizeOutcomeStory extends CodeFlowScene {
    private static final String USERS = "Username-Password-Authentication";

    AuthorizeOutcomeStory() {
        super(Map.of());
    }

    /// §3.2, the rows that need nothing but a request.
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "audience, https://unknown.example, access_denied, Service not found:"
                        + " https://unknown.example",
                "response_type, token, unsupported_response_type, Unsupported response type: token",
                "response_type, code id_token, unsupported_response_type, Unsupported response"
                        + " type: code id_token",
                "response_type, id_token, unauthorized_client, Grant type 'implicit' not allowed"
                        + " for the client.",
                "response_mode, jwt, invalid_request, Unsupported response_mode",
                "code_challenge_method, S256, invalid_request, Missing required parameter:"
                        + " code_challenge",
                "code_challenge, qjrzSW9gMiUgpUvqgEPE4_-8swvyCtfOVvg55o5S_es, invalid_request,"
                        + " code_challenge_method must be S256",
                "prompt, none, login_required, Login required",
                "prompt, nonsense, invalid_request, Unsupported prompt",
                "prompt, none login, invalid_request, prompt=none can't be combined with other"
                        + " values",
                "max_age, -1, invalid_request, max_age must be a number of seconds",
                "organization, org_x, invalid_request, parameter organization is not allowed for"
                        + " this client",
                "connection, nowhere, invalid_request, the connection was not found",
                "id_token_hint, junk, invalid_request, id_token_hint is invalid",
                "claims, [], invalid_request, The claims parameter is not a JSON object",
                "request, x, request_not_supported, The client has registered no key for the"
                        + " request parameter",
                "request_uri, https://x.example, request_uri_not_supported, The request_uri"
                        + " parameter is not supported"
            })
    void whatIsWrongIsToldInTheseWords(
            String name, String value, String error, String description) {
        var page = ask(browser(), name, value);
        assertThat(page.status()).isEqualTo(302);
        assertThat(page.parameter("error_description")).hasValue(description);
        assertThat(page.parameter("error")).hasValue(error);
        assertThat(page.parameter("state")).hasValue("s1");
        assertThat(page.parameter("iss")).hasValue(world().issuer().toString());
        assertThat(page.parameter("code")).isEmpty();
    }

    @Test
    void anOrganizationThatIsNotThereIsInvalid() {
        operator().patchClient(World.SHOP, "{\"organization_usage\":\"allow\"}");
        try {
            var page = ask(browser(), "organization", "org_unknown");
            assertThat(page.parameter("error")).hasValue("invalid_request");
            assertThat(page.parameter("error_description")).hasValue("invalid organization");
        } finally {
            operator().patchClient(World.SHOP, "{\"organization_usage\":\"deny\"}");
        }
    }

    @Test
    void silentConsentIsRequired() {
        var browser = signedIn(browser());
        operator().patchClient(World.SHOP, "{\"is_first_party\":false}");
        try {
            var page = ask(browser, "prompt", "none");
            assertThat(page.parameter("error")).hasValue("consent_required");
            assertThat(page.parameter("error_description")).hasValue("Consent required");
        } finally {
            operator().patchClient(World.SHOP, "{\"is_first_party\":true}");
        }
    }

    /// "HTML error page, status 403, no redirect."
    @Test
    void whoHasNowhereToGoReadsAPage() {
        var stranger = ask(browser(), "client_id", "unknown");
        isOnOurPage(stranger);
        assertThat(stranger.heading()).isEqualTo("Unknown application");
        var lost = ask(browser(), "redirect_uri", callback() + "x");
        isOnOurPage(lost);
        assertThat(lost.heading()).isEqualTo("Callback URL mismatch.");
        for (var page : List.of(stranger, lost))
            assertThat(page.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/html");
    }

    /// §3.1: the "tenant `default_audience`; else none → opaque token".
    @Test
    void withoutAnAudienceTheTenantsCounts() {
        var browser = signedIn(browser());
        assertThat(redeem(ask(browser)).text("access_token")).doesNotContain(".");
        withTenant(
                "{\"default_audience\":\"%s\"}".formatted(World.API),
                "{\"default_audience\":\"\"}",
                () -> {
                    var token = claims(redeem(ask(browser)).text("access_token"));
                    assertThat(token.path("aud").toString()).contains("\"" + World.API + "\"");
                });
    }

    /// §3.1: "absent = no scopes at all".
    @Test
    void withoutAScopeNothingIsGranted() {
        var tokens = redeem(ask(signedIn(browser()), "scope", ""));
        assertThat(tokens.status()).isEqualTo(200);
        assertThat(tokens.text("scope")).isEmpty();
        assertThat(tokens.json().has("id_token")).isFalse();
        assertThat(userinfo(tokens)).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"login", "reset-password", "nonsense"})
    void hintsAtTheScreenAreNoErrors(String hint) {
        var page = ask(browser(), "screen_hint", hint, "ui_locales", "de xx");
        assertThat(page.asksToSignIn()).isTrue();
    }

    private String connectionId() {
        return operator().get("connections?name=" + USERS).json().path(0).path("id").asString();
    }

    /// §3.3, point 3: the "session user's connection not enabled for client → login page".
    @Test
    void aUserOfAConnectionThatIsNotTheClientsSignsInAnew() {
        var browser = signedInByHand(browser());
        var path = "connections/" + connectionId();
        var before = operator().get(path).json().path("enabled_clients").toString();
        change(path, "{\"enabled_clients\":[\"%s\"]}".formatted(World.APP));
        try {
            assertThat(ask(browser).asksToSignIn()).isTrue();
            assertThat(ask(browser, "prompt", "none").parameter("error"))
                    .hasValue("login_required");
        } finally {
            change(path, "{\"enabled_clients\":%s}".formatted(before));
        }
        assertThat(ask(browser).parameter("code")).isPresent();
    }

    /// §3.1: the "name of a connection".
    @Test
    void aConnectionIsAskedForByItsName() {
        var browser = browser();
        var page = ask(browser, "connection", USERS);
        assertThat(page.asksToSignIn()).isTrue();
        assertThat(signIn(browser, page, World.ADA, world().password()).parameter("code"))
                .isPresent();
        assertThat(ask(browser, "connection", USERS, "prompt", "none").parameter("code"))
                .isPresent();
    }

    /// §3.3, point 4: the "session need not carry the same org; membership is checked, org enters
    /// the tokens"; §8.3: `org_name` "only if tenant
    /// `allow_organization_name_in_authentication_api`".
    @Test
    void aSessionServesAnyOrganizationOfItsUser() {
        var acme = organization("acme", false);
        var members = "organizations/" + acme + "/members";
        operator().patchClient(World.SHOP, "{\"organization_usage\":\"allow\"}");
        try {
            var browser = signedInByHand(browser());
            var user = userId(World.ADA);
            var refused = ask(browser, "organization", acme);
            assertThat(refused.parameter("error")).hasValue("access_denied");
            assertThat(refused.parameter("error_description"))
                    .hasValue("user " + user + " is not part of the " + acme + " organization");
            operator().call("POST", members, "{\"members\":[\"%s\"]}".formatted(user));
            var token = idToken(ask(browser, "organization", acme, "prompt", "none"));
            assertThat(token.path("org_id").asString("")).isEqualTo(acme);
            assertThat(token.has("org_name")).isFalse();
            withTenant(
                    "{\"allow_organization_name_in_authentication_api\":true}",
                    "{\"allow_organization_name_in_authentication_api\":false}",
                    () -> isInAcme(idToken(ask(browser, "organization", "acme")), acme));
            assertThat(idToken(ask(browser)).has("org_id")).isFalse();
        } finally {
            operator().patchClient(World.SHOP, "{\"organization_usage\":\"deny\"}");
            operator().call("DELETE", "organizations/" + acme, "");
        }
    }

    private static void isInAcme(JsonNode token, String id) {
        assertThat(token.path("org_id").asString("")).isEqualTo(id);
        assertThat(token.path("org_name").asString("")).isEqualTo("acme");
    }

    /// §11: "login limited to the org's enabled connections".
    @Test
    void anOrganizationWithoutAConnectionSignsNobodyIn() {
        var created = operator().call("POST", "organizations", "{\"name\":\"nowhere\"}");
        operator().patchClient(World.SHOP, "{\"organization_usage\":\"allow\"}");
        try {
            for (var request :
                    new String[][] {
                        {"organization", created.text("id")},
                        {"organization", created.text("id"), "connection", USERS}
                    }) {
                var browser = browser();
                var page = signIn(browser, ask(browser, request), World.ADA, world().password());
                assertThat(page.parameter("code")).isEmpty();
                assertThat(page.status()).isEqualTo(403);
                assertThat(isSignedIn(browser)).isFalse();
            }
        } finally {
            operator().patchClient(World.SHOP, "{\"organization_usage\":\"deny\"}");
            operator().call("DELETE", "organizations/" + created.text("id"), "");
        }
    }
}
