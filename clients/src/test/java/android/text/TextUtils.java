package android.text;

import org.jspecify.annotations.Nullable;

/// Android's, as far as Auth0.Android uses it.
public final class TextUtils {
    private TextUtils() {}

    /// As Android has it: nothing is empty too.
    public static boolean isEmpty(@Nullable CharSequence text) {
        return text == null || text.isEmpty();
    }
}
