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
    /// @param target where the browser goes after a success: Chromium checks `form-action` along
    ///   redirects too
    public Response login(int status, LoginView view, Optional<String> target) {
        return page(status, "login.jte", Map.of("view", view), selfAnd(target), "'none'");
    }

    /// The question whether the user of a transfer is meant (THREATS decision 6).
    ///
    /// @param target as for the sign-in page
    public Response confirm(ConfirmView view, Optional<String> target) {
        return page(200, "confirm.jte", Map.of("view", view), selfAnd(target), "'none'");
    }

    private static String selfAnd(Optional<String> target) {
        return "'self'" + target.map(uri -> " " + origin(uri)).orElse("");
    }

    /// A message of ours, where there is nowhere safe to send the browser.
    public Response message(int status, String title, String text, Optional<String> requestId) {
        var values =
                Map.<String, Object>of("title", title, "text", text, "id", requestId.orElse(""));
        return page(status, "message.jte", values, "'none'", "'none'");
    }

    /// The question before `/oidc/logout` ends a session.
    public Response confirmLogout(String csrf, String parameters, Optional<String> target) {
        var values = Map.<String, Object>of("csrf", csrf, "parameters", parameters);
        return page(200, "logout.jte", values, selfAnd(target), "'none'");
    }

    /// `response_mode=form_post`: a form that submits itself.
    public Response formPost(String action, Map<String, String> fields) {
        var values =
                Map.<String, Object>of("action", action, "fields", new LinkedHashMap<>(fields));
        return page(200, "formpost.jte", values, origin(action), "'none'");
    }

    /// `response_mode=web_message`: a script that posts the answer to the window that asked
    /// (contract authentication-api §3.2). The page may be framed by that origin only.
    public Response webMessage(Map<String, String> answer, String origin) {
        var values =
                Map.<String, Object>of(
                        "message", JSON.writeValueAsString(answer), "origin", origin);
        return page(200, "webmessage.jte", values, "'none'", origin);
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
        var output = new StringOutput();
        engine.render(template, all, output);
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
                Response.html(status, output.toString())
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
