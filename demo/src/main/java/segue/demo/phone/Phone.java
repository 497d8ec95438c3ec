package segue.demo.phone;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;

/// A native app on a device: a public client that keeps its refresh token.
public final class Phone {
    private final Wire wire;
    private final URI issuer;
    private final String clientId;
    private String refreshToken = "";

    /// @param issuer with its trailing slash
    public Phone(Wire wire, URI issuer, String clientId) {
        this.wire = wire;
        this.issuer = issuer;
        this.clientId = clientId;
    }

    /// Signs in with a password (`password-realm`) and keeps the refresh token.
    public Answer signIn(String username, String password, String scope) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("grant_type", "http://auth0.com/oauth/grant-type/password-realm");
        fields.put("realm", "Username-Password-Authentication");
        fields.put("username", username);
        fields.put("password", password);
        fields.put("scope", scope);
        return keep(token(fields));
    }

    /// Refreshes, and keeps the successor if there is one.
    public Answer refresh() {
        return keep(token(Map.of("grant_type", "refresh_token", "refresh_token", refreshToken)));
    }

    /// Turns the refresh token into a session transfer token (contract native-to-web §3), as
    /// shipped SDKs do: the URN names the host without its port.
    public Answer exchange() {
        return exchange("urn:" + issuer.getHost() + ":session_transfer");
    }

    /// The same for another audience.
    public Answer exchange(String audience) {
        return keep(
                token(
                        Map.of(
                                "grant_type", "refresh_token",
                                "refresh_token", refreshToken,
                                "audience", audience)));
    }

    /// Revokes the refresh token.
    public Answer revoke() {
        return wire.post(
                issuer.resolve("oauth/revoke"),
                Map.of("client_id", clientId, "token", refreshToken),
                Map.of());
    }

    /// The refresh token as it is kept now; empty before the first sign-in.
    public String refreshToken() {
        return refreshToken;
    }

    /// Keeps another refresh token.
    public void keep(String token) {
        refreshToken = token;
    }

    private Answer keep(Answer answer) {
        if (!answer.text("refresh_token").isEmpty()) refreshToken = answer.text("refresh_token");
        return answer;
    }

    private Answer token(Map<String, String> fields) {
        var all = new LinkedHashMap<>(fields);
        all.put("client_id", clientId);
        return wire.post(issuer.resolve("oauth/token"), all, Map.of());
    }
}
