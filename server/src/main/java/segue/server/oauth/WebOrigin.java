package segue.server.oauth;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/// The origin of a web page as browsers write it: scheme, host, and the port unless it is the
/// scheme's own (RFC 6454 §6.2).
///
/// @param value such as `https://app.example` or `http://localhost:3000`
public record WebOrigin(String value) {

    /// The origin of an http or https URL; empty for everything else, `null` among it.
    public static Optional<WebOrigin> of(String url) {
        try {
            var parsed = new URI(url.strip());
            if (parsed.getScheme() == null || parsed.getHost() == null) return Optional.empty();
            var scheme = parsed.getScheme().toLowerCase(Locale.ROOT);
            if (!scheme.equals("https") && !scheme.equals("http")) return Optional.empty();
            var own = scheme.equals("https") ? 443 : 80;
            var port = parsed.getPort();
            return Optional.of(
                    new WebOrigin(
                            scheme
                                    + "://"
                                    + parsed.getHost().toLowerCase(Locale.ROOT)
                                    + (port == -1 || port == own ? "" : ":" + port)));
        } catch (URISyntaxException notAUrl) {
            return Optional.empty();
        }
    }
}
