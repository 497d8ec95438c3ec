package segue.server.password;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;

import segue.domain.secret.Secret;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/// Our own hashes, whose memory is used again.
class Argon2Test {
    private static final Secret PASSWORD = new Secret("correct horse");
    private static final byte[] SALT = "saltsaltsaltsalt".getBytes(StandardCharsets.US_ASCII);

    /// Made with the reference implementation, Debian's `argon2` 20171227.
    private static final String HASH =
            "01dc1e04bc1c7e59cd5f61d55bc8b532dbbb7ebae7e0a8bb87fad8486b94ec8b";

    private static String hash() {
        return HexFormat.of().formatHex(Argon2.hash(PASSWORD, Argon2.CURRENT, SALT, 32));
    }

    @Test
    void aHashIsTheSameInMemoryThatWasUsed() {
        for (var i = 0; i < 3; i++) assertThat(hash()).isEqualTo(HASH);
    }

    @Test
    void hashesThatAreComputedAtOnceHaveMemoryOfTheirOwn() throws Exception {
        var tasks =
                IntStream.range(0, 16).<Callable<String>>mapToObj(i -> Argon2Test::hash).toList();
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (var it : threads.invokeAll(tasks)) assertThat(it.get()).isEqualTo(HASH);
        }
    }

    /// Else a small heap is collected as a whole for each of them.
    @Test
    void aHashNeedsNoMemoryAfterAnother() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var least = Long.MAX_VALUE;
        for (var i = 0; i < 5; i++) {
            var before = threads.getCurrentThreadAllocatedBytes();
            var _ = hash();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isLessThan(1024 * 1024);
    }
}
