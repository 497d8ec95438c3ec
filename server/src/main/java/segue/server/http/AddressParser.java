package segue.server.http;

import segue.domain.network.ClientAddress;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/// Reads IP literals and nothing else: no name is ever looked up, and none of the short and octal
/// forms that `InetAddress` takes is taken (THREATS section 0, T-30).
public final class AddressParser {
    // A zero before a number is octal to some readers, and nothing to others.
    private static final String FOUR = "(?:0|[1-9]\\d{0,2})(?:\\.(?:0|[1-9]\\d{0,2})){3}";
    private static final Pattern IPV4 = Pattern.compile(FOUR);
    private static final Pattern IPV6 =
            Pattern.compile("(?:[0-9A-Fa-f]{0,4}:){2,8}(?:[0-9A-Fa-f]{0,4}|" + FOUR + ")");
    private static final Pattern PORT = Pattern.compile(":\\d{1,5}");
    private static final int LAST_PORT = 65_535;

    private AddressParser() {}

    /// The address; empty if the text is anything but one literal.
    public static Optional<ClientAddress> parse(String text) {
        if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) return Optional.empty();
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
            var bracketed = text.substring(1, end);
            return bracketed.indexOf(':') < 0 ? Optional.empty() : parse(bracketed);
        }
        var colon = text.indexOf(':');
        var hasPort = colon >= 0 && colon == text.lastIndexOf(':');
        if (!hasPort) return parse(text);
        return isPort(text.substring(colon)) ? parse(text.substring(0, colon)) : Optional.empty();
    }

    private static boolean isPort(String text) {
        return text.isEmpty()
                || (PORT.matcher(text).matches()
                        && Integer.parseInt(text.substring(1)) <= LAST_PORT);
    }
}
