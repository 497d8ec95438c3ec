package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.story.World;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;

/// RFC 9207: who answers says so, in every authorization response, so that no client takes one
/// server's answer for another's.
class Rfc9207Story extends CodeFlowScene {
    private static final String OTHER_NAME = "login.example";
    private static final JsonMapper JSON = new JsonMapper();

    Rfc9207Story() {
        super(Map.of("custom-domains", OTHER_NAME));
    }

    private String issuer() {
        return world().issuer().toString();
    }

    /// Asks by the tenant's other name.
    private Peer otherName() {
        var port = world().issuer().getPort();
        var here = InetAddress.ofLiteral(HERE);
        return new Peer(here, new InetSocketAddress(here, port), OTHER_NAME + ":" + port);
    }

    private JsonNode metadata(Peer peer) {
        var reply = peer.get("/.well-known/openid-configuration", List.of());
        assertThat(reply.status()).isEqualTo(200);
        return JSON.readTree(reply.body());
    }

    private Map<String, String> answer(Peer peer, String... pairs) {
        var reply = peer.get("/authorize?" + Wire.form(request(pairs)), List.of());
        assertThat(reply.status()).as(reply.body()).isEqualTo(302);
        return Wire.parameters(URI.create(reply.location().orElseThrow()).getRawQuery());
    }

    // §2 Response parameter iss

    /// "Authorization servers [...] MUST indicate their identity by including the iss parameter in
    /// the response", in whatever mode it travels.
    @ParameterizedTest
    @ValueSource(strings = {"query", "fragment"})
    void section2_aSuccessSaysWhoAnswers(String mode) {
        var page = ask(signedIn(browser()), "response_mode", mode);
        assertThat(page.parameter("code")).isPresent();
        assertThat(page.parameter("iss")).hasValue(issuer());
    }

    @Test
    void section2_soDoesAPage() {
        var browser = signedIn(browser());
        var form = ask(browser, "response_mode", "form_post").form();
        assertThat(form.fields()).containsEntry("iss", issuer()).containsKey("code");
        assertThat(ask(browser, "response_mode", "web_message").body()).contains(issuer());
        var refused = ask(browser(), "response_mode", "form_post", "prompt", "none").form();
        assertThat(refused.fields()).containsEntry("iss", issuer()).containsKey("error");
    }

    /// "In authorization responses [...], including error responses."
    @ParameterizedTest
    @CsvSource({
        "prompt, none, login_required",
        "prompt, nonsense, invalid_request",
        "response_type, '', invalid_request",
        "response_type, token, unsupported_response_type",
        "response_mode, nonsense, invalid_request",
        "audience, https://unknown.example, access_denied",
        "request, x, request_not_supported"
    })
    void section2_anErrorSaysItToo(String name, String value, String error) {
        for (var page : List.of(ask(browser(), name, value), post(browser(), name, value))) {
            isRefused(page, error);
            assertThat(page.parameter("iss")).hasValue(issuer());
        }
    }

    /// Whoever signs in first is answered later, by the same server.
    @Test
    void section2_soDoesTheAnswerAfterASignIn() {
        var browser = browser();
        var page = signIn(browser, ask(browser), World.ADA, world().password());
        assertThat(page.parameter("iss")).hasValue(issuer());
    }

    /// §2.4: it is compared byte for byte with the `issuer` of the metadata, and the ID token's.
    @Test
    void section2_4_itIsTheIssuerOfTheMetadataAndOfTheIdToken() {
        var uri = world().issuer().resolve(".well-known/openid-configuration");
        var metadata = world().wire(HERE).get(uri);
        var page = ask(signedIn(browser()));
        assertThat(page.parameter("iss")).hasValue(metadata.text("issuer"));
        assertThat(idToken(page).path("iss").asString()).isEqualTo(metadata.text("issuer"));
    }

    /// Under another name of the tenant it is that name, in the metadata and in every answer.
    @Test
    void section2_4_itFollowsTheNameThatWasAskedBy() {
        var peer = otherName();
        var issuer = metadata(peer).path("issuer").asString();
        assertThat(issuer).isEqualTo("http://" + peer.host() + "/").isNotEqualTo(issuer());
        assertThat(answer(peer, "prompt", "none"))
                .containsEntry("error", "login_required")
                .containsEntry("iss", issuer);
        assertThat(answer(peer, "prompt", "nonsense"))
                .containsEntry("error", "invalid_request")
                .containsEntry("iss", issuer);
        assertThat(answer(peer, "session_transfer_token", transfer()))
                .containsKey("code")
                .containsEntry("iss", issuer);
    }

    // §3 Authorization server metadata

    /// "If true, the authorization server MUST" send it.
    @Test
    void section3_itIsAdvertised() {
        var name = "authorization_response_iss_parameter_supported";
        assertThat(metadata(otherName()).path(name).asBoolean(false)).isTrue();
    }
}
