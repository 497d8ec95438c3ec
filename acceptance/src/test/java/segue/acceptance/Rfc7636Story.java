package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import java.util.List;
import java.util.Map;

/// RFC 7636, proof key for code exchange, section by section. Only S256 is known: `plain` and its
/// being the default are left out by contract authentication-api §3.1 (THREATS R15.1).
class Rfc7636Story extends CodeFlowScene {
    Rfc7636Story() {
        super(Map.of());
    }

    private Page challenged(String challenge) {
        return ask(
                signedIn(browser()), "code_challenge", challenge, "code_challenge_method", "S256");
    }

    private void isRefusedFor(Page page, String description) {
        isRefused(page, "invalid_request");
        assertThat(page.parameter("error_description")).hasValue(description);
    }

    /// The app's request, which is a public client's.
    private Page asApp(String... pairs) {
        var app = world().app();
        var fields =
                with(
                        request(
                                "client_id",
                                World.APP,
                                "redirect_uri",
                                app.redirectUri().toString()),
                        pairs);
        return signedIn(browser()).openUntilAway(Wire.with(authorizationEndpoint(), fields));
    }

    // §4.1 Client creates a code verifier

    /// "A minimum length of 43 characters and a maximum length of 128", of unreserved characters.
    @Test
    void section4_1_aVerifierHasItsLengthAndItsCharacters() {
        var alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
        for (var verifier : List.of("a".repeat(43), "z".repeat(128), alphabet)) {
            var code = code(challenged(new Pkce(verifier).challenge()));
            assertThat(exchange(code, "code_verifier", verifier).status()).isEqualTo(200);
        }
        for (var verifier : List.of("a".repeat(42), "a".repeat(129), "a".repeat(43) + "+")) {
            var code = code(challenged(new Pkce(verifier).challenge()));
            says(exchange(code, "code_verifier", verifier), 403, "invalid_grant");
        }
    }

    // §4.2 Client creates the code challenge

    /// Appendix B, byte for byte: BASE64URL-ENCODE(SHA256(ASCII(code_verifier))), unpadded.
    @Test
    void section4_2_theExampleOfAppendixB() {
        var code = code(challenged("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        var verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assertThat(exchange(code, "code_verifier", verifier).status()).isEqualTo(200);
    }

    // §4.3 Client sends the code challenge

    /// "Defaults to plain if not present": which we don't have, so that the method is to be named.
    @Test
    void section4_3_withoutAMethodItIsPlainAndRefused() {
        var challenge = Pkce.fresh().challenge();
        isRefusedFor(
                ask(signedIn(browser()), "code_challenge", challenge),
                "code_challenge_method must be S256");
    }

    /// A challenge is 32 bytes in base64url.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "short",
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=",
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMA"
            })
    void section4_3_aChallengeIsWellFormed(String challenge) {
        isRefusedFor(challenged(challenge), "code_challenge is malformed");
    }

    /// A method without a challenge is a request that lost it on the way.
    @Test
    void section4_3_aMethodHasAChallenge() {
        isRefusedFor(
                ask(signedIn(browser()), "code_challenge_method", "S256"),
                "Missing required parameter: code_challenge");
    }

    // §4.4.1 Error response

    /// "If the server requires PKCE [...] and the client does not send the code_challenge, the
    /// authorization endpoint MUST return invalid_request": of public clients it does.
    @Test
    void section4_4_1_aPublicClientSendsAChallenge() {
        isRefusedFor(asApp(), "Missing required parameter: code_challenge");
        var challenge = Pkce.fresh().challenge();
        assertThat(
                        asApp("code_challenge", challenge, "code_challenge_method", "S256")
                                .parameter("code"))
                .isPresent();
    }

    /// "If the server supporting PKCE does not support the requested transformation, (it) MUST
    /// return invalid_request."
    @ParameterizedTest
    @ValueSource(strings = {"plain", "s256", "S512", "none"})
    void section4_4_1_anotherTransformationIsRefused(String method) {
        var challenge = Pkce.fresh().challenge();
        isRefusedFor(
                ask(
                        signedIn(browser()),
                        "code_challenge",
                        challenge,
                        "code_challenge_method",
                        method),
                "code_challenge_method must be S256");
        isRefusedFor(
                asApp("code_challenge", challenge, "code_challenge_method", method),
                "code_challenge_method must be S256");
    }

    // §4.6 Server verifies code_verifier before returning the tokens

    /// "If the values are not equal, an error response indicating invalid_grant MUST be returned";
    /// contract authentication-api §9 gives it 403.
    @Test
    void section4_6_anotherVerifierIsRefusedAndTheCodeBurnt() {
        var pkce = Pkce.fresh();
        for (var wrong : List.of(Pkce.fresh().verifier(), pkce.challenge(), "")) {
            var code = code(challenged(pkce.challenge()));
            var refused = exchange(code, "code_verifier", wrong);
            says(refused, 403, "invalid_grant");
            assertThat(refused.text("error_description"))
                    .isEqualTo("Failed to verify code verifier");
            says(exchange(code, "code_verifier", pkce.verifier()), 403, "invalid_grant");
        }
    }

    /// RFC 9700 §2.1.1: a verifier where no challenge was is a downgrade.
    @Test
    void section4_6_aVerifierWithoutAChallengeIsRefused() {
        var code = code(ask(signedIn(browser())));
        says(exchange(code, "code_verifier", Pkce.fresh().verifier()), 403, "invalid_grant");
    }

    /// §4.4: the challenge is bound to its code, and to no other of the same browser.
    @Test
    void section4_4_aChallengeIsItsCodes() {
        var one = Pkce.fresh();
        var two = Pkce.fresh();
        var first = code(challenged(one.challenge()));
        var second = code(challenged(two.challenge()));
        says(exchange(first, "code_verifier", two.verifier()), 403, "invalid_grant");
        assertThat(exchange(second, "code_verifier", two.verifier()).status()).isEqualTo(200);
    }
}
