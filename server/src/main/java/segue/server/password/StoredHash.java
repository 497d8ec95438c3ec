package segue.server.password;

import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

import segue.domain.secret.Secret;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/// A password hash as it is stored, with its own parameters: ours is Argon2id, the others came with
/// an import. Parameters that would take a node down are no hash at all.
sealed interface StoredHash {
    /// Hashed in place of a password that can't be right, so that it costs as much as the others.
    Secret STAND_IN = new Secret("in place of another");

    /// Whether the password has this hash. Costs one hash, whatever the password.
    boolean matches(Secret password);

    /// Whether it is what we would make today.
    boolean isCurrent();

    /// A new hash, with a salt of its own.
    static String of(Secret password) {
        var salt = new byte[16];
        Argon2Hash.RANDOM.nextBytes(salt);
        var hash = Argon2.hash(password, Argon2.CURRENT, salt, Argon2Hash.BYTES);
        return new Argon2Hash(Argon2.CURRENT, salt, hash).text();
    }

    /// The text of a stored or imported hash; empty if it is none that we can verify.
    static Optional<StoredHash> parse(String text) {
        return Argon2Hash.parse(text)
                .or(() -> BcryptHash.parse(text))
                .or(() -> Pbkdf2Hash.parse(text));
    }

    /// A hash of ours that no password is known for. It is made up, because a real one would cost
    /// start time.
    static StoredHash nobodys() {
        return new Argon2Hash(Argon2.CURRENT, new byte[16], new byte[Argon2Hash.BYTES]);
    }

    private static int number(MatchResult match, String group) {
        return Integer.parseInt(match.group(group));
    }

    /// RFC 9106, in PHC form.
    record Argon2Hash(Argon2.Cost cost, byte[] salt, byte[] hash) implements StoredHash {
        private static final Pattern FORM =
                Pattern.compile(
                        "\\$(?<type>argon2(?:id|i|d))\\$v=(?<version>16|19)"
                            + "\\$m=(?<memory>\\d{1,7}),t=(?<passes>\\d{1,4}),p=(?<lanes>\\d{1,3})"
                            + "\\$(?<salt>[A-Za-z0-9+/]{11,86})\\$(?<hash>[A-Za-z0-9+/]{16,86})");
        private static final int MOST_KIBIBYTES = 256 * 1024;
        private static final int MOST_PASSES = 64;
        private static final int MOST_LANES = 16;

        /// Kibibytes filled in all passes together, which is what the time goes by.
        private static final int MOST_WORK = 1024 * 1024;

        /// The length of ours.
        private static final int BYTES = 32;

        private static final SecureRandom RANDOM = new SecureRandom();

        static Optional<StoredHash> parse(String text) {
            var match = FORM.matcher(text);
            if (!match.matches()) return Optional.empty();
            var cost =
                    new Argon2.Cost(
                            match.group("type"),
                            number(match, "version"),
                            number(match, "memory"),
                            number(match, "passes"),
                            number(match, "lanes"));
            if (!isBearable(cost)) return Optional.empty();
            try {
                var salt = Base64.getDecoder().decode(match.group("salt"));
                var hash = Base64.getDecoder().decode(match.group("hash"));
                return Optional.of(new Argon2Hash(cost, salt, hash));
            } catch (IllegalArgumentException notBase64) {
                return Optional.empty();
            }
        }

        private static boolean isBearable(Argon2.Cost cost) {
            return cost.passes() >= 1
                    && cost.passes() <= MOST_PASSES
                    && cost.lanes() >= 1
                    && cost.lanes() <= MOST_LANES
                    && cost.kibibytes() >= 8 * cost.lanes()
                    && cost.kibibytes() <= MOST_KIBIBYTES
                    && (long) cost.kibibytes() * cost.passes() <= MOST_WORK;
        }

