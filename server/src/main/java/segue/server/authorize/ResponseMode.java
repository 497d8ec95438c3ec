package segue.server.authorize;

import java.util.Optional;

/// How the answer travels back (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode,
/// contract authentication-api §3.2).
enum ResponseMode {
    QUERY,
    FORM_POST,
    WEB_MESSAGE;

    static Optional<ResponseMode> parse(String text) {
        return switch (text) {
            case "query" -> Optional.of(QUERY);
            case "form_post" -> Optional.of(FORM_POST);
            case "web_message" -> Optional.of(WEB_MESSAGE);
            default -> Optional.empty();
        };
    }
}
