package segue.server.tracing;

import segue.domain.secret.SecretHash;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/// Which span of which trace (W3C Trace Context §3.2.2).
///
/// @param trace 16 bytes in lower-case hexadecimal
/// @param span 8 bytes, likewise
public record SpanContext(String trace, String span) {
    // Identifiers of nothing but zeros are invalid, and so is version ff.
    private static final Pattern TRACEPARENT =
            Pattern.compile(
                    "(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}");

    private static final byte[] LABEL = "segue trace".getBytes(StandardCharsets.UTF_8);

    /// One that nobody knows yet.
    static SpanContext fresh() {
        var bytes = new byte[24];
        ThreadLocalRandom.current().nextBytes(bytes);
        return of(bytes);
    }

    /// That of the request which handed out a one-time secret. Whoever is brought the secret can
    /// tell it as well, on any node and without a word between them. Neither the secret nor its
    /// hash can be told from it.
    static SpanContext of(SecretHash secret) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(LABEL);
            return of(digest.digest(secret.bytes()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static SpanContext of(byte[] bytes) {
        var hex = HexFormat.of();
        return new SpanContext(hex.formatHex(bytes, 0, 16), hex.formatHex(bytes, 16, 24));
    }

    /// A span id for a part of a request.
    static String freshSpan() {
        return fresh().span();
    }

    /// What a caller says of itself; empty if it isn't well-formed.
    static Optional<SpanContext> parse(String traceparent) {
        var match = TRACEPARENT.matcher(traceparent);
        return match.matches()
                ? Optional.of(new SpanContext(match.group(1), match.group(2)))
                : Optional.empty();
    }
}
