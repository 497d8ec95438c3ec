package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Form;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;

/// A scene with requests of the shop that can be varied field by field: what the stories about
/// single specifications say.
abstract class CodeFlowScene extends BrowserScene {
    CodeFlowScene(Map<String, String> settings) {
        super(settings);
    }

    /// The fields with others in their place; an empty one is left out.
    static Map<String, String> with(Map<String, String> fields, String... pairs) {
        var all = new LinkedHashMap<>(fields);
        for (var i = 0; i < pairs.length; i += 2)
            if (pairs[i + 1].isEmpty()) all.remove(pairs[i]);
            else all.put(pairs[i], pairs[i + 1]);
        return all;
    }

    URI authorizationEndpoint() {
        return world().issuer().resolve("authorize");
    }

    URI tokenEndpoint() {
        return world().issuer().resolve("oauth/token");
    }

    URI userinfoEndpoint() {
        return world().issuer().resolve("userinfo");
    }

    /// The shop's authorization request.
    Map<String, String> request(String... pairs) {
        return with(Wire.parameters(authorize(Map.of()).getRawQuery()), pairs);
    }

    Page ask(BrowserJar browser, String... pairs) {
        return browser.openUntilAway(Wire.with(authorizationEndpoint(), request(pairs)));
    }

    /// The same by POST, from a page of ours.
    Page post(BrowserJar browser, String... pairs) {
        var form = new Form(world().issuer(), authorizationEndpoint(), true, request(pairs));
        return browser.submitUntil(form, BrowserJar.isAwayFrom(world().issuer()));
    }

    static String code(Page page) {
        return page.parameter("code").orElseThrow();
    }

    Answer token(Map<String, String> fields) {
        return world().wire(HERE).postForm(tokenEndpoint(), fields, Map.of());
    }

    /// The shop's token request.
    Map<String, String> exchangeOf(String code, String... pairs) {
        return with(
                Map.of(
                        "grant_type",
                        "authorization_code",
                        "client_id",
                        World.SHOP,
                        "client_secret",
                        world().shopSecret(),
                        "code",
                        code,
                        "redirect_uri",
                        callback()),
                pairs);
    }

    Answer exchange(String code, String... pairs) {
        return token(exchangeOf(code, pairs));
    }

    /// The shop's refresh request.
    Answer refresh(Answer tokens, String... pairs) {
        return token(
                with(
                        Map.of(
                                "grant_type",
                                "refresh_token",
                                "client_id",
                                World.SHOP,
                                "client_secret",
                                world().shopSecret(),
                                "refresh_token",
                                tokens.text("refresh_token")),
                        pairs));
    }

    int userinfo(Answer tokens) {
        return world().wire(HERE).get(userinfoEndpoint(), tokens.text("access_token")).status();
    }

    static void says(Answer answer, int status, String error) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(status);
        assertThat(answer.text("error")).isEqualTo(error);
    }

    /// The client hears of an error, with what it sent as `state`.
    static void isRefused(Page page, String error) {
        assertThat(page.parameter("error")).hasValue(error);
        assertThat(page.parameter("state")).hasValue("s1");
        assertThat(page.parameter("code")).isEmpty();
    }

    /// The client hears of nothing.
    static void isOnOurPage(Page page) {
        assertThat(page.status()).isEqualTo(403);
        assertThat(page.location()).isEmpty();
    }
}
