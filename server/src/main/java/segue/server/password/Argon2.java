package segue.server.password;

import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator.BlockPool;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator.FixedBlockPool;
import org.bouncycastle.crypto.params.Argon2Parameters;

import segue.domain.secret.Secret;

import java.lang.ref.SoftReference;
import java.nio.charset.StandardCharsets;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;

/// Argon2 (RFC 9106). The memory of our own hashes is used again: a heap that is as small as ours
/// has to be collected as a whole to make room for the next 19 MiB, which takes several times as
/// long as the hash (docs/adr/0027). It is zero whenever no hash is being computed in it, and the
/// collector takes it when nobody has needed it for a while.
final class Argon2 {
    /// What ours cost. OWASP's minimum for Argon2id: 19 MiB, two passes, one lane.
    static final Cost CURRENT = new Cost("argon2id", 19, 19 * 1024, 2, 1);

    private static final Map<String, Integer> TYPES =
            Map.of(
                    "argon2d", Argon2Parameters.ARGON2_d,
                    "argon2i", Argon2Parameters.ARGON2_i,
                    "argon2id", Argon2Parameters.ARGON2_id);

    /// As many as were ever computed at once. The one used last is used first, so that those which
    /// only a crowd needs get old enough for the collector.
    private static final Deque<SoftReference<BlockPool>> IDLE = new ConcurrentLinkedDeque<>();

    private Argon2() {}

    /// How a hash is computed.
    ///
    /// @param type `argon2d`, `argon2i` or `argon2id`
    /// @param version 16 or 19
    /// @param kibibytes of memory; at least 8 for each lane
    /// @param passes over it, from 1
    /// @param lanes from 1
    record Cost(String type, int version, int kibibytes, int passes, int lanes) {}

    /// The hash of a password.
    ///
    /// @param length bytes of the hash, at least 4
    static byte[] hash(Secret password, Cost cost, byte[] salt, int length) {
        return cost.equals(CURRENT)
                ? hashAgain(password, salt, length)
                : hash(password, parameters(cost, salt).build(), length);
    }

    private static byte[] hashAgain(Secret password, byte[] salt, int length) {
        var memory = memory();
        try {
            var parameters = parameters(CURRENT, salt).withBlockPool(memory).build();
            return hash(password, parameters, length);
        } finally {
            IDLE.push(new SoftReference<>(memory));
        }
    }

    private static BlockPool memory() {
        for (var it = IDLE.poll(); it != null; it = IDLE.poll()) {
            var memory = it.get();
            if (memory != null) return memory;
        }
        return new FixedBlockPool(
                Argon2BytesGenerator.getBlockCount(CURRENT.kibibytes(), CURRENT.lanes()));
    }

    private static Argon2Parameters.Builder parameters(Cost cost, byte[] salt) {
        return new Argon2Parameters.Builder(Objects.requireNonNull(TYPES.get(cost.type())))
                .withVersion(cost.version())
                .withMemoryAsKB(cost.kibibytes())
                .withIterations(cost.passes())
                .withParallelism(cost.lanes())
                .withSalt(salt);
    }

    private static byte[] hash(Secret password, Argon2Parameters parameters, int length) {
        var generator = new Argon2BytesGenerator();
        generator.init(parameters);
        var hash = new byte[length];
        var _ = generator.generateBytes(password.reveal().getBytes(StandardCharsets.UTF_8), hash);
        return hash;
    }
}
