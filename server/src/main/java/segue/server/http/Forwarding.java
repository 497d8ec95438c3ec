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

    /// The client's address; empty if a trusted proxy sent something unreadable, which is refused
    /// rather than guessed (R30.4).
    Optional<ClientAddress> client(ClientAddress peer, Headers headers) {
        if (!isTrusted(peer)) return Optional.of(peer);
        var hops = hops(headers);
        if (hops.isEmpty()) return Optional.empty();
        var client = peer;
        for (var hop : hops.get().reversed()) {
            var address = AddressParser.parseHop(hop);
            if (address.isEmpty()) return Optional.empty();
            client = address.get();
            if (!isTrusted(client)) break;
        }
        return Optional.of(client);
    }

    /// One family of headers only: `X-Forwarded-For` if it is there, else `Forwarded`. Empty if it
    /// can't be read.
    private static Optional<List<String>> hops(Headers headers) {
        var listed = headers.all("X-Forwarded-For");
        if (!listed.isEmpty()) return Optional.of(elements(listed));
        var hops = new ArrayList<String>();
        for (var element : elements(headers.all("Forwarded"))) {
            var hop = forParameter(element);
            if (hop.isEmpty()) return Optional.empty();
            hops.add(hop.get());
        }
        return Optional.of(hops);
    }

    private static List<String> elements(List<String> fields) {
        return fields.stream()
                .flatMap(field -> List.of(field.split(",", -1)).stream())
                .map(String::strip)
                .toList();
    }

    /// RFC 7239 §4.
    private static Optional<String> forParameter(String element) {
        for (var pair : element.split(";", -1)) {
            var text = pair.strip();
            if (!text.toLowerCase(Locale.ROOT).startsWith("for=")) continue;
            var value = text.substring("for=".length());
            var isQuoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
            return Optional.of(isQuoted ? value.substring(1, value.length() - 1) : value);
        }
        return Optional.empty();
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
