package segue.server.logging;

import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// The fields of a line of the access log. What isn't here isn't written: a new one is a new
/// constant, and a row of docs/observability.md.
enum AccessField {
    LOG("log"),
    TIME("time"),
    REQUEST("request_id"),
    METHOD("method"),
    ROUTE("route"),
    STATUS("status"),
    DURATION("duration_ms"),
    BYTES("bytes"),
    CLIENT("client_id"),
    OUTCOME("outcome"),
    FAMILY("family_id"),
    TRACE("trace_id");

    private final String word;

    AccessField(String word) {
        this.word = word;
    }

    /// Its name in the line.
    String word() {
        return word;
    }

    /// A number, or something whose text is meant; empty leaves the field out.
    Optional<?> of(Access line) {
        return switch (this) {
            case LOG -> Optional.of("access");
            case TIME -> Optional.of(line.time().truncatedTo(ChronoUnit.MILLIS));
            case REQUEST -> Optional.of(line.requestId());
            case METHOD -> Optional.of(line.method());
            case ROUTE -> Optional.of(line.route());
            case STATUS -> Optional.of(line.status());
            case DURATION -> Optional.of(line.took().toNanos() / 1e6);
            case BYTES -> Optional.of(line.bytes());
            case CLIENT -> line.client();
            case OUTCOME -> line.outcome();
            case FAMILY -> line.family();
            case TRACE -> line.trace();
        };
    }
}
