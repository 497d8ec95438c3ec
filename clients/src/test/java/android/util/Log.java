package android.util;

/// Android's log, which nobody reads here.
public final class Log {
    private Log() {}

    /// Says nothing.
    public static int w(String tag, String message) {
        return 0;
    }

    /// Says nothing.
    public static int e(String tag, String message) {
        return 0;
    }

    /// Says nothing.
    public static int e(String tag, String message, Throwable cause) {
        return 0;
    }
}
