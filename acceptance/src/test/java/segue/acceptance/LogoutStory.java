package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.net.URI;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Contract authentication-api §6.1 and §6.2, THREATS R17.1 and R24.3.
class LogoutStory extends BrowserScene {
    LogoutStory() {
        super(Map.of());
    }

    @BeforeAll
    void allow() {
        operator()
                .patchClient(
                        World.SHOP,
                        """
                        {"allowed_logout_urls":["https://*.shop.example/bye","https://shop.example/bye?a=1",
                         "org.example.app://id.example/ios/org.example.app/callback"]}
                        """);
    }

    private URI url(String path, Map<String, String> query) {
        return Wire.with(world().issuer().resolve(path), query);
    }

    private Page logOut(BrowserJar browser, String path, Map<String, String> query) {
        return browser.openUntilAway(url(path, query));
    }

    private static Map<String, String> with(String... pairs) {
        var map = new LinkedHashMap<String, String>();
        for (var i = 0; i < pairs.length; i += 2) map.put(pairs[i], pairs[i + 1]);
        return map;
    }

    @ParameterizedTest
    @CsvSource({
        "https://shop.example/bye?a=1",
        "https://de.shop.example/bye",
        "org.example.app://id.example/ios/org.example.app/callback"
    })
    void v2EndsTheSessionAndSendsTheBrowserToAListedPlace(String place) {
        var browser = signedIn(browser());
        var page =
                logOut(
                        browser,
                        "v2/logout",
                        with("client_id", World.SHOP, "returnTo", place, "federated", ""));
        assertThat(page.status()).isEqualTo(302);
        assertThat(page.location().map(URI::toString)).hasValue(place);
        assertThat(isSignedIn(browser)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "https://evil.example/",
        "https://shop.example/bye",
        "https://a.b.shop.example/bye",
        "https://evil.example/.shop.example/bye",
        "https://*.shop.example/bye"
    })
    void anyOtherPlaceIsRefusedAndNothingEnds(String place) {
        var browser = signedIn(browser());
        var v2 = logOut(browser, "v2/logout", with("client_id", World.SHOP, "returnTo", place));
        assertThat(v2.status()).isEqualTo(400);
        assertThat(v2.heading()).isNotEmpty();
        var oidc =
                logOut(
                        browser,
                        "oidc/logout",
                        with("client_id", World.SHOP, "post_logout_redirect_uri", place));
        assertThat(oidc.status()).isEqualTo(400);
        var tenant = logOut(browser, "v2/logout", with("returnTo", "https://shop.example/bye?a=1"));
        assertThat(tenant.status()).isEqualTo(400);
        assertThat(isSignedIn(browser)).isTrue();
    }

    @Test
    void whoNamesNoPlaceIsSentToTheFirstListedOneOrReadsOk() {
        var page = logOut(browser(), "v2/logout", with("client_id", World.SHOP));
        assertThat(page.location().map(URI::toString)).hasValue("https://shop.example/bye?a=1");
        var browser = signedIn(browser());
        var plain = logOut(browser, "v2/logout", Map.of());
        assertThat(plain.status()).isEqualTo(200);
        assertThat(plain.heading()).isEqualTo("OK");
        assertThat(plain.headers().firstValue("Content-Type").orElseThrow()).contains("text/html");
        assertThat(isSignedIn(browser)).isFalse();
        withTenant(
                "{\"allowed_logout_urls\":[\"https://tenant.example/\"]}",
                "{\"allowed_logout_urls\":[]}",
                () ->
                        assertThat(logOut(browser(), "v2/logout", Map.of()).location())
                                .hasValue(URI.create("https://tenant.example/")));
    }

    @ParameterizedTest
    @CsvSource({"Sec-Fetch-Dest, image", "Sec-Fetch-Dest, iframe", "Sec-Purpose, prefetch"})
    void v2ActsOnlyWhenSomebodyGoesThere(String header, String value) {
        var browser = signedIn(browser());
        var embedded = browser.through(world().wire(HERE).with(header, value));
        assertThat(logOut(embedded, "v2/logout", Map.of()).status()).isEqualTo(400);
        assertThat(isSignedIn(browser)).isTrue();
    }

    private String hint(BrowserJar browser) {
        return redeem(browser.openUntilAway(authorize(Map.of()))).text("id_token");
    }

    @Test
    void theHintOfThisSessionEndsItAtOnce() {
        var browser = signedIn(browser());
        var page =
                logOut(
                        browser,
                        "oidc/logout",
                        with(
                                "id_token_hint",
                                hint(browser),
                                "post_logout_redirect_uri",
                                "https://shop.example/bye?a=1",
                                "state",
                                "x y"));
        assertThat(page.status()).isEqualTo(302);
        assertThat(page.location().map(URI::toString))
                .hasValue("https://shop.example/bye?a=1&state=x%20y");
        assertThat(isSignedIn(browser)).isFalse();
    }

