package segue.server.http;

import segue.domain.network.ClientAddress;
import segue.server.settings.Cidr;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Whose request it is when a proxy stands between us. Only proxies that the operator named are
/// believed; the list is walked from the right, and the first hop that isn't one of them is the
/// client (THREATS T-30).
final class Forwarding {
    private final List<Cidr> trusted;

    Forwarding(List<Cidr> trusted) {
        this.trusted = List.copyOf(trusted);
    }

    /// What trusted proxies say of a request.
    ///
    /// @param isPlain whether the client spoke http to the outermost of them
    record Origin(ClientAddress client, boolean isPlain) {}

    /// Where a request came from; empty if a trusted proxy sent something unreadable, which is
    /// refused rather than guessed (R30.4). So are two families of headers that name two clients: a
    /// proxy writes one of them and lets a stranger's other one pass.
    Optional<Origin> origin(ClientAddress peer, Headers headers) {
        if (!isTrusted(peer)) return Optional.of(new Origin(peer, false));
        var listed = hops(headers.all("X-Forwarded-For"), headers.all("X-Forwarded-Proto"));
        var forwarded = forwarded(headers.all("Forwarded"));
        if (listed.isEmpty() || forwarded.isEmpty()) return Optional.empty();
        var one = walk(peer, listed.get());
        var other = walk(peer, forwarded.get());
        if (one.isEmpty() || other.isEmpty()) return Optional.empty();
        if (forwarded.get().isEmpty()) return one;
        if (listed.get().isEmpty())
            return Optional.of(
                    new Origin(other.get().client(), one.get().isPlain() || other.get().isPlain()));
        return one.get().client().equals(other.get().client()) ? one : Optional.empty();
    }

    /// One proxy's word: who it got the request from, and by which scheme if it says so.
    private record Hop(Optional<String> from, Optional<String> scheme) {}

    private Optional<Origin> walk(ClientAddress peer, List<Hop> hops) {
        var client = peer;
        var scheme = Optional.<String>empty();
        for (var hop : hops.reversed()) {
            if (hop.scheme().isPresent()) scheme = hop.scheme();
            if (hop.from().isEmpty()) continue;
            var address = AddressParser.parseHop(hop.from().get());
            if (address.isEmpty()) return Optional.empty();
            client = address.get();
            if (!isTrusted(client)) break;
        }
        var isPlain = scheme.map("http"::equals).orElse(false);
        return Optional.of(new Origin(client, isPlain));
    }

    /// `X-Forwarded-Proto` goes with `X-Forwarded-For`, each from the right.
    private static Optional<List<Hop>> hops(List<String> addresses, List<String> schemes) {
        var from = elements(addresses);
        var by = elements(schemes).stream().map(it -> it.toLowerCase(Locale.ROOT)).toList();
        if (!by.stream().allMatch(Forwarding::isScheme)) return Optional.empty();
        var hops = new ArrayList<Hop>();
        for (var i = Math.max(from.size(), by.size()); i >= 1; i--)
            hops.add(new Hop(fromTheRight(from, i), fromTheRight(by, i)));
        return Optional.of(hops);
    }

    private static Optional<String> fromTheRight(List<String> texts, int place) {
        return place > texts.size()
                ? Optional.empty()
                : Optional.of(texts.get(texts.size() - place));
    }

    private static boolean isScheme(String text) {
        return text.equals("http") || text.equals("https");
    }

    // RFC 7239 §4, and unquoted what should be quoted: colons and brackets. Quotes are heeded,
    // because proxies quote in them what strangers send, as in host="evil, for=192.0.2.7;x=y"; and
    // one that doesn't end spoils its line, because a stranger may have begun it to swallow what
    // the proxy adds.
    private static final String TOKEN = "([!#$%&'*+.^_`|~0-9A-Za-z-]+)";
    private static final String QUOTED = "\"([^\"\\\\]*)\"";
    private static final String UNQUOTED = "([^\\s\",;\\\\]+)";
    private static final Pattern PAIR =
            Pattern.compile(
                    "\\G[ \t]*" + TOKEN + "=(?:" + QUOTED + "|" + UNQUOTED + ")[ \t]*([,;]|\\z)");

    /// Empty if a line isn't well-formed, or an element of it names nobody, or something twice.
    private static Optional<List<Hop>> forwarded(List<String> fields) {
        var hops = new ArrayList<Hop>();
        for (var field : fields) if (!isRead(field, hops)) return Optional.empty();
        return Optional.of(hops);
    }

    private static boolean isRead(String field, List<Hop> hops) {
        var from = Optional.<String>empty();
        var scheme = Optional.<String>empty();
        var pair = PAIR.matcher(field);
        while (pair.find()) {
            var value = pair.group(pair.group(2) == null ? 3 : 2);
            switch (pair.group(1).toLowerCase(Locale.ROOT)) {
                case "for" -> {
                    if (from.isPresent()) return false;
                    from = Optional.of(value);
                }
                case "proto" -> {
                    if (scheme.isPresent()) return false;
                    scheme = Optional.of(value.toLowerCase(Locale.ROOT));
                }
                default -> {}
            }
            if (pair.group(4).equals(";")) continue;
            if (from.isEmpty() || !scheme.stream().allMatch(Forwarding::isScheme)) return false;
            hops.add(new Hop(from, scheme));
            if (pair.group(4).isEmpty()) return true;
            from = Optional.empty();
            scheme = Optional.empty();
        }
        return false;
    }

    private static List<String> elements(List<String> fields) {
        return fields.stream()
                .flatMap(field -> List.of(field.split(",", -1)).stream())
                .map(String::strip)
                .toList();
    }

    private boolean isTrusted(ClientAddress address) {
        if (trusted.isEmpty()) return false;
        try {
            var inet = InetAddress.getByAddress(address.bytes());
            return trusted.stream().anyMatch(range -> range.contains(inet));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }
}
