package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import java.util.Map;

/// RFC 8252, OAuth 2.0 for native apps: §7, the three kinds of redirect URI, and what §8 says of
/// them.
class Rfc8252Story extends CodeFlowScene {
    Rfc8252Story() {
        super(Map.of());
    }

    private Answer register(String type, String callback) {
        return operator()
                .call(
                        "POST",
                        "clients",
                        """
                        {"name":"App","app_type":"%s","token_endpoint_auth_method":"none",
                         "callbacks":["%s"],"grant_types":["authorization_code"]}
                        """
                                .formatted(type, callback));
    }

    private String app(String type, String callback) {
        var answer = register(type, callback);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return answer.text("client_id");
    }

    private Page askFor(BrowserJar browser, String client, String redirectUri, String... more) {
        var fields = request("client_id", client, "redirect_uri", redirectUri);
        return browser.openUntilAway(Wire.with(authorizationEndpoint(), with(fields, more)));
    }

    /// Whether an answer goes there, even if it's only that nobody is signed in.
    private boolean isAnswered(String client, String redirectUri) {
        var pkce = Pkce.fresh();
        var page =
                askFor(
                        browser(),
                        client,
                        redirectUri,
                        "prompt",
                        "none",
                        "code_challenge",
                        pkce.challenge(),
                        "code_challenge_method",
                        "S256");
        if (page.location().isEmpty()) {
            isOnOurPage(page);
            return false;
        }
        assertThat(page.location().orElseThrow().toString())
                .startsWith(
                        redirectUri
                                + (redirectUri.contains("?") ? "&" : "?")
                                + "error=login_required");
        return true;
    }

    // §7.1 Private-use URI scheme redirection

    /// The scheme is "based on a domain name under their control, expressed in reverse order": one
    /// without a period isn't (§8.4).
    @ParameterizedTest
    @ValueSource(strings = {"myapp://callback", "myapp:/callback", "shop:callback"})
    void section7_1_aSchemeHasAPeriod(String callback) {
        assertThat(register("native", callback).status()).isEqualTo(400);
    }

    /// It is compared like any other.
    @ParameterizedTest
    @CsvSource({
        "com.example.app:/oauth2redirect/p, com.example.app:/oauth2redirect/p, true",
        "com.example.app://callback, com.example.app://callback, true",
        "com.example.app:/cb, com.example.app://cb, false",
        "com.example.app:/cb, com.example.app:///cb, false",
        "com.example.app:/cb, com.example.app:/cb/, false",
        "com.example.app:/cb, com.example.APP:/cb, false",
        "com.example.app:/cb, com.example.app.evil:/cb, false",
        "com.example.app://cb, com.example.app://cb:1, false"
    })
    void section7_1_aPrivateUseSchemeIsComparedExactly(
            String registered, String requested, boolean isAccepted) {
        assertThat(isAnswered(app("native", registered), requested)).isEqualTo(isAccepted);
    }

    // §7.2 Claimed https scheme URI redirection

    /// "They are in no way different from [...] those used by web-based clients": exact, port and
    /// all.
    @ParameterizedTest
    @CsvSource({
        "https://app.example/cb, https://app.example/cb, true",
        "https://app.example/cb, https://app.example:443/cb, false",
        "https://app.example/cb, https://app.example:8443/cb, false",
        "https://app.example/cb, https://APP.example/cb, false",
        "https://app.example/cb, http://app.example/cb, false",
        "https://127.0.0.1/cb, https://127.0.0.1:51004/cb, false"
    })
    void section7_2_aClaimedUriIsComparedExactly(
            String registered, String requested, boolean isAccepted) {
        assertThat(isAnswered(app("native", registered), requested)).isEqualTo(isAccepted);
    }

    // §7.3 Loopback interface redirection