    /// Contract authentication-api §6.2: "expired ok".
    @Test
    void theHintMayHaveExpired() throws JOSEException {
        var algorithm = "{\"jwt_configuration\":{\"alg\":\"%s\"}}";
        operator().patchClient(World.SHOP, algorithm.formatted("HS256"));
        try {
            var browser = signedIn(browser());
            var fresh = claims(hint(browser));
            var hourAgo = Date.from(Instant.now().minusSeconds(3_600));
            var expired =
                    new SignedJWT(
                            new JWSHeader.Builder(JWSAlgorithm.HS256)
                                    .type(JOSEObjectType.JWT)
                                    .build(),
                            new JWTClaimsSet.Builder()
                                    .issuer(fresh.path("iss").asString())
                                    .subject(fresh.path("sub").asString())
                                    .audience(World.SHOP)
                                    .claim("sid", fresh.path("sid").asString())
                                    .issueTime(hourAgo)
                                    .expirationTime(hourAgo)
                                    .build());
            expired.sign(new MACSigner(world().shopSecret()));
            var query = with("id_token_hint", expired.serialize(), "ui_locales", "de");
            assertThat(logOut(browser, "oidc/logout", query).heading()).isEqualTo("OK");
            assertThat(isSignedIn(browser)).isFalse();
        } finally {
            operator().patchClient(World.SHOP, algorithm.formatted("RS256"));
        }
    }

    @Test
    void withoutThatHintTheUserIsAsked() {
        var browser = signedIn(browser());
        var foreign = hint(signedIn(browser()));
        var sid = claims(hint(browser)).path("sid").asString();
        for (var query :
                List.of(
                        with(),
                        with("client_id", World.SHOP),
                        with("id_token_hint", foreign),
                        with("id_token_hint", "nonsense"),
                        with("logout_hint", sid),
                        with("id_token_hint", hint(browser), "logout_hint", "other"))) {
            var page = logOut(browser, "oidc/logout", query);
            assertThat(page.heading()).as("%s", query.keySet()).isEqualTo("Sign out?");
            assertThat(page.body()).doesNotContain("eyJ");
            assertThat(isSignedIn(browser)).isTrue();
        }
        var asked =
                logOut(
                        browser,
                        "oidc/logout",
                        with(
                                "id_token_hint",
                                foreign,
                                "post_logout_redirect_uri",
                                "https://shop.example/bye?a=1",
                                "state",
                                "s"));
        var done = browser.submitUntilAway(asked, Map.of());
        assertThat(done.status()).isEqualTo(303);
        assertThat(done.location().map(URI::toString))
                .hasValue("https://shop.example/bye?a=1&state=s");
        assertThat(isSignedIn(browser)).isFalse();
    }

    @Test
    void theAnswerToTheQuestionMustComeFromOurPage() {
        var browser = signedIn(browser());
        var page = logOut(browser, "oidc/logout", Map.of());
        assertThat(browser.submitUntilAway(page, Map.of("csrf", "x")).status()).isEqualTo(400);
        var moved = browser.submitUntilAway(page, Map.of("request", "client_id=" + World.SHOP));
        assertThat(moved.status()).isEqualTo(400);
        var crossSite = browser.through(world().wire(HERE).with("Sec-Fetch-Site", "cross-site"));
        assertThat(crossSite.submitUntilAway(page, Map.of()).status()).isEqualTo(400);
        assertThat(isSignedIn(browser)).isTrue();
        assertThat(browser.submitUntilAway(page, Map.of()).heading()).isEqualTo("OK");
        assertThat(isSignedIn(browser)).isFalse();
    }

    @Test
    void aClientOtherThanTheHintsIsRefused() {
        var browser = signedIn(browser());
        var page =
                logOut(
                        browser,
                        "oidc/logout",
                        with("id_token_hint", hint(browser), "client_id", World.APP));
        assertThat(page.status()).isEqualTo(400);
        assertThat(isSignedIn(browser)).isTrue();
    }

    @Test
    void aTenantMayTurnTheQuestionOffButNotForWhatAPageEmbeds() {
        withTenant(
                "{\"sessions\":{\"oidc_logout_prompt_enabled\":false}}",
                "{\"sessions\":{\"oidc_logout_prompt_enabled\":true}}",
                () -> {
                    var browser = signedIn(browser());
                    var embedded =
                            browser.through(world().wire(HERE).with("Sec-Fetch-Dest", "iframe"));
                    logOut(embedded, "oidc/logout", Map.of());
                    assertThat(isSignedIn(browser)).isTrue();
                    assertThat(logOut(browser, "oidc/logout", Map.of()).heading()).isEqualTo("OK");
                    assertThat(isSignedIn(browser)).isFalse();
                });
    }

    @Test
    void whoHasNoSessionIsSentOn() {
        var query =
                with(
                        "client_id",
                        World.SHOP,
                        "post_logout_redirect_uri",
                        "https://shop.example/bye?a=1");
        var page = logOut(browser(), "oidc/logout", query);
        assertThat(page.location().map(URI::toString)).hasValue("https://shop.example/bye?a=1");
        var posted =
                world().wire(HERE)
                        .postForm(world().issuer().resolve("oidc/logout"), query, Map.of());
        assertThat(posted.status()).isEqualTo(303);
    }

    /// A form of another site is posted without our Lax cookies; the answer would still be allowed
    /// to delete them.
    @Test
    void aRequestWithoutTheCookieDoesNotTakeItAway() {
        var posted =
                world().wire(HERE)
                        .postForm(world().issuer().resolve("oidc/logout"), Map.of(), Map.of());
        assertThat(posted.headers().allValues("Set-Cookie")).isEmpty();
    }
}
