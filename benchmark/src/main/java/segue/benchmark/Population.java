package segue.benchmark;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicLong;

/// Those whom [Growth] made up, and who do things in turns: nobody twice, so that a refresh token
/// isn't used after it was rotated away, and neighbours never in sequence, so that what the
/// database reads for one has seldom been read for another.
final class Population {
    /// A prime: steps of it reach each number once.
    private static final long STRIDE = 6_700_417;

    private final long families;
    private final AtomicLong turns;

    /// @param families how many there are, numbered from 0
    /// @param turn how many have had theirs
    Population(long families, long turn) {
        if (families % STRIDE == 0 || families % Growth.COHORT != 0)
            throw new IllegalArgumentException("whole cohorts of " + Growth.COHORT);
        this.families = families;
        this.turns = new AtomicLong(turn);
    }

    /// The number of a family that wasn't used yet.
    long nextFamily() {
        var turn = turns.getAndIncrement();
        if (turn >= families) throw new IllegalStateException("each has had a turn");
        return turn * STRIDE % families;
    }

    /// The number of a family that was issued in a session of this number.
    long nextSession() {
        var family = nextFamily();
        return family - family % Growth.COHORT + family % Growth.SESSIONS;
    }

    /// How many have had their turn.
    long turn() {
        return turns.get();
    }

    /// The text of a family's refresh token.
    static String refreshToken(long family) {
        return "v1." + minted("refresh token " + family);
    }

    /// The secret in the cookie of a session.
    static String session(long session) {
        return "s_" + minted("session " + session);
    }

    /// As long as what the server mints, and as evenly spread.
    private static String minted(String from) {
        try {
            var hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(from.getBytes(StandardCharsets.US_ASCII));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
