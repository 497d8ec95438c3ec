package segue.server.page;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;

import segue.server.http.Response;
import segue.server.oauth.WebOrigin;

import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Renders the pages.
public final class Pages {
    private static final JsonMapper JSON = new JsonMapper();

    private final TemplateEngine engine =
            TemplateEngine.createPrecompiled(
                    null, ContentType.Html, Pages.class.getClassLoader(), GENERATED);
    private final Supplier<String> nonces;

    private static final String GENERATED = "segue.server.page.generated";

    /// @param nonces unguessable values, one for each page
    public Pages(Supplier<String> nonces) {
        this.nonces = nonces;
        engine.setTrimControlStructures(true);
    }

    /// The sign-in page.
    ///
    /// @param onward where the browser goes after a success
    public Response login(int status, LoginView view, Onward onward) {
        return page(status, "login.jte", Map.of("view", view), selfAnd(onward), "'none'");
    }

    /// The sign-up page.
    ///
    /// @param onward as for the sign-in page
    public Response signUp(int status, SignUpView view, Onward onward) {
        return page(status, "signup.jte", Map.of("view", view), selfAnd(onward), "'none'");
    }

    /// The question whether the user of a transfer is meant (THREATS decision 6).
    ///
    /// @param onward as for the sign-in page
    public Response confirm(ConfirmView view, Onward onward) {
        return page(200, "confirm.jte", Map.of("view", view), selfAnd(onward), "'none'");
    }

    /// The question whether a client may have what it asks for.
    ///
    /// @param onward as for the sign-in page
    public Response consent(ConsentView view, Onward onward) {
        return page(200, "consent.jte", Map.of("view", view), selfAnd(onward), "'none'");
    }

    /// Asks for the code of a device (RFC 8628 §3.3).
    public Response userCode(int status, UserCodeView view) {
        return page(status, "usercode.jte", Map.of("view", view), "'self'", "'none'");
    }

    /// The question whether a device is the user's.
    ///
    /// @param onward as for the sign-in page
    public Response device(DeviceView view, Onward onward) {
        return page(200, "device.jte", Map.of("view", view), selfAnd(onward), "'none'");
    }

    private static String selfAnd(Onward onward) {
        return ("'self' " + onward.sources()).strip();
    }

    /// A message of ours, where there is nowhere safe to send the browser.
    public Response message(int status, String title, String text, Optional<String> requestId) {
        var values =
                Map.<String, Object>of("title", title, "text", text, "id", requestId.orElse(""));
        return page(status, "message.jte", values, "'none'", "'none'");
    }

    /// The question before `/oidc/logout` ends a session.
    public Response confirmLogout(String csrf, String parameters, Onward onward) {
        var values = Map.<String, Object>of("csrf", csrf, "parameters", parameters);
        return page(200, "logout.jte", values, selfAnd(onward), "'none'");
    }

    /// `response_mode=form_post`: a form that submits itself.
    ///
    /// @param origins of the client's pages, where its callback may send the browser on
    public Response formPost(String action, Set<String> origins, Map<String, String> fields) {
        var values =
                Map.<String, Object>of("action", action, "fields", new LinkedHashMap<>(fields));
        var onward = new Onward(Optional.of(action), origins);
        return page(200, "formpost.jte", values, onward.sources(), "'none'");
    }

    /// `response_mode=web_message`: a script that posts the answer to the window that asked
    /// (contract authentication-api §3.2). The page may be framed by that origin only.
    public Response webMessage(Map<String, String> answer, String origin) {
        var values =
                Map.<String, Object>of(
                        "message", JSON.writeValueAsString(answer), "origin", origin);
        return page(200, "webmessage.jte", values, "'none'", origin);
    }

    /// The page that an app opens to hand its sign-in over.
    public Response handOff(HandOffView view) {
        return handOffPage(200, "handoff.jte", Map.of("view", view));
    }

    /// The same page where there is nowhere to go: it, too, takes the token out of its URL.
    public Response noHandOff(String text) {
        return handOffPage(400, "nohandoff.jte", Map.of("text", text));
    }

    private Response handOffPage(int status, String template, Map<String, Object> values) {
        var all = new HashMap<>(values);
        all.put("script", HandOffScript.SCRIPT);
        all.put("style", HandOffScript.STYLE);
        return Response.html(status, rendered(template, all))
                .withHeader("Content-Security-Policy", HandOffScript.POLICY)
                .withHeader("X-Frame-Options", "DENY");
    }

    private String rendered(String template, Map<String, Object> values) {
        var output = new StringOutput();
        engine.render(template, values, output);
        return output.toString();
    }

    private Response page(
            int status,
            String template,
            Map<String, Object> values,
            String formAction,
            String ancestors) {
        var nonce = nonces.get();
        var all = new HashMap<>(values);
        all.put("nonce", nonce);
        var policy =
                "default-src 'none'; style-src 'nonce-"
                        + nonce
                        + "'; script-src 'nonce-"
                        + nonce
                        + "' 'strict-dynamic'; object-src 'none'; base-uri 'none';"
                        + " require-trusted-types-for 'script'; form-action "
                        + formAction
                        + "; frame-ancestors "
                        + ancestors;
        var response =
                Response.html(status, rendered(template, all))
                        .withHeader("Content-Security-Policy", policy);
        return ancestors.equals("'none'")
                ? response.withHeader("X-Frame-Options", "DENY")
                : response;
    }

    /// The origin of an http URI, the scheme of any other: what a content security policy can name.
    public static String origin(String uri) {
        return WebOrigin.of(uri)
                .map(WebOrigin::value)
                .orElseGet(() -> URI.create(uri).getScheme() + ":");
    }
}
