package segue.server.http;

import segue.server.settings.Settings;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Judges the head of a request by the grammar of RFC 9112 alone, without any of the leniency that
/// it allows: what a proxy before us might read differently is refused (THREATS T-50).
final class RequestHead {
    private static final Pattern REQUEST_LINE =
            Pattern.compile("([A-Z]{1,20}) (/[\\x21-\\x7e&&[^#]]*) HTTP/1\\.[01]");
    // RFC 9110 §5.6.2 token; no space before the colon, and no line that continues another.
    private static final Pattern FIELD =
            Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\\t\\x20-\\x7e\\x80-\\xff]*)");
    private static final String OLDER = " HTTP/1.0";
    // What an HTTP/1.0 client doesn't know, or means in another way (RFC 9110 §10.1.1, RFC 9112
    // C.2.2).
    private static final Set<String> NOT_OF_1_0 = Set.of("connection", "expect", "keep-alive");
    // Never one of ours (RFC 6761 §6.4); the empty one that RFC 9112 §3.2 has for this, Helidon
    // refuses.
    private static final String NO_HOST = "Host: none.invalid";
    private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");

    private RequestHead() {}

    /// @param head from the request line to the empty line, both included; every line break in it
    ///   is CR LF
    static Framing judge(byte[] head, Settings.Requests limits) {
        var lines = new String(head, StandardCharsets.ISO_8859_1).split("\r\n");
        if (lines.length == 0) return new Framing.Refused(400);
        var request = REQUEST_LINE.matcher(lines[0]);
        if (!request.matches()) return new Framing.Refused(400);
        if (request.group(2).length() > limits.urlBytes()) return new Framing.Refused(414);
        if (head.length - lines[0].length() > limits.headerBytes()
                || lines.length - 1 > limits.headers()) return new Framing.Refused(431);
        var lengths = new ArrayList<String>();
        var codings = new ArrayList<String>();
        var hosts = 0;
        for (var line : List.of(lines).subList(1, lines.length)) {
            var field = FIELD.matcher(line);
            if (!field.matches()) return new Framing.Refused(400);
            var value = field.group(2).strip();
            switch (field.group(1).toLowerCase(Locale.ROOT)) {
                case "content-length" -> lengths.add(value);
                case "transfer-encoding" -> codings.add(value);
                case "host" -> hosts++;
                case "expect" -> {
                    if (!isOlder(lines[0]) && !value.equalsIgnoreCase("100-continue"))
                        return new Framing.Refused(417);
                }
                default -> {}
            }
        }
        // RFC 9112 §6.1: with a coding, the length of an HTTP/1.0 request is faulty. Host is
        // optional
        // there, and the load balancers that leave it out ask for our health.
        var isFit = isOlder(lines[0]) ? hosts <= 1 && codings.isEmpty() : hosts == 1;
        return isFit ? framing(lengths, codings) : new Framing.Refused(400);
    }

    private static boolean isOlder(String requestLine) {
        return requestLine.endsWith(OLDER);
    }

    /// An HTTP/1.0 request in the words of HTTP/1.1, the last of its connection; empty if it is
    /// HTTP/1.1 already. Proxies and health checks still speak the older one by default.
    ///
    /// @param head one that was judged to be well-formed
    static Optional<byte[]> modernized(byte[] head) {
        var text = new String(head, StandardCharsets.ISO_8859_1);
        if (!isOlder(text.substring(0, text.indexOf("\r\n")))) return Optional.empty();
        var lines = List.of(text.split("\r\n"));
        var modern = new ArrayList<String>();
        modern.add(lines.getFirst().replace(OLDER, " HTTP/1.1"));
        for (var line : lines.subList(1, lines.size()))
            if (!NOT_OF_1_0.contains(name(line))) modern.add(line);
        if (modern.stream().noneMatch(line -> name(line).equals("host"))) modern.add(NO_HOST);
        modern.add("Connection: close");
        var whole = String.join("\r\n", modern) + "\r\n\r\n";
        return Optional.of(whole.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String name(String line) {
        return line.substring(0, Math.max(line.indexOf(':'), 0)).toLowerCase(Locale.ROOT);
    }

    private static Framing framing(List<String> lengths, List<String> codings) {
        if (lengths.size() + codings.size() > 1) return new Framing.Refused(400);
        if (!codings.isEmpty())
            return codings.getFirst().equalsIgnoreCase("chunked")
                    ? new Framing.Chunked()
                    : new Framing.Refused(400);
        if (lengths.isEmpty()) return new Framing.Length(0);
        return LENGTH.matcher(lengths.getFirst()).matches()
                ? new Framing.Length(Long.parseLong(lengths.getFirst()))
                : new Framing.Refused(400);
    }
}
