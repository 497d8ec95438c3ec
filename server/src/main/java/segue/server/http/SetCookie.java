package segue.server.http;

import java.time.Duration;
import java.util.Optional;

/// A cookie to set, always for the whole host (`Path=/`), never for its parents, never readable by
/// scripts.
///
/// @param maxAge empty for a cookie that ends with the browser; zero deletes it
/// @param sameSite `Lax`, `None` or `Strict`
public record SetCookie(
        String name, String value, Optional<Duration> maxAge, boolean secure, String sameSite) {

    /// The header value.
    String rendered() {
        var text = new StringBuilder(name).append('=').append(value).append("; Path=/");
        maxAge.ifPresent(age -> text.append("; Max-Age=").append(age.toSeconds()));
        if (secure) text.append("; Secure");
        return text.append("; HttpOnly; SameSite=").append(sameSite).toString();
    }
}
