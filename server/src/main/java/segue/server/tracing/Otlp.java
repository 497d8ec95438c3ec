package segue.server.tracing;

import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/// Spans as OpenTelemetry wants them, an `ExportTraceServiceRequest` of OTLP 1; the numbers of the
/// fields are those of `opentelemetry/proto/trace/v1/trace.proto` and its neighbours.
final class Otlp {
    private static final int INTERNAL = 1;
    private static final int SERVER = 2;
    private static final int ERROR = 2;

    private Otlp() {}

    /// @param instance names this process among the nodes
    static byte[] request(List<Span> spans, String instance) {
        var resource =
                new Message()
                        .message(1, attribute("service.name", "segue"))
                        .message(1, attribute("service.instance.id", instance));
        var scoped = new Message().message(1, new Message().text(1, "segue"));
        for (var span : spans) scoped.message(2, span(span));
        var all = new Message().message(1, resource).message(2, scoped);
        return new Message().message(1, all).toBytes();
    }

    private static Message span(Span span) {
        var message =
                new Message()
                        .bytes(1, hex(span.context().trace()))
                        .bytes(2, hex(span.context().span()));
        span.parent().ifPresent(parent -> message.bytes(4, hex(parent)));
        message.text(5, span.name())
                .number(6, span.parent().isPresent() ? INTERNAL : SERVER)
                .fixed64(7, nanos(span.begin()))
                .fixed64(8, nanos(span.begin().plus(span.took())));
        span.attributes()
                .forEach((name, value) -> message.message(9, attribute(name.key(), value)));
        for (var link : span.links())
            message.message(
                    13, new Message().bytes(1, hex(link.trace())).bytes(2, hex(link.span())));
        if (span.isFailed()) message.message(15, new Message().number(3, ERROR));
        return message;
    }

    private static Message attribute(String key, Object value) {
        var any =
                value instanceof Integer number
                        ? new Message().number(3, number)
                        : new Message().text(1, value.toString());
        return new Message().text(1, key).message(2, any);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private static long nanos(Instant at) {
        return at.getEpochSecond() * 1_000_000_000 + at.getNano();
    }
}
