package segue.server.authorize;

import java.util.Optional;

/// How the answer travels back (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode,
/// contract authentication-api §3.2).
enum ResponseMode {
    QUERY,
    FRAGMENT,
    FORM_POST,
    WEB_MESSAGE;

    static Optional<ResponseMode> parse(String text) {
        return switch (text) {
            case "query" -> Optional.of(QUERY);
            case "fragment" -> Optional.of(FRAGMENT);
            case "form_post" -> Optional.of(FORM_POST);
            case "web_message" -> Optional.of(WEB_MESSAGE);
            default -> Optional.empty();
        };
    }

    /// The one that a request means if it names none: a query for a code, which is worth nothing by
    /// itself, a fragment for everything else.
    static ResponseMode standard(Optional<String> responseType) {
        return responseType.filter(text -> !text.equals("code")).isPresent() ? FRAGMENT : QUERY;
    }

    /// Whether the answer is a page of ours, no redirect.
    boolean isPage() {
        return switch (this) {
            case QUERY, FRAGMENT -> false;
            case FORM_POST, WEB_MESSAGE -> true;
        };
    }
}
