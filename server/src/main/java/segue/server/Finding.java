package segue.server;

/// One line of `segue doctor`.
///
/// @param subject what was looked at, in one word
public record Finding(Grade grade, String subject, String text) {
    /// How bad it is.
    public enum Grade {
        OK,
        /// A server starts with it all the same.
        WARN,
        /// No server starts with it, or none should.
        FAIL
    }

    public static Finding ok(String subject, String text) {
        return new Finding(Grade.OK, subject, text);
    }

    public static Finding warn(String subject, String text) {
        return new Finding(Grade.WARN, subject, text);
    }

    public static Finding fail(String subject, String text) {
        return new Finding(Grade.FAIL, subject, text);
    }
}
