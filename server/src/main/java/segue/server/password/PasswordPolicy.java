package segue.server.password;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a connection demands of a new password, by the names that Auth0 has for it. Whatever it
/// says, a password has eight characters or more (NIST SP 800-63B §3.1.1.2) and is none of the
/// common ones (THREATS R35.5).
///
/// @param shortest in characters
/// @param dictionary words that are no password either, in lower case
/// @param noPersonalInfo whether a password may not contain what is known of its user
public record PasswordPolicy(
        Level level, int shortest, Set<String> dictionary, boolean noPersonalInfo) {
    private static final int SHORTEST = 8;

    /// Shorter words are in every password.
    private static final int SHORTEST_PERSONAL = 3;

    public PasswordPolicy {
        dictionary = Set.copyOf(dictionary);
        shortest = Math.max(shortest, Math.max(SHORTEST, level.shortest));
    }

    /// `passwordPolicy`.
    public enum Level {
        NONE(SHORTEST, 0, 0),
        LOW(SHORTEST, 0, 0),
        /// A lower case letter, an upper case letter and a digit.
        FAIR(SHORTEST, 3, 0),
        /// Three of four kinds of characters.
        GOOD(SHORTEST, 3, 0),
        /// The same, and none of them three times in a row.
        EXCELLENT(10, 3, 2);

        private final int shortest;
        private final int kinds;
        private final int mostInARow;

        Level(int shortest, int kinds, int mostInARow) {
            this.shortest = shortest;
            this.kinds = kinds;
            this.mostInARow = mostInARow;
        }

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        private List<Kind> asked() {
            return this == FAIR
                    ? List.of(Kind.LOWER, Kind.UPPER, Kind.DIGIT)
                    : List.of(Kind.values());
        }
    }

    private enum Kind {
        LOWER("lowerCase", "lower case letters (a-z)"),
        UPPER("upperCase", "upper case letters (A-Z)"),
        DIGIT("numbers", "numbers (i.e. 0-9)"),
        SPECIAL("specialCharacters", "special characters (e.g. !@#$%^&*)");

        private final String code;
        private final String words;

        Kind(String code, String words) {
            this.code = code;
            this.words = words;
        }

        private boolean has(int character) {
            return switch (this) {
                case LOWER -> Character.isLowerCase(character);
                case UPPER -> Character.isUpperCase(character);
                case DIGIT -> Character.isDigit(character);
                case SPECIAL -> !Character.isLetterOrDigit(character);
            };
        }
    }

    /// The values of `passwordPolicy`.
    public static List<String> levels() {
        return Stream.of(Level.values()).map(Level::word).toList();
    }

    /// As a connection's `options` say.
    public static PasswordPolicy of(JsonNode options) {
        var level =
                Stream.of(Level.values())
                        .filter(it -> options.path("passwordPolicy").asString("").equals(it.word()))
                        .findFirst()
                        .orElse(Level.NONE);
        var dictionary = options.path("password_dictionary");
        var words =
                dictionary.path("enable").asBoolean(false)
                        ? dictionary.path("dictionary").valueStream().map(JsonNode::asString)
                        : Stream.<String>empty();
        return new PasswordPolicy(
                level,
                options.path("password_complexity_options").path("min_length").asInt(SHORTEST),
                words.map(it -> it.toLowerCase(Locale.ROOT)).collect(Collectors.toSet()),
                options.path("password_no_personal_info").path("enable").asBoolean(false));
    }

    /// What is wrong with a password.
    public sealed interface Flaw {
        /// Its name on the wire.
        String name();

        /// For the one who chose it.
        String message();

        /// @param rules that were asked of it, those that it follows too
        record Weak(List<Rule> rules) implements Flaw {
            public Weak {
                rules = List.copyOf(rules);
            }

            @Override
            public String name() {
                return "PasswordStrengthError";
            }

            @Override
            public String message() {
                return "Password is too weak";
            }
        }

        record Common() implements Flaw {
            @Override
            public String name() {
                return "PasswordDictionaryError";
            }

            @Override
            public String message() {
                return "Password is too common";
            }
        }

        record Personal() implements Flaw {
            @Override
            public String name() {
                return "PasswordNoUserInfoError";
            }

            @Override
            public String message() {
                return "Password contains user information";
            }
        }
    }

    /// One demand, in the words that SDKs fill in: `message` with `format`, once for each item.
    ///
    /// @param items kinds of characters, of which some must occur
    public record Rule(
            String code,
            String message,
            List<Object> format,
            List<Item> items,
            boolean isFollowed) {
        public Rule {
            format = List.copyOf(format);
            items = List.copyOf(items);
        }

        /// As a page says it.
        public String text() {
            var kinds = items.stream().map(Item::message).collect(Collectors.joining(", "));
            return (message.formatted(format.toArray()) + " " + kinds).strip();
        }
    }

    public record Item(String code, String message, boolean isThere) {}

    /// The first flaw; empty if the password may be set.
    ///
    /// @param personal what is known of its user: names, and the part of the e-mail address before
    ///   the `@`
    public Optional<Flaw> flaw(String password, Collection<String> personal) {
        var rules = rules(password);
        if (!rules.stream().allMatch(Rule::isFollowed)) return Optional.of(new Flaw.Weak(rules));
        var lower = password.toLowerCase(Locale.ROOT);
        if (CommonPasswords.has(lower) || dictionary.contains(lower))
            return Optional.of(new Flaw.Common());
        var isPersonal =
                noPersonalInfo
                        && personal.stream()
                                .flatMap(PasswordPolicy::words)
                                .anyMatch(lower::contains);
        return isPersonal ? Optional.of(new Flaw.Personal()) : Optional.empty();
    }

    private static Stream<String> words(String text) {
        return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+", -1))
                .filter(word -> word.length() >= SHORTEST_PERSONAL);
    }

    private List<Rule> rules(String password) {
        var length = password.codePointCount(0, password.length());
        var isBearable =
                password.getBytes(StandardCharsets.UTF_8).length <= PasswordLane.MOST_BYTES;
        var ofLength =
                Stream.of(
                        new Rule(
                                "lengthAtLeast",
                                "At least %d characters in length",
                                List.of(shortest),
                                List.of(),
                                length >= shortest),
                        new Rule(
                                "lengthAtMost",
                                "At most %d bytes in length",
                                List.of(PasswordLane.MOST_BYTES),
                                List.of(),
                                isBearable));
        return Stream.of(ofLength, ofKinds(password), ofRows(password)).flatMap(it -> it).toList();
    }

    private Stream<Rule> ofKinds(String password) {
        if (level.kinds == 0) return Stream.empty();
        var items =
                level.asked().stream()
                        .map(
                                kind ->
                                        new Item(
                                                kind.code,
                                                kind.words,
                                                password.codePoints().anyMatch(kind::has)))
                        .toList();
        var isFollowed = items.stream().filter(Item::isThere).count() >= level.kinds;
        return Stream.of(
                level.kinds == items.size()
                        ? new Rule("shouldContain", "Should contain:", List.of(), items, isFollowed)
                        : new Rule(
                                "containsAtLeast",
                                "Contain at least %d of the following %d types of characters:",
                                List.of(level.kinds, items.size()),
                                items,
                                isFollowed));
    }

    private Stream<Rule> ofRows(String password) {
        if (level.mostInARow == 0) return Stream.empty();
        var points = password.codePoints().toArray();
        var row = 0;
        var longest = 0;
        for (var i = 0; i < points.length; i++) {
            row = i > 0 && points[i] == points[i - 1] ? row + 1 : 1;
            longest = Math.max(longest, row);
        }
        return Stream.of(
                new Rule(
                        "identicalChars",
                        "No more than %d identical characters in a row (e.g., \"%s\" not allowed)",
                        List.of(level.mostInARow, "a".repeat(level.mostInARow + 1)),
                        List.of(),
                        longest <= level.mostInARow));
    }
}
