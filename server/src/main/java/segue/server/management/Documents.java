package segue.server.management;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// What all documents have in common.
final class Documents {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private Documents() {}

    /// ISO 8601 with milliseconds, in UTC (contract management-api §1.5).
    static String time(Instant instant) {
        return TIME.format(instant);
    }
}
