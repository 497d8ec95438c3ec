package segue.server.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What one log line says; every text in it has gone through [Field].
///
/// @param fields what the caller added by name, in its order
/// @param trace a failure and its causes with where they came from; empty if nothing failed
record Line(
        Instant time,
        String level,
        String logger,
        String message,
        Map<String, String> fields,
        List<String> trace) {
    private static final int MOST_LINES = 60;
    // So that a deep stack leaves room for the causes, which tell more.
    private static final int MOST_FRAMES = 15;

    static Line of(ILoggingEvent event) {
        var fields = new LinkedHashMap<String, String>();
        event.getMDCPropertyMap()
                .forEach((name, value) -> fields.put(Field.of(name), Field.of(value)));
        var pairs = event.getKeyValuePairs();
        if (pairs != null) {
            for (var pair : pairs) {
                fields.put(Field.of(pair.key), Field.of(String.valueOf(pair.value)));
            }
        }
        return new Line(
                event.getInstant(),
                event.getLevel().toString(),
                event.getLoggerName(),
                Field.of(String.valueOf(event.getFormattedMessage())),
                fields,
                trace(event));
    }

    private static List<String> trace(ILoggingEvent event) {
        var lines = new ArrayList<String>();
        var prefix = "";
        for (IThrowableProxy failure = event.getThrowableProxy();
                failure != null && lines.size() < MOST_LINES;
                failure = failure.getCause()) {
            var message = failure.getMessage() == null ? "" : ": " + failure.getMessage();
            lines.add(Field.of(prefix + failure.getClassName() + message));
            Arrays.stream(failure.getStackTraceElementProxyArray())
                    .limit(MOST_FRAMES)
                    .forEach(frame -> lines.add(Field.of(frame.getSTEAsString())));
            prefix = "caused by ";
        }
        return lines;
    }
}
