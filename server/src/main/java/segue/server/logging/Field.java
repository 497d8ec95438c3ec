package segue.server.logging;

/// Makes a piece of text fit to stand in a log line.
final class Field {
    /// THREATS R40.2: a field has at most so many characters.
    static final int LONGEST = 256;

    private static final char REPLACEMENT = '\uFFFD';

    private Field() {}

    /// The text with at most 256 characters, and with a replacement character for whatever could
    /// end a line, steer a terminal, turn the reading direction or isn't a character at all.
    static String of(String text) {
        var clean = new StringBuilder(Math.min(text.length(), LONGEST));
        for (int at = 0; at < text.length(); ) {
            var point = text.codePointAt(at);
            at += Character.charCount(point);
            var length = Character.charCount(point);
            var isLast = at >= text.length();
            if (clean.length() + length > (isLast ? LONGEST : LONGEST - 1)) {
                return clean.append('…').toString();
            }
            if (isHarmful(point)) {
                clean.append(REPLACEMENT);
            } else {
                clean.appendCodePoint(point);
            }
        }
        return clean.toString();
    }

    private static boolean isHarmful(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    true;
            default -> false;
        };
    }
}
