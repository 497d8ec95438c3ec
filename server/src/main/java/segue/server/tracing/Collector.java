package segue.server.tracing;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// Where spans go: an OTLP endpoint that the operator named. A thread of its own posts them; a
/// request never waits for it. What finds the queue full, or the collector broken, is dropped and
/// counted; nothing is sent twice.
final class Collector implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Collector.class);
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final Duration FAREWELL = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final int QUEUE = 2048;
    private static final int BATCH = 256;

    private final URI endpoint;
    private final String instance = SpanContext.freshSpan();
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .connectTimeout(PATIENCE)
                    .build();
    private final ArrayBlockingQueue<List<Span>> queue = new ArrayBlockingQueue<>(QUEUE);
    private final LongAdder dropped = new LongAdder();
    private final Thread thread;
    private boolean isBroken = false;
    private volatile boolean open = true;

    Collector(URI endpoint) {
        this.endpoint = endpoint;
        this.thread = Thread.ofPlatform().name("segue-traces").daemon().start(this::run);
    }

    /// Takes the spans of a request, and returns at once.
    void send(List<Span> spans) {
        if (!queue.offer(spans)) dropped.add(spans.size());
    }

    int waiting() {
        return queue.size();
    }

    long dropped() {
        return dropped.sum();
    }

    private void run() {
        var batch = new ArrayList<List<Span>>(BATCH);
        try {
            while (open || !queue.isEmpty()) {
                var first = queue.poll(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
                if (first == null) continue;
                batch.add(first);
                queue.drainTo(batch, BATCH - 1);
                post(batch.stream().flatMap(List::stream).toList());
                batch.clear();
                // So that requests share a message; more come meanwhile, or the end does.
                if (open && queue.isEmpty()) Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void post(List<Span> spans) throws InterruptedException {
        var request =
                HttpRequest.newBuilder(endpoint)
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/x-protobuf")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(Otlp.request(spans, instance)))
                        .build();
        try {
            var status = client.send(request, BodyHandlers.discarding()).statusCode();
            if (status / 100 == 2) isBroken = false;
            else lost(spans, "it answered " + status);
        } catch (IOException e) {
            lost(spans, "it can't be reached");
        }
    }

    /// Said once per trouble: a collector that is down must not fill the log.
    private void lost(List<Span> spans, String why) {
        dropped.add(spans.size());
        if (!isBroken) LOG.warn("spans are dropped, the collector doesn't take them: {}", why);
        isBroken = true;
    }

    /// Sends what waits, for as long as that takes little time.
    @Override
    public void close() {
        open = false;
        try {
            thread.join(FAREWELL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        client.shutdownNow();
    }
}
