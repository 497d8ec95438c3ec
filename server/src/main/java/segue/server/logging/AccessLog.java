package segue.server.logging;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// One object of JSON per request and line. A thread of its own writes them; a request never waits
/// for it: what finds the queue full is dropped and counted.
public final class AccessLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final JsonFactory JSON = new JsonFactory();
    private static final int QUEUE = 8192;
    private static final int BATCH = 256;
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final ArrayBlockingQueue<Access> queue;
    private final LongAdder dropped = new LongAdder();
    private final OutputStream to;
    private final Thread thread;
    private volatile boolean open = true;

    /// @param to isn't closed with this
    public AccessLog(OutputStream to) {
        this(to, QUEUE);
    }

    AccessLog(OutputStream to, int most) {
        this.to = to;
        this.queue = new ArrayBlockingQueue<>(most);
        this.thread = Thread.ofPlatform().name("segue-access-log").daemon().start(this::run);
    }

    /// Takes a line, and returns at once.
    public void write(Access line) {
        if (!queue.offer(line)) dropped.increment();
    }

    /// How many lines wait.
    public int waiting() {
        return queue.size();
    }

    /// How many lines were never written.
    public long dropped() {
        return dropped.sum();
    }

    private void run() {
        var batch = new ArrayList<Access>(BATCH);
        try {
            while (open || !queue.isEmpty()) {
                var first = queue.poll(100, TimeUnit.MILLISECONDS);
                if (first == null) continue;
                batch.add(first);
                queue.drainTo(batch, BATCH - 1);
                write(batch);
                batch.clear();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whole lines at once, so that what others write doesn't come between.
    private void write(List<Access> batch) {
        var bytes = new ByteArrayOutputStream();
        try {
            for (var line : batch) bytes.write(text(line).getBytes(StandardCharsets.UTF_8));
            to.write(bytes.toByteArray());
            to.flush();
        } catch (IOException e) {
            dropped.add(batch.size());
            LOG.debug("lines of the access log can't be written", e);
        }
    }

    static String text(Access line) {
        var text = new StringWriter();
        try (var json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            for (var field : AccessField.values())
                field.of(line)
                        .ifPresent(
                                value -> {
                                    json.writeName(field.word());
                                    write(json, value);
                                });
            json.writeEndObject();
        }
        return text.append('\n').toString();
    }

    private static void write(JsonGenerator json, Object value) {
        switch (value) {
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Double number -> json.writeNumber(number);
            default -> json.writeString(Field.of(value.toString()));
        }
    }

    /// Writes what waits, for as long as that takes little time.
    @Override
    public void close() {
        open = false;
        try {
            thread.join(FAREWELL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