    /// "The authorization server MUST allow any port to be specified at the time of the request for
    /// loopback IP redirect URIs", IPv4 and IPv6; of the rest nothing may differ.
    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1/cb, http://127.0.0.1:51004/cb, true",
        "http://127.0.0.1/cb, http://127.0.0.1/cb, true",
        "http://127.0.0.1:80/cb, http://127.0.0.1:65535/cb, true",
        "'http://[::1]/cb', 'http://[::1]:61023/cb', true",
        "'http://[::1]:8080/cb', 'http://[::1]/cb', true",
        "http://127.0.0.1/cb?a=b, http://127.0.0.1:51004/cb?a=b, true",
        "http://127.0.0.1/cb, http://127.0.0.1:51004/other, false",
        "http://127.0.0.1/cb, http://127.0.0.1:51004/cb/, false",
        "http://127.0.0.1/cb, http://127.0.0.1:51004/cb?a=b, false",
        "http://127.0.0.1/cb, http://127.0.0.1:51004/, false",
        "http://127.0.0.1/cb, http://127.0.0.2:51004/cb, false",
        "http://127.0.0.1/cb, http://2130706433:51004/cb, false",
        "http://127.0.0.1/cb, http://127.1:51004/cb, false",
        "http://127.0.0.1/cb, 'http://[::1]:51004/cb', false",
        "'http://[::1]/cb', http://127.0.0.1:51004/cb, false",
        "'http://[::1]/cb', 'http://[0:0:0:0:0:0:0:1]:51004/cb', false",
        "http://127.0.0.1/cb, http://user@127.0.0.1:51004/cb, false",
        "http://127.0.0.1/cb, http://127.0.0.1:51004@evil.example/cb, false",
        "http://127.0.0.1/cb, http://127.0.0.1.evil.example:51004/cb, false",
        "http://127.0.0.1/cb, https://127.0.0.1:51004/cb, false"
    })
    void section7_3_theLoopbackPortMayBeAny(
            String registered, String requested, boolean isAccepted) {
        assertThat(isAnswered(app("native", registered), requested)).isEqualTo(isAccepted);
    }

    /// The token request repeats the URI with the port that it had.
    @Test
    void section7_3_theCodeIsBoundToThePort() {
        var client = app("native", "http://127.0.0.1/cb");
        var browser = signedIn(browser());
        for (var repeated : new String[] {"http://127.0.0.1:51004/cb", "http://127.0.0.1/cb"}) {
            var pkce = Pkce.fresh();
            var page =
                    askFor(
                            browser,
                            client,
                            "http://127.0.0.1:51004/cb",
                            "code_challenge",
                            pkce.challenge(),
                            "code_challenge_method",
                            "S256");
            var answer =
                    exchange(
                            code(page),
                            "client_id",
                            client,
                            "client_secret",
                            "",
                            "redirect_uri",
                            repeated,
                            "code_verifier",
                            pkce.verifier());
            assertThat(answer.status()).isEqualTo(repeated.contains(":51004") ? 200 : 403);
        }
    }

    // §8.1 Protecting the authorization code

    /// "Authorization servers MUST support PKCE", and "SHOULD reject authorization requests from
    /// native apps that don't use PKCE by returning an error message".
    @Test
    void section8_1_anAppWithoutProofKeyIsRefused() {
        var uri = "com.example.pkce:/cb";
        isRefused(askFor(signedIn(browser()), app("native", uri), uri), "invalid_request");
    }

    // §8.3 Loopback redirect considerations

    /// "The use of localhost is NOT RECOMMENDED": it is registered, but its port is what it is.
    @ParameterizedTest
    @CsvSource({
        "http://localhost:8080/cb, http://localhost:8080/cb, true",
        "http://localhost/cb, http://localhost:8080/cb, false",
        "http://localhost:1/cb, http://localhost:2/cb, false",
        "http://localhost/cb, http://127.0.0.1:8080/cb, false",
        "http://127.0.0.1/cb, http://localhost:8080/cb, false"
    })
    void section8_3_localhostHasNoPortOfItsChoice(
            String registered, String requested, boolean isAccepted) {
        assertThat(isAnswered(app("native", registered), requested)).isEqualTo(isAccepted);
    }

    // §8.4 Registration of native app clients

    /// "Authorization servers MUST require clients to register their complete redirect URI
    /// (including the path component)"; "except for the port of loopback IP redirects", an exact
    /// match, and that exception is for apps.
    @ParameterizedTest
    @CsvSource({
        "native, http://127.0.0.1/cb, http://127.0.0.1:51004/cb, true",
        "spa, http://127.0.0.1/cb, http://127.0.0.1:51004/cb, false",
        "regular_web, http://127.0.0.1/cb, http://127.0.0.1:51004/cb, false",
        "spa, http://127.0.0.1:3000/cb, http://127.0.0.1:3000/cb, true",
        "native, http://127.0.0.1, http://127.0.0.1:51004, true",
        "native, http://127.0.0.1, http://127.0.0.1:51004/cb, false"
    })
    void section8_4_onlyAnAppMayChooseItsPort(
            String type, String registered, String requested, boolean isAccepted) {
        assertThat(isAnswered(app(type, registered), requested)).isEqualTo(isAccepted);
    }

    /// A wildcard is no complete URI.
    @ParameterizedTest
    @ValueSource(
            strings = {"https://*.example.org/cb", "http://127.0.0.1:*/cb", "*", "com.example.*"})
    void section8_4_noWildcardIsRegistered(String callback) {
        assertThat(register("native", callback).status()).isEqualTo(400);
    }
}
