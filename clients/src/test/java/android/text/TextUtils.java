package android.text;

import org.jspecify.annotations.Nullable;

import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/// Android's, as far as Auth0.Android uses it.
public final class TextUtils {
    private TextUtils() {}

    /// As Android has it: nothing is empty too.
    public static boolean isEmpty(@Nullable CharSequence text) {
        return text == null || text.isEmpty();
    }

    public static String join(CharSequence between, Iterable<?> parts) {
        return StreamSupport.stream(parts.spliterator(), false)
                .map(String::valueOf)
                .collect(Collectors.joining(between));
    }
}
