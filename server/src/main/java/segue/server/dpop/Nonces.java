package segue.server.dpop;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

import javax.crypto.Mac;
import javax.crypto.SecretKey;

/// The nonces that proofs must carry (RFC 9449 §8). They are made of the time and of a key that all
/// nodes share, so that each node knows what another one gave, and nothing is stored. A nonce is no
/// secret: whoever asks gets it; but nobody can make tomorrow's.
final class Nonces {
    /// How long one is given; it is valid for as long again.
    static final Duration PERIOD = Duration.ofMinutes(2);

    private final SecretKey key;
    private final Clock clock;

    Nonces(SecretKey key, Clock clock) {
        this.key = key;
        this.clock = clock;
    }

    /// What to answer now.
    String current() {
        return of(period());
    }

    /// What a proof may carry now: the nonce of this period, that of the one before, and that of
    /// the next, which a node gives whose clock is a little ahead.
    Set<String> valid() {
        var now = period();
        return LongStream.rangeClosed(now - 1, now + 1)
                .mapToObj(this::of)
                .collect(Collectors.toSet());
    }

    private long period() {
        return Math.floorDiv(clock.millis(), PERIOD.toMillis());
    }

    private String of(long period) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            var bytes = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(period).array());
            return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }
}
