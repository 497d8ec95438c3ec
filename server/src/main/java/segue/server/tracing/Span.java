package segue.server.tracing;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Something that took its time.
///
/// @param parent the span id of the request that it is a part of; empty for the request itself
/// @param attributes a whole number, or something whose text is meant
/// @param links other requests that it has to do with
/// @param isFailed by a fault of ours
record Span(
        SpanContext context,
        Optional<String> parent,
        String name,
        Instant begin,
        Duration took,
        Map<Attribute, Object> attributes,
        List<SpanContext> links,
        boolean isFailed) {

    /// What may be said of a request. What isn't here isn't sent (invariant I8).
    enum Attribute {
        METHOD("http.request.method"),
        ROUTE("http.route"),
        STATUS("http.response.status_code"),
        REQUEST("segue.request_id"),
        CLIENT("segue.client_id"),
        OUTCOME("segue.outcome"),
        FAMILY("segue.family_id");

        private final String key;

        Attribute(String key) {
            this.key = key;
        }

        /// Its name on the wire; where OpenTelemetry has one, theirs.
        String key() {
            return key;
        }
    }
}
