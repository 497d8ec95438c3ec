package android.os;

/// The main thread of an app, of which there is none here: the SDK's calls that wait don't need it.
public final class Looper {
    private static final Looper MAIN = new Looper();

    private Looper() {}

    /// The only one.
    public static Looper getMainLooper() {
        return MAIN;
    }
}
