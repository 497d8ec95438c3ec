package segue.server.http;

import java.time.Duration;
import java.util.Optional;

/// A cookie to set, always for all paths (`Path=/`), never readable by scripts.
///
/// @param domain empty for this host alone, as it is for every cookie of ours; otherwise whose
///   cookie is deleted
/// @param maxAge empty for a cookie that ends with the browser; zero deletes it
/// @param sameSite `Lax`, `None` or `Strict`
public record SetCookie(
        String name,
        String value,
        Optional<String> domain,
        Optional<Duration> maxAge,
        boolean secure,
        String sameSite) {

    /// A cookie for this host alone.
    public SetCookie(
            String name, String value, Optional<Duration> maxAge, boolean secure, String sameSite) {
        this(name, value, Optional.empty(), maxAge, secure, sameSite);
    }

    /// Deletes a cookie that somebody else set, for this host or for a parent of it.
    public static SetCookie deletion(String name, Optional<String> domain) {
        // Without Secure a browser takes no SameSite=None; over plain HTTP it treats loopback as
        // trustworthy.
        return new SetCookie(name, "", domain, Optional.of(Duration.ZERO), true, "None");
    }

    /// The header value.
    String rendered() {
        var text = new StringBuilder(name).append('=').append(value).append("; Path=/");
        domain.ifPresent(of -> text.append("; Domain=").append(of));
        maxAge.ifPresent(age -> text.append("; Max-Age=").append(age.toSeconds()));
        if (secure) text.append("; Secure");
        return text.append("; HttpOnly; SameSite=").append(sameSite).toString();
    }
}
