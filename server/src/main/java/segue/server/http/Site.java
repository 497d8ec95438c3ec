package segue.server.http;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// What to serve.
///
/// @param isOurHost whether a `Host` header names us; others are answered 421 (contract operator
///   §2)
/// @param isSecure whether browsers reach us by https, so that HSTS may be promised
/// @param requestIds names for requests
public record Site(
        Router router,
        Predicate<String> isOurHost,
        boolean isSecure,
        Supplier<String> requestIds,
        Observer observer) {

    /// Hears of every answer, for metrics and the access log. Never told a query, a header or a
    /// body.
    public interface Observer {
        /// @param template the route's template, or `unmatched`
        void served(String template, Method method, int status, Duration took, String requestId);

        /// Something broke while a request was answered.
        void failed(String requestId, Throwable cause);
    }
}
