package segue.server.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;

import segue.server.settings.LogFormat;

import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/// Writes a [Line] for a person or for a machine.
final class LineEncoder extends EncoderBase<ILoggingEvent> {
    private static final JsonFactory JSON = new JsonFactory();
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

    private final LogFormat format;

    LineEncoder(LogFormat format) {
        this.format = format;
    }

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        var line = Line.of(event);
        var text =
                switch (format) {
                    case TEXT -> text(line);
                    case JSON -> json(line);
                };
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }

    private static String text(Line line) {
        var text = new StringBuilder();
        text.append(CLOCK.format(line.time())).append(' ');
        text.append(String.format("%-5s", line.level())).append(' ');
        text.append(line.logger().substring(line.logger().lastIndexOf('.') + 1)).append(": ");
        text.append(line.message());
        line.fields()
                .forEach((name, value) -> text.append(' ').append(name).append('=').append(value));
        text.append('\n');
        line.trace().forEach(frame -> text.append("    ").append(frame).append('\n'));
        return text.toString();
    }

    // A name that we use ourselves can't be overwritten by a caller's: theirs are in an object of
    // their own.
    private static String json(Line line) {
        var text = new StringWriter();
        try (var json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeStringProperty("time", line.time().truncatedTo(ChronoUnit.MILLIS).toString());
            json.writeStringProperty("level", line.level());
            json.writeStringProperty("logger", line.logger());
            json.writeStringProperty("message", line.message());
            if (!line.fields().isEmpty()) {
                json.writeObjectPropertyStart("fields");
                line.fields().forEach(json::writeStringProperty);
                json.writeEndObject();
            }
            if (!line.trace().isEmpty()) {
                json.writeArrayPropertyStart("trace");
                line.trace().forEach(json::writeString);
                json.writeEndArray();
            }
            json.writeEndObject();
        }
        return text.append('\n').toString();
    }
}
