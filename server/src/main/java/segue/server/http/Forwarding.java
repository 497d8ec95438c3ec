package segue.server.http;

import segue.domain.network.ClientAddress;
import segue.server.settings.Cidr;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

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

    /// RFC 7239 §4; empty if an element names nobody, or something twice.
    private static Optional<List<Hop>> forwarded(List<String> fields) {
        var hops = new ArrayList<Hop>();
        for (var element : elements(fields)) {
            var from = parameters(element, "for=");
            var schemes = parameters(element.toLowerCase(Locale.ROOT), "proto=");
            if (from.size() != 1 || schemes.size() > 1) return Optional.empty();
            if (!schemes.stream().allMatch(Forwarding::isScheme)) return Optional.empty();
            hops.add(new Hop(Optional.of(from.getFirst()), schemes.stream().findFirst()));
        }
        return Optional.of(hops);
    }

    private static List<String> elements(List<String> fields) {
        return fields.stream()
                .flatMap(field -> List.of(field.split(",", -1)).stream())
                .map(String::strip)
                .toList();
    }

    private static List<String> parameters(String element, String name) {
        return List.of(element.split(";", -1)).stream()
                .map(String::strip)
                .filter(pair -> pair.toLowerCase(Locale.ROOT).startsWith(name))
                .map(pair -> unquoted(pair.substring(name.length())))
                .toList();
    }

    private static String unquoted(String value) {
        var isQuoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return isQuoted ? value.substring(1, value.length() - 1) : value;
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
