package segue.benchmark;

import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// Somebody who goes round and round: a refresh, a silent sign-in, and a hand-off in its three
/// requests. A step that is refused is asked for again, so that what is accepted is the same mix
/// however much is refused; but a hand-off whose token or code is about to expire begins anew.
final class Visitor {
    /// Both live for a minute.
    private static final long FRESH = Duration.ofSeconds(50).toNanos();

    private static final JsonMapper JSON = new JsonMapper();
    private static final String AUDIENCE = "urn:localhost:session_transfer";
    private static final Pattern CODE =
            Pattern.compile("(?i)\r\nlocation:[^\r]*[?&]code=([^&\r]*)");

    private enum Step {
        REFRESH,
        SILENT_SIGN_IN,
        EXCHANGE,
        REDEMPTION,
        CODE_EXCHANGE
    }

    private final String host;
    private final String cookie;
    private String refreshToken;
    private String transferToken = "";
    private String code = "";
    private long obtained;
    private Step step = Step.REFRESH;
    private byte[] request;

    /// @param host of the server, with its port
    /// @param refreshToken the app's
    /// @param cookie of the browser's session
    Visitor(String host, String refreshToken, String cookie) {
        this.host = host;
        this.refreshToken = refreshToken;
        this.cookie = cookie;
        this.request = encoded();
    }

    /// What is asked for now, in the bytes of HTTP.
    byte[] request() {
        var needsWhatExpires = step == Step.REDEMPTION || step == Step.CODE_EXCHANGE;
        if (needsWhatExpires && System.nanoTime() - obtained > FRESH) {
            step = Step.EXCHANGE;
            request = encoded();
        }
        return request;
    }

    /// Whether the next step is the first.
    boolean hasGoneRound() {
        return step == Step.REFRESH;
    }

    /// Reads a success, and goes on to the next step.
    ///
    /// @param answer its head and its body
    /// @throws IllegalStateException if it is none
    void accepted(String answer) {
        switch (step) {
            case REFRESH -> {
                keep(answer);
                step = Step.SILENT_SIGN_IN;
            }
            case SILENT_SIGN_IN -> {
                var _ = codeIn(answer);
                step = Step.EXCHANGE;
            }
            case EXCHANGE -> {
                transferToken = keep(answer);
                obtained = System.nanoTime();
                step = Step.REDEMPTION;
            }
            case REDEMPTION -> {
                code = codeIn(answer);
                obtained = System.nanoTime();
                step = Step.CODE_EXCHANGE;
            }
            case CODE_EXCHANGE -> {
                if (!body(answer).has("id_token"))
                    throw new IllegalStateException("no ID token: " + answer);
                step = Step.REFRESH;
            }
        }
        request = encoded();
    }

    /// @return the access token; the refresh token has rotated
    private String keep(String answer) {
        var body = body(answer);
        var next = body.path("refresh_token").asString("");
        if (next.isEmpty() || next.equals(refreshToken))
            throw new IllegalStateException("no rotation: " + answer);
        refreshToken = next;
        return body.path("access_token").asString();
    }

    private static JsonNode body(String answer) {
        return JSON.readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
    }

    private static String codeIn(String answer) {
        var code = CODE.matcher(answer);
        if (!code.find()) throw new IllegalStateException("no code: " + answer);
        return code.group(1);
    }

    private byte[] encoded() {
        var text =
                switch (step) {
                    case REFRESH -> post(withRefreshToken(Map.of()));
                    case SILENT_SIGN_IN -> authorize("", "Cookie: " + cookie + "\r\n");
                    case EXCHANGE -> post(withRefreshToken(Map.of("audience", AUDIENCE)));
                    case REDEMPTION -> authorize("&session_transfer_token=" + transferToken, "");
                    case CODE_EXCHANGE -> post(withCode());
                };
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private Map<String, String> withRefreshToken(Map<String, String> more) {
        var fields = new LinkedHashMap<>(more);
        fields.put("grant_type", "refresh_token");
        fields.put("client_id", Subject.APP);
        fields.put("refresh_token", refreshToken);
        return fields;
    }

    private Map<String, String> withCode() {
        return Map.of(
                "grant_type", "authorization_code",
                "client_id", Subject.WEB,
                "client_secret", Subject.WEB_SECRET,
                "redirect_uri", Subject.CALLBACK,
                "code", code);
    }

    private String authorize(String more, String headers) {
        return "GET /authorize?%s%s HTTP/1.1\r\nHost: %s\r\n%s\r\n"
                .formatted(Wire.form(Subject.REQUEST), more, host, headers);
    }

    private String post(Map<String, String> fields) {
        var form = Wire.form(fields);
        return """
        POST /oauth/token HTTP/1.1\r
        Host: %s\r
        Content-Type: application/x-www-form-urlencoded\r
        Content-Length: %d\r
        \r
        %s\
        """
                .formatted(host, form.length(), form);
    }
}
