package segue.actions;

/// The one thing of JSON that isn't left to the guest's own: it must hold when the guest is gone.
final class Json {
    private Json() {}

    static String quote(String text) {
        var out = new StringBuilder(text.length() + 2).append('"');
        text.codePoints().forEach(it -> append(out, it));
        return out.append('"').toString();
    }

    private static void append(StringBuilder out, int codePoint) {
        if (codePoint == '"' || codePoint == '\\') {
            out.append('\\').append((char) codePoint);
        } else if (codePoint < 0x20 || isLoneSurrogate(codePoint)) {
            out.append("\\u%04x".formatted(codePoint));
        } else {
            out.appendCodePoint(codePoint);
        }
    }

    /// UTF-8 can't carry them, and clipping makes them.
    private static boolean isLoneSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }
}
