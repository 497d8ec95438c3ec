package segue.server.password;

import com.password4j.Argon2Function;
import com.password4j.BcryptFunction;
import com.password4j.Password;
import com.password4j.types.Argon2;

import segue.domain.secret.Secret;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Verifies and makes password hashes. At most so many at once as there are cores, because each
/// takes 19 MiB and some tens of milliseconds (THREATS T-36); whoever waits too long is told to
/// come back. A verification costs one hash whatever it finds, so that its time doesn't tell
/// whether a user exists (THREATS R34.1).
public final class PasswordLane {
    /// OWASP's minimum for Argon2id: 19 MiB, two passes, one lane.
    private static final Argon2Function ARGON2ID =
            Argon2Function.getInstance(19 * 1024, 2, 1, 32, Argon2.ID);

    /// Longer ones are refused before they are hashed (THREATS R36.2).
    private static final int MOST_BYTES = 4096;

    private final Semaphore lanes;
    private final Duration patience;
    private final String decoy;

    /// @param lanes how many hashes are computed at once
    /// @param patience how long a caller waits for a lane
    public PasswordLane(int lanes, Duration patience) {
        this.lanes = new Semaphore(lanes, true);
        this.patience = patience;
        this.decoy = hashed(new Secret("nobody's password"));
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
    /// @param hash Argon2id, or an imported bcrypt, in its usual text form; empty if there is no
    ///   user or no password
    public Verdict verify(Secret password, Optional<String> hash) {
        if (!enter()) return Verdict.BUSY;
        try {
            var isRight = matches(password, hash.orElse(decoy));
            return isRight && hash.isPresent() ? Verdict.RIGHT : Verdict.WRONG;
        } finally {
            lanes.release();
        }
    }

    /// A hash to store; empty if no lane was free in time.
    public Optional<String> hash(Secret password) {
        if (!enter()) return Optional.empty();
        try {
            return Optional.of(hashed(password));
        } finally {
            lanes.release();
        }
    }

    /// Whether a hash is of a kind that [#verify] understands.
    public static boolean isKnown(String hash) {
        return hash.startsWith("$argon2id$")
                || hash.matches("\\$2[aby]\\$\\d{2}\\$[./A-Za-z0-9]{53}");
    }

    private boolean enter() {
        try {
            return lanes.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String hashed(Secret password) {
        return Password.hash(password.reveal()).addRandomSalt(16).with(ARGON2ID).getResult();
    }

    private static boolean matches(Secret password, String hash) {
        var text = password.reveal();
        var checked = text.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES ? "" : text;
        var function =
                hash.startsWith("$argon2id$")
                        ? Argon2Function.getInstanceFromHash(hash)
                        : BcryptFunction.getInstanceFromHash(hash);
        return Password.check(checked, hash).with(function) && checked.equals(text);
    }
}
