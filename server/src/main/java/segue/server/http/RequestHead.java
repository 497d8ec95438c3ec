package segue.server.http;

import segue.server.settings.Settings;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// The head of a request, judged by the grammar of RFC 9112 alone, without any of the leniency that
/// it allows: what a proxy before us might read differently is refused (THREATS T-50). It is read
/// byte by byte, because every request that is refused for want of room comes by here, too.
///
/// @param isOlder whether it speaks HTTP/1.0
/// @param isPlain whether the next request follows its body at once, whatever the answer is: it
///   ends no connection, its client doesn't wait before it sends the body (RFC 9110 §10.1.1), and
///   its answer has a body
/// @param path without the query; empty if the request is refused
record RequestHead(Framing framing, boolean isOlder, boolean isPlain, String path) {
    private static final String OLDER = " HTTP/1.0";
    private static final String CURRENT = " HTTP/1.1";
    private static final int LONGEST_METHOD = 20;
    // RFC 9110 §5.6.2.
    private static final boolean[] TOKEN = new boolean[256];
    // What an HTTP/1.0 client doesn't know, or means in another way (RFC 9110 §10.1.1, RFC 9112
    // C.2.2).
    private static final Set<String> NOT_OF_1_0 = Set.of("connection", "expect", "keep-alive");
    // Never one of ours (RFC 6761 §6.4); the empty one that RFC 9112 §3.2 has for this, Helidon
    // refuses.
    private static final String NO_HOST = "Host: none.invalid";
    private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");

    static {
        for (var c = '0'; c <= '9'; c++) TOKEN[c] = true;
        for (var c = 'a'; c <= 'z'; c++) TOKEN[c] = true;
        for (var c = 'A'; c <= 'Z'; c++) TOKEN[c] = true;
        for (var c : "!#$%&'*+-.^_`|~".toCharArray()) TOKEN[c] = true;
    }

    /// @param head from the request line to the empty line, both included; every line break in it
    ///   is CR LF
    static RequestHead judge(byte[] head, Settings.Requests limits) {
        var end = endOfLine(head, 0);
        var method = endOfMethod(head);
        var version = end - CURRENT.length();
        var isOlder = is(head, version, end, OLDER);
        if (method < 0 || !(isOlder || is(head, version, end, CURRENT))) return refused(400);
        var query = version;
        for (var i = version - 1; i > method; i--) {
            if (head[i] < 0x21 || head[i] > 0x7e || head[i] == '#') return refused(400);
            if (head[i] == '?') query = i;
        }
        if (version <= method + 1 || head[method + 1] != '/') return refused(400);
        if (version - method - 1 > limits.urlBytes()) return refused(414);
        if (head.length - end > limits.headerBytes()) return refused(431);
        var fields = new Fields(isOlder);
        var count = 0;
        for (var at = end + 2; head[at] != '\r'; at = end + 2) {
            end = endOfLine(head, at);
            if (++count > limits.headers()) return refused(431);
            if (!fields.take(head, at, end)) return refused(400);
        }
        var path = new String(head, method + 1, query - method - 1, StandardCharsets.US_ASCII);
        var isPlain = !isOlder && fields.arePlain && !is(head, 0, method, "head");
        return new RequestHead(fields.framing(), isOlder, isPlain, path);
    }

    private static RequestHead refused(int status) {
        return new RequestHead(new Framing.Refused(status), false, false, "");
    }

    private static int endOfLine(byte[] head, int from) {
        var at = from;
        while (head[at] != '\r') at++;
        return at;
    }

    /// Where the space after it stands; negative if there is no well-formed method.
    private static int endOfMethod(byte[] head) {
        var at = 0;
        while (head[at] >= 'A' && head[at] <= 'Z') at++;
        return at > 0 && at <= LONGEST_METHOD && head[at] == ' ' ? at : -1;
    }

    /// Whether a part of the head is this word, in whatever case if the word is in lower case.
    private static boolean is(byte[] head, int from, int to, String word) {
        if (from < 0 || to - from != word.length()) return false;
        for (var i = from; i < to; i++) {
            var expected = word.charAt(i - from);
            var isSame = head[i] == expected;
            var isCapital = head[i] >= 'A' && head[i] <= 'Z' && head[i] + 32 == expected;
            if (!isSame && !isCapital) return false;
        }
        return true;
    }

    /// What the header fields say about the body and the connection.
    private static final class Fields {
        private final boolean areOlder;
        private final List<String> lengths = new ArrayList<>(1);
        private final List<String> codings = new ArrayList<>(1);
        private int hosts;
        private boolean arePlain = true;
        private boolean expectsMore;

        Fields(boolean areOlder) {
            this.areOlder = areOlder;
        }

        /// False if it isn't well-formed: no space before the colon, and no line that continues
        /// another.
        boolean take(byte[] head, int from, int to) {
            var colon = from;
            while (TOKEN[head[colon] & 0xff]) colon++;
            if (colon == from || colon >= to || head[colon] != ':') return false;
            for (var i = colon + 1; i < to; i++) {
                var isControl = head[i] >= 0 && head[i] < 0x20 && head[i] != '\t';
                if (isControl || head[i] == 0x7f) return false;
            }
            switch (colon - from) {
                case 4 -> {
                    if (is(head, from, colon, "host")) hosts++;
                }
                case 6 -> {
                    if (is(head, from, colon, "expect")) expect(value(head, colon, to));
                }
                case 10 -> {
                    if (is(head, from, colon, "connection")) connection(value(head, colon, to));
                }
                case 14 -> {
                    if (is(head, from, colon, "content-length"))
                        lengths.add(value(head, colon, to));
                }
                case 17 -> {
                    if (is(head, from, colon, "transfer-encoding"))
                        codings.add(value(head, colon, to));
                }
                default -> {}
            }
            return true;
        }

        private static String value(byte[] head, int colon, int to) {
            return new String(head, colon + 1, to - colon - 1, StandardCharsets.ISO_8859_1).strip();
        }

        private void expect(String value) {
            arePlain = false;
            if (!value.equalsIgnoreCase("100-continue")) expectsMore = true;
        }

        private void connection(String value) {
            if (!value.isEmpty() && !value.equalsIgnoreCase("keep-alive")) arePlain = false;
        }

        Framing framing() {
            if (expectsMore && !areOlder) return new Framing.Refused(417);
            // RFC 9112 §6.1: with a coding, the length of an HTTP/1.0 request is faulty. Host is
            // optional there, and the load balancers that leave it out ask for our health.
            var isFit = areOlder ? hosts <= 1 && codings.isEmpty() : hosts == 1;
            if (!isFit || lengths.size() + codings.size() > 1) return new Framing.Refused(400);
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

    /// An HTTP/1.0 request in the words of HTTP/1.1, the last of its connection. Proxies and health
    /// checks still speak the older one by default.
    ///
    /// @param head one that was judged to be well-formed, and older
    static byte[] modernized(byte[] head) {
        var text = new String(head, StandardCharsets.ISO_8859_1);
        var lines = List.of(text.split("\r\n"));
        var modern = new ArrayList<String>();
        modern.add(lines.getFirst().replace(OLDER, CURRENT));
        for (var line : lines.subList(1, lines.size()))
            if (!NOT_OF_1_0.contains(name(line))) modern.add(line);
        if (modern.stream().noneMatch(line -> name(line).equals("host"))) modern.add(NO_HOST);
        modern.add("Connection: close");
        var whole = String.join("\r\n", modern) + "\r\n\r\n";
        return whole.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String name(String line) {
        return line.substring(0, Math.max(line.indexOf(':'), 0)).toLowerCase(Locale.ROOT);
    }
}
