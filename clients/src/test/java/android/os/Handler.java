package android.os;

/// Would run things on the main thread. The SDK's classes name it.
public final class Handler {
    private Handler() {}

    /// Runs it here and now.
    public boolean post(Runnable work) {
        work.run();
        return true;
    }
}
