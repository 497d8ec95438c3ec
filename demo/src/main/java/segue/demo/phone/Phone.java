package segue.demo.phone;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// An app on a device, with the tokens that it keeps. The server's answers are values; whatever a
/// new answer brings takes the place of what was kept.
public final class Phone {
    private static final String REALM = "http://auth0.com/oauth/grant-type/password-realm";
    private static final String USERS = "Username-Password-Authentication";

    private final App app;
    private volatile Wire wire;
    private volatile String refreshToken = "";
    private volatile String accessToken = "";
    private volatile String idToken = "";

    /// @param wire the network that the device is on
    /// @param issuer with its trailing slash
    public Phone(Wire wire, URI issuer, String clientId) {
        this(wire, new App(issuer, clientId));
    }

    /// @param wire the network that the device is on
    public Phone(Wire wire, App app) {
        this.wire = wire;
        this.app = app;
    }

    /// Signs in by authorization code with PKCE, in a browser that belongs to the app or is shared
    /// with others. If the browser is asked to sign in, it fills in the form.
    public Answer signIn(BrowserJar browser, String username, String password, String scope) {
        var pkce = Pkce.fresh();
        var state = Pkce.nonce();
        var page = browser.openUntil(authorizationUri(scope, pkce, state), this::isOurs);
        if (page.asksToSignIn())
            page =
                    browser.submitUntil(
                            page.form().filled(Map.of("username", username, "password", password)),
                            this::isOurs);
        if (!page.location().filter(this::isOurs).isPresent()) return refused(page, "no_redirect");
        if (!page.parameter("state").equals(Optional.of(state)))
            return refused(page, "wrong_state");
        var code = page.parameter("code");
        if (code.isEmpty()) return refused(page, page.parameter("error").orElse("no_code"));
        return keep(
                token(
                        Map.of(
                                "grant_type", "authorization_code",
                                "code", code.get(),
                                "redirect_uri", app.redirectUri().toString(),
                                "code_verifier", pkce.verifier())));
    }

    private URI authorizationUri(String scope, Pkce pkce, String state) {
        var query = new LinkedHashMap<String, String>();
        query.put("response_type", "code");
        query.put("client_id", app.clientId());
        query.put("redirect_uri", app.redirectUri().toString());
        query.put("scope", scope);
        app.audience().ifPresent(it -> query.put("audience", it));
        query.put("state", state);
        query.put("nonce", Pkce.nonce());
        query.put("code_challenge", pkce.challenge());
        query.put("code_challenge_method", "S256");
        return Wire.with(app.issuer().resolve("authorize"), query);
    }

    private boolean isOurs(URI place) {
        return place.toString().startsWith(app.redirectUri().toString());
    }

    /// The browser didn't come back with a code: what the server said instead, as JSON.
    private static Answer refused(Page page, String error) {
        var description = page.parameter("error_description").orElseGet(page::heading);
        var json = Wire.json(Map.of("error", error, "error_description", description));
        return new Answer.Refused(page.status(), page.headers(), json);
    }

    /// Signs in with a password at the tenant's own users: the grant `password-realm`.
    public Answer signIn(String username, String password, String scope) {
        return signIn(Map.of("grant_type", REALM, "realm", USERS), username, password, scope);
    }

    /// Signs in with a password at the tenant's default connection: the grant `password`.
    public Answer signInByPasswordGrant(String username, String password, String scope) {
        return signIn(Map.of("grant_type", "password"), username, password, scope);
    }

    private Answer signIn(
            Map<String, String> grant, String username, String password, String scope) {
        var fields = new LinkedHashMap<>(grant);
        fields.put("username", username);
        fields.put("password", password);
        fields.put("scope", scope);
        app.audience().ifPresent(it -> fields.put("audience", it));
        return keep(token(fields));
    }

    /// Refreshes.
    public Answer refresh() {
        return keep(token(refreshGrant()));
    }

    /// Turns the refresh token into a session transfer token (contract native-to-web §3), as the
    /// published SDKs do: the URN names the host without its port. Where refresh tokens rotate, the
    /// successor is kept.
    public Answer exchange() {
        return exchange("urn:" + app.issuer().getHost() + ":session_transfer");
    }

    /// The same with an audience spelled as one likes.
    public Answer exchange(String audience) {
        return exchange(audience, Map.of());
    }

    /// The same with further parameters.
    public Answer exchange(Map<String, String> more) {
        return exchange("urn:" + app.issuer().getHost() + ":session_transfer", more);
    }

    private Answer exchange(String audience, Map<String, String> more) {
        var fields = refreshGrant();
        fields.put("audience", audience);
        fields.putAll(more);
        var answer = token(fields);
        // Its access_token isn't one: it opens a browser session and nothing else.
        answer.field("refresh_token").ifPresent(it -> refreshToken = it);
        answer.field("id_token").ifPresent(it -> idToken = it);
        return answer;
    }

    private Map<String, String> refreshGrant() {
        var fields = new LinkedHashMap<String, String>();
        fields.put("grant_type", "refresh_token");
        fields.put("refresh_token", refreshToken);
        return fields;
    }

    /// Revokes the refresh token, and keeps it nevertheless, to see that it is dead.
    public Answer revoke() {
        return wire.post(
                app.issuer().resolve("oauth/revoke"),
                Map.of("client_id", app.clientId(), "token", refreshToken),
                Map.of());
    }

    /// Asks who is signed in.
    public Answer userinfo() {
        return wire.get(app.issuer().resolve("userinfo"), accessToken);
    }

    /// The device changes its network.
    public void joins(Wire network) {
        wire = network;
    }

    /// Keeps another refresh token in place of its own.
    public void keep(String token) {
        refreshToken = token;
    }

    /// The refresh token as it is kept now; empty before the first sign-in.
    public String refreshToken() {
        return refreshToken;
    }

    /// The access token as it is kept now; empty before the first sign-in.
    public String accessToken() {
        return accessToken;
    }

    /// The ID token as it is kept now; empty before the first sign-in.
    public String idToken() {
        return idToken;
    }

    private Answer keep(Answer answer) {
        answer.field("refresh_token").ifPresent(it -> refreshToken = it);
        answer.field("access_token").ifPresent(it -> accessToken = it);
        answer.field("id_token").ifPresent(it -> idToken = it);
        return answer;
    }

    private Answer token(Map<String, String> fields) {
        var all = new LinkedHashMap<>(fields);
        all.put("client_id", app.clientId());
        return wire.post(app.issuer().resolve("oauth/token"), all, Map.of());
    }
}
