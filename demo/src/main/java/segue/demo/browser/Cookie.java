package segue.demo.browser;

import java.net.URI;
import java.time.Instant;
import java.util.Optional;

/// A cookie as a browser keeps it (RFC 6265bis §5.7).
///
/// @param domain the host it came from, or a parent of it that it was set for
/// @param hostOnly whether it goes to that very host only
/// @param path where it begins to be sent
/// @param httpOnly whether scripts can't read it
/// @param expires empty for a cookie that ends with the browser
public record Cookie(
        String name,
        String value,
        String domain,
        boolean hostOnly,
        String path,
        boolean secure,
        boolean httpOnly,
        SameSite sameSite,
        Optional<Instant> expires) {

    /// Which requests of other sites carry it.
    public enum SameSite {
        STRICT,
        LAX,
        NONE
    }

    /// One of this name, domain and path takes the place of the other.
    boolean replaces(Cookie other) {
        return name.equals(other.name) && domain.equals(other.domain) && path.equals(other.path);
    }

    boolean isAliveAt(Instant now) {
        return expires.isEmpty() || expires.get().isAfter(now);
    }

    /// Whether a request to a URL may carry it, whoever asks for it.
    boolean belongsTo(URI url) {
        var host = Site.host(url);
        var isOurHost = hostOnly ? host.equals(domain) : Site.isWithin(host, domain);
        return isOurHost && isAtOrBelow(Site.path(url)) && (!secure || Site.isTrustworthy(url));
    }

    // RFC 6265bis §5.1.4: /u covers /u and /u/login, not /users.
    private boolean isAtOrBelow(String requested) {
        return requested.equals(path)
                || requested.startsWith(path.endsWith("/") ? path : path + "/");
    }
}
