package segue.demo.browser;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// What browsers mean by a host, an origin and a site.
final class Site {
    private static final String LOOPBACK_V6 = "[::1]";

    private Site() {}

    static String host(URI url) {
        return Objects.requireNonNullElse(url.getHost(), "").toLowerCase(Locale.ROOT);
    }

    static String path(URI url) {
        var path = Objects.requireNonNullElse(url.getRawPath(), "");
        return path.isEmpty() ? "/" : path;
    }

    static String origin(URI url) {
        return url.getScheme() + "://" + url.getAuthority();
    }

    static boolean isWeb(URI url) {
        return "http".equalsIgnoreCase(url.getScheme())
                || "https".equalsIgnoreCase(url.getScheme());
    }

    /// Whether `Secure` cookies may travel: https, or http that doesn't leave the machine.
    static boolean isTrustworthy(URI url) {
        var host = host(url);
        return "https".equalsIgnoreCase(url.getScheme())
                || host.equals("localhost")
                || host.endsWith(".localhost")
                || host.equals(LOOPBACK_V6)
                || (isAddress(host) && host.startsWith("127."));
    }

    /// Two URLs are of one site if scheme and registrable domain are equal; ports don't count.
    ///
    /// Without the public suffix list, the last two labels stand for the registrable domain.
    static boolean isSame(URI one, URI other) {
        return one.getScheme().equalsIgnoreCase(other.getScheme())
                && registrable(host(one)).equals(registrable(host(other)));
    }

    static boolean isWithin(String host, String domain) {
        return host.equals(domain) || (host.endsWith("." + domain) && !isAddress(host));
    }

    /// Whether a cookie may be set for all hosts below a name: not for `com`, nor for an address.
    static boolean isDomain(String name) {
        return name.contains(".") && !isAddress(name);
    }

    private static String registrable(String host) {
        var labels = List.of(host.split("\\.", -1));
        if (isAddress(host) || labels.size() < 3) return host;
        return String.join(".", labels.subList(labels.size() - 2, labels.size()));
    }

    private static boolean isAddress(String host) {
        return host.startsWith("[") || host.matches("[0-9.]+");
    }
}
