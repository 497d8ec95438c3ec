package segue.server.management;

import java.util.function.Function;

/// A value, or the error that there is instead.
sealed interface Result<T> {
    record Ok<T>(T value) implements Result<T> {}

    record Failed<T>(ManagementError error) implements Result<T> {}

    /// Goes on with the value, if there is one.
    default <R> Result<R> then(Function<T, Result<R>> next) {
        return switch (this) {
            case Ok<T>(var value) -> next.apply(value);
            case Failed<T>(var error) -> new Failed<>(error);
        };
    }
}
