package segue.actions;

import java.util.Locale;

/// Why an execution has no effects (contract 4 §6.1).
record Failure(Kind kind, String name, String message, String stack) {
    /// The `error_class` of the log.
    enum Kind {
        ACTION_ERROR,
        ACTION_TIMEOUT,
        PLATFORM_ERROR
    }

    static final int NAME = 100;
    static final int MESSAGE = 500;
    static final int STACK = 2000;

    Failure {
        name = clip(name, NAME);
        message = clip(message, MESSAGE);
        stack = clip(stack, STACK);
    }

    static Failure ofAction(String name, String message) {
        return new Failure(Kind.ACTION_ERROR, name, message, "");
    }

    static Failure timeout() {
        return new Failure(
                Kind.ACTION_TIMEOUT, "Error", "the Action did not finish within its time", "");
    }

    static Failure ofPlatform(Throwable cause) {
        return new Failure(Kind.PLATFORM_ERROR, "Error", String.valueOf(cause.getMessage()), "");
    }

    String json() {
        return "{\"class\":"
                + Json.quote(kind.name().toLowerCase(Locale.ROOT))
                + ",\"name\":"
                + Json.quote(name)
                + ",\"message\":"
                + Json.quote(message)
                + ",\"stack\":"
                + Json.quote(stack)
                + "}";
    }

    static String clip(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length);
    }
}
