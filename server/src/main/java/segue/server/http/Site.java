package segue.server.http;

import java.time.Duration;
import java.util.Optional;
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

    /// Hears of every answer, for metrics, traces and the access log. Never told a path, a query, a
    /// body, or a header but one.
    public interface Observer {
        /// Runs what answers a request and then tells [#served], so that something can be put
        /// around it.
        void answering(Runnable work);

        /// Something was answered.
        void served(Answered answer);

        /// Something broke while a request was answered.
        void failed(String requestId, Throwable cause);
    }

    /// An answer.
    ///
    /// @param template the route's template, or `unmatched` or `refused`
    /// @param took until it could be sent
    /// @param bytes of its body
    /// @param traceparent the header of W3C Trace Context, as it was sent
    public record Answered(
            String template,
            Method method,
            int status,
            Duration took,
            long bytes,
            String requestId,
            Optional<String> traceparent) {}
}
