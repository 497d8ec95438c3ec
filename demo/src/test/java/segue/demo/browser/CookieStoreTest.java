package segue.demo.browser;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// RFC 6265bis, as far as this browser goes.
class CookieStoreTest {
    private static final URI HERE = URI.create("https://id.example.org/u/login");

    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-03-02T09:00:00Z"));
    private final CookieStore cookies = new CookieStore(now::get);

    private String sentTo(String url) {
        return cookies.header(Request.typed(URI.create(url))).orElse("");
    }

    private String sentFrom(String initiator, String url, boolean isPost) {
        Optional<Map<String, String>> form = isPost ? Optional.of(Map.of()) : Optional.empty();
        var request = new Request(URI.create(url), form, Optional.of(URI.create(initiator)));
        return cookies.header(request).orElse("");
    }

    @Test
    void aCookieGoesBackToTheHostItCameFromAndNoOther() {
        cookies.keep(HERE, "a=1; Path=/");
        assertThat(sentTo("https://id.example.org/anything")).isEqualTo("a=1");
        assertThat(sentTo("https://www.example.org/")).isEmpty();
        assertThat(sentTo("https://deep.id.example.org/")).isEmpty();
    }

    @Test
    void portsDoNotSeparateCookies() {
        cookies.keep(URI.create("http://localhost:1/"), "a=1");
        assertThat(sentTo("http://localhost:2/")).isEqualTo("a=1");
    }

    @Test
    void aDomainSharesACookieWithTheHostsBelowIt() {
        cookies.keep(HERE, "a=1; Path=/; Domain=.Example.org");
        assertThat(sentTo("https://www.example.org/")).isEqualTo("a=1");
        assertThat(sentTo("https://notexample.org/")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"other.org", "org", "www.example.org", "deep.id.example.org"})
    void nobodySetsACookieForAForeignDomain(String domain) {
        cookies.keep(HERE, "a=1; Path=/; Domain=" + domain);
        assertThat(sentTo("https://" + domain + "/")).isEmpty();
        assertThat(sentTo(HERE.toString())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "/u, /u, true",
        "/u, /u/login, true",
        "/u, /users, false",
        "/u/, /u/login, true",
        "/u/, /u, false",
        "'', /u/other, true",
        "'', /elsewhere, false",
        "relative, /u/other, true"
    })
    void aPathCoversWhatIsBelowIt(String path, String requested, boolean isSent) {
        cookies.keep(HERE, "a=1" + (path.isEmpty() ? "" : "; Path=" + path));
        assertThat(sentTo("https://id.example.org" + requested)).isEqualTo(isSent ? "a=1" : "");
    }

    @Test
    void aSecureCookieNeverTravelsInTheClear() {
        cookies.keep(HERE, "a=1; Path=/; Secure");
        assertThat(sentTo("https://id.example.org/")).isEqualTo("a=1");
        assertThat(sentTo("http://id.example.org/")).isEmpty();
    }

    @Test
    void nobodySetsASecureCookieInTheClear() {
        cookies.keep(URI.create("http://id.example.org/"), "a=1; Path=/; Secure");
        assertThat(sentTo("https://id.example.org/")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost:8080/",
                "http://127.0.0.1/",
                "http://127.0.0.2/",
                "http://[::1]/",
                "http://shop.localhost/"
            })
    void loopbackIsAsGoodAsTls(String url) {
        cookies.keep(URI.create(url), "a=1; Path=/; Secure; SameSite=None");
        assertThat(sentTo(url)).isEqualTo("a=1");
    }

