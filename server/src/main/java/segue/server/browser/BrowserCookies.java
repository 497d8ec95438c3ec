package segue.server.browser;

import segue.domain.secret.Secret;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.http.SetCookie;
import segue.server.secret.SecretType;
import segue.server.secret.TransferVerifier;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Our cookies: bound to the host by the `__Host-` prefix, out of reach of scripts (THREATS R6.1,
/// contract operator §2). A cookie that is there twice isn't believed.
public final class BrowserCookies {
    /// Fixed by contract native-to-web §4; apps put it there, we only read and delete it.
    private static final String TRANSFER = "auth0_session_transfer_token";

    /// As long as the token itself (contract native-to-web §3.3).
    private static final Duration TRANSFER_AGE = Duration.ofSeconds(60);

    private final String session;
    private final String interaction;
    private final String ourTransfer;
    private final String verifier;
    private final boolean secure;
    private final String sameSite;

    /// @param secure false only over plain HTTP on loopback; then the names lose their prefix
    /// @param sameSite of the session cookie: `Lax` or `None`
    public BrowserCookies(boolean secure, String sameSite) {
        this.secure = secure;
        this.sameSite = sameSite;
        this.session = secure ? "__Host-segue_session" : "segue_session";
        this.interaction = secure ? "__Host-segue_tx" : "segue_tx";
        this.ourTransfer = secure ? "__Host-session_transfer_token" : "session_transfer_token";
        this.verifier = secure ? "__Host-session_transfer_verifier" : "session_transfer_verifier";
    }

    /// The secret of the session cookie.
    public Optional<Secret> session(Request request) {
        return request.cookies().only(session).flatMap(SecretType.SESSION_COOKIE::parse);
    }

    /// The secret of the interaction cookie.
    public Optional<Secret> interaction(Request request) {
        return request.cookies().only(interaction).flatMap(SecretType.INTERACTION_COOKIE::parse);
    }

    /// The session transfer tokens in the cookies, of whatever shape: a malformed one is looked at
    /// too, and found unknown.
    public List<Secret> transfers(Request request) {
        var values = new ArrayList<>(request.cookies().all(TRANSFER));
        values.addAll(request.cookies().all(ourTransfer));
        return values.stream().filter(value -> !value.isEmpty()).map(Secret::new).toList();
    }

    /// Whether our own page put one of the tokens there. A link leads to that page, and anybody can
    /// send a link (THREATS T-1); an app's own cookie takes the device.
    public boolean isHandedOff(Request request) {
        return !request.cookies().all(ourTransfer).isEmpty();
    }

    /// The verifier that our own page put beside the token; empty if there are several.
    public Optional<Secret> verifier(Request request) {
        var values = request.cookies().all(verifier).stream().distinct().toList();
        return values.size() == 1 ? TransferVerifier.parse(values.getFirst()) : Optional.empty();
    }

    /// Sets what our own page hands over, for as long as it can be of use: `Lax`, since the web app
    /// sends the browser here by a link. A verifier that an earlier hand-off left goes.
    public Response withTransfer(Response response, Secret token, Optional<Secret> proof) {
        return response.withCookie(handedOver(ourTransfer, token.reveal(), TRANSFER_AGE))
                .withCookie(
                        proof.map(it -> handedOver(verifier, it.reveal(), TRANSFER_AGE))
                                .orElseGet(() -> handedOver(verifier, "", Duration.ZERO)));
    }

    private SetCookie handedOver(String name, String value, Duration age) {
        return new SetCookie(name, value, Optional.of(age), secure, "Lax");
    }

    /// Sets the session cookie.
    ///
    /// @param maxAge empty for a cookie that ends with the browser
    public Response withSession(Response response, Secret secret, Optional<Duration> maxAge) {
        return response.withCookie(
                new SetCookie(session, secret.reveal(), maxAge, secure, sameSite));
    }

    /// Deletes the session cookie.
    public Response withoutSession(Response response) {
        return response.withCookie(
                new SetCookie(session, "", Optional.of(Duration.ZERO), secure, sameSite));
    }

    /// Deletes the session cookie of a browser that sent one. A request that another site makes
    /// without cookies can't take them away.
    public Response withoutSession(Response response, Request request) {
        return request.cookies().all(session).isEmpty() ? response : withoutSession(response);
    }

    /// Sets the interaction cookie.
    public Response withInteraction(Response response, Secret secret) {
        return response.withCookie(
                new SetCookie(interaction, secret.reveal(), Optional.empty(), secure, sameSite));
    }

    /// Deletes whatever carried a transfer here, wherever an app may have put it: for this host
    /// alone, for this host and what is below it, or for a parent (contract native-to-web §4, §4.1;
    /// THREATS R6.4). One that stayed would be a used token at the next visit, and ask the user to
    /// sign in again.
    public Response withoutTransfer(Response response, Request request) {
        var cleared = response;
        for (var name : List.of(ourTransfer, verifier))
            if (!request.cookies().all(name).isEmpty())
                cleared = cleared.withCookie(handedOver(name, "", Duration.ZERO));
        if (request.cookies().all(TRANSFER).isEmpty()) return cleared;
        cleared = cleared.withCookie(SetCookie.deletion(TRANSFER, Optional.empty()));
        for (var domain : domains(request.host()))
            cleared = cleared.withCookie(SetCookie.deletion(TRANSFER, Optional.of(domain)));
        return cleared;
    }

    /// The host and its parents, as far as they may have cookies; none for an address or a name
    /// without a dot.
    private static List<String> domains(String host) {
        var domains = new ArrayList<String>();
        var domain = host.replaceFirst(":\\d*$", "");
        if (!domain.matches("[A-Za-z0-9.-]*[A-Za-z]")) return domains;
        while (domain.indexOf('.') > 0) {
            domains.add(domain);
            domain = domain.substring(domain.indexOf('.') + 1);
        }
        return domains;
    }

    /// The synchroniser token of a form: it follows from the interaction cookie, which another site
    /// can't read, and is good for one interaction only (THREATS R24.2).
    public static String csrf(Secret cookie, String state) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update("csrf:".getBytes(StandardCharsets.UTF_8));
            digest.update(cookie.hash().bytes());
            digest.update(state.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// Whether a form that came in is one of ours: its token fits, and the browser, if it says
    /// where the form was, says that it was here.
    public static boolean isOurForm(
            Request request, String issuer, String expected, Optional<String> presented) {
        // Our own Referrer-Policy makes browsers say "null" for the origin of our own forms.
        var origin = request.headers().first("Origin").filter(it -> !it.equals("null"));
        if (origin.filter(it -> !(it + "/").equals(issuer)).isPresent()) return false;
        var site = request.headers().first("Sec-Fetch-Site");
        if (site.filter(it -> !it.equals("same-origin")).isPresent()) return false;
        return presented.filter(it -> new Secret(it).sameAs(new Secret(expected))).isPresent();
    }
}
