package segue.benchmark;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Many visitors, each on a connection that is kept alive, served by one thread: ten times what a
/// server can do must be offered by one processor, so a request is bytes that are made once, and of
/// a refusal nothing but the head is read.
final class Crowd implements AutoCloseable {
    private static final long RETRY_AFTER = 1_000_000_000L;
    private static final long PATIENCE = 30_000_000_000L;

    /// How long whoever has gone round stays away. Else in an overload few would be served again
    /// and again, hundreds of hand-offs each.
    private static final long BREAK = 1_000_000_000L;

    private final Selector selector = Selector.open();
    private final Deque<Line> idle = new ArrayDeque<>();
    private final List<Line> lines = new ArrayList<>();

    /// @param port of the server, on the loopback address
    Crowd(List<Visitor> visitors, int port) throws IOException {
        for (var visitor : visitors) lines.add(new Line(visitor, port, selector));
        idle.addAll(lines);
    }

    /// What became of a request.
    ///
    /// @param sent when, as [System#nanoTime] has it
    /// @param nanos until the answer was there
    /// @param says whether it has `Retry-After`
    record Answer(long sent, long nanos, int status, boolean says) {
        boolean isAccepted() {
            return status < 400;
        }

        boolean isRefusal() {
            return status == 429 || status == 503;
        }
    }

    /// What became of all.
    ///
    /// @param nanos how long the load lasted
    /// @param unsent requests that were due when every connection was waiting for an answer
    record Done(List<Answer> answers, long nanos, long unsent) {
        double duePerSecond() {
            return (answers.size() + unsent) * 1e9 / nanos;
        }

        double askedPerSecond() {
            return answers.size() * 1e9 / nanos;
        }

        double acceptedPerSecond() {
            return answers.stream().filter(Answer::isAccepted).count() * 1e9 / nanos;
        }

        Times accepted() {
            return new Times(
                    answers.stream().filter(Answer::isAccepted).mapToLong(Answer::nanos).toArray());
        }

        /// What became of both.
        Done and(Done other) {
            var all = new ArrayList<>(answers);
            all.addAll(other.answers);
            return new Done(all, nanos + other.nanos, unsent + other.unsent);
        }

        /// Of those that were sent in a part of the load.
        ///
        /// @param from seconds since its begin
        Done between(double from, double until) {
            var begin = answers.stream().mapToLong(Answer::sent).min().orElseThrow();
            return new Done(
                    answers.stream()
                            .filter(it -> it.sent() - begin >= from * 1e9)
                            .filter(it -> it.sent() - begin < until * 1e9)
                            .toList(),
                    (long) ((until - from) * 1e9),
                    0);
        }
    }

    /// A closed loop: so many requests at a time, each after the answer to another, or a second
    /// after a refusal.
    Done oneAfterTheOther(int atATime, double seconds) throws IOException {
        return run(atATime, Double.POSITIVE_INFINITY, seconds);
    }

    /// An open loop: requests begin at a rate, whatever becomes of the others. One that is due
    /// while every connection waits isn't sent at all, and counted.
    Done atRate(double perSecond, double seconds) throws IOException {
        return run(lines.size(), perSecond, seconds);
    }

    private Done run(int atATime, double perSecond, double seconds) throws IOException {
        var start = System.nanoTime();
        var end = start + (long) (seconds * 1e9);
        var isOpen = Double.isFinite(perSecond);
        var answers = new ArrayList<Answer>();
        var begun = 0L;
        var unsent = 0L;
        var waiting = 0;
        // When those who were refused may ask again; in an open loop nobody minds.
        var resting = new ArrayDeque<Long>();
        var away = new ArrayDeque<Away>();
        for (var now = start; now < end || waiting > 0; now = System.nanoTime()) {
            if (now - end > PATIENCE) throw new IOException("the server doesn't answer");
            while (!resting.isEmpty() && resting.peekFirst() <= now) resting.removeFirst();
            while (!away.isEmpty() && away.peekFirst().until() <= now)
                idle.addLast(away.removeFirst().line());
            while (now < end
                    && (isOpen
                            ? start + begun * 1e9 / perSecond <= now
                            : waiting + resting.size() < atATime)) {
                var line = idle.poll();
                if (line == null && !isOpen) break;
                begun++;
                if (line == null) {
                    unsent++;
                } else {
                    line.send();
                    waiting++;
                }
            }
            selector.selectNow();
            for (var key : selector.selectedKeys()) {
                var line = (Line) key.attachment();
                var answer = line.read();
                if (answer.isEmpty()) continue;
                answers.add(answer.get());
                if (!isOpen && answer.get().isRefusal()) resting.addLast(now + RETRY_AFTER);
                if (answer.get().isAccepted() && line.visitor.hasGoneRound())
                    away.addLast(new Away(line, now + BREAK));
                else idle.addLast(line);
                waiting--;
            }
            selector.selectedKeys().clear();
        }
        for (var each : away) idle.addLast(each.line());
        return new Done(answers, end - start, unsent);
    }

    private record Away(Line line, long until) {}

    @Override
    public void close() throws IOException {
        for (var line : lines) line.channel.close();
        selector.close();
    }

    private static final class Line {
        private static final byte[] END = {'\r', '\n', '\r', '\n'};

        private final Visitor visitor;
        private final SocketChannel channel;
        private final ByteBuffer in = ByteBuffer.allocate(64 * 1024);
        private long sent;

        Line(Visitor visitor, int port, Selector selector) throws IOException {
            this.visitor = visitor;
            channel =
                    SocketChannel.open(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }

        void send() throws IOException {
            in.clear();
            sent = System.nanoTime();
            var request = visitor.request();
            // There is room: nothing else is under way on the connection.
            if (channel.write(ByteBuffer.wrap(request)) < request.length)
                throw new IOException("the server doesn't read");
        }

        /// Empty while it isn't all there.
        Optional<Answer> read() throws IOException {
            if (channel.read(in) < 0) throw new EOFException("the server hung up");
            var head = endOfHead();
            if (head < 0) return Optional.empty();
            var text = new String(in.array(), 0, head, StandardCharsets.ISO_8859_1);
            var length = Integer.parseInt(field(text, "content-length"));
            if (in.position() < head + length) return Optional.empty();
            var nanos = System.nanoTime() - sent;
            var status = Integer.parseInt(text.substring(9, 12));
            if (status < 400)
                visitor.accepted(new String(in.array(), 0, head + length, StandardCharsets.UTF_8));
            return Optional.of(
                    new Answer(sent, nanos, status, !field(text, "retry-after").isEmpty()));
        }

        private int endOfHead() {
            for (var i = 0; i + END.length <= in.position(); i++)
                if (Arrays.equals(in.array(), i, i + END.length, END, 0, END.length))
                    return i + END.length;
            return -1;
        }

        private static String field(String head, String name) {
            var at = head.toLowerCase(Locale.ROOT).indexOf("\r\n" + name + ":");
            if (at < 0) return "";
            var value = at + name.length() + 3;
            return head.substring(value, head.indexOf('\r', value)).strip();
        }
    }
}
