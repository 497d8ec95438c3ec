package segue.faults;

import java.util.Optional;

/// What a client knows of its request.
sealed interface Outcome {
    /// It was done.
    ///
    /// @param subject whom the answer is about, if it says so
    record Done(Optional<String> subject) implements Outcome {}

    /// It was not done, and never will be.
    record Refused(String error) implements Outcome {}

    /// The server couldn't say; it may have been done.
    record Unavailable(int status, boolean saysWhenToRetry) implements Outcome {}

    /// There was no answer; it may have been done.
    record Broken() implements Outcome {}

    default boolean mayBeDone() {
        return switch (this) {
            case Done _, Unavailable _, Broken _ -> true;
            case Refused _ -> false;
        };
    }
}
