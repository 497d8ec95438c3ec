package segue.server.password;

import segue.domain.secret.Secret;
import segue.server.http.Admission;
import segue.server.trail.Step;
import segue.server.trail.Trail;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// Verifies and makes password hashes. At most so many at once as there are cores, because each
/// takes 19 MiB and some tens of milliseconds (THREATS T-36); whoever waits too long, or comes when
/// too many wait, is told to come back. A verification costs one hash whatever it finds, so that
/// its time doesn't tell whether a user exists (THREATS R34.1).
public final class PasswordLane {
    /// Longer passwords are refused before they are hashed (THREATS R36.2).
    static final int MOST_BYTES = 4096;

    /// More than are computed within a second or two.
    private static final int MOST_WAITING = 64;

    private final Semaphore lanes;
    private final int most;
    private final Duration patience;
    private final StoredHash decoy = StoredHash.nobodys();
    private final LongAdder operations = new LongAdder();

    /// @param lanes how many hashes are computed at once
    /// @param patience how long a caller waits for a lane
    public PasswordLane(int lanes, Duration patience) {
        this.lanes = new Semaphore(lanes, true);
        this.most = lanes * MOST_WAITING;
        this.patience = patience;
    }

    /// What a verification found.
    public enum Verdict {
        RIGHT,
        WRONG,
        /// No lane was free in time; nothing was verified.
        BUSY
    }

    /// Whether the password has this hash.
    ///
    /// @param hash as [#isKnown] knows it; empty if there is no user or no password. Any other text
    ///   matches no password
    public Verdict verify(Secret password, Optional<String> hash) {
        var stored = hash.flatMap(StoredHash::parse);
        var canBeRight = !password.reveal().isEmpty() && !isTooLong(password);
        var checked = canBeRight ? password : StoredHash.STAND_IN;
        return inLane(() -> stored.orElse(decoy).matches(checked))
                .map(matches -> matches && stored.isPresent() && canBeRight)
                .map(isRight -> isRight ? Verdict.RIGHT : Verdict.WRONG)
                .orElse(Verdict.BUSY);
    }

    /// A hash to store; empty if no lane was free in time.
    ///
    /// @throws IllegalArgumentException if the password is empty or has more than 4096 bytes
    public Optional<String> hash(Secret password) {
        if (password.reveal().isEmpty() || isTooLong(password))
            throw new IllegalArgumentException("a password has 1 to " + MOST_BYTES + " bytes");
        return inLane(() -> StoredHash.of(password));
    }

    /// A better hash of a password that was just found right; empty if its hash is as good as ours,
    /// or if no lane was free in time (THREATS R36.3).
    public Optional<String> renewed(Secret password, String hash) {
        return StoredHash.parse(hash).filter(StoredHash::isCurrent).isPresent()
                ? Optional.empty()
                : hash(password);
    }

    /// Whether a hash is of a kind that [#verify] understands: Argon2, or from an import bcrypt or
    /// PBKDF2, with bearable parameters.
    public static boolean isKnown(String hash) {
        return StoredHash.parse(hash).isPresent();
    }

    /// How many hashes have been computed so far.
    public long operations() {
        return operations.sum();
    }

    /// How many callers wait for a lane.
    public int waiting() {
        return lanes.getQueueLength();
    }

    private static boolean isTooLong(Secret password) {
        return password.reveal().getBytes(StandardCharsets.UTF_8).length > MOST_BYTES;
    }

    private <T> Optional<T> inLane(Supplier<T> hashing) {
        return Trail.step(Step.Kind.PASSWORD, () -> admitted(hashing));
    }

    private <T> Optional<T> admitted(Supplier<T> hashing) {
        if (!enter()) return Optional.empty();
        try {
            operations.increment();
            return Optional.of(hashing.get());
        } finally {
            lanes.release();
        }
    }

    private boolean enter() {
        if (lanes.getQueueLength() >= most) return false;
        Admission.leave();
        try {
            return lanes.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