        String text() {
            var base64 = Base64.getEncoder().withoutPadding();
            return "$%s$v=%d$m=%d,t=%d,p=%d$%s$%s"
                    .formatted(
                            cost.type(),
                            cost.version(),
                            cost.kibibytes(),
                            cost.passes(),
                            cost.lanes(),
                            base64.encodeToString(salt),
                            base64.encodeToString(hash));
        }

        @Override
        public boolean matches(Secret password) {
            return MessageDigest.isEqual(Argon2.hash(password, cost, salt, hash.length), hash);
        }

        @Override
        public boolean isCurrent() {
            return cost.equals(Argon2.CURRENT);
        }
    }

    /// `$2a$`, `$2b$` and `$2y$`.
    record BcryptHash(String text) implements StoredHash {
        private static final Pattern FORM =
                Pattern.compile("\\$2[aby]\\$(?<cost>\\d{2})\\$[./A-Za-z0-9]{53}");
        private static final int LEAST_COST = 4;
        private static final int MOST_COST = 14;

        /// What comes after is not looked at by bcrypt, so that a longer password has the hash of
        /// its beginning (THREATS R36.2).
        private static final int MOST_BYTES = 72;

        static Optional<StoredHash> parse(String text) {
            var match = FORM.matcher(text);
            if (!match.matches()) return Optional.empty();
            var cost = number(match, "cost");
            return cost < LEAST_COST || cost > MOST_COST
                    ? Optional.empty()
                    : Optional.of(new BcryptHash(text));
        }

        @Override
        public boolean matches(Secret password) {
            var bytes = password.reveal().getBytes(StandardCharsets.UTF_8);
            var isWhole = bytes.length <= MOST_BYTES;
            var checked = isWhole ? bytes : STAND_IN.reveal().getBytes(StandardCharsets.UTF_8);
            return OpenBSDBCrypt.checkPassword(text, checked) && isWhole;
        }

        @Override
        public boolean isCurrent() {
            return false;
        }
    }

    /// RFC 8018 §5.2, in PHC form: `$pbkdf2-sha256$i=310000,l=32$salt$hash`; the length may be left
    /// out.
    record Pbkdf2Hash(String function, int iterations, byte[] salt, byte[] hash)
            implements StoredHash {
        private static final Pattern FORM =
                Pattern.compile(
                        "\\$pbkdf2-(?<digest>sha1|sha256|sha512)"
                                + "\\$i=(?<iterations>\\d{1,7})(?:,l=(?<length>\\d{1,3}))?"
                                + "\\$(?<salt>[A-Za-z0-9+/]{2,256})={0,2}"
                                + "\\$(?<hash>[A-Za-z0-9+/]{22,171})={0,2}");
        private static final int MOST_ITERATIONS = 2_000_000;

        static Optional<StoredHash> parse(String text) {
            var match = FORM.matcher(text);
            if (!match.matches()) return Optional.empty();
            var iterations = number(match, "iterations");
            if (iterations < 1 || iterations > MOST_ITERATIONS) return Optional.empty();
            try {
                var salt = Base64.getDecoder().decode(match.group("salt"));
                var hash = Base64.getDecoder().decode(match.group("hash"));
                var length = Optional.ofNullable(match.group("length")).map(Integer::parseInt);
                var function = "PBKDF2WithHmac" + match.group("digest").toUpperCase(Locale.ROOT);
                return length.filter(it -> it != hash.length).isPresent()
                        ? Optional.empty()
                        : Optional.of(new Pbkdf2Hash(function, iterations, salt, hash));
            } catch (IllegalArgumentException notBase64) {
                return Optional.empty();
            }
        }

        @Override
        public boolean matches(Secret password) {
            var wanted =
                    new PBEKeySpec(
                            password.reveal().toCharArray(), salt, iterations, 8 * hash.length);
            try {
                var found =
                        SecretKeyFactory.getInstance(function).generateSecret(wanted).getEncoded();
                return MessageDigest.isEqual(found, hash);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every Java platform has PBKDF2", e);
            } finally {
                wanted.clearPassword();
            }
        }

        @Override
        public boolean isCurrent() {
            return false;
        }
    }
}
