package segue.server.action;

import segue.server.http.Outbound;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// `fetch` of Actions: the worker asks, we send, through the one guarded way out (THREATS T-43),
/// and only to hosts that the operator allows. A redirect is answered as it is: the Action may
/// follow it, and is checked again. The script is told nothing of our network in an error.
final class Fetch {
    private static final int MOST_REQUEST_BYTES = 100_000;
    private static final int MOST_RESPONSE_BYTES = 1 << 20;
    private static final int LONGEST_URL = 8 * 1024;
    private static final int MOST_HEADERS = 50;
    private static final int LONGEST_HEADER = 8 * 1024;

    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9a-z-]{1,100}");

    /// What frames a message or names the connection's other end is ours to say.
    private static final Set<String> OUR_HEADERS =
            Set.of(
                    "accept-encoding",
                    "connection",
                    "content-length",
                    "expect",
                    "host",
                    "keep-alive",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");

    private final Outbound outbound;
    private final Set<String> hosts;

    /// @param hosts that may be reached, in lower case
    Fetch(Outbound outbound, List<String> hosts) {
        this.outbound = outbound;
        this.hosts = Set.copyOf(hosts);
    }

    /// Answers one call, `{status, headers, body}` or `{error}`.
    ///
    /// @param left what the run may still take
    String answer(String json, Duration left) {
        var message = message(json);
        if (message.isEmpty()) return failed("the request can't be sent");
        var host = message.get().to().getHost();
        if (host == null || !hosts.contains(host.toLowerCase(Locale.ROOT)))
            return failed("the host isn't allowed; see the setting actions.allowed-hosts");
        return switch (outbound.send(message.get(), left, MOST_RESPONSE_BYTES)) {
            case Outbound.Reply.Failed(var reason) -> failed(reason);
            case Outbound.Reply.Received received -> answered(received);
        };
    }

    static String failed(String reason) {
        return Json.MAPPER.createObjectNode().put("error", reason).toString();
    }

    private static String answered(Outbound.Reply.Received received) {
        var json = Json.MAPPER.createObjectNode().put("status", received.status());
        var headers = json.putObject("headers");
        received.headers().forEach(headers::put);
        json.put("body", new String(received.body(), StandardCharsets.UTF_8));
        var text = json.toString();
        // Control characters take six bytes each in JSON.
        return text.getBytes(StandardCharsets.UTF_8).length > Frames.MOST_BYTES - 64
                ? failed("the answer is too large")
                : text;
    }

    private static Optional<Outbound.Message> message(String text) {
        try {
            var json = Json.MAPPER.readTree(text);
            var url = json.path("url").asString("");
            var method = json.path("method").asString("");
            if (url.length() > LONGEST_URL || !METHODS.contains(method)) return Optional.empty();
            var headers = new TreeMap<String, String>();
            for (var header : json.path("headers").properties()) {
                var name = header.getKey().toLowerCase(Locale.ROOT);
                if (!isHeader(name, header.getValue())) return Optional.empty();
                headers.put(name, header.getValue().stringValue());
            }
            if (headers.size() > MOST_HEADERS) return Optional.empty();
            var body = Optional.of(json.path("body")).filter(JsonNode::isString);
            if (body.filter(Fetch::isTooLarge).isPresent()) return Optional.empty();
            return Optional.of(
                    new Outbound.Message(
                            method, URI.create(url), headers, body.map(JsonNode::stringValue)));
        } catch (JacksonException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean isTooLarge(JsonNode body) {
        return body.stringValue().getBytes(StandardCharsets.UTF_8).length > MOST_REQUEST_BYTES;
    }

    private static boolean isHeader(String name, JsonNode value) {
        return HEADER_NAME.matcher(name).matches()
                && !OUR_HEADERS.contains(name)
                && !name.startsWith("proxy-")
                && value.isString()
                && value.stringValue().length() <= LONGEST_HEADER
                && value.stringValue().chars().allMatch(Fetch::isHeaderCharacter);
    }

    /// RFC 9110 §5.5.
    private static boolean isHeaderCharacter(int character) {
        return character == '\t'
                || (character >= 0x20 && character < 0x7f)
                || (character >= 0xa0 && character <= 0xff);
    }
}
