package segue.demo.browser;

import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/// Keeps and hands out cookies as RFC 6265bis says. What it refuses, it drops in silence, as
/// browsers do. Not kept: partitions, priorities, the public suffix list, limits on numbers.
final class CookieStore {
    private static final int LONGEST = 4096;
    // RFC 6265bis §5.5: 400 days are enough for anyone.
    private static final Duration LONGEST_LIFE = Duration.ofDays(400);

    private final InstantSource clock;
    private final List<Cookie> cookies = new ArrayList<>();

    CookieStore(InstantSource clock) {
        this.clock = clock;
    }

    /// Keeps what a `Set-Cookie` field of an answer says, if it may be said there.
    synchronized void keep(URI from, String field) {
        parse(from, field)
                .ifPresent(
                        cookie -> {
                            var at = indexOf(cookie);
                            if (at < 0) cookies.add(cookie);
                            else cookies.set(at, cookie);
                            cookies.removeIf(it -> !it.isAliveAt(clock.instant()));
                        });
    }

    /// Those that a request carries, in the order of RFC 6265bis §5.8.3: longer paths first, then
    /// older cookies.
    synchronized List<Cookie> of(Request request) {
        return cookies.stream()
                .filter(it -> it.isAliveAt(clock.instant()) && it.belongsTo(request.url()))
                .filter(it -> mayTravel(it, request))
                .sorted(Comparator.comparingInt((Cookie it) -> it.path().length()).reversed())
                .toList();
    }

    /// The `Cookie` field of a request, empty if there is nothing to send.
    Optional<String> header(Request request) {
        return Optional.of(
                        of(request).stream()
                                .map(it -> it.name() + "=" + it.value())
                                .collect(Collectors.joining("; ")))
                .filter(text -> !text.isEmpty());
    }

    private static boolean mayTravel(Cookie cookie, Request request) {
        var isCrossSite = request.initiator().filter(it -> !Site.isSame(it, request.url()));
        return switch (cookie.sameSite()) {
            case NONE -> true;
            case LAX -> isCrossSite.isEmpty() || !request.isPost();
            case STRICT -> isCrossSite.isEmpty();
        };
    }

    private int indexOf(Cookie cookie) {
        for (var i = 0; i < cookies.size(); i++) if (cookie.replaces(cookies.get(i))) return i;
        return -1;
    }

    private Optional<Cookie> parse(URI from, String field) {
        if (field.length() > LONGEST || field.chars().anyMatch(it -> it < ' ' && it != '\t'))
            return Optional.empty();
        var parts = field.split(";", -1);
        var equals = parts[0].indexOf('=');
        if (equals < 1) return Optional.empty();
        var name = parts[0].substring(0, equals).strip();
        var attributes = attributes(parts);
        var secure = attributes.containsKey("secure");
        var host = Site.host(from);
        var domain = attribute(attributes, "domain").replaceFirst("^\\.", "");
        // RFC 6265bis §5.7: a host may name itself, even if it isn't a domain with others below it.
        var hostOnly = domain.isEmpty() || (domain.equals(host) && !Site.isDomain(host));
        var cookie =
                new Cookie(
                        name,
                        parts[0].substring(equals + 1).strip(),
                        hostOnly ? host : domain,
                        hostOnly,
                        path(attribute(attributes, "path"), from),
                        secure,
                        attributes.containsKey("httponly"),
                        sameSite(attribute(attributes, "samesite")),
                        expires(attributes));
        return Optional.of(cookie)
                .filter(it -> hostOnly || (Site.isDomain(domain) && Site.isWithin(host, domain)))
                .filter(it -> !secure || Site.isTrustworthy(from))
                .filter(it -> secure || it.sameSite() != Cookie.SameSite.NONE)
                .filter(it -> keepsItsPromise(it, attributes));
    }

    // RFC 6265bis §4.1.3: the name says how the cookie was set, so that a server can rely on it.
    private static boolean keepsItsPromise(Cookie cookie, Map<String, String> attributes) {
        var name = cookie.name().toLowerCase(Locale.ROOT);
        if (name.startsWith("__secure-")) return cookie.secure();
        if (!name.startsWith("__host-")) return true;
        return cookie.secure()
                && !attributes.containsKey("domain")
                && "/".equals(attributes.get("path"));
    }

    /// By name in lower case; the last of a name counts.
    private static Map<String, String> attributes(String[] parts) {
        var attributes = new LinkedHashMap<String, String>();
        for (var i = 1; i < parts.length; i++) {
            var equals = parts[i].indexOf('=');
            var name = equals < 0 ? parts[i] : parts[i].substring(0, equals);
            var value = equals < 0 ? "" : parts[i].substring(equals + 1).strip();
            attributes.put(name.strip().toLowerCase(Locale.ROOT), value);
        }
        return attributes;
    }

    private static String attribute(Map<String, String> attributes, String name) {
        var value = Objects.requireNonNullElse(attributes.get(name), "");
        return name.equals("path") ? value : value.toLowerCase(Locale.ROOT);
    }

    // RFC 6265bis §5.1.4: without a path, the folder of the page that set it.
    private static String path(String given, URI from) {
        if (given.startsWith("/")) return given;
        var path = Site.path(from);
        var slash = path.lastIndexOf('/');
        return slash <= 0 ? "/" : path.substring(0, slash);
    }

    private static Cookie.SameSite sameSite(String text) {
        return switch (text) {
            case "none" -> Cookie.SameSite.NONE;
            case "strict" -> Cookie.SameSite.STRICT;
            default -> Cookie.SameSite.LAX;
        };
    }

    // RFC 6265bis §5.7: Max-Age wins over Expires; what can't be read isn't there.
    private Optional<Instant> expires(Map<String, String> attributes) {
        var latest = clock.instant().plus(LONGEST_LIFE);
        var maxAge = attribute(attributes, "max-age");
        if (maxAge.matches("-?[0-9]{1,18}")) {
            var seconds = Long.parseLong(maxAge);
            var isPast = seconds <= 0;
            var life = Duration.ofSeconds(Math.min(seconds, LONGEST_LIFE.toSeconds()));
            return Optional.of(isPast ? Instant.EPOCH : clock.instant().plus(life));
        }
        return date(Objects.requireNonNullElse(attributes.get("expires"), ""))
                .map(it -> it.isAfter(latest) ? latest : it);
    }

    private static Optional<Instant> date(String text) {
        try {
            return Optional.of(
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
