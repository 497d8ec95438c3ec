package segue.server.authorize;

import segue.domain.client.RegisteredRedirectUri;
import segue.domain.secret.SecretHash;
import segue.server.http.Response;
import segue.server.oauth.OAuthError;
import segue.server.page.Pages;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The way back to the client: a registered redirect URI, a mode, the `state` to echo, and our
/// `iss` (RFC 9207).
///
/// @param origins of the client's pages
record ClientChannel(
        RegisteredRedirectUri to,
        ResponseMode mode,
        Optional<String> state,
        String issuer,
        Set<String> origins)
        implements Channel {
    ClientChannel {
        origins = Set.copyOf(origins);
    }

    @Override
    public boolean isPage() {
        return mode.isPage();
    }

    @Override
    public Optional<SecretHash> device() {
        return Optional.empty();
    }

    @Override
    public Response success(Map<String, String> answer, Pages pages) {
        return send(answer, pages);
    }

    @Override
    public Response error(OAuthError error, Pages pages) {
        var answer = new LinkedHashMap<String, String>();
        answer.put("error", error.error());
        answer.put("error_description", error.description());
        return send(answer, pages);
    }

    private Response send(Map<String, String> said, Pages pages) {
        var answer = new LinkedHashMap<>(said);
        state.ifPresent(value -> answer.put("state", value));
        answer.put("iss", issuer);
        return switch (mode) {
            case QUERY ->
                    Response.redirect(
                            302,
                            to.value() + (to.value().contains("?") ? "&" : "?") + form(answer));
            case FRAGMENT -> Response.redirect(302, to.value() + "#" + form(answer));
            case FORM_POST -> pages.formPost(to.value(), origins, answer);
            case WEB_MESSAGE -> pages.webMessage(answer, Pages.origin(to.value()));
        };
    }

    private static String form(Map<String, String> answer) {
        return answer.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + encode(entry.getValue()))
                .collect(Collectors.joining("&"));
    }

    /// A space as %20, which every client understands.
    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
