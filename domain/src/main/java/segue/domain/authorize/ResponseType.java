package segue.domain.authorize;

import java.util.Optional;

/// What `/authorize` answers itself (OAuth 2.0 Multiple Response Types; contract authentication-api
/// §3.1). Access tokens never travel through a browser's address bar (RFC 9700 §2.1.2).
public enum ResponseType {
    /// A code, and at the token endpoint the rest.
    CODE,
    /// An ID token, and nothing else ever (OpenID Connect Core §3.2).
    ID_TOKEN;

    /// The parameter `response_type`; empty if we don't have it.
    public static Optional<ResponseType> parse(String text) {
        return switch (text) {
            case "code" -> Optional.of(CODE);
            case "id_token" -> Optional.of(ID_TOKEN);
            default -> Optional.empty();
        };
    }

    /// The grant type that a client must have for it (contract management-api §2.2).
    public String grantType() {
        return switch (this) {
            case CODE -> "authorization_code";
            case ID_TOKEN -> "implicit";
        };
    }
}
