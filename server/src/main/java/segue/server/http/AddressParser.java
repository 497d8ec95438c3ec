package segue.server.http;

import segue.domain.network.ClientAddress;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/// Reads IP literals and nothing else: no name is ever looked up, and none of the short and octal
/// forms that `InetAddress` takes is taken (THREATS section 0, T-30).
public final class AddressParser {
    private static final Pattern FOUR_NUMBERS =
            Pattern.compile("(?:0|[1-9]\\d{0,2})(?:\\.(?:0|[1-9]\\d{0,2})){3}");
    private static final Pattern IPV6 =
            Pattern.compile("[0-9A-Fa-f:]+(?::\\d{1,3}(?:\\.\\d{1,3}){3})?");

    private AddressParser() {}

    /// The address; empty if the text is anything but one literal.
    public static Optional<ClientAddress> parse(String text) {
        var isLiteral =
                FOUR_NUMBERS.matcher(text).matches()
                        || (text.indexOf(':') >= 0 && IPV6.matcher(text).matches());
        if (!isLiteral) return Optional.empty();
        try {
            return Optional.of(ClientAddress.of(InetAddress.ofLiteral(text).getAddress()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// An element of `X-Forwarded-For` or the `for` of `Forwarded`: a literal, an IPv6 one possibly
    /// in brackets, possibly with a port.
    static Optional<ClientAddress> parseHop(String text) {
        if (text.startsWith("[")) {
            var end = text.indexOf(']');
            if (end < 0 || !isPort(text.substring(end + 1))) return Optional.empty();
            return parse(text.substring(1, end));
        }
        var colon = text.indexOf(':');
        var hasPort = colon >= 0 && colon == text.lastIndexOf(':');
        if (!hasPort) return parse(text);
        return isPort(text.substring(colon)) ? parse(text.substring(0, colon)) : Optional.empty();
    }

    private static boolean isPort(String text) {
        return text.isEmpty() || text.matches(":\\d{1,5}");
    }
}
