package segue.domain.device;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// What a user code looks like: `device_flow` of the tenant (RFC 8628 §6.1).
///
/// @param mask each `*` stands for a character of the set, all else for itself
public record UserCodeFormat(Charset charset, String mask) {
    /// Short codes can be guessed, long ones can't be typed (RFC 8628 §5.1).
    private static final int FEWEST = 8;

    private static final int LONGEST = 20;
    private static final Pattern MASK = Pattern.compile("[* -]+");

    /// Of which characters it is made.
    public enum Charset {
        /// Consonants: no word that offends can come about, and nothing looks like a digit.
        BASE20("BCDFGHJKLMNPQRSTVWXZ", "****-****"),
        DIGITS("0123456789", "***-***-***");

        private final String characters;
        private final String usualMask;

        Charset(String characters, String usualMask) {
            this.characters = characters;
            this.usualMask = usualMask;
        }

        /// All of them.
        public String characters() {
            return characters;
        }
    }

    /// Of a tenant that says nothing.
    public static final UserCodeFormat USUAL = of(Charset.BASE20);

    /// With the mask that is usual for the set.
    public static UserCodeFormat of(Charset charset) {
        return new UserCodeFormat(charset, charset.usualMask);
    }

    /// What is wrong with a mask; empty if nothing is.
    public static List<String> problems(String mask) {
        if (mask.length() > LONGEST)
            return List.of("String is too long (" + mask.length() + " chars), maximum " + LONGEST);
        if (!MASK.matcher(mask).matches())
            return List.of("A mask consists of *, hyphens and spaces");
        return places(mask) < FEWEST
                ? List.of("A code with fewer than " + FEWEST + " characters can be guessed")
                : List.of();
    }

    /// How many characters are to be chosen.
    public int length() {
        return Math.toIntExact(places(mask));
    }

    private static long places(String mask) {
        return mask.chars().filter(it -> it == '*').count();
    }

    /// The characters as a user sees them.
    ///
    /// @param characters as many as [#length]
    public String show(String characters) {
        var shown = new StringBuilder(mask);
        var next = 0;
        for (var i = 0; i < shown.length(); i++)
            if (shown.charAt(i) == '*') shown.setCharAt(i, characters.charAt(next++));
        return shown.toString();
    }

    /// What a user typed as their device shows it; unchanged if it is of another format.
    public String tidy(String typed) {
        var characters = read(typed);
        return characters.length() == length() ? show(characters) : typed;
    }

    /// What a user typed, without what doesn't matter in it: small letters, and whatever stands
    /// between the characters (RFC 8628 §6.1).
    public static String read(String typed) {
        return typed.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "");
    }
}
