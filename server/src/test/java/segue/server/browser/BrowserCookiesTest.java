package segue.server.browser;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.domain.secret.Secret;
import segue.server.http.Header;
import segue.server.http.Request;
import segue.server.http.Response;

import java.util.List;
import java.util.Optional;

/// The cookies of the hand-off page (contract native-to-web §4).
class BrowserCookiesTest {
    private static final String TOKEN = "__Host-session_transfer_token";
    private static final String VERIFIER = "__Host-session_transfer_verifier";
    private static final String A = "a".repeat(43);
    private static final String B = "b".repeat(128);

    private final BrowserCookies cookies = new BrowserCookies(true, "None");

    private static Request sends(String cookie) {
        return Request.get("/authorize").withHeader("Cookie", cookie);
    }

    private static List<String> set(Response response) {
        return response.headers().stream()
                .filter(it -> it.name().equals("Set-Cookie"))
                .map(Header::value)
                .toList();
    }

    @Test
    void aHandOffIsForThisHostForAMinuteAndOutOfReachOfScripts() {
        var response =
                cookies.withTransfer(
                        Response.of(303), new Secret("stt"), Optional.of(new Secret(A)));
        var attributes = "; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax";
        assertThat(set(response))
                .containsExactly(TOKEN + "=stt" + attributes, VERIFIER + "=" + A + attributes);
    }

    @Test
    void overPlainHttpTheNamesLoseTheirPrefix() {
        var response =
                new BrowserCookies(false, "Lax")
                        .withTransfer(
                                Response.of(303), new Secret("stt"), Optional.of(new Secret(A)));
        var attributes = "; Path=/; Max-Age=60; HttpOnly; SameSite=Lax";
        assertThat(set(response))
                .containsExactly(
                        "session_transfer_token=stt" + attributes,
                        "session_transfer_verifier=" + A + attributes);
    }

    @Test
    void theVerifierOfAnEarlierHandOffGoes() {
        var response = cookies.withTransfer(Response.of(303), new Secret("stt"), Optional.empty());
        assertThat(set(response))
                .element(1)
                .asString()
                .startsWith(VERIFIER + "=; Path=/; Max-Age=0");
    }

    @ParameterizedTest
    @CsvSource({
        "a43, a43",
        "b128, b128",
        "a43 a43, a43",
        "a43 b128, ",
        "a43 short, ",
        "short, ",
        "b129, ",
        "a42!, "
    })
    void aVerifierIsBelievedIfItIsTheOnlyOne(String sent, @Nullable String believed) {
        var pairs =
                List.of(sent.split(" ", -1)).stream().map(it -> VERIFIER + "=" + text(it)).toList();
        assertThat(cookies.verifier(sends(String.join("; ", pairs))).map(Secret::reveal))
                .isEqualTo(Optional.ofNullable(believed).map(BrowserCookiesTest::text));
    }

    private static String text(String name) {
        return switch (name) {
            case "a43" -> A;
            case "b128" -> B;
            case "b129" -> B + "b";
            case "a42!" -> "a".repeat(42) + "!";
            default -> "short";
        };
    }

    @Test
    void onlyOurOwnCookieIsAHandOff() {
        assertThat(cookies.isHandedOff(sends(TOKEN + "=x"))).isTrue();
        assertThat(cookies.isHandedOff(sends("auth0_session_transfer_token=x"))).isFalse();
        assertThat(cookies.isHandedOff(sends("session_transfer_token=x"))).isFalse();
        assertThat(cookies.transfers(sends("session_transfer_token=x"))).isEmpty();
    }

    @Test
    void whatWasHandedOffIsDeletedWithItsVerifier() {
        var request = sends(TOKEN + "=x; " + VERIFIER + "=y");
        var attributes = "=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax";
        assertThat(set(cookies.withoutTransfer(Response.of(200), request)))
                .containsExactly(TOKEN + attributes, VERIFIER + attributes);
        assertThat(set(cookies.withoutTransfer(Response.of(200), sends("a=b")))).isEmpty();
    }
}
