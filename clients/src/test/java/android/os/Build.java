package android.os;

/// What the SDK tells the server about the device.
public final class Build {
    private Build() {}

    /// The release of Android.
    public static final class VERSION {
        /// Any one that the SDK supports.
        public static final int SDK_INT = 34;

        private VERSION() {}
    }
}
