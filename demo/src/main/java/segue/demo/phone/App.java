package segue.demo.phone;

import java.net.URI;
import java.util.Optional;

/// A native app as its developers registered it: a public client.
///
/// @param issuer with its trailing slash
/// @param audience the API that its access tokens are for; empty if none
public record App(URI issuer, String clientId, URI redirectUri, Optional<String> audience) {
    private static final URI REDIRECT_URI = URI.create("org.example.demo://callback");

    /// An app without an API, with `org.example.demo://callback` as its redirect URI.
    public App(URI issuer, String clientId) {
        this(issuer, clientId, REDIRECT_URI, Optional.empty());
    }

    /// The same app, asking for access tokens for an API.
    public App withAudience(String api) {
        return new App(issuer, clientId, redirectUri, Optional.of(api));
    }
}