    @ParameterizedTest
    @CsvSource({
        "__Host-a=1; Path=/; Secure, true",
        "__Host-a=1; Path=/, false",
        "__Host-a=1; Secure, false",
        "__Host-a=1; Path=/u; Secure, false",
        "__Host-a=1; Path=/; Secure; Domain=id.example.org, false",
        "__host-a=1; Path=/; Secure; Domain=example.org, false",
        "__Secure-a=1; Path=/; Secure; Domain=example.org, true",
        "__Secure-a=1; Path=/, false"
    })
    void aPrefixPromisesHowTheCookieWasSet(String field, boolean isKept) {
        cookies.keep(HERE, field);
        assertThat(sentTo(HERE.toString()).isEmpty()).isEqualTo(!isKept);
    }

    @Test
    void aCookieWithoutSameSiteIsLax() {
        cookies.keep(HERE, "a=1; Path=/");
        assertThat(sentFrom("https://evil.org/", HERE.toString(), false)).isEqualTo("a=1");
        assertThat(sentFrom("https://evil.org/", HERE.toString(), true)).isEmpty();
        assertThat(sentFrom("https://www.example.org/", HERE.toString(), true)).isEqualTo("a=1");
    }

    @Test
    void aStrictCookieStaysWhenAnotherSiteAsks() {
        cookies.keep(HERE, "a=1; Path=/; SameSite=Strict");
        assertThat(sentFrom("https://evil.org/", HERE.toString(), false)).isEmpty();
        assertThat(sentFrom("http://id.example.org/", HERE.toString(), false))
                .as("another scheme is another site")
                .isEmpty();
        assertThat(sentTo(HERE.toString())).isEqualTo("a=1");
    }

    @Test
    void aCookieForAllSitesMustBeSecure() {
        cookies.keep(HERE, "a=1; Path=/; SameSite=None");
        cookies.keep(HERE, "b=1; Path=/; SameSite=None; Secure");
        assertThat(sentFrom("https://evil.org/", HERE.toString(), true)).isEqualTo("b=1");
    }

    @Test
    void aCookieLivesAsLongAsItsMaxAge() {
        cookies.keep(HERE, "a=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        assertThat(sentTo(HERE.toString())).isEqualTo("a=1");
        now.updateAndGet(it -> it.plus(Duration.ofSeconds(59)));
        assertThat(sentTo(HERE.toString())).isEqualTo("a=1");
        now.updateAndGet(it -> it.plus(Duration.ofSeconds(1)));
        assertThat(sentTo(HERE.toString())).isEmpty();
    }

    @Test
    void aCookieExpiresAtItsDate() {
        cookies.keep(HERE, "a=1; Path=/; Expires=Mon, 02 Mar 2026 09:00:01 GMT");
        cookies.keep(HERE, "b=1; Path=/; Expires=some day");
        assertThat(sentTo(HERE.toString())).isEqualTo("a=1; b=1");
        now.updateAndGet(it -> it.plus(Duration.ofSeconds(1)));
        assertThat(sentTo(HERE.toString())).isEqualTo("b=1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Max-Age=0", "Max-Age=-1", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"})
    void aCookieThatHasExpiredIsDeleted(String attribute) {
        cookies.keep(HERE, "a=1; Path=/");
        cookies.keep(HERE, "a=; Path=/; " + attribute);
        assertThat(sentTo(HERE.toString())).isEmpty();
    }

    @Test
    void aCookieIsDeletedOnlyByItsOwnNameHostAndPath() {
        cookies.keep(HERE, "a=1; Path=/");
        cookies.keep(HERE, "a=; Path=/u; Max-Age=0");
        cookies.keep(HERE, "a=; Path=/; Domain=example.org; Max-Age=0");
        assertThat(sentTo(HERE.toString())).isEqualTo("a=1");
    }

    @Test
    void theLongerPathComesFirst() {
        cookies.keep(HERE, "short=1; Path=/");
        cookies.keep(HERE, "long=1; Path=/u");
        assertThat(sentTo(HERE.toString())).isEqualTo("long=1; short=1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "novalue", "=1", "a=\u0001"})
    void whatIsNoCookieIsDropped(String field) {
        cookies.keep(HERE, field);
        assertThat(sentTo(HERE.toString())).isEmpty();
    }
}
