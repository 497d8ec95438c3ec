package segue.server.http;

import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;
import io.helidon.http.Status;

import org.jspecify.annotations.Nullable;

import segue.server.settings.Settings;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// Stands between one connection's socket and Helidon's parser, which is young (docs/adr). Bytes
/// pass when they are known to be well-formed, and never further than the end of the request that
/// is being read: so nothing that follows a broken request can be taken for another one.
///
/// All but [#isOverdue] and [#stop] is for the connection's own thread.
final class Gate implements Supplier<byte @Nullable []> {
    /// THREATS R51.2.
    private static final Duration HEAD = Duration.ofSeconds(5);

    /// The least rate of a body follows from it and from how long a body may be.
    private static final Duration BODY = Duration.ofSeconds(30);

    private static final byte[] NOTHING = {};

    private enum Activity {
        /// Nothing of a next request has come.
        IDLE,
        BUSY,
        /// Nothing more will be read.
        STOPPED
    }

    private final Supplier<byte @Nullable []> socket;
    private final Settings.Requests limits;
    private final Doorkeeper doorkeeper;
    private final AtomicReference<Activity> activity = new AtomicReference<>(Activity.BUSY);
    private volatile boolean stopping;
    // System.nanoTime() at which what we wait for must be there.
    private volatile long deadline;
    private volatile boolean waiting;

    private byte[] held = NOTHING;
    private int searched;
    private Framing framing = new Framing.Length(0);
    private Chunks chunks = new Chunks();
    private long left;
    private boolean inHead = true;
    // An HTTP/1.0 request was, and is alone on its connection.
    private boolean isLast;
    // The answer to the request that is coming in, if nobody behind us is to see it.
    private Optional<byte[]> refusal = Optional.empty();
    private long headBegan;
    private long bodyBegan;

    /// Refuses requests before anything is made of them: nine of ten, when ten times as much is
    /// asked as can be done (promise P6).
    interface Doorkeeper {
        /// The answer to a request for which there is no room, in the bytes of HTTP.
        Optional<byte[]> refusal(String path);

        /// Sends it.
        void send(byte[] answer);
    }

    /// @param socket gives what has arrived, blocking; null at the end
    Gate(Supplier<byte @Nullable []> socket, Settings.Requests limits, Doorkeeper doorkeeper) {
        this.socket = socket;
        this.limits = limits;
        this.doorkeeper = doorkeeper;
    }

    /// The next well-formed bytes; null if there are no more.
    ///
    /// @throws RequestException if what comes next isn't well-formed
    @Override
    public byte @Nullable [] get() {
        while (true) {
            if (inHead && (isLast || (stopping && held.length == 0))) return null;
            var ready = inHead ? head() : body();
            if (refusal.isPresent()) {
                if (inHead) refuse(refusal.get());
                else if (ready.length == 0 && !fill()) return null;
            } else {
                if (ready.length > 0) return ready;
                if (!fill()) return null;
            }
        }
    }

    /// The whole request is there.
    private void refuse(byte[] answer) {
        refusal = Optional.empty();
        doorkeeper.send(answer);
    }

    private byte[] head() {
        var end = endOfHead();
        if (end < 0) {
            if (held.length > limits.urlBytes() + limits.headerBytes()) throw refused(431);
            return NOTHING;
        }
        var head = take(end);
        var judged = RequestHead.judge(head, limits);
        framing = judged.framing();
        searched = 0;
        bodyBegan = System.nanoTime();
        switch (framing) {
            case Framing.Length(var bytes) -> {
                left = bytes;
                inHead = bytes == 0;
            }
            case Framing.Chunked _ -> {
                chunks = new Chunks();
                inHead = false;
            }
            case Framing.Refused(var status) -> throw refused(status);
        }
        if (judged.isPlain()) refusal = doorkeeper.refusal(judged.path());
        isLast = judged.isOlder();
        return isLast ? RequestHead.modernized(head) : head;
    }

    /// Where the empty line ends, or -1 if it isn't there yet.
    private int endOfHead() {
        for (; searched < held.length; searched++) {
            var isLf = held[searched] == '\n';
            var followsCr = searched > 0 && held[searched - 1] == '\r';
            if (isLf != followsCr) throw refused(400); // A bare LF or a bare CR.
            if (isLf && searched >= 3 && held[searched - 2] == '\n') return searched + 1;
        }
        return -1;
    }

    private byte[] body() {
        if (held.length == 0) return NOTHING;
        if (framing instanceof Framing.Chunked) {
            var good = chunks.follow(held);
            if (good == 0 && chunks.isBroken()) throw refused(400);
            inHead = chunks.isDone();
            return take(good);
        }
        var now = (int) Math.min(left, held.length);
        left -= now;
        inHead = left == 0;
        return take(now);
    }

    private byte[] take(int count) {
        var taken = Arrays.copyOf(held, count);
        held = Arrays.copyOfRange(held, count, held.length);
        return taken;
    }

    private boolean fill() {
        var isIdle = inHead && held.length == 0;
        if (isIdle) {
            deadline = System.nanoTime() + limits.idleTimeout().toNanos();
            activity.set(Activity.IDLE);
        } else {
            deadline = inHead ? headBegan + HEAD.toNanos() : bodyBegan + BODY.toNanos();
        }
        waiting = true;
        var bytes = stopping && isIdle ? null : socket.get();
        waiting = false;
        if (isIdle && !activity.compareAndSet(Activity.IDLE, Activity.BUSY)) return false;
        if (bytes == null) return false;
        if (isIdle) headBegan = System.nanoTime();
        var more = new ByteArrayOutputStream(held.length + bytes.length);
        more.writeBytes(held);
        more.writeBytes(bytes);
        held = more.toByteArray();
        return true;
    }

    private static RequestException refused(int status) {
        return RequestException.builder()
                .type(DirectHandler.EventType.BAD_REQUEST)
                .status(Status.create(status))
                .setKeepAlive(false)
                .message("malformed")
                .build();
    }

    /// Whether we wait for something that should have come by now.
    boolean isOverdue() {
        return waiting && System.nanoTime() - deadline > 0;
    }

    /// From now on no request begins; the one under way goes on.
    ///
    /// @return whether none is under way
    boolean stop() {
        stopping = true;
        return activity.compareAndSet(Activity.IDLE, Activity.STOPPED);
    }
}
